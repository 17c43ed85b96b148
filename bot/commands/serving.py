"""`portevoix serve`, `web`, `worker` and `migrate`: what runs until it is stopped."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
import socket
import sys
from argparse import Namespace
from collections.abc import Coroutine
from typing import Any

from bot.app import App
from bot.assembly import assembled, first_official, opened
from bot.model import tell
from bot.settings import CommandError, Settings


def serve(settings: Settings, _asked: Namespace) -> None:
    _run(_serve(settings, works=True))


def web(settings: Settings, _asked: Namespace) -> None:
    _run(_serve(settings, works=False))


def worker(settings: Settings, _asked: Namespace) -> None:
    _run(_work(settings))


def migrate(settings: Settings, _asked: Namespace) -> None:
    async def up() -> None:
        async with opened(settings):
            print("The database is up to date.")

    asyncio.run(up())


def _run(work: Coroutine[Any, Any, None]) -> None:
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    factory = None
    if sys.platform != "win32":
        import uvloop

        factory = uvloop.new_event_loop
    with asyncio.Runner(loop_factory=factory) as runner:
        runner.run(work)


async def _serve(settings: Settings, *, works: bool) -> None:
    """Answer over HTTP until told to stop, and take the turns meanwhile."""
    from bot.server import Server
    from bot.web import create
    from bot.worker import Worker

    with contextlib.closing(_bound(settings)) as listening:
        async with assembled(settings, tell=tell) as app:
            password = await first_official(app)
            server = Server(create(app, settings), host=settings.host, port=settings.port)
            worker = Worker(app)
            working = asyncio.create_task(worker.run() if works else _hear(app))
            greeting = asyncio.create_task(_greet(server, settings, password))
            try:
                await server.serve(sockets=[listening])
            finally:
                greeting.cancel()
                worker.stop()
                if not works:
                    working.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await working


async def _work(settings: Settings) -> None:
    """Take turns and deliver until told to stop; what was begun is finished."""
    from bot.worker import Worker

    async with assembled(settings, tell=tell) as app:
        working = Worker(app)
        for name in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(name, working.stop)
        print("Working.", flush=True)
        await working.run()
