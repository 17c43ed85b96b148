"""What the classifier made of each message, without its words: kept beside the turn, once it was taken."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from storage.conversations import RECORD, Record
from storage.crypto import KeyRing, SealError
from storage.ids import id_at, ids_in
from storage.inbox import INSERT
from storage.inbox import read as read_message
from storage.tables import InboxRow, TurnRow
from storage.training_tables import ReadingRow
from stories.types import Understanding

LATELY = timedelta(days=90)
"""Messages older than this are not read any more."""
OVERLAP = timedelta(minutes=10)
"""Turns of several processes are kept in no strict order of their ids."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What a person said in one turn, and what was understood."""

    turn_id: int
    conversation_id: int
    at: datetime
    text: str
    understanding: Understanding
    asked: tuple[str, str, tuple[str, ...]] | None
    """As in `storage.conversations.Record`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """A row of `readings`."""

    turn_id: int
    at: datetime
    language: str
    by: str
    problem: str | None
    odds: float
    act: str | None
    act_odds: float
    story: bool
    abstained: bool
    unknown: float
    shadow: str | None = None
    shadow_problem: str | None = None
    shadow_act: str | None = None


async def unread(session: AsyncSession, ring: KeyRing, now: datetime, *, at_most: int) -> list[Said]:
    """Turns that have words of a person and no reading yet, oldest first; those erased are left out."""
    newest = await session.scalar(select(func.max(ReadingRow.turn_id)))
    since = id_at(now - LATELY)
    if newest is not None:
        since = max(since, newest - ids_in(OVERLAP))
    wanted = (
        select(TurnRow.id)
        .outerjoin(ReadingRow, ReadingRow.turn_id == TurnRow.id)
        .where(TurnRow.id >= since, TurnRow.by != "", TurnRow.record != b"", ReadingRow.turn_id.is_(None))
        .order_by(TurnRow.id)
        .limit(at_most)
    )
    return await said(session, ring, (await session.scalars(wanted)).all())


async def said(session: AsyncSession, ring: KeyRing, turn_ids: Collection[int]) -> list[Said]:
    """What was said in these turns, oldest first; those erased, or that cannot be opened, are left out."""
    columns = (TurnRow.id, TurnRow.conversation_id, TurnRow.at, TurnRow.record)
    turns = select(*columns).where(TurnRow.id.in_(turn_ids), TurnRow.record != b"").order_by(TurnRow.id)
    opened = [(row, record) for row in await session.execute(turns) if (record := _opened(ring, row))]
    ids = [of for _, record in opened for of in record.messages]
    messages = select(InboxRow.id, InboxRow.payload).where(InboxRow.id.in_(ids), InboxRow.payload != b"")
    payloads = {row.id: row.payload for row in await session.execute(messages)}
    return [
        Said(
            turn_id=row.id,
            conversation_id=row.conversation_id,
            at=row.at,
            text="\n".join(read_message(ring, of, payloads[of]).text for of in record.messages if of in payloads),
            understanding=record.turn.understanding,
            asked=record.asked,
        )
        for row, record in opened
    ]


def _opened(ring: KeyRing, row: Any) -> Record | None:  # noqa: ANN401  # A row with a record.
    try:
        return RECORD.validate_json(ring.open("turns", "record", row.id, row.record))
    except SealError:
        return None


async def keep(session: AsyncSession, readings: Sequence[Reading]) -> None:
    """Keep readings, each once; not of turns that were erased meanwhile."""
    ids = [one.turn_id for one in readings]
    standing = select(TurnRow.id).where(TurnRow.id.in_(ids), TurnRow.record != b"").with_for_update()
    left = set(await session.scalars(standing))
    rows = [asdict(one) for one in readings if one.turn_id in left]
    if rows:
        new = INSERT[session.get_bind().dialect.name](ReadingRow.__table__).on_conflict_do_nothing()
        await session.execute(new, rows)
