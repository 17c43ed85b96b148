"""All of Portevoix as a Rasa project and back: examples, sentences, conversations, configuration; nothing is lost."""

from __future__ import annotations

import difflib
import io
import re
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

import yaml

from nlu import rasa_domain, rasa_stories
from nlu.examples import LANGUAGES, TASKS, Example, ExampleError, Task, paths
from nlu.exchange import PREFIXES, RASA, from_rasa, place, to_rasa
from nlu.rasa_domain import FILE
from stories import story
from stories.script import Script, ScriptError, parse

AROUND = ("README.md", "config.yml", "endpoints.yml")
"""What Rasa needs besides; it is kept as it is."""
MOST_FILES, MOST_BYTES = 2_000, 40_000_000
"""What a project may hold."""
LABELLED = "officials.yml"
"""The file of masked messages that officials labelled, in each folder of examples."""
MOMENT = (2026, 1, 1, 0, 0, 0)
"""Every file in an archive has this time, so that equal projects are equal files."""
_TEST = re.compile(r"tests/(fr|en)/test_([^/]+)\.yml")
_ENTITY = re.compile(r"\]\(([^()]+)\)|\]\{[^{}]*\"entity\"\s*:\s*\"([^\"]+)\"")
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
Files = Mapping[str, str]
"""Texts by path, with slashes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    """What Portevoix is made of, in its own form."""

    data: Files
    """`fr/problems/NAME.yml`, …"""
    script: Script
    stories: Files
    """`fr/NAME.yml`, …"""
    around: Files
    """Those of AROUND."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """What a Rasa project has otherwise than Portevoix: new texts by path, in our form."""

    data: Files = field(default_factory=dict)
    gone: Sequence[str] = ()
    """Files of examples that are no longer there."""
    script: Files = field(default_factory=dict)
    stories: Files = field(default_factory=dict)
    around: Files = field(default_factory=dict)

    @property
    def any(self) -> bool:
        return bool(self.data or self.gone or self.script or self.stories or self.around)


def gathered(data: Path, script: Script, stories: Iterable[Path], around: Path | None = None) -> Project:
    """The project as it is used now; of several folders of conversations the later one counts.

    `around`: a folder with files of Rasa's that were brought in. Raises ExampleError.
    """
    kept = {name: RASA / name for name in AROUND}
    kept |= {name: around / name for name in AROUND if around is not None and (around / name).is_file()}
    told = {
        path.relative_to(folder).as_posix(): text_of(path)
        for folder in stories
        for path in sorted(folder.rglob("*.yml"))
    }
    return Project(
        data={path.relative_to(data).as_posix(): text_of(path) for path in paths(data)},
        script=script,
        stories=told,
        around={name: text_of(path) for name, path in kept.items()},
    )


def export(project: Project, labelled: Sequence[Example] = ()) -> dict[str, str]:
    """The files of a Rasa project, by path. `labelled`: masked messages to learn from besides. Raises ExampleError."""
    data = {**project.data, **_labelled(labelled)}
    files = {f"data/{name}": to_rasa(text, _task(name), name) for name, text in data.items()}
    files |= {_test(name): rasa_stories.to_rasa(text, name) for name, text in project.stories.items()}
    return {**files, **project.around, FILE: _domain(project.script, data, project.stories)}


def take_in(files: Files, project: Project) -> Changes:
    """What is otherwise in a Rasa project. Raises ExampleError, with file and line, at whatever cannot be carried."""
    data, told, around = dict[str, str](), dict[str, str](), dict[str, str]()
    for name, text in files.items():
        if name.startswith("data/"):
            found = place(PurePosixPath(name).relative_to("data"))
            if found is None or f"data/{found[0]}" != name:
                raise ExampleError(
                    name, 1, "examples are in data/LANGUAGE/problems/NAME.yml or data/LANGUAGE/acts/NAME.yml"
                )
            data[found[0]] = from_rasa(text, found[1], name)
        elif test := _TEST.fullmatch(name):
            told[f"{test[1]}/{test[2]}.yml"] = rasa_stories.from_rasa(text, name)
        elif name in AROUND:
            around[name] = text
        elif name != FILE:
            raise ExampleError(name, 1, "cannot be carried: Portevoix has no place for this file")
    for name in (FILE, *AROUND, *(_test(one) for one in project.stories)):
        if name not in files:
            raise ExampleError(name, 1, "this file is missing: it cannot be left out")
    expected = _domain(project.script, data, {**project.stories, **told})
    sentences = rasa_domain.read(files[FILE], project.script, expected)
    _check_script(project.script, sentences)
    return Changes(
        data=_otherwise(data, project.data), gone=sorted(project.data.keys() - data.keys()), script=sentences,
        stories=_otherwise(told, project.stories), around=_otherwise(around, project.around),
    )  # fmt: skip


def diff(changes: Changes, project: Project) -> Iterator[str]:
    """The changes as lines of a unified diff, in our own form."""
    for kept, new, folder in (
        (project.data, changes.data, "examples"), (project.script.sources, changes.script, "script"),
        (project.stories, changes.stories, "conversations"), (project.around, changes.around, "rasa"),
    ):  # fmt: skip
        for name, text in new.items():
            yield from _lines(kept.get(name, ""), text, f"{folder}/{name}")
    for name in changes.gone:
        yield from _lines(project.data[name], "", f"examples/{name}")


def zipped(files: Files) -> bytes:
    """The files as an archive; equal files make equal bytes."""
    kept = io.BytesIO()
    with zipfile.ZipFile(kept, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(files):
            entry = zipfile.ZipInfo(name, MOMENT)
            entry.compress_type, entry.external_attr = zipfile.ZIP_DEFLATED, 0o644 << 16
            archive.writestr(entry, files[name])
    return kept.getvalue()


def unzipped(data: bytes) -> dict[str, str]:
    """The files of an archive, none of which can leave its folder or fill the memory. Raises ExampleError."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = [entry for entry in archive.infolist() if not entry.is_dir()]
            if len(entries) > MOST_FILES or sum(entry.file_size for entry in entries) > MOST_BYTES:
                raise ExampleError("ZIP", 1, f"larger than {MOST_FILES} files or {MOST_BYTES // 1_000_000} MB")
            return {_safe(entry): _decoded(archive, entry) for entry in entries}
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError) as error:
        raise ExampleError("ZIP", 1, "this is no ZIP archive, or it is damaged or locked") from error


