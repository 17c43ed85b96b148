"""Asks ClamAV about a file, over clamd's INSTREAM."""

from __future__ import annotations

import asyncio
import logging
from datetime import timedelta

from bot.channels.channel import Retry

PIECE = 64 * 1024
PATIENCE = 20.0
AGAIN = timedelta(seconds=20)
LOG = logging.getLogger(__name__)


async def is_infected(address: str, data: bytes) -> bool:
    """Whether clamd finds a virus. Raises Retry where it does not say: nobody sees the file until it does."""
    try:
        async with asyncio.timeout(PATIENCE):
            answer = await _ask(address, data)
    except (OSError, TimeoutError, asyncio.IncompleteReadError) as error:
        LOG.warning("clamd cannot be asked: %s", type(error).__name__)
        raise Retry(AGAIN) from error
    if answer.endswith(b" FOUND"):
        return True
    if answer.endswith(b": OK"):
        return False
    LOG.error("clamd refuses a file of %d bytes: see StreamMaxLength in its settings", len(data))
    raise Retry(AGAIN)


async def _ask(address: str, data: bytes) -> bytes:
    host, _, port = address.rpartition(":")
    opened = asyncio.open_unix_connection(address) if address.startswith("/") else asyncio.open_connection(host, port)
    reader, writer = await opened
    try:
        writer.write(b"zINSTREAM\0")
        for at in range(0, len(data), PIECE):
            piece = data[at : at + PIECE]
            writer.write(len(piece).to_bytes(4) + piece)
            await writer.drain()
        writer.write(bytes(4))
        await writer.drain()
        return (await reader.readuntil(b"\0"))[:-1]
    finally:
        writer.close()
