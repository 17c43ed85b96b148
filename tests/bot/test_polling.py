"""Telegram is asked for its updates, and told to forget one only once we keep it."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from sqlalchemy import text

from bot.commands.serving import work_together
from bot.polling import Poller
from bot.values import CommandError
from storage.crypto import KeyRing
from storage.database import Database
from stories.script import Script
from tests.bot.channels.wired import Wired, wired


@pytest.fixture
async def both(sqlite_template: Path, tmp_path: Path, ring: KeyRing, script: Script) -> AsyncIterator[Wired]:
    shutil.copy(sqlite_template, tmp_path / "polling.db")
    database = Database(f"sqlite:///{tmp_path / 'polling.db'}")
    async with wired(database, ring, script=script) as both:
        yield both
    await database.close()


def poller(both: Wired) -> Poller:
    return Poller(both.app, both.channel, wait=1, pause=0.05)


@asynccontextmanager
async def running(asks: Poller) -> AsyncIterator[asyncio.Task[None]]:
    task = asyncio.create_task(asks.run())
    try:
        yield task
    finally:
        asks.stop()
        await asyncio.wait_for(task, 5)


async def until(holds: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(20):
        while not await holds():  # noqa: ASYNC110  # What it looks at sets no event.
            await asyncio.sleep(0.01)


async def test_what_is_written_is_kept_and_answered_and_then_forgotten_there(both: Wired) -> None:
    ana = both.fake.person()
    await ana.writes("Bonjour")
    await ana.writes("/aide")
    async with running(poller(both)):
        await until(lambda: _holds(both, 2))
        await ana.writes("Encore une chose")
        await until(lambda: _holds(both, 3))
        await until(lambda: _forgotten(both))
    await both.settle()
    assert len(both.fake.said()) > 1


async def _holds(both: Wired, count: int) -> bool:
    return await both.received() == count


async def _asked(both: Wired, times: int) -> bool:
    return sum(name == "getUpdates" for name, _ in both.fake.calls) >= times


async def _forgotten(both: Wired) -> bool:
    return not both.fake.waiting


async def test_an_update_that_could_not_be_kept_is_not_forgotten(both: Wired) -> None:
    await both.fake.person().writes("Bonjour")
    async with both.app.database.begin() as session:
        await session.execute(text("ALTER TABLE inbox RENAME TO gone"))
    asks = poller(both)
    asking = asyncio.create_task(asks.run())
    await until(lambda: _asked(both, 3))
    assert len(both.fake.waiting) == 1
    async with both.app.database.begin() as session:
        await session.execute(text("ALTER TABLE gone RENAME TO inbox"))
    await until(lambda: _forgotten(both))
    assert await both.received() == 1
    asks.stop()
    await asyncio.wait_for(asking, 5)


async def test_a_poller_that_dies_before_it_kept_anything_leaves_it_for_the_next(both: Wired) -> None:
    await both.fake.person().writes("Bonjour")
    client = await both.channel.client()
    (lost,) = await client.get_updates(None, 0, ["message"])
    async with running(poller(both)):
        await until(lambda: _holds(both, 1))
    assert (await both.transcript())[0].text == lost["message"]["text"]


async def test_updates_that_come_twice_and_in_any_order_are_taken_once(both: Wired) -> None:
    import random

    both.fake.faults.repeat, both.fake.faults.shuffle = 2, random.Random(7)  # noqa: S311
    ana = both.fake.person()
    for n in range(5):
        await ana.writes(f"message {n}")
    async with running(poller(both)):
        await until(lambda: _holds(both, 5))
    await both.settle()
    said = [line.text for line in await both.transcript() if line.sender == "person"]
    assert sorted(said) == [f"message {n}" for n in range(5)]


async def test_a_webhook_that_is_set_stops_the_start_and_the_remedy_is_said(both: Wired) -> None:
    both.fake.hook.url = "https://elsewhere.example/hook"
    with pytest.raises(CommandError, match=r"elsewhere\.example/hook.*--remove-webhook"):
        await poller(both).run()


async def test_a_second_poller_does_not_start_and_the_first_goes_on(both: Wired) -> None:
    first = poller(both)
    async with running(first):
        await until(lambda: _asked(both, 2))
        with pytest.raises(CommandError, match="another process"):
            await poller(both).run()
        await both.fake.person().writes("Bonjour")
        await until(lambda: _holds(both, 1))


async def test_a_bot_that_telegram_does_not_know_stops_the_start(both: Wired) -> None:
    both.fake.token = "12:another"
    with pytest.raises(CommandError, match=r"TELEGRAM_TOKEN.*BotFather"):
        await poller(both).run()


async def test_an_outage_does_not_stop_the_start(both: Wired) -> None:
    both.fake.faults.broken, both.fake.faults.on = 1, frozenset({"getUpdates"})
    await both.fake.person().writes("Bonjour")
    async with running(poller(both)):
        await until(lambda: _holds(both, 1))


async def test_the_bot_presents_itself_in_both_languages(both: Wired) -> None:
    async with running(poller(both)):
        await until(lambda: _introduced(both))
    commands = {of: [c["command"] for c in found] for (what, of), found in both.fake.introduced.items()
                if what == "commands"}  # fmt: skip
    assert commands["fr"] == commands[""] == ["start", "aide", "statut", "langue", "effacer", "humain"]
    assert commands["en"] == ["start", "help", "status", "language", "erase", "human"]


async def _introduced(both: Wired) -> bool:
    return len(both.fake.introduced) == 9


class Ends:
    """Works until it is stopped, or fails at once."""

    def __init__(self, error: Exception | None = None) -> None:
        self._error, self._stopping = error, asyncio.Event()

    async def run(self) -> None:
        if self._error:
            raise self._error
        await self._stopping.wait()

    def stop(self) -> None:
        self._stopping.set()


async def test_a_poller_that_may_not_begin_ends_the_process_with_its_reason() -> None:
    worker = Ends()
    with pytest.raises(CommandError, match="another"):
        await asyncio.wait_for(work_together([worker, Ends(CommandError("another process"))]), 5)