def of_folder(folder: Path) -> dict[str, str]:
    """The files of a folder, but for what Rasa makes itself. Raises ExampleError."""
    found = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    names = {path.relative_to(folder).as_posix(): path for path in found}
    return {name: text_of(path) for name, path in names.items() if not name.startswith((".rasa/", "models/"))}


def text_of(path: Path) -> str:
    """Raises ExampleError where it is no text."""
    try:
        return path.read_bytes().decode()
    except UnicodeDecodeError as error:
        raise ExampleError(path.name, 1, "not UTF-8 text") from error


def _safe(entry: zipfile.ZipInfo) -> str:
    path = PurePosixPath(entry.filename)
    link = (entry.external_attr >> 28) == 0xA  # noqa: PLR2004  # S_IFLNK, of Unix.
    if link or path.is_absolute() or ".." in path.parts or "\\" in entry.filename or ":" in entry.filename:
        raise ExampleError(entry.filename, 1, "this is no file within the archive's own folder")
    return path.as_posix()


def _decoded(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> str:
    with archive.open(entry) as file:
        data = file.read(entry.file_size + 1)
    if len(data) > entry.file_size:
        raise ExampleError(entry.filename, 1, "longer than the archive says")
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        raise ExampleError(entry.filename, 1, "not UTF-8 text") from error


def _labelled(examples: Sequence[Example]) -> dict[str, str]:
    """Masked messages as files of examples."""
    files: dict[str, str] = {}
    for language in LANGUAGES:
        for task in TASKS:
            found = [one for one in examples if (one.language, one.task) == (language, task)]
            by: dict[tuple[str, ...], list[dict[str, Any]]] = {}
            for one in found:
                by.setdefault(one.labels, []).append(_entry(one))
            entries: list[dict[str, Any]] = [
                {"intent": labels[0], "metadata": {"labels": list(labels)}, "examples": texts}
                for labels, texts in sorted(by.items())
            ]
            if entries:
                body = yaml.safe_dump({"version": "3.1", "nlu": entries}, allow_unicode=True, sort_keys=False)
                files[f"{language}/{task}/{LABELLED}"] = body
    return files


def _entry(example: Example) -> dict[str, Any]:
    """A message, and what had been asked."""
    text, asked = _unmarked(example.text), example.expecting
    if asked is None:
        return {"text": text}
    options = {"options": list(asked.options)} if asked.options else {}
    return {"text": text, "metadata": {"asking": asked.asking, "kind": asked.kind, **options}}


def _unmarked(text: str) -> str:
    """A text in which no brackets are taken for an entity."""
    for after in "({[":
        text = text.replace(f"]{after}", f"] {after}")
    return text


def _domain(script: Script, data: Files, told: Files) -> str:
    intents = {f"{PREFIXES[_task(name)]}{intent}" for name, text in data.items() for intent in _intents(text, name)}
    entities = {found[1] or found[2] for text in data.values() for found in _ENTITY.finditer(text)}
    slots = {
        name for text in told.values() for one in story.read(text) for step in one.steps for slot in step.slot_was_set
        for name in slot
    }  # fmt: skip
    return rasa_domain.write(script, sorted(intents), sorted(entities), sorted(slots))


def _intents(text: str, file: str) -> Iterator[str]:
    try:
        whole = yaml.load(text.removeprefix("\ufeff"), Loader=_LOADER)  # noqa: S506  # A SafeLoader.
    except yaml.YAMLError as error:
        raise ExampleError(file, 1, "not YAML") from error
    entries = whole.get("nlu") if isinstance(whole, dict) else None
    yield from (str(one["intent"]) for one in entries or () if isinstance(one, dict) and "intent" in one)


def _task(name: str) -> Task:
    return next(task for task in TASKS if task == name.split("/")[1])


def _test(name: str) -> str:
    language, _, stem = name.partition("/")
    return f"tests/{language}/test_{stem}"


def _check_script(script: Script, changed: Files) -> None:
    try:
        parse({**script.sources, **changed})
    except ScriptError as error:
        raise ExampleError(FILE, 1, f"the script could not be used any more: {error}") from error


def _otherwise(new: Files, kept: Files) -> dict[str, str]:
    return {name: text for name, text in new.items() if kept.get(name) != text}


def _lines(before: str, after: str, name: str) -> Iterator[str]:
    yield from difflib.unified_diff(before.splitlines(), after.splitlines(), f"a/{name}", f"b/{name}", lineterm="", n=1)
