"""What was said and what is known in a conversation, read back as it was."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from operator import attrgetter
from typing import Any, Literal

from pydantic import TypeAdapter
from sqlalchemy import BigInteger, BindParameter, bindparam, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from storage import outbox
from storage.crypto import KeyRing
from storage.database import Database
from storage.inbox import read as read_message
from storage.inbox import row_key
from storage.tables import ConversationRow, InboxRow, OutboxRow, TurnRow
from storage.together import Together
from stories.case import PAGES
from stories.effects import Say
from stories.types import Attachment, Choice, Conversation, Event, Language, Message, Turn, Understanding

CONVERSATION = TypeAdapter(Conversation)
LANES: BindParameter[Any] = bindparam("lanes", expanding=True)
AFTER = bindparam("after", type_=BigInteger)
SAID = (
    select(InboxRow.id, InboxRow.lane, InboxRow.payload, InboxRow.received_at, TurnRow.n)
    .outerjoin(TurnRow, TurnRow.id == InboxRow.turn_id)
    .where(InboxRow.lane.in_(LANES), InboxRow.id > AFTER, InboxRow.sender == "person")
)
ANSWERED = (
    select(
        OutboxRow.id, OutboxRow.lane, OutboxRow.payload, OutboxRow.sender, OutboxRow.key, OutboxRow.secret,
        OutboxRow.channel, OutboxRow.created_at, OutboxRow.status, OutboxRow.error, OutboxRow.delivery, TurnRow.n,
    )
    .outerjoin(TurnRow, TurnRow.id == OutboxRow.turn_id)
    .where(OutboxRow.lane.in_(LANES), OutboxRow.id > AFTER, OutboxRow.kind == "say", OutboxRow.status != "dropped")
)  # fmt: skip
REACH = select(
    ConversationRow.language, ConversationRow.wants_human, ConversationRow.unreachable_at, ConversationRow.open_until,
    ConversationRow.announced_at,
).where(ConversationRow.lane == bindparam("lane"))  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """What a turn's row holds, sealed: all that it was decided from, but for the messages, which the inbox has."""

    messages: tuple[int, ...]
    """Inbox ids, in the order of the turn."""
    turn: Turn
    """With no messages."""
    asked: tuple[str, str, tuple[str, ...]] | None = None
    """What had just been asked: its name, the kind of its question, the ids of its options."""


RECORD = TypeAdapter(Record)
Came = Literal["waiting", "closed", "away", "shown", "handed", "sent", "failed", "delivered", "read"]
"""How far a line of ours has come; closed and away: it waits for its person to write; shown: it lies where its person
comes to read; handed: its network has it, and has told no more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """Whether, and until when, the person of a conversation can be answered, and whether they ask for a person."""

    language: Language
    wants_human: bool
    unreachable_at: datetime | None
    """Since when the channel no longer lets us write; none: it does."""
    open_until: datetime | None
    """Until when it may be answered freely; none: always."""
    announced_at: datetime | None
    """When it was told, after that, that an answer waits."""

    def is_closed(self, now: datetime) -> bool:
        """Whether the person must write first."""
        return self.open_until is not None and self.open_until <= now


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
    attachments: tuple[Attachment, ...] = ()
    event: Event | None = None
    """What was done instead of writing."""
    choices: tuple[Choice, ...] = ()
    secret: str | None = None
    """Holds a secret that `storage.outbox.hand_over` will blank."""
    turn: int | None = None
    """The number of its turn, from 1; none while it waits."""
    came: Came | None = None
    """How far a line of ours has come; none where the channel does not tell."""
    signed: str = ""
    """Who says it, where it is an official."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredTurn:
    """A turn as it was taken."""

    n: int
    turn: Turn
    script_hash: str
    by: str


async def transcript(session: AsyncSession, ring: KeyRing, lane: str, after: int = 0) -> list[Line]:
    """What was said after that line, oldest first; `lane` is `KeyRing.lane` of the messages'."""
    return (await transcripts(session, ring, {lane: after}))[lane]


async def transcripts(session: AsyncSession, ring: KeyRing, after: Mapping[str, int]) -> dict[str, list[Line]]:
    """The same of several lanes, each after a line of its own."""
    lines: dict[str, list[Line]] = {lane: [] for lane in after}
    asked = {"lanes": list(after), "after": min(after.values(), default=0)}
    connection = await session.connection()
    for said in await connection.execute(SAID, asked):
        if said.id > after[said.lane] and said.payload:
            lines[said.lane].append(_said(said, read_message(ring, said.id, said.payload)))
    for answered in await connection.execute(ANSWERED, asked):
        owed = outbox.read(ring, answered.id, answered.payload) if answered.id > after[answered.lane] else None
        if owed is not None and owed.say is not None:
            lines[answered.lane].append(_answered(answered, owed.say))
    return {lane: sorted(told, key=attrgetter("id")) for lane, told in lines.items()}


