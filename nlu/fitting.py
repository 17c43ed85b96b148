"""Fits the classifier to the examples, and scores each example as if it had not been learnt from.

Kernel ridge regression: a score is a sum over the examples, each weighed so that all come near to what they are. What
a model without some of the examples would score follows from the same inverse matrix (Rifkin and Lippert, "Notes on
Regularized Least Squares", 2007, section 3), so that cross-validation needs no second training.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray
from scipy import linalg, sparse
from scipy.sparse.csgraph import connected_components

from nlu.features import Vocabulary
from nlu.kernel import STORIES, TURNS, Measure, stack
from nlu.sheet import THREADS, Array, Rows, Sheet, Table, sentences, truth
from stories.types import Language

T = TypeVar("T")
Progress = Callable[[float], None]
"""Told how much is done, 0 to 1."""

FOLDS = 5
SEED = 20261123
UNEVEN = 1.25
"""A fold may have so many times its share of the groups of a label."""
RIDGE = 0.05
"""How much an example may be missed; more makes the scores smoother."""
ALIKE = 2.1
"""Inner product of words, letters and what was asked, 3 at most, from which two texts stay in the same fold."""
NO_PROBLEM = 3
"""How many times a text without a problem counts: there are few, and a false alarm is put before the person."""
ROWS = 250
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
    """Learn from all examples; near-duplicates share a fold of what is held out.

    Problems and acts are solved one after the other, and nothing holds on to the square table of either: one is in
    memory at a time.
    """
    main, has, acts = truth(sheet)
    fold = _folds(sheet, _alike(sheet, _part(progress, 0, 0.3)), folds)
    ours = sheet.stories
    counted = np.where(has[ours].any(axis=1), 1, NO_PROBLEM)
    of_problems = _solve(
        _compare(sheet, ours, STORIES, _part(progress, 0.3, 0.4)),
        np.hstack([main, has])[ours],
        counted,
        fold=fold[ours],
        folds=folds,
        progress=_part(progress, 0.4, 0.65),
    )
    ours = sheet.turns
    often = np.bincount(acts[ours], minlength=len(sheet.acts))
    balance = (np.median(often) / often[acts[ours]]) ** 0.5
    of_acts = _solve(
        _compare(sheet, ours, TURNS, _part(progress, 0.65, 0.75)),
        np.eye(len(sheet.acts))[acts[ours]],
        balance,
        fold=fold[ours],
        folds=folds,
        progress=_part(progress, 0.75, 0.95),
    )
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


def _part(progress: Progress, begin: float, end: float) -> Progress:
    """Tells the share of a part as the share of the whole."""
    return lambda share: progress(begin + share * (end - begin))


def _alike(sheet: Sheet, progress: Progress) -> NDArray[np.intp]:
    """Which examples are near-duplicates, and asked alike, in two rows; each pair once."""
    others, asked = sheet.table.T.tocsc(), sheet.given.T.tocsc()

    def find(start: int) -> NDArray[np.intp]:
        shares = (sheet.table[start : start + ROWS] @ others[:, start:]).tocoo()
        given = (sheet.given[start : start + ROWS] @ asked[:, start:]).toarray()
        near = shares.data + given[shares.row, shares.col] >= ALIKE
        return np.stack([shares.row[near], shares.col[near]]).astype(np.intp) + start

    return np.hstack(_blocks(find, len(sheet.examples), progress))


def _compare(sheet: Sheet, rows: Rows, measure: Measure, progress: Progress) -> Array:
    """The measure of every two of these examples: a square table, of which the upper half is filled."""
    square = np.empty((len(rows), len(rows)), np.float32)
    table, vectors, given = sheet.table[rows], sheet.vectors[rows], sheet.given[rows]
    others, asked = table.T.tocsc(), given.T.tocsc()

    def fill(start: int) -> None:
        end = start + ROWS
        shares = (table[start:end] @ others[:, start:]).toarray()
        near = vectors[start:end] @ vectors[start:].T
        alike = (given[start:end] @ asked[:, start:]).toarray() if measure.asked else 0.0
        square[start:end, start:] = measure(shares, near, alike)

    _blocks(fill, len(rows), progress)
    return square


def _blocks(work: Callable[[int], T], count: int, progress: Progress) -> list[T]:
    """Do the work for each block of rows, by where it starts."""
    done: list[T] = []
    with ThreadPoolExecutor(THREADS) as threads:
        for one in threads.map(work, range(0, count, ROWS)):
            done.append(one)
            progress(min(len(done) * ROWS / count, 1))
    return done


@dataclass(frozen=True, slots=True, kw_only=True)
class _Solved:
    """The weights with all rows, then without each fold in turn; and each row's score without its fold."""

    weights: tuple[Array, ...]
    held: Array


