"""How alike a text is to each example that was learnt from: the measure by which the classifier generalises."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]
Rows = NDArray[np.intp]

_WORDS = 2
"""Two texts with the same words and the same letters have this product: 1 for the words and 1 for the letters."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """What words and letters, sentence vectors and what had been asked weigh together.

    The measure of two texts is k + k², where k, 1 at most, is the weighted mean of their three inner products. The
    square sees what occurs together: "account" with "closed", "no" with the question that it answers.
    """

    sentence: float
    asked: float = 0

    @property
    def total(self) -> float:
        """What the three weigh together."""
        return _WORDS + self.sentence + self.asked

    def mean(self, words: Array, sentences: Array, asked: Array | float = 0.0) -> Array:
        """k: 1 for two texts that are the same."""
        return np.asarray((words + self.sentence * sentences + self.asked * asked) / self.total, np.float32)

    def __call__(self, words: Array, sentences: Array, asked: Array | float = 0.0) -> Array:
        """Any shapes that fit together; inner products in, measures out."""
        mean = self.mean(words, sentences, asked)
        return np.asarray(mean * (mean + 1), np.float32)


STORIES = Measure(sentence=2.0)
"""For problems. These weights and the next were chosen on messages of people who had seen no example."""
TURNS = Measure(sentence=8.0, asked=2.0)
"""For dialogue acts."""


class Learnt:
    """The examples of a model, by the features that each has.

    `starts` has where each feature's postings begin, and a last entry where they end; `texts` and `values` have, for
    each posting, the example and the value; `vectors` a row an example.
    """

    def __init__(self, *, starts: Rows, texts: NDArray[np.integer], values: Array, vectors: Array) -> None:
        self._starts, self._texts, self._values, self._vectors = starts, texts, values, vectors
        self.count = len(vectors)

    def arrays(self) -> dict[str, NDArray[Any]]:
        """What it was made of, by name."""
        return {"starts": self._starts, "texts": self._texts, "values": self._values, "vectors": self._vectors}

    def shares(self, rows: Rows, values: Array) -> Array:
        """The inner product of one text's features with those of every example, shape (examples,)."""
        pairs = [(int(self._starts[row]), int(self._starts[row + 1])) for row in rows]
        if not pairs:
            return np.zeros(self.count, np.float32)
        texts = np.concatenate([self._texts[start:end] for start, end in pairs])
        weights = np.concatenate([self._values[start:end] for start, end in pairs])
        weights *= np.repeat(values, [end - start for start, end in pairs])
        return np.bincount(texts, weights, self.count).astype(np.float32)

    def pulls(self, rows: Rows, weights: Array) -> Array:
        """For each feature, its values in the examples times what each example weighs, shape (rows,)."""
        pairs = [(int(self._starts[row]), int(self._starts[row + 1])) for row in rows]
        sums = [self._values[start:end] @ weights[self._texts[start:end]] for start, end in pairs]
        return np.array(sums, np.float32)

    def nearness(self, vectors: Array) -> Array:
        """The inner products of sentence vectors (texts, directions) with those of every example."""
        return np.asarray(vectors @ self._vectors.T, np.float32)


def stack(rows: Sequence[Array], count: int) -> Array:
    """Rows of `count` numbers as a table, which is empty where there are none."""
    return np.array(rows, np.float32).reshape(len(rows), count)
