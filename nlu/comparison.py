"""What a candidate is worth beside the model in use, and whether it may take its place: values, kept as JSON.

They hold labels, numbers and the names of items (`shipped:<digest>`, `sample:<id>`), and no words of anybody.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from pydantic import TypeAdapter

from nlu.backend import Expecting
from nlu.examples import Task
from stories.types import Language

Pool = Literal["test", "learning", "shipped"]
"""`test`: sealed, neither model learnt from it. `learning`: labelled by officials, the candidate is asked as if it had
not learnt it. `shipped`: examples that come with Portevoix, both are asked so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """A message whose meaning is known, to measure models on."""

    name: str
    pool: Pool
    text: str
    language: Language
    task: Task
    labels: tuple[str, ...]
    """The main one first; `nothing` alone: no problem."""
    expecting: Expecting | None = None
    chance: float = 1.0
    """Its probability of having been drawn: it weighs the inverse."""
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """A share between 0 and 1 with its 95 % confidence interval."""

    value: float
    low: float
    high: float
    of: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelFigures:
    """One label (a problem, or an act), in one language or in all."""

    label: str
    language: Language | None
    texts: int
    precision: tuple[float, float]
    """Of the model in use, and of the candidate."""
    recall: tuple[float, float]
    f1: tuple[float, float]
    change: tuple[float, float]
    """95 % interval of the candidate's F1 minus that of the model in use."""
    odds: float
    """That so much a difference comes by chance: exact McNemar test of right and wrong."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Flip:
    """An item that the two models read differently, or both wrongly."""

    item: str
    expected: str
    live: str
    candidate: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """Messages of one label that the candidate took for another."""

    expected: str
    told: str
    items: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """From which probability on the model is followed, for what share of messages, and how often it is right then."""

    odds: float
    coverage: float
    accuracy: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Bin:
    """Messages of about the same probability: what it says, and how often it was right."""

    told: float
    right: float
    of: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LanguageFigures:
    """One language; pairs are of the model in use, and of the candidate."""

    language: Language
    texts: int
    real: bool | None = None
    """Only messages that firms wrote; else the examples are among them. None: an older comparison does not tell."""
    accuracy: tuple[Share, Share]
    calibration_error: tuple[float, float]
    bins: tuple[Bin, ...]
    """Of the candidate."""
    curve: tuple[tuple[Point, ...], tuple[Point, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Replay:
    """What the last real conversations would have become with the candidate."""

    conversations: int
    changed: tuple[int, ...]
    """Ids of cases that would be filed otherwise."""
    routed: tuple[int, ...]
    """Ids of cases that another team would get."""
    questions: int
    """Questions asked more; below 0: fewer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stories:
    """The conversations of the script, played with the candidate."""

    played: int
    failed: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """Messages of the sealed test that were said lately, or before that."""

    since: datetime | None
    """None: those before."""
    texts: int
    right: tuple[int, int]
    """Of them, those that the model in use understood, and the candidate."""


Advice = Literal["promote", "keep", "too_few"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """A candidate beside the model in use."""

    live: str
    candidate: str
    better: int
    """Messages that only the candidate understood."""
    worse: int
    """Messages that only the model in use understood."""
    labelled: int
    """Messages labelled by officials among the items."""
    needed: int
    """How many of them it takes to conclude."""
    odds: float
    """That so much a difference comes by chance: exact McNemar test over all items."""
    advice: Advice
    languages: tuple[LanguageFigures, ...]
    labels: tuple[LabelFigures, ...]
    confusion: tuple[Cell, ...]
    fixed: tuple[Flip, ...]
    broken: tuple[Flip, ...]
    both_wrong: tuple[Flip, ...]
    milliseconds: tuple[float, float]
    """A message, of each model."""
    megabytes: tuple[float, float]
    """Of each model on disk."""
    tested: int = 0
    """Messages of the sealed test among the items."""
    aside: tuple[Flip, ...] = ()
    """Those of them that are in no figure: they are learnt from too, or nearly."""
    periods: tuple[Period, ...] = ()
    """Of those that were compared: the last weeks, and the time before."""
    replay: Replay | None = None
    stories: Stories | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One thing that the gate asks for; `name` and `values` make a sentence of the console."""

    name: str
    passed: bool
    values: Mapping[str, str | int | float] = field(default_factory=dict)
    items: tuple[str, ...] = ()
    """The items that speak against it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """Whether a candidate may be put into service, and why not."""

    checks: tuple[Check, ...]

    @property
    def passed(self) -> bool:
        return all(check.passed for check in self.checks)


COMPARISON = TypeAdapter(Comparison)
VERDICT = TypeAdapter(Verdict)
