"""Conversations as tests: the form of stories/conversations, which is Rasa's test stories with a little more."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from importlib import resources
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from stories.formats import PARIS
from stories.script import line_of

CONVERSATIONS = Path(str(resources.files("stories"))) / "conversations"
"""Those that come with Portevoix."""
SPANS = {"day": 86400, "hour": 3600, "minute": 60, "second": 1}
SPAN = re.compile(r"(\d+) (second|minute|hour|day)s?")
SAID = frozenset({"user", "choice", "burst", "wait", "official"})
"""What the firm, the clock or an official does in a step."""
EXPECTED = ("action", "bot", "slot_was_set", "asking", "choices")
"""What a step expects of the answer."""
SLOT = re.compile(r"\{(reference|code)\}")
GIVEN = re.compile(r"(?P<reference>\bPV-\d{4}-\w{5}-[\w*~$=])|(?P<code>\b\d{4}(?: \d{4}){3}\b)")
"""What a person reads in an answer and may write later."""
LONGEST = 60_000
"""Characters of one file."""
_DEEPEST = 12
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class StoryError(Exception):
    """A text is no conversation of this form: in which line, and why."""

    def __init__(self, line: int, problem: str) -> None:
        super().__init__(f"{line}: {problem}")
        self.line, self.problem = line, problem


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Step(_Part):
    """What the firm does, or what is then expected of the answer."""

    user: str | None = None
    choice: str | None = None
    burst: tuple[str, ...] | None = None
    wait: float | None = None
    edit: str | None = None
    key: str | None = None
    at: datetime | None = None
    official: Literal["taken", "handed_back"] | None = None

    action: str | None = None
    bot: str | None = None
    slot_was_set: tuple[Mapping[str, Any], ...] = ()
    asking: str | None = Field(default=None)
    choices: tuple[str, ...] = ()

    @field_validator("wait", mode="before")
    @classmethod
    def _seconds(cls, value: object) -> object:
        span = SPAN.fullmatch(value) if isinstance(value, str) else None
        return int(span[1]) * SPANS[span[2]] if span else value

    @field_validator("user")
    @classmethod
    def _without_the_end_of_the_block(cls, value: str | None) -> str | None:
        return value.removesuffix("\n") if value is not None else None

    @model_validator(mode="after")
    def _either(self) -> Step:
        if self.is_said == bool(self.model_fields_set & set(EXPECTED)):
            raise ValueError("a step is what the firm does, or what is expected")
        return self

    @property
    def is_said(self) -> bool:
        return any(getattr(self, part) is not None for part in SAID)

    def text(self, given: Mapping[str, str]) -> str | None:
        """What the firm writes; `{reference}` and `{code}` stand for those given earlier in the conversation."""
        return SLOT.sub(lambda slot: given[slot[1]], self.user) if self.user is not None else None

    @property
    def texts(self) -> tuple[str, ...]:
        """What the firm writes in it."""
        return self.burst or ((self.user,) if self.user is not None else ())


class Story(_Part):
    """One whole conversation and the cases it ends in."""

    story: str
    begins: datetime = datetime(2026, 11, 23, 10, tzinfo=PARIS)
    steps: tuple[Step, ...]
    messages_from_firm: int | None = None
    """At most so many."""
    filed: int | None = None
    case: Mapping[str, Any] | None = None
    cases: tuple[Mapping[str, Any], ...] = ()

    @property
    def expected_cases(self) -> Sequence[Mapping[str, Any]]:
        return (self.case,) if self.case is not None else self.cases

    @property
    def edits(self) -> bool:
        """Whether the firm changes what it sent."""
        return any(step.edit is not None for step in self.steps)

    @property
    def blanks(self) -> bool:
        """Whether the firm sends nothing in it that can be seen."""
        said = [step.user for step in self.steps if step.user is not None]
        return any(not any(c.isprintable() and not c.isspace() for c in text) for text in said)

    @property
    def reminds(self) -> bool:
        """Whether a draft left alone is reminded in it."""
        return any((step.action or "").startswith("utter_reminder") for step in self.steps)

    @property
    def messages(self) -> int:
        """How many messages the firm sent; a button pressed is one."""
        return sum(
            len(step.burst or ("",)) for step in self.steps if step.is_said and step.wait is None and not step.official
        )


class _File(_Part):
    version: Literal["3.1"]
    stories: tuple[Story, ...]


def given(text: str) -> Mapping[str, str]:
    """The reference and the access code that an answer gives, by the names of their slots."""
    return {name: found for match in GIVEN.finditer(text) for name, found in match.groupdict().items() if found}


def read(text: str) -> tuple[Story, ...]:
    """The conversations of a file. Raises StoryError."""
    if len(text) > LONGEST:
        raise StoryError(1, f"longer than {LONGEST} characters: make several files of it")
    try:
        root = _compose(text)
        data = yaml.load(text, Loader=_LOADER)  # noqa: S506  # The C twin of SafeLoader.
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise StoryError(mark.line + 1 if mark else 1, f"this is not YAML: {error.problem}") from error
    except (yaml.YAMLError, ValueError) as error:
        raise StoryError(1, "this is not YAML, or it holds a date or character that there is not") from error
    try:
        return _File.model_validate(data).stories
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(step) for step in first["loc"])
        problem = first["msg"].removeprefix("Value error, ")
        raise StoryError(line_of(root, first["loc"]), f"{where}: {problem}" if where else problem) from error


def write(stories: Sequence[Story]) -> str:
    """A file of these conversations; `read` gives them back."""
    data = {"version": "3.1", "stories": [_plain(story) for story in stories]}
    return yaml.dump(data, Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=100_000)


def _compose(text: str) -> yaml.Node | None:
    """The nodes of a file; what is nested deeply, or names a part to repeat it, is no conversation."""
    depth = 0
    for event in yaml.parse(text, Loader=_LOADER):
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > _DEEPEST or isinstance(event, yaml.AliasEvent):
            line = event.start_mark.line + 1 if event.start_mark else 1
            raise StoryError(line, "nested too deeply, or an alias: write it out")
    return yaml.compose(text, Loader=_LOADER)


def _plain(story: Story) -> dict[str, Any]:
    told = story.model_dump(exclude_unset=True)
    return told | {"steps": [dict(_parts(step)) for step in story.steps]}


def _parts(step: Step) -> Iterator[tuple[str, Any]]:
    """The parts of a step that were given, in the order in which they are written."""
    told = step.model_dump(exclude_unset=True)
    for name in Step.model_fields:
        if name in told and (told[name] is not None or name == "asking"):
            match name, told[name]:
                case "user", text:
                    yield name, _Block(f"{text}\n")
                case "wait", seconds:
                    yield name, _span(seconds)
                case "slot_was_set", slots:
                    yield name, [dict(slot) for slot in slots]
                case _, value:
                    yield name, value


def _span(seconds: float) -> str | float:
    for name, length in SPANS.items():
        if seconds and seconds % length == 0:
            number = int(seconds // length)
            return f"{number} {name}{'s' if number > 1 else ''}"
    return seconds


class _Block(str):
    """A text that is written as a block."""

    __slots__ = ()


class _Dumper(yaml.SafeDumper):
    """Writes YAML as the conversations that come with Portevoix have it."""

    def ignore_aliases(self, _data: object) -> bool:
        return True


def _block(dumper: yaml.SafeDumper, text: str) -> yaml.Node:
    return dumper.represent_scalar("tag:yaml.org,2002:str", str(text), style="|")


def _moment(dumper: yaml.SafeDumper, at: datetime) -> yaml.Node:
    return dumper.represent_scalar("tag:yaml.org,2002:timestamp", at.isoformat())


def _sequence(dumper: yaml.SafeDumper, many: tuple[object, ...]) -> yaml.Node:
    return dumper.represent_list(many)


_Dumper.add_representer(_Block, _block)
_Dumper.add_representer(datetime, _moment)
_Dumper.add_representer(tuple, _sequence)
