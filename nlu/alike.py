"""Which texts say the same, exactly or nearly: compared by the sequences of letters they have in common."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from scipy import sparse

from nlu.folding import fold

ALIKE = 0.9
"""Cosine of the letter sequences from which on two texts say nearly the same."""
_GRAM = 3
_ROWS = 512
"""Texts compared with all others in one pass: bounds the memory."""
_NOT_A_WORD = re.compile(r"(?:[^\w%]|_)+")
_NUMBER = re.compile(r"\d+")
_LETTERS = re.compile(r"[^\W\d]{2,}")
_FEW = 3
"""With fewer words than this the number is what a text says."""
_Table: TypeAlias = sparse.csr_matrix


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """Two texts that say the same, by their places."""

    one: int
    other: int
    likeness: float
    same: bool
    """Nothing but case, accents, punctuation and digits differ."""


def normal(text: str) -> str:
    """The text without case, accents and punctuation; among words every number is 0.

    What has neither letter nor number stays as it is.
    """
    bare = _NOT_A_WORD.sub(" ", fold(text).text).strip() or text.strip()
    return _NUMBER.sub("0", bare) if len(_LETTERS.findall(bare)) >= _FEW else bare


def pairs(texts: Sequence[str], others: Sequence[str] | None = None) -> Iterator[Pair]:
    """Pairs of texts that say the same or nearly so; of `texts` and `others` where these are given.

    Among themselves each pair is given once, `one` before `other`.
    """
    normals = [normal(text) for text in texts]
    compared = normals if others is None else [normal(text) for text in others]
    columns: dict[str, int] = {}
    left, right = _table(normals, columns), _table(compared, columns)
    left.resize(left.shape[0], len(columns))
    turned = right.T.tocsr()
    for start in range(0, left.shape[0], _ROWS):
        likeness = (left[start : start + _ROWS] @ turned).tocoo()
        near = likeness.data >= ALIKE - 1e-6
        for row, other, cosine in zip(likeness.row[near], likeness.col[near], likeness.data[near], strict=True):
            one = start + int(row)
            if others is not None or one < other:
                same = normals[one] == compared[other]
                yield Pair(one=one, other=int(other), likeness=float(cosine), same=same)


def _table(texts: Sequence[str], columns: dict[str, int]) -> _Table:
    """A row of length 1 a text, a column a sequence of letters; new ones are added to `columns`."""
    counted = [Counter(_grams(text)) for text in texts]
    starts = np.cumsum([0, *map(len, counted)])
    where = [columns.setdefault(gram, len(columns)) for found in counted for gram in found]
    lengths = np.sqrt([sum(count * count for count in found.values()) for found in counted])
    values = np.array([count for found in counted for count in found.values()], np.float32)
    values /= np.repeat(lengths, np.diff(starts)).astype(np.float32)
    shape = (len(texts), len(columns))
    return sparse.csr_matrix((values, np.array(where, np.int32), starts), shape=shape, dtype=np.float32)


def _grams(text: str) -> Iterator[str]:
    edged = f" {text} "
    return (edged[at : at + _GRAM] for at in range(max(1, len(edged) - _GRAM + 1)))
