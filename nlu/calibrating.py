"""Fits the calibration to held-out scores; the only module that loads scikit-learn."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from sklearn.linear_model import LogisticRegression

from nlu.calibration import Calibration, leads, softmax
from nlu.examples import LANGUAGES
from nlu.fitting import HeldOut
from nlu.sheet import Sheet, truth

Array = NDArray[np.float32]
Rows = NDArray[np.intp]

FREEDOM = 0.1
"""How freely a label may differ from the others in a language (C of the logistic regression)."""
FREE = 10
"""The slopes are as many times freer."""
NOTHING_COUNTS = 0.3
"""How much a text without a problem counts: they are a larger share of the examples than of what is told."""
FACTORS = np.geomspace(0.5, 40, 80).astype(np.float32)


def calibrate(sheet: Sheet, held: HeldOut, among: NDArray[np.bool_]) -> Calibration:
    """From those of the held-out examples that `among` marks."""
    stories, turns = sheet.stories[among[sheet.stories]], sheet.turns[among[sheet.turns]]
    _, has, acts = truth(sheet)
    speaks = np.array([LANGUAGES.index(example.language) for example in sheet.examples], np.intp)[stories]
    labels = len(sheet.problems)
    if not labels:
        empty = np.zeros((len(LANGUAGES), 0), np.float32)
        nothing = {"any": np.zeros(1, np.float32), "first": np.zeros(4, np.float32)}
        return Calibration(any_bias=empty, first_bias=empty, acts=_factor(held.acts[turns], acts[turns]), **nothing)
    also, main = held.also[stories], held.main[stories]
    each = np.tile(np.arange(labels), len(stories))
    top = main[:, :-1].argmax(axis=1)
    counts = np.where(has[stories].any(axis=1), 1, NOTHING_COUNTS)
    many = np.repeat(counts, labels)
    slope, biases = _lines(
        also.reshape(-1, 1), has[stories].ravel(), many, speaks=np.repeat(speaks, labels), label=each, labels=labels
    )
    slopes, firsts = _lines(leads(main, also), has[stories, top], counts, speaks=speaks, label=top, labels=labels)
    return Calibration(
        any=slope, any_bias=biases, first=slopes, first_bias=firsts, acts=_factor(held.acts[turns], acts[turns])
    )


def _lines(
    numbers: Array, true: NDArray[np.bool_], counts: NDArray[np.float64], *, speaks: Rows, label: Rows, labels: int
) -> tuple[Array, Array]:
    """Slopes, and a bias for each language and label, under which the numbers tell how likely `true` is.

    One imagined case on each side keeps the line defined where all the real ones are right.
    """
    count = len(numbers)
    kinds = len(LANGUAGES) * labels
    own = sparse.csr_matrix((np.ones(count), (np.arange(count), speaks * labels + label)), shape=(count, kinds))
    imagined = sparse.hstack(
        [sparse.csr_matrix([[FREE] * numbers.shape[1], [0] * numbers.shape[1]]), np.zeros((2, kinds))]
    )
    table = sparse.vstack([sparse.hstack([sparse.csr_matrix(numbers * FREE), own]), imagined]).tocsr()
    line = LogisticRegression(C=FREEDOM, max_iter=200)
    line.fit(table, np.append(true, [True, False]), np.append(counts, [1, 1]))
    slopes, biases = np.split(line.coef_[0], [numbers.shape[1]])
    together = biases.reshape(len(LANGUAGES), labels) + line.intercept_[0]
    return (slopes * FREE).astype(np.float32), together.astype(np.float32)


def _factor(scores: Array, acts: Rows) -> Array:
    """The factor under which the held-out acts are likeliest."""
    rows = np.arange(len(acts))
    losses = [-np.log(softmax(scores * factor)[rows, acts] + 1e-9).mean() for factor in FACTORS]
    return np.asarray(FACTORS[int(np.argmin(losses))])
