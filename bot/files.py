"""Files that firms send: fetched, looked at, and kept with their conversation."""

from __future__ import annotations

from collections.abc import AsyncIterator

from bot.app import App
from bot.channels.channel import Channel, TooLarge
from storage import attachments
from storage.outbox import Fetch
from stories.types import Attachment

STORED = "stored:"
"""How the id of an attachment begins whose bytes are in our own store."""


async def take_upload(  # noqa: PLR0917  # In the order in which a page comes to know them.
    app: App, lane: str, message_key: str, ordinal: int, name: str, chunks: AsyncIterator[bytes]
) -> Attachment:
    """Keep a file that a page brings, before its message enters the inbox; nobody sees it until it is looked at.

    `lane` is `KeyRing.lane` of the message's; `message_key` is the key that the message will have. Raises TooLarge.
    """
    data = await gather(chunks, app.most)
    digest = await app.files.keep(app.ring, lane, data)
    came = Attachment(id="", kind="document", name=name, size=len(data))
    place = Fetch(lane=lane, message=message_key, ordinal=ordinal, attachment=came)
    new = attachments.row(app.ring, place, app.clock())
    async with app.database.begin() as session:
        row_id = await attachments.take_in(session, new, digest=digest, media_type="")
    return Attachment(id=f"{STORED}{row_id}", kind=came.kind, name=name, size=len(data))


async def gather(chunks: AsyncIterator[bytes], most: int) -> bytes:
    """All the chunks. Raises TooLarge before more than the limit is held."""
    data = bytearray()
    async for chunk in chunks:
        data += chunk
        if len(data) > most:
            raise TooLarge(most)
    return bytes(data)


async def fetch(app: App, channel: Channel, chat: str, wanted: Fetch) -> None:
    """Fetch a file and keep it; what cannot be kept is told, as a message of its own. Raises Retry."""
    raise NotImplementedError((app, channel, chat, wanted))
