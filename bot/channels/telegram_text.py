"""What we say as Telegram's HTML, cut where a sentence ends into parts that it takes."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from itertools import pairwise

from bot.markup import LINK, STRONG, held
from stories.types import Secret

LIMIT = 4096
"""UTF-16 code units of one message, without its marks."""
LEAST = 3
"""A part is cut at the best kind of end that leaves a third of it."""
_ENDS = (r"\n\s*\n", r"\n", r"[.!?…][»”\"')]*\s+", r"\s+")
"""Where a text may be cut, best first: paragraph, line, sentence, word."""
_HIDDEN = {"access_code": re.compile(r"\d{4}(?:\s\d{4}){3}"), "resume_link": LINK}


@dataclass(frozen=True, slots=True, kw_only=True)
class Slice:
    """A part of a text, with and without its marks."""

    html: str
    plain: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Mark:
    start: int
    end: int
    tag: str


def slices(text: str, secret: Secret | None = None, *, most: int = LIMIT) -> list[Slice]:
    """The text in parts of at most so many UTF-16 code units.

    A secret is veiled until it is touched: no notification shows it, on a lock screen either.
    """
    plain, marks = _read(held(text.strip()))
    if secret is not None:
        marks += [_Mark(start=m.start(), end=m.end(), tag="tg-spoiler") for m in _HIDDEN[secret].finditer(plain)]
    return [
        Slice(html=_html(plain, start, end, marks), plain=plain[start:end]) for start, end in _parts(plain, most=most)
    ]


def units(text: str) -> int:
    """The length of a text as Telegram counts it."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def _read(text: str) -> tuple[str, list[_Mark]]:
    """The text without asterisks, and which passages are strong."""
    plain, marks, at = "", list[_Mark](), 0
    for found in STRONG.finditer(text):
        plain += text[at : found.start()]
        marks.append(_Mark(start=len(plain), end=len(plain) + len(found[1]), tag="b"))
        plain += found[1]
        at = found.end()
    return plain + text[at:], marks


def _parts(text: str, *, most: int) -> list[tuple[int, int]]:
    """Where each part begins and ends, without the space between two."""
    found: list[tuple[int, int]] = []
    start = 0
    while units(text[start:]) > most:
        end, following = _cut(text, start, start + _fitting(text[start:], most))
        found.append((start, end))
        start = following
    return [*found, (start, len(text))] if start < len(text) or not found else found


def _cut(text: str, start: int, limit: int) -> tuple[int, int]:
    """The end of a part, and where the next begins: at the last good place before the limit."""
    for pattern in _ENDS:
        ends = [m for m in re.finditer(pattern, text[start : limit + 1]) if m.end() > (limit - start) // LEAST]
        if ends:
            cut = start + ends[-1].end()
            end = start + len(text[start:cut].rstrip())
            if start < end <= limit:
                return end, cut
    return limit, limit


def _fitting(text: str, most: int) -> int:
    """How many characters fit."""
    used = 0
    for at, character in enumerate(text):
        used += units(character)
        if used > most:
            return at
    return len(text)


def _html(text: str, start: int, end: int, marks: Sequence[_Mark]) -> str:
    """A passage with its marks, each closed where another begins, so that they never cross."""
    edges = {min(max(edge, start), end) for mark in marks for edge in (mark.start, mark.end)}
    done = ""
    for left, right in pairwise(sorted(edges | {start, end})):
        piece = escape(text[left:right], quote=False)
        for mark in marks:
            if mark.start <= left and right <= mark.end:
                piece = f"<{mark.tag}>{piece}</{mark.tag}>"
        done += piece
    return done
