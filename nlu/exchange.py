"""Examples out to a Rasa project and in again: only the intents' names change, every other byte stays."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator, Mapping
from importlib import resources
from pathlib import Path, PurePath
from types import MappingProxyType

import yaml

from nlu.acts import ACTS
from nlu.examples import LANGUAGES, NOTHING, TASKS, ExampleError, Task, paths, read
from stories.types import Language

PREFIXES: Mapping[Task, str] = MappingProxyType({"problems": "problem_", "acts": "act_"})
"""What an intent's name begins with in Rasa, where problems and acts are told apart by their names alone."""
RASA = Path(str(resources.files("nlu"))) / "rasa"
"""What stands in a Rasa project besides the data."""
PREVIOUS = "data.previous"
"""Beside the data: what was there before the last import."""

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def to_rasa(text: str, task: Task, file: str) -> str:
    """The text with the task's prefix before every intent. Raises ExampleError."""
    pieces, end = [], 0
    for at, _ in _intents(text, file):
        pieces += [text[end:at], PREFIXES[task]]
        end = at
    return "".join([*pieces, text[end:]])


def from_rasa(text: str, task: Task, file: str) -> str:
    """The text without the prefix; as it is where no intent has one. Raises ExampleError where some have."""
    prefix = PREFIXES[task]
    found = list(_intents(text, file))
    bare = [node for at, node in found if not text.startswith(prefix, at)]
    if len(bare) == len(found):
        return text
    if bare:
        line = bare[0].start_mark.line + 1
        raise ExampleError(file, line, f"{bare[0].value!r} does not begin with {prefix} as the others here do")
    pieces, end = [], 0
    for at, _ in found:
        pieces.append(text[end:at])
        end = at + len(prefix)
    return "".join([*pieces, text[end:]])


def write_rasa_project(data: Path, project: Path) -> None:
    """A folder that `rasa train nlu` can be run in. Raises ExampleError."""
    intents = sorted({f"{PREFIXES[example.task]}{example.labels[0]}" for example in read(data)})
    for path in paths(data):
        name = path.relative_to(data)
        task = next(task for task in TASKS if task == name.parts[1])
        _write(project / "data" / name, to_rasa(_text(path, name.as_posix()), task, name.as_posix()))
    for path in RASA.iterdir():
        _write(project / path.name, path.read_text(encoding="utf-8"))
    _write(project / "domain.yml", yaml.safe_dump({"version": "3.1", "intents": intents}, sort_keys=False))


def copy(data: Path, to: Path) -> None:
    """Every example file as it is."""
    for path in paths(data):
        target = to / path.relative_to(data)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, target)


def gather(source: Path, language: Language | None, known: Mapping[Task, Iterable[str]]) -> dict[str, str]:
    """The example files of a file, a folder or a Rasa project, in our form, by their place in the data.

    A file that lies elsewhere than in `<language>/<task>/` is of this language, and of the task that its intents
    tell. Raises ExampleError.
    """
    root = source / "data" if (source / "data").is_dir() else source
    found = [source] if source.is_file() else sorted(p for p in root.rglob("*") if p.suffix in {".yml", ".yaml"})
    gathered: dict[str, str] = {}
    for path in found:
        shown = path.name if path == source else path.relative_to(root).as_posix()
        text = _text(path, shown)
        to, task = place(path if path == source else path.relative_to(root)) or _guessed(
            text, path.stem, language, known, shown
        )
        if to in gathered:
            raise ExampleError(shown, 1, f"another file comes to {to} too: give one of them another name")
        gathered[to] = from_rasa(text, task, shown)
    if not gathered:
        raise ExampleError(str(source), 1, "no examples here: they are in files named *.yml")
    return gathered


