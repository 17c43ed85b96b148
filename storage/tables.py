"""The tables of conversations. What a firm said or is called is sealed; what stands open here names nobody."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, declared_attr, mapped_column

import storage.audit_tables
import storage.desk_tables
import storage.problem_tables
import storage.search_tables
import storage.training_tables  # noqa: F401  # One metadata holds all tables.
from storage.base import Base

WAITING = text("status = 'waiting'")


class Queued:
    """Columns of a queue: rows leave a lane in order of position and id, and one worker at a time has a lane."""

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    lane: Mapped[str]
    """`KeyRing.lane` of the message's lane."""
    position: Mapped[int] = mapped_column(default=0)
    status: Mapped[str] = mapped_column(default="waiting")
    """waiting, done, failed, or dropped (no longer to be sent)."""
    attempts: Mapped[int] = mapped_column(default=0)
    """Failures so far."""
    due_at: Mapped[datetime]
    """Not before; while leased, the end of the lease."""
    lease: Mapped[str | None]
    error: Mapped[str | None]
    """The kind of the last failure, without anybody's words."""
    turn_id: Mapped[int | None]
    payload: Mapped[bytes]
    """Sealed; empty once erased."""

    @declared_attr.directive
    @classmethod
    def __table_args__(cls) -> tuple[Any, ...]:
        name = cls.__tablename__  # type: ignore[attr-defined]
        return (
            Index(f"ix_{name}_waiting", "lane", "position", "id", postgresql_where=WAITING, sqlite_where=WAITING),
            Index(f"ix_{name}_due", "due_at", "id", postgresql_where=WAITING, sqlite_where=WAITING),
            *cls.further(),
        )

    @classmethod
    def further(cls) -> tuple[Any, ...]:
        return ()


class InboxRow(Queued, Base):
    """What was said to us, once each: with `outbox` it is the transcript."""

    __tablename__ = "inbox"
    key: Mapped[str]
    sender: Mapped[str]
    bursts: Mapped[bool]
    """A short text told while we listen: it waits a moment for what follows it."""
    received_at: Mapped[datetime]

    @classmethod
    def further(cls) -> tuple[Any, ...]:
        return (UniqueConstraint("lane", "key"),)


class OutboxRow(Queued, Base):
    """What we owe: lines to say, companies to look up."""

    __tablename__ = "outbox"
    kind: Mapped[str]
    """say, lookup, fetch, hear, discard or press."""
    sender: Mapped[str]
    """bot or official."""
    channel: Mapped[str]
    key: Mapped[str]
    """The name of the wording."""
    secret: Mapped[str | None]
    """What must be blanked once handed over."""
    created_at: Mapped[datetime]
    remote_id: Mapped[str | None]
    """What the network calls the line, where it tells."""
    delivery: Mapped[str | None]
    """How far the network says it has come: sent, failed, delivered or read."""

    @classmethod
    def further(cls) -> tuple[Any, ...]:
        told = text("remote_id IS NOT NULL")
        return (
            Index("ix_outbox_lane", "lane", "id"),
            Index("ix_outbox_remote_id", "remote_id", postgresql_where=told, sqlite_where=told),
        )


class ArrivalRow(Base):
    """What a network told of a line before we had noted that it was handed over."""

    __tablename__ = "arrivals"
    remote_id: Mapped[str] = mapped_column(primary_key=True)
    delivery: Mapped[str]
    because: Mapped[str | None]
    received_at: Mapped[datetime] = mapped_column(index=True)


class AttachmentRow(Base):
    """A file that a firm sent: where its bytes are, and whether anybody may see them."""

    __tablename__ = "attachments"
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    lane: Mapped[str] = mapped_column(index=True)
    """Of the conversation, which may not have a row yet."""
    message: Mapped[str]
    """The key of the message it came with, as `inbox` has it."""
    ordinal: Mapped[int]
    """Which of the message's files."""
    kind: Mapped[str]
    status: Mapped[str]
    """waiting, quarantined, kept, infected, refused, too_large or gone."""
    media_type: Mapped[str]
    """What the bytes are; as the channel says until they are here."""
    size: Mapped[int | None]
    digest: Mapped[str | None]
    """SHA-256 of the original, hex."""
    shown_digest: Mapped[str | None]
    """The same of what officials see: of a picture, a copy that says nothing of place and device; none: nothing."""
    shown_type: Mapped[str | None]
    """What that copy is."""
    name: Mapped[bytes]
    """Sealed: as the person's device calls it."""
    created_at: Mapped[datetime]
    settled_at: Mapped[datetime | None]
    __table_args__ = (UniqueConstraint("lane", "message", "ordinal"),)


