"""Files that firms send: fetched, looked at, and kept with their conversation; what cannot be kept is told."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncSession

from bot import kinds, links
from bot.app import App
from bot.channels.channel import Channel, Gone, TooLarge
from bot.pictures import UnshowableError, copied
from bot.viruses import is_infected
from storage import attachments, inbox, outbox
from storage.attachments import Status, StoredFile
from storage.filenames import shown
from storage.filestore import digest_of
from storage.outbox import OUTBOX, Fetch, Owed
from stories.types import Attachment, AttachmentKind, Message

STORED = "stored:"
"""How the id of an attachment begins whose bytes are in our own store."""
OPEN = frozenset({"waiting", "quarantined"})
"""What a file is until it is settled."""
UNTOLD = timedelta(days=1)
"""After so long an upload whose message never came is taken away."""
KINDS: Mapping[str, AttachmentKind] = {"image": "photo", "audio": "audio", "video": "video"}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Errand:
    """A file that is owed, and whom its news are for."""

    channel: str
    chat: str
    wanted: Fetch
    file: StoredFile

    def news(self, what: str, **told: str) -> Message:
        """What became of the file, as the dialogue reads it."""
        file = self.wanted.attachment
        about = {"what": what, "name": shown(file.name), "kind": file.kind, **told}
        return Message(
            channel=self.channel,
            chat=self.chat,
            key=f"files:{self.wanted.message}:{self.wanted.ordinal}:{what}",
            sender="files",
            text=json.dumps(about, ensure_ascii=False),
        )


async def take_upload(  # noqa: PLR0917  # In the order in which a page comes to know them.
    app: App, lane: str, message_key: str, ordinal: int, name: str, chunks: AsyncIterator[bytes]
) -> Attachment:
    """Keep a file that a page brings, before its message enters the inbox; nobody sees it until it is looked at.

    `lane` is `KeyRing.lane` of the message's; `message_key` is the key that the message will have. Raises TooLarge.
    """
    data = await gather(chunks, app.most)
    media_type = await asyncio.to_thread(kinds.recognise, data) or ""
    digest = digest_of(data)
    kind = KINDS.get(media_type.partition("/")[0], "document")
    came = Attachment(id="", kind=kind, name=name, media_type=media_type, size=len(data))
    place = Fetch(lane=lane, message=message_key, ordinal=ordinal, attachment=came)
    async with app.database.begin() as session:
        new = attachments.row(app.ring, place, app.clock())
        row_id = await attachments.take_in(session, new, digest=digest, media_type=media_type)
    await app.files.keep(app.ring, lane, digest, data)
    return replace(came, id=f"{STORED}{row_id}")


async def gather(chunks: AsyncIterator[bytes], most: int) -> bytes:
    """All the chunks. Raises TooLarge before more than the limit is held."""
    data = bytearray()
    async for chunk in chunks:
        data += chunk
        if len(data) > most:
            raise TooLarge(most)
    return bytes(data)


async def fetch(app: App, channel: Channel, chat: str, wanted: Fetch) -> None:
    """Fetch a file, look at it and keep it; done again, it goes on where it was. Raises Retry.

    What cannot be kept is told, as a message of its own. What was erased meanwhile is left.
    """
    async with app.database.read() as session:
        file = await attachments.find(session, app.ring, wanted.lane, wanted.message, wanted.ordinal)
    if file is None or file.status not in OPEN:
        return
    errand = _Errand(channel=channel.name, chat=chat, wanted=wanted, file=file)
    async with app.looking:
        try:
            here = await _bring(app, channel, errand)
        except TooLarge:
            await _end(app, errand, "too_large", errand.news("too_large", link=_link(app, errand)))
        except Gone:
            await _end(app, errand, "gone", errand.news("gone", link=_link(app, errand)))
        else:
            if here is None or not await _look(app, *here):
                await discard(app, file.lane)


async def give_up(app: App, channel: str, chat: str, wanted: Fetch) -> None:
    """Say, once, that a file did not come: the last attempt to fetch it or to look at it has failed."""
    async with app.database.read() as session:
        file = await attachments.find(session, app.ring, wanted.lane, wanted.message, wanted.ordinal)
    if file is None or file.status not in OPEN:
        return
    errand = _Errand(channel=channel, chat=chat, wanted=wanted, file=file)
    unseen = [_beside(app, "discard", file.lane, Owed(chat="", discard=file.lane))] if file.digest else []
    await _end(app, errand, "gone", errand.news("gone", link=_link(app, errand)), owed=unseen, digest=None)


async def hear(app: App, channel: str, chat: str, wanted: Fetch) -> None:
    """Turn a voice message into text, which its sender confirms. Raises Retry."""
    async with app.database.read() as session:
        file = await attachments.find(session, app.ring, wanted.lane, wanted.message, wanted.ordinal)
    if file is None or file.digest is None or file.status != "kept":
        return
    errand = _Errand(channel=channel, chat=chat, wanted=wanted, file=file)
    words = ""
    if app.transcriber is not None:
        sound = await app.files.read(app.ring, file.lane, file.digest)
        words = await asyncio.to_thread(app.transcriber.words, sound)
    news = errand.news("transcript", message=wanted.message, text=words) if words else errand.news("unheard")
    await _end(app, errand, "kept", news)


async def discard(app: App, lane: str) -> None:
    """Delete the bytes of a conversation that belong to none of its files any more.

    A row names its bytes before they are kept: what is seen here and has no row afterwards is nobody's.
    """
    here = await app.files.digests(lane)
    async with app.database.read() as session:
        owned = await attachments.owned(session, lane)
    await app.files.forget(lane, here - owned)


async def sweep(app: App) -> int:
    """Take away uploads whose message never came; gives the number of conversations concerned."""
    now = app.clock()
    async with app.database.begin() as session:
        lanes = await attachments.strays(session, now - UNTOLD)
        rows = [_beside(app, "discard", lane, Owed(chat="", discard=lane)) for lane in lanes]
        await _owe(app, session, rows)
    return len(lanes)


async def expect_upload(app: App, session: AsyncSession, errand: Fetch, *, channel: str, chat: str) -> None:
    """Have a file looked at whose bytes a link brought."""
    owed = Owed(chat=chat, fetch=errand)
    await _owe(app, session, [_beside(app, f"fetch:{errand.message}:{errand.ordinal}", errand.lane, owed, channel)])


async def _bring(app: App, channel: Channel, errand: _Errand) -> tuple[_Errand, bytes] | None:
    """The bytes, from our store or from the channel into it; None where the file was erased meanwhile."""
    file, wanted = errand.file, errand.wanted.attachment
    if file.digest is not None:
        try:
            return errand, await app.files.read(app.ring, file.lane, file.digest)
        except FileNotFoundError:
            pass
    if wanted.id.startswith(STORED):
        raise Gone(wanted.id)
    data = await channel.fetch(wanted, most=app.most)
    if len(data) > app.most:
        raise TooLarge(app.most)
    here = replace(file, status="quarantined", digest=digest_of(data), size=len(data))
    if not await _end(app, errand, "quarantined", digest=here.digest, size=here.size):
        return None
    await app.files.keep(app.ring, file.lane, digest_of(data), data)
    return replace(errand, file=here), data


async def _look(app: App, errand: _Errand, data: bytes) -> bool:
    """Decide what becomes of a file that is here; False where bytes are left that are nobody's."""
    media_type = await asyncio.to_thread(kinds.recognise, data)
    if media_type is None:
        await _end(app, errand, "refused", errand.news("refused"), digest=None, media_type="")
        return False
    if app.clamd is not None and await is_infected(app.clamd, data):
        return await _end(app, errand, "infected", errand.news("infected"), media_type=media_type)
    if media_type in kinds.PICTURES:
        return await _keep_picture(app, errand, data, media_type)
    digest = errand.file.digest
    return await _end(app, errand, "kept", media_type=media_type, shown_type=media_type, shown_digest=digest)


