"""The project leaves as a Rasa project and comes back: what differs is shown first, and only examples are taken in."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from nlu import rasa_project
from nlu.examples import read
from storage.desk_tables import OfficialRow
from storage.ids import IDS
from storage.training_tables import DecisionRow, SampleRow
from tests.console.conftest import TOKEN, Desk
from tests.nlu.subset import write_subset


@pytest.fixture
def here(desk: Desk, tmp_path: Path) -> Desk:
    """A desk with few examples."""
    write_subset(tmp_path / "home" / "data")
    desk.console.state.desk.data = tmp_path / "home" / "data"
    return desk


async def project(desk: Desk) -> dict[str, str]:
    await desk.log_in("administrator")
    answer = await desk.open("/models/exchange/file")
    assert answer.headers["content-type"] == "application/zip"
    return rasa_project.unzipped(answer.content)


async def bring(desk: Desk, data: bytes) -> None:
    await desk.open("/models/exchange")
    token = TOKEN.search(desk.page.text)
    fields: dict[str, Any] = {"token": token[1] if token else "", "nonce": "up"}
    desk.page = await desk.browser.post("/console/models/exchange", data=fields, files={"file": ("p.zip", data)})


def digest(desk: Desk) -> str:
    return desk.page.text.partition('name="digest" value="')[2].partition('"')[0]


async def test_what_was_downloaded_is_the_same_when_it_comes_back(here: Desk) -> None:
    await bring(here, rasa_project.zipped(await project(here)))
    assert "les deux projets sont identiques" in here.page.text


async def test_examples_are_taken_in_once_their_difference_was_seen(here: Desk) -> None:
    files = await project(here)
    name = "data/fr/acts/affirm.yml"
    files[name] += "# vu\n"
    await bring(here, rasa_project.zipped(files))
    assert '<span class="new">+# vu</span>' in here.page.text
    data = here.console.state.desk.data
    assert "# vu" not in (data / "fr/acts/affirm.yml").read_text()
    sent = digest(here)
    await here.post("/models/exchange/take", nonce="take", digest=sent)
    assert "Les exemples sont repris." in here.page.text
    assert (data / "fr/acts/affirm.yml").read_text().endswith("# vu\n")
    assert read(data)
    await here.post("/models/exchange/take", nonce="again", digest=sent)
    assert here.page.status_code == 409


async def test_what_cannot_be_carried_is_named_and_nothing_is_changed(here: Desk) -> None:
    files = await project(here)
    before = read(here.console.state.desk.data)
    await bring(here, rasa_project.zipped({**files, "actions/actions.py": "import os\n"}))
    assert here.page.status_code == 422
    assert "actions/actions.py:1: cannot be carried" in here.page.text
    assert read(here.console.state.desk.data) == before


async def test_sentences_that_changed_are_shown_and_left_to_the_operator(here: Desk) -> None:
    files = await project(here)
    said = here.console.state.desk.script.wording["fr"]["thanks_story"]
    files["domain.yml"] = files["domain.yml"].replace(said, "Merci à vous.")
    await bring(here, rasa_project.zipped(files))
    assert "portevoix rasa import" in here.page.text
    assert "Reprendre les exemples" not in here.page.text


async def test_what_is_too_large_or_no_archive_is_refused(here: Desk) -> None:
    await here.log_in("administrator")
    await bring(here, b"x" * 9_000_000)
    assert here.page.status_code == 413
    await bring(here, b"no archive")
    assert here.page.status_code == 422
    token_of_another = await here.browser.post("/console/models/exchange", data={"token": "x"}, files={"file": b"x"})
    assert token_of_another.status_code == 403


async def test_labelled_messages_come_along_masked_and_only_on_request(here: Desk) -> None:
    assert not any(name.endswith("officials.yml") for name in await project(here))
    async with here.database.begin() as session:
        for at, part in enumerate(("learning", "test")):
            row = IDS.new(here.now)
            text = here.ring.seal("samples", "text", row, f"[nom] garde mon argent {part}".encode())
            session.add(
                SampleRow(
                    id=row, person=bytes([at]), part=part, reason="brought", chance=1.0, language="fr", text=text,
                    told={}, asked={"asking": "story"}, said_at=here.now, drawn_at=here.now, status="labelled",
                )
            )  # fmt: skip
        await session.flush()
        official = (await session.scalars(select(OfficialRow))).one()
        for sample in (await session.scalars(select(SampleRow))).all():
            session.add(
                DecisionRow(
                    id=IDS.new(here.now), sample_id=sample.id, official_id=official.id, at=here.now,
                    labels=["funds_withheld"], act="inform", spans=[],
                )
            )  # fmt: skip
    files = rasa_project.unzipped((await here.open("/models/exchange/file?labelled=1")).content)
    added = {name: text for name, text in files.items() if name.endswith("officials.yml")}
    assert added.keys() == {"data/fr/problems/officials.yml", "data/fr/acts/officials.yml"}
    assert all("[nom] garde mon argent learning" in text and "argent test" not in text for text in added.values())
    await bring(here, rasa_project.zipped(files))
    assert "asking: story" in here.page.text
