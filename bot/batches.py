"""Lines of an input as they come: all that wait already together, none held back for those that do not."""

from __future__ import annotations

import os
import select
from collections.abc import Iterator
from dataclasses import dataclass

LONGEST = 1_000_000
"""Bytes of a line; a longer one is not kept."""
MUCH = 65_536
"""Bytes from which on lines wait for no further one, so that long ones are answered one by one."""
_READ = 65_536


@dataclass(frozen=True, slots=True, kw_only=True)
class Numbered:
    """A line with its number, from 1; `raw` is None where it was longer than LONGEST."""

    number: int
    raw: bytes | None


def batches(file: int, at_most: int) -> Iterator[list[Numbered]]:
    """The lines of a file descriptor, in order: those that wait, at most so many at once. Waits only for the first."""
    waiting: list[Numbered] = []
    for line in _lines(file):
        if line is not None:
            waiting.append(line)
        much = sum(len(one.raw or b"") for one in waiting) >= MUCH
        if waiting and (line is None or much or len(waiting) == at_most):
            yield waiting
            waiting = []
    if waiting:
        yield waiting


def _lines(file: int) -> Iterator[Numbered | None]:
    """Each line; None where the next one has not come yet."""
    number, rest, too_long = 0, b"", False
    while piece := os.read(file, _READ):
        *whole, rest = (rest + piece).split(b"\n")
        for raw in whole:
            number += 1
            yield Numbered(number=number, raw=None if too_long or len(raw) > LONGEST else raw)
            too_long = False
        if len(rest) > LONGEST:
            rest, too_long = b"", True
        if not select.select([file], [], [], 0)[0]:
            yield None
    if rest or too_long:
        yield Numbered(number=number + 1, raw=None if too_long else rest)
