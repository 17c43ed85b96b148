"""The script: what the assistant asks, says and offers, read from YAML that an official can edit."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from importlib import resources
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import ValidationError

from stories.pieces import (
    Assistant,
    Category,
    Door,
    Emergency,
    FieldOf,
    Group,
    Hook,
    Kind,
    Option,
    Part,
    Platform,
    Platforms,
    Question,
    Reason,
    Request,
    Service,
    Status,
    SubIssue,
    Text,
    TieBreak,
    TieBreakAnswer,
    Words,
)
from stories.types import Language

__all__ = [
    "LANGUAGES",
    "Assistant",
    "Category",
    "Door",
    "Emergency",
    "FieldOf",
    "Group",
    "Hook",
    "Kind",
    "Option",
    "Part",
    "Platform",
    "Platforms",
    "Question",
    "Reason",
    "Request",
    "Script",
    "ScriptError",
    "Service",
    "Status",
    "SubIssue",
    "Text",
    "TieBreak",
    "TieBreakAnswer",
    "Words",
    "default_folder",
    "line_of",
    "load",
    "parse",
]

LANGUAGES: tuple[Language, ...] = ("fr", "en")

_Base: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_RESOLVERS = _Base.yaml_implicit_resolvers.items()
Loader: Any = type(
    "Loader",
    (_Base,),
    {"yaml_implicit_resolvers": {k: [r for r in rs if not r[0].endswith(":timestamp")] for k, rs in _RESOLVERS}},
)
"""YAML whose dates stay text until they are checked, so that a wrong one is refused with its place."""
P = TypeVar("P", bound=Part)
LONGEST_CHOICE = 64
"""Bytes of a button's id: no messaging app carries more."""


class ScriptError(Exception):
    """The script cannot be used: where the problem is and what it is."""

    def __init__(self, file: str, line: int, problem: str) -> None:
        super().__init__(f"{file}:{line}: {problem}")
        self.file, self.line, self.problem = file, line, problem


class Script(Part):
    """Everything that the conversation is made of."""

    assistant: Assistant
    fields: Mapping[str, FieldOf]
    questions: Mapping[str, Question]
    categories: Mapping[str, Category]
    platforms: Platforms
    statuses: Mapping[str, Status]
    law: Mapping[str, Hook]
    emergencies: tuple[Emergency, ...]
    doors: tuple[Door, ...]
    requests: tuple[Request, ...]
    wording: Mapping[Language, Mapping[str, str]]
    letters: Mapping[Language, Mapping[str, str]]
    sources: Mapping[str, str]
    """The files it was read from, by path: what is archived with each case."""

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the files, hex: names this script wherever it is kept."""
        return hashlib.sha256(json.dumps(dict(sorted(self.sources.items()))).encode()).hexdigest()

    @cached_property
    def by_platform(self) -> Mapping[str, Platform]:
        return {platform.id: platform for platform in self.platforms.platforms}

    @cached_property
    def offered(self) -> Mapping[str, Category]:
        """The problems that are in use."""
        return {name: category for name, category in self.categories.items() if not category.retired}

    @cached_property
    def sub_issues(self) -> Mapping[str, SubIssue]:
        """What may be told of a problem more precisely, of all problems, by id."""
        return {issue.id: issue for category in self.categories.values() for issue in category.sub_issues}

    def question(self, key: str, category: str | None = None) -> Question | None:
        """The question that fills this field, the category's own wording first."""
        name = key.removeprefix("category_answers.")
        if category is not None and category in self.categories:
            for question in self.categories[category].questions:
                if question.key == name:
                    return question
        return self.questions.get(name)

    def path(self, question_key: str) -> str:
        """The field of a case that a question fills: `loss_eur`, or `category_answers.appeals`."""
        return question_key if question_key in self.fields else f"category_answers.{question_key}"


def default_folder() -> Path:
    """The script that comes with Portevoix."""
    return Path(str(resources.files("stories"))) / "scripts"


