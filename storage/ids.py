"""Row ids made by the application: 63 bits, growing with time, so that a row can be sealed before it is written."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime, timedelta
from threading import Lock

EPOCH_MS = int(datetime(2020, 1, 1, tzinfo=UTC).timestamp() * 1000)
RANDOM_BITS = 22


def id_at(moment: datetime) -> int:
    """The least id that a row of this moment may have."""
    return (int(moment.timestamp() * 1000) - EPOCH_MS) << RANDOM_BITS


def ids_in(span: timedelta) -> int:
    """By how much ids grow in this time."""
    return int(span.total_seconds() * 1000) << RANDOM_BITS


class Ids:
    """Ids of one process: each is greater than the one before; those of other processes differ by chance."""

    def __init__(self) -> None:
        self._last = 0
        self._drawing = Lock()

    def new(self, now: datetime, after: int = 0) -> int:
        """A fresh id, greater than `after` even where the clock of another machine runs ahead."""
        drawn = id_at(now) | secrets.randbits(RANDOM_BITS)
        with self._drawing:
            self._last = max(drawn, self._last + 1, after + 1)
            return self._last


IDS = Ids()
