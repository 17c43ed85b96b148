"""Fits the classifier to the examples, and scores each example as if it had not been learnt from.

Kernel ridge regression: a score is a sum over the examples, each weighed so that all come near to what they are. What
a model without some of the examples would score follows from the same inverse matrix (Rifkin and Lippert, "Notes on
Regularized Least Squares", 2007, section 3), so that cross-validation needs no second training.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import linalg, sparse
from scipy.sparse.csgraph import connected_components

from nlu.features import Vocabulary
from nlu.kernel import STORIES, TURNS, stack
from nlu.sheet import THREADS, Array, Rows, Sheet, Table, sentences, truth
from stories.types import Language

Progress = Callable[[float], None]
"""Told how much is done, 0 to 1."""

FOLDS = 5
SEED = 20261123
RIDGE = 0.05
"""How much an example may be missed; more makes the scores smoother."""
ALIKE = 2.1
"""Inner product of words, letters and what was asked, 3 at most, from which two texts stay in the same fold."""
NO_PROBLEM = 3
"""How many times a text without a problem counts: there are few, and a false alarm is put before the person."""
ROWS = 500
"""Texts that are compared with the examples at a time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldOut:
    """What a model that had not seen an example scores for it: a row an example, about 0 to 1."""

    fold: Rows
    main: Array
    """Problems as the main one, and last that there is none."""
    also: Array
    """Problems as one that may stand beside others."""
    acts: Array


@dataclass(frozen=True, slots=True, kw_only=True)
class Fitted:
    """The weight of each example, a row each, for: problems as main one, no problem, problems beside others, acts."""

    duals: Array
    without: tuple[Array, ...]
    """The same of models that had not seen the examples of a fold, which weigh 0; in the order of the folds."""
    held: HeldOut


def fit(sheet: Sheet, progress: Progress, folds: int = FOLDS) -> Fitted:
    """Learn from all examples; near-duplicates share a fold of what is held out."""
    main, has, acts = truth(sheet)
    stories, turns, fold = _compare(sheet, folds, lambda share: progress(0.4 * share))
    ours = sheet.stories
    counted = np.where(has[ours].any(axis=1), 1, NO_PROBLEM)
    of_problems = _solve(stories, np.hstack([main, has])[ours], counted, fold[ours], folds)
    progress(0.8)
    ours = sheet.turns
    often = np.bincount(acts[ours], minlength=len(sheet.acts))
    balance = (np.median(often) / often[acts[ours]]) ** 0.5
    of_acts = _solve(turns, np.eye(len(sheet.acts))[acts[ours]], balance, fold[ours], folds)
    progress(0.9)
    duals, *without = [
        np.hstack([_spread(sheet, sheet.stories, one), _spread(sheet, sheet.turns, other)])
        for one, other in zip(of_problems.weights, of_acts.weights, strict=True)
    ]
    scores = _spread(sheet, sheet.stories, of_problems.held)
    _deny(sheet, scores, fold, without)
    held = HeldOut(
        fold=fold,
        main=scores[:, : len(sheet.problems) + 1],
        also=scores[:, len(sheet.problems) + 1 :],
        acts=_spread(sheet, sheet.turns, of_acts.held),
    )
    return Fitted(duals=duals, without=tuple(without), held=held)


def score(
    sheet: Sheet, texts: Sequence[tuple[str, Language]], given: Table, told: Sequence[bool], duals: Array
) -> tuple[Array, Array]:
    """Scores of any texts, a row each, by these weights of the examples: of problems as in `Fitted`, and of acts.

    `given` is what had been asked, `told` whether the sentence vector of a text tells anything.
    """
    learnt, vocabulary = sheet.learnt(), Vocabulary(sheet.grams, sheet.idf)
    vectors = sentences([text for text, _ in texts], told, sheet.encoder) @ sheet.directions
    asked = sheet.given.T.tocsc()
    border = 2 * len(sheet.problems) + 1
    problems, acts = [], []
    for start in range(0, len(texts), ROWS):
        part = slice(start, start + ROWS)
        shares = stack([learnt.shares(*vocabulary.vector(*text)) for text in texts[part]], learnt.count)
        near = learnt.nearness(vectors[part])
        problems.append(STORIES(shares, near) @ duals[:, :border])
        acts.append(TURNS(shares, near, (given[part] @ asked).toarray()) @ duals[:, border:])
    return np.concatenate(problems), np.concatenate(acts)


