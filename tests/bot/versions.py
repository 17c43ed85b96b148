"""A home with a small model that is registered, and processes that use it."""

from __future__ import annotations

import json
import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import nlu
from bot import in_service
from bot.app import App
from bot.limits import TrainingSettings
from nlu.training import train
from nlu.versions import Versions, Wanted
from storage import models
from storage.crypto import KeyRing
from storage.database import Database
from tests.bot.tiny import SCRIPT, tiny_app
from tests.nlu.conftest import PLATFORMS, write_examples

NOW = datetime(2026, 11, 30, 9, tzinfo=UTC)
WITH_PLATFORMS = SCRIPT.model_copy(update={"platforms": PLATFORMS})
PASSED = {"checks": [{"name": "gain", "passed": True}]}


def make_home(home: Path) -> Path:
    """A folder with examples, and the model that was learnt from them."""
    write_examples(home / "data")
    train(home / "data", home / "models", progress=lambda _step, _share: None, at=NOW)
    return home


async def register(database: Database, home: Path) -> str:
    """Put the model of a home in use; gives its version."""
    folder = nlu.latest(home / "models")
    assert folder is not None
    async with database.begin() as session:
        await models.begin_with(session, in_service.trained(folder), NOW, instead_of=None)
    return folder.name


async def add_candidate(database: Database, home: Path, version: str, live: str) -> None:
    """A copy of the model in use under another name, which has passed the gate."""
    folder = home / "models" / version
    shutil.copytree(home / "models" / live, folder)
    manifest = folder / "manifest.json"
    manifest.write_text(json.dumps(json.loads(manifest.read_text()) | {"version": version}))
    trained = in_service.trained(folder)
    async with database.begin() as session:
        await models.register(session, trained, NOW)
        row = await models.find(session, version)
        assert row is not None
        row.verdict = PASSED


async def process(database: Database, ring: KeyRing, home: Path, **settings: Any) -> App:
    """One process of those that share this database and this home."""
    async with database.read() as session:
        wanted = await models.in_service(session)
    assert wanted is not None
    script = settings.get("script", WITH_PLATFORMS)
    held = Wanted(in_use=wanted.live, shadow=wanted.shadow, digests=wanted.digests)
    versions = Versions.opened(home / "models", held, script.platforms)
    limits = TrainingSettings(folder=home / "trainings")
    given: dict[str, Any] = {"nlu": versions, "versions": versions, "training": limits, "script": script}
    return tiny_app(database, ring, **{**given, **settings})
