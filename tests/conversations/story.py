"""The form of stories/conversations: Rasa's test stories, with a little more."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Literal
from zoneinfo import ZoneInfo

import yaml
from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from bot.channels.terminal import Line

PARIS = ZoneInfo("Europe/Paris")
FOLDER = Path(__file__).parents[2] / "stories" / "conversations"
SPANS = {"second": 1, "minute": 60, "hour": 3600, "day": 86400}
SPAN = re.compile(r"(\d+) (second|minute|hour|day)s?")
SLOT = re.compile(r"\{(reference|code)\}")
GIVEN = re.compile(r"(?P<reference>\bPV-\d{4}-\w{5}-[\w*~$=])|(?P<code>\b\d{4}(?: \d{4}){3}\b)")
"""What a person reads in an answer and may write later."""


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
        expected = self.model_fields_set & {"action", "bot", "slot_was_set", "asking", "choices"}
        if self.is_said == bool(expected):
            raise ValueError("a step is what the firm does, or what is expected")
        return self

    @property
    def is_said(self) -> bool:
        return any(part is not None for part in (self.user, self.choice, self.burst, self.wait, self.official))

    def line(self, given: Mapping[str, str]) -> Line:
        """What is sent; `{reference}` and `{code}` stand for those given earlier in the conversation."""
        return Line(
            text=SLOT.sub(lambda slot: given[slot[1]], self.user) if self.user is not None else None,
            choice=self.choice,
            burst=self.burst,
            wait=self.wait,
            edit=self.edit,
            key=self.key,
            at=self.at,
            official=self.official,
        )


class Story(_Part):
    """One whole conversation and the cases it ends in."""

    story: str
    steps: tuple[Step, ...]
    begins: datetime = datetime(2026, 11, 23, 10, tzinfo=PARIS)
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


def read(path: Path) -> tuple[Story, ...]:
    return _File.model_validate(yaml.safe_load(path.read_text(encoding="utf-8"))).stories


def everyone() -> list[tuple[str, Story]]:
    """Every story with its place, as a test is named: `fr/alert:the story`."""
    return [
        (f"{path.parent.name}/{path.stem}: {story.story}", story)
        for path in sorted(FOLDER.rglob("*.yml"))
        for story in read(path)
    ]
