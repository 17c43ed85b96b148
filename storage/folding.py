"""Words as they are searched: without capitals, accents and endings, in French and English alike."""

from __future__ import annotations

import re
import unicodedata
from functools import cache, lru_cache
from typing import Any

SIGNS = str.maketrans({"œ": "oe", "æ": "ae", "’": "'", "ß": "ss"})
WORD = re.compile(r"[^\W_]+")
LONGEST = 40
"""Letters of a word that count: what is longer is no word."""


def fold(text: str) -> str:
    """Small letters without accents."""
    parts = unicodedata.normalize("NFKD", text.casefold().translate(SIGNS))
    return "".join(part for part in parts if not unicodedata.combining(part))


def stems(text: str) -> list[str]:
    """The words of a text, in order.

    Whoever writes and whoever searches may use either language, so each word loses the endings of both: first the
    English ones, then the French.
    """
    return [_stem(word[:LONGEST]) for word in WORD.findall(fold(text))]


@lru_cache(maxsize=100_000)
def _stem(word: str) -> str:
    english, french = _stemmers()
    return str(french.stemWord(english.stemWord(word)))


@cache
def _stemmers() -> tuple[Any, Any]:
    import snowballstemmer

    return snowballstemmer.stemmer("english"), snowballstemmer.stemmer("french")
