"""The key ring of a database: made at the first start, and asked for at every other."""

from __future__ import annotations

import asyncio
import contextlib
import hmac
from pathlib import Path

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from storage.crypto import KeyRing, SealError, keep_ring, new_ring, read_ring
from storage.database import Database
from storage.inbox import INSERT
from storage.tables import KeyCheckRow

ALONE = text("SELECT pg_advisory_xact_lock(7230499)")


async def open_ring(database: Database, path: Path) -> KeyRing:
    """The ring in this file, made if the database is new. Raises SealError where it does not open the database."""
    async with database.begin() as session:
        if database.dialect == "postgresql":  # Of processes that start at once, one makes the keys.
            await session.execute(ALONE)
        sealed_with = {row.key_id: row.check_value for row in await session.scalars(select(KeyCheckRow))}
        ring = await asyncio.to_thread(_read_or_make, path, new=not sealed_with)
        for key_id, known in sealed_with.items():
            if key_id not in ring.keys or not hmac.compare_digest(ring.check(key_id), known):
                raise SealError(
                    f"the key file {path} belongs to another database: put the copy of the right one there, "
                    f"which has the key {key_id}"
                )
        await _remember(session, ring)
    return ring


def _read_or_make(path: Path, *, new: bool) -> KeyRing:
    if not path.exists():
        if not new:
            raise SealError(
                f"the key file {path} is missing, and without it nothing in the database can be read: put its copy "
                "there, from the machine that started first with this database, or set PORTEVOIX_HOME to the folder "
                "that has it"
            )
        with contextlib.suppress(FileExistsError):  # Another process was first: its ring holds.
            keep_ring(new_ring(), path)
    return read_ring(path)


async def _remember(session: AsyncSession, ring: KeyRing) -> None:
    new = INSERT[session.get_bind().dialect.name](KeyCheckRow.__table__).on_conflict_do_nothing()
    for key_id in ring.keys:
        await session.execute(new, {"key_id": key_id, "check_value": ring.check(key_id)})
