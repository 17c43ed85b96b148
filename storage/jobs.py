"""Trainings: asked for by officials, done one at a time, and how far each has come."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy import select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from storage.ids import IDS
from storage.models import Kind
from storage.training_tables import JobRow, LookRow

Failure = Literal["memory", "disk", "time", "killed", "interrupted", "examples", "no_model", "no_test", "rasa",
                  "broken"]  # fmt: skip
"""`killed`: its process was ended from outside. `interrupted`: the worker that looked after it has died. `examples`:
one of them cannot be read. `no_model`: there is none in use to compare it with. `no_test`: no message was labelled for
the test. `rasa`: its server did not do it."""
UNFINISHED = ("waiting", "running")
LEASE = timedelta(seconds=30)
"""A worker that has not told of its training for so long has died."""
EARLY = 0.05
"""The share of a training up to which its pace says nothing."""
ALONE = text("SELECT pg_advisory_xact_lock(7230502)")


class StoppedError(Exception):
    """The training is no longer ours to go on with: it was cancelled, or given up for lost."""


async def ask(session: AsyncSession, kind: Kind, by: int | None, notes: str, now: datetime) -> int:
    """Have a training begin as soon as no other is under way; its id."""
    row = JobRow(id=IDS.new(now), kind=kind, status="waiting", log=[], asked_by=by, notes=notes, created_at=now)
    session.add(row)
    await session.flush()
    return row.id


async def every(session: AsyncSession) -> list[JobRow]:
    """Newest first."""
    return list(await session.scalars(select(JobRow).order_by(JobRow.id.desc())))


async def find(session: AsyncSession, job_id: int) -> JobRow | None:
    return await session.get(JobRow, job_id)


async def running(session: AsyncSession) -> JobRow | None:
    """The training under way."""
    return (await session.scalars(select(JobRow).where(JobRow.status == "running").limit(1))).first()


async def before(session: AsyncSession, job: JobRow) -> int:
    """How many trainings a waiting one waits for."""
    earlier = select(JobRow.id).where(JobRow.status.in_(UNFINISHED), JobRow.id < job.id)
    return len((await session.scalars(earlier)).all())


def end(job: JobRow, now: datetime) -> datetime | None:
    """When a training will be done, as far as its pace so far tells; None where that is too early to say."""
    if job.started_at is None or job.share < EARLY:
        return None
    behind = now - job.started_at
    return now + behind * ((1 - job.share) / job.share)


async def cancel(session: AsyncSession, job_id: int, now: datetime) -> None:
    """Ask a training to stop; one that has not begun is over at once."""
    waiting = update(JobRow).where(JobRow.id == job_id, JobRow.status == "waiting")
    await session.execute(waiting.values(status="cancelled", cancelled_at=now, finished_at=now))
    begun = update(JobRow).where(JobRow.id == job_id, JobRow.status == "running", JobRow.cancelled_at.is_(None))
    await session.execute(begun.values(cancelled_at=now))


async def claim(session: AsyncSession, token: str, now: datetime) -> JobRow | None:
    """The training that waits longest, for this worker to look after; None while another is under way."""
    if session.get_bind().dialect.name == "postgresql":
        await session.execute(ALONE)
    if await running(session) is not None:
        return None
    row = (await session.scalars(select(JobRow).where(JobRow.status == "waiting").order_by(JobRow.id).limit(1))).first()
    if row is not None:
        row.status, row.started_at, row.lease, row.lease_until = "running", now, token, now + LEASE
        await session.flush()
    return row


async def is_due(session: AsyncSession, now: datetime) -> bool:
    """Whether a training waits and none is under way, or one has lost its worker."""
    begun = await running(session)
    if begun is not None:
        return begun.lease_until is not None and begun.lease_until <= now
    return await session.scalar(select(JobRow.id).where(JobRow.status == "waiting").limit(1)) is not None


async def put_back(session: AsyncSession, job: JobRow) -> None:
    """Let it begin anew, since its worker stops. Raises StoppedError."""
    held = await _held(session, job)
    held.status, held.stage, held.share, held.log, held.started_at = "waiting", "", 0.0, [], None
    held.lease = held.lease_until = None


async def give_up(session: AsyncSession, now: datetime) -> Sequence[int]:
    """Fail the trainings whose worker has died; their ids."""
    lost = update(JobRow).where(JobRow.status == "running", JobRow.lease_until <= now)
    ended = lost.values(status="failed", error="interrupted", finished_at=now, lease=None, lease_until=None)
    return (await session.scalars(ended.returning(JobRow.id))).all()


async def progress(session: AsyncSession, job: JobRow, now: datetime, *, stage: str, share: float) -> None:
    """Tell how far it has come, and go on holding the lease. Raises StoppedError."""
    held = await _held(session, job)
    if held.cancelled_at is not None:
        raise StoppedError
    if stage and stage != held.stage:
        held.log = [*held.log, f"{now.isoformat(timespec='seconds')}\t{stage}"]
    held.stage, held.share, held.lease_until = stage or held.stage, share, now + LEASE


async def finish(session: AsyncSession, job: JobRow, now: datetime, *, version: str) -> None:
    """A model came of it. Raises StoppedError."""
    held = await _held(session, job)
    if held.cancelled_at is not None:
        raise StoppedError
    held.version, held.share = version, 1.0
    _end(held, "done", now)


async def stop(session: AsyncSession, job: JobRow, now: datetime, because: Failure | None) -> None:
    """It has failed, or without a reason was cancelled. Raises StoppedError where it was given up for lost."""
    held = await _held(session, job)
    held.error = because
    _end(held, "cancelled" if because is None else "failed", now)


async def look(session: AsyncSession, version: str, samples: int, by: int | None, now: datetime) -> None:
    """Count that a model was measured on the sealed messages."""
    session.add(LookRow(id=IDS.new(now), at=now, official_id=by, version=version, samples=samples))
    await session.flush()


async def _held(session: AsyncSession, job: JobRow) -> JobRow:
    """Its row while the lease is ours. Raises StoppedError."""
    ours = select(JobRow).where(JobRow.id == job.id, JobRow.status == "running", JobRow.lease == job.lease)
    row = (await session.scalars(ours.with_for_update())).first()
    if row is None:
        raise StoppedError
    return row


def _end(row: JobRow, status: str, now: datetime) -> None:
    row.status, row.finished_at, row.lease, row.lease_until = status, now, None, None