def load(folder: Path) -> Script:
    """Read and check a script. Raises ScriptError with file, line and problem."""
    if not (folder / "assistant.yml").is_file():
        raise ScriptError(str(folder), 1, "this folder has no assistant.yml; name the folder that holds the script")
    paths = sorted(p for p in folder.rglob("*") if p.suffix in {".yml", ".md"} and p.is_file())
    try:
        return parse({path.relative_to(folder).as_posix(): path.read_text(encoding="utf-8") for path in paths})
    except UnicodeDecodeError as error:
        raise ScriptError(str(folder), 1, f"a file is not UTF-8 text: {error.reason}") from error


def parse(sources: Mapping[str, str]) -> Script:
    """A script from the texts of its files, by path: from a folder, or from the archive beside a case."""
    files = _Files(sources)
    categories = {
        name.split("/")[1].removesuffix(".yml"): files.read(name, Category)
        for name in sources
        if name.startswith("categories/")
    }
    script = Script(
        assistant=files.read("assistant.yml", Assistant),
        fields=files.mapping("fields.yml", FieldOf),
        questions={q.key: q for q in files.items("questions.yml", Question)},
        categories=categories,
        platforms=files.read("platforms.yml", Platforms),
        statuses={s.id: s for s in files.items("statuses.yml", Status)},
        law={h.id: h for h in files.items("law.yml", Hook)},
        emergencies=files.items("emergencies.yml", Emergency),
        doors=files.items("doors.yml", Door),
        requests=files.items("requests.yml", Request),
        wording={language: files.texts(f"wording/{language}.yml") for language in LANGUAGES},
        letters={language: _letters(sources, language) for language in LANGUAGES},
        sources=dict(sources),
    )
    _check(script, files)
    return script


def _letters(sources: Mapping[str, str], language: Language) -> dict[str, str]:
    folder = f"letters/{language}/"
    return {
        name.removeprefix(folder).removesuffix(".md"): text for name, text in sources.items() if name.startswith(folder)
    }


def line_of(node: yaml.Node | None, path: Sequence[str | int]) -> int:
    """The line, from 1, of what `path` names in a document, or of the nearest thing around it."""
    for step in path:
        inner: yaml.Node | None = None
        if isinstance(node, yaml.MappingNode):
            inner = next((value for key, value in node.value if key.value == step), None)
        elif isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
            inner = node.value[step]
        if inner is None:
            break
        node = inner
    return node.start_mark.line + 1 if node is not None else 1


class _Files:
    """The texts of a script's files, read into its parts, with the place of whatever is wrong."""

    def __init__(self, sources: Mapping[str, str]) -> None:
        self.sources = sources
        self.nodes: dict[str, yaml.Node | None] = {}

    def read(self, name: str, kind: type[P]) -> P:
        """A file that holds one part."""
        return self._validate(name, kind, self._data(name), ())

    def items(self, name: str, kind: type[P]) -> tuple[P, ...]:
        """A file that holds a list of parts."""
        data = self._data(name)
        if not isinstance(data, list):
            raise ScriptError(name, 1, "a list is needed here: each entry begins with a dash")
        return tuple(self._validate(name, kind, item, (at,)) for at, item in enumerate(data))

    def mapping(self, name: str, kind: type[P]) -> dict[str, P]:
        """A file that holds parts by name."""
        data = self._data(name)
        if not isinstance(data, dict):
            raise ScriptError(name, 1, "names with their content are needed here")
        return {key: self._validate(name, kind, item, (key,)) for key, item in data.items()}

    def texts(self, name: str) -> dict[str, str]:
        """A file that holds sentences by key."""
        data = self._data(name)
        if not isinstance(data, dict):
            raise ScriptError(name, 1, "keys with their sentence are needed here")
        for key, text in data.items():
            if not isinstance(text, str):
                raise ScriptError(name, self.line(name, (key,)), f"{key} must be a text: put it in quotes")
        return data

    def line(self, name: str, path: tuple[str | int, ...]) -> int:
        """The line, from 1, of what `path` names in a file, or of the nearest thing around it."""
        return line_of(self.nodes.get(name), path)

    def _data(self, name: str) -> Any:  # noqa: ANN401  # YAML may hold anything; it is checked right after.
        if name not in self.sources:
            raise ScriptError(name, 1, "this file is missing")
        try:
            self.nodes[name] = yaml.compose(self.sources[name], Loader=Loader)
            return yaml.load(self.sources[name], Loader=Loader)  # noqa: S506  # The C twin of SafeLoader.
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            raise ScriptError(name, mark.line + 1 if mark else 1, f"this is not YAML: {error.problem}") from error

    def _validate(self, name: str, kind: type[P], data: object, path: tuple[str | int, ...]) -> P:
        try:
            return kind.model_validate(data)
        except ValidationError as error:
            first = error.errors()[0]
            where = (*path, *first["loc"])
            what = ".".join(str(step) for step in where)
            raise ScriptError(name, self.line(name, where), f"{what}: {first['msg']}") from error


