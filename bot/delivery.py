"""Deliveries: from the outbox to the world. Outward at least once: a line may be sent twice, never lost."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Collection, Coroutine, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, TypeVar

from sqlalchemy.ext.asyncio import AsyncSession

from bot import files
from bot.app import App
from bot.channels.channel import Channel, Closed, Refused, Retry, Unreachable
from storage import arrivals, conversations, outbox, queue
from storage.conversations import Reach
from storage.crypto import SealError
from storage.outbox import AWAY, CLOSED, Due, Ended, Owed
from storage.tables import OutboxRow
from stories.effects import Say
from stories.types import Message

LANES = 64
AT_ONCE: frozenset[str] = frozenset({"say", "press"})
"""What a person waits for."""
SLOW: frozenset[str] = frozenset({"lookup", "fetch", "discard"})
"""What may take long: it is done beside, so that it never holds an answer."""
SLOWEST: frozenset[str] = frozenset({"hear"})
"""What takes minutes, and this machine's whole strength."""
PAUSE = timedelta(seconds=5)
CHANNEL_OFF = timedelta(minutes=5)
"""How long what is owed on a channel that this process does not have waits."""
WAIT = timedelta(minutes=1)
"""How long a line waits before we look whether its person wrote; its message makes the line due at once."""
T = TypeVar("T")
ENDED = frozenset({"done", "failed", "dropped"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """What became of one row."""

    due: Due
    status: str
    after: timedelta | None = None
    """Try again after this long."""
    counts: bool = True
    """As an attempt that failed."""
    error: str | None = None
    remote_id: str | None = None
    """What the network calls the line."""
    announced: bool = False
    """The person was told that an answer waits."""


async def deliver(
    app: App, at_most: int = LANES, kinds: Collection[str] = AT_ONCE | SLOW, lease: timedelta | None = None
) -> int:
    """Hand over what is owed, in each lane in order; gives the number of rows that were settled.

    `lease`: another than the usual one; a row may take half of it.
    """
    lease = lease or app.lease
    handed: dict[str, list[Due]] = {}
    while app.hub.handed and "say" in kinds:
        token, due = app.hub.handed.popleft()
        handed.setdefault(token, []).append(due)
    if not handed:
        now = app.clock()
        async with app.database.begin() as session:
            claim = await queue.claim(session, OutboxRow, now=now, lease=lease, at_most=at_most, kinds=kinds)
        rows = [row for lane in claim.lanes.values() for row in lane]
        handed = {claim.token: [outbox.due(row._asdict()) for row in rows]} if rows else {}
    return sum([await _deliver(app, token, dues, lease) for token, dues in handed.items()])


async def _deliver(app: App, token: str, dues: Sequence[Due], lease: timedelta) -> int:
    lanes: dict[str, list[Due]] = {}
    for due in dues:
        lanes.setdefault(due.lane, []).append(due)
    sent = [
        one
        for lane in await asyncio.gather(*(_send_lane(app, rows, lease / 2) for rows in lanes.values()))
        for one in lane
    ]
    await _settle(app, token, dues, sent)
    return len(sent)


async def _send_lane(app: App, dues: Sequence[Due], limit: timedelta) -> list[Sent]:
    """Send the rows of a lane in order, up to the first that must wait."""
    sent = []
    reach = await _reach(app, dues[0])
    for due in dues:
        (one,) = await asyncio.gather(_send(app, due, reach, limit), return_exceptions=True)
        if isinstance(one, Exception):  # A channel's own fault must not hold the other lanes.
            one = _again(app, due, PAUSE, type(one).__name__)
        elif isinstance(one, BaseException):
            raise one
        if one.status == "failed":
            await _give_up(app, due)
        sent.append(one)
        if one.status == "waiting":
            break
    return sent


async def _reach(app: App, due: Due) -> Reach | None:
    """Whether, and until when, the person of a lane may be answered; None where the bot may always try."""
    channel = app.channels.get(due.channel)
    if channel is None or (channel.window is None and due.sender != "official"):
        return None
    async with app.database.read() as session:
        return await conversations.reach(session, due.lane)


async def _send(app: App, due: Due, reach: Reach | None, limit: timedelta) -> Sent:
    try:
        owed = outbox.read(app.ring, due.id, due.payload)
        if owed is None:
            return Sent(due=due, status="dropped")
        if owed.say is not None:
            return await _say(app, due, owed.chat, owed.say, reach, limit)
        await _do(app, due, owed, limit)
    except (SealError, Unreachable, Refused) as error:
        return Sent(due=due, status="failed", error=type(error).__name__)
    except Retry as error:
        if not error.counts:
            return Sent(due=due, status="waiting", after=error.after, counts=False)
        return _again(app, due, error.after, "Retry")
    return Sent(due=due, status="done")


async def _say(app: App, due: Due, chat: str, say: Say, reach: Reach | None, limit: timedelta) -> Sent:  # noqa: PLR0917
    channel = _channel(app, due)
    if reach is not None and reach.unreachable_at is not None and due.sender == "official":
        return Sent(due=due, status="waiting", after=WAIT, counts=False, error=AWAY)
    if reach is None or not reach.is_closed(app.clock()):
        try:
            return Sent(due=due, status="done", remote_id=await _in_time(channel.send(chat, _signed(say)), limit))
        except Closed:
            pass
    if due.sender != "official":
        return Sent(due=due, status="dropped", error=CLOSED)
    announces = channel.announces and reach is not None and reach.announced_at is None
    if announces and reach is not None:
        await _in_time(channel.announce(chat, reach.language), limit)
    return Sent(due=due, status="waiting", after=WAIT, counts=False, error=CLOSED, announced=announces)


def _signed(say: Say) -> Say:
    """What a network, which shows one sender only, carries of an official's line."""
    return replace(say, text=f"**{say.signed}**\n{say.text}") if say.signed else say


async def _do(app: App, due: Due, owed: Owed, limit: timedelta) -> None:
    """What is owed beside words."""
    if owed.discard is not None:
        await files.discard(app, owed.discard)
    elif owed.hear is not None:
        await files.hear(app, due.channel, owed.chat, owed.hear)
    elif owed.press is not None:
        await _in_time(_channel(app, due).answer_press(owed.chat, owed.press), limit)
    elif owed.fetch is not None:
        await files.fetch(app, _channel(app, due), owed.chat, owed.fetch)
    elif owed.number is not None:
        await _look_up(app, due, owed.chat, owed.number)


async def _give_up(app: App, due: Due) -> None:
    """Tell the person of what will not come any more: a file."""
    with suppress(SealError):
        owed = outbox.read(app.ring, due.id, due.payload)
        if owed is not None and owed.fetch is not None:
            await files.give_up(app, due.channel, owed.chat, owed.fetch)


async def _in_time(call: Coroutine[Any, Any, T], limit: timedelta) -> T:
    """A call of the network, cut short where it would outlive the lease; a transaction that is cut keeps its lock."""
    return await asyncio.wait_for(call, limit.total_seconds())


def _channel(app: App, due: Due) -> Channel:
    channel = app.channels.get(due.channel)
    if channel is None:
        raise Retry(CHANNEL_OFF)
    return channel


def _again(app: App, due: Due, after: timedelta, error: str) -> Sent:
    """Later, or not any more: a line is kept waiting far longer than a message, since the world comes back."""
    if due.attempts + 1 >= app.deliveries:
        return Sent(due=due, status="failed", error=error)
    return Sent(due=due, status="waiting", after=max(after, timedelta(seconds=2 ** min(due.attempts, 8))), error=error)


async def _look_up(app: App, due: Due, chat: str, number: str) -> None:
    """Ask the register; what it answers comes in as any message."""
    found = await app.registry.look_up(number) if app.registry else None
    answer = Message(
        channel=due.channel,
        chat=chat,
        key=f"registry:{due.id}",
        sender="registry",
        text=json.dumps(dict(found or {}), ensure_ascii=False),
    )
    await app.door.receive([answer], app.clock())


async def _settle(app: App, token: str, dues: Sequence[Due], sent: Sequence[Sent]) -> None:
    """Write down what became of the rows that are still ours."""
    now = app.clock()
    async with app.database.begin() as session:
        ours = await queue.fence(session, OutboxRow, token, [due.id for due in dues])
        kept = [one for one in sent if one.due.id in ours]
        await outbox.settle(session, [_ended(one) for one in kept if one.status in ENDED])
        for one in kept:
            if one.after is not None and not one.counts:
                await queue.release(session, OutboxRow, token, [one.due.id], now + one.after)
            elif one.after is not None and one.error is not None:
                await queue.charge(
                    session, OutboxRow, token, [one.due.id], until=now + one.after, error=one.error,
                    at_most=app.deliveries,
                )  # fmt: skip
        await _note_reach(session, kept, now)
        untried = ours - {one.due.id for one in sent}
        await queue.release(session, OutboxRow, token, sorted(untried), now)
        secrets = [one.due.id for one in kept if one.status in {"done", "dropped"} and one.due.secret]
        if secrets:
            await outbox.hand_over(session, app.ring, secrets)


def _ended(one: Sent) -> Ended:
    return Ended(id=one.due.id, status=one.status, error=one.error, remote_id=one.remote_id)


async def _note_reach(session: AsyncSession, kept: Sequence[Sent], now: datetime) -> None:
    """What the deliveries taught of the conversations: who cannot be reached, and who must write first."""
    blocked = {one.due.lane for one in kept if one.error == Unreachable.__name__}
    if blocked:
        await conversations.mark_unreachable(session, blocked, now)
    closed = [one for one in kept if one.error == CLOSED]
    if closed:
        await conversations.mark_closed(session, {one.due.lane for one in closed}, now)
        await outbox.hold(session, [one.due.id for one in closed], CLOSED)
    away = [one.due.id for one in kept if one.error == AWAY]
    if away:
        await outbox.hold(session, away, AWAY)
    announced = {one.due.lane for one in kept if one.announced}
    if announced:
        await conversations.mark_announced(session, announced, now)
    if any(one.remote_id for one in kept):
        await arrivals.overtook(session, now)
