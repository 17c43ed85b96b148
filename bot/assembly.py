"""Builds everything once: from the settings to an App."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy.exc import SQLAlchemyError

from bot import model
from bot.app import App
from bot.channels.channel import Channel
from bot.channels.webchat import Webchat
from bot.registry import Sirene
from bot.settings import CommandError, Settings
from storage.crypto import KeyRing, SealError
from storage.database import Database
from stories.script import Script, ScriptError, default_folder, load


def now() -> datetime:
    return datetime.now(UTC)


def read_script(folder: Path | None) -> Script:
    """Read the script in use. Raises CommandError."""
    try:
        return load(folder or default_folder())
    except ScriptError as error:
        raise CommandError(f"the script cannot be used: {error}") from error


@asynccontextmanager
async def opened(settings: Settings) -> AsyncIterator[tuple[Database, KeyRing]]:
    """A database that is up to date, and its keys. Raises CommandError."""
    try:
        settings.home.mkdir(parents=True, exist_ok=True)
        database = Database(settings.database_url)
        try:
            yield database, await _prepared(database, settings)
        finally:
            await database.close()
    except SealError as error:
        raise CommandError(str(error)) from error
    except SQLAlchemyError as error:
        raise CommandError(f"DATABASE_URL: the database does not answer: {_reason(error)}") from error
    except OSError as error:
        raise CommandError(f"{error.filename or settings.home}: {error.strerror or error}") from error


@asynccontextmanager
async def assembled(
    settings: Settings,
    *,
    tell: Callable[[str], None],
    channels: Sequence[Channel] = (),
    clock: Callable[[], datetime] = now,
) -> AsyncIterator[App]:
    """Everything built, with these channels besides the web chat. Raises CommandError."""
    logging.getLogger("httpx").setLevel(logging.WARNING)  # It logs addresses, which hold numbers of companies.
    script = read_script(settings.script_folder)
    nlu = model.load(settings, script.platforms, tell)
    registry = Sirene(settings.sirene_url) if settings.sirene_url else None
    async with opened(settings) as (database, ring):
        yield App(
            database=database,
            ring=ring,
            script=script,
            nlu=nlu,
            channels={channel.name: channel for channel in (Webchat(), *channels)},
            clock=clock,
            registry=registry,
            resume_url=f"{settings.public_url}/reprendre/",
            burst=settings.burst,
            lease=settings.lease,
            nlu_limit=settings.nlu_timeout,
            attempts=settings.attempts,
        )
        if registry is not None:
            await registry.close()


async def _prepared(database: Database, settings: Settings) -> KeyRing:
    """Bring the tables up to date and open the key ring, which a first start makes."""
    from storage.keys import open_ring
    from storage.migrate import migrate

    await migrate(settings.database_url)
    return await open_ring(database, settings.keys)


def _reason(error: SQLAlchemyError) -> str:
    """What the driver says, on one line, without the statement and its values."""
    return str(getattr(error, "orig", None) or type(error).__name__).splitlines()[0]
