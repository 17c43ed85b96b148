"""Fits the classifier's weights and calibrates them from held-out scores; the only module that loads scikit-learn."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse.csgraph import connected_components
from sklearn.linear_model import LogisticRegression
from sklearn.svm import LinearSVC

from nlu.backend import Expecting
from nlu.embedded import Passages, blend, combine, softmax
from nlu.examples import NOTHING, Example
from nlu.features import (
    ACT_ENCODER,
    CONTEXT_WEIGHT,
    PROBLEM_ENCODER,
    context,
    letter_grams,
    needs_encoder,
    word_grams,
    words,
)
from stories.types import Language

Encode = Callable[[Sequence[str]], NDArray[np.float32]]
Progress = Callable[[float], None]
"""Told how much is done, 0 to 1."""
Array = NDArray[np.float32]
Table: TypeAlias = sparse.csr_matrix

FOLDS = 4
SEED = 20261123
PENALTY, TOLERANCE = 0.5, 1e-2
"""C of the support vector machines, and when they stop: sooner than usual, which changes no figure."""
LEAST_TEXTS = 2
"""A sequence of letters is kept from this number of texts on."""
ALIKE = 0.8
"""Cosine of letter sequences from which two texts stay in the same fold."""
OUTSIDE = 5
"""Scores beyond this are denials, which calibration leaves aside."""
NO_PROBLEM = 3
"""How many times a text without a problem counts: there are few, and a false alarm is put before the person."""
INFORM_EVERY = 3
"""One story in so many stands among the dialogue acts, as `inform`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """Every text to learn from, with its clauses, as counts of grams and sentence vectors: a row a passage."""

    examples: tuple[Example, ...]
    passages: tuple[Passages, ...]
    first: NDArray[np.intp]
    """The row of each example's whole text; those of its clauses follow."""
    grams: tuple[str, ...]
    counts: Table
    vectors: Array | None
    context: tuple[str, ...]
    given: Table
    """Context names of each example, by column of `context`."""
    problems: tuple[str, ...]
    acts: tuple[str, ...]
    stories: NDArray[np.intp]
    """Examples from which problems are learnt."""
    turns: NDArray[np.intp]
    """Examples from which acts are learnt."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Weights:
    """What was learnt: a row a kept gram, then a context name, then a dimension of the sentence vector."""

    kept: NDArray[np.intp]
    idf: Array
    problems: Array
    problem_biases: Array
    acts: Array
    act_biases: Array


def lay_out(examples: Sequence[Example], encode: Encode | None) -> Sheet:
    """Everything that is computed once, whatever is held out later."""
    shown = tuple(_as_asked(examples))
    passages = tuple(Passages.of(example.text) for example in shown)
    sizes = [len(p.texts) for p in passages]
    rows = [(text, e.language) for e, p in zip(shown, passages, strict=True) for text in p.texts]
    grams, counts = _count(rows)
    problems = tuple(sorted({e.labels[0] for e in shown if e.task == "problems"} - {NOTHING}))
    acts = tuple(sorted({e.labels[0] for e in shown if e.task == "acts"} | {"inform"}))
    names, given = _contexts(shown)
    return Sheet(
        examples=shown,
        passages=passages,
        first=np.cumsum([0, *sizes[:-1]], dtype=np.intp),
        grams=grams,
        counts=counts,
        vectors=_vectors(shown, passages, encode),
        context=names,
        given=given,
        problems=problems,
        acts=acts,
        stories=_where(shown, lambda _, e: e.task == "problems" or (e.labels[0] != "inform" and e.expecting is None)),
        turns=_where(shown, lambda at, e: e.task == "acts" or (at % INFORM_EVERY == 0 and e.labels[0] != NOTHING)),
    )


def truth(sheet: Sheet) -> tuple[NDArray[np.bool_], NDArray[np.intp]]:
    """Which problems each example has, and which act it is."""
    problems = np.zeros((len(sheet.examples), len(sheet.problems)), np.bool_)
    acts = np.full(len(sheet.examples), sheet.acts.index("inform"), np.intp)
    for row, example in enumerate(sheet.examples):
        if example.task == "acts":
            acts[row] = sheet.acts.index(example.labels[0])
        elif example.labels[0] != NOTHING:
            problems[row, [sheet.problems.index(label) for label in example.labels]] = True
    return problems, acts


def fit(sheet: Sheet, train: NDArray[np.bool_]) -> Weights:
    """Learn from the examples that `train` marks."""
    has, acts = truth(sheet)
    kept, idf = _kept(sheet, sheet.first[train])
    stories, turns = sheet.stories[train[sheet.stories]], sheet.turns[train[sheet.turns]]
    matrix = _matrix(sheet, kept, idf, sheet.first[stories])
    counted = np.where(has[stories].any(axis=1), 1, NO_PROBLEM)
    rows = [_machine().fit(matrix, has[stories, at], counted) for at in range(len(sheet.problems))]
    matrix = _matrix(sheet, kept, idf, sheet.first[turns], sheet.given[turns])
    acting = _machine(weigh="balanced").fit(matrix, acts[turns])
    act_weights = np.zeros((len(sheet.acts), matrix.shape[1]), np.float32)
    act_biases = np.full(len(sheet.acts), -2, np.float32)
    act_weights[acting.classes_], act_biases[acting.classes_] = acting.coef_, acting.intercept_
    return Weights(
        kept=kept,
        idf=idf,
        problems=np.vstack([row.coef_ for row in rows]).T.astype(np.float32),
        problem_biases=np.concatenate([row.intercept_ for row in rows]).astype(np.float32),
        acts=act_weights.T,
        act_biases=act_biases,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldOut:
    """What models that had not seen an example scored for it, a row an example; and the fold it was in."""

    fold: NDArray[np.intp]
    whole: Array
    best: Array
    acts: Array


def hold_out(sheet: Sheet, progress: Progress, folds: int = FOLDS) -> HeldOut:
    """Cross-validation: each fold is scored by a model fitted on the others; near-duplicates share a fold."""
    fold = _folds(sheet, folds)
    count = len(sheet.examples)
    shape = (count, len(sheet.problems))
    whole, best = np.zeros(shape, np.float32), np.zeros(shape, np.float32)
    acts = np.zeros((count, len(sheet.acts)), np.float32)
    for at in range(folds):
        progress(at / folds)
        test = np.flatnonzero(fold == at)
        whole[test], best[test], acts[test] = score(sheet, fit(sheet, fold != at), test)
    return HeldOut(fold=fold, whole=whole, best=best, acts=acts)


def score(sheet: Sheet, weights: Weights, examples: NDArray[np.intp]) -> tuple[Array, Array, Array]:
    """Problem scores of the whole and of the best clause, and act scores, of these examples."""
    labels = {label: at for at, label in enumerate(sheet.problems)}
    rows = [np.arange(sheet.first[at], sheet.first[at] + len(sheet.passages[at].texts)) for at in examples]
    matrix = _matrix(sheet, weights.kept, weights.idf, np.concatenate(rows))
    found = np.asarray(matrix @ weights.problems + weights.problem_biases, np.float32)
    ends = np.cumsum([len(row) for row in rows])
    pairs = [
        combine(part, sheet.passages[at], labels) for part, at in zip(np.split(found, ends[:-1]), examples, strict=True)
    ]
    turns = _matrix(sheet, weights.kept, weights.idf, sheet.first[examples], sheet.given[examples])
    acts = np.asarray(turns @ weights.acts + weights.act_biases, np.float32)
    return np.array([pair[0] for pair in pairs]), np.array([pair[1] for pair in pairs]), acts


def platt(held: HeldOut, has: NDArray[np.bool_], rows: NDArray[np.intp]) -> Array:
    """For `embedded.calibrate`; one line for all labels, since each has few examples."""
    scores = np.clip(blend(held.whole[rows], held.best[rows]), -OUTSIDE, OUTSIDE)
    top = scores.argmax(axis=1)
    first = _line(scores.max(axis=1), has[rows, top])
    return np.array([first, _line(scores.ravel(), has[rows].ravel())], np.float32)


def temperature(held: HeldOut, acts: NDArray[np.intp], rows: NDArray[np.intp]) -> Array:
    """The factor on the acts' scores under which the held-out acts are likeliest."""
    factors = np.geomspace(0.5, 20, 60).astype(np.float32)
    losses = [-np.log(softmax(held.acts[rows] * f)[np.arange(len(rows)), acts[rows]] + 1e-9).mean() for f in factors]
    return np.asarray(factors[int(np.argmin(losses))])


