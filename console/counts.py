"""Numbers on a page: each leads to the cases it counts; to who reads figures only, small ones are not told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from console import labels
from console.wording import Words
from storage.figures import BEFORE, grows

FEWEST_TOLD = 5
"""A smaller count could name a firm."""
OPEN = {"waits": ("officials", "firm", "platform", "mediator", "third_party")}
OVER = {"status": ("closed", "anonymised")}


@dataclass(frozen=True, slots=True, kw_only=True)
class Number:
    """A count in words, and where its cases are listed; nowhere where the reader may not read them."""

    text: str
    href: str = ""
    none: bool = False
    """It is zero."""
    hidden: bool = False
    """It is not told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trend:
    """A week beside the four before it."""

    now: Number
    mean: str
    grows: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Counter:
    """How counts are told to one reader."""

    said: Words
    whole: bool
    """Reads the cases too; otherwise figures only."""

    def one(self, count: int, filters: Mapping[str, object] | None = None) -> Number:
        hidden = not self.whole and 0 < count < FEWEST_TOLD
        text = self.said("count.few", fewest=FEWEST_TOLD) if hidden else thousands(self.said, count)
        href = listed(filters) if self.whole and filters is not None and count else ""
        return Number(text=text, href=href, none=count == 0, hidden=hidden)

    def parts(self, counts: Sequence[int], filters: Sequence[Mapping[str, object] | None]) -> list[Number]:
        """Counts whose sum is told too: where only one is hidden, so is the next, or it could be worked out."""
        told = [self.one(*each) for each in zip(counts, filters, strict=True)]
        small = [at for at, count in enumerate(counts) if 0 < count < FEWEST_TOLD]
        others = [at for at, count in enumerate(counts) if count >= FEWEST_TOLD]
        if not self.whole and len(small) == 1 and others:
            told[min(others, key=lambda at: counts[at])] = Number(text=self.said("count.hidden"), hidden=True)
        return told

    def trend(self, now: int, before: int, filters: Mapping[str, object] | None = None) -> Trend:
        told = self.whole or before == 0 or before >= FEWEST_TOLD
        mean = labels.decimal(self.said, before / BEFORE) if told else self.said("count.hidden")
        certain = self.whole or now >= FEWEST_TOLD
        return Trend(now=self.one(now, filters), mean=mean, grows=certain and grows(now, before))


def listed(filters: Mapping[str, object]) -> str:
    """The list of cases, narrowed; those that were put off are counted, so they are shown."""
    return f"/cases?{urlencode({**filters, 'snoozed': 'shown'}, doseq=True)}"


def thousands(said: Words, count: int) -> str:
    return f"{count:,}".replace(",", "\u202f") if said.language == "fr" else f"{count:,}"