class UnreadableRow(Base):
    """What a channel sent us in due form and we cannot read: kept for an administrator."""

    __tablename__ = "unreadable"
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    channel: Mapped[str]
    digest: Mapped[str] = mapped_column(unique=True)
    """SHA-256 of the payload, hex: sent again, it is kept once."""
    problem: Mapped[str]
    """What is wrong with it, without anybody's words."""
    received_at: Mapped[datetime]
    payload: Mapped[bytes]
    """Sealed."""


class ConversationRow(Base):
    """What we know of one lane, and what the shell must see without opening it."""

    __tablename__ = "conversations"
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    lane: Mapped[str] = mapped_column(unique=True)
    channel: Mapped[str]
    address: Mapped[bytes]
    """Sealed: the chat to send to."""
    state: Mapped[bytes]
    """Sealed: `stories.types.Conversation` as JSON; empty once erased."""
    language: Mapped[str]
    listening: Mapped[bool]
    """The story is being told: short messages are taken together."""
    wake_at: Mapped[datetime | None]
    turns: Mapped[int] = mapped_column(default=0)
    resume_hash: Mapped[bytes | None] = mapped_column(unique=True)
    wants_human: Mapped[bool] = mapped_column(default=False)
    unreachable_at: Mapped[datetime | None]
    """Since when the channel no longer lets us write here; none: it does."""
    open_until: Mapped[datetime | None]
    """Until when the person may be answered freely; none: always."""
    announced_at: Mapped[datetime | None]
    """When the person was told, after that, that an answer waits; none since it wrote."""
    taken_by: Mapped[int | None] = mapped_column(ForeignKey("officials.id"))
    """The official who speaks here instead of the bot."""
    taken_until: Mapped[datetime | None]
    """When the conversation goes back to the bot by itself."""
    takes_up: Mapped[str | None] = mapped_column(index=True)
    """Reference of the case, filed elsewhere, that was opened here by its code."""
    model: Mapped[str | None]
    """The version of the classifier that it began with, and keeps; none: the one in use."""
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    __table_args__ = (
        Index("ix_conversations_wake_at", "wake_at", postgresql_where=text("wake_at IS NOT NULL"),
              sqlite_where=text("wake_at IS NOT NULL")),
        Index("ix_conversations_wants_human", "id", postgresql_where=text("wants_human"),
              sqlite_where=text("wants_human")),
    )  # fmt: skip


class TurnRow(Base):
    """One step of a conversation, with all that it was decided from. Two workers cannot both take the same."""

    __tablename__ = "turns"
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    conversation_id: Mapped[int] = mapped_column(ForeignKey("conversations.id"))
    n: Mapped[int]
    at: Mapped[datetime]
    script_hash: Mapped[str]
    by: Mapped[str]
    """The NLU's name and version."""
    outcome: Mapped[str]
    """answered, or why no answer was owed."""
    record: Mapped[bytes]
    """Sealed: `storage.conversations.Record`; empty once erased."""
    __table_args__ = (UniqueConstraint("conversation_id", "n"),)


class ScriptRow(Base):
    """The files of every script that took a turn."""

    __tablename__ = "scripts"
    hash: Mapped[str] = mapped_column(primary_key=True)
    sources: Mapped[dict[str, Any]]
    archived_at: Mapped[datetime]


class KeyCheckRow(Base):
    """Which keys sealed this database: a start without them refuses."""

    __tablename__ = "key_checks"
    key_id: Mapped[str] = mapped_column(primary_key=True)
    check_value: Mapped[bytes]
