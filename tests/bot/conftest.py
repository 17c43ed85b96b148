"""What the tests of the shell share."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from storage.crypto import KeyRing
from storage.database import Database
from stories.script import Script, default_folder, load
from tests.bot.site import Site, opened


@pytest.fixture(scope="session")
def script() -> Script:
    return load(default_folder())


@pytest.fixture
async def site(sqlite_template: Path, tmp_path: Path, ring: KeyRing, script: Script) -> AsyncIterator[Site]:
    """A site on SQLite."""
    path = tmp_path / "site.db"
    shutil.copy(sqlite_template, path)
    database = Database(f"sqlite:///{path}")
    async with opened(database, ring, script) as site:
        yield site
    await database.close()
