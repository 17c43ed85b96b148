"""Training examples: Rasa NLU YAML in a folder per language, each example with its labels and its place."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal, get_args

import yaml

from nlu.annotations import annotation_problem, plain
from nlu.backend import Expecting
from stories.types import Language

Task = Literal["problems", "acts"]
TASKS: tuple[Task, ...] = get_args(Task)
LANGUAGES: tuple[Language, ...] = get_args(Language)

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_DEEPEST = 20
_LONG = frozenset({"text", "metadata"})
_METADATA = frozenset({"labels", "asking", "kind", "options"})
_OTHER_ITEMS = frozenset({"synonym", "regex", "lookup"})
NOTHING = "nothing"
"""The intent of what tells no problem: who the firm is, how to reply, thanks."""


class ExampleError(Exception):
    """A line of the training data cannot be used: where it is and why."""

    def __init__(self, file: str, line: int, problem: str) -> None:
        super().__init__(f"{file}:{line}: {problem}")
        self.file, self.line, self.problem = file, line, problem


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """A text with what it means; for an act, also what had been asked, as far as the data say."""

    text: str
    labels: tuple[str, ...]
    """The main one first."""
    language: Language
    task: Task
    expecting: Expecting | None = None
    file: str
    """Path within the data folder, or the file of samples."""
    line: int
    sample: int | None = None
    """The sample of a real message that it is; None: it came with the data."""
    person: str = ""
    """Whose sample it is, blind."""

    @property
    def name(self) -> str:
        """What it is called where its words must not stand."""
        if self.sample is not None:
            return f"sample:{self.sample}"
        return f"shipped:{hashlib.sha256(f'{self.task}{self.text}'.encode()).hexdigest()[:16]}"


def digest(folder: Path) -> str:
    """SHA-256, hex, of every example file: names this state of the data."""
    total = hashlib.sha256()
    for path in paths(folder):
        total.update(f"{path.relative_to(folder).as_posix()}\0".encode())
        total.update(hashlib.sha256(path.read_bytes()).digest())
    return total.hexdigest()


def paths(folder: Path) -> list[Path]:
    """Every example file, in order."""
    folders = [folder / language / task for language in LANGUAGES for task in TASKS]
    return sorted(path for one in folders for path in one.glob("*.yml") if path.is_file())


def read(folder: Path) -> list[Example]:
    """All examples of `<language>/<task>/*.yml`, in order of path. Raises ExampleError at the first bad line."""
    examples = [example for path in paths(folder) for example in read_file(path, folder)]
    if not examples:
        raise ExampleError(str(folder), 1, "no examples: files are expected as fr/problems/*.yml, fr/acts/*.yml")
    known = {task: {e.labels[0] for e in examples if e.task == task} for task in TASKS}
    for example in examples:
        for label in example.labels:
            if label not in known[example.task]:
                raise ExampleError(example.file, example.line, f"unknown label {label!r}: no intent has this name")
    return examples


def read_file(path: Path, folder: Path) -> list[Example]:
    """The examples of one file. Raises ExampleError at the first bad line."""
    examples: list[Example] = []
    for one in scan_file(path, folder):
        if isinstance(one, ExampleError):
            raise one
        examples.append(one)
    return examples


def scan_file(path: Path, folder: Path) -> Iterator[Example | ExampleError]:
    """The examples of one file, and every bad line where it stands."""
    try:
        yield from _scan(path, path.relative_to(folder).as_posix())
    except ExampleError as error:
        yield error


def _scan(path: Path, name: str) -> Iterator[Example | ExampleError]:
    language, task = name.split("/")[:2]
    try:
        root = _compose(path.read_text(encoding="utf-8"), name)
    except UnicodeDecodeError as error:
        raise ExampleError(name, 1, "not UTF-8 text") from error
    except OSError as error:
        raise ExampleError(name, 1, f"cannot be read: {error.strerror}") from error
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise ExampleError(name, mark.line + 1 if mark else 1, f"not YAML: {error.problem}") from error
    except yaml.YAMLError as error:
        raise ExampleError(name, 1, "not YAML: it holds a character that no text has") from error
    blank = Example(text="", labels=(), language=_language(language, name), task=_task(task, name), file=name, line=1)
    yield from _file(root, blank)


def _compose(text: str, name: str) -> yaml.Node | None:
    """The nodes of a file; the parser does not survive what is nested very deeply."""
    depth, line = 0, 1
    for event in yaml.parse(text, Loader=_LOADER):
        line = event.start_mark.line + 1 if event.start_mark else line
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > _DEEPEST:
            raise ExampleError(name, line, "not examples: nested too deeply")
    return yaml.compose(text, Loader=_LOADER)


def _language(word: str, name: str) -> Language:
    for language in LANGUAGES:
        if word == language:
            return language
    raise ExampleError(name, 1, f"{word!r} is no language of ours: {', '.join(LANGUAGES)}")


def _task(word: str, name: str) -> Task:
    for task in TASKS:
        if word == task:
            return task
    raise ExampleError(name, 1, f"{word!r} is nothing we learn: {', '.join(TASKS)}")


def _file(root: yaml.Node | None, blank: Example) -> Iterator[Example | ExampleError]:
    if root is None:
        raise ExampleError(blank.file, 1, "the file is empty")
    items = _mapping(root, blank, frozenset({"version", "nlu"})).get("nlu")
    if items is None:
        raise ExampleError(blank.file, 1, "the key `nlu` is missing")
    for item in _sequence(items, blank):
        if isinstance(item, yaml.MappingNode) and any(key.value in _OTHER_ITEMS for key, _ in item.value):
            continue
        try:
            yield from _intent(item, blank)
        except ExampleError as error:
            yield error


def _intent(item: yaml.Node, blank: Example) -> Iterator[Example | ExampleError]:
    parts = _mapping(item, blank, frozenset({"intent", "examples", "metadata"}))
    here = replace(blank, line=_line(item))
    if "intent" not in parts or not _scalar(parts["intent"], here).strip():
        raise ExampleError(here.file, here.line, "the entry has no intent")
    here = replace(here, labels=(_scalar(parts["intent"], here).strip(),))
    if "metadata" in parts:
        here = _with_metadata(here, parts["metadata"])
    if "examples" not in parts:
        raise ExampleError(here.file, here.line, f"the intent {here.labels[0]} has no examples")
    examples = parts["examples"]
    found = list(_short(examples, here) if isinstance(examples, yaml.ScalarNode) else _long(examples, here))
    if not found:
        raise ExampleError(here.file, here.line, f"the intent {here.labels[0]} has no examples")
    yield from found


def _short(node: yaml.ScalarNode, here: Example) -> Iterator[Example | ExampleError]:
    first = _line(node) + (1 if node.style in {"|", ">"} else 0)
    for offset, line in enumerate(str(node.value).splitlines()):
        if not line.strip():
            continue
        if not line.startswith("- "):
            yield ExampleError(here.file, first + offset, f"an example begins with a dash and a space: {line[:40]!r}")
            continue
        try:
            yield _said(replace(here, line=first + offset), line[2:])
        except ExampleError as error:
            yield error


def _long(node: yaml.Node, here: Example) -> Iterator[Example | ExampleError]:
    for item in _sequence(node, here):
        try:
            yield _one(item, replace(here, line=_line(item)))
        except ExampleError as error:
            yield error


def _one(item: yaml.Node, here: Example) -> Example:
    parts = _mapping(item, here, _LONG)
    if "text" not in parts:
        raise ExampleError(here.file, here.line, "the example has no text")
    if "metadata" in parts:
        here = _with_metadata(here, parts["metadata"])
    return _said(here, _scalar(parts["text"], here).strip().removeprefix("- "))


def _said(here: Example, text: str) -> Example:
    if problem := annotation_problem(text):
        raise ExampleError(here.file, here.line, problem)
    said = plain(text).strip()
    if not said:
        raise ExampleError(here.file, here.line, "the example is empty")
    return replace(here, text=said)


def _with_metadata(here: Example, node: yaml.Node) -> Example:
    parts = _mapping(node, here, _METADATA)
    labels = here.labels
    if "labels" in parts:
        labels = tuple(_scalar(item, here) for item in _sequence(parts["labels"], here))
        if not labels or labels[0] != here.labels[0] or len(set(labels)) < len(labels):
            raise ExampleError(here.file, _line(parts["labels"]), "labels name the intent first, and each once")
    expecting = here.expecting
    if "asking" in parts or "kind" in parts:
        options = _sequence(parts["options"], here) if "options" in parts else []
        expecting = Expecting(
            asking=_scalar(parts["asking"], here) if "asking" in parts else "",
            kind=_scalar(parts["kind"], here) if "kind" in parts else "",
            options=tuple(_scalar(option, here) for option in options),
        )
    return replace(here, labels=labels, expecting=expecting)


def _line(node: yaml.Node) -> int:
    return int(node.start_mark.line) + 1


def _mapping(node: yaml.Node, here: Example, allowed: frozenset[str]) -> dict[str, yaml.Node]:
    if not isinstance(node, yaml.MappingNode):
        raise ExampleError(here.file, _line(node), f"keys are expected here: {', '.join(sorted(allowed))}")
    parts = {}
    for key, value in node.value:
        if key.value not in allowed:
            wanted = ", ".join(sorted(allowed))
            raise ExampleError(here.file, _line(key), f"{key.value!r} means nothing here: {wanted}")
        if key.value in parts:
            raise ExampleError(here.file, _line(key), f"{key.value!r} stands here twice")
        parts[str(key.value)] = value
    return parts


def _sequence(node: yaml.Node, here: Example) -> list[yaml.Node]:
    if not isinstance(node, yaml.SequenceNode):
        raise ExampleError(here.file, _line(node), "a list is expected here")
    return list(node.value)


def _scalar(node: yaml.Node, here: Example) -> str:
    if not isinstance(node, yaml.ScalarNode):
        raise ExampleError(here.file, _line(node), "a text is expected here")
    return str(node.value)
