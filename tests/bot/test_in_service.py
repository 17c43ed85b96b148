"""Processes look up which model is in use, and exchange it while they run."""

from __future__ import annotations

import asyncio
import shutil
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from sqlalchemy import select

import nlu
from bot import labelling
from bot.app import App
from bot.in_service import refresh
from bot.intake import take_turns
from bot.worker import Onlooker
from nlu.backend import Ask
from storage import models
from storage.crypto import KeyRing
from storage.database import Database
from storage.tables import ConversationRow, TurnRow
from storage.training_tables import ReadingRow
from stories.script import Platform, Platforms, Script
from stories.types import Message
from tests.bot.tiny import NOW
from tests.bot.versions import add_candidate, make_home, process, register

SOON = 5.0
"""Seconds within which a roll-back holds."""
LONGEST = 60.0
"""Seconds that reading a model from disk may take on a machine that has much to do."""


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_home(tmp_path_factory.mktemp("home"))


@pytest.fixture
def home(trained: Path, tmp_path: Path) -> Path:
    shutil.copytree(trained / "models", tmp_path / "models")
    return tmp_path


def by(app: App) -> str:
    return app.nlu.understand_many([Ask(text="oui", at=NOW)])[0].by.removeprefix("embedded/")


async def say(app: App, chat: str, key: str) -> str:
    """Say something; gives the version that read it."""
    await app.door.receive([Message(channel="box", chat=chat, key=key, text="oui")], app.clock())
    assert await take_turns(app) == 1
    async with app.database.read() as session:
        read = await session.scalar(select(TurnRow.by).order_by(TurnRow.id.desc()).limit(1))
    return (read or "").removeprefix("embedded/")


@asynccontextmanager
async def running(*apps: App) -> AsyncIterator[None]:
    """Processes that look again each second, as those do that only show pages."""
    loops = [Onlooker(app) for app in apps]
    tasks = [asyncio.create_task(loop.run()) for loop in loops]
    try:
        yield
    finally:
        for loop in loops:
            loop.stop()
        await asyncio.gather(*tasks)


async def until(apps: list[App], version: str) -> float:
    """Seconds until all of them read with this version."""
    begun = time.monotonic()
    while {by(app) for app in apps} != {version}:
        assert time.monotonic() - begun < LONGEST
        await asyncio.sleep(0.05)
    return time.monotonic() - begun


async def test_a_promotion_and_a_roll_back_reach_every_process_in_seconds(
    database: Database, ring: KeyRing, home: Path
) -> None:
    first = await register(database, home)
    apps = [await process(database, ring, home) for _ in range(2)]
    await add_candidate(database, home, "next", first)
    async with running(*apps):
        async with database.begin() as session:
            row = await models.find(session, "next")
            assert row is not None
            row.comparison = {"live": first}
            await models.promote(session, "next", None, NOW)
        await until(apps, "next")
        async with database.begin() as session:
            await models.roll_back(session, None, NOW, emergency=False)
        assert await until(apps, first) < SOON
    latest = nlu.latest(home / "models")
    assert latest is not None
    assert latest.name == first


async def test_a_running_conversation_keeps_its_model_until_an_emergency(
    database: Database, ring: KeyRing, home: Path
) -> None:
    first = await register(database, home)
    app = await process(database, ring, home)
    await add_candidate(database, home, "next", first)
    assert await say(app, "ada", "1") == first
    async with database.begin() as session:
        await models.put_in_use(session, "next", None, NOW)
    await refresh(app)
    assert (await say(app, "ada", "2"), await say(app, "bob", "1")) == (first, "next")
    async with database.begin() as session:
        await models.roll_back(session, None, NOW, emergency=False)
    await refresh(app)
    assert (await say(app, "bob", "2"), await say(app, "carl", "1")) == ("next", first)
    async with database.begin() as session:
        await models.roll_back(session, None, NOW, emergency=True)
    await refresh(app)
    assert await say(app, "bob", "3") == first
    async with database.read() as session:
        kept = list(await session.scalars(select(ConversationRow.model).order_by(ConversationRow.id)))
    assert kept == [first, None, first]


async def test_a_corrupt_model_is_not_put_in_use_and_the_one_before_goes_on(
    database: Database, ring: KeyRing, home: Path
) -> None:
    first = await register(database, home)
    app = await process(database, ring, home)
    await add_candidate(database, home, "next", first)
    (home / "models" / "next" / "duals.npy").write_bytes(b"broken")
    async with database.begin() as session:
        await models.put_in_use(session, "next", None, NOW)
    await refresh(app)
    assert app.versions is not None
    assert (by(app), "duals.npy is not the file that was trained" in app.versions.problem) == (first, True)
    async with database.begin() as session:
        await models.roll_back(session, None, NOW, emergency=False)
    await refresh(app)
    assert (by(app), app.versions.problem) == (first, "")


async def test_another_script_is_read_with_its_own_platforms(database: Database, ring: KeyRing, home: Path) -> None:
    await register(database, home)
    app = await process(database, ring, home)
    fresh = Platforms(platforms=(Platform(id="zalando", name="Zalando", scope="b2c_goods"),))
    app.script = app.script.model_copy(update={"platforms": fresh})
    await refresh(app)
    (told,) = app.nlu.understand_many([Ask(text="sur zalando", at=NOW)])
    assert [one.value for one in told.entities if one.field == "platform_id"] == ["zalando"]


async def test_a_shadow_reads_what_was_said_and_the_model_in_use_tells_what_it_never_saw(
    database: Database, ring: KeyRing, home: Path, script: Script
) -> None:
    first = await register(database, home)
    app = await process(database, ring, home, script=script)
    await add_candidate(database, home, "next", first)
    async with database.begin() as session:
        await models.set_shadow(session, "next", None, NOW)
    await refresh(app)
    said = "mon compte vendeur est suspendu zyglotrope"
    await app.door.receive([Message(channel="box", chat="ada", key="1", text=said)], app.clock())
    assert await take_turns(app) == 1
    assert await labelling.read(app) == 1
    async with database.read() as session:
        row = (await session.scalars(select(ReadingRow))).one()
    assert (row.by, row.shadow, row.shadow_problem) == (f"embedded/{first}", "next", row.problem)
    assert 0 < row.unknown < 1


async def test_the_files_of_a_model_that_is_given_up_are_deleted(database: Database, ring: KeyRing, home: Path) -> None:
    first = await register(database, home)
    app = await process(database, ring, home)
    await add_candidate(database, home, "next", first)
    async with database.begin() as session:
        await models.delete_files(session, "next")
    await refresh(app)
    assert not (home / "models" / "next").exists()
    assert (home / "models" / first).exists()
