"""Working days of the service: Monday to Friday, French public holidays left out."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from functools import cache, lru_cache
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from collections.abc import Container

PARIS = ZoneInfo("Europe/Paris")
SATURDAY = 5
CLOSING = time(18)
"""Until when a thing that is due on a day may be done."""


@lru_cache(maxsize=4096)
def is_working(day: date) -> bool:
    return day.weekday() < SATURDAY and day not in _holidays(day.year)


def due(since: datetime, days: int) -> datetime:
    """The closing hour of the working day that is so many after the day of `since`, in Paris; 0: that day or the next.

    `since` is aware.
    """
    day = since.astimezone(PARIS).date()
    left = days
    while left > 0 or not is_working(day):
        day += timedelta(days=1)
        left -= is_working(day)
    return datetime.combine(day, CLOSING, PARIS)


def left(now: datetime, due_at: datetime) -> int:
    """Count the working days that begin between two moments; `due` leads from the first to the second again."""
    return _between(now.astimezone(PARIS).date(), due_at.astimezone(PARIS).date())


@lru_cache(maxsize=4096)
def _between(day: date, last: date) -> int:
    count = 0
    while day < last:
        day += timedelta(days=1)
        count += is_working(day)
    return count


@cache
def _holidays(year: int) -> Container[date]:
    import holidays

    return holidays.country_holidays("FR", years=year)
