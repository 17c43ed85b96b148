"""Telegram through aiogram: its API client and types; importing this takes a second or two."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

from aiogram import Bot, exceptions
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.methods import TelegramMethod
from aiogram.types import BotCommand, InlineKeyboardButton, InlineKeyboardMarkup, LinkPreviewOptions
from aiohttp import ClientError, ClientResponseError

from bot.channels.channel import Gone, Retry, TooLarge
from bot.channels.settings import TelegramSettings
from bot.channels.telegram import Line
from bot.channels.telegram_client import SERVER_ERROR, SOON, Introduction, Profile, Webhook, failure

PATIENCE = 20
STATUS: dict[type[exceptions.TelegramAPIError], int] = {
    exceptions.TelegramBadRequest: 400,
    exceptions.TelegramUnauthorizedError: 401,
    exceptions.TelegramForbiddenError: 403,
    exceptions.TelegramNotFound: 404,
    exceptions.TelegramConflictError: 409,
}


class RawUpdates(TelegramMethod[list[dict[str, Any]]]):
    """Updates as they came: one that aiogram cannot read must not hold back the others."""

    __returning__ = list[dict[str, Any]]
    __api_method__ = "getUpdates"

    offset: int | None
    timeout: int
    allowed_updates: list[str]


class Aiogram:
    """A client on aiogram's Bot."""

    def __init__(self, settings: TelegramSettings) -> None:
        session = AiohttpSession(api=TelegramAPIServer.from_base(settings.api), timeout=PATIENCE)
        self._bot = Bot(settings.token, session=session)

    async def get_me(self) -> Profile:
        async with _remedied():
            me = await self._bot.get_me()
        return Profile(
            id=me.id, username=me.username or "", name=me.full_name, reads_groups=bool(me.can_read_all_group_messages)
        )

    async def send_message(self, chat: int, line: Line, *, plain: bool = False) -> None:
        keyboard = [[InlineKeyboardButton(text=one.label, callback_data=one.id) for one in row] for row in line.rows]
        async with _remedied():
            await self._bot.send_message(
                chat,
                line.plain if plain else line.html,
                parse_mode=None if plain else "HTML",
                link_preview_options=LinkPreviewOptions(is_disabled=True),
                reply_markup=InlineKeyboardMarkup(inline_keyboard=keyboard) if keyboard else None,
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
        url = self._bot.session.api.file_url(self._bot.token, path)
        content = bytearray()
        async with _remedied():
            async for chunk in self._bot.session.stream_content(url):
                content += chunk
                if len(content) > most:
                    raise TooLarge(most)
        return bytes(content)

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
        asked = RawUpdates(offset=None if after is None else after + 1, timeout=seconds, allowed_updates=list(kinds))
        async with _remedied():
            return await self._bot(asked, request_timeout=seconds + PATIENCE)

    async def introduce(self, said: Introduction) -> None:
        commands = [BotCommand(command=name, description=does) for name, does in said.commands.items()]
        async with _remedied():
            await self._bot.set_my_commands(commands, language_code=said.language)
            await self._bot.set_my_description(said.description, language_code=said.language)
            await self._bot.set_my_short_description(said.about, language_code=said.language)

    async def close(self) -> None:
        await self._bot.session.close()


@asynccontextmanager
async def _remedied() -> AsyncIterator[None]:
    """Aiogram's errors as ours; their texts may name the chat, so they are not passed on."""
    try:
        yield
    except exceptions.TelegramRetryAfter as error:
        raise failure(429, "", after=error.retry_after) from None
    except exceptions.TelegramMigrateToChat as error:
        raise failure(400, "", moved=error.migrate_to_chat_id) from None
    except ClientResponseError as error:
        if error.status < SERVER_ERROR:
            raise Gone(error.status) from None
        raise Retry(SOON) from None
    except (exceptions.TelegramNetworkError, exceptions.ClientDecodeError, ClientError, TimeoutError):
        raise Retry(SOON) from None
    except exceptions.TelegramAPIError as error:
        raise failure(STATUS.get(type(error), SERVER_ERROR), error.message) from None
