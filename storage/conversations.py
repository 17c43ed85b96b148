"""What was said and what is known in a conversation, read back as it was."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Literal

from pydantic import TypeAdapter
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from storage import outbox
from storage.crypto import KeyRing
from storage.inbox import read as read_message
from storage.tables import ConversationRow, InboxRow, OutboxRow, TurnRow
from stories.types import Choice, Conversation, Message, Turn

CONVERSATION = TypeAdapter(Conversation)


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """What a turn's row holds, sealed: all that it was decided from, but for the messages, which the inbox has."""

    messages: tuple[int, ...]
    """Inbox ids, in the order of the turn."""
    turn: Turn
    """With no messages."""
    effects: tuple[str, ...] = ()
    """What came of it, by name."""


RECORD = TypeAdapter(Record)


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line of a transcript."""

    id: int
    sender: Literal["person", "bot", "official"]
    text: str
    at: datetime
    key: str
    """The message's own key, or the name of the wording."""
    choice: str | None = None
    """The id of the button pressed."""
    fields: Mapping[str, str] = field(default_factory=dict)
    edits: str | None = None
    choices: tuple[Choice, ...] = ()
    asking: str | None = None
    secret: str | None = None
    """Holds a secret that `storage.outbox.hand_over` will blank."""
    turn: int | None = None
    """The number of its turn, from 1; none while it waits."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredTurn:
    """A turn as it was taken."""

    id: int
    n: int
    turn: Turn
    script_hash: str
    by: str
    outcome: str
    effects: tuple[str, ...]


async def transcript(session: AsyncSession, ring: KeyRing, lane: str, after: int = 0) -> list[Line]:
    """What was said after that line, oldest first; `lane` is `KeyRing.lane` of the messages'."""
    numbers = TurnRow.n
    said = (
        select(InboxRow.id, InboxRow.key, InboxRow.payload, InboxRow.received_at, numbers)
        .outerjoin(TurnRow, TurnRow.id == InboxRow.turn_id)
        .where(InboxRow.lane == lane, InboxRow.id > after, InboxRow.sender == "person")
    )
    answered = (
        select(OutboxRow, numbers)
        .outerjoin(TurnRow, TurnRow.id == OutboxRow.turn_id)
        .where(OutboxRow.lane == lane, OutboxRow.id > after, OutboxRow.kind == "say", OutboxRow.status != "dropped")
    )
    lines = [
        _said(row_id, read_message(ring, row_id, payload), at, n)
        for row_id, _, payload, at, n in (await session.execute(said))
        if payload
    ]
    for row, n in await session.execute(answered):
        owed = outbox.read(ring, row.id, row.payload)
        if owed is not None and owed.say is not None:
            lines.append(_answered(row, owed, n))
    return sorted(lines, key=lambda line: line.id)


async def state(session: AsyncSession, ring: KeyRing, lane: str) -> Conversation | None:
    """What is known now; None where nobody spoke there, or all was erased."""
    held = select(ConversationRow.id, ConversationRow.state).where(ConversationRow.lane == lane)
    found = (await session.execute(held)).first()
    return read_state(ring, *found) if found and found[1] else None


async def turns(session: AsyncSession, ring: KeyRing, lane: str) -> list[StoredTurn]:
    """Every turn exactly as it was taken, in order; those erased are left out."""
    taken = (
        select(TurnRow)
        .join(ConversationRow, ConversationRow.id == TurnRow.conversation_id)
        .where(ConversationRow.lane == lane)
        .order_by(TurnRow.n)
    )
    rows = [row for row in await session.scalars(taken) if row.record]
    said = select(InboxRow.id, InboxRow.payload).where(InboxRow.lane == lane, InboxRow.turn_id.is_not(None))
    messages = {
        row_id: read_message(ring, row_id, payload) for row_id, payload in (await session.execute(said)) if payload
    }
    return [_stored(row, ring, messages) for row in rows]


async def resumable(session: AsyncSession, ring: KeyRing, token: str) -> tuple[str, str] | None:
    """The channel and chat that a resume token opens."""
    held = select(ConversationRow).where(ConversationRow.resume_hash == ring.blind("resume", token))
    row = (await session.scalars(held)).first()
    return (row.channel, read_address(ring, row.id, row.address)) if row and row.address else None


async def lanes(session: AsyncSession, limit: int = 100) -> Sequence[str]:
    """The lanes of the conversations that moved last."""
    found = await session.scalars(select(ConversationRow.lane).order_by(ConversationRow.updated_at.desc()).limit(limit))
    return found.all()


def read_state(ring: KeyRing, row_id: int, sealed: bytes) -> Conversation:
    """What is known, whichever version of Portevoix wrote it."""
    return CONVERSATION.validate_json(ring.open("conversations", "state", row_id, sealed)) if sealed else Conversation()


def read_address(ring: KeyRing, row_id: int, sealed: bytes) -> str:
    """The chat to send to."""
    return ring.open("conversations", "address", row_id, sealed).decode()


def _said(row_id: int, message: Message, at: datetime, n: int | None) -> Line:
    return Line(
        id=row_id,
        sender="person",
        text=message.text,
        at=at,
        key=message.key,
        choice=message.choice,
        fields=message.fields,
        edits=message.edits,
        turn=n,
    )


def _answered(row: OutboxRow, owed: outbox.Owed, n: int | None) -> Line:
    say = owed.say
    return Line(
        id=row.id,
        sender="official" if row.sender == "official" else "bot",
        text=say.text if say else "",
        at=row.created_at,
        key=row.key,
        choices=say.choices if say else (),
        asking=say.asking if say else None,
        secret=row.secret,
        turn=n,
    )


def _stored(row: TurnRow, ring: KeyRing, messages: Mapping[int, Message]) -> StoredTurn:
    record = RECORD.validate_json(ring.open("turns", "record", row.id, row.record))
    return StoredTurn(
        id=row.id,
        n=row.n,
        turn=replace(record.turn, messages=tuple(messages[of] for of in record.messages)),
        script_hash=row.script_hash,
        by=row.by,
        outcome=row.outcome,
        effects=record.effects,
    )
