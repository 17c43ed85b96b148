"""Those who write to the bot in the fake Telegram: what each does becomes an update."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.fakes.telegram import FakeTelegram
    from tests.fakes.telegram_wire import Sent

BOT = 700_000_001
USERNAME = "portevoix_bot"


class Person:
    """Somebody in a private chat with the bot."""

    def __init__(self, fake: FakeTelegram, chat: int, *, language: str = "fr") -> None:
        self._fake, self.chat = fake, chat
        self._user = {"id": chat, "is_bot": False, "first_name": "Ana", "language_code": language}
        self._place = {"id": chat, "type": "private", "first_name": "Ana"}

    async def writes(self, text: str, **more: Any) -> int:
        """Write a text, or a command; gives the id of the message."""
        marks = {"entities": [{"type": "bot_command", "offset": 0, "length": len(text.split(maxsplit=1)[0])}]}
        return await self.sends(text=text, **(marks if text.startswith("/") else {}), **more)

    async def sends(self, **content: Any) -> int:
        """Send anything, as the Bot API calls it; gives the id of the message."""
        message = self.message(**content)
        await self._fake.bring(message=message)
        return int(message["message_id"])

    def message(self, **content: Any) -> dict[str, Any]:
        return {
            "message_id": self._fake.next("message"), "from": self._user, "chat": self._place,
            "date": self._fake.now(), **content,
        }  # fmt: skip

    async def edits(self, message: int, text: str) -> None:
        """Put another text in the place of a message's."""
        now = self._fake.now()
        changed = {**self.message(text=text), "message_id": message, "edit_date": now}
        await self._fake.bring(edited_message=changed)

    async def presses(self, label: str, *, under: Sent | None = None) -> str:
        """Press the newest button of that name, or the one under this message; gives the id of the press."""
        shown = [under] if under is not None else [one for one in self._fake.said(self.chat) if label in one.labels]
        button = next(b for b in shown[-1].offered if b["text"] == label)
        return await self.presses_button(button["callback_data"], shown[-1])

    async def presses_button(self, data: str, message: Sent) -> str:
        """Press the button with this data under a message, even one that was taken away; gives the id of the press."""
        press = self._fake.press_id()
        place = {
            "message_id": message.id, "date": self._fake.now(), "chat": self._place, "text": message.text,
            "from": {"id": BOT, "is_bot": True, "first_name": "Portevoix", "username": USERNAME},
        }  # fmt: skip
        await self._fake.bring(
            callback_query={
                "id": press, "from": self._user, "message": place, "chat_instance": "1",
                "data": data,
            }
        )  # fmt: skip
        return press

    async def sends_files(self, *contents: bytes, kind: str = "document", caption: str = "", size: int = 0) -> None:
        """Send a file, or several as an album; `size`: what Telegram claims of it."""
        album = {"media_group_id": f"album{self._fake.next('press')}"} if len(contents) > 1 else {}
        for at, content in enumerate(contents):
            name = f"file{self._fake.next('press')}"
            self._fake.files[name] = (content, size or len(content))
            said = {"caption": caption} if caption and at == 0 else {}
            await self.sends(**{kind: self._file(kind, name, size or len(content))}, **album, **said)

    def _file(self, kind: str, name: str, size: int) -> dict[str, Any] | Sequence[dict[str, Any]]:
        file: dict[str, Any] = {"file_id": name, "file_unique_id": f"u{name}", "file_size": size}
        if kind == "photo":
            small = {**file, "file_id": f"{name}-small", "file_size": 900, "width": 90, "height": 60}
            return [small, {**file, "width": 900, "height": 600}]
        if kind == "document":
            return {**file, "file_name": f"{name}.pdf", "mime_type": "application/pdf"}
        return {**file, "duration": 3, "mime_type": "audio/ogg" if kind == "voice" else "video/mp4"}

    async def blocks(self) -> None:
        """Block the bot: it gets 403 from now on."""
        self._fake.faults.blocked.add(self.chat)
        await self._joined("kicked", "member")

    async def unblocks(self) -> None:
        self._fake.faults.blocked.discard(self.chat)
        await self._joined("member", "kicked")

    async def _joined(self, now: str, before: str) -> None:
        bot = {"id": BOT, "is_bot": True, "first_name": "Portevoix", "username": USERNAME}
        await self._fake.bring(
            my_chat_member={
                "chat": self._place, "from": self._user, "date": self._fake.now(),
                "old_chat_member": {"user": bot, "status": before}, "new_chat_member": {"user": bot, "status": now},
            }
        )  # fmt: skip


class Group(Person):
    """A group in which somebody writes."""

    def __init__(self, fake: FakeTelegram, chat: int) -> None:
        super().__init__(fake, chat)
        self._user = {"id": 7, "is_bot": False, "first_name": "Ana"}
        self._place = {"id": chat, "type": "supergroup", "title": "Commerçants"}