class Reading:
    """Reads transcripts: pages that ask while others are served are served together."""

    def __init__(self, database: Database, ring: KeyRing) -> None:
        self._database, self._ring = database, ring
        self._together = Together(self._read)

    async def transcript(self, lane: str, after: int = 0) -> list[Line]:
        """What was said in a lane after that line, oldest first."""
        return (await self._together.ask([(lane, after)]))[0]

    async def _read(self, asked: Sequence[tuple[str, int]]) -> list[list[Line]]:
        earliest: dict[str, int] = {}
        for lane, after in asked:
            earliest[lane] = min(after, earliest.get(lane, after))
        async with self._database.read() as session:
            lines = await transcripts(session, self._ring, earliest)
        return [[line for line in lines[lane] if line.id > after] for lane, after in asked]


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


async def understood(session: AsyncSession, ring: KeyRing, lane: str, key: str) -> Understanding | None:
    """What the classifier made of a person's message; None where that is no longer kept."""
    taken = (
        select(TurnRow.id, TurnRow.record)
        .join(InboxRow, InboxRow.turn_id == TurnRow.id)
        .where(InboxRow.lane == lane, InboxRow.key == row_key(key))
    )
    found = (await session.execute(taken)).first()
    if found is None or not found.record:
        return None
    return RECORD.validate_json(ring.open("turns", "record", found.id, found.record)).turn.understanding


async def mark_unreachable(session: AsyncSession, lanes: Collection[str], now: datetime) -> None:
    """The channel no longer lets us write in these lanes; the next message of a person there says it does."""
    since = update(ConversationRow).where(
        ConversationRow.lane.in_(list(lanes)), ConversationRow.unreachable_at.is_(None)
    )
    await session.execute(since.values(unreachable_at=now))


async def mark_closed(session: AsyncSession, lanes: Collection[str], now: datetime) -> None:
    """The time to answer freely in these lanes is over, whatever we thought."""
    until = update(ConversationRow).where(ConversationRow.lane.in_(list(lanes)), ConversationRow.open_until > now)
    await session.execute(until.values(open_until=now))


async def mark_announced(session: AsyncSession, lanes: Collection[str], now: datetime) -> None:
    """The people of these lanes were told that an answer waits."""
    await session.execute(update(ConversationRow).where(ConversationRow.lane.in_(list(lanes))).values(announced_at=now))


async def reach(session: AsyncSession, lane: str) -> Reach | None:
    """Whether the person of a conversation can be answered; None where nobody spoke there."""
    found = (await session.execute(REACH, {"lane": lane})).first()
    return Reach(**found._asdict()) if found else None


async def resumable(session: AsyncSession, ring: KeyRing, token: str) -> tuple[str, str] | None:
    """The channel and chat that a resume token opens."""
    held = select(ConversationRow).where(ConversationRow.resume_hash == ring.blind("resume", token))
    row = (await session.scalars(held)).first()
    return (row.channel, read_address(ring, row.id, row.address)) if row and row.address else None


async def home(session: AsyncSession, ring: KeyRing, lane: str) -> tuple[str, str] | None:
    """The channel and chat of a lane; None before its first turn."""
    held = select(ConversationRow.id, ConversationRow.channel, ConversationRow.address)
    row = (await session.execute(held.where(ConversationRow.lane == lane))).first()
    return (row.channel, read_address(ring, row.id, row.address)) if row else None


def read_state(ring: KeyRing, row_id: int, sealed: bytes) -> Conversation:
    """What is known, whichever version of Portevoix wrote it."""
    return CONVERSATION.validate_json(ring.open("conversations", "state", row_id, sealed)) if sealed else Conversation()


def read_address(ring: KeyRing, row_id: int, sealed: bytes) -> str:
    """The chat to send to."""
    return ring.open("conversations", "address", row_id, sealed).decode()


def _said(row: Any, message: Message) -> Line:  # noqa: ANN401  # A row of SAID.
    return Line(
        id=row.id,
        sender="person",
        text=message.text,
        at=row.received_at,
        key=message.key,
        choice=message.choice,
        fields=message.fields,
        edits=message.edits,
        attachments=message.attachments,
        event=message.event,
        turn=row.n,
    )


def _answered(row: Any, say: Say) -> Line:  # noqa: ANN401  # A row of ANSWERED.
    return Line(
        id=row.id,
        sender="official" if row.sender == "official" else "bot",
        text=say.text,
        at=row.created_at,
        key=row.key,
        choices=say.choices,
        secret=row.secret,
        turn=row.n,
        came=_came(row),
        signed=say.signed,
    )


def _came(row: Any) -> Came | None:  # noqa: ANN401  # A row of ANSWERED.
    if row.status == "waiting":
        return "closed" if row.error == outbox.CLOSED else "away" if row.error == outbox.AWAY else "waiting"
    if row.status == "failed":
        return "failed"
    handed: Came | None = None
    if row.sender == "official":
        handed = "shown" if row.channel in PAGES else "handed"
    came: Came | None = row.delivery
    return came or handed


def _stored(row: TurnRow, ring: KeyRing, messages: Mapping[int, Message]) -> StoredTurn:
    record = RECORD.validate_json(ring.open("turns", "record", row.id, row.record))
    return StoredTurn(
        n=row.n,
        turn=replace(record.turn, messages=tuple(messages[of] for of in record.messages)),
        script_hash=row.script_hash,
        by=row.by,
    )
