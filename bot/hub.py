"""Who waits for what in this process: workers for work, open pages for new lines."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Coroutine, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from storage.listening import Topic
from storage.outbox import Due


class Hub:
    """Wakes those who wait here; what other processes say comes in through `told`."""

    def __init__(self) -> None:
        self.work: dict[Topic, asyncio.Event] = {"inbox": asyncio.Event(), "outbox": asyncio.Event()}
        self.handed: deque[tuple[str, Due]] = deque()
        """Deliveries that a turn of this process leased, with their lease: they need not be claimed again."""
        self._pages: dict[str, set[asyncio.Event]] = {}
        self._beside: set[asyncio.Task[None]] = set()

    def beside(self, work: Coroutine[Any, Any, None]) -> None:
        """Do something that nobody waits for."""
        task = asyncio.create_task(work)
        self._beside.add(task)
        task.add_done_callback(self._beside.discard)

    @contextmanager
    def watching(self, lane: str) -> Iterator[asyncio.Event]:
        """An event set at each new line of a lane (`KeyRing.lane`); clear it, then read the transcript."""
        event = asyncio.Event()
        self._pages.setdefault(lane, set()).add(event)
        try:
            yield event
        finally:
            self._pages[lane].discard(event)
            if not self._pages[lane]:
                del self._pages[lane]

    def publish(self, lanes: Iterable[str]) -> None:
        """These lanes have new lines."""
        for lane in lanes:
            for event in self._pages.get(lane, ()):
                event.set()

    def told(self, topic: Topic, payload: str) -> None:
        """A notification, of this process or another: of lines with the lanes that have them, or else any may."""
        if topic == "lines":
            self.publish(payload.split() or self._pages)
        else:
            self.work[topic].set()
