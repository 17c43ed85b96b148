"""Long texts in pieces that a network takes: cut at a paragraph, else a line, a sentence, a word."""

from __future__ import annotations

import re
from collections.abc import Iterator

ENDS = (re.compile(r"\n\n+"), re.compile(r"\n"), re.compile(r"(?<=[.!?…»])\s+"), re.compile(r"\s+"))
"""Where a text may be cut, best first."""
SHORTEST = 2
"""A piece is at least the limit divided by this, unless only a word ends there."""


def pieces(text: str, most: int) -> list[str]:
    """The text in order, each piece at most so many characters, with nothing lost but the space between two."""
    return list(_cut(text.strip(), most))


def _cut(text: str, most: int) -> Iterator[str]:
    while len(text) > most:
        end, begin = _place(text, most)
        yield text[:end].rstrip()
        text = text[begin:].lstrip()
    if text:
        yield text


def _place(text: str, most: int) -> tuple[int, int]:
    """Where a piece ends, and where the next begins."""
    for ends in ENDS:
        found = [one for one in ends.finditer(text, 0, most + 1) if most // SHORTEST <= one.start() <= most]
        if found:
            return found[-1].start(), found[-1].end()
    return most, most
