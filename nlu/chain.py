"""A reader over the network, and the one in this process for when it cannot answer."""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Callable, Sequence

from nlu.backend import NLU, Ask, NLUError
from stories.types import Understanding

LOG = logging.getLogger(__name__)

REST = 30.0
"""Seconds for which a reader that failed is not asked again, so that nobody waits for it at every message."""


class Chain:
    """Asks the first; where it raises NLUError, the second reads. `Understanding.by` says which one did."""

    def __init__(self, first: NLU, second: NLU, *, clock: Callable[[], float] = time.monotonic) -> None:
        self.name = f"{first.name}, else {second.name}"
        self._first, self._second, self._clock = first, second, clock
        self._rests_until = -math.inf

    def understand_many(self, asks: Sequence[Ask]) -> list[Understanding]:
        """One Understanding a text, all by the same reader. Raises NLUError where the second does."""
        if self._clock() >= self._rests_until:
            try:
                return self._first.understand_many(asks)
            except NLUError as error:
                self._rests_until = self._clock() + REST
                LOG.warning("%s reads for %.0f s: %s", self._second.name, REST, error)
        return self._second.understand_many(asks)
