"""What Telegram says and what it is told: one Update becomes messages, one Say becomes calls of `sendMessage`. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from pydantic import ValidationError

from bot.channels.channel import Unreadable
from bot.channels.telegram_text import LIMIT, Slice, slices
from bot.channels.telegram_update import Chat, File, Member, Press, Update, User, Written
from stories.effects import Say
from stories.types import Attachment, AttachmentKind, Choice, Event, Message

NAME = "telegram"
KINDS = ("message", "edited_message", "channel_post", "callback_query", "my_chat_member")
"""The kinds of updates that we ask for."""
SAYS = ("👍", "👌", "✅")
"""Stickers that say what the same emoji says when it is typed."""
SIDE_BY_SIDE = 18
"""Characters of a button up to which two share a row on a phone."""
_COMMAND = re.compile(r"(/[A-Za-z0-9_]+)(?:@(\w+))?(?=\s|$)")
_GROUPS = frozenset({"group", "supergroup"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Me:
    """Who we are there."""

    id: int
    username: str = ""
    """Without the @; empty while Telegram has not told us yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """What one call of `sendMessage` says."""

    html: str
    plain: str
    """The same without marks, should Telegram not take the HTML."""
    rows: tuple[tuple[Choice, ...], ...] = ()
    """The buttons beneath it."""


def decode(body: bytes, me: Me) -> list[Message]:
    """What one Update says to us; nothing where it says nothing. Raises Unreadable, without anybody's words."""
    try:
        update = Update.model_validate_json(body)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        where = ".".join(str(step) for step in first["loc"])
        raise Unreadable(f"{where or 'the payload'}: {first['type']}") from None
    if update.message is not None:
        return _written(update.update_id, update.message, me)
    if update.edited_message is not None:
        return _edited(update.update_id, update.edited_message)
    if update.callback_query is not None:
        return _pressed(update.update_id, update.callback_query)
    if update.my_chat_member is not None:
        return _joined(update.update_id, update.my_chat_member)
    if update.channel_post is not None:
        return [_happened(update.update_id, update.channel_post, "not_addressed")]
    return []


def encode(say: Say) -> list[Line]:
    """The calls that say it, in order; buttons stand under the last."""
    parts: Sequence[Slice] = slices(say.text, say.secret, most=LIMIT)
    last = len(parts) - 1
    buttons = rows(say.choices)
    return [Line(html=part.html, plain=part.plain, rows=buttons if at == last else ()) for at, part in enumerate(parts)]


def rows(choices: Sequence[Choice]) -> tuple[tuple[Choice, ...], ...]:
    """Buttons as they fit a phone: two short ones side by side, a long one alone."""
    laid: list[tuple[Choice, ...]] = []
    for choice in choices:
        beside = laid[-1] if laid else ()
        if len(beside) == 1 and max(len(beside[0].label), len(choice.label)) <= SIDE_BY_SIDE:
            laid[-1] = (*beside, choice)
        else:
            laid.append((choice,))
    return tuple(laid)


def split_press(press: str) -> tuple[str, int | None]:
    """The id of a press, and of the message whose button it was."""
    callback, _, message = press.rpartition(":")
    return callback, int(message) if message else None


def _written(position: int, said: Written, me: Me) -> list[Message]:
    if said.chat.type in _GROUPS:
        return [_happened(position, said, "group")] if _is_for_us(said, me) else []
    if said.chat.type == "channel":
        return [_happened(position, said, "not_addressed")]
    attachments = _attachments(said)
    text = _text(said)
    event = None if text or attachments else _event(said)
    if not text and not attachments and event is None:
        return []
    return [
        Message(
            channel=NAME, chat=str(said.chat.id), key=str(said.message_id), position=position, text=text,
            attachments=attachments, album=said.media_group_id, event=event, sent_at=_moment(said.date),
        )
    ]  # fmt: skip


