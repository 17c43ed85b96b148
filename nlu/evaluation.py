"""How well the classifier understands texts that it has not learnt from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from nlu import encoder, fitting
from nlu.calibrating import calibrate
from nlu.calibration import Calibration
from nlu.certainty import f1
from nlu.embedded import Passages
from nlu.examples import NOTHING, Task, read
from nlu.fitting import Fitted, HeldOut, Progress
from nlu.held import Held
from nlu.noise import noised
from nlu.sheet import Sheet, lay_out, truth
from stories.types import Language

Rows = NDArray[np.intp]

HELD = 0.5
"""A problem counts as found from this probability on."""
BINS = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelFigures:
    """One problem: how many texts have it first, and how well it is found among all its texts."""

    label: str
    texts: int
    precision: float
    recall: float
    f1: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """One language's figures, shares between 0 and 1."""

    language: Language
    texts: int
    primary_accuracy: float
    """The likeliest problem is the main one."""
    noised_accuracy: float | None
    """The same of the texts with typos, without accents and abbreviated; None where it was not measured."""
    macro_f1: float
    """Of the main problem, every label weighing the same."""
    micro_f1: float
    """Of all problems held together."""
    acts: int
    act_accuracy: float
    calibration_error: float
    """Expected distance between the probability of the likeliest problem and its accuracy (ECE)."""
    act_calibration_error: float
    labels: tuple[LabelFigures, ...]

    def text(self) -> str:
        lines = [
            f"{self.language}: {self.texts} stories, {self.acts} acts",
            f"  main problem: accuracy {self.primary_accuracy:.3f}, macro F1 {self.macro_f1:.3f}",
            *(
                [f"    with typos and abbreviations: accuracy {self.noised_accuracy:.3f}"]
                if self.noised_accuracy
                else []
            ),
            f"  its probability is wrong by {self.calibration_error:.3f}",
            f"  all problems: micro F1 {self.micro_f1:.3f}",
            f"  acts: accuracy {self.act_accuracy:.3f}, its probability is wrong by {self.act_calibration_error:.3f}",
            f"  {'':32} texts precision recall    F1",
        ]
        lines += [f"  {x.label:32} {x.texts:5} {x.precision:9.2f} {x.recall:6.2f} {x.f1:5.2f}" for x in self.labels]
        return "\n".join(lines)


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """The figures of a cross-validation."""

    figures: tuple[Figures, ...]

    def text(self) -> str:
        return "\n\n".join(figures.text() for figures in self.figures)

    def mean(self) -> float:
        """What encoders are compared by: the mean of three figures of each language, with three decimals.

        They are the main problem's accuracy and its macro F1, and the accuracy of the acts.
        """
        figures = [(f.primary_accuracy, f.macro_f1, f.act_accuracy) for f in self.figures]
        return round(float(np.mean(figures)), 3)

    def metrics(self) -> dict[str, dict[str, float]]:
        """What the manifest of a model keeps."""
        names = ("primary_accuracy", "macro_f1", "micro_f1", "act_accuracy", "calibration_error")
        return {f.language: {name: round(float(getattr(f, name)), 4) for name in names} for f in self.figures}


def cross_validate(data: Path, progress: Progress, folds: int = fitting.FOLDS) -> Report:
    """Learn from all folds but one, read that one, in turn; near-duplicates stay together. Raises ExampleError."""
    sheet = lay_out(read(data), encoder.shipped())
    fitted = fitting.fit(sheet, progress, folds)
    held = fitted.held
    return report(sheet, held, [calibrate(sheet, held, held.fold != at) for at in range(folds)], _noised(sheet, fitted))


def _noised(sheet: Sheet, fitted: Fitted) -> Rows:
    """The likeliest problem of each example, spoilt as phones do and read by a model that had not seen it."""
    found = np.zeros(len(sheet.examples), np.intp)
    for at, duals in enumerate(fitted.without):
        rows = sheet.stories[fitted.held.fold[sheet.stories] == at]
        spoilt = [(noised(e.text, e.language, row), e.language) for row in rows for e in [sheet.examples[row]]]
        texts = [(Passages.of(text).texts[0], language) for text, language in spoilt]
        scores, _ = fitting.score(sheet, texts, sheet.given[rows], [True] * len(rows), duals)
        found[rows] = scores[:, : len(sheet.problems)].argmax(axis=1)
    return found


