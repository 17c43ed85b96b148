"""Files of many cases: asked for by an official, made by one worker at a time, gone after a week."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, TypeAlias, cast

from sqlalchemy import Select, and_, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from storage.access import Official, counted_by, may, seen_by
from storage.crypto import KeyRing
from storage.desk_tables import CaseRow, ExportRow, OfficialRow
from storage.ids import IDS
from storage.officials import official_of
from storage.query import read_address
from storage.search import Asker, matching

Form = Literal["csv", "xlsx", "jsonl"]
Status = Literal["waiting", "running", "done", "failed", "cancelled", "gone"]
Failure = Literal["refused", "too_few", "too_many", "unreadable"]
"""`refused`: its owner may no longer have it. `too_few`: of so few firms that pseudonyms would hide nobody."""
KEPT = timedelta(days=7)
LEASE = timedelta(minutes=2)
"""A worker that has not told of its progress for so long has died: another begins again."""
SHOWN = 30
Chosen: TypeAlias = "Select[CaseRow]"


class StoppedError(Exception):
    """The export is no longer ours to make: it was cancelled, or another worker took it over."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Export:
    """One file of many cases."""

    id: int
    official_id: int
    query: str
    form: Form
    named: bool
    status: Status
    error: str | None
    done: int
    total: int | None
    digest: str | None
    created_at: datetime
    finished_at: datetime | None
    lease_until: datetime | None

    @property
    def lane(self) -> str:
        """Under which the file store keeps it."""
        return f"export-{self.id}"


def chosen(asker: Asker, query: str, *, named: bool) -> Chosen:
    """The cases that an export holds: those of the query that its owner may read, or has figures of."""
    asked = read_address(query, asker.script)
    return matching(asker, asked, within=seen_by if named else counted_by)


async def ask(
    session: AsyncSession, ring: KeyRing, official: Official, now: datetime, *, query: str, form: Form, reason: str = ""
) -> int:
    """Have an export made; `reason` is why it must have names, without one it has none. Gives its id."""
    row_id = IDS.new(now)
    sealed = ring.seal("exports", "reason", row_id, reason.encode("utf-8", "replace")) if reason else None
    session.add(
        ExportRow(
            id=row_id, official_id=official.id, query=query, form=form, named=bool(reason), reason=sealed,
            status="waiting", done=0, created_at=now,
        )
    )  # fmt: skip
    await session.flush()
    return row_id


async def of(session: AsyncSession, official: Official) -> list[Export]:
    """What an official asked for, the latest first."""
    wanted = select(ExportRow).where(ExportRow.official_id == official.id).order_by(ExportRow.id.desc()).limit(SHOWN)
    return [_export(row) for row in await session.scalars(wanted)]


async def get(session: AsyncSession, official: Official, export_id: int) -> Export | None:
    """An export for its owner; None for everybody else."""
    row = await session.get(ExportRow, export_id)
    return _export(row) if row is not None and row.official_id == official.id else None


async def drop(session: AsyncSession, official: Official, export_id: int, now: datetime) -> None:
    """Stop an export that is being made, or take its file away."""
    own = update(ExportRow).where(ExportRow.id == export_id, ExportRow.official_id == official.id)
    for stage, end in ((("waiting", "running"), "cancelled"), (("done",), "gone")):
        await session.execute(own.where(ExportRow.status.in_(stage)).values(status=end, finished_at=now))


async def claim(session: AsyncSession, now: datetime) -> Export | None:
    """The export that waits longest, or whose worker died, for this worker to make."""
    ready = or_(ExportRow.status == "waiting", and_(ExportRow.status == "running", ExportRow.lease_until <= now))
    wanted = select(ExportRow).where(ready).order_by(ExportRow.id).limit(1).with_for_update(skip_locked=True)
    row = (await session.scalars(wanted)).first()
    if row is None:
        return None
    row.status, row.done, row.total, row.lease_until = "running", 0, None, now + LEASE
    await session.flush()
    return _export(row)


async def owner(session: AsyncSession, export: Export) -> Official | None:
    """Who asked for it; None where they may not have it any more."""
    row = await session.get(OfficialRow, export.official_id)
    if row is None or row.closed_at is not None:
        return None
    official = official_of(row)
    return official if may(official.role, "export_names" if export.named else "export_pseudonyms") else None


async def count(session: AsyncSession, wanted: Chosen) -> tuple[int, int]:
    """How many cases there are, and the id of the last."""
    found = wanted.with_only_columns(func.count(), func.max(CaseRow.id)).order_by(None)
    number, last = (await session.execute(found)).one()
    return number, last or 0


async def chunk(session: AsyncSession, wanted: Chosen, *, after: int, last: int, at_most: int) -> Sequence[CaseRow]:
    """The next cases in order of their ids, up to the last."""
    part = wanted.where(CaseRow.id > after, CaseRow.id <= last).order_by(None).order_by(CaseRow.id).limit(at_most)
    return (await session.scalars(part)).all()


async def progress(session: AsyncSession, export: Export, now: datetime, *, done: int, total: int) -> datetime:
    """Tell how far it has come; the new end of the lease. Raises StoppedError."""
    until = now + LEASE
    await _change(session, export, done=done, total=total, lease_until=until)
    return until


async def finish(session: AsyncSession, export: Export, now: datetime, *, digest: str) -> None:
    """The file is in the store. Raises StoppedError."""
    await _change(session, export, status="done", digest=digest, finished_at=now, lease_until=None)


async def fail(session: AsyncSession, export: Export, now: datetime, because: Failure) -> None:
    """It cannot be made. Raises StoppedError."""
    await _change(session, export, status="failed", error=because, finished_at=now, lease_until=None)


async def expire(session: AsyncSession, now: datetime) -> list[Export]:
    """Those whose file is to be deleted: they are a week old, or their owner dropped them."""
    old = update(ExportRow).where(ExportRow.status == "done", ExportRow.finished_at <= now - KEPT)
    await session.execute(old.values(status="gone"))
    wanted = select(ExportRow).where(ExportRow.status == "gone", ExportRow.digest.is_not(None))
    return [_export(row) for row in await session.scalars(wanted)]


async def forgotten(session: AsyncSession, export: Export) -> None:
    """Its file was deleted."""
    await session.execute(update(ExportRow).where(ExportRow.id == export.id).values(digest=None))


async def _change(session: AsyncSession, export: Export, **columns: object) -> None:
    """Change it while its lease is ours. Raises StoppedError."""
    ours = (ExportRow.id == export.id, ExportRow.status == "running", ExportRow.lease_until == export.lease_until)
    if (await session.execute(update(ExportRow).where(*ours).values(columns).returning(ExportRow.id))).first() is None:
        raise StoppedError


def _export(row: ExportRow) -> Export:
    return Export(
        id=row.id, official_id=row.official_id, query=row.query, form=cast("Form", row.form), named=row.named,
        status=cast("Status", row.status), error=row.error, done=row.done, total=row.total, digest=row.digest,
        created_at=row.created_at, finished_at=row.finished_at, lease_until=row.lease_until,
    )  # fmt: skip
