"""A training on a Rasa server is one more candidate, compared on the messages of the test; it is never put into use."""

from __future__ import annotations

import shutil
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from bot.limits import TrainingSettings
from storage import jobs, models, officials
from storage.crypto import KeyRing, keep_ring
from storage.database import Database
from storage.handling import RefusedError
from storage.ids import IDS
from storage.training_tables import DecisionRow, JobRow, SampleRow
from tests.bot.test_training import work
from tests.bot.versions import NOW, make_home, process, register
from tests.fakes import rasa as fake
from tests.fakes.rasa import Trainable

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
TOLD = (
    ("test", "ils gardent mon argent", "funds_withheld"),
    ("learning", "mon compte est bloqué", "account_suspension"),
)


@pytest.fixture
def home(tmp_path: Path, ring: KeyRing) -> Path:
    keep_ring(ring, tmp_path / "keys.json")
    return make_home(tmp_path)


async def label(database: Database, ring: KeyRing, told: tuple[tuple[str, str, str], ...]) -> None:
    """Messages with what an administrator said that they mean."""
    await officials.create(database, login="a.fictive", name="Ada Fictive", role="administrator", now=NOW)
    async with database.begin() as session:
        by = await officials.named(session, "a.fictive")
        for at, (part, text, problem) in enumerate(told):
            row_id = IDS.new(NOW + timedelta(seconds=at))
            session.add(
                SampleRow(
                    id=row_id, person=bytes([at]), part=part, reason="random", chance=1.0, language="fr",
                    status="labelled", text=ring.seal("samples", "text", row_id, text.encode()), told={}, said_at=NOW,
                    drawn_at=NOW,
                )
            )  # fmt: skip
            await session.flush()
            session.add(
                DecisionRow(
                    id=IDS.new(NOW + timedelta(seconds=at)), sample_id=row_id, official_id=by, at=NOW, labels=[problem],
                    spans=[],
                )
            )  # fmt: skip


async def train(database: Database, ring: KeyRing, home: Path, server: str) -> JobRow:
    """Do a training of this kind with that server; what became of it."""
    app = await process(database, ring, home)
    url = database.url.render_as_string(hide_password=False).replace("+aiosqlite", "")
    given = f"PORTEVOIX_HOME={home} DATABASE_URL={url} RASA_URL={server}"
    command = (str(shutil.which("bash")), "-c", f"{given} exec {sys.executable} -m bot.trainer $0")
    app.training = TrainingSettings(folder=home / "trainings", command=command)
    async with database.begin() as session:
        job = await jobs.ask(session, "rasa", None, "", app.clock())
    assert await work(app) == 1
    async with database.read() as session:
        found = await jobs.find(session, job)
    assert found is not None
    return found


async def test_it_is_compared_with_the_model_in_use_and_cannot_be_put_into_service(
    database: Database, ring: KeyRing, home: Path
) -> None:  # fmt: skip
    first = await register(database, home)
    await label(database, ring, TOLD)
    with fake.serving(Trainable()) as running:
        told = await train(database, ring, home, running.url)
    assert (told.status, told.error) == ("done", None)
    async with database.read() as session:
        row = await models.find(session, told.version or "")
        assert await models.live(session) == first
    assert row is not None
    assert (row.kind, row.verdict) == ("rasa", None)
    assert row.comparison is not None
    assert (row.comparison["live"], row.comparison["labelled"]) == (first, 1)
    with pytest.raises(RefusedError, match="not_compared"):
        async with database.begin() as session:
            await models.promote(session, row.version, None, NOW)


@pytest.mark.parametrize(("told", "because"), [(TOLD[1:], "no_test"), (TOLD, "rasa")])
async def test_it_fails_with_its_reason(
    database: Database, ring: KeyRing, home: Path, told: tuple[tuple[str, str, str], ...], because: str
) -> None:  # fmt: skip
    await register(database, home)
    await label(database, ring, told)
    ended = await train(database, ring, home, "http://127.0.0.1:9")
    assert (ended.status, ended.error) == ("failed", because)
    assert list((home / "trainings").iterdir()) == []
