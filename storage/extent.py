"""How far a problem reaches: its firms, what they say they lost, how it grows. All of it is counted from its cases."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from statistics import median
from typing import Any, Literal, get_args

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from storage.access import Official, counted_by
from storage.cases import CHANGES, read_case
from storage.crypto import KeyRing
from storage.desk_tables import CaseChangeRow, CaseRow
from storage.figures import UNCOUNTED, firms, week
from storage.lifecycle import OVER
from stories.types import Answer, Case

WEEKS = 12
LOSS = "loss_eur"
Standing = Literal["told", "confirmed", "verified"]
STANDINGS: tuple[Standing, ...] = get_args(Standing)


@dataclass(slots=True, kw_only=True)
class Losses:
    """What firms say they lost, over the cases that gave a figure."""

    values: list[float] = field(default_factory=list)
    """In euros, as declared."""
    standings: Counter[Standing] = field(default_factory=Counter)
    estimates: int = 0

    @property
    def n(self) -> int:
        return len(self.values)

    @property
    def median(self) -> float:
        return median(self.values)


@dataclass(frozen=True, slots=True, kw_only=True)
class Extent:
    """A problem in figures. Cases that were withdrawn are counted apart, and in nothing else."""

    cases: int
    firms: int
    open: int
    closed: int
    withdrawn: int
    answered: int
    """Cases in which an official wrote to the firm."""
    platforms: Mapping[str | None, int]
    weeks: tuple[tuple[datetime, int], ...]
    """When each of the last weeks began, oldest first, and its new cases."""
    losses: Mapping[str | None, Losses]
    """By the time in which they arose: once, a month, a year, since the incident."""
    measures: Mapping[str, int]
    """By what the platform did; a case may name several."""


async def measure(session: AsyncSession, ring: KeyRing, problem_id: int, reader: Official, now: datetime) -> Extent:
    """A problem over the cases that stand behind the figures of this reader."""
    under = counted_by(reader) & (CaseRow.problem_id == problem_id)
    counted = under & CaseRow.status.not_in(UNCOUNTED)
    columns = (CaseRow.id, CaseRow.status, CaseRow.platform_id, CaseRow.filed_at, CaseRow.document)
    rows = (await session.execute(select(*columns).where(counted))).all()
    withdrawn = select(func.count()).select_from(CaseRow).where(under, CaseRow.status == "withdrawn")
    checked = await _checked(session, ring, counted)
    closed = sum(row.status in OVER for row in rows)
    cases = await asyncio.to_thread(lambda: {row.id: read_case(ring, row.id, row.document) for row in rows})
    return Extent(
        cases=len(rows),
        firms=await session.scalar(select(firms(counted))) or 0,
        open=len(rows) - closed,
        closed=closed,
        withdrawn=await session.scalar(withdrawn) or 0,
        answered=await _answered(session, counted),
        platforms=Counter(row.platform_id for row in rows),
        weeks=_weeks([row.filed_at for row in rows], now),
        losses=_losses(cases, checked),
        measures=Counter(kind for case in cases.values() for kind in given(case, "measure_kind") or ()),
    )


def standing(answer: Answer, *, checked: bool) -> Standing:
    """Whose word a value is: told by the firm, confirmed by it in a summary, or checked by an official on evidence."""
    return "verified" if checked else "confirmed" if answer.confirmed else "told"


def given(case: Case, name: str) -> Any:  # noqa: ANN401  # An answer's value is any JSON.
    answer = case.fields.get(name)
    return answer.value if answer is not None and answer.state == "given" else None


async def _answered(session: AsyncSession, counted: ColumnElement[bool]) -> int:
    wrote = (
        select(func.count(CaseChangeRow.case_id.distinct()))
        .join(CaseRow, CaseRow.id == CaseChangeRow.case_id)
        .where(counted, CaseChangeRow.act.in_(("replied", "asked")))
    )
    return await session.scalar(wrote) or 0


async def _checked(session: AsyncSession, ring: KeyRing, counted: ColumnElement[bool]) -> set[int]:
    """The cases whose loss an official checked on evidence."""
    acts = (
        select(CaseChangeRow.id, CaseChangeRow.case_id, CaseChangeRow.changes)
        .join(CaseRow, CaseRow.id == CaseChangeRow.case_id)
        .where(counted, CaseChangeRow.act == "verified")
        .order_by(CaseChangeRow.id)
    )
    holds: dict[int, bool] = {}
    for row in await session.execute(acts):
        about = CHANGES.validate_json(ring.open("case_changes", "changes", row.id, row.changes)).about
        if about.get("field") == LOSS:
            holds[row.case_id] = bool(about.get("holds", True))
    return {case_id for case_id, is_checked in holds.items() if is_checked}


def _losses(cases: Mapping[int, Case], checked: set[int]) -> dict[str | None, Losses]:
    found: dict[str | None, Losses] = {}
    for case_id, case in cases.items():
        value = given(case, LOSS)
        if not isinstance(value, int | float) or isinstance(value, bool):
            continue
        answer, losses = case.fields[LOSS], found.setdefault(given(case, "loss_period"), Losses())
        losses.values.append(value)
        losses.standings[standing(answer, checked=case_id in checked)] += 1
        losses.estimates += answer.approx
    return found


def _weeks(filed: Sequence[datetime], now: datetime) -> tuple[tuple[datetime, int], ...]:
    starts = [week(now, back) for back in reversed(range(WEEKS))]
    counts = Counter(max((start for start in starts if start <= at), default=None) for at in filed)
    return tuple((start, counts[start]) for start in starts)
