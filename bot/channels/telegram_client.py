"""What a client of the Bot API does for us, the same of every library, and what its failures mean."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

from bot.channels import channel
from bot.channels.channel import Retry, Unreachable
from bot.channels.telegram import Line
from stories.types import Language

SOON = timedelta(seconds=2)
"""When a network that failed is tried again; each failure after that waits longer."""
CLOSED = (
    "chat not found", "user not found", "user is deactivated", "peer_id_invalid", "bot was kicked", "bot was blocked",
    "group chat was deactivated", "not enough rights to send", "have no rights to send", "chat_write_forbidden",
    "chat_restricted", "bot is not a member", "can't initiate conversation",
)  # fmt: skip
"""What Telegram says of a chat that will not get it."""
BAD_REQUEST, FORBIDDEN, CONFLICT, TOO_MANY, SERVER_ERROR = 400, 403, 409, 429, 500


class Refused(channel.Refused):
    """Telegram will not do this, however often it is asked the same way."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(f"{status}: {reason}")
        self.status, self.reason = status, reason

    def says(self, *words: str) -> bool:
        """Whether the reason holds one of these."""
        return any(one in self.reason.lower() for one in words)


class Moved(Exception):  # noqa: N818
    """This group has another number now."""

    def __init__(self, chat: int) -> None:
        super().__init__("the chat has another id")
        self.chat = chat


def failure(status: int, reason: str, *, after: float | None = None, moved: int | None = None) -> Exception:
    """What is to be done about an answer that is no success."""
    if moved is not None:
        return Moved(moved)
    if after is not None or status == TOO_MANY:
        return Retry(timedelta(seconds=after or SOON.total_seconds()), counts=False)
    if status >= SERVER_ERROR:
        return Retry(SOON)
    refused = Refused(status, reason)
    if status == FORBIDDEN or (status == BAD_REQUEST and refused.says(*CLOSED)):
        return Unreachable(reason)
    return refused


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """The bot as Telegram knows it."""

    id: int
    username: str
    name: str
    reads_groups: bool = False
    """Privacy mode is off: it gets every message of its groups."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Webhook:
    """Whom Telegram calls; `url` is empty where it calls nobody."""

    url: str
    pending: int = 0
    """Updates that nobody took yet."""
    error: str = ""
    """Why its last call failed."""
    failed_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Introduction:
    """What people see of the bot before they write, in one language."""

    language: Language | None
    """None: for every language that has none of its own."""
    commands: Mapping[str, str]
    """With what each does."""
    description: str
    about: str


class Client(Protocol):
    """Speaks to Telegram. Each call may raise Retry, Unreachable, Moved or Refused."""

    async def get_me(self) -> Profile: ...

    async def send_message(self, chat: int, line: Line, *, plain: bool = False) -> None:
        """`plain`: without the marks."""

    async def send_typing(self, chat: int) -> None: ...

    async def answer_callback(self, callback: str) -> None: ...

    async def remove_buttons(self, chat: int, message: int) -> None: ...

    async def get_file(self, file_id: str) -> tuple[str, int | None]:
        """Where a file can be fetched, and its size."""

    async def download(self, path: str, most: int) -> bytes:
        """Raises TooLarge as soon as there are more than `most` bytes."""

    async def set_webhook(self, url: str, secret: str, kinds: Sequence[str]) -> None: ...

    async def delete_webhook(self) -> None: ...

    async def get_webhook(self) -> Webhook: ...

    async def get_updates(self, after: int | None, seconds: int, kinds: Sequence[str]) -> list[dict[str, Any]]:
        """What came after that update, as Telegram wrote it; waits so many seconds for something to come.

        To ask for what came after an update tells Telegram to forget it.
        """

    async def introduce(self, said: Introduction) -> None: ...

    async def close(self) -> None: ...
