"""Turns: from what waits in the inbox to everything it changes, many lanes at once, in one transaction."""

from __future__ import annotations

import asyncio
import copy
import logging
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from traceback import extract_tb
from typing import Any

from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncSession

from bot.app import App
from bot.decision import Waiting, decide, grouped
from nlu.backend import NLUError
from storage import cases, outbox, queue, turns
from storage.crypto import SealError
from storage.inbox import read
from storage.outbox import OUTBOX, Owed
from storage.queue import Claim
from storage.tables import InboxRow
from storage.turns import Held, Taken
from stories.effects import Say
from stories.types import KnownCase

LANES = 64
"""How many lanes are taken at once: a batch must not hold SQLite's writer for long."""
LONGEST_PAUSE = timedelta(minutes=5)

log = logging.getLogger(__name__)


async def take_turns(app: App, at_most: int = LANES) -> int:
    """Take what waits, one turn or several in each of at most so many lanes; gives the number of turns taken.

    A turn that fails does not hold back the others: it alone is tried again later, and only so many times.
    """
    async with app.database.begin() as session:
        claim = await queue.claim(session, InboxRow, now=app.clock(), lease=app.lease, at_most=at_most)
        waiting, broken = await _load(app, session, claim)
    for name, error in broken.items():
        await _set_aside(app, claim, name, error)
    elsewhere = [lane for lane in waiting if lane.channel not in app.channels]
    for lane in elsewhere:
        await _leave(app, claim, lane)
    waiting = [lane for lane in waiting if lane not in elsewhere]
    if not waiting:
        return 0
    taken = await _try(app, claim, waiting)
    match taken:
        case int():
            return taken
        case NLUError() | TimeoutError():
            for lane in waiting:
                await _give_back(app, claim, lane, taken)
            return 0
        case _ if len(waiting) == 1 and len(waiting[0].groups) == 1:
            await _give_back(app, claim, waiting[0], taken)
            return 0
        case _:
            return sum([await _take_alone(app, claim, lane) for lane in waiting])


async def _try(app: App, claim: Claim, waiting: Sequence[Waiting]) -> int | Exception:
    """How many turns were taken, or why none was."""
    (taken,) = await asyncio.gather(_take(app, claim, waiting), return_exceptions=True)
    if isinstance(taken, BaseException) and not isinstance(taken, Exception):
        raise taken
    return taken


async def _take_alone(app: App, claim: Claim, lane: Waiting) -> int:
    """Take the first turn of a lane by itself, after a batch failed; the others are claimed again."""
    name = lane.held.lane
    alone = Claim(token=claim.token, lanes={name: claim.lanes[name]})
    async with app.database.read() as session:
        (afresh,), _ = await _load(app, session, alone)
    taken = await _try(app, alone, [replace(afresh, groups=afresh.groups[:1])])
    if isinstance(taken, int):
        return taken
    await _give_back(app, alone, afresh, taken)
    return 0


async def _load(app: App, session: AsyncSession, claim: Claim) -> tuple[list[Waiting], dict[str, Exception]]:
    """What waits in each lane and what is known there; the lanes that cannot be read, with the reason."""
    rows = await turns.left(session, list(claim.lanes)) if claim.lanes else {}
    waiting: list[Waiting] = []
    broken: dict[str, Exception] = {}
    for lane in claim.lanes:
        try:
            held = turns.held(app.ring, lane, rows.get(lane), app.clock(), app.version)
            waiting.append(_waiting(app, claim.lanes[lane], held))
        except (SealError, ValueError) as error:
            broken[lane] = error
    return await _with_cases(app, session, waiting), broken


def _waiting(app: App, rows: Sequence[Any], held: Held) -> Waiting:
    messages = [read(app.ring, row.id, row.payload) for row in rows]
    wanted = frozenset(app.dialogue.references_wanted(held.known, messages))
    return Waiting(held=held, groups=grouped(rows, messages, held.known), wanted=wanted)


async def _with_cases(app: App, session: AsyncSession, waiting: list[Waiting]) -> list[Waiting]:
    own = [lane.held.id for lane in waiting if lane.held.known.filed]
    wanted = [one for lane in waiting for one in lane.wanted if one[1] is not None]
    opened = {reference for lane in waiting for reference in lane.opens}
    if not own and not wanted and not opened:
        return waiting
    filed = await cases.of(session, own)
    here = {case.reference for found in filed.values() for case in found}
    known = {reference for lane in waiting for reference in lane.held.known.filed}
    taken_up = await cases.named(session, (known | opened) - here)
    documents = await cases.documents(session, app.ring, opened)
    proven = await cases.proven(session, app.ring, wanted)
    return [
        replace(
            lane,
            cases=(
                *(mine := [*filed.get(lane.held.id, ()), *_taken_up(lane, taken_up)]),
                *(proven[one] for one in lane.wanted if one in proven and one[0] not in {c.reference for c in mine}),
            ),
            opened={reference: documents[reference] for reference in lane.opens if reference in documents},
        )
        for lane in waiting
    ]


def _taken_up(lane: Waiting, known: Mapping[str, KnownCase]) -> list[KnownCase]:
    """The cases of a lane that were not filed there."""
    return [known[reference] for reference in (*lane.held.known.filed, *lane.opens) if reference in known]


