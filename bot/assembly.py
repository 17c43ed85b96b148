"""Builds everything once: from the settings to an App."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from functools import partial

from sqlalchemy.exc import SQLAlchemyError

from bot import in_service, model, scripts
from bot.app import App
from bot.channels.channel import Channel
from bot.channels.webchat import Webchat
from bot.given import now, read_script
from bot.registry import Sirene
from bot.settings import Settings
from bot.values import CommandError
from bot.voice import Whisper
from storage import canned, officials, teams
from storage.crypto import KeyRing, SealError
from storage.database import Database
from storage.filestore import FileStore, open_store
from storage.keys import open_ring
from storage.migrate import migrate
from storage.officials import OfficialError

FIRST_LOGIN = "admin"
FIRST_TEAM = "Accueil"

logging.getLogger("alembic").setLevel(logging.WARNING)
logging.getLogger("httpx").setLevel(logging.WARNING)  # It would log addresses, which hold numbers of companies.


@asynccontextmanager
async def opened(settings: Settings) -> AsyncIterator[tuple[Database, KeyRing]]:
    """A database that is up to date, and its keys. Raises CommandError."""
    _make_home(settings)
    await _migrate(settings.database_url)
    database = Database(settings.database_url)
    try:
        yield database, await open_ring(database, settings.keys)
    except SealError as error:
        raise CommandError(str(error)) from error
    finally:
        await database.close()


@asynccontextmanager
async def assembled(
    settings: Settings,
    *,
    tell: Callable[[str], None],
    channels: Sequence[Channel] = (),
    connected: bool = False,
    clock: Callable[[], datetime] = now,
) -> AsyncIterator[App]:
    """Everything built, with these channels besides the web chat. Raises CommandError.

    `connected`: with the networks that the operator switched on, which get ready in the background.
    """
    _make_home(settings)
    packaged = read_script(settings.script_folder)
    transcriber = Whisper(settings.files.voice_model) if settings.files.voice_model else None
    files = _file_store(settings)
    registry = Sirene(settings.sirene_url) if settings.sirene_url else None
    async with opened(settings) as (database, ring), contextlib.AsyncExitStack() as leaving:
        script = await scripts.published(database, packaged)
        versions = await in_service.begin(settings, script, database, ring, now=clock(), tell=tell)
        async with database.begin() as session:
            await teams.ensure(session, FIRST_TEAM, clock())
            await canned.ensure(session, clock())
        if registry is not None:
            leaving.push_async_callback(registry.close)
        on = {one.name: one for one in (Webchat(), *channels, *(networks(settings, ring) if connected else ()))}
        for channel in on.values():
            leaving.push_async_callback(channel.close)
        opening = asyncio.gather(*(channel.open() for channel in on.values()))
        leaving.callback(opening.cancel)
        yield App(
            database=database,
            ring=ring,
            script=script,
            packaged=packaged,
            nlu=model.reader(settings, script, versions),
            versions=versions,
            reader=partial(model.reader, settings),
            training=settings.training,
            channels=on,
            opening=opening,
            clock=clock,
            registry=registry,
            files=files,
            most=settings.files.most,
            clamd=settings.files.clamd,
            transcriber=transcriber,
            resume_url=f"{settings.public_url}/reprendre/",
            page_url=f"{settings.public_url}/",
            upload_url=f"{settings.public_url}/deposer/",
            burst=settings.burst,
            lease=settings.lease,
            nlu_limit=settings.nlu_timeout,
            attempts=settings.attempts,
            audit_months=settings.audit_months,
            audit_head=settings.audit_head,
        )


def networks(settings: Settings, ring: KeyRing) -> list[Channel]:
    """The channels that the operator switched on; a library is loaded only for one that is."""
    found: list[Channel] = []
    if settings.telegram is not None:
        from bot.channels.telegram_channel import Telegram

        found.append(Telegram(settings.telegram, ring))
    if settings.whatsapp is not None:
        from bot.channels.whatsapp_pywa import Whatsapp

        found.append(Whatsapp(settings.whatsapp))
    return found


async def first_official(app: App) -> str | None:
    """The one-time password of `FIRST_LOGIN`, where officials have no account yet; None where they have."""
    if await officials.any_exist(app.database):
        return None
    with contextlib.suppress(OfficialError):  # Another process was first.
        return await officials.create(
            app.database, login=FIRST_LOGIN, name="Administration", role="administrator", now=app.clock()
        )
    return None


def _make_home(settings: Settings) -> None:
    try:
        settings.home.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise CommandError(f"PORTEVOIX_HOME: {settings.home} cannot be used: {error.strerror}") from error


def _file_store(settings: Settings) -> FileStore:
    try:
        return open_store(settings.files.store)
    except (OSError, ValueError) as error:
        raise CommandError(f"FILES_URL: {settings.files.store} cannot be used: see docs/files.md") from error


async def _migrate(url: str) -> None:
    from alembic.util import CommandError as MigrationError

    try:
        await migrate(url)
    except ModuleNotFoundError as error:
        raise CommandError(f"DATABASE_URL: {error.name} is missing: install portevoix[postgres]") from error
    except (SQLAlchemyError, MigrationError, OSError) as error:
        raise CommandError(f"DATABASE_URL: the database cannot be used: {_reason(error)}") from error


def _reason(error: Exception) -> str:
    """What the driver says, on one line, without the statement and its values."""
    return str(getattr(error, "orig", None) or error).strip().partition("\n")[0]
