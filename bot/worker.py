"""The loops of a worker: turns, deliveries, files, reminders. An error of one round is logged, and the next begins."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import sys
from collections.abc import Awaitable, Callable
from datetime import timedelta
from functools import partial

from bot import audit, exports, in_service, labelling, training
from bot.app import App
from bot.delivery import AT_ONCE, SLOW, SLOWEST, deliver
from bot.files import sweep
from bot.intake import take_turns
from bot.voice import Transcriber
from storage import indexing
from storage.reminders import wake

IDLE = 0.3
"""Seconds after which a loop looks by itself: burst waits and retries fall due, and a notification may be lost."""
SELDOM = 3.0
"""The same of loops that only help out, or whose work is in no hurry."""
PROMPT = 1.0
"""The same of what an official may look for just now."""
AFTER_ERROR = 1.0
HANDS = 4
"""Deliveries are made by so many at once, so that a slow network holds no other chat."""
REMINDERS = 20.0
DRAWINGS = 30.0
SWEEPS = 600.0
DAY = 86400.0
HEARING = timedelta(minutes=10)
"""The lease of a voice message: hearing it may take half of this."""
SWITCH = 0.001
"""Seconds after which the thread that understands lets the event loop go on; Python's own 5 ms add up."""

log = logging.getLogger(__name__)


class Worker:
    """Runs until it is stopped; what was begun is finished."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._stopping = asyncio.Event()
        self._alone = asyncio.Event()
        """For loops that nobody wakes before their time."""

    async def run(self) -> None:
        """Work until `stop`; ends when the rounds that have begun are done."""
        sys.setswitchinterval(SWITCH)
        hub = self._app.hub
        if self._app.transcriber is not None:
            hub.beside(_made_ready(self._app.transcriber))
        async with self._app.database.listening(hub.told):
            await asyncio.gather(
                self._loop("turns", take_turns, hub.work["inbox"], IDLE),
                self._loop("deliveries", hand_over, hub.work["outbox"], IDLE),
                *(self._loop("deliveries", hand_over, hub.work["outbox"], SELDOM) for _ in range(HANDS - 1)),
                self._loop("files", look_after, hub.work["outbox"], SELDOM),
                self._loop("voices", listen, hub.work["outbox"], SELDOM),
                self._loop("words", make_searchable, hub.work["outbox"], PROMPT),
                self._loop("readings", labelling.read, self._alone, SELDOM),
                self._loop("samples", labelling.draw, asyncio.Event(), DRAWINGS),
                self._loop("reminders", remind, asyncio.Event(), REMINDERS),
                self._loop("strays", sweep, asyncio.Event(), SWEEPS),
                self._loop("audit", audit.seal, self._alone, SELDOM),
                self._loop("exports", exports.make, self._alone, SELDOM),
                self._loop("model in use", in_service.refresh, self._alone, PROMPT),
                self._loop("trainings", partial(training.look_after, stopping=self._stopping), self._alone, PROMPT),
                self._loop("audit retention", audit.retain, asyncio.Event(), DAY),
            )

    def stop(self) -> None:
        """End after the rounds that have begun."""
        self._stopping.set()
        for event in (*self._app.hub.work.values(), self._alone):
            event.set()

    async def _loop(self, name: str, step: Callable[[App], Awaitable[int]], work: asyncio.Event, idle: float) -> None:
        while not self._stopping.is_set():
            work.clear()
            try:
                done = await step(self._app)
            except Exception as error:  # noqa: BLE001  # Whatever fails, the next round may succeed.
                log.error("%s: %s", name, type(error).__name__)  # noqa: TRY400  # A traceback may hold words.
                await self._pause(self._stopping, AFTER_ERROR)
                continue
            if not done:
                await self._pause(work if idle < REMINDERS else self._stopping, idle)

    async def _pause(self, until: asyncio.Event, seconds: float) -> None:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(until.wait(), seconds)


class Onlooker(Worker):
    """What a process does that only shows pages: it wakes them for what workers say, and changes models."""

    async def run(self) -> None:
        async with self._app.database.listening(self._app.hub.told):
            await self._loop("model in use", in_service.refresh, self._alone, PROMPT)


async def _made_ready(transcriber: Transcriber) -> None:
    """Load the model before the first voice message comes; where that fails, it is tried again then."""
    (failed,) = await asyncio.gather(asyncio.to_thread(transcriber.load), return_exceptions=True)
    if isinstance(failed, Exception):
        log.error("VOICE_MODEL cannot be loaded: %s", type(failed).__name__)


async def hand_over(app: App) -> int:
    """Deliver what people wait for."""
    return await deliver(app, kinds=AT_ONCE)


async def look_after(app: App) -> int:
    """Do what may take long: fetch files and delete them, ask the register."""
    return await deliver(app, kinds=SLOW)


async def listen(app: App) -> int:
    """Turn a voice message into text: one at a time, since it takes the whole machine."""
    return await deliver(app, at_most=1, kinds=SLOWEST, lease=HEARING)


async def make_searchable(app: App) -> int:
    """Index the cases whose words are new; gives their number."""
    async with app.database.read() as session:
        if not await indexing.waiting(session):
            return 0
    async with app.database.begin() as session:
        return await indexing.index(session, app.ring, app.clock())


async def remind(app: App) -> int:
    """Wake the conversations whose hour has come; gives their number."""
    now = app.clock()
    async with app.database.begin() as session:
        woken = await wake(session, app.ring, now)
        if woken:
            await app.database.notify(session, "inbox")
    if woken:
        app.hub.work["inbox"].set()
    return woken
