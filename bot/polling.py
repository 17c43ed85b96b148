"""Telegram asked for its updates: it is told to forget one only once we keep it."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import math
from collections.abc import Mapping
from typing import Any

from sqlalchemy.exc import SQLAlchemyError

from bot.app import App
from bot.channels.channel import Retry
from bot.channels.telegram import KINDS
from bot.channels.telegram_channel import Telegram
from bot.channels.telegram_client import CONFLICT, Client, Refused
from bot.hooks import take_in
from bot.introduction import introduce
from bot.values import CommandError

WAIT = 25
"""Seconds that Telegram holds a question for which it has no answer yet."""
PAUSE = 2.0
"""Seconds after which a question that failed is asked again."""
TRIES = 3
"""Another poller may just be ending: so often it is asked at the start before we give up."""
NO_BOT = "TELEGRAM_TOKEN is not set: ask @BotFather for a bot, see docs/telegram.md"
LOG = logging.getLogger(__name__)


class Poller:
    """Asks for updates until it is stopped. There must be one only for a bot."""

    def __init__(self, app: App, channel: Telegram, *, wait: int = WAIT, pause: float = PAUSE) -> None:
        self._app, self._channel, self._wait, self._pause = app, channel, wait, pause
        self._stopping = asyncio.Event()
        self._last: int | None = None
        self._tries = TRIES
        """How often it may still be refused before it begins; 0: it has begun."""

    async def run(self) -> None:
        """Ask until `stop`. Raises CommandError where Telegram does not let us begin: another asks, or is called."""
        client = await self._channel.client()
        while not self._stopping.is_set():
            asking = asyncio.create_task(self._take(client))
            stopping = asyncio.create_task(self._stopping.wait())
            try:
                await asyncio.wait({asking, stopping}, return_when=asyncio.FIRST_COMPLETED)
            finally:
                stopping.cancel()
                ended = asking.done() or not asking.cancel()
            if ended:
                await self._go_on(client, asking)

    def stop(self) -> None:
        """End; what was not kept yet comes again."""
        self._stopping.set()

    async def _take(self, client: Client) -> None:
        """Ask for what comes after the last update that is kept, and keep it: all at once, in one commit.

        The first question is held just so long that a poller which it drove away has time to come back.
        """
        seconds = min(self._wait, math.ceil(2 * self._pause) + 1) if self._tries else self._wait
        updates = await client.get_updates(self._last, seconds, KINDS)
        await asyncio.gather(*(take_in(self._app, self._channel, _body(update)) for update in updates))
        self._last = max([update["update_id"] for update in updates], default=self._last)

    async def _go_on(self, client: Client, asked: asyncio.Task[None]) -> None:
        """After a failure wait a moment, or as long as Telegram says. Raises CommandError before it has begun."""
        try:
            await asked
        except Retry as error:
            await self._rest(max(self._pause, error.after.total_seconds()))
        except Refused as refused:
            if self._tries:
                await self._count_refusal(client, refused)
            LOG.error("Telegram gives no updates: %s", _why(refused))  # noqa: TRY400  # No traceback is needed.
            await self._rest(self._pause)
        except (SQLAlchemyError, OSError) as error:
            LOG.error("what Telegram sent could not be kept: %s", type(error).__name__)  # noqa: TRY400
            await self._rest(self._pause)
        else:
            if self._tries:
                self._tries = 0
                await self._introduce(client)

    async def _count_refusal(self, client: Client, refused: Refused) -> None:
        """Refused before anything came: no use to go on. Another poller may just be ending. Raises CommandError."""
        if refused.status != CONFLICT:
            raise CommandError(unknown(refused))
        if refused.says("webhook"):
            raise CommandError(_webhook_set((await client.get_webhook()).url))
        self._tries -= 1
        if not self._tries:
            raise CommandError(SECOND)

    async def _introduce(self, client: Client) -> None:
        try:
            await introduce(client, self._app.script)
        except (Retry, Refused) as error:
            LOG.warning("Telegram does not take the commands and the description: %s", error)

    async def _rest(self, seconds: float) -> None:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._stopping.wait(), seconds)


def telegram_of(app: App) -> Telegram:
    """The Telegram channel of this process. Raises CommandError where it has none."""
    channel = app.channels.get(Telegram.name)
    if not isinstance(channel, Telegram):
        raise CommandError(NO_BOT)
    return channel


def _body(update: Mapping[str, Any]) -> bytes:
    return json.dumps(update, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")


SECOND = (
    "another process asks Telegram for this bot's messages, and only one may: stop that one, "
    "or let Telegram call you: set PUBLIC_URL to an https:// address, then `portevoix telegram set-webhook`"
)


def _webhook_set(url: str) -> str:
    return (
        f"Telegram calls {url}, so it cannot be asked: set TELEGRAM_UPDATES=webhook to be called, "
        "or take that webhook away with `portevoix telegram poll --remove-webhook`"
    )


def unknown(refused: Refused) -> str:
    """Why Telegram does not work with us, and what to do."""
    return f"TELEGRAM_TOKEN: Telegram refuses this bot ({refused}): copy the token from @BotFather again"


def _why(refused: Refused) -> str:
    if refused.status != CONFLICT:
        return str(refused)
    return "a webhook was set meanwhile" if refused.says("webhook") else SECOND
