"""How sure a figure is: intervals of shares and of differences, and what comes by chance."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from nlu.comparison import Share

Truth = NDArray[np.bool_]
Numbers = NDArray[np.float64]

_Z = 1.959964
"""Of a 95 % interval."""
DRAWS = 1000
SEED = 20261130


def share(right: Truth, weights: Numbers) -> Share:
    """The weighed share that is right, with Wilson's interval.

    Uneven weights tell less than as many even ones: Kish's effective number of texts, (sum of w)² / sum of w².
    """
    if not len(right):
        return Share(value=0.0, low=0.0, high=1.0, of=0)
    value = float(weights[right].sum() / weights.sum())
    count = float(weights.sum() ** 2 / (weights**2).sum())
    middle = (value + _Z**2 / (2 * count)) / (1 + _Z**2 / count)
    half = _Z * (value * (1 - value) / count + _Z**2 / (4 * count**2)) ** 0.5 / (1 + _Z**2 / count)
    return Share(value=value, low=max(middle - half, 0.0), high=min(middle + half, 1.0), of=len(right))


def f1(found: Truth, true: Truth) -> tuple[float, float, float]:
    """Precision, recall and F1; 0 where there is nothing to divide by."""
    both, told, real = int((found & true).sum()), int(found.sum()), int(true.sum())
    return both / max(told, 1), both / max(real, 1), 2 * both / max(told + real, 1)


def mcnemar(better: int, worse: int) -> float:
    """That so uneven a split, or a more uneven one, comes by chance: exact, two-sided."""
    if not better + worse:
        return 1.0
    return float(stats.binomtest(better, better + worse).pvalue)


def f1_change(real: Truth, live: Truth, candidate: Truth) -> tuple[float, float]:
    """95 % interval of the candidate's F1 minus the other's, from resampled texts that have the label or are told it.

    A text counts only by which of the three are true of it, so that kinds of texts are drawn and not texts.
    """
    kinds = np.bincount(real * 4 + live * 2 + candidate, minlength=8).astype(np.float64)
    kinds[0] = 0
    count = int(kinds.sum())
    if not count:
        return 0.0, 0.0
    drawn = np.random.default_rng(SEED).multinomial(count, kinds / count, DRAWS)
    low, high = np.quantile(_f1(drawn, 1) - _f1(drawn, 2), [0.025, 0.975])
    return float(low), float(high)


def _f1(kinds: NDArray[np.int64], by: int) -> Numbers:
    """Of each row of counts; `by` is the bit of who told."""
    told = np.array([bool(kind & by) for kind in range(8)])
    real = np.array([bool(kind & 4) for kind in range(8)])
    both, either = kinds[:, told & real].sum(axis=1), kinds[:, told].sum(axis=1) + kinds[:, real].sum(axis=1)
    return np.asarray(2 * both / np.maximum(either, 1), np.float64)