def _compare(sheet: Sheet, folds: int, progress: Progress) -> tuple[Array, Array, Rows]:
    """The measure of every two stories, and of every two turns; and the fold of each example."""
    stories, turns = (np.empty((len(rows), len(rows)), np.float32) for rows in (sheet.stories, sheet.turns))
    others, asked = sheet.table.T.tocsc(), sheet.given.T.tocsc()

    def fill(start: int) -> NDArray[np.intp]:
        """The rows of these examples; tells which examples are near-duplicates, and asked alike, in two rows."""
        end = min(start + ROWS, len(sheet.examples))
        shares = (sheet.table[start:end] @ others).toarray()
        near = sheet.vectors[start:end] @ sheet.vectors.T
        given = (sheet.given[start:end] @ asked).toarray()
        here, mine = _between(sheet.stories, start, end)
        stories[here] = STORIES(shares[np.ix_(mine, sheet.stories)], near[np.ix_(mine, sheet.stories)])
        here, mine = _between(sheet.turns, start, end)
        ours = np.ix_(mine, sheet.turns)
        turns[here] = TURNS(shares[ours], near[ours], given[ours])
        rows, columns = np.nonzero(shares + given >= ALIKE)
        return np.stack([rows + start, columns])

    alike = []
    with ThreadPoolExecutor(THREADS) as threads:
        for pairs in threads.map(fill, range(0, len(sheet.examples), ROWS)):
            alike.append(pairs)
            progress(len(alike) * ROWS / (len(sheet.examples) + ROWS))
    return stories, turns, _folds(sheet, np.hstack(alike), folds)


def _between(rows: Rows, start: int, end: int) -> tuple[slice, Rows]:
    """Which of the sorted rows are in the range, and how far from its start each is."""
    first, last = np.searchsorted(rows, [start, end])
    return slice(int(first), int(last)), rows[first:last] - start


@dataclass(frozen=True, slots=True, kw_only=True)
class _Solved:
    """The weights with all rows, then without each fold in turn; and each row's score without its fold."""

    weights: tuple[Array, ...]
    held: Array


def _solve(kernel: Array, targets: NDArray[Any], counted: NDArray[Any], fold: Rows, folds: int) -> _Solved:
    """Weigh the rows of `kernel`, which is used up, to sum to the targets; `counted` is how much each row counts."""
    aims = targets.astype(np.float32)
    if not aims.size:
        return _Solved(weights=(aims,) * (folds + 1), held=aims)
    kernel[np.diag_indices(len(kernel))] += (RIDGE / counted).astype(np.float32)
    factor, _ = linalg.lapack.spotrf(kernel.T, lower=1, overwrite_a=1)
    inverse, _ = linalg.lapack.spotri(factor, lower=1, overwrite_c=1)
    weights = [linalg.blas.ssymm(1, inverse, aims, lower=1)]
    held = aims.copy()
    for at in range(folds):
        out = np.flatnonzero(fold == at)
        change = np.zeros_like(aims)
        if not len(out):
            weights.append(weights[0])
            continue
        _, change[out], _ = linalg.lapack.sposv(inverse[np.ix_(out, out)], weights[0][out], lower=1)
        held[out] -= change[out]
        weights.append(weights[0] - linalg.blas.ssymm(1, inverse, change, lower=1))
        weights[-1][out] = 0
    return _Solved(weights=tuple(weights), held=held)


def _spread(sheet: Sheet, rows: Rows, numbers: Array) -> Array:
    """The rows' numbers in a table with a row for every example."""
    table = np.zeros((len(sheet.examples), numbers.shape[1]), np.float32)
    table[rows] = numbers
    return table


def _deny(sheet: Sheet, scores: Array, fold: Rows, without: Sequence[Array]) -> None:
    """Lower the scores of problems that an example denies, as a server does."""
    count = len(sheet.problems)
    labels = {label: at for at, label in enumerate(sheet.problems)}
    for at, duals in enumerate(without):
        deny = [row for row in sheet.stories if fold[row] == at and sheet.passages[row].denials]
        if not deny:
            continue
        texts = [(sheet.passages[row].texts[1], sheet.examples[row].language) for row in deny]
        rests, _ = score(sheet, texts, sheet.given[deny], [True] * len(deny), duals)
        for row, rest in zip(deny, rests, strict=True):
            for half in (slice(0, count), slice(count + 1, 2 * count + 1)):
                scores[row, half] = sheet.passages[row].combine(np.stack([scores[row, half], rest[half]]), labels)


def _folds(sheet: Sheet, alike: NDArray[np.intp], folds: int) -> Rows:
    """The fold of each example: whole groups of near-duplicates, each label spread evenly."""
    count = len(sheet.examples)
    pairs = sparse.coo_matrix((np.ones(alike.shape[1], np.bool_), tuple(alike)), shape=(count, count))
    _, group = connected_components(pairs, directed=False)
    drawn = np.random.default_rng(SEED).permutation(group.max() + 1)
    label_of = {g: (e.task, e.language, e.labels[0]) for g, e in zip(group, sheet.examples, strict=True)}
    order = sorted(range(len(drawn)), key=lambda g: (label_of[g], drawn[g]))
    of_group = {g: at % folds for at, g in enumerate(order)}
    return np.array([of_group[g] for g in group], np.intp)
