"""A message laid out for reading: its folded text, its words and sentences, and the mentions found on it."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from nlu.backend import Expecting
from nlu.folding import Folded, fold
from stories.types import Entity, Language

PARIS = ZoneInfo("Europe/Paris")
GONE = "\x00"
"""Stands where something was read already: folded text never holds it otherwise."""
STEM = 4
_BREAK = re.compile(r"[!?;\n]|\.(?=[\s\x00]|$)")
_WORD = re.compile(r"[a-z]+|\d+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Mention:
    """A value and where the folded text says it."""

    field: str
    value: Any
    start: int
    end: int
    approx: bool = False
    confidence: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One message before its readers. Spans count characters of `folded`."""

    original: str
    letters: Folded
    folded: str
    at: datetime
    language: Language
    expecting: Expecting | None
    words: frozenset[str]
    stems: frozenset[str]
    """How its words begin: four letters each."""
    breaks: tuple[int, ...]

    @property
    def today(self) -> date:
        """The day it was said, in Paris."""
        return self.at.date()

    @property
    def asking(self) -> str:
        return self.expecting.asking if self.expecting else ""

    @property
    def kind(self) -> str:
        return self.expecting.kind if self.expecting else ""

    def sentence(self, start: int, end: int, reach: int = 400) -> tuple[int, int]:
        """The span of the sentence around a span, at most `reach` characters on either side."""
        left = bisect_right(self.breaks, start - 1)
        right = bisect_left(self.breaks, end)
        first = self.breaks[left - 1] + 1 if left else 0
        last = self.breaks[right] if right < len(self.breaks) else len(self.folded)
        return max(first, start - reach), min(last, end + reach)

    def before(self, start: int, reach: int) -> str:
        """At most `reach` characters of the same sentence before a place."""
        return self.folded[max(self.sentence(start, start)[0], start - reach) : start]

    def after(self, end: int, reach: int) -> str:
        """At most `reach` characters of the same sentence after a place."""
        return self.folded[end : min(self.sentence(end, end)[1], end + reach)]

    def source(self, start: int, end: int) -> str:
        """The words as they were typed."""
        first, last = self.letters.place(start, end)
        return self.original[first:last]

    def without(self, mentions: Iterable[Mention]) -> Page:
        """The same page with what was read blanked out, so that nothing reads it twice."""
        pieces: list[str] = []
        at = 0
        for mention in sorted(mentions, key=lambda mention: mention.start):
            if mention.end > at:
                start = max(at, mention.start)
                pieces += (self.folded[at:start], GONE * (mention.end - start))
                at = mention.end
        return replace(self, folded="".join((*pieces, self.folded[at:]))) if pieces else self

    def entity(self, mention: Mention) -> Entity:
        start, end = self.letters.place(mention.start, mention.end)
        return Entity(
            field=mention.field,
            value=mention.value,
            text=self.original[start:end],
            start=start,
            end=end,
            approx=mention.approx,
            confidence=mention.confidence,
        )


def lay_out(text: str, *, at: datetime, language: Language, expecting: Expecting | None = None) -> Page:
    letters = fold(text)
    words = frozenset(_WORD.findall(letters.text))
    return Page(
        original=text,
        letters=letters,
        folded=letters.text,
        at=at.replace(tzinfo=PARIS) if at.tzinfo is None else at.astimezone(PARIS),
        language=language,
        expecting=expecting,
        words=words,
        stems=frozenset(word[:STEM] for word in words),
        breaks=tuple(found.start() for found in _BREAK.finditer(letters.text)),
    )
