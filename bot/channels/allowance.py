"""How much may be sent to whom: so many at once, and so many a second after that."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable, Hashable


class Allowance:
    """Counts what each one was sent; who is over asks how long to wait."""

    def __init__(
        self,
        *,
        at_once: float,
        a_second: float,
        remembered: int = 10_000,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._at_once, self._a_second, self._remembered, self._clock = at_once, a_second, remembered, clock
        self._left: OrderedDict[Hashable, tuple[float, float]] = OrderedDict()

    def wait(self, who: Hashable) -> float:
        """Seconds until one more may be sent; 0: now."""
        return max(0.0, (1 - self._now(who)[0]) / self._a_second)

    def spend(self, who: Hashable, count: int = 1) -> None:
        """These are being sent; several that belong together may go into debt, so that they are not torn apart."""
        left, now = self._now(who)
        self._left[who] = (left - count, now)
        self._left.move_to_end(who)
        if len(self._left) > self._remembered:
            self._left.popitem(last=False)

    def _now(self, who: Hashable) -> tuple[float, float]:
        now = self._clock()
        left, since = self._left.get(who, (self._at_once, now))
        return min(self._at_once, left + (now - since) * self._a_second), now