def _line(scores: Array, true: NDArray[np.bool_]) -> tuple[float, float]:
    """Slope and bias under which scores become probabilities.

    One imagined example on each side keeps the line defined where all the real ones are right.
    """
    line = LogisticRegression(C=1e3).fit(np.append(scores, [1, -1]).reshape(-1, 1), np.append(true, [True, False]))
    return float(line.coef_[0, 0]), float(line.intercept_[0])


def _machine(*, weigh: str | None = None) -> LinearSVC:
    return LinearSVC(C=PENALTY, random_state=SEED, class_weight=weigh, tol=TOLERANCE)


def _where(examples: Sequence[Example], wanted: Callable[[int, Example], bool]) -> NDArray[np.intp]:
    return np.array([at for at, example in enumerate(examples) if wanted(at, example)], np.intp)


def _as_asked(examples: Sequence[Example]) -> list[Example]:
    """Every second story was asked for, the others were told unasked."""
    asked = Expecting(asking="story")
    return [
        replace(example, expecting=asked) if example.task == "problems" and at % 2 else example
        for at, example in enumerate(examples)
    ]


def _vectors(examples: Sequence[Example], passages: Sequence[Passages], encode: Encode | None) -> Array | None:
    if encode is None:
        return None
    vectors = encode([text for p in passages for text in p.texts])
    told = [needs_encoder(e.text, e.expecting) for e, p in zip(examples, passages, strict=True) for _ in p.texts]
    return vectors * np.array(told, np.float32)[:, None]


