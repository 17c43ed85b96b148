"""What a rewritten text still has of the one it was made from: names, numbers, addresses, and long runs of words."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from stories.folding import fold

Kind = Literal["name", "contact", "address", "number", "run"]
RUN = 6
"""So many words in a row, as they were said, tell who said them."""
DIGITS = 4
"""A number of fewer digits is anybody's."""
SHORTEST = 3
"""Letters of a name that is looked for."""
_WORD = re.compile(r"\w+(?:['’]\w+)*")
_NUMBER = re.compile(r"\d(?:[ .,\u00a0\u202f-]?\d)*")
_YEAR = re.compile(r"(?:19|20)\d\d")


@dataclass(frozen=True, slots=True, kw_only=True)
class Likeness:
    """Something of the original that is left."""

    kind: Kind
    text: int
    """In which of the rewritten texts, from 0."""
    words: str
    """As the rewritten text has them."""


def left(originals: Sequence[str], private: Mapping[Kind, Sequence[str]], rewritten: Sequence[str]) -> list[Likeness]:
    """What is left of the originals in each of the rewritten texts.

    `private`: what is known to say who somebody is, or where, in the originals.
    """
    runs = {run for text in originals for run in _runs([word for word, _ in _words(text)])}
    numbers = {digits for text in originals for digits, _ in _numbers(text)}
    found = []
    for at, text in enumerate(rewritten):
        found += [
            Likeness(kind=kind, text=at, words=words)
            for kind, known in private.items()
            for words in _named(text, known)
        ]
        found += [
            Likeness(kind="number", text=at, words=words) for digits, words in _numbers(text) if digits in numbers
        ]
        found += [Likeness(kind="run", text=at, words=words) for words in _copied(text, runs)]
    return found


def _named(text: str, known: Sequence[str]) -> Iterator[str]:
    folded = f" {' '.join(word for word, _ in _words(text))} "
    for words in dict.fromkeys(known):
        wanted = " ".join(word for word, _ in _words(words))
        if len(wanted) >= SHORTEST and f" {wanted} " in folded:
            yield words


def _numbers(text: str) -> Iterator[tuple[str, str]]:
    """The long numbers of a text, digits alone, and as they stand; a year is none."""
    for found in _NUMBER.finditer(text):
        digits = re.sub(r"\D", "", found[0])
        if len(digits) >= DIGITS and not _YEAR.fullmatch(digits):
            yield digits, found[0]


def _words(text: str) -> list[tuple[str, tuple[int, int]]]:
    """The words, folded, and where each stands."""
    return [(fold(found[0]), found.span()) for found in _WORD.finditer(text)]


def _runs(words: Sequence[str]) -> Iterator[tuple[str, ...]]:
    return (tuple(words[at : at + RUN]) for at in range(len(words) - RUN + 1))


def _copied(text: str, runs: set[tuple[str, ...]]) -> Iterator[str]:
    """The longest stretches of a text that stand so in an original."""
    words = _words(text)
    copied = [tuple(word for word, _ in words[at : at + RUN]) in runs for at in range(len(words))]
    at = 0
    while at < len(words):
        if not copied[at]:
            at += 1
            continue
        last = at
        while last + 1 < len(words) and copied[last + 1]:
            last += 1
        yield text[words[at][1][0] : words[last + RUN - 1][1][1]]
        at = last + RUN