def put_in(
    files: Mapping[str, str], data: Path, current: Path, *, whole: bool, known: Mapping[Task, Iterable[str]]
) -> None:
    """Make these the examples in `data`, all of them or beside those of `current`; what was there is kept.

    Raises ExampleError where the examples could not be learnt from; then nothing is changed.
    """
    fresh = data.with_name(f".{data.name}.new")
    shutil.rmtree(fresh, ignore_errors=True)
    if not whole:
        copy(current, fresh)
    for name, text in files.items():
        _write(fresh / name, text)
    try:
        _check(fresh, known)
    except ExampleError:
        shutil.rmtree(fresh)
        raise
    if data.is_dir():
        previous = data.with_name(PREVIOUS)
        shutil.rmtree(previous, ignore_errors=True)
        data.rename(previous)
    fresh.rename(data)


def labels(categories: Iterable[str]) -> Mapping[Task, frozenset[str]]:
    """What an example may mean: the problems of a script, and the acts that the dialogue knows."""
    return {"problems": frozenset((*categories, NOTHING)), "acts": ACTS}


def _check(data: Path, known: Mapping[Task, Iterable[str]]) -> None:
    examples = read(data)
    for example in examples:
        if unknown := [label for label in example.labels if label not in known[example.task]]:
            problem = f"unknown label {unknown[0]!r}: the {example.task} are {', '.join(sorted(known[example.task]))}"
            raise ExampleError(example.file, example.line, problem)
    for language in LANGUAGES:
        for task in TASKS:
            if not any((e.language, e.task) == (language, task) for e in examples):
                raise ExampleError(f"{language}/{task}", 1, "no examples: a folder replaces all there are")


def _intents(text: str, file: str) -> Iterator[tuple[int, yaml.ScalarNode]]:
    """Where the name of every intent begins, in order."""
    marked = len(text) - len(text.removeprefix("\ufeff"))
    try:
        root = yaml.compose(text[marked:], Loader=_LOADER)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise ExampleError(file, mark.line + 1 if mark else 1, f"not YAML: {error.problem}") from error
    except yaml.YAMLError as error:
        raise ExampleError(file, 1, "not YAML: it holds a character that no text has") from error
    items = _values(root, "nlu")
    for item in (one for value in items if isinstance(value, yaml.SequenceNode) for one in value.value):
        for node in _values(item, "intent"):
            if not isinstance(node, yaml.ScalarNode):
                raise ExampleError(file, node.start_mark.line + 1, "the intent is not a name")
            start = marked + node.start_mark.index + (1 if node.style in {"'", '"'} else 0)
            if not text.startswith(node.value, start):
                raise ExampleError(
                    file, node.start_mark.line + 1, "write the intent's name plainly, as in `intent: help`"
                )
            yield start, node


def _values(node: yaml.Node | None, key: str) -> list[yaml.Node]:
    if not isinstance(node, yaml.MappingNode):
        return []
    return [value for name, value in node.value if name.value == key]


def place(path: PurePath) -> tuple[str, Task] | None:
    """Where the file belongs, where its own folders say so."""
    *_, language, folder, _ = ("", "", "", *path.parts)
    for task in TASKS:
        if folder == task and language in LANGUAGES:
            return f"{language}/{task}/{path.stem}.yml", task
    return None


def _guessed(
    text: str, stem: str, language: Language | None, known: Mapping[Task, Iterable[str]], file: str
) -> tuple[str, Task]:
    """Where a file of another project belongs."""
    if language is None:
        raise ExampleError(file, 1, "which language is it? Say --language fr or --language en")
    tasks: dict[Task, int] = {}
    for _, node in _intents(text, file):
        task = next((t for t in TASKS if node.value.startswith(PREFIXES[t]) or node.value in known[t]), None)
        if task is None:
            raise ExampleError(file, node.start_mark.line + 1, f"the intent {node.value!r} is none of ours")
        tasks.setdefault(task, node.start_mark.line + 1)
    if len(tasks) != 1:
        line = max(tasks.values(), default=1)
        raise ExampleError(file, line, "one file holds problems or acts: put the others in a file of their own")
    (one,) = tasks
    return f"{language}/{one}/{stem}.yml", one


def _text(path: Path, file: str) -> str:
    try:
        return path.read_bytes().decode("utf-8")
    except UnicodeDecodeError as error:
        raise ExampleError(file, 1, "not UTF-8 text") from error


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode("utf-8"))
