"""Who speaks in a conversation, the program or an official: asked for through the inbox, so that order holds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import ColumnElement, bindparam, exists, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from storage import handling
from storage.access import Official
from storage.conversations import read_address
from storage.crypto import KeyRing
from storage.desk_tables import CaseRow, OfficialRow
from storage.handling import Change, RefusedError
from storage.inbox import WAITING, receive
from storage.outbox import OUTBOX
from storage.tables import ConversationRow, InboxRow
from stories.effects import HandBack, TakeOver
from stories.types import Message

LASTS = timedelta(minutes=30)
"""How long a conversation stays with an official who writes nothing there."""
AT_MOST = 200
CALLS = or_(ConversationRow.wants_human.is_(True), ConversationRow.taken_by.is_not(None))
"""Which conversations need an official."""
PENDING = exists().where(
    InboxRow.lane == ConversationRow.lane, InboxRow.status == WAITING, InboxRow.sender == "official"
)  # fmt: skip
HANDS = (
    select(ConversationRow.taken_by, ConversationRow.taken_until, OfficialRow.name, PENDING.label("pending"))
    .outerjoin(OfficialRow, OfficialRow.id == ConversationRow.taken_by)
    .where(ConversationRow.lane == bindparam("lane"))
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Hands:
    """In whose hands a conversation is."""

    by: int | None
    """The official who speaks there; none: the program does."""
    name: str
    """Of the official."""
    until: datetime | None
    """When it goes back by itself; none with an official: it is on its way back."""
    changing: bool
    """A change is asked for, and not carried out yet."""


async def hands(session: AsyncSession, lane: str) -> Hands:
    """In whose hands the conversation of a lane is."""
    row = (await session.execute(HANDS, {"lane": lane})).first()
    if row is None:
        return Hands(by=None, name="", until=None, changing=False)
    changing = row.pending or (row.taken_by is not None and row.taken_until is None)
    return Hands(by=row.taken_by, name=row.name or "", until=row.taken_until, changing=changing)


@dataclass(frozen=True, slots=True, kw_only=True)
class Calling:
    """A conversation in which a person is asked for, or an official speaks."""

    id: int
    channel: str
    language: str
    since: datetime
    """When something was last said there by the firm or the program."""
    by: str | None
    """The official who speaks there."""
    until: datetime | None
    reference: str | None
    """Of its first case; none: nothing was filed yet."""


async def calling(session: AsyncSession, within: ColumnElement[bool]) -> list[Calling]:
    """The conversations that need an official, longest waiting first.

    `within`: which cases the reader may see; a conversation that has another is left out.
    """
    hidden = exists().where(CaseRow.conversation_id == ConversationRow.id, ~within)
    first = select(func.min(CaseRow.reference)).where(CaseRow.conversation_id == ConversationRow.id).scalar_subquery()
    wanted = (
        select(
            ConversationRow.id, ConversationRow.channel, ConversationRow.language,
            ConversationRow.updated_at.label("since"), OfficialRow.name.label("by"),
            ConversationRow.taken_until.label("until"), first.label("reference"),
        )
        .outerjoin(OfficialRow, OfficialRow.id == ConversationRow.taken_by)
        .where(CALLS, ~hidden)
        .order_by(ConversationRow.updated_at)
        .limit(AT_MOST)
    )  # fmt: skip
    return [Calling(**row._asdict()) for row in await session.execute(wanted)]


async def unfiled(session: AsyncSession, conversation_id: int) -> ConversationRow | None:
    """The conversation of that id, where it needs an official and nothing was filed there; None otherwise."""
    filed = exists().where(CaseRow.conversation_id == ConversationRow.id)
    found = select(ConversationRow).where(ConversationRow.id == conversation_id, CALLS, ~filed)
    return (await session.scalars(found)).first()


async def woken_at(session: AsyncSession, lane: str) -> datetime | None:
    """When the clock next has something to say in a conversation."""
    wanted = select(ConversationRow.wake_at, ConversationRow.taken_until).where(ConversationRow.lane == lane)
    row = (await session.execute(wanted)).first()
    return min((at for at in row or () if at is not None), default=None)


async def take(session: AsyncSession, ring: KeyRing, lane: str, by: Official, *, key: str, now: datetime) -> None:
    """Ask for a conversation, in which another must not speak just now. Raises RefusedError."""
    row = await _hold(session, lane)
    if row.taken_by not in {None, by.id} and row.taken_until is not None and row.taken_until > now:
        name = await session.scalar(select(OfficialRow.name).where(OfficialRow.id == row.taken_by))
        raise RefusedError("taken", name=name)
    await _tell(session, ring, row, "taken", by=by, key=key, now=now)


async def hand_back(session: AsyncSession, ring: KeyRing, lane: str, by: Official, *, key: str, now: datetime) -> None:
    """Ask for the program to speak again. Raises RefusedError where no official speaks there."""
    row = await _hold(session, lane)
    if row.taken_by is None:
        raise RefusedError("not_taken")
    row.taken_until = None
    await _tell(session, ring, row, "handed_back", by=by, key=key, now=now)


async def prolong(session: AsyncSession, lane: str, by: Official, now: datetime) -> None:
    """Keep the conversation of an official who has just written there."""
    held = (ConversationRow.lane == lane, ConversationRow.taken_by == by.id, ConversationRow.taken_until.is_not(None))
    await session.execute(update(ConversationRow).where(*held).values(taken_until=now + LASTS))


async def lapse(session: AsyncSession, ring: KeyRing, now: datetime) -> int:
    """Ask for the conversations whose official has been silent too long, each once; gives their number."""
    due = (
        select(ConversationRow)
        .where(ConversationRow.taken_until <= now)
        .order_by(ConversationRow.id)
        .limit(AT_MOST)
        .with_for_update(skip_locked=True)
    )
    rows = (await session.scalars(due)).all()
    for row in rows:
        key = f"back:{row.taken_until.timestamp():.0f}" if row.taken_until else "back"
        row.taken_until = None
        await _tell(session, ring, row, "handed_back", by=None, key=key, now=now)
    return len(rows)


async def change_hands(
    connection: AsyncConnection, lane: str, made: TakeOver | HandBack, *, own: Sequence[int], now: datetime
) -> None:
    """Carry out what a turn decided. What the bot has not sent is dropped, but for that turn's own lines (`own`)."""
    columns: dict[str, Any] = {"taken_by": None, "taken_until": None, "wants_human": False}
    if isinstance(made, TakeOver):
        by = int(made.by) if made.by.isdecimal() else None
        columns = {"taken_by": by, "taken_until": now + LASTS}
        await _drop(connection, lane, own, now)
    await connection.execute(update(ConversationRow).where(ConversationRow.lane == lane).values(columns))


