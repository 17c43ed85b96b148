"""Everything that was said to us, once each."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import ColumnElement, bindparam, case, func, literal_column, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from storage.crypto import KeyRing
from storage.database import Database
from storage.ids import IDS
from storage.tables import ConversationRow, InboxRow, OutboxRow, TurnRow
from storage.together import Together
from stories.types import Message

MESSAGE = TypeAdapter(Message)
SHORT = 280
"""Characters below which a text may be one of a burst."""
LONGEST_KEY = 100
INSERT: Mapping[str, Any] = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}
INBOX: Any = InboxRow.__table__
HALVES = re.compile("[\ud800-\udfff]")
LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)
WAITING: ColumnElement[str] = literal_column("'waiting'")
"""Spelt out in the statement, since a database uses a partial index only where it sees the condition."""
UNTAKEN = (
    select(INBOX.c.id)
    .where(
        INBOX.c.lane == bindparam("of"),
        INBOX.c.status == WAITING,
        INBOX.c.bursts,
        INBOX.c.lease.is_(None),
        INBOX.c.attempts == 0,
        INBOX.c.received_at > bindparam("since"),
    )
    .with_for_update(skip_locked=True)
)
EXTEND = update(INBOX).where(INBOX.c.id.in_(UNTAKEN)).values(due_at=bindparam("until"))
"""Rows that a worker is just claiming are left alone: nobody waits for anybody here."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ledger:
    """What became of everything that was said to us."""

    received: int
    answered: int
    unanswered: Mapping[str, int]
    """Messages that owe no answer, by reason."""
    waiting: int
    failed: tuple[int, ...]
    """Ids of the messages that failed too often, oldest first."""
    owed: int
    """Lines not yet handed over."""
    undelivered: tuple[int, ...]
    """Ids of the lines that could not be handed over."""

    @property
    def processed(self) -> int:
        return self.answered + sum(self.unanswered.values())

    @property
    def balances(self) -> bool:
        """Whether every message was processed, and what it earned was handed over."""
        return self.received == self.processed and not self.owed and not self.undelivered


class Door:
    """Lets messages in: those that arrive while others are written are written together."""

    def __init__(
        self,
        database: Database,
        ring: KeyRing,
        *,
        burst: timedelta = timedelta(),
        limit: timedelta = timedelta(seconds=8),
        kept: Callable[[], None] = lambda: None,
    ) -> None:
        """`kept` is called when something new was kept."""
        self._database, self._ring, self._burst, self._limit, self._kept = database, ring, burst, limit, kept
        self._together = Together(self._write)

    async def receive(self, messages: Sequence[Message], now: datetime) -> list[bool]:
        """Keep messages durably, each once; False where we had it already. Acknowledge them only afterwards."""
        return list(await self._together.ask([(_clean(message), now) for message in messages]))

    async def _write(self, arrived: Sequence[tuple[Message, datetime]]) -> list[bool]:
        messages, now = [message for message, _ in arrived], max(now for _, now in arrived)
        async with self._database.begin() as session:
            kept = await receive(session, self._ring, messages, now=now, burst=self._burst, limit=self._limit)
            if any(kept):
                await self._database.notify(session, "inbox")
        if any(kept):
            self._kept()
        return kept


async def receive(
    session: AsyncSession,
    ring: KeyRing,
    messages: Sequence[Message],
    *,
    now: datetime,
    burst: timedelta = timedelta(),
    limit: timedelta = timedelta(seconds=8),
) -> list[bool]:
    """Keep messages, each once; False where we had it already."""
    rows = [_row(ring, message, now) for message in messages]
    for row in rows:
        row["bursts"] = row["bursts"] and bool(burst)
    if burst:
        await _let_them_finish(session, rows, now=now, burst=burst, limit=limit)
    insert = INSERT[session.get_bind().dialect.name](INBOX)
    statement = insert.on_conflict_do_nothing(index_elements=["lane", "key"]).returning(INBOX.c.id)
    connection = await session.connection()
    columns = [{name: value for name, value in row.items() if name != "album"} for row in rows]
    kept = set((await connection.execute(statement, columns)).scalars())
    return [row["id"] in kept for row in rows]


