"""Examples whose label may be wrong: a model that did not learn from them would clearly give another."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from nlu import encoder, fitting
from nlu.examples import NOTHING, Example
from nlu.fitting import HeldOut, Progress
from nlu.sheet import Sheet, lay_out
from nlu.validation import Finding

CLEAR = 0.6
"""Score from which on a label is clearly given; 1 is what its own examples aim at, 0 what the others do."""
APART = 0.5
"""By how much the score of the label in the data must stay behind it."""


def doubts(examples: Sequence[Example], progress: Progress) -> list[Finding]:
    """Examples to look at again, the most doubtful first. A cross-validation: takes a minute or two."""
    sheet = lay_out(examples, encoder.shipped())
    held = fitting.fit(sheet, progress).held
    return [finding for _, finding in sorted((*_problems(sheet, held), *_acts(sheet, held)), reverse=True)]


def _problems(sheet: Sheet, held: HeldOut) -> Iterator[tuple[float, Finding]]:
    for at, example in enumerate(sheet.examples):
        if example.task != "problems":
            continue
        scores = dict(zip(sheet.problems, held.also[at].tolist(), strict=True))
        top = max(scores, key=lambda label: scores[label])
        given = 1 - CLEAR if example.labels[0] == NOTHING else max(scores[label] for label in example.labels)
        if top not in example.labels and scores[top] >= CLEAR and scores[top] - given >= APART:
            yield _doubt(example, top, scores[top] - given)


def _acts(sheet: Sheet, held: HeldOut) -> Iterator[tuple[float, Finding]]:
    for at in sheet.turns.tolist():
        example = sheet.examples[at]
        if example.task != "acts":
            continue
        scores = dict(zip(sheet.acts, held.acts[at].tolist(), strict=True))
        top = max(scores, key=lambda label: scores[label])
        gap = scores[top] - scores[example.labels[0]]
        if top != example.labels[0] and scores[top] >= CLEAR and gap >= APART:
            yield _doubt(example, top, gap)


def _doubt(example: Example, top: str, gap: float) -> tuple[float, Finding]:
    problem = (
        f"labelled {' + '.join(example.labels)}, and the other examples make it {top} (by {gap:.1f}): "
        "correct the label, or add examples like it"
    )
    return gap, Finding(file=example.file, line=example.line, problem=problem, error=False)
