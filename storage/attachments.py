"""The files that firms sent: which message each came with, what became of it, and which bytes are its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Select, delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from storage.crypto import KeyRing
from storage.ids import IDS
from storage.inbox import INSERT, row_key
from storage.outbox import Fetch
from storage.tables import AttachmentRow, InboxRow

ATTACHMENTS: Any = AttachmentRow.__table__
PLACE = ("lane", "message", "ordinal")
Status = Literal["waiting", "quarantined", "kept", "infected", "refused", "too_large", "gone"]


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredFile:
    """A file of a conversation."""

    id: int
    lane: str
    message: str
    ordinal: int
    kind: str
    status: Status
    media_type: str
    size: int | None
    digest: str | None
    shown_digest: str | None
    shown_type: str | None
    name: str
    created_at: datetime


def row(ring: KeyRing, of: Fetch, now: datetime) -> dict[str, Any]:
    """The row of a file that a message names and that is yet to be fetched."""
    row_id = IDS.new(now)
    return {
        "id": row_id,
        "lane": of.lane,
        "message": row_key(of.message),
        "ordinal": of.ordinal,
        "kind": of.attachment.kind,
        "status": "waiting",
        "media_type": "",
        "size": of.attachment.size,
        "name": ring.seal("attachments", "name", row_id, of.attachment.name.encode("utf-8", "replace")),
        "created_at": now,
    }


async def expect(session: AsyncSession, rows: Sequence[Mapping[str, Any]]) -> None:
    """Keep the rows of files to come; one that was uploaded is here already."""
    if rows:
        new = INSERT[session.get_bind().dialect.name](ATTACHMENTS).on_conflict_do_nothing(index_elements=PLACE)
        await (await session.connection()).execute(new, rows)


async def take_in(session: AsyncSession, new: Mapping[str, Any], *, digest: str, media_type: str) -> int:
    """Keep the row of a file whose bytes came before their message; gives its id.

    It takes the place of what came under the same name before, as long as nobody has looked at that.
    """
    place = [ATTACHMENTS.c[name] == new[name] for name in PLACE]
    await session.execute(delete(ATTACHMENTS).where(*place, ATTACHMENTS.c.status == "quarantined"))
    await expect(session, [{**new, "status": "quarantined", "digest": digest, "media_type": media_type}])
    return (await session.execute(select(AttachmentRow.id).where(*place))).scalar_one()


async def find(session: AsyncSession, ring: KeyRing, lane: str, message: str, ordinal: int) -> StoredFile | None:
    """The file of a message; None where it was erased."""
    held = select(AttachmentRow).where(
        AttachmentRow.lane == lane, AttachmentRow.message == row_key(message), AttachmentRow.ordinal == ordinal
    )
    row = (await session.scalars(held)).first()
    return _read(ring, row) if row else None


async def get(session: AsyncSession, ring: KeyRing, row_id: int) -> StoredFile | None:
    """The file of that id; None where it was erased."""
    row = await session.get(AttachmentRow, row_id)
    return _read(ring, row) if row else None


async def of_lanes(session: AsyncSession, ring: KeyRing, *lanes: str) -> list[StoredFile]:
    """The files of conversations, as they came."""
    held = select(AttachmentRow).where(AttachmentRow.lane.in_(lanes)).order_by(AttachmentRow.id)
    return [_read(ring, row) for row in await session.scalars(held)]


async def settle(session: AsyncSession, file: StoredFile, status: Status, **columns: Any) -> bool:  # noqa: ANN401
    """Write down what became of a file; False where it was erased or changed meanwhile."""
    same = (AttachmentRow.id == file.id, AttachmentRow.status == file.status)
    changed = update(AttachmentRow).where(*same).values(status=status, **columns).returning(AttachmentRow.id)
    return (await session.execute(changed)).first() is not None


async def erase(connection: AsyncConnection, lane: str, messages: Select[str]) -> None:
    """Take the files of these messages away, named by their keys; `owned` says which bytes are still needed."""
    gone = delete(ATTACHMENTS).where(ATTACHMENTS.c.lane == lane, ATTACHMENTS.c.message.in_(messages))
    await connection.execute(gone)


async def owned(session: AsyncSession, lane: str) -> set[str]:
    """The digests of all bytes that belong to files of a conversation."""
    held = await session.execute(
        select(AttachmentRow.digest, AttachmentRow.shown_digest).where(AttachmentRow.lane == lane)
    )
    return {digest for pair in held for digest in pair if digest}


async def strays(session: AsyncSession, before: datetime) -> list[str]:
    """Take away the rows of files that came before then and whose message never did; gives their conversations."""
    told = select(InboxRow.id).where(InboxRow.lane == AttachmentRow.lane, InboxRow.key == AttachmentRow.message)
    gone = delete(AttachmentRow).where(
        AttachmentRow.status == "quarantined", AttachmentRow.created_at < before, ~told.exists()
    )
    return sorted(set(await session.scalars(gone.returning(AttachmentRow.lane))))


async def counts(session: AsyncSession) -> dict[str, int]:
    """How many files have each status."""
    counted = select(AttachmentRow.status, func.count()).group_by(AttachmentRow.status).order_by(AttachmentRow.status)
    return {row.status: row[1] for row in await session.execute(counted)}


def _read(ring: KeyRing, row: Any) -> StoredFile:  # noqa: ANN401  # An AttachmentRow, whose texts are known ones.
    return StoredFile(
        id=row.id, lane=row.lane, message=row.message, ordinal=row.ordinal, kind=row.kind, status=row.status,
        media_type=row.media_type, size=row.size, digest=row.digest, shown_digest=row.shown_digest,
        shown_type=row.shown_type, name=ring.open("attachments", "name", row.id, row.name).decode(),
        created_at=row.created_at,
    )  # fmt: skip
