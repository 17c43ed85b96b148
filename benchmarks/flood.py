"""How long others wait while one chat floods: a real `portevoix serve` process, updates of Telegram, a fake network.

`python -m benchmarks.flood [--home FOLDER]`: new chats tell their story at a steady pace, first alone, then while one
chat sends 1,000 messages over as many connections as Telegram opens. A wait runs from a chat's message to the first
line of its answer on the network; the pause for further messages (`BURST_SECONDS`) is in both figures.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import statistics
import tempfile
import time
from collections.abc import Sequence
from itertools import count
from pathlib import Path

import aiohttp

from benchmarks.hooks import call, ready, secret_of, serving, update
from tests.fakes import telegram

FLOOD = 1000
CONNECTIONS = 40
"""Telegram's own default for a webhook (`max_connections` of setWebhook)."""
OTHERS = 30
PACE = 1 / 3
"""Seconds between two others: their lines stay under the 30 a second that Telegram allows a bot."""
FLOODER = 1
NEWCOMERS = count(100)
SETTLED = 25.0
"""Seconds after which the flooder has all its answers."""


class Town:
    """Chats that write to one process, and read its answers on a fake network."""

    def __init__(self, session: aiohttp.ClientSession, address: str, secret: str, fake: telegram.FakeTelegram) -> None:
        self._session, self._address, self._secret, self._fake = session, address, secret, fake

    async def wait(self) -> float:
        """Seconds until a new chat has the first line of its answer."""
        chat = next(NEWCOMERS)
        self._fake.person(chat)
        began = time.perf_counter()
        await call(self._session, self._address, self._secret, update(chat))
        while True:
            if self._fake.said(chat):
                return time.perf_counter() - began
            await asyncio.sleep(0.005)

    async def others(self) -> Sequence[float]:
        waits = []
        for _ in range(OTHERS):
            waits.append(asyncio.create_task(self.wait()))
            await asyncio.sleep(PACE)
        return await asyncio.gather(*waits)

    async def flood(self) -> float:
        """Seconds until all messages of one chat are accepted."""
        self._fake.person(FLOODER)
        began = time.perf_counter()
        async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=CONNECTIONS)) as many:
            bodies = (update(FLOODER, f"Cdiscount a fermé mon compte numéro {number}") for number in range(FLOOD))
            await asyncio.gather(*(call(many, self._address, self._secret, body) for body in bodies))
        return time.perf_counter() - began


def spread(waits: Sequence[float]) -> str:
    return f"median {statistics.median(waits):.2f} s, longest {max(waits):.2f} s"


async def measure(home: Path, database: str) -> None:
    async with telegram.serving() as fake:
        with serving("serve", home, database, fake.url) as address:
            async with aiohttp.ClientSession() as session:
                await ready(session, address)
                town = Town(session, address, secret_of(home), fake)
                await town.wait()
                alone = await town.others()
                accepted, beside = await asyncio.gather(town.flood(), town.others())
                await asyncio.sleep(SETTLED)
                print(f"others wait, alone: {spread(alone)}")
                print(f"others wait, beside {FLOOD:,} messages accepted in {accepted:.1f} s: {spread(beside)}")
                later = max(beside) - statistics.median(alone)
                print(f"the longest wait is {later:.2f} s later than usual")
                print(f"lines that the flooder was sent: {len(fake.said(FLOODER))}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--home", type=Path, help="a data folder in which the classifier is trained")
    asked = parser.parse_args()
    print(f"{time.strftime('%d %B %Y')}, load average {os.getloadavg()[0]:.1f} before")
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(measure(asked.home or Path(folder), f"sqlite:///{folder}/bench.db"))


if __name__ == "__main__":
    main()
