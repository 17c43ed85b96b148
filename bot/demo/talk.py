"""One invented firm at the web chat: what it says goes the way of any message, and is answered by the assistant."""

from __future__ import annotations

import io
from collections.abc import AsyncIterator, Sequence

from PIL import Image, ImageDraw

from bot import files
from bot.app import App
from bot.channels import webchat
from bot.delivery import deliver
from bot.intake import take_turns
from storage import conversations
from stories.types import Attachment, Conversation, Message

PAPER, INK, GREY = (252, 252, 250), (40, 44, 60), (170, 176, 190)
PAGE = (620, 420)
CHUNK = 64 * 1024


class Talk:
    """A conversation at the web chat, from the side of the firm."""

    def __init__(self, app: App, chat: str) -> None:
        self._app, self._chat, self._said = app, chat, 0
        self.lane = app.ring.lane(webchat.lane(chat))

    async def say(self, text: str) -> None:
        await self._send(self._message(text=text))

    async def press(self, choice: str) -> None:
        await self._send(self._message(choice=choice))

    async def bring(self, name: str, says: str, text: str) -> None:
        """Send a file with a sentence, as the page does."""
        message = self._message(text=text)
        kept = await files.take_upload(
            self._app, self.lane, message.key, 0, name, _in_chunks(picture(says, pdf=name.endswith(".pdf")))
        )
        await self._send(self._message(text=text, key=message.key, attachments=(kept,)))
        while await deliver(self._app):
            pass
        await take_turns(self._app)

    async def known(self) -> Conversation:
        """What the assistant knows by now."""
        async with self._app.database.read() as session:
            return await conversations.state(session, self._app.ring, self.lane) or Conversation()

    def _message(
        self, *, text: str = "", choice: str | None = None, key: str = "", attachments: Sequence[Attachment] = ()
    ) -> Message:
        self._said += not key
        return Message(
            channel=webchat.NAME, chat=self._chat, key=key or f"demo-{self._said}", text=text, choice=choice,
            attachments=tuple(attachments),
        )  # fmt: skip

    async def _send(self, message: Message) -> None:
        await self._app.door.receive([message], self._app.clock())
        await take_turns(self._app)


def picture(says: str, *, pdf: bool) -> bytes:
    """A page with a line at its head and grey strokes for the rest, as PNG or PDF."""
    page = Image.new("RGB", PAGE, PAPER)
    pen = ImageDraw.Draw(page)
    pen.text((30, 30), says, fill=INK, font_size=18)
    for at in range(90, PAGE[1] - 40, 24):
        pen.rectangle((30, at, 560 - (at * 37) % 190, at + 8), fill=GREY)
    written = io.BytesIO()
    page.save(written, "PDF" if pdf else "PNG")
    return written.getvalue()


async def _in_chunks(data: bytes) -> AsyncIterator[bytes]:
    for at in range(0, len(data), CHUNK):
        yield data[at : at + CHUNK]
