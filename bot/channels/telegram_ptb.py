"""Telegram through python-telegram-bot: its API client and types."""

from __future__ import annotations

import json
import logging
import os
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from telegram import Bot, BotCommand, InlineKeyboardButton, InlineKeyboardMarkup, LinkPreviewOptions, error
from telegram.request import HTTPXRequest

from bot.channels.channel import Gone, Retry, TooLarge
from bot.channels.settings import TelegramSettings
from bot.channels.telegram import Line
from bot.channels.telegram_client import SERVER_ERROR, SOON, Introduction, Profile, Webhook, failure

os.environ.setdefault("PTB_TIMEDELTA", "true")  # The type of `retry_after` that is to come; else each 429 warns.
logging.getLogger("telegram").setLevel(logging.CRITICAL)  # It would log answers that it cannot read, words and all.

PATIENCE = 20.0
POOL = 64
STATUS: dict[type[error.TelegramError], int] = {
    error.BadRequest: 400,
    error.InvalidToken: 401,
    error.Forbidden: 403,
    error.Conflict: 409,
}


class Ptb:
    """A client on python-telegram-bot's Bot."""

    def __init__(self, settings: TelegramSettings) -> None:
        self._token, self._api = settings.token, settings.api
        self._request = HTTPXRequest(
            connection_pool_size=POOL, read_timeout=PATIENCE, write_timeout=PATIENCE, pool_timeout=PATIENCE
        )
        self._bot = Bot(
            settings.token, base_url=f"{settings.api}/bot", base_file_url=f"{settings.api}/file/bot",
            request=self._request, get_updates_request=self._request,
        )  # fmt: skip

    async def get_me(self) -> Profile:
        async with _remedied():
            me = await self._bot.get_me()
        return Profile(
            id=me.id, username=me.username or "", name=me.full_name, reads_groups=bool(me.can_read_all_group_messages)
        )

    async def send_message(self, chat: int, line: Line, *, plain: bool = False) -> None:
        keyboard = [[InlineKeyboardButton(one.label, callback_data=one.id) for one in row] for row in line.rows]
        async with _remedied():
            await self._bot.send_message(
                chat,
                line.plain if plain else line.html,
                parse_mode=None if plain else "HTML",
                link_preview_options=LinkPreviewOptions(is_disabled=True),
                reply_markup=InlineKeyboardMarkup(keyboard) if keyboard else None,
            )

    async def send_typing(self, chat: int) -> None:
        async with _remedied():
            await self._bot.send_chat_action(chat, "typing")

    async def answer_callback(self, callback: str) -> None:
        async with _remedied():
            await self._bot.answer_callback_query(callback)

    async def remove_buttons(self, chat: int, message: int) -> None:
        async with _remedied():
            await self._bot.edit_message_reply_markup(chat_id=chat, message_id=message)

    async def get_file(self, file_id: str) -> tuple[str, int | None]:
        async with _remedied():
            file = await self._bot.get_file(file_id)
        if file.file_path is None:
            raise Gone("no path")
        return file.file_path, file.file_size

    async def download(self, path: str, most: int) -> bytes:
        async with _remedied():
            try:
                content = await self._request.retrieve(path)
            except (error.BadRequest, error.Forbidden, error.InvalidToken):
                raise Gone("no such file") from None
        if len(content) > most:
            raise TooLarge(most)
        return content

    async def set_webhook(self, url: str, secret: str, kinds: Sequence[str]) -> None:
        async with _remedied():
            await self._bot.set_webhook(url, secret_token=secret, allowed_updates=list(kinds))

    async def delete_webhook(self) -> None:
        async with _remedied():
            await self._bot.delete_webhook()

    async def get_webhook(self) -> Webhook:
        async with _remedied():
            now = await self._bot.get_webhook_info()
        return Webhook(
            url=now.url, pending=now.pending_update_count, error=now.last_error_message or "",
            failed_at=now.last_error_date,
        )  # fmt: skip

    async def get_updates(self, after: int | None, seconds: int, kinds: Sequence[str]) -> list[dict[str, Any]]:
        """As they came: one that the library cannot read must not hold back the others."""
        asked = {"timeout": seconds, "allowed_updates": json.dumps(list(kinds))}
        if after is not None:
            asked["offset"] = after + 1
        async with _remedied():
            found = await self._request.post(
                f"{self._api}/bot{self._token}/getUpdates?{urlencode(asked)}", read_timeout=seconds + PATIENCE
            )
        return list(found) if isinstance(found, list) else []

    async def introduce(self, said: Introduction) -> None:
        commands = [BotCommand(name, does) for name, does in said.commands.items()]
        async with _remedied():
            await self._bot.set_my_commands(commands, language_code=said.language)
            await self._bot.set_my_description(said.description, language_code=said.language)
            await self._bot.set_my_short_description(said.about, language_code=said.language)

    async def close(self) -> None:
        await self._request.shutdown()


@asynccontextmanager
async def _remedied() -> AsyncIterator[None]:
    """The library's errors as ours; their texts may hold addresses with the token, so they are not passed on."""
    try:
        yield
    except error.RetryAfter as late:
        after = late.retry_after
        seconds = after.total_seconds() if isinstance(after, timedelta) else after
        raise failure(429, "", after=seconds) from None
    except error.ChatMigrated as moved:
        raise failure(400, "", moved=moved.new_chat_id) from None
    except error.TelegramError as found:
        if isinstance(found, error.NetworkError) and not isinstance(found, error.BadRequest):
            raise Retry(SOON) from None
        raise failure(STATUS.get(type(found), SERVER_ERROR), found.message) from None
