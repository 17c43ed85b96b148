"""The hours at which people may be disturbed."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

PARIS = ZoneInfo("Europe/Paris")
OPENS = time(9)
CLOSES = time(18)
SATURDAY = 5


def allowed(at: datetime) -> datetime:
    """`at`, or else the next moment between 9 and 18 h, Paris time, of a working day in France."""
    local = at.astimezone(PARIS)
    if _is_working_day(local.date()) and OPENS <= local.time() < CLOSES:
        return at
    day = local.date() if local.time() < OPENS else local.date() + timedelta(days=1)
    while not _is_working_day(day):
        day += timedelta(days=1)
    return datetime.combine(day, OPENS, PARIS).astimezone(UTC)


@lru_cache(maxsize=1024)
def _is_working_day(day: date) -> bool:
    import holidays

    return day.weekday() < SATURDAY and day not in holidays.country_holidays("FR", years=day.year)
