"""Nobody is disturbed at night, on a weekend or on a holiday."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.hours import allowed

PARIS = ZoneInfo("Europe/Paris")


def paris(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=PARIS)


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        ("2026-11-23T09:00", "2026-11-23T09:00"),
        ("2026-11-23T17:59", "2026-11-23T17:59"),
        ("2026-11-23T18:00", "2026-11-24T09:00"),
        ("2026-11-23T03:30", "2026-11-23T09:00"),
        ("2026-11-20T22:47", "2026-11-23T09:00"),  # Friday night.
        ("2026-11-11T10:00", "2026-11-12T09:00"),  # The armistice.
        ("2026-12-24T20:00", "2026-12-28T09:00"),  # Christmas is a Friday.
        ("2026-12-31T18:30", "2027-01-04T09:00"),
        ("2026-03-27T19:00", "2026-03-30T09:00"),  # The clocks go forward in between.
        ("2026-10-23T19:00", "2026-10-26T09:00"),  # And back.
        ("2026-05-22T18:00", "2026-05-26T09:00"),  # Whit Monday.
    ],
)
def test_a_reminder_waits_for_working_hours(at: str, expected: str) -> None:
    assert allowed(paris(at)) == paris(expected)


@given(st.datetimes(datetime(2024, 1, 1), datetime(2034, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001
def test_the_next_allowed_moment_is_allowed_and_not_far(at: datetime) -> None:
    moment = allowed(at)
    assert at <= moment <= at + timedelta(days=6)
    assert allowed(moment) == moment
    assert 9 <= moment.astimezone(PARIS).hour < 18
    assert moment.astimezone(PARIS).weekday() < 5
