"""What the shell needs of a channel, and what may go wrong there, named by its remedy."""

from __future__ import annotations

from datetime import timedelta
from typing import Protocol

from stories.types import Say


class Retry(Exception):  # noqa: N818  # Errors are named by their remedy.
    """Not now: send again after this long."""

    def __init__(self, after: timedelta) -> None:
        super().__init__(f"again after {after}")
        self.after = after


class Unreachable(Exception):  # noqa: N818
    """This chat will not get it: blocked, left or closed."""


class Unreadable(Exception):  # noqa: N818
    """This payload is none that we know."""


class Channel(Protocol):
    """A way to reach people."""

    name: str
    mailbox: bool
    """The person comes to read: once kept, a line is delivered, and `send` is not called."""
    reminds: bool
    """A person can be written to of our own accord."""
    shows_notice: bool
    """Its page has the notice before the text field."""
    resumes: bool
    """A link can bring a person back to its chat."""

    async def send(self, chat: str, say: Say) -> None:
        """Hand over one line. Raises Retry or Unreachable."""
        ...
