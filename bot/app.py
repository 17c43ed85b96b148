"""Everything the shell works with, built once by bot/assembly.py and handed to whoever needs it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

from bot.channels.channel import Channel
from bot.hub import Hub
from nlu.backend import NLU
from storage.conversations import Reading
from storage.crypto import KeyRing
from storage.database import Database
from storage.inbox import Door
from stories.script import Script
from stories.types import Conversation, Effect, Message, Turn


class Registry(Protocol):
    """A public register of companies."""

    async def look_up(self, number: str) -> Mapping[str, str] | None:
        """What it says of a SIREN or SIRET, by field name; None where it knows none. Raises Retry."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialogue:
    """The pure core, as the shell calls it."""

    advance: Callable[[Script, Conversation, Turn], tuple[Conversation, Sequence[Effect]]]
    expecting: Callable[[Script, Conversation], tuple[str, str, Sequence[str]] | None]
    """What was just asked: (asking, kind of question, ids of the options)."""
    listening: Callable[[Conversation], bool]
    references_wanted: Callable[[Conversation, Sequence[Message]], Sequence[tuple[str, str | None]]]
    """Cases that these messages ask about: (reference, access code or None)."""


def dialogue() -> Dialogue:
    """The core that comes with Portevoix."""
    from stories.dialogue import advance, expecting, listening
    from stories.requests import references_wanted

    return Dialogue(advance=advance, expecting=expecting, listening=listening, references_wanted=references_wanted)


@dataclass(frozen=True, slots=True, kw_only=True)
class App:
    """One process of Portevoix."""

    database: Database
    ring: KeyRing
    script: Script
    nlu: NLU
    channels: Mapping[str, Channel]
    clock: Callable[[], datetime]
    """Now, aware."""
    encoder: str | None = None
    """The sentence encoder of the embedded model; None where that reads words and letters alone."""
    registry: Registry | None = None
    hub: Hub = field(default_factory=Hub)
    dialogue: Dialogue = field(default_factory=dialogue)
    resume_url: str = "/reprendre/"
    """What a resume token is put behind, to make a link of it."""
    burst: timedelta = timedelta(seconds=1.5)
    """How long a short text waits for the next while the story is told; zero: each is a turn."""
    burst_limit: timedelta = timedelta(seconds=8)
    lease: timedelta = timedelta(seconds=60)
    """After this long without an end, a turn or a delivery is given to another worker."""
    nlu_limit: timedelta = timedelta(seconds=30)
    attempts: int = 5
    """A message whose turn fails this often is failed, and its lane goes on."""
    deliveries: int = 100
    """A line whose delivery fails this often is failed, and its lane goes on."""
    door: Door = field(init=False)
    reading: Reading = field(init=False)

    def __post_init__(self) -> None:
        kept = self.hub.work["inbox"].set
        door = Door(self.database, self.ring, burst=self.burst, limit=self.burst_limit, kept=kept)
        object.__setattr__(self, "door", door)
        object.__setattr__(self, "reading", Reading(self.database, self.ring))