def read(ring: KeyRing, row_id: int, payload: bytes) -> Message:
    """The message that a row holds, sealed; it must not have been erased."""
    return MESSAGE.validate_json(ring.open("inbox", "payload", row_id, payload))


async def ledger(session: AsyncSession) -> Ledger:
    """Count what became of everything that was said to us."""
    outcome = case((InboxRow.status == "done", func.coalesce(TurnRow.outcome, "recorded")), else_=InboxRow.status)
    counted = await session.execute(
        select(outcome, func.count()).select_from(InboxRow).outerjoin(TurnRow, TurnRow.id == InboxRow.turn_id)
        .group_by(outcome)
    )  # fmt: skip
    by_outcome: dict[str, int] = dict(counted.all())
    received = sum(by_outcome.values())
    waiting, answered = by_outcome.pop("waiting", 0), by_outcome.pop("answered", 0)
    by_outcome.pop("failed", None)
    ids = await session.scalars(select(InboxRow.id).where(InboxRow.status == "failed").order_by(InboxRow.id))
    lost = await session.scalars(select(OutboxRow.id).where(OutboxRow.status == "failed").order_by(OutboxRow.id))
    waits = (OutboxRow.status == "waiting", OutboxRow.kind != "discard")
    owed = await session.scalar(select(func.count()).select_from(OutboxRow).where(*waits))
    return Ledger(
        received=received, answered=answered, unanswered=by_outcome, waiting=waiting, failed=tuple(ids),
        owed=owed or 0, undelivered=tuple(lost),
    )  # fmt: skip


async def _let_them_finish(
    session: AsyncSession, rows: Sequence[dict[str, Any]], *, now: datetime, burst: timedelta, limit: timedelta
) -> None:
    """Make what may go on wait for what follows: an album always, a short text where the story is being told.

    Anything else ends the wait.
    """
    lanes = {row["lane"] for row in rows if row["bursts"] and not row["album"]}
    busy = select(ConversationRow.lane).where(ConversationRow.lane.in_(lanes), ConversationRow.listening.is_(False))
    answering = set((await session.scalars(busy)).all()) if lanes else set()
    for row in rows:
        row["bursts"] = row["album"] or (row["bursts"] and row["lane"] not in answering)
        if row["bursts"]:
            row["due_at"] = now + burst
    waits = [
        {
            "of": row["lane"],
            "until": row["due_at"],
            "since": now + burst - limit if row["bursts"] else LONG_AGO,
        }
        for row in rows
    ]
    await (await session.connection()).execute(EXTEND, waits)


def _row(ring: KeyRing, message: Message, now: datetime) -> dict[str, Any]:
    row_id = IDS.new(now)
    alone = message.sender != "person" or message.choice or message.fields or message.edits or message.event
    album = bool(message.attachments) and not alone
    return {
        "id": row_id,
        "lane": ring.lane(message.lane),
        "key": row_key(message.key),
        "position": message.position,
        "status": "waiting",
        "attempts": 0,
        "due_at": now,
        "sender": message.sender,
        "bursts": album or (not alone and 0 < len(message.text) < SHORT),
        "album": album,
        "received_at": now,
        "payload": ring.seal("inbox", "payload", row_id, MESSAGE.dump_json(message)),
    }


def row_key(key: str) -> str:
    """The key of a message as rows have it: itself where it is short and plain, else its digest."""
    plain = len(key) <= LONGEST_KEY and key.isprintable()
    return key if plain else hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()


def _clean(message: Message) -> Message:
    """Replace halves of characters, which JSON may bring in and no database keeps."""
    parts = {name: getattr(message, name) for name in ("chat", "key", "text", "choice", "edits")}
    broken: dict[str, Any] = {
        name: HALVES.sub("\ufffd", text) for name, text in parts.items() if text and HALVES.search(text)
    }
    fields = {HALVES.sub("\ufffd", name): HALVES.sub("\ufffd", text) for name, text in message.fields.items()}
    return replace(message, **broken, fields=fields) if broken or fields != message.fields else message
