"""How fast webhooks are accepted: a real `portevoix web` process, updates of Telegram, on SQLite and PostgreSQL.

`python benchmarks/hooks.py [--home FOLDER]`: each call is kept durably before it is answered. 50 calls a second are
offered first, then as many as the process takes from 64 callers at once.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import count, cycle
from pathlib import Path

import aiohttp

from bot.channels.settings import TelegramSettings
from bot.channels.telegram_channel import SECRET_HEADER, Telegram
from storage.crypto import read_ring
from tests import postgres
from tests.fakes.telegram import TOKEN
from tests.postgres import free_port

OFFERED = 50
SECONDS = 20.0
CALLERS = 64
PEAK_SECONDS = 10.0
OK = 200
START = 120.0
UPDATES = count(1)
CHATS = cycle(range(1000, 1200))
STORY = "Cdiscount a fermé mon compte le 8 octobre, 15 000 € perdus et personne ne répond"


def update(chat: int, text: str = STORY) -> bytes:
    """A new message of this chat."""
    number = next(UPDATES)
    person = {"id": chat, "is_bot": False, "first_name": "Ana"}
    message = {
        "message_id": number, "from": person, "chat": {"id": chat, "type": "private"}, "date": int(time.time()),
        "text": text,
    }  # fmt: skip
    return json.dumps({"update_id": number, "message": message}).encode()


@contextmanager
def serving(command: str, home: Path, database: str, telegram: str = "http://127.0.0.1:9") -> Iterator[str]:
    """A process of Portevoix with Telegram at that address; gives its own."""
    port = free_port()
    environment = {
        **os.environ, "PORTEVOIX_HOME": str(home), "DATABASE_URL": database, "PORT": str(port),
        "PUBLIC_URL": "https://bench.example", "TELEGRAM_TOKEN": TOKEN, "TELEGRAM_API": telegram,
    }  # fmt: skip
    process = subprocess.Popen([sys.executable, "-m", "bot", command], env=environment, stdout=subprocess.DEVNULL)
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait()


async def ready(session: aiohttp.ClientSession, address: str) -> None:
    until = time.monotonic() + START
    while time.monotonic() < until:
        try:
            async with session.get(f"{address}/health") as answer:
                if answer.status == OK:
                    return
        except aiohttp.ClientError:
            pass
        await asyncio.sleep(0.1)
    raise SystemExit("the process does not get ready")


def secret_of(home: Path) -> str:
    """What authenticates a webhook of Telegram there."""
    return Telegram(TelegramSettings(token=TOKEN), read_ring(home / "keys.json")).secret


async def call(session: aiohttp.ClientSession, address: str, secret: str, body: bytes | None = None) -> float:
    """Seconds until one call was accepted."""
    body = body or update(next(CHATS))
    began = time.perf_counter()
    async with session.post(f"{address}/hooks/telegram", data=body, headers={SECRET_HEADER: secret}) as answer:
        assert answer.status == OK, answer.status
    return time.perf_counter() - began


async def offered(session: aiohttp.ClientSession, address: str, secret: str) -> list[float]:
    """Calls at a steady pace, whatever becomes of those before."""
    tasks = []
    began = time.perf_counter()
    for at in range(int(OFFERED * SECONDS)):
        await asyncio.sleep(max(0.0, began + at / OFFERED - time.perf_counter()))
        tasks.append(asyncio.create_task(call(session, address, secret)))
    return list(await asyncio.gather(*tasks))


async def most(session: aiohttp.ClientSession, address: str, secret: str) -> tuple[float, list[float]]:
    """Calls a second from so many callers, each as soon as the last was accepted; and how long each took."""
    delays: list[float] = []
    until = time.perf_counter() + PEAK_SECONDS

    async def caller() -> None:
        while time.perf_counter() < until:
            delays.append(await call(session, address, secret))

    await asyncio.gather(*(caller() for _ in range(CALLERS)))
    return len(delays) / PEAK_SECONDS, delays


def spread(delays: Sequence[float]) -> str:
    marks = statistics.quantiles(delays, n=100)
    return f"p50 {1000 * marks[49]:.1f} ms, p95 {1000 * marks[94]:.1f} ms, p99 {1000 * marks[98]:.1f} ms"


async def measure(name: str, home: Path, database: str) -> None:
    with serving("web", home, database) as address:
        async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:
            await ready(session, address)
            secret = secret_of(home)
            await asyncio.gather(*(call(session, address, secret) for _ in range(20)))
            print(f"{name}: {OFFERED} calls/s offered: {spread(await offered(session, address, secret))}", flush=True)
            rate, delays = await most(session, address, secret)
            print(f"{name}: {rate:.0f} calls/s accepted durably of {CALLERS} callers: {spread(delays)}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--home", type=Path, help="a data folder in which the classifier is trained")
    asked = parser.parse_args()
    print(f"{time.strftime('%d %B %Y')}, load average {os.getloadavg()[0]:.1f} before")
    with tempfile.TemporaryDirectory() as folder:
        home = asked.home or Path(folder)
        asyncio.run(measure("SQLite", home, f"sqlite:///{folder}/bench.db"))
        with postgres.server(postgres.DURABLE) as url:
            asyncio.run(measure("PostgreSQL", home, url))


if __name__ == "__main__":
    main()
