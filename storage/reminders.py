"""Conversations to which we come back: when their hour has come, a clock message waits in their lane."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from storage.conversations import read_address
from storage.crypto import KeyRing
from storage.inbox import receive
from storage.tables import ConversationRow
from stories.types import Message

AT_MOST = 200
CONVERSATIONS: Any = ConversationRow.__table__


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
    messages = [
        Message(
            channel=row.channel,
            chat=read_address(ring, row.id, row.address),
            key=f"clock:{row.wake_at.timestamp():.0f}",
            sender="clock",
        )
        for row in rows
        if row.address
    ]
    if rows:
        await receive(session, ring, messages, now=now)
        await session.execute(
            update(CONVERSATIONS).where(columns.id.in_([row.id for row in rows])).values(wake_at=None)
        )
    return len(messages)
