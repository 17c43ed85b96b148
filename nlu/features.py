"""What the classifier sees of a text: stemmed words, letters and their sequences, weighed; and what had been asked."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from nlu.backend import Expecting
from nlu.folding import fold
from stories.types import Language

if TYPE_CHECKING:
    from snowballstemmer.basestemmer import BaseStemmer

FEW_WORDS = 3
MANY_WORDS = 25

CLOSED = frozenset(
    {"choice", "yes_no", "money", "percent", "partial_date", "integer", "days", "company", "email", "phone", "platform"}
)
"""Kinds of questions whose answer tells no story."""
TELLING = frozenset({"story", "anything_else", "confirm_problem", "split"})
"""Questions that a problem answers, whatever their kind."""

_OWN_KIND = {"confirm_summary": "summary"}
"""Questions that are answered like no other of their kind."""

_PLATFORM = re.compile(
    r"\b(?:ali ?express|ankorstore|asos|auchan|back ?market|camif|carrefour|castorama|c ?discount|cdiscout|conforama"
    r"|darty|d[eé]cathlon|e?-?bay|etsy|fnac(?: darty)?|galeries lafayette|greenweez|intermarch[ée]|kaufland"
    r"|(?:e\.)?leclerc|la redoute|le ?bon ?coin|leroy merlin|maisons du monde|mano ?mano|miravia"
    r"|nature ?(?:&|et) ?d[ée]couvertes|priceminister|rakuten|rue du commerce|shein|showroom ?priv[ée]|spartoo|temu"
    r"|tik ?tok shop|truffaut|ubaldi|veepee|vestiaire(?: collective)?|vinted|wizaplace|zalando)\b"
    r"(?: (?:pro|marketplace)\b)?",
    re.IGNORECASE,
)
_SIGNS = {
    "👍": "ok",
    "👌": "ok",
    "✅": "ok",
    "✔": "ok",
    "👎": "non",
    "❌": "non",
    "🙏": "merci",
    "👋": "bonjour",
    "🤷": "je sais pas",
    "🖕": "connard",
}
"""Signs that say a word."""
_SIGN = re.compile("|".join(_SIGNS))
_DIGITS = re.compile(r"\d+")
_TOKEN = re.compile(r"[^\W_]+")
_ONLY_NUMBERS = re.compile(
    r"(?:environ|a peu pres|vers|presque|about|around|nearly)?[\d\s.,%€$£/:+-]*\d[\d\s.,%€$£/:+-]*"
    r"(?:k|m|k€|eur|euros?|pour ?cent|percent|jours?|days?|mois|months?)?"
)


def levelled(text: str) -> str:
    """The text as it is compared: not shouted, with words for signs, and with one name for all platforms.

    The name of a platform alone tells no problem.
    """
    named = _SIGN.sub(lambda sign: f" {_SIGNS[sign[0]]} ", _PLATFORM.sub("Amazon", text))
    return named.lower() if named.isupper() else named


@lru_cache(maxsize=256)
def words(text: str) -> tuple[str, ...]:
    """Folded words; every number is one and the same word."""
    return tuple(_TOKEN.findall(_DIGITS.sub("0", fold(text).text)))


def spelled(text: str) -> list[str]:
    """The same words as they are written."""
    folded = fold(text)
    return [text[slice(*folded.place(*found.span()))] for found in _TOKEN.finditer(folded.text)]


@lru_cache(maxsize=256)
def count_words(text: str) -> int:
    """Words and numbers of the text, and signs that say a word."""
    return sum(1 for _ in _TOKEN.finditer(text)) + sum(1 for _ in _SIGN.finditer(text))


def word_grams(text: str, language: Language) -> list[str]:
    """Stems, and pairs of neighbours."""
    stems = [_stem(word, language) for word in words(text)]
    return stems + [f"{one} {two}" for one, two in pairwise(stems)]


@lru_cache(maxsize=8192)
def letter_grams(word: str) -> tuple[str, ...]:
    """Sequences of two to five letters within the word, its edges marked; marked themselves, to differ from words."""
    edged = f" {word} "
    return tuple(f"_{edged[at : at + size]}" for size in range(2, 6) for at in range(len(edged) - size + 1))


def context(text: str, expecting: Expecting | None) -> list[str]:
    """What had been asked and the form of the answer, as names; each counts once."""
    count = count_words(text)
    form = "few" if count <= FEW_WORDS else "many" if count > MANY_WORDS else "some"
    if _is_number(text):
        form = "number"
    names = [f"form {form}", "question" if "?" in text else "no question"]
    if expecting is None:
        return [*names, "asked nothing"]
    kind = "story" if expecting.asking in TELLING else _OWN_KIND.get(expecting.asking, expecting.kind)
    names += [f"asked {expecting.asking}"] if expecting.asking else []
    return [*names, f"kind {kind}", f"kind {kind} {form}"] if kind else names


def needs_encoder(text: str, expecting: Expecting | None) -> bool:
    """Whether the sentence vector may tell more than the words: not of an emoji, nor of "20 %" after its question."""
    if _is_number(text):
        return expecting is None or expecting.kind not in CLOSED
    return count_words(text) > 0


def tells_story(text: str, expecting: Expecting | None) -> bool:
    """Whether a problem may be in it: not in "oui" or "Cdiscount" after their question."""
    closed = expecting is not None and expecting.kind in CLOSED and expecting.asking not in TELLING
    return count_words(text) > (FEW_WORDS if closed else 0)


def _is_number(text: str) -> bool:
    return _ONLY_NUMBERS.fullmatch(fold(text).text.strip()) is not None


@lru_cache(maxsize=8192)
def _stem(word: str, language: Language) -> str:
    return str(_stemmer(language).stemWord(word))


@lru_cache(maxsize=2)
def _stemmer(language: Language) -> BaseStemmer:
    import snowballstemmer

    return snowballstemmer.stemmer("french" if language == "fr" else "english")


class Vocabulary:
    """The words and letters that the training data hold, with the weight of each."""

    def __init__(self, grams: Sequence[str], weights: NDArray[np.float32]) -> None:
        self.weights = weights
        self.size = len(grams)
        self._rows = {gram: row for row, gram in enumerate(grams)}
        self._letters = lru_cache(maxsize=4096)(self._letter_rows)

    def vector(self, text: str, language: Language) -> tuple[NDArray[np.intp], NDArray[np.float32]]:
        """The rows that occur in the text and their values; words and letters have length 1 each."""
        ours = self._rows
        stems = np.array([ours[gram] for gram in word_grams(text, language) if gram in ours], np.intp)
        letters = [self._letters(word) for word in words(text)]
        blocks = [self._weigh(stems), self._weigh(np.concatenate(letters) if letters else stems[:0])]
        rows, values = zip(*blocks, strict=True)
        return np.concatenate(rows), np.concatenate(values)

    def row(self, gram: str) -> int | None:
        return self._rows.get(gram)

    def unknown(self, text: str, language: Language) -> float:
        """The share of words of which the training data hold no form, 0 to 1."""
        said = words(text)
        return sum(_stem(word, language) not in self._rows for word in said) / len(said) if said else 0.0

    def _letter_rows(self, word: str) -> NDArray[np.intp]:
        return np.array([self._rows[gram] for gram in letter_grams(word) if gram in self._rows], np.intp)

    def _weigh(self, found: NDArray[np.intp]) -> tuple[NDArray[np.intp], NDArray[np.float32]]:
        rows, counts = np.unique(found, return_counts=True)
        values = (1 + np.log(counts)).astype(np.float32) * self.weights[rows]
        length = float(np.sqrt(values @ values))
        return rows, values / length if length else values
