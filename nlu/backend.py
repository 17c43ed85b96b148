"""What every reader of messages offers, and what it is told of the moment."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from stories.script import Platforms
from stories.types import Language, Understanding


class NLUError(Exception):
    """This backend cannot answer now; another may."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Expecting:
    """What the bot has just asked, in the names of `Say.asking`."""

    asking: str
    kind: str = "text"
    """The kind of the question, as in `stories.script.Question`; `text` for the open ones."""
    options: tuple[str, ...] = ()
    """Ids of the answers on offer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """One text to understand."""

    text: str
    at: datetime
    """When it was said: "hier" counts from here."""
    expecting: Expecting | None = None
    language: Language | None = None
    """The conversation's language: what a text too short to tell is taken to be in."""
    model: str | None = None
    """The version of the classifier that the conversation began with; none: the one in use."""
    platforms: Platforms | None = None
    """Those of the script that takes the turn; none: those that the reader was given."""


class NLU(Protocol):
    """A reader of messages."""

    name: str
    """Backend, model and version: kept with every Understanding."""

    def understand_many(self, asks: Sequence[Ask]) -> list[Understanding]:
        """One Understanding a text, in order; blocking and CPU-bound, so it is called off the event loop.

        Raises NLUError.
        """
        ...
