"""What the tests of the channels share."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from storage.crypto import KeyRing
from storage.database import Database
from stories.script import Script
from tests.bot.channels.wired import Wired, wired


@pytest.fixture
async def sqlite(sqlite_template: Path, tmp_path: Path) -> AsyncIterator[Database]:
    """A database for tests that are not about the database."""
    shutil.copy(sqlite_template, tmp_path / "channel.db")
    database = Database(f"sqlite:///{tmp_path / 'channel.db'}")
    yield database
    await database.close()


@pytest.fixture
async def tiny(sqlite: Database, ring: KeyRing) -> AsyncIterator[Wired]:
    """The tiny conversation, called by Telegram."""
    async with wired(sqlite, ring) as both:
        await both.hook()
        yield both


@pytest.fixture
async def real(sqlite: Database, ring: KeyRing, script: Script) -> AsyncIterator[Wired]:
    """The real conversation, called by Telegram."""
    async with wired(sqlite, ring, script=script) as both:
        await both.hook()
        yield both
