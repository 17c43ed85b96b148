"""How far a network says our lines have come: it tells in any order, and sometimes before we noted the line."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import bindparam, delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from storage.conversations import mark_closed, mark_unreachable
from storage.inbox import INSERT
from storage.outbox import CLOSED, OUTBOX
from storage.tables import ArrivalRow

Delivery = Literal["sent", "failed", "delivered", "read"]
FURTHER: Mapping[str | None, int] = {None: 0, "sent": 1, "failed": 2, "delivered": 3, "read": 4}
"""What was delivered had not failed, whichever is told last."""
FORGOTTEN = timedelta(days=1)
"""A line that nobody noted by then is none of ours."""
ARRIVALS: Any = ArrivalRow.__table__
MOVE = update(OUTBOX).where(OUTBOX.c.id == bindparam("of")).values(delivery=bindparam("came"))
AGAIN = (
    update(OUTBOX)
    .where(OUTBOX.c.id == bindparam("of"))
    .values(status="waiting", due_at=bindparam("now"), lease=None, remote_id=None, delivery=None, error=CLOSED)
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """What a network tells of one line."""

    line: str
    """What it calls the line, as `Channel.send` gave it."""
    came: Delivery
    because: Literal["closed", "unreachable"] | None = None
    """Why it failed, where that says something of the person's other lines too."""


async def note(session: AsyncSession, arrivals: Iterable[Arrival], now: datetime) -> None:
    """Move lines forward, never back; what is told of a line that is not noted yet is kept for it."""
    told = _furthest(arrivals)
    await overtook(session, now)
    known = await _apply(session, told, now)
    await _keep(session, [one for line, one in told.items() if line not in known], now)


async def overtook(session: AsyncSession, now: datetime) -> None:
    """Note what was told of lines before they were noted themselves."""
    kept = select(ARRIVALS).join(OUTBOX, OUTBOX.c.remote_id == ARRIVALS.c.remote_id)
    early = [Arrival(line=row.remote_id, came=row.delivery, because=row.because) for row in await session.execute(kept)]
    if early:
        await session.execute(delete(ARRIVALS).where(ARRIVALS.c.remote_id.in_([one.line for one in early])))
        await _apply(session, _furthest(early), now)


async def _apply(session: AsyncSession, told: Mapping[str, Arrival], now: datetime) -> set[str]:
    """Move the lines that are noted; which they are."""
    columns = OUTBOX.c
    held = select(columns.id, columns.remote_id, columns.delivery, columns.sender, columns.lane)
    rows = (await session.execute(held.where(columns.remote_id.in_(list(told))).with_for_update())).all()
    await _move(session, [(row, told[row.remote_id]) for row in rows], now)
    return {row.remote_id for row in rows}


def _furthest(arrivals: Iterable[Arrival]) -> dict[str, Arrival]:
    told: dict[str, Arrival] = {}
    for one in arrivals:
        before = told.get(one.line)
        if before is None or FURTHER[one.came] > FURTHER[before.came]:
            told[one.line] = one
    return told


async def _move(session: AsyncSession, told: Sequence[tuple[Any, Arrival]], now: datetime) -> None:
    """Write what is news; an official's line that came too late waits for its person instead."""
    news = [(row, one) for row, one in told if FURTHER[one.came] > FURTHER[row.delivery]]
    late = [row for row, one in news if one.because == "closed"]
    again = [{"of": row.id, "now": now} for row in late if row.sender == "official"]
    waits = {one["of"] for one in again}
    moved = [{"of": row.id, "came": one.came} for row, one in news if row.id not in waits]
    connection = await session.connection()
    if moved:
        await connection.execute(MOVE, moved)
    if again:
        await connection.execute(AGAIN, again)
    if late:
        await mark_closed(session, {row.lane for row in late}, now)
    lost = {row.lane for row, one in news if one.because == "unreachable"}
    if lost:
        await mark_unreachable(session, lost, now)


async def _keep(session: AsyncSession, early: Sequence[Arrival], now: datetime) -> None:
    """Keep what cannot be noted yet, and forget what never could."""
    if not early:
        return
    await session.execute(delete(ARRIVALS).where(ARRIVALS.c.received_at < now - FORGOTTEN))
    held = select(ARRIVALS.c.remote_id, ARRIVALS.c.delivery).where(ARRIVALS.c.remote_id.in_([r.line for r in early]))
    before = {row.remote_id: row.delivery for row in await session.execute(held)}
    insert = INSERT[session.get_bind().dialect.name](ARRIVALS)
    changed = {name: insert.excluded[name] for name in ("delivery", "because", "received_at")}
    rows = [
        {"remote_id": one.line, "delivery": one.came, "because": one.because, "received_at": now}
        for one in early
        if FURTHER[one.came] > FURTHER[before.get(one.line)]
    ]
    if rows:
        keep = insert.on_conflict_do_update(index_elements=["remote_id"], set_=changed)
        await (await session.connection()).execute(keep, rows)
