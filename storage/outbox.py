"""Everything we owe people: lines to say, companies to look up, files to fetch, hear or delete, buttons to answer."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal

from pydantic import TypeAdapter
from sqlalchemy import bindparam, case, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from storage.crypto import KeyRing
from storage.ids import IDS
from storage.inbox import WAITING
from storage.tables import OutboxRow
from stories.effects import Say
from stories.types import Attachment

OUTBOX: Any = OutboxRow.__table__
Kind = Literal["say", "lookup", "fetch", "hear", "discard", "press"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetch:
    """A file to fetch, and the message it came with."""

    lane: str
    """The conversation's, as `KeyRing.lane` names it."""
    message: str
    ordinal: int
    attachment: Attachment


@dataclass(frozen=True, slots=True, kw_only=True)
class Owed:
    """What an outbox row holds, sealed."""

    chat: str
    say: Say | None = None
    number: str | None = None
    """The SIREN or SIRET to look up."""
    fetch: Fetch | None = None
    """The file to fetch."""
    hear: Fetch | None = None
    """The voice message, fetched before, that is to be turned into text."""
    discard: str | None = None
    """The conversation, as `KeyRing.lane` names it, of which the bytes without an owner are to be deleted."""
    press: str | None = None
    """The button pressed that is to be answered, as `Message.press` names it."""
    secret: str = ""
    """What the text holds that must not stay here once handed over."""

    @property
    def kind(self) -> Kind:
        if self.say is not None:
            return "say"
        if self.fetch is not None:
            return "fetch"
        if self.hear is not None:
            return "hear"
        if self.discard is not None:
            return "discard"
        return "lookup" if self.press is None else "press"


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """A row that we have leased, to be handed over."""

    id: int
    lane: str
    channel: str
    sender: str
    """bot or official."""
    attempts: int
    secret: str | None
    payload: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """What became of a row in the end."""

    id: int
    status: str
    error: str | None = None
    """What went wrong."""
    remote_id: str | None = None
    """What the network calls the line."""


OWED = TypeAdapter(Owed)
CLOSED = "closed"
"""Why a line is not said now: the time in which its person may be answered freely is over."""
AWAY = "away"
"""The same: the channel does not let us write there, until its person does."""
SETTLE = (
    update(OUTBOX)
    .where(OUTBOX.c.id == bindparam("of"))
    .values(
        status=bindparam("became"),
        error=bindparam("because"),
        remote_id=bindparam("called"),
        lease=None,
        payload=case((OUTBOX.c.kind == "say", OUTBOX.c.payload), else_=b""),
    )
)
BLANK = (
    update(OUTBOX)
    .where(OUTBOX.c.id == bindparam("of"), OUTBOX.c.secret.is_not(None))
    .values(payload=bindparam("blanked"), secret=None)
)


def row(
    ring: KeyRing,
    owed: Owed,
    *,
    lane: str,
    channel: str,
    now: datetime,
    after: int = 0,
    **columns: Any,  # noqa: ANN401
) -> dict[str, Any]:
    """A row for what is owed; it gets an id after `after`, so that an answer follows its question."""
    row_id = IDS.new(now, after)
    return {
        "id": row_id,
        "lane": lane,
        "position": 0,
        "status": "waiting",
        "attempts": 0,
        "due_at": now,
        "lease": None,
        "turn_id": None,
        "kind": owed.kind,
        "sender": "bot",
        "channel": channel,
        "key": owed.say.key if owed.say else owed.kind,
        "secret": owed.say.secret if owed.say else None,
        "created_at": now,
        "payload": ring.seal("outbox", "payload", row_id, OWED.dump_json(owed)),
        **columns,
    }


def read(ring: KeyRing, row_id: int, payload: bytes) -> Owed | None:
    """What a row holds; None where it was erased."""
    return OWED.validate_json(ring.open("outbox", "payload", row_id, payload)) if payload else None


def blanked(owed: Owed) -> Owed:
    """The same with dots for its secret."""
    if owed.say is None or not owed.secret:
        return owed
    dots = re.sub(r"[^\s.,:/-]", "•", owed.secret)
    return replace(owed, secret="", say=replace(owed.say, text=owed.say.text.replace(owed.secret, dots)))


def due(columns: Mapping[str, Any]) -> Due:
    """What a leased row asks of us."""
    return Due(**{name: columns[name] for name in ("id", "lane", "channel", "sender", "attempts", "secret", "payload")})


async def lanes_with_waiting(session: AsyncSession, lanes: Collection[str]) -> set[str]:
    """Those of the lanes in which something waits to be handed over."""
    waiting = select(OUTBOX.c.lane).where(OUTBOX.c.lane.in_(list(lanes)), OUTBOX.c.status == WAITING)
    return set(await session.scalars(waiting))


async def settle(session: AsyncSession, ended: Sequence[Ended]) -> None:
    """Write down what became of rows that are ours.

    Only lines keep what they hold, for the transcript: numbers and names of files are needed no more.
    """
    if ended:
        rows = [{"of": one.id, "became": one.status, "because": one.error, "called": one.remote_id} for one in ended]
        await (await session.connection()).execute(SETTLE, rows)


async def hold(session: AsyncSession, ids: Collection[int], because: str) -> None:
    """Note that these lines wait for their person to write."""
    await session.execute(update(OUTBOX).where(OUTBOX.c.id.in_(list(ids))).values(error=because))


async def hand_over(session: AsyncSession, ring: KeyRing, ids: Sequence[int]) -> None:
    """Blank the secrets of these lines: the person has seen them."""
    columns = OUTBOX.c
    held = select(columns.id, columns.payload).where(columns.id.in_(list(ids)), columns.secret.is_not(None))
    changes = []
    for row_id, payload in await session.execute(held):
        owed = read(ring, row_id, payload)
        if owed is not None:
            sealed = ring.seal("outbox", "payload", row_id, OWED.dump_json(blanked(owed)))
            changes.append({"of": row_id, "blanked": sealed})
    if changes:
        await (await session.connection()).execute(BLANK, changes)