async def _take(app: App, claim: Claim, waiting: Sequence[Waiting]) -> int:
    """Decide off the event loop, then write what is still ours; script and NLU stay the same meanwhile."""
    app = copy.copy(app)
    async with asyncio.timeout(app.nlu_limit.total_seconds()):
        taken = await asyncio.to_thread(decide, app, waiting, app.clock())
    async with app.database.begin() as session:
        kept = await _ours(session, claim, taken)
        leased = await _lease(app, session, claim, kept)
        if app.script.digest not in app.database.archived:
            await turns.archive(session, app.script, app.clock())
        await turns.keep(session, app.ring, leased)
        done = {row_id for one in leased for row_id in one.inbox}
        await queue.release(session, InboxRow, claim.token, [i for i in claim.ids if i not in done], app.clock())
        await _tell(app, session, leased)
    app.database.archived.add(app.script.digest)
    _hand(app, claim, leased)
    return len(leased)


async def _ours(session: AsyncSession, claim: Claim, taken: Sequence[Taken]) -> list[Taken]:
    """The turns whose lease holds, and whose conversation nobody else moved."""
    ours = await queue.fence(session, InboxRow, claim.token, claim.ids)
    unmoved = await turns.unmoved(session, taken)
    lost = {one.before.lane for one in taken if not ours.issuperset(one.inbox)}
    if lost:
        log.warning("%d lanes were taken over by another worker", len(lost))
    return [one for one in taken if one.before.lane in unmoved - lost]


async def _lease(app: App, session: AsyncSession, claim: Claim, kept: Sequence[Taken]) -> list[Taken]:
    """Lease at once the lines that can be sent at once, so that they need not be claimed; none overtakes another."""
    pushed = {one.before.lane for one in kept if any(row["status"] == "waiting" for row in one.outbox)}
    behind = await outbox.lanes_with_waiting(session, pushed) if pushed else set()
    until = app.clock() + app.lease

    def leased(row: Mapping[str, Any]) -> Mapping[str, Any]:
        if row["status"] != "waiting" or row["kind"] != "say" or row["lane"] in behind:
            return row
        return {**row, "lease": claim.token, "due_at": until}

    return [replace(one, outbox=tuple(leased(row) for row in one.outbox)) for one in kept]


async def _tell(app: App, session: AsyncSession, kept: Sequence[Taken]) -> None:
    """Tell other processes what the transaction leaves for them."""
    lanes = {one.before.lane for one in kept if any(row["status"] == "done" for row in one.outbox)}
    if lanes:
        await app.database.notify(session, "lines", " ".join(lanes))
    if any(row["status"] == "waiting" and not row["lease"] for one in kept for row in one.outbox):
        await app.database.notify(session, "outbox")


def _hand(app: App, claim: Claim, kept: Sequence[Taken]) -> None:
    """Tell this process: pages have lines to show, deliveries can begin."""
    app.hub.publish({one.before.lane for one in kept})
    rows = [row for one in kept for row in one.outbox if row["status"] == "waiting"]
    app.hub.handed.extend((claim.token, outbox.due(row)) for row in rows if row["lease"])
    if rows:
        app.hub.work["outbox"].set()


async def _give_back(app: App, claim: Claim, lane: Waiting, error: Exception) -> None:
    """Try the first turn of a lane again later, and say so to its person; after too often, go on without it."""
    group, name = lane.groups[0], lane.held.lane
    first = claim.lanes[name][0].attempts == 0
    async with app.database.begin() as session:
        await _charge(app, session, claim, group.ids, error)
        if first and group.messages[0].sender == "person":
            await session.execute(insert(OUTBOX), _saved(app, lane))
            await app.database.notify(session, "lines", name)
            await app.database.notify(session, "outbox")
    app.hub.publish([name])
    app.hub.work["outbox"].set()


async def _leave(app: App, claim: Claim, lane: Waiting) -> None:
    """Leave a lane to a process that has its channel; here it waits, and no attempt is counted."""
    log.error("messages wait on %s, which is not set up here: give this worker its settings too", lane.channel)
    ids = [row.id for row in claim.lanes[lane.held.lane]]
    async with app.database.begin() as session:
        await queue.release(session, InboxRow, claim.token, ids, app.clock() + LONGEST_PAUSE)


async def _set_aside(app: App, claim: Claim, lane: str, error: Exception) -> None:
    """The same for a lane that cannot even be read: its first message waits, and is failed in the end."""
    async with app.database.begin() as session:
        await _charge(app, session, claim, [claim.lanes[lane][0].id], error)


async def _charge(app: App, session: AsyncSession, claim: Claim, ids: Sequence[int], error: Exception) -> None:
    """Count a failure against these rows, which begin their lane; what stands behind them is free again."""
    (rows,) = (rows for rows in claim.lanes.values() if rows[0].id == ids[0])
    now, failures = app.clock(), rows[0].attempts + 1
    until = now + min(LONGEST_PAUSE, timedelta(seconds=2 ** rows[0].attempts))
    what = _what(error)
    log.error("message %d failed %d times: %s", ids[0], failures, what)
    await queue.charge(session, InboxRow, claim.token, ids, until=until, error=what, at_most=app.attempts)
    await queue.release(session, InboxRow, claim.token, [row.id for row in rows if row.id not in ids], now)


def _saved(app: App, lane: Waiting) -> dict[str, Any]:
    """The line that says: received, and answered shortly."""
    head, key = lane.groups[0].messages[0], "saved_will_answer"
    return outbox.row(
        app.ring,
        Owed(chat=head.chat, say=Say(key=key, text=app.script.wording[lane.held.known.language][key])),
        lane=lane.held.lane,
        channel=head.channel,
        now=app.clock(),
        after=max(lane.groups[0].ids),
        status="done" if app.channels[head.channel].mailbox else "waiting",
    )


def _what(error: Exception) -> str:
    """The kind of an error and where it happened; its text may hold a person's words."""
    last = extract_tb(error.__traceback__)[-1:]
    return " ".join([type(error).__name__, *(f"{Path(frame.filename).name}:{frame.lineno}" for frame in last)])