def _check(script: Script, files: _Files) -> None:
    """What no single file can know: names that must exist elsewhere, patterns that must compile."""
    assistant, known = script.assistant, script.categories
    for key in (*assistant.summary, *assistant.more):
        is_known = key in script.fields or key in script.questions
        _must(is_known, files, "assistant.yml", (), f"{key} is no field and no question")
    for at, tie in enumerate(assistant.tie_breaks):
        for problem in (*tie.between, *(answer.problem for answer in tie.answers)):
            _must(problem in known, files, "assistant.yml", ("tie_breaks", at), f"{problem} is no category")
    for problem in assistant.first_problems:
        _must(problem in known, files, "assistant.yml", ("first_problems",), f"{problem} is no category")
    for platform in (*assistant.first_platforms, *(i for ids in script.platforms.ambiguous.values() for i in ids)):
        _must(platform in script.by_platform, files, "platforms.yml", (), f"{platform} is no platform")
    for status in script.statuses.values():
        for after in status.next:
            _must(after in script.statuses, files, "statuses.yml", (), f"{after} is no status")
    for category in known.values():
        _check_category(script, category, files)
    for field in script.fields:
        _must_be_short(f"change:{field}", files, "fields.yml", (field,))
    _check_choices(script, files, "questions.yml", (), script.questions.values())
    _check_patterns("emergencies.yml", [(e.patterns, e.unless) for e in script.emergencies], files)
    _check_patterns("doors.yml", [(d.patterns, d.unless) for d in script.doors], files)
    _check_patterns("requests.yml", [(r.patterns, Words()) for r in script.requests], files)


def _check_category(script: Script, category: Category, files: _Files) -> None:
    name = f"categories/{category.id}.yml"
    _must(name in script.sources, files, name, ("id",), f"{category.id} must stand in a file of that name")
    for hook in category.law:
        _must(hook in script.law, files, name, ("law",), f"{hook} is not in law.yml")
    for key in category.more:
        _must(script.question(key, category.id) is not None, files, name, ("more",), f"{key} is no question")
    _must_be_short(f"confirm_problem={category.id}", files, name, ("id",))
    _check_choices(script, files, name, ("questions",), category.questions)


def _check_choices(
    script: Script, files: _Files, name: str, place: tuple[str, ...], questions: Iterable[Question]
) -> None:
    """The ids of the buttons under each question must be short enough to be carried."""
    for at, question in enumerate(questions):
        field = script.path(question.key)
        for way in ("unknown", "decline", "change"):
            _must_be_short(f"{way}:{field}", files, name, (*place, at, "key"))
        for n, option in enumerate(question.options):
            _must_be_short(f"{field}={option.id}", files, name, (*place, at, "options", n))
        for platform in script.by_platform if question.kind == "platform" else ():
            _must_be_short(f"{field}={platform}", files, "platforms.yml", ())


def _must_be_short(choice: str, files: _Files, name: str, path: tuple[str | int, ...]) -> None:
    size = len(choice.encode())
    _must(size <= LONGEST_CHOICE, files, name, path, f"{choice} is a button of {size} bytes, {LONGEST_CHOICE} at most")


def _check_patterns(name: str, parts: list[tuple[Words, Words]], files: _Files) -> None:
    for at, (patterns, unless) in enumerate(parts):
        for pattern in (*patterns.all, *unless.all):
            try:
                re.compile(pattern)
            except re.error as error:
                raise ScriptError(name, files.line(name, (at, "patterns")), f"{pattern}: {error}") from error


def _must(holds: bool, files: _Files, name: str, path: tuple[str | int, ...], problem: str) -> None:  # noqa: FBT001  # Reads as a sentence.
    if not holds:
        raise ScriptError(name, files.line(name, path), problem)
