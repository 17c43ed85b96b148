"""What happens one after the other in weeks that pass in a minute: lives that say how long they pause."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from heapq import heappop, heappush
from itertools import count
from typing import TypeAlias

from bot.channels.terminal import Clock

Life: TypeAlias = AsyncIterator[timedelta]
"""Does one thing after the other; between two it gives the time that passes."""


class Agenda:
    """The lives that go on, in the order of time, on one clock."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self._next: list[tuple[datetime, int, Life]] = []
        self._numbers = count()

    def add(self, at: datetime, life: Life) -> None:
        """Let a life begin then."""
        heappush(self._next, (at, next(self._numbers), life))

    async def run(self, until: datetime) -> None:
        """Let time pass until then; what would come later never happens."""
        while self._next and self._next[0][0] <= until:
            at, _, life = heappop(self._next)
            self.clock.turn_to(at)
            pause = await anext(life, None)
            if pause is not None:
                self.add(at + pause, life)
