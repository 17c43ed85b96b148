"""Where the points of a drawing lie: calibration, and how often a model is right for what share of messages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from nlu.comparison import Bin, LanguageFigures, Point

WIDTH, HEIGHT, EDGE = 320, 200, 24
LARGEST_DOT, SMALLEST_DOT = 9.0, 2.5
SHARES = (1.0, 0.9, 0.8, 0.7, 0.5)
"""Shares of messages at which the table of a curve tells how often the model is right."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dot:
    """Messages of about the same probability."""

    x: float
    y: float
    r: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawing:
    """The drawings of one language, in the units of their view box."""

    dots: tuple[Dot, ...]
    """Calibration: across, what was told; up, how often it was right."""
    live: str
    """Points of the line of the model in use: across, the share of messages it is followed for; up, how often right."""
    candidate: str


def draw(of: LanguageFigures) -> Drawing:
    largest = max((one.of for one in of.bins), default=1)
    return Drawing(
        dots=tuple(_dot(one, largest) for one in of.bins if one.of),
        live=_line(of.curve[0]),
        candidate=_line(of.curve[1]),
    )


def accuracy_at(share: float, points: Sequence[Point]) -> float | None:
    """How often the model is right where it is followed for at least this share of messages; None: it never is."""
    enough = [point for point in points if point.coverage >= share]
    return min(enough, key=lambda point: point.coverage).accuracy if enough else None


def _dot(one: Bin, largest: int) -> Dot:
    radius = SMALLEST_DOT + (LARGEST_DOT - SMALLEST_DOT) * (one.of / largest) ** 0.5
    return Dot(x=_across(one.told), y=_up(one.right), r=round(radius, 1))


def _line(points: Sequence[Point]) -> str:
    ordered = sorted(points, key=lambda point: point.coverage)
    return " ".join(f"{_across(point.coverage)},{_up(2 * point.accuracy - 1)}" for point in ordered)


def _across(value: float) -> float:
    return round(EDGE + value * (WIDTH - 2 * EDGE), 1)


def _up(value: float) -> float:
    """The lower half of a curve is left away: `_line` stretches 50 to 100 % over the whole height."""
    return round(HEIGHT - EDGE - min(max(value, 0.0), 1.0) * (HEIGHT - 2 * EDGE), 1)
