"""The migrations make the tables that the code knows, on both databases, and running them again changes nothing."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import text

from storage.conversations import CONVERSATION
from storage.database import Database
from storage.migrate import differences, migrate
from tests.conftest import administer, named


@pytest.fixture(params=["sqlite", "postgresql"])
async def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[str]:
    """A database without tables."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'new' / 'portevoix.db'}"
        return
    server: str = request.getfixturevalue("postgres_url")
    await administer(server, "CREATE DATABASE portevoix_empty")
    yield named(server, "portevoix_empty")
    await administer(server, "DROP DATABASE portevoix_empty WITH (FORCE)")


async def test_migrations_make_the_tables_of_the_code(empty_url: str) -> None:
    await migrate(empty_url)
    await migrate(empty_url)
    assert await differences(empty_url) == ""
    database = Database(empty_url)
    async with database.read() as session:
        assert await session.scalar(text("SELECT count(*) FROM inbox")) == 0
    await database.close()


def test_a_state_of_an_older_version_still_loads() -> None:
    old = b'{"language": "en", "narrative": [{"message": "1", "text": "My shop"}], "a_field_since_removed": 3}'
    known = CONVERSATION.validate_json(old)
    assert known.language == "en"
    assert known.narrative[0].text == "My shop"
