"""A text is tried on the model in use and on another; only the very files that were recorded are loaded."""

from __future__ import annotations

import hashlib
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import select

from nlu.training import train
from storage.audit_tables import AuditRow
from storage.desk_tables import SubmissionRow
from storage.ids import IDS
from storage.training_tables import PromotionRow
from tests.console import classifier
from tests.console.conftest import Desk
from tests.nlu.conftest import write_examples

TEXT = "Mon compte vendeur est suspendu et ils gardent mon argent"


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a small model."""
    home = tmp_path_factory.mktemp("home")
    return train(
        write_examples(home / "data"),
        home / "models",
        progress=lambda _step, _share: None,
        at=datetime(2026, 11, 1, tzinfo=UTC),
    )


async def open_desk(desk: Desk, trained: Path, *, digest: str | None = None) -> str:
    """An administrator, the trained model in use, and another whose files are not there."""
    await desk.log_in("administrator")
    desk.console.state.desk.models, desk.console.state.desk.examples = trained.parent, trained.parent.parent / "data"
    found = hashlib.sha256((trained / "manifest.json").read_bytes()).hexdigest()
    async with desk.database.begin() as session:
        session.add(classifier.model(trained.name, desk.now, status="live", digest=digest or found))
        session.add(classifier.model("gone-astray", desk.now, status="retired"))
        await session.flush()
        session.add(PromotionRow(id=IDS.new(desk.now), at=desk.now, act="promoted", version=trained.name))
    await desk.open("/tryout")
    return trained.name


async def test_the_model_in_use_says_what_it_makes_of_a_text(desk: Desk, trained: Path) -> None:
    await open_desk(desk, trained)
    page = (await desk.post("/tryout", text=TEXT)).text
    assert "Suspension ou fermeture du compte vendeur" in page
    assert "<meter" in page
    assert "ne peut pas être chargé" not in page
    assert re.search(r"Mots pour :</span> [^<]*suspendu", page)
    assert "<blockquote>mon compte vendeur est suspendu " in page
    assert page.count("[message étiqueté, non montré]") == 0


async def test_beside_it_another_is_asked_and_says_where_it_cannot(desk: Desk, trained: Path) -> None:
    await open_desk(desk, trained)
    page = (await desk.post("/tryout", text=TEXT, beside="gone-astray", language="fr")).text
    assert "<meter" in page
    assert "Ce modèle ne peut pas être chargé" in page


async def test_a_model_whose_manifest_is_another_than_recorded_is_not_loaded(desk: Desk, trained: Path) -> None:
    await open_desk(desk, trained, digest="f" * 64)
    page = (await desk.post("/tryout", text=TEXT)).text
    assert "Ce modèle ne peut pas être chargé" in page
    assert "<meter" not in page


async def test_the_text_is_not_kept(desk: Desk, trained: Path) -> None:
    await open_desk(desk, trained)
    assert desk.page.status_code == 200
    await desk.post("/tryout", text=TEXT)
    assert TEXT not in str(desk.page.url)
    async with desk.database.read() as session:
        assert list(await session.scalars(select(SubmissionRow.nonce))) == []
        assert not [act for act in await session.scalars(select(AuditRow.act)) if "tryout" in act]


async def test_without_a_text_the_page_asks_for_one(desk: Desk, trained: Path) -> None:
    await open_desk(desk, trained)
    assert "Écrivez d’abord un texte." in (await desk.post("/tryout", text="  ")).text
