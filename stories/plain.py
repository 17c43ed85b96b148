"""Whether a text is plain: sentences short enough to be read once, without words that promise too much."""

from __future__ import annotations

import re

from stories.folding import fold

MOST_WORDS = 20
_ABBREVIATIONS = re.compile(r"\b(M|Mr|Mrs|art|no|env|etc|p\. ex|e\.g|i\.e)\.(?=\s)", re.IGNORECASE)
_END = re.compile(r"[.!?…]+[\"'»”’)\]*_]*(?:\s+|$)|\s+[!?]+\s*[»”]*(?:\s+|$)")
_SLOT = re.compile(r"\{[^{}]*\}")
_MARKER = re.compile(r"^\s*(?:[-•*·]|\d+[.)]|[A-H][.)])\s+")
_PROMISES = re.compile(
    r"\b(?:jamais|anonymes?|anonymement|anonymat|totalement confidentiel\w*"
    r"|never|anonymous|anonymously|(?:totally|completely|fully) confidential)\b"
)
_FAMILIAR = re.compile(r"\b(?:tu|toi|ton|ta|tes|te)\b(?!-)")


def sentences(text: str) -> list[str]:
    """The sentences of a text; a line, a list item or a button is one where no full stop ends it earlier."""
    found = []
    for line in text.splitlines():
        bare = _ABBREVIATIONS.sub(r"\1", _MARKER.sub("", line))
        found += [part.strip() for part in _END.split(bare) if part.strip()]
    return found


def long_sentences(text: str, limit: int = MOST_WORDS) -> list[str]:
    """The sentences of more than `limit` words; a slot such as `{platform}` is one word, so is "l'argent"."""
    return [one for one in sentences(text) if _length(one) > limit]


def promises(text: str) -> list[str]:
    """The words that promise more than the law allows to: "jamais", "anonyme", "totally confidential"."""
    return _PROMISES.findall(fold(text))


def familiar(text: str) -> list[str]:
    """The words of a French text that say "tu" where a firm is to be told "vous"."""
    return _FAMILIAR.findall(fold(text))


def _length(sentence: str) -> int:
    return sum(1 for word in _SLOT.sub("slot", sentence).split() if any(c.isalnum() for c in word))
