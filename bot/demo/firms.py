"""Draws invented firms: who they are, when they tell which story, and how they do it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from random import Random
from typing import TypeVar
from zoneinfo import ZoneInfo

from stdnum import luhn

from bot.demo.data import Habit, Reply, Shares, Words
from stories.folding import fold
from stories.script import Script
from stories.types import Language

PARIS = ZoneInfo("Europe/Paris")
WEEKS = 10
HOURS: Mapping[int, float] = {8: 3, 9: 6, 10: 6, 11: 6, 12: 4, 13: 4, 14: 6, 15: 5, 16: 5, 17: 5, 18: 5, 19: 5, 20: 7, 21: 8, 22: 6, 23: 3}  # fmt: skip  # noqa: E501
SIGNS: frozenset[Habit] = frozenset({"signs"})
T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Firm:
    """An invented firm with one story to tell."""

    language: Language
    begins: datetime
    platform: str
    problem: str
    told: str
    more: tuple[str, ...]
    """What it says of its own accord after that."""
    corrects: str
    person: str
    name: str
    """Of the firm."""
    email: str
    phone: str
    siret: str
    share: str
    reply: Reply
    habits: frozenset[Habit]
    chance: Random = field(repr=False)
    """What else is left to chance in its life."""


class Draw:
    """Draws everything from one seed, so that each demonstration tells the same."""

    def __init__(self, script: Script, shares: Shares, words: Mapping[Language, Words], seed: int) -> None:
        self._script, self._shares, self._words = script, shares, words
        self._chance = Random(seed)  # noqa: S311  # Invented, not secret.

    def firms(self, count: int, now: datetime) -> Iterator[Firm]:
        """So many stories of the weeks before now; a few are told twice by the same firm."""
        left = count
        while left > 0:
            firm = self._firm(now)
            yield firm
            left -= 1
            if "tells_again" in firm.habits and left:
                yield self._again(firm, now)
                left -= 1

    def pick(self, weights: Mapping[T, float]) -> T:
        return self._chance.choices(list(weights), list(weights.values()))[0]

    def _firm(self, now: datetime) -> Firm:
        rising = self._chance.random() < self._shares.rising.firms
        language: Language = "en" if self._chance.random() < self._shares.english else "fr"
        platform = self._shares.rising.platform if rising else self.pick(self._shares.platforms)
        problem = self._shares.rising.problem if rising else self.pick(self._shares.problems)
        begins = self._begins(now, rising=rising)
        values = self._values(language, platform, begins.date())
        said = self._words[language]
        habits = frozenset(one for one, odds in self._shares.habits.items() if self._chance.random() < odds)
        told = self._chance.choice(said.rising if rising else said.told[problem]).format_map(values)
        return Firm(
            language=language,
            begins=begins,
            platform=platform,
            problem=problem,
            told=told[0].upper() + told[1:] if self._chance.random() < 0.8 else told,  # noqa: PLR2004
            more=(self._chance.choice(said.urgent).format_map(values),) if "urgent" in habits else (),
            corrects=said.corrects.format_map(self._values(language, platform, begins.date())),
            share=self.pick(self._shares.share),
            reply=self.pick(self._shares.reply),
            habits=habits,
            chance=Random(self._chance.random()),  # noqa: S311
            **self._identity(said),
        )

    def _again(self, firm: Firm, now: datetime) -> Firm:
        """The same firm, in another conversation some days later, in other words."""
        said = self._words[firm.language]
        begins = min(firm.begins + timedelta(days=self._chance.randint(1, 5), minutes=17), now - timedelta(hours=2))
        told = self._chance.choice(said.told[firm.problem])
        habits: frozenset[Habit] = firm.habits | SIGNS
        return replace(
            firm,
            begins=begins,
            told=told.format_map(self._values(firm.language, firm.platform, begins.date())),
            habits=habits - {"withdraws", "urgent"},
            chance=Random(self._chance.random()),  # noqa: S311
        )

    def _identity(self, said: Words) -> dict[str, str]:
        word = self._chance.choice(said.words)
        siren = f"12{self._chance.randrange(10**6):06}"
        siren += luhn.calc_check_digit(siren)
        siret = f"{siren}{self._chance.randint(1, 3):04}"
        return {
            "person": self._chance.choice(said.people),
            "name": self._chance.choice(said.firms).format(word=word),
            "email": f"contact@{fold(word)}-{self._chance.randint(10, 99)}.example",
            "phone": f"06 39 98 {self._chance.randrange(100):02} {self._chance.randrange(100):02}",
            "siret": siret + luhn.calc_check_digit(siret),
        }

    def _begins(self, now: datetime, *, rising: bool) -> datetime:
        """In the weeks before now, a little more often lately, at an hour at which people write."""
        days = 7 * (self._shares.rising.weeks if rising else WEEKS)
        ago = int(days * self._chance.random() ** (2.2 if rising else 1.15))
        day = now.astimezone(PARIS).date() - timedelta(days=ago)
        at = time(self.pick(HOURS), self._chance.randrange(60), self._chance.randrange(60), tzinfo=PARIS)
        return min(datetime.combine(day, at), now - timedelta(hours=1, minutes=self._chance.randrange(120)))

    def _values(self, language: Language, platform: str, told_on: date) -> Mapping[str, str]:
        """What fills the blanks of a text."""
        said, chance = self._words[language], self._chance
        happened = told_on - timedelta(days=chance.randint(2, 45))
        day = f"{happened.day} {said.months[happened.month - 1]}"
        if language == "fr" and happened.day == 1:
            day = f"1er {said.months[happened.month - 1]}"
        amount = int(10 ** chance.uniform(2.3, 4.7)) // 10 * 10
        number = f"{amount:,}".replace(",", " " if language == "fr" else ",")
        return {
            "platform": self._script.by_platform[platform].name,
            "goods": chance.choice(said.goods),
            "since": said.since.format(day=day),
            "day": day,
            "dated": said.dated.format(day=day),
            "money": chance.choice(said.money).format(n=number),
            "share": said.percent.format(n=chance.randrange(15, 90, 5)),
            "few": str(chance.randint(3, 9)),
        }
