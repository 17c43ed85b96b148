"""What the shell needs of a channel, and what may go wrong there, named by its remedy."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from datetime import timedelta

from storage.arrivals import Arrival
from stories.effects import Say
from stories.types import Attachment, Language, Message


class Retry(Exception):  # noqa: N818  # Errors are named by their remedy.
    """Not now: send again after this long."""

    def __init__(self, after: timedelta, *, counts: bool = True) -> None:
        """`counts`: as a failed attempt; what is only slowed down does not."""
        super().__init__(f"again after {after}")
        self.after, self.counts = after, counts


class Unreachable(Exception):  # noqa: N818
    """This chat will not get it: blocked, left or closed."""


class Closed(Exception):  # noqa: N818
    """The person may be answered no longer, until it writes again."""


class Refused(Exception):  # noqa: N818
    """The network does not take this line, now or later."""


class Unreadable(Exception):  # noqa: N818
    """This payload is none that we know; `read`: what of it could be read all the same."""

    def __init__(self, problem: str, read: Sequence[Message] = ()) -> None:
        super().__init__(problem)
        self.read = read


class TooLarge(Exception):  # noqa: N818
    """This file is larger than the channel hands out, or than we keep."""


class Gone(Exception):  # noqa: N818
    """The channel no longer has this file."""


class Channel(ABC):
    """A way to reach people. A channel that says nothing of a part is one that does not have it."""

    name: str
    mailbox: bool = False
    """The person comes to read: once kept, a line is delivered, and `send` is not called."""
    reminds: bool = False
    """A person can be written to of our own accord."""
    shows_notice: bool = False
    """Its page has the notice before the text field."""
    resumes: bool = False
    """A link can bring a person back to its chat."""
    window: timedelta | None = None
    """How long after a person's last message it may be answered freely; None: always."""
    announces: bool = False
    """After that, a person can be told that an answer waits."""

    @abstractmethod
    async def send(self, chat: str, say: Say) -> str | None:
        """Hand over one line; what the network calls it. Raises Retry, Unreachable, Closed or Refused."""

    async def announce(self, chat: str, language: Language) -> None:
        """Say outside the window that an answer waits, and none of its words. Raises Retry or Unreachable."""
        raise NotImplementedError((chat, language))

    async def seen(self, messages: Sequence[Message]) -> None:  # noqa: B027  # Most channels show nothing.
        """Show that these were read and an answer is coming; whoever calls it does not mind if it fails."""

    async def answer_press(self, chat: str, press: str) -> None:  # noqa: B027  # Some have no buttons.
        """Answer a button and take its buttons away; done before, gone or too old is fine. Raises Retry."""

    async def fetch(self, attachment: Attachment, *, most: int) -> bytes:
        """The bytes of a file. Raises Retry, Gone, or TooLarge where it has more than `most` bytes."""
        raise Gone(attachment.kind, most)

    async def open(self) -> None:  # noqa: B027  # Most are ready at once.
        """Load what is heavy, off the event loop; this process says that it is ready only afterwards."""

    async def close(self) -> None:  # noqa: B027  # Some hold none.
        """Let go of connections."""


class Hooked(Channel):
    """A channel whose network calls us: `/hooks/<name>`."""

    @abstractmethod
    def verify(self, headers: Mapping[str, str], body: bytes) -> bool:
        """Whether the network itself sent this; compared in constant time. Header names are lower case."""

    @abstractmethod
    def decode(self, body: bytes) -> Sequence[Message]:
        """What a payload says to us; nothing where it says nothing. Pure. Raises Unreadable."""

    def arrivals(self, body: bytes) -> Sequence[Arrival]:  # noqa: ARG002  # Most networks tell nothing.
        """What a payload tells of lines of ours. Pure."""
        return ()

    def challenge(self, query: Mapping[str, str]) -> str | None:  # noqa: ARG002  # Only some networks ask.
        """What the network wants to read when it first calls; None where the call is not its own."""
        return None