async def _drop(connection: AsyncConnection, lane: str, own: Sequence[int], now: datetime) -> None:
    """Drop the bot's lines that wait; one that is on its way just now arrives."""
    waiting = (
        OUTBOX.c.lane == lane, OUTBOX.c.status == WAITING, OUTBOX.c.kind == "say", OUTBOX.c.sender == "bot",
        OUTBOX.c.id.not_in(own), or_(OUTBOX.c.lease.is_(None), OUTBOX.c.due_at <= now),
    )  # fmt: skip
    await connection.execute(update(OUTBOX).where(*waiting).values(status="dropped", lease=None))


async def _hold(session: AsyncSession, lane: str) -> ConversationRow:
    """The row of a conversation, held until the transaction ends. Raises RefusedError where nothing is kept of it."""
    found = select(ConversationRow).where(ConversationRow.lane == lane).with_for_update()
    row = (await session.scalars(found)).first()
    if row is None or not row.address:
        raise RefusedError("no_conversation")
    return row


async def _tell(
    session: AsyncSession, ring: KeyRing, row: ConversationRow, event: Literal["taken", "handed_back"], *,
    by: Official | None, key: str, now: datetime,
) -> None:  # fmt: skip
    """Put it into the lane as a message, and onto the timeline of the cases told there."""
    message = Message(
        channel=row.channel, chat=read_address(ring, row.id, row.address), key=key, event=event,
        sender="official" if by else "clock", text=str(by.id) if by and event == "taken" else "",
    )  # fmt: skip
    await receive(session, ring, [message], now=now)
    deed: Literal["taken_over", "handed_back"] = "taken_over" if event == "taken" else "handed_back"
    cases = (await session.scalars(select(CaseRow.id).where(CaseRow.conversation_id == row.id))).all()
    for case_id in cases:
        await handling.change(session, ring, case_id, Change(deed=deed, by=by.login if by else "clock", at=now))
