"""The methods of the Bot API that the fake Telegram knows, as strict as the real one."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from tests.fakes.telegram_people import BOT, USERNAME
from tests.fakes.telegram_wire import Hook, Refusal, Sent, as_json, buttons, shown

if TYPE_CHECKING:
    from tests.fakes.telegram import FakeTelegram

DOWNLOADABLE = 20_000_000
USUAL = frozenset({"message", "edited_message", "channel_post", "callback_query", "my_chat_member", "poll"})
"""Some of the kinds that a bot gets which never said what it wants."""


def get_me(_fake: FakeTelegram, _asked: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "id": BOT, "is_bot": True, "first_name": "Portevoix", "username": USERNAME,
        "can_join_groups": True, "can_read_all_group_messages": False, "supports_inline_queries": False,
    }  # fmt: skip


def send_message(fake: FakeTelegram, asked: Mapping[str, Any]) -> dict[str, Any]:
    chat = _reached(fake, asked)
    if waits := fake.faults.too_many.get(chat):
        seconds = waits.pop(0)
        raise Refusal(429, f"Too Many Requests: retry after {seconds}", retry_after=seconds)
    text = str(asked.get("text", ""))
    if fake.faults.unparsed and "parse_mode" in asked:
        fake.faults.unparsed -= 1
        raise Refusal(400, "Bad Request: can't parse entities: Unexpected end tag at byte offset 3")
    visible = shown(asked, text)
    rows = buttons(asked)
    sent = Sent(
        id=fake.next("message"), chat=chat, text=visible, html=text, rows=rows, asked=asked, at=time.monotonic()
    )
    fake.sent.append(sent)
    return as_json(sent)


def send_chat_action(fake: FakeTelegram, asked: Mapping[str, Any]) -> bool:
    chat = _reached(fake, asked)
    if asked.get("action") != "typing":
        raise Refusal(400, "Bad Request: wrong parameter action in request")
    fake.actions.append(chat)
    return True


def answer_callback_query(fake: FakeTelegram, asked: Mapping[str, Any]) -> bool:
    press = str(asked.get("callback_query_id", ""))
    if fake.presses.get(press, True):
        raise Refusal(400, "Bad Request: query is too old and response timeout expired or query ID is invalid")
    fake.presses[press] = True
    fake.answered.append(press)
    return True


def edit_message_reply_markup(fake: FakeTelegram, asked: Mapping[str, Any]) -> dict[str, Any]:
    chat = _reached(fake, asked)
    found = [one for one in fake.said(chat) if str(one.id) == str(asked.get("message_id"))]
    if not found:
        raise Refusal(400, "Bad Request: message to edit not found")
    rows = buttons(asked)
    if found[0].rows == rows:
        raise Refusal(
            400,
            "Bad Request: message is not modified: specified new message content and reply markup are exactly "
            "the same as a current content and reply markup of the message",
        )
    found[0].rows = rows
    return as_json(found[0])


def get_file(fake: FakeTelegram, asked: Mapping[str, Any]) -> dict[str, Any]:
    file_id = str(asked.get("file_id", ""))
    if file_id not in fake.files:
        raise Refusal(400, "Bad Request: wrong file_id or the file is temporarily unavailable")
    _, size = fake.files[file_id]
    if size > DOWNLOADABLE:
        raise Refusal(400, "Bad Request: file is too big")
    return {
        "file_id": file_id, "file_unique_id": f"u{file_id}", "file_size": size, "file_path": f"documents/{file_id}"
    }  # fmt: skip


def set_webhook(fake: FakeTelegram, asked: Mapping[str, Any]) -> bool:
    url, secret = str(asked.get("url", "")), str(asked.get("secret_token", ""))
    if url and not url.startswith("https://"):
        raise Refusal(400, "Bad Request: bad webhook: An HTTPS URL must be provided for webhook")
    if secret and not re.fullmatch(r"[A-Za-z0-9_-]{1,256}", secret):
        raise Refusal(400, "Bad Request: secret token contains unallowed characters")
    _want(fake, asked)
    fake.hook = Hook(url=url, secret=secret)
    return True


def delete_webhook(fake: FakeTelegram, _asked: Mapping[str, Any]) -> bool:
    fake.hook = Hook()
    return True


def get_webhook_info(fake: FakeTelegram, _asked: Mapping[str, Any]) -> dict[str, Any]:
    error = {"last_error_message": fake.hook.error, "last_error_date": fake.hook.failed_at}
    return {
        "url": fake.hook.url, "has_custom_certificate": False, "pending_update_count": len(fake.waiting),
        **(error if fake.hook.error else {}),
    }  # fmt: skip


async def get_updates(fake: FakeTelegram, asked: Mapping[str, Any]) -> list[dict[str, Any]]:
    if fake.hook.url:
        raise Refusal(
            409,
            "Conflict: can't use getUpdates method while webhook is active; "
            "use deleteWebhook to delete the webhook first",
        )
    _want(fake, asked)
    offset = int(asked.get("offset", 0))
    fake.waiting = [update for update in fake.waiting if update["update_id"] >= offset]
    if fake.poller is not None:
        fake.poller.set()
    mine = fake.poller = asyncio.Event()
    until = time.monotonic() + min(float(asked.get("timeout", 0)), 50)
    while not fake.waiting and not mine.is_set() and (left := until - time.monotonic()) > 0:
        fake.news.clear()
        done = [asyncio.create_task(event.wait()) for event in (fake.news, mine)]
        await asyncio.wait(done, timeout=left, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.cancel()
    if mine.is_set() or fake.faults.rivals:
        fake.faults.rivals = max(0, fake.faults.rivals - 1)
        raise Refusal(
            409,
            "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running",
        )
    fake.poller = None
    given = list(fake.waiting[: int(asked.get("limit", 100))])
    if fake.faults.shuffle:
        fake.faults.shuffle.shuffle(given)
    return [update for update in given for _ in range(1 + fake.faults.repeat)]


def set_my_commands(fake: FakeTelegram, asked: Mapping[str, Any]) -> bool:
    for command in asked.get("commands", []):
        if not re.fullmatch(r"[a-z0-9_]{1,32}", command["command"]) or not 1 <= len(command["description"]) <= 256:
            raise Refusal(400, "Bad Request: BOT_COMMAND_INVALID")
    return _introduce(fake, "commands", asked)


def set_my_description(fake: FakeTelegram, asked: Mapping[str, Any]) -> bool:
    if len(asked.get("description", "")) > 512:
        raise Refusal(400, "Bad Request: description is too long")
    return _introduce(fake, "description", asked)


def set_my_short_description(fake: FakeTelegram, asked: Mapping[str, Any]) -> bool:
    if len(asked.get("short_description", "")) > 120:
        raise Refusal(400, "Bad Request: short description is too long")
    return _introduce(fake, "short_description", asked)


def _introduce(fake: FakeTelegram, what: str, asked: Mapping[str, Any]) -> bool:
    fake.introduced[what, str(asked.get("language_code", ""))] = asked.get(what)
    return True


def _want(fake: FakeTelegram, asked: Mapping[str, Any]) -> None:
    if "allowed_updates" in asked:
        fake.wanted = frozenset(asked["allowed_updates"]) or USUAL


def _reached(fake: FakeTelegram, asked: Mapping[str, Any]) -> int:
    """The chat that is written to. Raises Refusal."""
    try:
        chat = int(asked["chat_id"])
    except (KeyError, ValueError) as error:
        raise Refusal(400, "Bad Request: chat_id is empty") from error
    if chat in fake.faults.migrated:
        raise Refusal(
            400, "Bad Request: group chat was upgraded to a supergroup chat",
            migrate_to_chat_id=fake.faults.migrated[chat],
        )  # fmt: skip
    if chat not in fake.chats:
        raise Refusal(400, "Bad Request: chat not found")
    if chat in fake.faults.blocked:
        raise Refusal(403, "Forbidden: bot was blocked by the user")
    return chat


METHODS: Mapping[str, Callable[[FakeTelegram, Mapping[str, Any]], Any]] = {
    "getMe": get_me,
    "sendMessage": send_message,
    "sendChatAction": send_chat_action,
    "answerCallbackQuery": answer_callback_query,
    "editMessageReplyMarkup": edit_message_reply_markup,
    "getFile": get_file,
    "setWebhook": set_webhook,
    "deleteWebhook": delete_webhook,
    "getWebhookInfo": get_webhook_info,
    "getUpdates": get_updates,
    "setMyCommands": set_my_commands,
    "setMyDescription": set_my_description,
    "setMyShortDescription": set_my_short_description,
}
