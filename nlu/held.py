"""What the cross-validation of a model told of each example it learnt from: `held.json` in the model's folder.

It holds the names of examples, labels and numbers, and no words of anybody.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from nlu.backend import NLUError
from nlu.examples import Example, Task
from stories.types import Language

FILE = "held.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """What a model that had not seen the example, nor what is nearly the same, told of it."""

    language: Language
    labels: tuple[str, ...]
    """As given, the main one first."""
    told: str
    """The likeliest label; of problems never `nothing`."""
    odds: float
    """Its probability."""
    given: float
    """The probability of the main label as given."""
    found: tuple[str, ...]
    """All labels that are at least as likely as not."""


Holdings = dict[Task, dict[str, Held]]
"""By the task and the name of the example; a text that stands twice has no name of its own, and is left out."""
_HOLDINGS = TypeAdapter(Holdings)


def hold(examples: Sequence[Example], told: Mapping[int, Held]) -> Holdings:
    """By name, of what was told of the examples in these rows."""
    often = Counter((example.task, example.name) for example in examples)
    held: Holdings = {"problems": {}, "acts": {}}
    for row, one in told.items():
        example = examples[row]
        if often[example.task, example.name] == 1:
            held[example.task][example.name] = one
    return held


def write_held(folder: Path, held: Holdings) -> None:
    (folder / FILE).write_bytes(_HOLDINGS.dump_json(held))


def read_held(folder: Path) -> Holdings:
    """Raises NLUError where the model has none."""
    try:
        return _HOLDINGS.validate_json((folder / FILE).read_bytes())
    except (OSError, ValidationError) as error:
        raise NLUError(f"{folder} does not tell what its cross-validation found: train it again") from error
