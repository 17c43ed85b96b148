"""Looks after trainings, one at a time: each is a process of its own, and whatever becomes of it, what is in use stays.

The process works in a folder of its own and prints what it does; only what it leaves there at its end is taken over.
"""

from __future__ import annotations

import asyncio
import json
import os
import secrets
import shutil
import signal
import time
from asyncio.subprocess import PIPE, Process
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, cast, get_args

from bot.app import App
from bot.limits import TrainingSettings
from storage import audit, jobs, models
from storage.audit import Entry
from storage.jobs import Failure, StoppedError
from storage.models import Kind, Trained
from storage.training_tables import JobRow

TICK = 1.0
"""Seconds between two looks at a training: so soon is it ended once it is cancelled."""
ABANDONED = timedelta(days=1)
"""What is unfinished for so long belongs to no training that goes on."""
RESULT = "result.json"
MODELS = "models"
"""The folder, in the training's own, where its model lies."""


@dataclass(slots=True, kw_only=True)
class Underway:
    """A training and its process."""

    app: App
    limits: TrainingSettings
    job: JobRow
    process: Process
    stage: str = ""
    share: float = 0.0
    said: str = ""
    """The last line that tells no progress: why it has failed."""

    @property
    def folder(self) -> Path:
        return folder_of(self.limits, self.job.id)


async def look_after(app: App, *, stopping: asyncio.Event) -> int:
    """Do the training that waits longest; 0 where none is due."""
    limits, now = app.training, app.clock()
    if limits is None or app.versions is None:
        return 0
    async with app.database.read() as session:
        if not await jobs.is_due(session, now):
            return 0
    async with app.database.begin() as session:
        lost = await jobs.give_up(session, now)
        job = await jobs.claim(session, secrets.token_hex(12), now)
    for job_id in lost:
        await _clear(app, limits, job_id)
    await asyncio.to_thread(_sweep, app.versions.models, now - ABANDONED)
    if job is None:
        return 0
    try:
        with suppress(StoppedError):
            await _do(app, limits, job, stopping)
    finally:
        await _clear(app, limits, job.id)
    return 1


def folder_of(limits: TrainingSettings, job_id: int) -> Path:
    """Where a training has what it works with."""
    return limits.folder / str(job_id)


async def _do(app: App, limits: TrainingSettings, job: JobRow, stopping: asyncio.Event) -> None:
    """Raises StoppedError where the training is no longer ours."""
    try:
        folder_of(limits, job.id).mkdir(mode=0o700, parents=True)
        process = await asyncio.create_subprocess_exec(
            *limits.command, str(job.id), stdin=PIPE, stdout=PIPE, start_new_session=True
        )
    except OSError:
        await _stop(app, job, "disk")
        return
    underway = Underway(app=app, limits=limits, job=job, process=process)
    try:
        because = await _wait(underway, stopping)
    finally:
        await _end(process)
    if stopping.is_set() and because is not None:
        async with app.database.begin() as session:
            await jobs.put_back(session, job)
    elif because is not None:
        await _stop(app, job, because)
    else:
        await _take_over(underway)


async def _wait(underway: Underway, stopping: asyncio.Event) -> Failure | None:
    """Tell how far it is until it ends; why it has failed. Raises StoppedError, after which it is to be ended."""
    app, begun = underway.app, time.monotonic()
    listening = asyncio.create_task(_listen(underway))
    while not listening.done():
        await asyncio.wait(
            {listening, halt := asyncio.create_task(stopping.wait())}, timeout=TICK, return_when="FIRST_COMPLETED"
        )
        halt.cancel()
        if stopping.is_set():
            return "interrupted"
        if time.monotonic() - begun > underway.limits.longest.total_seconds():
            return "time"
        try:
            async with app.database.begin() as session:
                await jobs.progress(session, underway.job, app.clock(), stage=underway.stage, share=underway.share)
        except StoppedError:
            await _end(underway.process)
            await _stop(app, underway.job, None)
            raise
    return _failure(await underway.process.wait(), underway.said)


async def _listen(underway: Underway) -> None:
    """Note what the process prints: share, tab and stage; or why it has failed."""
    assert underway.process.stdout is not None  # noqa: S101  # It is a pipe.
    async for line in underway.process.stdout:
        share, tab, stage = line.decode("utf-8", "replace").strip().partition("\t")
        if tab:
            underway.share, underway.stage = float(share), stage
        else:
            underway.said = share


def _failure(code: int, said: str) -> Failure | None:
    if code == 0:
        return None
    if code < 0:
        return "killed"
    return cast("Failure", said) if said in get_args(Failure) else "broken"


async def _end(process: Process) -> None:
    """End the process, and all that it began."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    await process.wait()


async def _stop(app: App, job: JobRow, because: Failure | None) -> None:
    async with app.database.begin() as session:
        await jobs.stop(session, job, app.clock(), because)


async def _take_over(underway: Underway) -> None:
    """Put the model beside the others and register it; where that fails it is taken away again."""
    app, job = underway.app, underway.job
    if app.versions is None:
        return
    result = await asyncio.to_thread(_read, underway.folder)
    if not result:
        await _stop(app, job, "broken")
        return
    trained = Trained(**{**result["trained"], "samples": tuple(result["trained"]["samples"])})
    try:
        await asyncio.to_thread(_move, underway.folder / MODELS, app.versions.models)
    except OSError:
        await _stop(app, job, "disk")
        return
    now, about = app.clock(), {"version": trained.version, "digest": trained.digest, "samples": len(trained.samples)}
    entry = Entry(
        official_id=job.asked_by, act="model.trained", subject=f"model:{trained.version}", about=about, at=now
    )
    async with app.database.begin() as session:
        await models.register(session, trained, now, by=job.asked_by, job_id=job.id, kind=_kind(job), notes=job.notes)
        if result["looked"]:
            await jobs.look(session, trained.version, result["looked"], job.asked_by, now)
        await jobs.finish(session, job, now, version=trained.version)
        await audit.record(session, app.ring, entry)


async def _clear(app: App, limits: TrainingSettings, job_id: int) -> None:
    """Delete what a training leaves: its folder, and its model where that was not registered."""
    folder = folder_of(limits, job_id)
    result = await asyncio.to_thread(_read, folder)
    await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)
    if result and app.versions is not None:
        version = result["trained"]["version"]
        async with app.database.read() as session:
            known = await models.find(session, version)
        if known is None:
            await asyncio.to_thread(shutil.rmtree, app.versions.models / version, ignore_errors=True)


def _sweep(models_: Path, before: datetime) -> None:
    """Delete what trainings left beside the models when they were killed."""
    for folder in models_.glob(".unfinished.*"):
        with suppress(FileNotFoundError):  # It was finished meanwhile.
            if folder.stat().st_mtime < before.timestamp():
                shutil.rmtree(folder, ignore_errors=True)


def _kind(job: JobRow) -> Kind:
    return "rasa" if job.kind == "rasa" else "embedded"


def _read(folder: Path) -> dict[str, Any]:
    """What the process left; empty where it did not come to its end."""
    try:
        return dict(json.loads((folder / RESULT).read_text(encoding="utf-8")))
    except (OSError, ValueError):
        return {}


def _move(made: Path, models_: Path) -> None:
    """Each folder under its name at once; an encoder that is there already stays. Raises OSError."""
    for folder in made.iterdir() if made.exists() else ():
        if folder.is_dir() and not folder.is_symlink() and not (models_ / folder.name).exists():
            folder.rename(models_ / folder.name)
