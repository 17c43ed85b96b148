"""Which model every process is to use: read from the database at the start, and looked up again each second."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import shutil
from collections.abc import Collection
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import nlu
from bot import model, scripts
from bot.app import App
from bot.model import Tell
from bot.settings import Settings
from bot.values import CommandError
from nlu.backend import NLUError
from storage import models, samples
from storage.crypto import KeyRing
from storage.database import Database
from storage.models import InService, Trained
from stories.script import Script

if TYPE_CHECKING:
    from nlu.versions import Versions, Wanted

UNTOLD = frozenset({"calibration", "context", "files"})
"""What a manifest holds for the program alone."""

log = logging.getLogger(__name__)


async def begin(
    settings: Settings, script: Script, database: Database, ring: KeyRing, *, now: datetime, tell: Tell
) -> Versions:
    """The versions that the database names; where the one in use cannot be used any more, another is trained first.

    Raises CommandError.
    """
    from nlu.versions import Versions

    async with database.read() as session:
        wanted = await models.in_service(session)
    folder = settings.models / wanted.live if wanted is not None else nlu.latest(settings.models)
    if folder is not None and nlu.is_outdated(folder, model.data_folder(settings), settings.encoder):
        tell(f"{folder.name} learnt from other examples or by other code, or is not there: another is trained.")
    elif folder is not None and wanted is None:
        return await _adopted(settings, script, database, now, folder=folder)
    elif wanted is not None:
        try:
            return Versions.opened(settings.models, _wanted(wanted), script.platforms)
        except NLUError as error:
            tell(f"{error}. Another is trained.")
    folder = await train(settings, database, ring, tell)
    instead_of = wanted.live if wanted is not None else None
    return await _adopted(settings, script, database, now, folder=folder, instead_of=instead_of)


async def train(settings: Settings, database: Database, ring: KeyRing, tell: Tell) -> Path:
    """Train from the examples and what officials labelled; gives the model's folder. Raises CommandError."""
    async with database.read() as session:
        labelled = await samples.labelled(session, ring)
    return model.train(settings, tell, labelled)


def trained(folder: Path) -> Trained:
    """A model in its folder, as it is registered. Raises NLUError."""
    from nlu.embedded import read_manifest

    manifest = read_manifest(folder)
    about = {name: told for name, told in manifest.items() if name not in UNTOLD}
    learnt = tuple(manifest.get("samples", {}).get("ids", ()))
    return Trained(version=manifest["version"], digest=nlu.digest_manifest(folder), about=about, samples=learnt)


async def _adopted(
    settings: Settings, script: Script, database: Database, now: datetime, *,
    folder: Path, instead_of: str | None = None,
) -> Versions:  # fmt: skip
    """Put a model in use that has no other to be compared with. Raises CommandError."""
    from nlu.versions import Versions

    async with database.begin() as session:
        await models.begin_with(session, trained(folder), now, instead_of=instead_of)
        wanted = await models.in_service(session)
    if wanted is None:
        raise CommandError(f"no model is in use: put one in use with `portevoix nlu train` ({folder})")
    try:
        return Versions.opened(settings.models, _wanted(wanted), script.platforms)
    except NLUError as error:
        raise CommandError(str(error)) from error


async def refresh(app: App) -> int:
    """Look what is to be in use, and exchange what is not; 0, so that whoever calls rests until the next look.

    Raises CommandError where this version cannot read the script that was published.
    """
    script = await scripts.latest(app)
    if script is not None:
        app.script = script
        app.nlu = app.nlu if app.versions is None else app.reader(script, app.versions)
        log.info("another script is in use")
    await _exchange_model(app)
    return 0


async def _exchange_model(app: App) -> None:
    held = app.versions
    async with app.database.read() as session:
        found = await models.in_service(session) if held is not None else None
    if held is None or found is None:
        return
    await asyncio.to_thread(_delete, held.models, found.gone)
    if _wanted(found) == held.wanted and held.platforms is app.script.platforms:
        return
    versions = await asyncio.to_thread(held.exchanged, _wanted(found), app.script.platforms)
    app.versions, app.nlu = versions, app.reader(app.script, versions)
    if versions.problem:
        log.error("%s stays in use: %s", versions.version, versions.problem)
    else:
        log.info("%s is in use", versions.version)
    with contextlib.suppress(OSError):  # For commands that ask no database: they can be told another time.
        await asyncio.to_thread(nlu.point, versions.models, versions.version)


def _delete(folder: Path, gone: Collection[str]) -> None:
    for version in gone:
        if (folder / version).exists():
            shutil.rmtree(folder / version, ignore_errors=True)


def _wanted(found: InService) -> Wanted:
    from nlu.versions import Wanted

    return Wanted(in_use=found.live, shadow=found.shadow, digests=found.digests)
