"""Telegram as a channel: whichever library speaks to it, what is ours to decide is here."""

from __future__ import annotations

import asyncio
import hmac
import logging
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import timedelta
from importlib import import_module
from typing import TypeVar

from bot.channels import telegram
from bot.channels.allowance import Allowance
from bot.channels.channel import Gone, Hooked, Retry, TooLarge, Unreachable
from bot.channels.settings import TELEGRAM_API, TelegramSettings
from bot.channels.telegram import Line, Me
from bot.channels.telegram_client import BAD_REQUEST, Client, Moved, Refused
from storage.crypto import KeyRing
from stories.effects import Say
from stories.types import Attachment, Message

SECRET_HEADER = "x-telegram-bot-api-secret-token"  # noqa: S105  # Where the secret is, not what it is.
DOWNLOADABLE = 20_000_000
"""Bytes of the largest file that Telegram's own server hands to a bot."""
PATIENCE = 5.0
"""Seconds that a start waits for Telegram to say who we are."""
UNSEEN = frozenset({"group", "not_addressed", "blocked", "unblocked"})
"""Events after which nobody waits for an answer."""
HOPELESS = timedelta(minutes=1)
"""When a line that Telegram refuses is tried again: an operator may have mended the token meanwhile."""
UNFINISHED = 1000
LOG = logging.getLogger(__name__)
T = TypeVar("T")


class Telegram(Hooked):
    """A bot of Telegram."""

    name = telegram.NAME
    reminds = True

    def __init__(
        self, settings: TelegramSettings, ring: KeyRing, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """`clock`: by which it is measured how much is sent to whom."""
        self._settings = settings
        number = settings.token.partition(":")[0]
        self.secret = hmac.digest(ring.blinding, f"telegram webhook\0{number}".encode(), "sha256").hex()
        self._me = Me(id=int(number))
        self._client: asyncio.Future[Client] | None = None
        self._bot = Allowance(at_once=30, a_second=30, clock=clock)  # What Telegram asks bots to keep to.
        self._chats = Allowance(at_once=5, a_second=1, clock=clock)
        self._groups = Allowance(at_once=5, a_second=20 / 60, clock=clock)
        self._typing = Allowance(at_once=1, a_second=1 / 4, clock=clock)  # It is shown for five seconds.
        self._moved: dict[int, int] = {}
        self._unfinished: dict[tuple[str, Say], int] = {}
        """How many parts of a long line were sent before it failed."""

    async def client(self) -> Client:
        """The client; its library is loaded once, off the event loop."""
        if self._client is None:
            self._client = asyncio.ensure_future(self._load())
        return await asyncio.shield(self._client)

    async def open(self) -> None:
        """Load the library, and ask Telegram who we are; without an answer groups are told less well apart."""
        client = await self.client()
        try:
            me = await asyncio.wait_for(client.get_me(), PATIENCE)
        except (Retry, Refused, Unreachable, TimeoutError) as error:
            LOG.warning("Telegram does not say who this bot is: %s", error or "no answer")
        else:
            self._me = Me(id=me.id, username=me.username)

    async def close(self) -> None:
        if self._client is not None:
            await (await self.client()).close()

    def verify(self, headers: Mapping[str, str], body: bytes) -> bool:  # noqa: ARG002  # Telegram signs nothing.
        return hmac.compare_digest(headers.get(SECRET_HEADER, "").encode(), self.secret.encode())

    def decode(self, body: bytes) -> Sequence[Message]:
        return telegram.decode(body, self._me)

    async def send(self, chat: str, say: Say) -> None:
        """Say it, in as many messages as it needs; tried again, it goes on where it was cut off."""
        lines, unfinished = telegram.encode(say), (chat, say)
        done = self._unfinished.get(unfinished, 0)
        self._spend(int(chat), len(lines) - done)
        client = await self.client()
        for at, line in enumerate(lines[done:], done):
            try:
                await self._say(client, int(chat), line)
            except Retry:
                self._remember(unfinished, at)
                raise
        self._unfinished.pop(unfinished, None)

    async def seen(self, messages: Sequence[Message]) -> None:
        """Show that an answer is being typed, now and then and not once a message."""
        client = await self.client()
        for chat in {message.chat for message in messages if message.event not in UNSEEN}:
            if not self._typing.wait(chat):
                self._typing.spend(chat)
                await client.send_typing(int(chat))

    async def answer_press(self, chat: str, press: str) -> None:
        callback, message = telegram.split_press(press)
        client = await self.client()
        await _settled(client.answer_callback(callback))
        if message is not None:
            await _settled(client.remove_buttons(self._moved.get(int(chat), int(chat)), message))

    async def fetch(self, attachment: Attachment, *, most: int) -> bytes:
        limit = min(most, DOWNLOADABLE) if self._settings.api == TELEGRAM_API else most
        if attachment.size is not None and attachment.size > limit:
            raise TooLarge(limit)
        client = await self.client()
        try:
            path, size = await client.get_file(attachment.id)
        except Refused as refused:
            if refused.says("too big"):
                raise TooLarge(limit) from None
            raise Gone(refused.reason) from None
        except Unreachable as error:
            raise Gone(str(error)) from None
        if size is not None and size > limit:
            raise TooLarge(limit)
        return await client.download(path, limit)

    async def _load(self) -> Client:
        name, kind = {"aiogram": ("telegram_aiogram", "Aiogram"), "ptb": ("telegram_ptb", "Ptb")}[self._settings.client]
        library = await asyncio.to_thread(import_module, f"bot.channels.{name}")
        made: Callable[[TelegramSettings], Client] = getattr(library, kind)
        return made(self._settings)

    def _spend(self, chat: int, count: int) -> None:
        """Count what is about to be sent. Raises Retry where it is too soon."""
        own = self._chats if chat > 0 else self._groups
        wait = max(own.wait(chat), self._bot.wait(None))
        if wait:
            raise Retry(timedelta(seconds=wait), counts=False)
        own.spend(chat, count)
        self._bot.spend(None, count)

    async def _say(self, client: Client, chat: int, line: Line) -> None:
        """Hand over one part, without its marks where they cannot be read. Raises Retry, Unreachable or Refused."""
        try:
            await self._follow(chat, lambda to: client.send_message(to, line))
        except Refused:
            try:
                await self._follow(chat, lambda to: client.send_message(to, line, plain=True))
            except Refused as refused:
                LOG.error("Telegram takes no line: %d", refused.status)  # noqa: TRY400  # Its reason may hold words.
                if refused.status == BAD_REQUEST:
                    raise
                raise Retry(HOPELESS) from None

    async def _follow(self, chat: int, call: Callable[[int], Awaitable[T]]) -> T:
        """Make a call for a chat, under its new number where it moved."""
        try:
            return await call(self._moved.get(chat, chat))
        except Moved as moved:
            self._moved[chat] = moved.chat
            return await call(moved.chat)

    def _remember(self, unfinished: tuple[str, Say], done: int) -> None:
        self._unfinished.pop(unfinished, None)
        self._unfinished[unfinished] = done
        if len(self._unfinished) > UNFINISHED:
            self._unfinished.pop(next(iter(self._unfinished)))


async def _settled(call: Awaitable[None]) -> None:
    """Done; what was done before, is gone or came too late is fine. Raises Retry."""
    try:
        await call
    except (Refused, Unreachable, Moved):
        return