def report(sheet: Sheet, held: HeldOut, calibrations: Sequence[Calibration], spoilt: Rows | None = None) -> Report:
    """Figures from held-out scores, each fold calibrated by its own, or all by the only one.

    `spoilt` has the likeliest problem of each example with noise.
    """
    _, has, acts = truth(sheet)
    problem_odds, act_odds = np.zeros_like(held.also), np.zeros_like(held.acts)
    for at, calibration in enumerate(calibrations):
        here = held.fold == at if len(calibrations) > 1 else np.ones(len(held.fold), np.bool_)
        languages = [example.language for example, ours in zip(sheet.examples, here, strict=True) if ours]
        problem_odds[here] = calibration.problems(held.main[here], held.also[here], languages)
        act_odds[here] = calibration.turns(held.acts[here])
    return Report(
        figures=tuple(
            _figures(sheet, language, (has, problem_odds), (acts, act_odds), spoilt)
            for language in sorted({example.language for example in sheet.examples})
        )
    )


def tell(sheet: Sheet, held: HeldOut, calibration: Calibration) -> dict[int, Held]:
    """What was told of each example that was held out, by its row."""
    languages = [example.language for example in sheet.examples]
    of: dict[Task, tuple[tuple[str, ...], NDArray[np.float32]]] = {
        "problems": (sheet.problems, calibration.problems(held.main, held.also, languages)),
        "acts": (sheet.acts, calibration.turns(held.acts)),
    }
    told = {}
    for row, example in enumerate(sheet.examples):
        labels, table = of[example.task]
        if not labels:
            continue
        odds = table[row]
        top = int(odds.argmax())
        main = example.labels[0]
        told[row] = Held(
            language=example.language,
            labels=example.labels,
            told=labels[top],
            odds=round(float(odds[top]), 4),
            given=round(float(1 - odds[top] if main == NOTHING else odds[labels.index(main)]), 4),
            found=tuple(labels[at] for at in np.flatnonzero(odds >= HELD)),
        )
    return told


def _figures(
    sheet: Sheet,
    language: Language,
    problems: tuple[NDArray[np.bool_], NDArray[np.float32]],
    dialogue: tuple[NDArray[np.intp], NDArray[np.float32]],
    spoilt: Rows | None,
) -> Figures:
    """From the truth and the probabilities, a row an example."""
    (has, problem_odds), (acts, act_odds) = problems, dialogue

    def ours(task: str) -> NDArray[np.intp]:
        told = [at for at, e in enumerate(sheet.examples) if e.labels[0] != NOTHING]
        return np.array(
            [at for at in told if (sheet.examples[at].language, sheet.examples[at].task) == (language, task)], np.intp
        )

    stories, turns = ours("problems"), ours("acts")
    main = np.array([sheet.problems.index(sheet.examples[at].labels[0]) for at in stories], np.intp)
    odds = problem_odds[stories]
    first = odds.argmax(axis=1) if odds.size else stories
    right = act_odds[turns].argmax(axis=1) == acts[turns]
    found = odds >= HELD
    return Figures(
        language=language,
        texts=len(stories),
        primary_accuracy=_mean(first == main),
        noised_accuracy=None if spoilt is None else _mean(spoilt[stories] == main),
        macro_f1=_mean([f1(first == at, main == at)[2] for at in range(len(sheet.problems))]),
        micro_f1=f1(found, has[stories])[2],
        acts=len(turns),
        act_accuracy=_mean(right),
        calibration_error=_calibration_error(odds.max(axis=1, initial=0), has[stories, first]),
        act_calibration_error=_calibration_error(act_odds[turns].max(axis=1, initial=0), right),
        labels=tuple(
            _label(label, int((main == at).sum()), found[:, at], has[stories, at])
            for at, label in enumerate(sheet.problems)
        ),
    )


def _label(label: str, texts: int, found: NDArray[np.bool_], true: NDArray[np.bool_]) -> LabelFigures:
    precision, recall, both = f1(found, true)
    return LabelFigures(label=label, texts=texts, precision=precision, recall=recall, f1=both)


def _calibration_error(odds: NDArray[np.float32], right: NDArray[np.bool_]) -> float:
    bins = np.minimum((odds * BINS).astype(np.intp), BINS - 1)
    gaps = [abs(float((right[bins == at] - odds[bins == at]).sum())) for at in range(BINS)]
    return sum(gaps) / max(len(odds), 1)


def _mean(values: Sequence[float] | NDArray[np.bool_]) -> float:
    return float(np.mean(values)) if len(values) else 0.0