async def _keep_picture(app: App, errand: _Errand, data: bytes, media_type: str) -> bool:
    """Keep a picture with the copy that officials see; without one they see none, and the person is told."""
    try:
        copy, shown_type = await asyncio.to_thread(copied, data)
    except UnshowableError:
        return await _end(app, errand, "kept", errand.news("unshown"), media_type=media_type)
    digest = digest_of(copy)
    if not await _end(app, errand, "quarantined", shown_digest=digest):
        return False
    await app.files.keep(app.ring, errand.file.lane, digest, copy)
    return await _end(app, errand, "kept", media_type=media_type, shown_type=shown_type)


def _link(app: App, errand: _Errand) -> str:
    """Where the person can bring the file."""
    return app.upload_url + links.token(app.ring, errand.file.id, app.clock())


async def _end(
    app: App,
    errand: _Errand,
    status: Status,
    news: Message | None = None,
    *,
    owed: Sequence[Mapping[str, Any]] = (),
    **columns: Any,  # noqa: ANN401
) -> bool:
    """Write down what became of a file, with its news and what is then owed, at once.

    False where it was erased or settled meanwhile.
    """
    now = app.clock()
    if status not in OPEN:
        columns["settled_at"] = now
    async with app.database.begin() as session:
        if not await attachments.settle(session, errand.file, status, **columns):
            return False
        if news is not None:
            await inbox.receive(session, app.ring, [news], now=now)
            await app.database.notify(session, "inbox")
        if status == "kept" and errand.file.status != "kept" and _is_heard(app, errand):
            heard = Owed(chat=errand.chat, hear=errand.wanted)
            owed = [_beside(app, "hear", errand.file.lane, heard, errand.channel)]
        await _owe(app, session, owed)
    if news is not None:
        app.hub.told("inbox", "")
    return True


def _is_heard(app: App, errand: _Errand) -> bool:
    return app.transcribes and errand.wanted.attachment.kind == "voice"


def _beside(app: App, what: str, lane: str, owed: Owed, channel: str = "") -> dict[str, Any]:
    """A row with a lane of its own."""
    return outbox.row(app.ring, owed, lane=app.ring.lane(f"{what}:{lane}"), channel=channel, now=app.clock())


async def _owe(app: App, session: AsyncSession, rows: Sequence[Mapping[str, Any]]) -> None:
    if rows:
        await session.execute(insert(OUTBOX), rows)
        await app.database.notify(session, "outbox")
