"""Durable turns a second: message in, state committed, reply handed over, on SQLite and on PostgreSQL.

Fifty conversations in closed loop, bursts off, commits synchronous; then a fixed rate is offered, and the delay told.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from itertools import count
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from storage.crypto import keep_ring, new_ring
from storage.migrate import migrate
from tests import postgres

STORY = (
    "Bonjour, je vends des lampes sur Amazon depuis 2019. Le 3 novembre ils ont suspendu mon compte sans prévenir, "
    "ils demandent des factures que j'ai déjà envoyées trois fois et personne ne répond. J'ai perdu 20 % de mon "
    "chiffre d'affaires, environ 15 000 euros."
)
SPOKEN = (
    STORY, "plutôt 12 000 euros", "Qui lit mon dossier ?", "le compte est suspendu", "je ne sais pas",
    "4 : le 8 octobre", "c'est confidentiel ?", "rien sur mon dossier", "Envoyer", "merci, et maintenant ?",
)  # fmt: skip
CONVERSATIONS = 50


class Client:
    """One person: says the next line when the last one was answered."""

    def __init__(self, port: int, names: Iterator[int]) -> None:
        self._port, self._names = port, names
        self._said = 0
        self._chat = ""

    async def open(self) -> None:
        self._incoming, self._outgoing = await asyncio.open_connection("127.0.0.1", self._port, limit=2**20)

    async def say(self) -> float:
        """Say one line; gives the seconds until its answer was here."""
        if self._said % len(SPOKEN) == 0:
            self._chat, self._said = f"chat-{next(self._names)}", 0
        line = {"chat": self._chat, "n": self._said + 1, "text": SPOKEN[self._said]}
        self._said += 1
        began = time.perf_counter()
        self._outgoing.write(json.dumps(line).encode() + b"\n")
        assert await self._incoming.readline()
        return time.perf_counter() - began

    def close(self) -> None:
        self._outgoing.close()


async def closed_loop(clients: list[Client], seconds: float) -> tuple[float, list[float]]:
    """Everybody talks as fast as the answers come: turns a second, and how long each took."""
    until = time.perf_counter() + seconds
    took: list[float] = []

    async def talk(client: Client) -> None:
        while time.perf_counter() < until:
            took.append(await client.say())

    began = time.perf_counter()
    await asyncio.gather(*(talk(client) for client in clients))
    return len(took) / (time.perf_counter() - began), took


async def offered(clients: list[Client], rate: float, seconds: float) -> list[float]:
    """Messages come at a fixed rate, whether or not the last was answered; a wait for a free person counts."""
    free: asyncio.Queue[Client] = asyncio.Queue()
    for client in clients:
        free.put_nowait(client)
    took: list[float] = []

    async def one(due: float) -> None:
        client = await free.get()
        await client.say()
        took.append(time.perf_counter() - due)
        free.put_nowait(client)

    began = time.perf_counter()
    async with asyncio.TaskGroup() as group:
        for at in range(int(rate * seconds)):
            due = began + at / rate
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            group.create_task(one(due))
    return took


@contextmanager
def serving(roles: tuple[str, ...], url: str, folder: Path, port: int, home: str) -> Iterator[list[int]]:
    """The processes under load; gives their ids."""
    with ExitStack() as stack:
        processes = []
        for role in roles:
            command = [
                sys.executable, str(Path(__file__).with_name("serving.py")), role, "--url", url,
                "--keys", str(folder / "keys.json"), "--port", str(port), "--home", home,
            ]  # fmt: skip
            where = {**os.environ, "PYTHONPATH": str(Path(__file__).resolve().parents[1])}
            process = stack.enter_context(subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=where))
            stack.callback(process.kill)
            processes.append(process)
        for process in processes:
            assert process.stdout
            assert process.stdout.readline() == "ready\n"
        yield [process.pid for process in processes]


async def measure(name: str, roles: tuple[str, ...], url: str, folder: Path, asked: argparse.Namespace) -> float:
    """Load one arrangement and print its figures; gives turns a second."""
    await migrate(url)
    if not (folder / "keys.json").exists():
        keep_ring(new_ring(), folder / "keys.json")
    port = postgres.free_port()
    with serving(roles, url, folder, port, asked.home) as pids:
        clients = [Client(port, count(at * 1_000_000)) for at in range(CONVERSATIONS)]
        for client in clients:
            await client.open()
        await closed_loop(clients, asked.seconds / 4)  # Warm caches are what lasts.
        before = cpu(pids)
        rate, took = await closed_loop(clients, asked.seconds)
        spent = cpu(pids) - before
        print(f"{name}: {rate:.0f} durable turns/s, {CONVERSATIONS} in closed loop, {delay(took)}")
        at_rate = await offered(clients, asked.rate, asked.seconds)
        print(f"{name}: {delay(at_rate)} at {asked.rate:.0f} turns/s offered")
        used = " + ".join(f"{resident(pid):.0f} MB" for pid in pids)
        print(f"{name}: RSS {used} ({' + '.join(roles)}), {spent / len(took) * 1000:.2f} ms CPU a turn")
        for client in clients:
            client.close()
    return rate


def delay(took: list[float]) -> str:
    percentiles = statistics.quantiles(took, n=100)
    return f"p50 {percentiles[49] * 1000:.0f} ms, p95 {percentiles[94] * 1000:.0f} ms"


def resident(pid: int) -> float:
    """Megabytes that a process holds in memory."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(next(line.split()[1] for line in status.splitlines() if line.startswith("VmRSS"))) / 1024


def cpu(pids: list[int]) -> float:
    """Seconds of CPU that the processes used."""
    ticks = [Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split() for pid in pids]
    return sum(int(one[11]) + int(one[12]) for one in ticks) / os.sysconf("SC_CLK_TCK")


async def main(asked: argparse.Namespace) -> None:
    print(f"Python {platform.python_version()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}, "
          f"{'NLU of ' + asked.home if asked.home else 'a double of the NLU'}")  # fmt: skip
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if "sqlite" in asked.on:
            url = f"sqlite:///{folder / 'portevoix.db'}"
            await measure("SQLite, one process", ("both",), url, folder, asked)
        if "postgresql" in asked.on:
            with postgres.server(postgres.DURABLE) as url:
                await measure("PostgreSQL, one web and one worker", ("web", "worker"), url, folder, asked)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--on", nargs="+", default=["sqlite", "postgresql"], choices=("sqlite", "postgresql"))
    parser.add_argument("--seconds", type=float, default=12)
    parser.add_argument("--rate", type=float, default=100)
    parser.add_argument("--home", default="var", help="data folder with the model; empty: a double of the NLU")
    asyncio.run(main(parser.parse_args()))
