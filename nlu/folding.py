"""Text without capitals, accents and typographic signs, with the place in the original of every character kept."""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left
from dataclasses import dataclass

_SIGNS = {"’": "'", "‘": "'", "ʼ": "'", "´": "'", "`": "'", "œ": "oe", "Œ": "oe", "æ": "ae", "Æ": "ae"}
_SIGNS |= {"«": '"', "»": '"', "“": '"', "”": '"', "−": "-", "–": "-", "—": "-", "‐": "-", "‑": "-", "…": "."}
_CACHED_BELOW = 0x2500
_SPACES = re.compile(r" {2,}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Folded:
    """`text` is folded; `origin` says where each of its characters stood, None where nothing moved."""

    text: str
    origin: tuple[int, ...] | None = None

    def place(self, start: int, end: int) -> tuple[int, int]:
        """The span in the original text of a span, not empty, of the folded one."""
        if self.origin is None:
            return start, end
        return self.origin[start], self.origin[end - 1] + 1

    def find(self, first: int, last: int) -> tuple[int, int]:
        """The span in the folded text of a span of the original one."""
        if self.origin is None:
            return first, last
        return bisect_left(self.origin, first), bisect_left(self.origin, last)


def fold(text: str) -> Folded:
    """Lower case, no accents, plain quotes, dashes and spaces, runs of spaces made one."""
    if "  " not in text and all(len(_LETTERS[ord(char)]) == 1 for char in set(text)):
        folded = text.translate(_LETTERS)
        if "  " not in folded:
            return Folded(text=folded)
    return _fold_moving(text)


def _fold_moving(text: str) -> Folded:
    letters: list[str] = []
    origin: list[int] = []
    for at, char in enumerate(text):
        for letter in _LETTERS[ord(char)]:
            if letter == " " and letters and letters[-1] == " ":
                continue
            letters.append(letter)
            origin.append(at)
    moved = origin != list(range(len(origin)))
    return Folded(text="".join(letters), origin=tuple(origin) if moved else None)


class _Letters(dict[int, str]):
    """What a character becomes, worked out at its first use."""

    def __missing__(self, code: int) -> str:
        folded = _letter(chr(code))
        if code < _CACHED_BELOW:
            self[code] = folded
        return folded


def _letter(char: str) -> str:
    if char in _SIGNS:
        return _SIGNS[char]
    if char == "\n":
        return char
    category = unicodedata.category(char)
    if category in {"Cc", "Zs", "Zl", "Zp"}:
        return " "
    if category in {"Cf", "Mn"}:
        return ""
    if category == "Nd":
        return str(unicodedata.decimal(char))
    parts = unicodedata.normalize("NFKD", char.lower())
    return "".join(part for part in parts if not unicodedata.combining(part)).replace("⁄", "/")


_LETTERS = _Letters()
