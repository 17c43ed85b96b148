"""Text as patterns see it: lower case, no accents, straight apostrophes, single spaces."""

from __future__ import annotations

import re
import unicodedata

_APOSTROPHES = str.maketrans({"’": "'", "‘": "'", "`": "'", "´": "'", "“": '"', "”": '"', "«": '"', "»": '"'})
_LIGATURES = str.maketrans({"œ": "oe", "æ": "ae"})
_ACCENTS = re.compile(r"[\u0300-\u036f]+")
_SPACES = re.compile(r"\s+")
_WORD = re.compile(r"[^\W_]+(?:['-][^\W_]+)*")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]")


def fold(text: str) -> str:
    """Lower case without accents; the length may change."""
    text = text.translate(_APOSTROPHES).lower().translate(_LIGATURES)
    if not text.isascii():
        text = _ACCENTS.sub("", unicodedata.normalize("NFD", text))
    if not text.isascii():
        text = "".join(c for c in text if unicodedata.category(c) != "Mn")
    return _SPACES.sub(" ", text).strip()


def words(text: str) -> list[str]:
    """The words and numbers of a text, in order."""
    return _WORD.findall(text)


def bare(text: str) -> str:
    """A folded text without its punctuation: what is compared with a whole message."""
    return " ".join(words(fold(text)))


def clean(text: str) -> str:
    """A text without characters that nobody typed: control characters and direction marks."""
    return _CONTROL.sub("", text)
