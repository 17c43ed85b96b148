"""Answers of officials to firms: whether one gets through and how, each sent once, and a piece asked for by a day."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from storage import calendar, conversations, handling, takeovers
from storage.access import Official
from storage.cases import FiledCase
from storage.conversations import Reach
from storage.crypto import KeyRing
from storage.handling import Change, RefusedError
from storage.outbox import OUTBOX
from storage.replies import reply
from storage.tables import ConversationRow
from stories.case import PAGES
from stories.types import Case

LONGEST = 4000
"""Characters of an answer: what every network carries in one message."""
Way = Literal["now", "visit", "code", "closed", "away", "unwanted", "none"]
"""`now`: it leaves at once. `visit`: it lies on our page. `code`: there, for when the firm comes back by its code.
`closed`: outside the network's hours, and `away`: where the network does not let us write, it waits for the firm.
`unwanted`: the firm wants no answer there. `none`: there is no conversation."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """How an answer reaches a firm."""

    way: Way
    prefers: Literal["email", "phone"] | None = None
    """What the firm would rather have than an answer in the conversation."""
    email: str | None = None
    phone: str | None = None
    until: datetime | None = None
    """Until when it leaves at once."""
    announced_at: datetime | None = None
    """When the firm was told, by a template, that an answer waits."""

    @property
    def writes(self) -> bool:
        """Whether a line can be written in the conversation."""
        return self.way not in {"unwanted", "none"}


class SaidMeanwhileError(Exception):
    """An official has answered since the page was read: nothing was sent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """What an official writes to a firm."""

    lane: str
    text: str
    signed: str
    seen: int
    """Id of the last line of an official that the writer had seen, 0 for none."""


def route(case: Case | None, channel: str, reach: Reach | None, now: datetime) -> Route:
    """How an answer reaches the firm of a case, or of a conversation that has none yet."""
    wanted = _given(case, "preferred_channel")
    return Route(
        way=_way(channel, reach, now, unwanted=case is not None and is_unwanted(case)),
        prefers=wanted if wanted in {"email", "phone"} else None,
        email=_given(case, "email"),
        phone=_given(case, "phone"),
        until=reach.open_until if reach else None,
        announced_at=reach.announced_at if reach else None,
    )


def is_unwanted(case: Case) -> bool:
    """Whether the firm wants to be written to nowhere, and comes back by its code."""
    return _given(case, "preferred_channel") == "code_only" or _given(case, "contact_back") is False


def _given(case: Case | None, name: str) -> Any:  # noqa: ANN401  # An answer's value is any JSON.
    answer = case.fields.get(name) if case else None
    return answer.value if answer is not None and answer.state == "given" else None


def _way(channel: str, reach: Reach | None, now: datetime, *, unwanted: bool) -> Way:
    if reach is None:
        return "none"
    if channel in PAGES:
        return "code" if unwanted else "visit"
    if unwanted:
        return "unwanted"
    if reach.unreachable_at is not None:
        return "away"
    return "closed" if reach.is_closed(now) else "now"


async def newest(session: AsyncSession, lane: str) -> int:
    """Id of the last line that an official wrote in a lane; 0: none."""
    said = (OUTBOX.c.lane == lane, OUTBOX.c.kind == "say", OUTBOX.c.sender == "official")
    found: int | None = await session.scalar(select(func.max(OUTBOX.c.id)).where(*said))
    return found or 0


async def say(session: AsyncSession, ring: KeyRing, written: Words, *, by: Official, now: datetime) -> int:
    """Owe the firm these words; the id of the line. Raises SaidMeanwhileError and RefusedError."""
    text = written.text.strip()
    if not text or len(text) > LONGEST:
        raise RefusedError("long" if text else "empty", most=LONGEST)
    held = select(ConversationRow.id).where(ConversationRow.lane == written.lane).with_for_update()
    await session.execute(held)
    if await newest(session, written.lane) > written.seen:
        raise SaidMeanwhileError
    said = await conversations.transcript(session, ring, written.lane)
    if said and said[-1].sender == "official" and said[-1].text == text:
        raise RefusedError("same")  # A browser that goes back shows the text that was sent, in a form that is new.
    hands = await takeovers.hands(session, written.lane)
    if hands.by not in {None, by.id} and hands.until is not None and hands.until > now:
        raise RefusedError("taken", name=hands.name)
    line = await reply(session, ring, written.lane, text, now=now, signed=written.signed)
    if line is None:
        raise RefusedError("no_conversation")
    await takeovers.prolong(session, written.lane, by, now)
    return line


async def answer(
    session: AsyncSession, ring: KeyRing, filed: FiledCase, written: Words, *, by: Official, now: datetime
) -> None:
    """Answer the firm of a case. Raises as `say`."""
    line = await say(session, ring, written, by=by, now=now)
    heard = update(ConversationRow).where(ConversationRow.lane == written.lane)
    await session.execute(heard.values(wants_human=False))
    made = Change(
        deed="replied", by=by.login, at=now, columns={"firm_at": None}, about={"line": line, "signed": written.signed}
    )
    await handling.change(session, ring, filed.line.id, made)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A piece that a case lacks, asked for."""

    piece: str
    """As officials call it."""
    until: date
    statuses: Sequence[str]
    """Those that the case goes through, the last of which waits for the firm; none: it does already."""


async def ask(
    session: AsyncSession, ring: KeyRing, filed: FiledCase, written: Words, asked: Asked, *,
    by: Official, version: int, now: datetime,
) -> None:  # fmt: skip
    """Ask the firm for a piece by a day, and stop the clock meanwhile. Raises as `say`, and MeanwhileError."""
    line = await say(session, ring, written, by=by, now=now)
    for status in asked.statuses[:-1]:
        made = Change(deed="status", by=by.login, at=now, status=status)
        version = await handling.change(session, ring, filed.line.id, made, version=version)
    until = datetime.combine(asked.until, calendar.CLOSING, calendar.PARIS)
    columns: dict[str, Any] = {"asked_until": until, "firm_at": None}
    if filed.line.due_at is not None:
        columns |= {"due_at": None, "due_left": calendar.left(now, filed.line.due_at)}
    made = Change(
        deed="asked", by=by.login, at=now, status=asked.statuses[-1] if asked.statuses else None, columns=columns,
        about={"piece": asked.piece, "until": asked.until.isoformat(), "line": line},
    )  # fmt: skip
    await handling.change(session, ring, filed.line.id, made, version=version)
