"""A month of messages in which a new practice appears: what an administrator makes the classifier better with."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from importlib import resources
from itertools import cycle
from random import Random

import yaml

from bot.app import App
from bot.channels.terminal import Clock
from bot.demo import data
from bot.demo.firms import Draw
from bot.demo.talk import Talk

WEEKS, NEW = 5, 0.7
"""The practice is told of in the last week only, by this share of its messages."""
SEED = 2027


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A firm's first message."""

    at: datetime
    text: str
    new: bool
    """It tells of the new practice."""


def messages(app: App, count: int, end: datetime) -> Iterator[Told]:
    """So many messages in the order of time, the last ones just before `end`."""
    chance = Random(SEED)  # noqa: S311  # Invented, not secret.
    words = data.words()
    firms = iter(Draw(app.script, data.shares(), words, SEED).firms(count, end))
    practice = {language: _pairs(told, chance) for language, told in practices().items()}
    moments = sorted(end - timedelta(weeks=WEEKS) * chance.random() for _ in range(count))
    for at in moments:
        firm = next(firms)
        new = at > end - timedelta(weeks=1) and chance.random() < NEW
        platform = app.script.by_platform[firm.platform].name
        goods = chance.choice(words[firm.language].goods)
        text = next(practice[firm.language]).format(platform=platform, goods=goods) if new else firm.told
        yield Told(at=at, text=text, new=new)


def _pairs(told: Mapping[str, list[str]], chance: Random) -> Iterator[str]:
    """Every opening with every ending, in any order: no two messages say the same before all was said."""
    pairs = [f"{opening} {ending}" for opening in told["openings"] for ending in told["endings"]]
    chance.shuffle(pairs)
    return cycle(pairs)


def practices() -> Mapping[str, Mapping[str, list[str]]]:
    """What is said of the new practice, by language."""
    text = resources.files("bot.demo").joinpath("month.yml").read_text(encoding="utf-8")
    return dict(yaml.safe_load(text))


async def tell(app: App, clock: Clock, count: int, end: datetime) -> int:
    """Send so many messages, each of a person of its own; how many tell of the new practice."""
    new = 0
    for number, told in enumerate(list(messages(app, count, end))):
        clock.set(told.at)
        await Talk(app, f"month-{number}").say(told.text)
        new += told.new
    return new
