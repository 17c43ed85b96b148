"""Reads samples: real messages, masked, with what officials said that they mean, as lines of JSON."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, StringConstraints, ValidationError

from nlu.backend import Expecting
from nlu.examples import NOTHING, Example, ExampleError, Task
from stories.types import Language

Filled = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]


class _Line(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    id: int
    text: Filled
    language: Language
    task: Task
    labels: tuple[Filled, ...]
    asked: Expecting | None = None
    person: str = ""


def read_samples(path: Path, examples: Sequence[Example]) -> list[Example]:
    """The samples of the file, to be learnt beside these examples; a label may be new.

    A message that tells a problem and is an act has two lines with one id. Raises ExampleError at the first bad line,
    without any of its words.
    """
    try:
        lines = path.read_text(encoding="utf-8").split("\n")
    except UnicodeDecodeError as error:
        raise ExampleError(path.name, 1, "not UTF-8 text") from error
    except OSError as error:
        raise ExampleError(path.name, 1, f"cannot be read: {error.strerror}") from error
    samples = list(_read(lines, path.name))
    _check(samples, examples)
    return samples


def digest_samples(path: Path) -> str:
    """SHA-256, hex, of the file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _read(lines: Iterable[str], file: str) -> Iterator[Example]:
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            said = _Line.model_validate_json(line)
        except ValidationError as error:
            raise ExampleError(file, number, _reason(error)) from None
        yield Example(
            text=said.text,
            labels=said.labels,
            language=said.language,
            task=said.task,
            expecting=said.asked,
            file=file,
            line=number,
            sample=said.id,
            person=said.person,
        )


def _reason(error: ValidationError) -> str:
    """The first thing that is wrong, and where in the line."""
    first = error.errors(include_input=False, include_url=False, include_context=False)[0]
    where = ".".join(map(str, first["loc"]))
    if first["type"] == "json_invalid":
        return "not JSON"
    return f"{where}: {first['msg']}" if where else first["msg"]


def _check(samples: Sequence[Example], examples: Sequence[Example]) -> None:
    known = {(e.task, e.labels[0]) for e in (*examples, *samples) if e.labels}
    seen = set[tuple[Task, int | None]]()
    for sample in samples:
        if problem := _problem(sample, known):
            raise ExampleError(sample.file, sample.line, problem)
        if (sample.task, sample.sample) in seen:
            raise ExampleError(sample.file, sample.line, f"id: {sample.sample} stands twice among the {sample.task}")
        seen.add((sample.task, sample.sample))


def _problem(sample: Example, known: set[tuple[Task, str]]) -> str | None:
    labels = sample.labels
    if not labels or len(set(labels)) < len(labels):
        return "labels: name the main one first, and each once"
    if NOTHING in labels and (len(labels) > 1 or sample.task == "acts"):
        return f"labels: {NOTHING} stands alone, among the problems"
    if sample.task == "acts" and len(labels) > 1:
        return "labels: a message is one act"
    unknown = next((label for label in labels if (sample.task, label) not in known), None)
    return f"labels: nothing has {unknown} as its main label" if unknown else None
