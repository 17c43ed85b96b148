"""The audit log as it is read in the console: the newest first, a page at a time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, select
from sqlalchemy.ext.asyncio import AsyncSession

from storage.audit_tables import AuditRow
from storage.desk_tables import CaseRow, OfficialRow


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which entries are looked for; none: all."""

    official_id: int | None = None
    act: str = ""
    subject: str = ""
    since: datetime | None = None
    until: datetime | None = None
    """Before this moment."""
    before: int | None = None
    """The id of the last entry of the page before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """An entry with the names of those it speaks of."""

    id: int
    n: int | None
    """Its number; none: it is not numbered yet."""
    at: datetime
    official: str | None
    act: str
    subject: str
    reference: str | None
    """Of the case that is its subject, while there is one."""
    about: str | None
    """The official that is its subject."""


async def find(session: AsyncSession, wanted: Wanted, *, limit: int) -> list[Listed]:
    """A page of the log."""
    held = select(AuditRow).where(*_conditions(wanted)).order_by(AuditRow.id.desc()).limit(limit)
    rows = (await session.scalars(held)).all()
    names = await _names(session, rows)
    references = await _references(session, rows)
    return [
        Listed(
            id=row.id, n=row.n, at=row.at, act=row.act, subject=row.subject,
            official=names.get(row.official_id or 0), reference=references.get(_id(row, "case")),
            about=names.get(_id(row, "official")),
        )
        for row in rows
    ]  # fmt: skip


async def officials(session: AsyncSession) -> list[tuple[int, str]]:
    """All who have or had an account, by name."""
    found = await session.execute(select(OfficialRow.id, OfficialRow.name).order_by(OfficialRow.name, OfficialRow.id))
    return [(row.id, row.name) for row in found]


async def case_id(session: AsyncSession, reference: str) -> int | None:
    return await session.scalar(select(CaseRow.id).where(CaseRow.reference == reference))


def _conditions(wanted: Wanted) -> Iterator[ColumnElement[bool]]:
    if wanted.official_id is not None:
        yield AuditRow.official_id == wanted.official_id
    if wanted.act:
        yield AuditRow.act == wanted.act
    if wanted.subject:
        yield AuditRow.subject == wanted.subject
    if wanted.since is not None:
        yield AuditRow.at >= wanted.since
    if wanted.until is not None:
        yield AuditRow.at < wanted.until
    if wanted.before is not None:
        yield AuditRow.id < wanted.before


async def _names(session: AsyncSession, rows: Sequence[AuditRow]) -> dict[int, str]:
    wanted = {row.official_id for row in rows if row.official_id} | {_id(row, "official") for row in rows}
    found = await session.execute(select(OfficialRow.id, OfficialRow.name).where(OfficialRow.id.in_(wanted)))
    return {row.id: row.name for row in found}


async def _references(session: AsyncSession, rows: Sequence[AuditRow]) -> dict[int, str]:
    wanted = {_id(row, "case") for row in rows}
    found = await session.execute(select(CaseRow.id, CaseRow.reference).where(CaseRow.id.in_(wanted)))
    return {row.id: row.reference for row in found}


def _id(row: AuditRow, kind: str) -> int:
    """The id of the subject where it is of this kind; 0, which no row has, where it is not."""
    found, _, number = row.subject.partition(":")
    return int(number) if found == kind and number.isdecimal() else 0