def _edited(position: int, said: Written) -> list[Message]:
    """Words, a caption or a file put in the place of another; a place that moves on says nothing new."""
    text, attachments = _text(said), _attachments(said)
    if said.chat.type != "private" or not (text or attachments):
        return []
    changed = said.edit_date or said.date
    return [
        Message(
            channel=NAME, chat=str(said.chat.id), key=f"{said.message_id}.{changed}", position=position, text=text,
            edits=str(said.message_id), attachments=attachments, sent_at=_moment(changed),
        )
    ]  # fmt: skip


def _pressed(position: int, press: Press) -> list[Message]:
    under = press.message
    chat = under.chat if under is not None else Chat(id=press.sender.id, type="private")
    return [
        Message(
            channel=NAME, chat=str(chat.id), key=f"press:{press.id}", position=position, choice=press.data,
            event="group" if chat.type in _GROUPS else None,
            press=f"{press.id}:{under.message_id if under is not None else ''}",
        )
    ]  # fmt: skip


def _joined(position: int, change: Member) -> list[Message]:
    """In a private chat: the person blocked us, or let us in again."""
    events: dict[str, Event] = {"kicked": "blocked", "member": "unblocked"}
    event = events.get(change.new_chat_member.status)
    if change.chat.type != "private" or event is None:
        return []
    return [
        Message(
            channel=NAME, chat=str(change.chat.id), key=f"member:{position}", position=position, event=event,
            sent_at=_moment(change.date),
        )
    ]  # fmt: skip


def _happened(position: int, said: Written, event: Event) -> Message:
    """That something was said which is not for us: none of its words are kept."""
    return Message(
        channel=NAME, chat=str(said.chat.id), key=str(said.message_id), position=position, event=event,
        sent_at=_moment(said.date),
    )  # fmt: skip


def _is_for_us(said: Written, me: Me) -> bool:
    """Whether a group's message is for us: a command, a reply, or our name in it.

    In privacy mode Telegram lets nothing else through; without it, or to an administrator, it sends all.
    """
    command = _COMMAND.match(said.text)
    if command:
        return not command[2] or not me.username or command[2].lower() == me.username.lower()
    if said.reply_to_message is not None and _is_me(said.reply_to_message.sender, me):
        return True
    if any(_is_me(entity.user, me) for entity in said.marks):
        return True
    return bool(me.username) and bool(re.search(rf"@{re.escape(me.username)}\b", said.words, re.IGNORECASE))


def _is_me(user: User | None, me: Me) -> bool:
    return user is not None and user.id == me.id


def _text(said: Written) -> str:
    """What was typed: a command without the name of the bot, a caption, a telling sticker, one's own number."""
    if said.sticker is not None and said.sticker.emoji.startswith(SAYS):
        return said.sticker.emoji
    contact = said.contact
    if contact is not None and said.sender is not None and contact.user_id == said.sender.id:
        return f"+{contact.phone_number.lstrip('+')}"
    command = _COMMAND.match(said.words)
    if command is None:
        return said.words
    name = command[1].lower()
    return name if name == "/start" else name + said.words[command.end() :]


def _event(said: Written) -> Event | None:
    """What was done instead of writing; None for what Telegram itself tells of the chat."""
    if said.sticker is not None:
        return "sticker"
    if said.contact is not None:
        return "contact"
    if said.location is not None or said.venue is not None:
        return "location"
    return None if said.is_notice else "unsupported"


def _attachments(said: Written) -> tuple[Attachment, ...]:
    if said.photo:
        largest = max(said.photo, key=lambda one: (one.width * one.height, one.file_size or 0))
        return (
            Attachment(
                id=largest.file_id, lasting=largest.file_unique_id, kind="photo", media_type="image/jpeg",
                size=largest.file_size,
            ),
        )  # fmt: skip
    files: Sequence[tuple[AttachmentKind, File | None]] = (
        ("voice", said.voice), ("audio", said.audio), ("video", said.video or said.video_note or said.animation),
        ("document", said.document),
    )  # fmt: skip
    found = [(kind, file) for kind, file in files if file is not None][:1]  # An animation is a document too.
    return tuple(
        Attachment(
            id=file.file_id, lasting=file.file_unique_id, kind=kind, name=file.file_name, media_type=file.mime_type,
            size=file.file_size, seconds=file.duration,
        )
        for kind, file in found
    )  # fmt: skip


def _moment(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
