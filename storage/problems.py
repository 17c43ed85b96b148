"""Recurring problems: a name that officials give to what happens to many firms, and the cases under it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import ColumnElement, case, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from storage.access import Official
from storage.crypto import KeyRing
from storage.desk_tables import CaseRow, OfficialRow, ProblemRow
from storage.handling import Change, MeanwhileError, RefusedError, change
from storage.ids import IDS
from storage.problem_tables import ProblemChangeRow

Step = Literal["created", "reworded", "grouped", "ungrouped", "merged", "closed", "reopened"]
LATEST = 50
"""How much of its timeline a problem shows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Naming:
    """What officials call a problem."""

    title: str
    about: str = ""
    """In one sentence; analysts do not read it."""
    platform_id: str | None = None
    category: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """A problem as a list has it."""

    id: int
    title: str
    platform_id: str | None
    category: str | None
    closed_at: datetime | None
    merged_into: int | None
    created_at: datetime
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """A problem opened."""

    named: Named
    about: str
    created_by: str
    """Name of the official."""
    joined: Named | None
    """The problem that took its cases over."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """One step in the life of a problem."""

    at: datetime
    by: str
    """Name of the official, or a login whose account is gone."""
    act: Step
    reference: str | None
    """The case; none where the reader may not see it, or it is about none."""
    other: str | None
    """The title of the problem whose cases came to it."""


COLUMNS = (
    ProblemRow.id, ProblemRow.title, ProblemRow.platform_id, ProblemRow.category, ProblemRow.closed_at,
    ProblemRow.merged_into, ProblemRow.created_at, ProblemRow.version,
)  # fmt: skip


async def create(session: AsyncSession, ring: KeyRing, naming: Naming, *, by: Official, at: datetime) -> int:
    row_id = IDS.new(at)
    session.add(
        ProblemRow(
            id=row_id, title=naming.title, about=_sealed(ring, row_id, naming.about), platform_id=naming.platform_id,
            category=naming.category, created_by=by.id, created_at=at,
        )
    )  # fmt: skip
    await session.flush()
    note(session, row_id, "created", by=by.login, at=at)
    return row_id


async def every(
    session: AsyncSession, *, platform: str | None = None, category: str | None = None, closed: bool | None = None
) -> list[Named]:
    """The problems, newest first; those that were merged into another are left out. None: whatever it is."""
    wanted = select(*COLUMNS).where(ProblemRow.merged_into.is_(None)).order_by(ProblemRow.id.desc())
    if platform is not None:
        wanted = wanted.where(ProblemRow.platform_id == platform)
    if category is not None:
        wanted = wanted.where(ProblemRow.category == category)
    if closed is not None:
        wanted = wanted.where(ProblemRow.closed_at.is_not(None) if closed else ProblemRow.closed_at.is_(None))
    return [Named(**row._asdict()) for row in await session.execute(wanted)]


async def suggested(session: AsyncSession, *, platform: str | None, category: str | None) -> list[Named]:
    """The open problems, those likeliest for a case of this platform and category first."""
    found = await every(session, closed=False)

    def distance(one: Named) -> tuple[bool, bool]:
        return (one.platform_id != platform or platform is None, one.category != category or category is None)

    return sorted(found, key=distance)


async def whereabouts(session: AsyncSession, problem_id: int) -> int:
    """The problem that has its cases by now: itself, or the one that it was merged into."""
    into = await session.scalar(select(ProblemRow.merged_into).where(ProblemRow.id == problem_id))
    return problem_id if into is None else int(into)


async def titles(session: AsyncSession, ids: Sequence[int]) -> dict[int, str]:
    found = await session.execute(select(ProblemRow.id, ProblemRow.title).where(ProblemRow.id.in_(ids)))
    return {row.id: row.title for row in found}


def under(problem_id: int) -> ColumnElement[bool]:
    """Which cases are under a problem, as a condition of a query."""
    return CaseRow.problem_id == problem_id


async def show(session: AsyncSession, ring: KeyRing, problem_id: int) -> Problem | None:
    wanted = (
        select(ProblemRow, OfficialRow.name)
        .join(OfficialRow, OfficialRow.id == ProblemRow.created_by)
        .where(ProblemRow.id == problem_id)
    )
    found = (await session.execute(wanted)).first()
    if found is None:
        return None
    row, name = found
    into = select(*COLUMNS).where(ProblemRow.id == row.merged_into)
    joined = (await session.execute(into)).first() if row.merged_into is not None else None
    return Problem(
        named=Named(**{column.key: getattr(row, column.key) for column in COLUMNS}),
        about=ring.open("problems", "about", row.id, row.about).decode(),
        created_by=name,
        joined=Named(**joined._asdict()) if joined else None,
    )


async def history(session: AsyncSession, problem_id: int, *, within: ColumnElement[bool]) -> list[Done]:
    """The latest steps, newest first; `within`: which cases the reader may see."""
    steps = (
        select(
            ProblemChangeRow.at, ProblemChangeRow.by, ProblemChangeRow.act, OfficialRow.name,
            case((within, CaseRow.reference)).label("reference"), ProblemRow.title,
        )
        .outerjoin(OfficialRow, OfficialRow.login == ProblemChangeRow.by)
        .outerjoin(CaseRow, CaseRow.id == ProblemChangeRow.case_id)
        .outerjoin(ProblemRow, ProblemRow.id == ProblemChangeRow.other_id)
        .where(ProblemChangeRow.problem_id == problem_id)
        .order_by(ProblemChangeRow.id.desc())
        .limit(LATEST)
    )  # fmt: skip
    return [
        Done(at=row.at, by=row.name or row.by, act=row.act, reference=row.reference, other=row.title)
        for row in await session.execute(steps)
    ]


async def reword(
    session: AsyncSession, ring: KeyRing, problem_id: int, naming: Naming, *, by: Official, at: datetime,
    version: int,
) -> None:  # fmt: skip
    """Raises MeanwhileError, and LookupError where there is no such problem."""
    await _held(session, problem_id, version)
    new: dict[str, Any] = {"title": naming.title, "platform_id": naming.platform_id, "category": naming.category}
    await _set(session, problem_id, {**new, "about": _sealed(ring, problem_id, naming.about)})
    note(session, problem_id, "reworded", by=by.login, at=at)


async def close(session: AsyncSession, problem_id: int, *, by: Official, at: datetime, version: int) -> None:
    """Put no more cases under it. Raises MeanwhileError and LookupError."""
    await _held(session, problem_id, version)
    await _set(session, problem_id, {"closed_at": at})
    note(session, problem_id, "closed", by=by.login, at=at)


async def reopen(session: AsyncSession, problem_id: int, *, by: Official, at: datetime, version: int) -> None:
    """Raises MeanwhileError, LookupError, and RefusedError for a problem whose cases are under another."""
    row = await _held(session, problem_id, version)
    if row.merged_into is not None:
        raise RefusedError("problem_merged")
    await _set(session, problem_id, {"closed_at": None})
    note(session, problem_id, "reopened", by=by.login, at=at)


async def merge(session: AsyncSession, ring: KeyRing, gone_id: int, kept_id: int, *, by: Official, at: datetime) -> int:
    """Put every case of one problem under another, and close the one; how many. Raises LookupError, RefusedError."""
    gone, kept = await _held(session, gone_id), await _held(session, kept_id)
    if gone_id == kept_id or gone.merged_into is not None or kept.merged_into is not None:
        raise RefusedError("problem_merged")
    ids = (await session.scalars(select(CaseRow.id).where(CaseRow.problem_id == gone_id).order_by(CaseRow.id))).all()
    about = {"problem": kept_id, "title": kept.title, "before": gone.title}
    for case_id in ids:
        columns = {"problem_id": kept_id}
        await change(session, ring, case_id, Change(deed="grouped", by=by.login, at=at, columns=columns, about=about))
    await session.execute(update(ProblemRow).where(ProblemRow.merged_into == gone_id).values(merged_into=kept_id))
    await _set(session, gone_id, {"merged_into": kept_id, "closed_at": gone.closed_at or at})
    note(session, kept_id, "merged", by=by.login, at=at, other_id=gone_id)
    note(session, gone_id, "closed", by=by.login, at=at)
    return len(ids)


async def put(
    session: AsyncSession, ring: KeyRing, case_id: int, problem_id: int, *, by: Official, at: datetime,
    version: int | None,
) -> None:  # fmt: skip
    """Put a case under a problem, out of the one it was under. Raises MeanwhileError, LookupError, RefusedError."""
    problem = await _held(session, problem_id)
    if problem.closed_at is not None:
        raise RefusedError("problem_closed", title=problem.title)
    status, before = await _place(session, case_id)
    if status == "merged":
        raise RefusedError("case_merged")
    if before == problem_id:
        return
    known = await titles(session, [before]) if before is not None else {}
    about = {"problem": problem_id, "title": problem.title, "before": known.get(before or 0)}
    made = Change(deed="grouped", by=by.login, at=at, columns={"problem_id": problem_id}, about=about)
    await change(session, ring, case_id, made, version=version)
    if before is not None:
        note(session, before, "ungrouped", by=by.login, at=at, case_id=case_id)
    note(session, problem_id, "grouped", by=by.login, at=at, case_id=case_id)


async def take_out(
    session: AsyncSession, ring: KeyRing, case_id: int, *, by: Official, at: datetime, version: int | None
) -> None:
    """Take a case out of its problem. Raises MeanwhileError and LookupError."""
    _, before = await _place(session, case_id)
    if before is None:
        return
    title = (await titles(session, [before]))[before]
    made = Change(
        deed="ungrouped", by=by.login, at=at, columns={"problem_id": None}, about={"problem": before, "title": title}
    )
    await change(session, ring, case_id, made, version=version)
    note(session, before, "ungrouped", by=by.login, at=at, case_id=case_id)


async def _place(session: AsyncSession, case_id: int) -> tuple[str, int | None]:
    """The status of a case, and the problem it is under. Raises LookupError."""
    wanted = select(CaseRow.status, CaseRow.problem_id).where(CaseRow.id == case_id)
    found = (await session.execute(wanted)).first()
    if found is None:
        raise LookupError(case_id)
    return found.status, found.problem_id


async def _held(session: AsyncSession, problem_id: int, version: int | None = None) -> ProblemRow:
    row = (await session.scalars(select(ProblemRow).where(ProblemRow.id == problem_id).with_for_update())).first()
    if row is None:
        raise LookupError(problem_id)
    if version is not None and row.version != version:
        raise MeanwhileError
    return row


async def _set(session: AsyncSession, problem_id: int, values: dict[str, Any]) -> None:
    changed = update(ProblemRow).where(ProblemRow.id == problem_id)
    await session.execute(changed.values(values | {"version": ProblemRow.version + 1}))


def note(
    session: AsyncSession, problem_id: int, act: Step, *, by: str, at: datetime, case_id: int | None = None,
    other_id: int | None = None,
) -> None:  # fmt: skip
    """Write a step on the timeline of a problem."""
    session.add(
        ProblemChangeRow(
            id=IDS.new(at), problem_id=problem_id, at=at, by=by, act=act, case_id=case_id, other_id=other_id
        )
    )


def _sealed(ring: KeyRing, row_id: int, about: str) -> bytes:
    return ring.seal("problems", "about", row_id, about.encode())
