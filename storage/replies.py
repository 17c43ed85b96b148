"""What officials say in a conversation: it leaves as any line does, in its turn."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from sqlalchemy import func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from storage import outbox
from storage.conversations import read_address
from storage.crypto import KeyRing
from storage.desk_tables import CaseRow
from storage.outbox import OUTBOX, Owed
from storage.tables import ConversationRow
from stories.effects import Say


async def reply(
    session: AsyncSession, ring: KeyRing, lane: str, text: str, *, now: datetime, signed: str = "",
    status: Literal["waiting", "done"] = "waiting",
) -> int | None:  # fmt: skip
    """Owe an official's words to the person of a lane; the id of the line, None where nobody spoke there.

    `signed`: what the person reads who writes. `status`: done where the person comes to read, so that a line that is
    kept is delivered.
    """
    held = select(ConversationRow).where(ConversationRow.lane == lane)
    row = (await session.scalars(held)).first()
    if row is None or not row.address:
        return None
    latest = await session.scalar(select(func.max(OUTBOX.c.id)).where(OUTBOX.c.lane == lane))
    owed = outbox.row(
        ring,
        Owed(chat=read_address(ring, row.id, row.address), say=Say(key="official", text=text, signed=signed)),
        lane=lane,
        channel=row.channel,
        now=now,
        after=latest or 0,
        sender="official",
        status=status,
    )
    await session.execute(insert(OUTBOX), [owed])
    await session.execute(update(CaseRow).where(CaseRow.conversation_id == row.id).values(indexed_at=None))
    return int(owed["id"])
