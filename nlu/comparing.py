"""Compares a candidate with the model in use: what each understands, how sure of it one can be, and what it costs."""

from __future__ import annotations

import statistics
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from nlu import load
from nlu.backend import Ask
from nlu.certainty import Numbers, Truth, f1, f1_change, mcnemar, share
from nlu.comparison import Advice, Bin, Cell, Comparison, Flip, Item, LabelFigures, LanguageFigures, Period, Point
from nlu.embedded import EmbeddedNLU
from nlu.examples import LANGUAGES, NOTHING, Example
from nlu.held import Holdings, read_held
from nlu.quality import leaks
from stories.script import Assistant, Platforms
from stories.types import Language, Understanding

NEEDED = 40
"""Messages labelled by officials from which on a comparison concludes."""
LIKELY: float = Assistant.model_fields["likely"].default
"""A problem less likely than this is not taken for one."""
CONVINCING = 0.05
"""What comes by chance less often is taken for no chance."""
LATELY = timedelta(days=28)
"""How far back from the newest item a message tells what firms write now."""
BINS = 10
POINTS = (0.0, 0.2, 0.35, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95)
"""Probabilities from which on a model would be followed."""
TIMED = 40
"""Messages that are timed."""
NO_ACT = "none"
"""Told of a message without a word."""

Answer = tuple[str, float]
"""What a model tells of an item, and how likely it is."""


def compare(
    live: Path, candidate: Path, items: Sequence[Item], *, platforms: Platforms, learnt: Sequence[Example] = ()
) -> Comparison:
    """The figures of both models on the items that both can be asked about.

    A model that learnt an item answers as its cross-validation did, any other is asked; an example that came with
    Portevoix is left out where one of them does not know it. What of the test says nearly the same as what was
    `learnt`, by any of them, is set aside. Raises NLUError.
    """
    models = load(live, platforms), load(candidate, platforms)
    mine, theirs = (_answers(model, read_held(of), items) for model, of in zip(models, (live, candidate), strict=True))
    names = models[0].version, models[1].version
    return replace(
        _compared(items, mine, theirs, names, learnt),
        milliseconds=_milliseconds(models, items),
        megabytes=(_megabytes(live), _megabytes(candidate)),
    )


def compare_read(
    live: Path, name: str, items: Sequence[Item], read: Sequence[Understanding], *, platforms: Platforms,
    learnt: Sequence[Example] = (),
) -> Comparison:  # fmt: skip
    """The same beside a reader elsewhere, which has read these items and learnt none; time and size are not told.

    Raises NLUError.
    """
    model = load(live, platforms)
    theirs = {at: understood(item, one) for at, (item, one) in enumerate(zip(items, read, strict=True))}
    return _compared(items, _answers(model, read_held(live), items), theirs, (model.version, name), learnt)


def _compared(
    items: Sequence[Item], mine: Mapping[int, Answer], theirs: Mapping[int, Answer], names: tuple[str, str],
    learnt: Sequence[Example],
) -> Comparison:  # fmt: skip
    test = [item for item in items if item.pool == "test"]
    aside = {pair.one for pair in leaks(test, learnt)}
    both = [at for at in range(len(items)) if at in mine and at in theirs]
    known = [at for at in both if items[at].name not in aside]
    x = _Read(
        items=[items[at] for at in known],
        live=_Answers.of([items[at] for at in known], [mine[at] for at in known]),
        candidate=_Answers.of([items[at] for at in known], [theirs[at] for at in known]),
    )
    fixed, broken = ~x.live.right & x.candidate.right, x.live.right & ~x.candidate.right
    officials = np.array([item.pool != "shipped" for item in x.items], np.bool_)
    labelled = int(officials.sum())
    better, worse = int(fixed.sum()), int(broken.sum())
    odds = mcnemar(better, worse)
    return Comparison(
        live=names[0],
        candidate=names[1],
        better=better,
        worse=worse,
        labelled=labelled,
        needed=NEEDED,
        odds=odds,
        advice=_advice((better, worse), (int((fixed & officials).sum()), int((broken & officials).sum())), labelled),
        languages=tuple(_languages(x, officials)),
        labels=tuple(_labels(x)),
        confusion=tuple(_confusion(x)),
        fixed=tuple(_flips(x, fixed)),
        broken=tuple(_flips(x, broken)),
        both_wrong=tuple(_flips(x, officials & ~x.live.right & ~x.candidate.right)),
        milliseconds=(0.0, 0.0),
        megabytes=(0.0, 0.0),
        tested=len(test),
        aside=tuple(
            Flip(item=items[at].name, expected=items[at].labels[0], live=mine[at][0], candidate=theirs[at][0])
            for at in both
            if items[at].name in aside
        ),
        periods=tuple(_periods(x)),
    )


