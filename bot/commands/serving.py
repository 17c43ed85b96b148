"""`portevoix serve`, `web`, `worker` and `migrate`: what runs until it is stopped."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import logging
import signal
import socket
import sys
from argparse import Namespace
from collections.abc import Callable, Coroutine, Sequence
from typing import Any, Protocol

from bot.app import App
from bot.assembly import FIRST_LOGIN, assembled, first_official, opened
from bot.memory import spare_loaded
from bot.model import tell
from bot.settings import Settings
from bot.values import CommandError


def serve(settings: Settings, _asked: Namespace) -> None:
    run(_serve(settings, works=True))


def web(settings: Settings, _asked: Namespace) -> None:
    run(_serve(settings, works=False))


def worker(settings: Settings, _asked: Namespace) -> None:
    run(_work(settings))


def migrate(settings: Settings, _asked: Namespace) -> None:
    async def up() -> None:
        async with opened(settings):
            print("The database is up to date.")

    asyncio.run(up())


def run(work: Coroutine[Any, Any, None]) -> None:
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    with asyncio.Runner(loop_factory=fast_loop()) as runner:
        runner.run(work)


def fast_loop() -> Callable[[], asyncio.AbstractEventLoop] | None:
    """What makes the fastest event loop of this system; None: Python's own."""
    if sys.platform == "win32":
        return None
    import uvloop

    return uvloop.new_event_loop


async def _serve(settings: Settings, *, works: bool) -> None:
    """Answer over HTTP until told to stop, and take the turns meanwhile."""
    from bot.server import Server
    from bot.web import create
    from bot.worker import Onlooker

    with contextlib.closing(_bound(settings)) as listening:
        async with assembled(settings, tell=tell, connected=True) as app:
            password = await first_official(app)
            server = Server(create(app, settings), host=settings.host, port=settings.port)
            beside = workers(app, settings) if works else [Onlooker(app)]
            working = asyncio.create_task(work_together(beside))  # uvicorn gives the signals back once it is done.
            working.add_done_callback(lambda _: setattr(server, "should_exit", True))
            spare_loaded()
            listening.listen()
            _greet(settings, password)
            try:
                await server.serve(sockets=[listening])
            finally:
                stop(beside)
                await working


async def _work(settings: Settings) -> None:
    """Take turns and deliver until told to stop; what was begun is finished."""
    async with assembled(settings, tell=tell, connected=True) as app:
        spare_loaded()
        print("Working.", flush=True)
        await work_together(workers(app, settings))


class Works(Protocol):
    """Runs until it is stopped."""

    async def run(self) -> None: ...

    def stop(self) -> None: ...


def workers(app: App, settings: Settings) -> list[Works]:
    """What takes the turns and delivers, and what asks Telegram for messages where Telegram does not call us."""
    from bot.worker import Worker

    if settings.telegram is None or settings.telegram.updates != "poll":
        return [Worker(app)]
    from bot.polling import Poller, telegram_of

    return [Worker(app), Poller(app, telegram_of(app))]


async def work_together(working: Sequence[Works]) -> None:
    """Run them all until a signal comes or one of them ends; then all end. Raises what ended the first."""
    for name in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(name, stop, working)
    tasks = [asyncio.create_task(one.run()) for one in working]
    await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    stop(working)
    await asyncio.gather(*tasks)


def stop(working: Sequence[Works]) -> None:
    for one in working:
        one.stop()


def _bound(settings: Settings) -> socket.socket:
    """Take the port at once, so that a port in use is found before anything is loaded."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    listening = socket.socket(family)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((settings.host, settings.port))
    except OSError as error:
        listening.close()
        remedy = "choose another with PORT=…" if error.errno == errno.EADDRINUSE else "see HOST and PORT"
        reason = f"{settings.host} port {settings.port}: {error.strerror}: {remedy}"
        raise CommandError(reason) from error
    return listening


def _greet(settings: Settings, password: str | None) -> None:
    print(f"Chat     {settings.public_url}/")
    print(f"Form     {settings.public_url}/formulaire")
    print(f"Console  {settings.public_url}/console", flush=True)
    if password is not None:
        print(f"First account: {FIRST_LOGIN}, one-time password, shown this once: {password}", flush=True)
