"""A worker of the crash test, in its own process: slow now and then, failing now and then, killed at any moment."""

from __future__ import annotations

import asyncio
import os
import random
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bot.channels.channel import Retry
from bot.worker import Worker
from nlu.backend import Ask
from storage.crypto import read_ring
from storage.database import Database
from stories.effects import Effect, Say
from stories.script import Script
from stories.types import Conversation, Turn, Understanding
from tests.bot import tiny


class SlowReader(tiny.Reader):
    def understand_many(self, asks: Sequence[Ask]) -> list[Understanding]:
        time.sleep(random.random() * 0.05)  # noqa: S311
        return super().understand_many(asks)


class World(tiny.Postman):
    """The world outside: it keeps what reached it, and is down now and then."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)

    async def send(self, chat: str, say: Say) -> None:
        if random.random() < 0.02:  # noqa: S311
            raise Retry(timedelta(seconds=0.2))
        await asyncio.sleep(random.random() * 0.003)  # noqa: S311
        os.write(self._file, f"{chat}\t{say.text}\n".encode())


def stumble(script: Script, known: Conversation, turn: Turn) -> tuple[Conversation, Sequence[Effect]]:
    """The tiny conversation, which fails now and then."""
    if random.random() < 0.01:  # noqa: S311
        raise RuntimeError("stumbled")
    return tiny.advance(script, known, turn)


async def main(url: str, keys: str, world: str) -> None:
    app = tiny.tiny_app(
        Database(url),
        read_ring(Path(keys)),
        clock=lambda: datetime.now(UTC),
        lease=timedelta(seconds=3),
        attempts=20,
        nlu=SlowReader(),
        channels={"box": tiny.Mailbox(), "post": World(Path(world))},
        dialogue=replace(tiny.DIALOGUE, advance=stumble),
    )
    await Worker(app).run()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
