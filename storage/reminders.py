"""Conversations to which we come back: when their hour has come, a clock message waits in their lane."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from storage import takeovers
from storage.conversations import read_address
from storage.crypto import KeyRing, SealError
from storage.inbox import receive
from storage.tables import ConversationRow
from stories.types import Message

AT_MOST = 200
LATER = timedelta(days=1)
"""When a conversation that cannot be opened is looked at again: its key may be put back."""
CONVERSATIONS: Any = ConversationRow.__table__

log = logging.getLogger(__name__)


async def wake(session: AsyncSession, ring: KeyRing, now: datetime) -> int:
    """Turn wishes to be woken that are due into messages, each once; gives their number."""
    columns = CONVERSATIONS.c
    due = (
        select(columns.id, columns.channel, columns.address, columns.wake_at)
        .where(columns.wake_at <= now)
        .order_by(columns.wake_at)
        .limit(AT_MOST)
        .with_for_update(skip_locked=True)
    )
    rows = (await session.execute(due)).all()
    messages = {row.id: _message(ring, row) for row in rows if row.address}
    await _wish(session, [row.id for row in rows], None)
    await _wish(session, [row_id for row_id, message in messages.items() if message is None], now + LATER)
    readable = [message for message in messages.values() if message is not None]
    if readable:
        await receive(session, ring, readable, now=now)
    return len(readable) + await takeovers.lapse(session, ring, now)


def _message(ring: KeyRing, row: Any) -> Message | None:  # noqa: ANN401  # A row of what is due.
    """What the clock says in this conversation; None where its chat cannot be read."""
    try:
        chat = read_address(ring, row.id, row.address)
    except (SealError, ValueError) as error:
        log.error("conversation %d cannot be woken: %s", row.id, type(error).__name__)  # noqa: TRY400
        return None
    return Message(channel=row.channel, chat=chat, key=f"clock:{row.wake_at.timestamp():.0f}", sender="clock")


async def _wish(session: AsyncSession, ids: Sequence[int], at: datetime | None) -> None:
    if ids:
        await session.execute(update(CONVERSATIONS).where(CONVERSATIONS.c.id.in_(ids)).values(wake_at=at))
