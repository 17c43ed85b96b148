"""How long answers take while a model is trained, beside before: one process that serves, on SQLite, and its training.

`python -m benchmarks.during [--home FOLDER]`: ten turns a second are offered, as when a firm a second comes to tell its
story. First nothing else is done; then a training is asked for as the console does, on the examples that come with
Portevoix, and measured until its model is registered. HTTP is left out, as `serving.py` does.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import partial
from itertools import count
from pathlib import Path

import uvloop

from benchmarks.serving import converse
from benchmarks.turns import Client, offered
from bot.assembly import assembled
from bot.model import tell
from bot.settings import read
from bot.worker import Worker
from storage import jobs
from storage.database import Database
from tests.postgres import free_port

RATE = 10.0
CONVERSATIONS = 50
WARM, QUIET, PIECE = 20.0, 60.0, 5.0
"""Seconds; how far the training is, is looked up after each piece."""
TIMES = 2.0
"""So many times as long as before may an answer take during a training: the p95."""


async def serve(port: int) -> None:
    """All of `portevoix serve` but HTTP, trainings included."""
    async with (
        assembled(read(os.environ), tell=tell) as app,
        await asyncio.start_server(partial(converse, app), "127.0.0.1", port),
    ):
        print("ready", flush=True)
        await Worker(app).run()


async def during(database: Database, clients: list[Client]) -> dict[str, list[float]]:
    """Ask for a training; what answers take until it is done, in each of its stages."""
    async with database.begin() as session:
        job_id = await jobs.ask(session, "embedded", None, "", datetime.now(UTC))
    took = defaultdict[str, list[float]](list)
    while True:
        async with database.read() as session:
            job = await jobs.find(session, job_id)
        assert job is not None
        if job.status not in jobs.UNFINISHED:
            assert job.status == "done", f"the training failed: {job.error}"
            return took
        took[job.stage or "beginning"] += await offered(clients, RATE, PIECE)


def p95(took: Sequence[float]) -> float:
    return statistics.quantiles(took, n=100)[94]


def report(name: str, took: Sequence[float]) -> None:
    marks = [1000 * mark for mark in statistics.quantiles(took, n=100)]
    print(
        f"{name:20} {len(took):5} turns  p50 {marks[49]:6.1f} ms  p95 {marks[94]:6.1f} ms  p99 {marks[98]:6.1f} ms",
        flush=True,
    )


async def measure(port: int, database: Database) -> float:
    """Print what answers take; gives how many times as long they take during the training."""
    clients = [Client(port, count(at * 1_000_000)) for at in range(CONVERSATIONS)]
    for client in clients:
        await client.open()
    await offered(clients, RATE, WARM)
    quiet = await offered(clients, RATE, QUIET)
    report("before", quiet)
    began = time.monotonic()
    stages = await during(database, clients)
    seconds = time.monotonic() - began
    for stage, took in stages.items():
        report(f"  {stage}", took)
    trained = [one for took in stages.values() for one in took]
    report("during", trained)
    times = p95(trained) / p95(quiet)
    missed = "" if times <= TIMES else f"   (MISSED: {TIMES:.0f})"
    print(f"the training took {seconds:.0f} s; p95 {times:.2f} times as long as before{missed}")
    for client in clients:
        client.close()
    return times


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--home", type=Path, help="a data folder in which the classifier is trained")
    parser.add_argument("--serve", type=int, metavar="PORT", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.serve is not None:
        uvloop.run(serve(asked.serve))
        return
    print(f"{time.strftime('%d %B %Y')}, {os.cpu_count()} cores, load average {os.getloadavg()[0]:.1f} before")
    with tempfile.TemporaryDirectory() as folder:
        if asked.home is not None:
            shutil.copytree(asked.home / "models", Path(folder) / "models")
        port, environment = free_port(), {"PORTEVOIX_HOME": folder, "BURST_SECONDS": "0"}
        command = [sys.executable, "-m", "benchmarks.during", "--serve", str(port)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env={**os.environ, **environment}) as process:
            try:
                assert process.stdout is not None
                assert process.stdout.readline() == "ready\n"
                times = asyncio.run(measure(port, Database(read(environment).database_url)))
            finally:
                process.kill()
    sys.exit(times > TIMES)


if __name__ == "__main__":
    main()
