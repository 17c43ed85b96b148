"""A new practice raises an alert in its first week; months in which nothing changes raise next to none."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from storage import drift, themes
from storage.drift import Week, alerts
from storage.themes import Said

NOW = datetime(2026, 11, 24, 8, tzinfo=UTC)
LABELS = {
    "account_suspension": 0.3,
    "funds_withheld": 0.25,
    "listing_removal": 0.2,
    "fees_commissions": 0.1,
    "other": 0.15,
}
"""How often each is told, where a problem is."""


def week(rng: random.Random, *, stories: int, abstained: float = 0.2, unknown: float = 0.08) -> Week:
    """A week of messages, each drawn by itself."""
    problems = Counter[str]()
    left, shares = 0, list[float]()
    for _ in range(stories):
        if rng.random() < abstained:
            left += 1
        else:
            problems[rng.choices(list(LABELS), list(LABELS.values()))[0]] += 1
        shares.append(rng.betavariate(2, 2 / unknown - 2))
    return Week(
        begins=NOW, messages=2 * stories, stories=stories, abstained=left, problems=problems,
        unknown=sum(shares) / stories, unknown_squared=sum(one * one for one in shares) / stories,
    )  # fmt: skip


@pytest.mark.parametrize("stories", [40, 120, 500])
def test_quiet_months_raise_next_to_no_alerts(stories: int) -> None:
    rng, false = random.Random(stories), 0  # noqa: S311  # Weeks are drawn, not secrets.
    for _ in range(200):
        month = [week(rng, stories=stories) for _ in range(8)]
        false += sum(bool(alerts(month[at:])) for at in range(4))
    assert false / 800 < 0.05


@pytest.mark.parametrize("seed", range(20))
def test_a_new_practice_that_is_not_understood_raises_an_alert_in_its_first_week(seed: int) -> None:
    rng = random.Random(seed)  # noqa: S311  # Weeks are drawn, not secrets.
    before = [week(rng, stories=100) for _ in range(4)]
    newest = week(rng, stories=140, abstained=0.42, unknown=0.12)
    raised = {one.kind: one for one in alerts([newest, *before])}
    assert {"abstained", "unknown"} <= raised.keys()
    assert raised["abstained"].now > raised["abstained"].before


def test_a_problem_that_is_suddenly_told_more_often_is_named() -> None:
    rng = random.Random(1)  # noqa: S311  # Weeks are drawn, not secrets.
    before = [week(rng, stories=100) for _ in range(4)]
    newest = week(rng, stories=100)
    more = replace(newest, problems={**newest.problems, "fees_commissions": 30, "account_suspension": 3})
    assert [(one.kind, one.problem) for one in alerts([more, *before])] == [("problem", "fees_commissions")]


def test_of_few_messages_nothing_is_concluded() -> None:
    rng = random.Random(2)  # noqa: S311  # Weeks are drawn, not secrets.
    before = [week(rng, stories=100) for _ in range(4)]
    assert alerts([replace(week(rng, stories=29), abstained=29), *before]) == []
    assert alerts([replace(week(rng, stories=100), abstained=100), Week(begins=NOW)]) == []


def test_the_odds_of_more_are_those_of_counting() -> None:
    """Beside the same tail drawn 20,000 times."""
    rng = random.Random(3)  # noqa: S311  # Weeks are drawn, not secrets.
    drawn = 0
    for _ in range(20_000):
        rate = rng.betavariate(20.5, 80.5)
        drawn += sum(rng.random() < rate for _ in range(50)) >= 15
    assert drift.odds_of_more(15, 50, 20, 100) == pytest.approx(drawn / 20_000, abs=0.01)
    assert drift.odds_of_more(0, 50, 20, 100) == pytest.approx(1)


def said(number: int, text: str, person: int | None = None) -> Said:
    return Said(id=number, person=(number if person is None else person).to_bytes(4), text=text)


USUAL = [
    said(1000 + at, text)
    for at, text in enumerate(
        ["Mon compte vendeur est suspendu depuis lundi", "La plateforme bloque mon argent", "Ma fiche a été retirée"]
        * 20
    )
]


def test_messages_with_the_same_unusual_words_are_a_theme() -> None:
    rejected = [said(at, f"La plateforme impose une caution carbone de {at} euros par colis") for at in range(8)]
    rejected += [said(100 + at, text) for at, text in enumerate(["Bonjour", "Je vends des lampes", "Que faire ?"])]
    (theme,) = themes.find(rejected, USUAL)
    assert {"caution", "carbone"} <= set(theme.words)
    assert {one.id for one in theme.messages} == set(range(8))


def test_a_word_that_one_firm_alone_uses_is_shown_to_nobody() -> None:
    rejected = [said(at, f"Maison Ocre attend depuis {at} jours sa caution", person=1) for at in range(8)]
    assert themes.find(rejected, USUAL) == []


def test_placeholders_are_no_theme() -> None:
    assert themes.find([said(at, "[company] [number] oui") for at in range(9)], USUAL) == []
