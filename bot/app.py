"""Everything the shell works with, built once by bot/assembly.py and handed to whoever needs it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from bot.channels.channel import Channel
from bot.hub import Hub
from bot.limits import TrainingSettings
from bot.voice import Transcriber
from nlu.backend import NLU
from storage.conversations import Reading
from storage.crypto import KeyRing
from storage.database import Database
from storage.filestore import FileStore, in_memory
from storage.inbox import Door
from stories.effects import Effect
from stories.script import Script
from stories.types import Conversation, Message, Turn

if TYPE_CHECKING:
    from nlu.versions import Versions

FILES_AT_ONCE = 3


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


@dataclass(slots=True, kw_only=True)
class App:
    """One process of Portevoix. Its script and its NLU are exchanged while it runs; all else stays."""

    database: Database
    ring: KeyRing
    script: Script
    """The one in use: the published one, or `packaged`."""
    nlu: NLU
    channels: Mapping[str, Channel]
    clock: Callable[[], datetime]
    """Now, aware."""
    versions: Versions | None = None
    """Those of the embedded model, of which one is in use; none: another reader stands alone."""
    reader: Callable[[Script, Versions], NLU] = lambda _script, versions: versions
    """Makes the NLU of the versions held."""
    training: TrainingSettings | None = None
    """Where and how long models are trained; none: they are not."""
    packaged: Script | None = None
    """The one that comes with Portevoix, or with SCRIPT_FOLDER; none: the one that it begins with."""
    registry: Registry | None = None
    opening: asyncio.Future[Any] | None = None
    """The channels getting ready, in the background; none: they are."""
    transcriber: Transcriber | None = None
    """Turns voice messages into text."""
    hub: Hub = field(default_factory=Hub)
    dialogue: Dialogue = field(default_factory=dialogue)
    files: FileStore = field(default_factory=in_memory)
    """The bytes of what firms send."""
    most: int = 25_000_000
    """Bytes of the largest file that is kept."""
    clamd: str | None = None
    """Who looks for viruses: host:port, or the path of a socket."""
    looking: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(FILES_AT_ONCE))
    """So few files are held in memory at once."""
    upload_url: str = "/deposer/"
    """What the token of an upload link is put behind."""
    resume_url: str = "/reprendre/"
    """What a resume token is put behind, to make a link of it."""
    page_url: str = ""
    """The address of the web chat; none: it has no address of its own."""
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
    audit_months: int = 12
    """How long what officials read and did is kept."""
    audit_head: Path | None = None
    """Where it is written down how far the audit log has come."""
    door: Door = field(init=False)
    reading: Reading = field(init=False)

    @property
    def version(self) -> str | None:
        """The version of the embedded model in use."""
        return self.versions.version if self.versions is not None else None

    @property
    def encoder(self) -> str | None:
        """The sentence encoder of that model; None where it reads words and letters alone."""
        return self.versions.encoder if self.versions is not None else None

    @property
    def transcribes(self) -> bool:
        """Whether voice messages are turned into text."""
        return self.transcriber is not None

    def __post_init__(self) -> None:
        kept = self.hub.work["inbox"].set
        self.door = Door(self.database, self.ring, burst=self.burst, limit=self.burst_limit, kept=kept)
        self.reading = Reading(self.database, self.ring)
        self.packaged = self.packaged or self.script

    @property
    def ready(self) -> bool:
        """Whether every channel can be used."""
        opening = self.opening
        return opening is None or (opening.done() and not opening.cancelled() and opening.exception() is None)
