"""Databases for every test that asks for one: each test runs on SQLite and on PostgreSQL."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import create_async_engine

import storage.tables  # noqa: F401  # All tables are in the metadata then.
from bot import model
from bot.settings import read
from storage.base import Base
from storage.crypto import KeyRing, new_ring
from storage.database import Database, async_url
from stories.script import default_folder, load
from tests import postgres

TEMPLATE = "portevoix_template"


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """A server of this test session."""
    with postgres.server() as url:
        _run(administer(url, f"CREATE DATABASE {TEMPLATE}"))
        _run(_create(named(url, TEMPLATE)))
        yield url


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path: Path = tmp_path_factory.mktemp("template") / "portevoix.db"
    _run(_create(f"sqlite:///{path}"))
    return path


@pytest.fixture(params=["sqlite", "postgresql"])
async def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[str]:
    """A fresh database with its tables."""
    if request.param == "sqlite":
        path = tmp_path / "portevoix.db"
        shutil.copy(request.getfixturevalue("sqlite_template"), path)
        yield f"sqlite:///{path}"
        return
    server: str = request.getfixturevalue("postgres_url")
    name = f"test_{uuid4().hex}"
    await administer(server, f"CREATE DATABASE {name} TEMPLATE {TEMPLATE}")
    yield named(server, name)
    await administer(server, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    opened = Database(database_url)
    yield opened
    await opened.close()


@pytest.fixture(scope="session")
def ring() -> KeyRing:
    return new_ring()


@pytest.fixture(scope="session")
def trained(request: pytest.FixtureRequest) -> Path:
    """A data folder in which the classifier is trained, from one test session to the next."""
    home: Path = request.config.cache.mkdir("portevoix")
    settings = read({"PORTEVOIX_HOME": str(home)})
    model.load(settings, load(default_folder()), model.tell)
    return home


def _run(work: Coroutine[Any, Any, None]) -> None:
    """Do it in a loop of its own: a session's fixture may be asked for while a test's loop runs."""
    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, work).result()


async def _create(url: str) -> None:
    engine = create_async_engine(async_url(url))
    async with engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)
    await engine.dispose()


async def administer(url: str, command: str) -> None:
    engine = create_async_engine(async_url(url), isolation_level="AUTOCOMMIT")
    async with engine.connect() as connection:
        await connection.execute(text(command))
    await engine.dispose()


def named(url: str, name: str) -> str:
    return make_url(url).set(database=name).render_as_string(hide_password=False)
