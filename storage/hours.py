"""The hours at which people may be disturbed."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

from storage.calendar import PARIS, is_working

OPENS = time(9)
CLOSES = time(18)


def allowed(at: datetime) -> datetime:
    """`at`, or else the next moment between 9 and 18 h, Paris time, of a working day in France."""
    local = at.astimezone(PARIS)
    if is_working(local.date()) and OPENS <= local.time() < CLOSES:
        return at
    day = local.date() if local.time() < OPENS else local.date() + timedelta(days=1)
    while not is_working(day):
        day += timedelta(days=1)
    return datetime.combine(day, OPENS, PARIS).astimezone(UTC)
