"""Trainings as processes of their own: whatever becomes of one, the model in use stays and the reason is known."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import sys
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from bot import training
from bot.app import App
from bot.intake import take_turns
from bot.limits import TrainingSettings
from bot.training import ABANDONED
from storage import jobs, models
from storage.crypto import KeyRing, keep_ring
from storage.database import Database
from storage.jobs import LEASE
from storage.training_tables import JobRow
from stories.types import Message
from tests.bot.tiny import NOW, Clock
from tests.bot.versions import make_home, process, register

SLOW = "import sys, time; print('0.2\\ttraining', flush=True); time.sleep(60)"
BUSY = "print('0.2\\ttraining', flush=True)\nwhile True: pass"
LEAVING = """
import json, pathlib, shutil, sys
folder = pathlib.Path(FOLDER) / sys.argv[1]
shutil.copytree(MODEL, folder / "models" / "made")
trained = {"version": "made", "digest": "d", "about": {}, "samples": [], "comparison": None, "verdict": None}
(folder / "result.json").write_text(json.dumps({"trained": trained, "looked": 7}))
"""

ON_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
"""Real trainings take long, and their process reads the database as all others do."""


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_home(tmp_path_factory.mktemp("home"))


@pytest.fixture
def home(trained: Path, tmp_path: Path) -> Path:
    shutil.copytree(trained / "models", tmp_path / "models")
    return tmp_path


def stand_in(app: App, script: str, longest: timedelta = timedelta(minutes=5)) -> None:
    """Have trainings of this process be that script."""
    assert app.training is not None
    app.training = replace(app.training, command=(sys.executable, "-c", script), longest=longest)


async def ask(app: App) -> int:
    async with app.database.begin() as session:
        return await jobs.ask(session, "embedded", None, "", app.clock())


async def find(app: App, job_id: int) -> JobRow:
    async with app.database.read() as session:
        row = await jobs.find(session, job_id)
    assert row is not None
    return row


async def work(app: App) -> int:
    return await training.look_after(app, stopping=asyncio.Event())


async def until(is_so: Callable[[], Awaitable[bool]]) -> None:
    for _ in range(200):
        if await is_so():
            return
        await asyncio.sleep(0.05)
    raise AssertionError


def is_alive(pid: str) -> bool:
    state = Path(f"/proc/{pid}/stat")
    return state.exists() and state.read_text().split()[2] != "Z"


async def begun(app: App, job_id: int) -> None:
    async def is_so() -> bool:
        return (await find(app, job_id)).stage == "training"

    await until(is_so)


def untouched(home: Path, first: str) -> bool:
    """Whether the models are as before, and nothing else was left."""
    made = {path.name for path in (home / "models").iterdir() if (path / "manifest.json").exists()}
    return made == {first} and not any((home / "trainings").iterdir())


async def test_what_a_training_leaves_is_registered(database: Database, ring: KeyRing, home: Path) -> None:
    first = await register(database, home)
    app = await process(database, ring, home)
    script = LEAVING.replace("FOLDER", repr(str(home / "trainings"))).replace(
        "MODEL", repr(str(home / "models" / first))
    )
    stand_in(app, script)
    job = await ask(app)
    assert await work(app) == 1
    told = await find(app, job)
    assert (told.status, told.version, told.share, told.error) == ("done", "made", 1.0, None)
    async with database.read() as session:
        row = await models.find(session, "made")
        assert await models.live(session) == first
    assert row is not None
    assert (row.status, row.job_id, (home / "models" / "made" / "manifest.json").exists()) == ("candidate", job, True)
    assert not any((home / "trainings").iterdir())


async def test_of_two_trainings_the_second_waits(database: Database, ring: KeyRing, home: Path) -> None:
    await register(database, home)
    apps = [await process(database, ring, home) for _ in range(2)]
    for app in apps:
        stand_in(app, SLOW)
    one, other = await ask(apps[0]), await ask(apps[0])
    task = asyncio.create_task(work(apps[0]))
    await begun(apps[0], one)
    assert await work(apps[1]) == 0
    waiting = await find(apps[1], other)
    async with database.read() as session:
        assert (waiting.status, await jobs.before(session, waiting)) == ("waiting", 1)
    async with database.begin() as session:
        await jobs.cancel(session, one, NOW)
        await jobs.cancel(session, other, NOW)
    await task
    assert [(await find(apps[0], job)).status for job in (one, other)] == ["cancelled", "cancelled"]


async def test_a_training_is_cancelled_in_two_seconds(database: Database, ring: KeyRing, home: Path) -> None:
    first = await register(database, home)
    app = await process(database, ring, home)
    stand_in(app, SLOW)
    job = await ask(app)
    task = asyncio.create_task(work(app))
    await begun(app, job)
    asked = time.monotonic()
    async with database.begin() as session:
        await jobs.cancel(session, job, app.clock())
    await task
    assert time.monotonic() - asked < 2
    told = await find(app, job)
    assert (told.status, told.error, untouched(home, first)) == ("cancelled", None, True)
    assert [line.split("\t")[1] for line in told.log] == ["training"]


@pytest.mark.parametrize(
    ("script", "because"),
    [
        ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", "killed"),
        ("print('0.1\\ttraining'); print('memory'); raise SystemExit(1)", "memory"),
        ("print('disk'); raise SystemExit(1)", "disk"),
        ("print('il a fermé ma boutique'); raise SystemExit(1)", "broken"),
        ("raise SystemExit(3)", "broken"),
        ("pass", "broken"),
    ],
)
async def test_a_training_that_fails_says_why_and_leaves_nothing(
    database: Database, ring: KeyRing, home: Path, script: str, because: str
) -> None:
    first = await register(database, home)
    app = await process(database, ring, home)
    stand_in(app, script)
    job = await ask(app)
    assert await work(app) == 1
    told = await find(app, job)
    assert (told.status, told.error, untouched(home, first)) == ("failed", because, True)


async def test_a_training_that_takes_too_long_is_ended(database: Database, ring: KeyRing, home: Path) -> None:
    first = await register(database, home)
    app = await process(database, ring, home)
    stand_in(app, SLOW, longest=timedelta(seconds=1))
    job = await ask(app)
    await work(app)
    told = await find(app, job)
    assert (told.status, told.error, untouched(home, first)) == ("failed", "time", True)


async def test_a_training_whose_worker_died_is_failed_by_another(database: Database, ring: KeyRing, home: Path) -> None:
    first = await register(database, home)
    clock = Clock()
    app = await process(database, ring, home, clock=clock)
    job = await ask(app)
    async with database.begin() as session:
        assert await jobs.claim(session, "of one that died", clock()) is not None
    assert app.training is not None
    left = training.folder_of(app.training, job)
    (left / "models").mkdir(parents=True)
    (left / "result.json").write_text('{"trained": {"version": "moved"}}')
    shutil.copytree(home / "models" / first, home / "models" / "moved")
    assert await work(app) == 0
    clock.pass_(LEASE.total_seconds() + 1)
    await work(app)
    told = await find(app, job)
    assert (told.status, told.error, untouched(home, first)) == ("failed", "interrupted", True)


async def test_a_worker_that_is_stopped_leaves_its_training_to_the_next(
    database: Database, ring: KeyRing, home: Path
) -> None:
    first = await register(database, home)
    app = await process(database, ring, home)
    stand_in(app, SLOW)
    job, stopping = await ask(app), asyncio.Event()
    task = asyncio.create_task(training.look_after(app, stopping=stopping))
    await begun(app, job)
    stopping.set()
    await task
    assert ((await find(app, job)).status, untouched(home, first)) == ("waiting", True)


async def test_all_that_a_training_began_ends_with_it(database: Database, ring: KeyRing, home: Path) -> None:
    await register(database, home)
    app = await process(database, ring, home)
    note = home / "pid"
    child = f"import os, time; open({str(note)!r}, 'w').write(str(os.getpid())); time.sleep(60)"
    stand_in(app, f"import subprocess, sys; subprocess.run([sys.executable, '-c', {child!r}])")
    job = await ask(app)
    task = asyncio.create_task(work(app))

    async def is_written() -> bool:
        return note.exists() and note.read_text() != ""

    await until(is_written)
    async with database.begin() as session:
        await jobs.cancel(session, job, app.clock())
    await task

    async def is_gone() -> bool:
        return not is_alive(note.read_text())

    await until(is_gone)


async def test_answers_keep_coming_during_a_training(database: Database, ring: KeyRing, home: Path) -> None:
    await register(database, home)
    app = await process(database, ring, home)
    stand_in(app, BUSY)
    job = await ask(app)
    task = asyncio.create_task(work(app))
    await begun(app, job)
    for chat in ("ada", "bob", "carl"):
        await app.door.receive([Message(channel="box", chat=chat, key="1", text="oui")], app.clock())
        assert await take_turns(app) == 1
    assert not task.done()
    async with database.begin() as session:
        await jobs.cancel(session, job, app.clock())
    await task


def command(home: Path, url: str, before: str = "") -> tuple[str, ...]:
    """The real process of a training, with the settings of this home."""
    settings = f"PORTEVOIX_HOME={home} DATABASE_URL={url}"
    return ("bash", "-c", f"{before}{settings} exec {sys.executable} -m bot.trainer $0")


@pytest.fixture
def whole(home: Path, trained: Path) -> Path:
    """A home with its examples."""
    shutil.copytree(trained / "data", home / "data")
    return home


async def really(database: Database, ring: KeyRing, whole: Path, before: str = "") -> tuple[App, JobRow]:
    """Do a real training on small data; what became of it."""
    keep_ring(ring, whole / "keys.json")
    app = await process(database, ring, whole)
    url = database.url.render_as_string(hide_password=False).replace("+aiosqlite", "").replace("+asyncpg", "")
    limits = TrainingSettings(folder=whole / "trainings", command=command(whole, url, before))
    app.training = limits
    job = await ask(app)
    assert await work(app) == 1
    return app, await find(app, job)


@ON_SQLITE
async def test_a_real_training_is_compared_replayed_and_judged(database: Database, ring: KeyRing, whole: Path) -> None:
    first = await register(database, whole)
    _, told = await really(database, ring, whole)
    assert (told.status, told.error) == ("done", None)
    stages = [line.split("\t")[1] for line in told.log]
    assert stages[-1] in {"playing", "checking", "registering"}
    async with database.read() as session:
        row = await models.find(session, told.version or "")
    assert row is not None
    assert row.comparison is not None
    assert row.verdict is not None
    assert (row.comparison["live"], row.comparison["candidate"]) == (first, row.version)
    assert row.comparison["replay"]["conversations"] == 0
    assert row.comparison["stories"]["played"] > 50
    assert {check["name"] for check in row.verdict["checks"]} >= {"leaks", "replay", "stories"}
    assert (whole / "models" / row.version / "manifest.json").exists()


@ON_SQLITE
async def test_a_full_disk_fails_a_training_alone(database: Database, ring: KeyRing, whole: Path) -> None:
    first = await register(database, whole)
    _, told = await really(database, ring, whole, before="ulimit -f 8; ")
    assert (told.status, told.error, untouched(whole, first)) == ("failed", "disk", True)


@ON_SQLITE
async def test_a_training_takes_no_more_memory_than_it_may(database: Database, ring: KeyRing, whole: Path) -> None:
    first = await register(database, whole)
    _, told = await really(database, ring, whole, before="export TRAINING_MEGABYTES=512; ")
    assert (told.status, told.error, untouched(whole, first)) == ("failed", "memory", True)


async def has_begun(whole: Path) -> int:
    """The id of the process, which `before` has it note."""

    async def is_written() -> bool:
        return (whole / "pid").exists() and (whole / "pid").read_text() != ""

    await until(is_written)
    return int((whole / "pid").read_text())


@ON_SQLITE
async def test_a_killed_trainer_fails_a_training_alone(database: Database, ring: KeyRing, whole: Path) -> None:
    first = await register(database, whole)
    task = asyncio.create_task(really(database, ring, whole, before=f"echo $$ > {whole}/pid; "))
    trainer = await has_begun(whole)
    await asyncio.sleep(0.5)
    os.kill(trainer, signal.SIGKILL)
    _, told = await task
    assert (told.status, told.error, untouched(whole, first)) == ("failed", "killed", True)


@ON_SQLITE
@pytest.mark.skipif(sys.platform != "linux", reason="other systems have no process that waits for all others")
async def test_a_training_has_a_processor_while_nobody_else_wants_it(
    database: Database, ring: KeyRing, whole: Path
) -> None:
    await register(database, whole)
    task = asyncio.create_task(really(database, ring, whole, before=f"echo $$ > {whole}/pid; "))
    trainer = await has_begun(whole)

    async def is_last() -> bool:
        return os.sched_getscheduler(trainer) == os.SCHED_IDLE

    await until(is_last)
    assert os.getpriority(os.PRIO_PROCESS, trainer) == 19
    os.kill(trainer, signal.SIGKILL)
    await task


async def test_what_a_killed_training_left_beside_the_models_is_deleted_in_the_end(
    database: Database, ring: KeyRing, home: Path
) -> None:
    first = await register(database, home)
    clock = Clock()
    app = await process(database, ring, home, clock=clock)
    stand_in(app, "pass")
    folder = home / "models"
    writing = f"""
import pathlib, time
from nlu.writing import unfinished
with unfinished(pathlib.Path({str(folder)!r})):
    print("begun", flush=True)
    time.sleep(60)
"""
    killed = await asyncio.create_subprocess_exec(sys.executable, "-c", writing, stdout=asyncio.subprocess.PIPE)
    assert killed.stdout is not None
    assert await killed.stdout.readline() == b"begun\n"
    killed.kill()
    await killed.wait()
    (left,) = set(folder.glob(".*"))
    os.utime(left, (clock().timestamp(), clock().timestamp()))
    await ask(app)
    await work(app)
    assert left.exists()
    clock.pass_(ABANDONED.total_seconds() + 1)
    await ask(app)
    await work(app)
    assert not left.exists()
    assert untouched(home, first)