def shipped(example: Example, at: datetime) -> Item:
    """An example that came with Portevoix, to measure models on."""
    return Item(
        name=example.name,
        pool="shipped",
        text=example.text,
        language=example.language,
        task=example.task,
        labels=example.labels,
        expecting=example.expecting,
        at=at,
    )


def ask(item: Item) -> Ask:
    return Ask(text=item.text, at=item.at, expecting=item.expecting, language=item.language)


def understood(item: Item, understanding: Understanding) -> Answer:
    """The likeliest act; or the likeliest problem, where it is likely enough to be taken for one."""
    if item.task == "acts":
        return (understanding.acts[0].id, understanding.acts[0].probability) if understanding.acts else (NO_ACT, 1.0)
    if not understanding.problems:
        return NOTHING, 1.0
    return _problem(understanding.problems[0].id, understanding.problems[0].probability)


def _problem(label: str, odds: float) -> Answer:
    return (label, odds) if odds >= LIKELY else (NOTHING, 1 - odds)


def _answers(model: EmbeddedNLU, held: Holdings, items: Sequence[Item]) -> dict[int, Answer]:
    """By the place of the item."""
    answers, unknown = dict[int, Answer](), list[int]()
    for at, item in enumerate(items):
        if told := held[item.task].get(item.name):
            answers[at] = _problem(told.told, told.odds) if item.task == "problems" else (told.told, told.odds)
        elif item.pool != "shipped":
            unknown.append(at)
    read = model.understand_many([ask(items[at]) for at in unknown])
    return answers | {at: understood(items[at], one) for at, one in zip(unknown, read, strict=True)}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Answers:
    """What a model told, an entry an item."""

    told: NDArray[np.object_]
    odds: Numbers
    right: Truth

    @classmethod
    def of(cls, items: Sequence[Item], answers: Sequence[Answer]) -> _Answers:
        told = np.array([label for label, _ in answers], np.object_)
        expected = np.array([item.labels[0] for item in items], np.object_)
        odds = np.array([odds for _, odds in answers], np.float64)
        return cls(told=told, odds=odds, right=np.asarray(told == expected, np.bool_))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Read:
    """The items, as both models read them."""

    items: Sequence[Item]
    live: _Answers
    candidate: _Answers


def _advice(every: tuple[int, int], real: tuple[int, int], labelled: int) -> Advice:
    """From how many messages are better and worse understood, of all and of those that officials labelled.

    What firms really wrote is enough to speak for the candidate, where all together does not clearly speak against it.
    """
    if labelled < NEEDED:
        return "too_few"
    is_gain = _is_gain(*every) or _is_gain(*real)
    return "promote" if is_gain and not _is_gain(*reversed(every)) else "keep"


def _is_gain(better: int, worse: int) -> bool:
    return better > worse and (mcnemar(better, worse) < CONVINCING or not worse)


def _labels(x: _Read) -> Iterator[LabelFigures]:
    """Each label that is expected or told, of all languages and then of each one where there are several."""
    expected = np.array([item.labels[0] for item in x.items], np.object_)
    speaks = np.array([item.language for item in x.items], np.object_)
    for label in sorted({*expected, *x.live.told, *x.candidate.told} - {NO_ACT}):
        real, live, candidate = (np.asarray(of == label, np.bool_) for of in (expected, x.live.told, x.candidate.told))
        yield _figures(label, None, real, live, candidate)
        for language in LANGUAGES:
            among = np.asarray(speaks == language, np.bool_)
            if (among & (real | live | candidate)).any():
                yield _figures(label, language, real[among], live[among], candidate[among])


def _figures(label: str, language: Language | None, real: Truth, live: Truth, candidate: Truth) -> LabelFigures:
    (p, r, f), (p2, r2, f2) = f1(live, real), f1(candidate, real)
    better, worse = (candidate == real) & (live != real), (candidate != real) & (live == real)
    return LabelFigures(
        label=label,
        language=language,
        texts=int(real.sum()),
        precision=(p, p2),
        recall=(r, r2),
        f1=(f, f2),
        change=f1_change(real, live, candidate),
        odds=mcnemar(int(better.sum()), int(worse.sum())),
    )


