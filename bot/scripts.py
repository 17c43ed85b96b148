"""The published script: what a process begins with, and what it is to go on with."""

from __future__ import annotations

import asyncio

from bot.app import App
from bot.values import CommandError
from storage import scripts
from storage.database import Database
from stories.script import Script, ScriptError, parse

REMEDY = (
    "go back to the one that comes with Portevoix with `portevoix script back --by LOGIN`, "
    "or start the version of Portevoix that published it, and correct it there"
)


async def published(database: Database, packaged: Script) -> Script:
    """The script in use: the one that administrators published, else `packaged`. Raises CommandError."""
    async with database.read() as session:
        used = await scripts.in_use(session, packaged)
    if used.hash == packaged.digest:
        return packaged
    try:
        return await asyncio.to_thread(parse, used.sources)
    except ScriptError as error:
        raise CommandError(f"the published script cannot be used by this version ({error}): {REMEDY}") from error


async def latest(app: App) -> Script | None:
    """The script to exchange for the one that this process has; None where it has the right one.

    Raises CommandError where this version cannot read what was published.
    """
    packaged = app.packaged or app.script
    async with app.database.read() as session:
        wanted = await scripts.current(session) or packaged.digest
    return None if wanted == app.script.digest else await published(app.database, packaged)
