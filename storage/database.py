"""One door to the database: `begin` to write, `read` to look."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, nullcontext
from sqlite3 import OperationalError
from typing import Any, Literal

from sqlalchemy import Connection, event, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine

from storage.listening import Ear, Told, Topic

DRIVERS = {"sqlite": "sqlite+aiosqlite", "postgresql": "postgresql+asyncpg", "postgres": "postgresql+asyncpg"}
PRAGMAS = ("busy_timeout=15000", "synchronous=FULL", "foreign_keys=ON", "secure_delete=ON")
PAUSES = (0.01, 0.03, 0.1, 0.3, 1.0)
LOOKING: Mapping[Literal["sqlite", "postgresql"], Mapping[str, Any]] = {
    "sqlite": {"reading": True}, "postgresql": {"isolation_level": "AUTOCOMMIT"},
}  # fmt: skip
"""On PostgreSQL each statement sees its own moment anyway: saying when a look begins and ends tells it nothing."""
NOTIFY = text("SELECT pg_notify(:topic, :payload)")


def async_url(url: str) -> URL:
    """`sqlite:///file` and `postgresql://…` with the drivers that we use."""
    parsed = make_url(url)
    return parsed.set(drivername=DRIVERS.get(parsed.drivername, parsed.drivername))


class Database:
    """SQLite or PostgreSQL, made to behave the same."""

    def __init__(self, url: str) -> None:
        self.url = async_url(url)
        self.engine = create_async_engine(self.url)
        self.dialect: Literal["sqlite", "postgresql"] = (
            "sqlite" if self.engine.dialect.name == "sqlite" else "postgresql"
        )
        self.archived: set[str] = set()
        """Digests of the scripts that are known to be kept."""
        self._reader = self.engine.execution_options(**LOOKING[self.dialect])
        self._writing = asyncio.Lock() if self.dialect == "sqlite" else nullcontext()
        if self.dialect == "sqlite":
            event.listen(self.engine.sync_engine, "connect", _prepare_sqlite)
            event.listen(self.engine.sync_engine, "begin", _begin_sqlite)

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[AsyncSession]:
        """A transaction: what happens inside is kept whole, or not at all."""
        async with self._writing, AsyncSession(self.engine, expire_on_commit=False) as session, session.begin():
            yield session

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncSession]:
        """A look at the database: on SQLite at one moment, on PostgreSQL at one for each statement."""
        async with AsyncSession(self._reader, expire_on_commit=False) as session:
            yield session

    async def notify(self, session: AsyncSession, topic: Topic, payload: str = "") -> None:
        """Tell other processes, once this transaction is kept; SQLite has none to tell."""
        if self.dialect == "postgresql":
            await session.execute(NOTIFY, {"topic": f"portevoix_{topic}", "payload": payload})

    @asynccontextmanager
    async def listening(self, told: Told) -> AsyncIterator[None]:
        """Meanwhile, call `told` for each notification of any process, and after a gap for each topic, of everything.

        On SQLite, do nothing.
        """
        if self.dialect == "sqlite":
            yield
            return

        async with Ear(self.engine, told).opened():
            yield

    async def close(self) -> None:
        await self.engine.dispose()


def _prepare_sqlite(connection: Any, _record: object) -> None:  # noqa: ANN401  # The driver's connection.
    connection.isolation_level = None  # The driver's own BEGIN comes too late: see _begin_sqlite.
    cursor = connection.cursor()
    for pragma in PRAGMAS:
        cursor.execute(f"PRAGMA {pragma}")
    _keep_log(cursor)
    cursor.close()


def _keep_log(cursor: Any) -> None:  # noqa: ANN401  # The driver's cursor.
    """Write ahead; SQLite itself does not wait where another process changes a new database to it just now."""
    for pause in PAUSES:
        try:
            cursor.execute("PRAGMA journal_mode=WAL")
        except OperationalError:
            time.sleep(pause)
        else:
            return
    cursor.execute("PRAGMA journal_mode=WAL")


def _begin_sqlite(connection: Connection) -> None:
    """Take the write lock at once: a reader that turns writer halfway fails without waiting."""
    reading = connection.get_execution_options().get("reading")
    connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")
