"""A process under load: it takes messages as lines of JSON, and gives each conversation its answers back.

It does all that the web chat does of a turn but HTTP and HTML: keep the message durably, wait for news of the lane,
read the new lines from the transcript and hand them over.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import uvloop

from bot import model
from bot.app import App, dialogue
from bot.channels.webchat import NAME, Webchat
from bot.hub import Hub
from bot.settings import read
from bot.worker import Worker
from nlu.backend import NLU, Ask
from storage import conversations
from storage.crypto import read_ring
from storage.database import Database
from stories.script import Script, default_folder, load
from stories.types import Message, Understanding


class Double:
    """Costs what the sentence encoder costs, and says nothing."""

    name = "double"

    def understand_many(self, asks: Sequence[Ask]) -> list[Understanding]:
        until = time.perf_counter() + 0.0009 * len(asks)
        while time.perf_counter() < until:
            pass
        return [Understanding(language="fr", by=self.name) for _ in asks]


def reader(home: str, script: Script) -> NLU:
    """The embedded classifier of this data folder, trained where it is out of date; the double without a folder."""
    if not home:
        return Double()
    return model.load(read({**os.environ, "PORTEVOIX_HOME": home}), script, model.tell)


async def converse(app: App, incoming: asyncio.StreamReader, outgoing: asyncio.StreamWriter) -> None:
    """One connection is one conversation at a time: a line in, the turn's lines out."""
    last = 0
    while line := await incoming.readline():
        asked = json.loads(line)
        lane = app.ring.lane(f"{NAME}:{asked['chat']}")
        message = Message(
            channel=NAME, chat=asked["chat"], key=str(asked["n"]), position=asked["n"], text=asked["text"]
        )
        with app.hub.watching(lane) as news:
            await app.door.receive([message], app.clock())
            answers: list[conversations.Line] = []
            while not answers:
                await news.wait()
                news.clear()
                lines = await app.reading.transcript(lane, last)
                answers = [one for one in lines if one.sender == "bot"]
                assert not any(one.key == "saved_will_answer" for one in answers), "a turn failed"
        last = lines[-1].id
        outgoing.write(json.dumps([one.text for one in answers]).encode() + b"\n")


async def main(asked: argparse.Namespace) -> None:
    database = Database(asked.url)
    script = load(default_folder())
    understands = reader(asked.home, script) if asked.role != "web" else Double()
    app = App(
        database=database,
        ring=read_ring(Path(asked.keys)),
        script=script,
        nlu=understands,
        channels={NAME: Webchat()},
        clock=lambda: datetime.now(UTC),
        hub=Hub(),
        dialogue=dialogue(),
        burst=timedelta(),
    )
    async with AsyncExitStack() as stack:
        if asked.role != "worker":
            server = await asyncio.start_server(partial(converse, app), "127.0.0.1", asked.port)
            await stack.enter_async_context(server)
        if asked.role == "web":
            await stack.enter_async_context(database.listening(app.hub.told))
        print("ready", flush=True)
        if asked.role == "web":
            await asyncio.Event().wait()
        await Worker(app).run()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("role", choices=("web", "worker", "both"))
    parser.add_argument("--url", required=True)
    parser.add_argument("--keys", required=True)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--home", default="")
    uvloop.run(main(parser.parse_args()))
