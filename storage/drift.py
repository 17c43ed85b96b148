"""How what firms write changes from week to week, and when that is more than chance: an alert."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import ColumnElement, Integer, case, cast, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from storage.crypto import KeyRing
from storage.figures import BEFORE, week
from storage.themes import Said, Theme, find
from storage.training_tables import DecisionRow, ReadingRow, SampleRow

SHOWN = 12
"""Weeks that are looked back on, this one included."""
FEWEST = 30
"""Messages of a week below which nothing is concluded."""
CHANCE = 0.02
"""How likely a week in which nothing has changed raises any alert."""
CLEARLY = 1.2
"""An alert needs this much more than in the weeks before, however sure it is that there is more."""
FEWEST_OF_A_LABEL = 5
HALF = 0.5
NEGLIGIBLE = 1e-12
NOTHING = "nothing"
MOST_READ = 2000
"""Messages in which themes are looked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Week:
    """Seven days of messages, as the classifier read them."""

    begins: datetime
    messages: int = 0
    stories: int = 0
    """Messages that tell something."""
    abstained: int = 0
    """Stories of which no problem was likely enough."""
    unknown: float = 0.0
    """Mean share of words that the model has never seen, in stories."""
    unknown_squared: float = 0.0
    """Mean of the square of that share."""
    problems: Mapping[str, int] = field(default_factory=dict)
    """Stories by the problem they were taken for."""
    labelled: int = 0
    """Messages of which an official said what they mean."""
    agreement: float | None = None
    """Share of them that the model had read so, each weighed by its chance of being drawn."""
    shadowed: int = 0
    """Messages that a second version read along."""
    shadow_agreed: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """More of something in the last week than the weeks before let expect."""

    kind: Literal["abstained", "unknown", "problem"]
    problem: str = ""
    now: float
    """Share of the last week's stories, or mean share of words."""
    before: float
    of: int
    """Stories of the last week."""


async def weeks(session: AsyncSession, now: datetime, *, count: int = SHOWN) -> list[Week]:
    """The last weeks, the newest first; the first is the seven days that end now."""
    since = [week(now, back) for back in range(count)]
    index = _week_of(since)
    sums = await _sums(session, index, since[-1])
    problems = await _problems(session, index, since[-1])
    agreed = await _agreement(session, index, since[-1])
    return [
        Week(begins=begins, problems=problems.get(at, {}), **sums.get(at, {}), **agreed.get(at, {}))
        for at, begins in enumerate(since)
    ]


def alerts(found: Sequence[Week]) -> list[Alert]:
    """What the newest week has clearly more of than those before it; nothing where there are too few messages."""
    newest, before = found[0], found[1 : 1 + BEFORE]
    stories, earlier = newest.stories, sum(one.stories for one in before)
    if stories < FEWEST or earlier < 2 * FEWEST:
        return []
    labels = sorted(label for label, count in newest.problems.items() if count >= FEWEST_OF_A_LABEL)
    chance = CHANCE / (2 + len(labels))

    def rate(kind: Literal["abstained", "problem"], count: int, once: int, problem: str = "") -> Alert | None:
        now, then = count / stories, once / earlier
        likely = odds_of_more(count, stories, once, earlier)
        alarming = likely < chance and now >= CLEARLY * then
        return Alert(kind=kind, problem=problem, now=now, before=then, of=stories) if alarming else None

    raised = [
        rate("abstained", newest.abstained, sum(one.abstained for one in before)),
        _strange(newest, before, chance),
        *(
            rate("problem", newest.problems[label], sum(one.problems.get(label, 0) for one in before), label)
            for label in labels
        ),
    ]
    return [one for one in raised if one is not None]


def odds_of_more(count: int, of: int, once: int, out_of: int) -> float:
    """How likely `count` or more of `of` are where before it were `once` of `out_of`, and nothing has changed.

    The tail of the beta-binomial distribution, from Jeffreys' prior: it knows that the rate before is an estimate.
    """
    a, b = once + HALF, out_of - once + HALF
    log = (
        math.lgamma(of + 1) - math.lgamma(count + 1) - math.lgamma(of - count + 1)
        + _log_beta(count + a, of - count + b) - _log_beta(a, b)
    )  # fmt: skip
    part = math.exp(log)
    total = 0.0
    for k in range(count, of + 1):
        total += part
        if k == of or (part < NEGLIGIBLE and k > of * once / out_of):
            break
        part *= (of - k) / (k + 1) * (k + a) / (of - k - 1 + b)
    return min(total, 1.0)


def _log_beta(a: float, b: float) -> float:
    return math.lgamma(a) + math.lgamma(b) - math.lgamma(a + b)


