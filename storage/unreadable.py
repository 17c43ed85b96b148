"""What a channel sent in due form and nobody here could read: kept sealed, for an administrator."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from storage.crypto import KeyRing
from storage.ids import IDS
from storage.inbox import INSERT
from storage.tables import UnreadableRow


@dataclass(frozen=True, slots=True, kw_only=True)
class UnreadablePayload:
    """One payload, without its content."""

    id: int
    channel: str
    problem: str
    received_at: datetime
    size: int
    """Bytes."""


async def keep(
    session: AsyncSession, ring: KeyRing, *, channel: str, problem: str, payload: bytes, now: datetime
) -> None:
    """Keep a payload, once however often it is sent."""
    row_id = IDS.new(now)
    new = INSERT[session.get_bind().dialect.name](UnreadableRow.__table__)
    row = {
        "id": row_id,
        "channel": channel,
        "digest": hashlib.sha256(payload).hexdigest(),
        "problem": problem,
        "received_at": now,
        "payload": ring.seal("unreadable", "payload", row_id, payload),
    }
    await session.execute(new.on_conflict_do_nothing(index_elements=["digest"]), row)


async def latest(session: AsyncSession, ring: KeyRing, *, limit: int) -> list[UnreadablePayload]:
    """The last ones, newest first."""
    rows = await session.scalars(select(UnreadableRow).order_by(UnreadableRow.id.desc()).limit(limit))
    return [
        UnreadablePayload(
            id=row.id, channel=row.channel, problem=row.problem, received_at=row.received_at,
            size=len(ring.open("unreadable", "payload", row.id, row.payload)),
        )
        for row in rows
    ]  # fmt: skip


async def content(session: AsyncSession, ring: KeyRing, row_id: int) -> bytes | None:
    """The payload itself; None where there is none."""
    row = await session.get(UnreadableRow, row_id)
    return ring.open("unreadable", "payload", row.id, row.payload) if row else None


async def count(session: AsyncSession) -> int:
    return await session.scalar(select(func.count()).select_from(UnreadableRow)) or 0
