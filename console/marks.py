"""Which words of a text gave which value: the text cut where a value's words begin or end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

BLANK = "█"
"""What stands for each letter of a word that the reader may not see."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """The words `text[start:end]` gave the value of a field."""

    field: str
    start: int
    end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A piece of a text, and the fields that it gave, shortest words first."""

    text: str
    fields: tuple[str, ...] = ()
    begins: tuple[str, ...] = ()
    """The fields whose words begin here: where a link to them leads."""


def cut(text: str, spans: Sequence[Span]) -> list[Piece]:
    """The whole text in order; a span outside of it is brought within."""
    inside = [_within(span, len(text)) for span in spans]
    kept = sorted((span for span in inside if span.start < span.end), key=lambda span: span.end - span.start)
    edges = sorted({0, len(text), *(edge for span in kept for edge in (span.start, span.end))})
    return [
        Piece(
            text=text[start:end],
            fields=tuple(span.field for span in kept if span.start <= start and end <= span.end),
            begins=tuple(span.field for span in kept if span.start == start),
        )
        for start, end in pairwise(edges)
    ]


def _within(span: Span, length: int) -> Span:
    start = min(max(span.start, 0), length)
    return Span(field=span.field, start=start, end=min(max(span.end, start), length))
