"""Deliveries: from the outbox to the world. Outward at least once: a line may be sent twice, never lost."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta

from bot import files
from bot.app import App
from bot.channels.channel import Retry, Unreachable
from storage import conversations, outbox, queue
from storage.crypto import SealError
from storage.outbox import Due, Owed
from storage.tables import OutboxRow
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
    for due in dues:
        (one,) = await asyncio.gather(_send(app, due, limit), return_exceptions=True)
        if isinstance(one, Exception):  # A channel's own fault must not hold the other lanes.
            one = _again(app, due, PAUSE, type(one).__name__)
        elif isinstance(one, BaseException):
            raise one
        sent.append(one)
        if one.status == "waiting":
            break
    return sent


async def _send(app: App, due: Due, limit: timedelta) -> Sent:
    try:
        owed = outbox.read(app.ring, due.id, due.payload)
        async with asyncio.timeout(limit.total_seconds()):
            if owed is None:
                return Sent(due=due, status="dropped")
            await _hand(app, due, owed)
    except (SealError, Unreachable) as error:
        return Sent(due=due, status="failed", error=type(error).__name__)
    except Retry as error:
        if not error.counts:
            return Sent(due=due, status="waiting", after=error.after, counts=False)
        return _again(app, due, error.after, "Retry")
    return Sent(due=due, status="done")


async def _hand(app: App, due: Due, owed: Owed) -> None:
    if owed.discard is not None:
        return await files.discard(app, owed.discard)
    if owed.hear is not None:
        return await files.hear(app, due.channel, owed.chat, owed.hear)
    channel = app.channels.get(due.channel)
    if channel is None:
        raise Retry(CHANNEL_OFF)
    if owed.say is not None:
        await channel.send(owed.chat, owed.say)
    elif owed.press is not None:
        await channel.answer_press(owed.chat, owed.press)
    elif owed.fetch is not None:
        await files.fetch(app, channel, owed.chat, owed.fetch)
    elif owed.number is not None:
        await _look_up(app, due, owed.chat, owed.number)
    return None


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
        await outbox.settle(session, [(one.due.id, one.status, one.error) for one in kept if one.status in ENDED])
        for one in kept:
            if one.after is not None and not one.counts:
                await queue.release(session, OutboxRow, token, [one.due.id], now + one.after)
            elif one.after is not None and one.error is not None:
                await queue.charge(
                    session, OutboxRow, token, [one.due.id], until=now + one.after, error=one.error,
                    at_most=app.deliveries,
                )  # fmt: skip
        blocked = {one.due.lane for one in kept if one.error == Unreachable.__name__}
        if blocked:
            await conversations.mark_unreachable(session, blocked, now)
        untried = ours - {one.due.id for one in sent}
        await queue.release(session, OutboxRow, token, sorted(untried), now)
        secrets = [one.due.id for one in kept if one.status == "done" and one.due.secret]
        if secrets:
            await outbox.hand_over(session, app.ring, secrets)