def _count(rows: Sequence[tuple[str, Language]]) -> tuple[tuple[str, ...], Table]:
    counted = []
    for text, language in rows:
        found = Counter(word_grams(text, language))
        found.update(gram for word in words(text) for gram in letter_grams(word))
        counted.append(found)
    grams = tuple(sorted({gram for found in counted for gram in found}))
    return grams, _table(counted, {gram: column for column, gram in enumerate(grams)})


def _contexts(examples: Sequence[Example]) -> tuple[tuple[str, ...], Table]:
    given = [Counter(set(context(example.text, example.expecting))) for example in examples]
    names = tuple(sorted({name for found in given for name in found}))
    return names, _table(given, {name: column for column, name in enumerate(names)}) * np.float32(CONTEXT_WEIGHT)


def _table(counted: Sequence[Counter[str]], columns: dict[str, int]) -> Table:
    starts = np.cumsum([0, *map(len, counted)])
    where = np.fromiter((columns[gram] for found in counted for gram in found), np.intp, starts[-1])
    counts = np.fromiter((count for found in counted for count in found.values()), np.float32, starts[-1])
    table = sparse.csr_matrix((counts, where, starts), shape=(len(counted), len(columns)))
    table.sort_indices()
    return table


def _kept(sheet: Sheet, rows: NDArray[np.intp]) -> tuple[NDArray[np.intp], Array]:
    """The grams that stay, words first, and how telling each is: the fewer texts have it the more."""
    texts = np.bincount(sheet.counts[rows].indices, minlength=len(sheet.grams))
    letters = np.array([gram.startswith("_") for gram in sheet.grams])
    kept = np.concatenate([np.flatnonzero(~letters & (texts > 0)), np.flatnonzero(letters & (texts >= LEAST_TEXTS))])
    return kept, (np.log((1 + len(rows)) / (1 + texts[kept])) + 1).astype(np.float32)


def _matrix(
    sheet: Sheet, kept: NDArray[np.intp], idf: Array, rows: NDArray[np.intp], given: Table | None = None
) -> Table:
    """What `features.Vocabulary` makes of each text; for acts what was given; and the sentence vector."""
    counts = sheet.counts[rows][:, kept].tocsr()
    counts.data = (1 + np.log(counts.data)) * idf[counts.indices]
    border = sum(not sheet.grams[at].startswith("_") for at in kept)
    blocks = [_unit(counts[:, :border]), _unit(counts[:, border:])]
    if given is not None:
        blocks.append(given)
    if sheet.vectors is not None:
        weight = PROBLEM_ENCODER if given is None else ACT_ENCODER
        blocks.append(sparse.csr_matrix(sheet.vectors[rows] * np.float32(weight)))
    return sparse.hstack(blocks).tocsr()


def _unit(block: Table) -> Table:
    lengths = np.sqrt(np.asarray(block.multiply(block).sum(axis=1))).ravel()
    return sparse.diags(1 / np.where(lengths > 0, lengths, 1)).dot(block).tocsr().astype(np.float32)


def _folds(sheet: Sheet, folds: int) -> NDArray[np.intp]:
    """The fold of each example: whole groups of near-duplicates, each label spread evenly."""
    letters = np.flatnonzero([gram.startswith("_") for gram in sheet.grams])
    letters_of = _unit(sheet.counts[sheet.first][:, letters])
    alike = letters_of @ letters_of.T
    alike.data = alike.data * (alike.data >= ALIKE)
    alike.eliminate_zeros()
    _, group = connected_components(alike, directed=False)
    drawn = np.random.default_rng(SEED).permutation(group.max() + 1)
    label_of = {g: (e.task, e.language, e.labels[0]) for g, e in zip(group, sheet.examples, strict=True)}
    order = sorted(range(len(drawn)), key=lambda g: (label_of[g], drawn[g]))
    of_group = {g: at % folds for at, g in enumerate(order)}
    return np.array([of_group[g] for g in group], np.intp)
