"""How alembic reaches the database: given a connection by `storage.migrate`, or a URL by its own command."""

from __future__ import annotations

import asyncio
import os
from typing import Literal

from alembic import context
from sqlalchemy import Connection

import storage.tables  # noqa: F401  # All tables are in the metadata then.
from storage.base import Base, Instant
from storage.database import Database
from storage.search_tables import BY_WORD, FOUND


def run(connection: Connection) -> None:
    """Bring the database of this connection where the command says."""
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        render_as_batch=connection.dialect.name == "sqlite",
        compare_type=True,
        compare_server_default=True,
        render_item=_plain,
        include_name=_is_ours,
        include_object=lambda item, *_: item is not BY_WORD or connection.dialect.name == "postgresql",
    )
    with context.begin_transaction():
        context.run_migrations()


def _is_ours(name: str | None, kind: str, _parents: object) -> bool:
    """Leave out what SQLite keeps of an index of words: the migrations make it by hand."""
    return kind != "table" or not str(name).startswith(FOUND)


def _plain(kind: str, item: object, _context: object) -> str | Literal[False]:
    """Write our own type as what it is in the database: a migration must not change when the code does."""
    return "sa.DateTime(timezone=True)" if kind == "type" and isinstance(item, Instant) else False


async def run_alone() -> None:
    """For `alembic revision --autogenerate`: DATABASE_URL says where."""
    database = Database(os.environ["DATABASE_URL"])
    async with database.engine.begin() as connection:
        await connection.run_sync(run)
    await database.close()


given: Connection | None = context.config.attributes.get("connection")
if given is None:
    asyncio.run(run_alone())
else:
    run(given)
