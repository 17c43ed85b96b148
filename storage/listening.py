"""An ear for PostgreSQL's notifications that opens again when its connection dies."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any, Literal, TypeAlias

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

Topic = Literal["inbox", "outbox", "lines"]
"""What other processes are told of: a message waits, a delivery waits, lanes have new lines."""
Told: TypeAlias = Callable[[Topic, str], None]

TOPICS: tuple[Topic, ...] = ("inbox", "outbox", "lines")
FIRST_PAUSE, LONGEST_PAUSE = 0.1, 10.0
STILL_THERE = 30.0
"""Seconds of silence after which the server is asked whether it lives: a network may drop a connection unsaid."""
PATIENCE = 10.0

log = logging.getLogger(__name__)


class Ear:
    """Listens to every topic on a connection of its own."""

    def __init__(self, engine: AsyncEngine, told: Told) -> None:
        self._engine, self._told = engine, told
        self._connection: AsyncConnection | None = None
        self._died = asyncio.Event()

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[None]:
        """Meanwhile, tell what is heard. Raises what the driver raises where nothing can be heard at first."""
        staying = None
        try:
            await self._open()
            staying = asyncio.create_task(self._stay_open())
            yield
        finally:
            if staying is not None:
                staying.cancel()
                await asyncio.wait([staying])
            await self._close()

    async def _stay_open(self) -> None:
        """Listen again whenever the connection dies, then tell of everything: what was missed is not known."""
        while True:
            await self._end()
            log.warning("the connection for notifications died: listening again")
            await self._open_again()
            for topic in TOPICS:
                self._told(topic, "")

    async def _open(self) -> None:
        self._died = died = asyncio.Event()
        self._connection = await self._engine.connect()
        driver: Any = (await self._connection.get_raw_connection()).driver_connection
        driver.add_termination_listener(lambda _connection: died.set())
        for topic in TOPICS:
            await driver.add_listener(f"portevoix_{topic}", self._hear)

    async def _open_again(self) -> None:
        import asyncpg  # type: ignore[import-untyped]

        pause = FIRST_PAUSE
        while True:
            await self._close()
            try:
                async with asyncio.timeout(PATIENCE):
                    return await self._open()
            except (SQLAlchemyError, OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
                await asyncio.sleep(pause)
                pause = min(2 * pause, LONGEST_PAUSE)

    async def _close(self) -> None:
        if self._connection is not None:
            connection, self._connection = self._connection, None
            await connection.invalidate()
            await connection.close()

    async def _end(self) -> None:
        """Wait until the connection is dead."""
        while self._connection is not None and not self._died.is_set():
            try:
                await asyncio.wait_for(self._died.wait(), STILL_THERE)
            except TimeoutError:
                if not await self._lives(self._connection):
                    return

    async def _lives(self, connection: AsyncConnection) -> bool:
        try:
            async with asyncio.timeout(PATIENCE):
                await connection.exec_driver_sql("SELECT 1")
                await connection.rollback()
        except (SQLAlchemyError, OSError):
            return False
        return True

    def _hear(self, _connection: object, _pid: object, channel: object, payload: object) -> None:
        name = str(channel).removeprefix("portevoix_")
        for topic in TOPICS:
            if name == topic:
                self._told(topic, str(payload))