def _languages(x: _Read, officials: Truth) -> Iterator[LanguageFigures]:
    """Of what firms really wrote, where enough of it is labelled in the language; else of the examples too.

    Shares weigh each message by the inverse of its chance, so that they hold for all messages and not for those drawn.
    """
    for language in LANGUAGES:
        speaks = np.array([item.language == language for item in x.items], np.bool_)
        real = int((speaks & officials).sum()) >= NEEDED
        among = speaks & officials if real else speaks
        if not among.any():
            continue
        weights = np.array([1 / item.chance for item in x.items], np.float64)[among]
        models = [(one.odds[among], one.right[among]) for one in (x.live, x.candidate)]
        bins = [tuple(_bins(odds, right, weights)) for odds, right in models]
        live, candidate = (tuple(_curve(odds, right, weights)) for odds, right in models)
        yield LanguageFigures(
            language=language,
            texts=int(among.sum()),
            real=real,
            accuracy=(share(models[0][1], weights), share(models[1][1], weights)),
            calibration_error=(_error(bins[0]), _error(bins[1])),
            bins=bins[1],
            curve=(live, candidate),
        )


def _periods(x: _Read) -> Iterator[Period]:
    """Of the test alone: what is learnt and what came with Portevoix does not tell how the gain holds."""
    test = np.array([item.pool == "test" for item in x.items], np.bool_)
    if not test.any():
        return
    since = max(item.at for item in x.items) - LATELY
    lately = np.array([item.at >= since for item in x.items], np.bool_)
    for begins, among in ((since, test & lately), (None, test & ~lately)):
        right = int(x.live.right[among].sum()), int(x.candidate.right[among].sum())
        yield Period(since=begins, texts=int(among.sum()), right=right)


def _bins(odds: Numbers, right: Truth, weights: Numbers) -> Iterator[Bin]:
    where = np.minimum((odds * BINS).astype(np.intp), BINS - 1)
    for at in np.unique(where):
        here = where == at
        told, were = (float(np.average(of[here], weights=weights[here])) for of in (odds, right))
        yield Bin(told=told, right=were, of=int(here.sum()))


def _error(bins: Sequence[Bin]) -> float:
    return sum(abs(one.told - one.right) * one.of for one in bins) / sum(one.of for one in bins)


def _curve(odds: Numbers, right: Truth, weights: Numbers) -> Iterator[Point]:
    for point in POINTS:
        sure = odds >= point
        coverage = float(weights[sure].sum() / weights.sum())
        accuracy = float(np.average(right[sure], weights=weights[sure])) if sure.any() else 0.0
        yield Point(odds=point, coverage=coverage, accuracy=accuracy)


def _confusion(x: _Read) -> list[Cell]:
    """The largest cells first."""
    cells = defaultdict[tuple[str, str], list[str]](list)
    for at in np.flatnonzero(~x.candidate.right).tolist():
        cells[x.items[at].labels[0], x.candidate.told[at]].append(x.items[at].name)
    ordered = sorted(cells.items(), key=lambda cell: (-len(cell[1]), cell[0]))
    return [Cell(expected=expected, told=told, items=tuple(names)) for (expected, told), names in ordered]


def _flips(x: _Read, among: Truth) -> Iterator[Flip]:
    for at in np.flatnonzero(among).tolist():
        item = x.items[at]
        yield Flip(item=item.name, expected=item.labels[0], live=x.live.told[at], candidate=x.candidate.told[at])


def _milliseconds(models: tuple[EmbeddedNLU, EmbeddedNLU], items: Sequence[Item]) -> tuple[float, float]:
    """The median of a message alone, of each model in turn."""
    taken: tuple[list[float], list[float]] = [], []
    for item in items[:: max(len(items) // TIMED, 1)][:TIMED]:
        for model, times in zip(models, taken, strict=True):
            began = time.perf_counter()
            model.understand_many([ask(item)])
            times.append(1000 * (time.perf_counter() - began))
    live, candidate = (statistics.median(times) if times else 0.0 for times in taken)
    return live, candidate


def _megabytes(folder: Path) -> float:
    return sum(path.stat().st_size for path in folder.iterdir()) / 1e6
