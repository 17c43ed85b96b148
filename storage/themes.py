"""What messages that no problem fits have in common: groups of them by the words they share. Pure: no database."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from storage.folding import fold, stems

FEWEST = 5
"""Messages that make a theme."""
FEWEST_PERSONS = 3
"""Who must have used a word before it is shown: it names nobody then."""
MOST = 5
"""Themes that are shown."""
NAMED = 3
"""Words that a theme is called by."""
TWICE = 2.0
"""How much more frequent its words are than elsewhere."""
SHORTEST = 4
"""Letters of a word that tells something."""
PLACEHOLDER = re.compile(r"\[[^\]]*\]|<[^>]*>")
WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """A masked message."""

    id: int
    person: bytes
    """Blind: who said it."""
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Theme:
    """Messages that share words which others rarely have."""

    words: tuple[str, ...]
    """As they are written, the most telling first."""
    messages: tuple[Said, ...]


def find(rejected: Sequence[Said], others: Sequence[Said]) -> list[Theme]:
    """The themes of messages that were not understood, the largest first; `others`: messages that were."""
    usual = Counter(stem for one in others for stem in _telling(one.text))
    left = {one.id: (one, _telling(one.text)) for one in rejected}
    found: list[Theme] = []
    while len(found) < MOST:
        ranked = _ranked(left, usual, len(others))
        if not ranked:
            break
        seed = ranked[0]
        inside = {row: each for row, each in left.items() if seed in each[1]}
        named = [seed, *(stem for stem in _ranked(inside, usual, len(others)) if stem != seed)][:NAMED]
        messages = tuple(one for one, _ in inside.values())
        found.append(Theme(words=tuple(_written(stem, messages) for stem in named), messages=messages))
        left = {row: each for row, each in left.items() if row not in inside}
    return found


def _ranked(left: Mapping[int, tuple[Said, Collection[str]]], usual: Mapping[str, int], others: int) -> list[str]:
    """The stems that enough messages of enough persons share, and that are rare elsewhere; the most telling first."""
    times = Counter(stem for _, told in left.values() for stem in told)
    persons: dict[str, set[bytes]] = {}
    for one, told in left.values():
        for stem in told:
            persons.setdefault(stem, set()).add(one.person)

    def lift(stem: str) -> float:
        return (times[stem] / len(left)) / ((usual.get(stem, 0) + 1) / (others + 1))

    shared = [stem for stem, count in times.items() if count >= FEWEST and len(persons[stem]) >= FEWEST_PERSONS]
    telling = [stem for stem in shared if lift(stem) >= TWICE]
    return sorted(telling, key=lambda stem: (-times[stem] * math.log(lift(stem)), stem))


def _telling(text: str) -> frozenset[str]:
    """The stems of a text without its placeholders and its short words."""
    return frozenset(stem for word in _words(text) if len(fold(word)) >= SHORTEST for stem in stems(word))


def _written(stem: str, messages: Sequence[Said]) -> str:
    """The word as most of these messages write it."""
    forms = Counter(word.lower() for one in messages for word in _words(one.text) if stem in stems(word))
    return min(forms, key=lambda word: (-forms[word], word))


def _words(text: str) -> Iterator[str]:
    return (found[0] for found in WORD.finditer(PLACEHOLDER.sub(" ", text)))
