"""The terminal as a channel: lines of JSON or typed text in, what is said out, on a clock that can be turned."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from bot.channels.channel import Channel, Unreadable
from stories.effects import Say
from stories.types import Message

PARIS = ZoneInfo("Europe/Paris")
LAST = datetime(2080, 1, 1, tzinfo=UTC)
FIRST_YEAR = 2020
TWENTY_YEARS = 20 * 365 * 86400


class Terminal(Channel):
    """Keeps what is said until it is shown."""

    name = "terminal"
    reminds = True

    def __init__(self) -> None:
        self._said: list[Say] = []

    async def send(self, chat: str, say: Say) -> None:  # noqa: ARG002  # There is one chat.
        self._said.append(say)

    def said(self) -> list[Say]:
        """What was said since the last call."""
        said, self._said = self._said, []
        return said


class Clock:
    """Time as the conversation knows it: it stands still until it is turned."""

    def __init__(self, now: datetime) -> None:
        self._now = now

    def __call__(self) -> datetime:
        return self._now

    def turn_to(self, at: datetime) -> None:
        """Go forward to this moment; time never goes back."""
        self._now = max(self._now, min(at, LAST).astimezone(UTC))

    def set(self, at: datetime) -> None:
        """Begin at this moment."""
        self._now = min(at, LAST).astimezone(UTC)


class Line(BaseModel):
    """One line of input: what a person does, or the time that passes."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    text: str | None = None
    choice: str | None = None
    burst: Annotated[tuple[str, ...], Field(min_length=1)] | None = None
    edit: str | None = None
    wait: Annotated[float, Field(ge=0, le=TWENTY_YEARS)] | None = None
    key: Annotated[str, Field(min_length=1)] | None = None
    at: datetime | None = None
    official: Literal["taken", "handed_back"] | None = None
    """An official takes the conversation over, or hands it back."""

    @field_validator("at")
    @classmethod
    def _in_our_time(cls, at: datetime | None) -> datetime | None:
        if at is not None and not FIRST_YEAR <= at.year < LAST.year:
            raise ValueError(f"give a time from {FIRST_YEAR} to {LAST.year - 1}")
        return at

    @model_validator(mode="after")
    def _one_thing(self) -> Line:
        if sum(part is not None for part in (self.text, self.choice, self.burst, self.wait, self.official)) != 1:
            raise ValueError("give one of text, choice, burst, wait or official")
        if self.edit is not None and self.text is None:
            raise ValueError("an edit needs the new text")
        return self

    @property
    def moment(self) -> datetime | None:
        """`at`, in Paris where it names no zone."""
        return self.at.replace(tzinfo=PARIS) if self.at and self.at.tzinfo is None else self.at

    def messages(self, chat: str, position: int) -> list[Message]:
        """Make the messages of this line; the first gets `position`."""
        if self.official is not None:
            return [of_official(Terminal.name, chat, f"official-{position}", self.official)]
        texts = self.burst or (self.text or "",)
        return [
            Message(
                channel=Terminal.name,
                chat=chat,
                key=self._key(position, at),
                position=position + at,
                text=text,
                choice=self.choice,
                edits=self.edit,
                sent_at=self.moment,
            )
            for at, text in enumerate(texts)
        ]

    def _key(self, position: int, at: int) -> str:
        if self.key is None:
            return f"line-{position + at}"
        return f"{self.key}.{at + 1}" if at else self.key


def of_official(channel: str, chat: str, key: str, event: Literal["taken", "handed_back"]) -> Message:
    """What an official who is nobody of the desk does in a conversation."""
    return Message(channel=channel, chat=chat, key=key, sender="official", event=event)


def read_line(raw: bytes) -> Line:
    """Read one line of JSON. Raises Unreadable, with what is wrong."""
    try:
        return Line.model_validate_json(raw)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(step) for step in first["loc"])
        problem = first["msg"].removeprefix("Value error, ")
        raise Unreadable(f"{where}: {problem}" if where else problem) from error


def show(say: Say) -> Mapping[str, Any]:
    """One thing said, as a line of output."""
    return {
        "say": say.text,
        "choices": [{"id": choice.id, "label": choice.label} for choice in say.choices],
        "asking": say.asking,
    }