def _solve(
    kernel: Array, targets: NDArray[Any], counted: NDArray[Any], *, fold: Rows, folds: int, progress: Progress
) -> _Solved:
    """Weigh the rows of `kernel`, which is used up, to sum to the targets; `counted` is how much each row counts.

    Of `kernel` the upper half is read, and all is done in its place.
    """
    aims = targets.astype(np.float32)
    if not aims.size:
        return _Solved(weights=(aims,) * (folds + 1), held=aims)
    kernel[np.diag_indices(len(kernel))] += (RIDGE / counted).astype(np.float32)
    factor, _ = linalg.lapack.spotrf(kernel.T, lower=1, overwrite_a=1)
    progress(0.3)
    inverse, _ = linalg.lapack.spotri(factor, lower=1, overwrite_c=1)
    progress(0.8)
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
    progress(1)
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
    """The fold of each example: whole groups of near-duplicates, each label spread evenly.

    Samples are dealt last, so that the examples beside them are held out as they are without samples.
    """
    count = len(sheet.examples)
    pairs = sparse.coo_matrix((np.ones(alike.shape[1], np.bool_), tuple(alike)), shape=(count, count)).tocsr()
    brought = np.array([example.sample is not None for example in sheet.examples], np.bool_)
    first, group = np.flatnonzero(~brought), _groups(pairs)
    fold = np.empty(count, np.intp)
    fold[first] = _deal(sheet, first, _groups(pairs[first][:, first]), folds)
    of_group = dict(zip(group[first], fold[first], strict=True))
    new = np.array([at for at in np.flatnonzero(brought) if group[at] not in of_group], np.intp)
    fold[new] = _deal(sheet, new, group[new], folds)
    joined = np.array([at for at in np.flatnonzero(brought) if group[at] in of_group], np.intp)
    fold[joined] = [of_group[group[at]] for at in joined]
    return fold


def _groups(pairs: Table) -> Rows:
    _, group = connected_components(pairs, directed=False)
    return np.asarray(group, np.intp)


def _deal(sheet: Sheet, rows: Rows, group: Rows, folds: int) -> Rows:
    """The fold of each of these examples, by its group."""
    """The fold of each of these examples, by its group: drawn from its words, so that others hardly change it.

    No fold gets many more groups of a label than the others.
    """
    drawn: dict[int, str] = {}
    label_of: dict[int, tuple[str, str, str]] = {}
    for row, g in zip(rows, group, strict=True):
        example = sheet.examples[row]
        digest = hashlib.sha256(f"{SEED}\0{example.task}\0{example.text}".encode()).hexdigest()
        if digest < drawn.get(g, "g"):
            drawn[g], label_of[g] = digest, (example.task, example.language, example.labels[0])
    room = {label: -(-UNEVEN * count // folds) for label, count in Counter(label_of.values()).items()}
    taken, of_group = Counter[tuple[tuple[str, str, str], int]](), {}
    for g in sorted(drawn, key=drawn.__getitem__):
        label, fold = label_of[g], int(drawn[g], 16) % folds
        if taken[label, fold] >= room[label]:
            fold = min(range(folds), key=lambda one: taken[label, one])
        taken[label, fold] += 1
        of_group[g] = fold
    return np.array([of_group[g] for g in group], np.intp)
