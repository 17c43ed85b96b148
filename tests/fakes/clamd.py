"""Plays clamd at the wire: INSTREAM over TCP, in every mood."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Literal

EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
Mood = Literal["well", "slow", "drops", "full"]


class Clamd:
    """Finds the test virus; `mood` may be changed while it runs."""

    def __init__(self, mood: Mood = "well") -> None:
        self.mood: Mood = mood
        self.asked: list[bytes] = []
        self.address = ""

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await self._answer(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        command = await reader.readuntil(b"\0")
        assert command == b"zINSTREAM\0"
        if self.mood == "drops":
            return
        data = bytearray()
        while size := int.from_bytes(await reader.readexactly(4)):
            data += await reader.readexactly(size)
        self.asked.append(bytes(data))
        if self.mood == "slow":
            await asyncio.sleep(0.1)
        found = b"stream: Win.Test.EICAR_HDB-1 FOUND" if EICAR in data else b"stream: OK"
        writer.write((b"INSTREAM size limit exceeded. ERROR" if self.mood == "full" else found) + b"\0")
        await writer.drain()


@asynccontextmanager
async def running(mood: Mood = "well") -> AsyncIterator[Clamd]:
    """One of them on a port of this machine."""
    clamd = Clamd(mood)
    server = await asyncio.start_server(clamd.answer, "127.0.0.1", 0)
    clamd.address = f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
    async with server:
        yield clamd