def _strange(newest: Week, before: Sequence[Week], chance: float) -> Alert | None:
    """More unknown words: the mean of the week beside that of the weeks before, by the normal approximation."""
    of = sum(one.stories for one in before)
    mean = sum(one.unknown * one.stories for one in before) / of
    spread = sum(one.unknown_squared * one.stories for one in before) / of - mean * mean
    error = math.sqrt(max(spread, 0) * (1 / newest.stories + 1 / of))
    if newest.unknown < CLEARLY * mean or newest.unknown <= mean:
        return None
    likely = math.erfc((newest.unknown - mean) / error / math.sqrt(2)) / 2 if error else 0.0
    return Alert(kind="unknown", now=newest.unknown, before=mean, of=newest.stories) if likely < chance else None


def _week_of(since: Sequence[datetime]) -> ColumnElement[int]:
    """How many weeks back a reading lies."""
    return case(*((ReadingRow.at >= begins, at) for at, begins in enumerate(since)), else_=len(since))


def _times(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.coalesce(func.sum(cast(case((condition, 1), else_=0), Integer)), 0)


async def _sums(session: AsyncSession, index: ColumnElement[int], since: datetime) -> dict[int, dict[str, Any]]:
    both = (ReadingRow.shadow_problem.is_not_distinct_from(ReadingRow.problem),
            ReadingRow.shadow_act.is_not_distinct_from(ReadingRow.act))  # fmt: skip
    heard = case((ReadingRow.story, ReadingRow.unknown))
    counted = {
        "messages": func.count(),
        "stories": _times(ReadingRow.story.is_(True)),
        "abstained": _times(ReadingRow.story & ReadingRow.abstained),
        "unknown": func.coalesce(func.avg(heard), 0.0),
        "unknown_squared": func.coalesce(func.avg(heard * heard), 0.0),
        "shadowed": _times(ReadingRow.shadow.is_not(None)),
        "shadow_agreed": _times(ReadingRow.shadow.is_not(None) & both[0] & both[1]),
    }
    back = index.label("back")
    wanted = select(back, *(of.label(name) for name, of in counted.items())).where(ReadingRow.at >= since)
    found = await session.execute(wanted.group_by(back))
    return {row.back: {name: getattr(row, name) for name in counted} for row in found}


async def _problems(session: AsyncSession, index: ColumnElement[int], since: datetime) -> dict[int, dict[str, int]]:
    back = index.label("back")
    taken = (ReadingRow.story, ~ReadingRow.abstained, ReadingRow.problem.is_not(None), ReadingRow.at >= since)
    wanted = select(back, ReadingRow.problem, func.count()).where(*taken).group_by(back, ReadingRow.problem)
    counts: dict[int, dict[str, int]] = {}
    for at, problem, count in (await session.execute(wanted)).all():
        counts.setdefault(at, {})[str(problem)] = count
    return counts


async def _agreement(session: AsyncSession, index: ColumnElement[int], since: datetime) -> dict[int, dict[str, Any]]:
    """By week: how many messages were labelled, and how far officials agree with what was read."""
    wanted = (
        select(index.label("back"), ReadingRow.problem, ReadingRow.act, DecisionRow.sample_id, DecisionRow.labels,
               DecisionRow.act.label("said"), SampleRow.chance)
        .join(SampleRow, SampleRow.turn_id == ReadingRow.turn_id)
        .join(DecisionRow, DecisionRow.sample_id == SampleRow.id)
        .where(ReadingRow.at >= since, DecisionRow.undone_at.is_(None), SampleRow.status == "labelled")
        .order_by(DecisionRow.id)
    )  # fmt: skip
    latest = {row.sample_id: row for row in await session.execute(wanted)}
    weights: dict[int, list[tuple[bool, float]]] = {}
    for row in latest.values():
        agreed = row.labels[0] == (row.problem or NOTHING) if row.labels else row.said == row.act
        weights.setdefault(row.back, []).append((agreed, 1 / row.chance))
    return {
        at: {
            "labelled": len(each),
            "agreement": sum(weight for agreed, weight in each if agreed) / sum(weight for _, weight in each),
        }
        for at, each in weights.items()
    }


async def themes(session: AsyncSession, ring: KeyRing, now: datetime) -> list[Theme]:
    """What the messages of the last weeks that no problem fitted have in common; those of the test set stay sealed."""
    drawn = (
        select(SampleRow, ReadingRow.abstained)
        .join(ReadingRow, ReadingRow.turn_id == SampleRow.turn_id)
        .where(ReadingRow.story, SampleRow.said_at >= week(now, BEFORE), SampleRow.part == "learning",
               SampleRow.status != "withdrawn")
        .order_by(SampleRow.said_at.desc()).limit(MOST_READ)
    )  # fmt: skip
    rejected, others = list[Said](), list[Said]()
    for row, abstained in await session.execute(drawn):
        text = ring.open("samples", "text", row.id, row.text).decode()
        open_still = abstained and row.status == "waiting"
        (rejected if open_still else others).append(Said(id=row.id, person=row.person, text=text))
    return find(rejected, others)
