"""Conversation tests made of transcripts: written by one official, approved by another, gone when the firm says so."""

from __future__ import annotations

import re
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from storage import cases, handling, officials, references, stories, teams
from storage.audit_tables import AuditRow
from storage.desk_tables import CaseRow, OfficialRow
from storage.handling import Change
from storage.training_tables import StoryDraftRow
from stories import story
from stories.types import Answer, Choice
from tests.console import firm
from tests.console.conftest import Desk, script
from tests.console.firm import Told
from tests.console.reading import Reader

REFERENCE = references.new(2026, b"stories")
SAID = (
    "Bonjour, je m'appelle Solange Fictive, Éditions du Moulin Fictif. Amazon a fermé mon compte le 3 octobre, "
    "11 400 euros perdus. Écrivez à solange@moulin-fictif.example ou au 06 39 98 12 34."
)
TOLD = (
    Told(by="bot", text="Bonjour. Que s'est-il passé ?"),
    Told(by="person", key="m1", text=SAID),
    Told(
        by="bot", text="Merci, Solange Fictive.", choices=(Choice(id="share_platform=anonymised", label="Les faits"),)
    ),
    Told(by="person", key="m2", choice="share_platform=anonymised"),
    Told(by="person", key="m3", choice="send"),
)
OURS = "Une boutique de thé : Amazon m'a suspendu le 5 novembre, environ 2 000 euros perdus."
PRIVATE = ("Solange", "moulin-fictif.example", "06 39 98")


@pytest.fixture
def here(desk: Desk) -> Desk:
    """A desk at which conversations can be played."""
    desk.console.state.desk.nlu = Reader(script().platforms)
    return desk


async def filed(desk: Desk, **changes: Answer) -> None:
    agreed: dict[str, Any] = {"quote_anonymised": Answer(value=True), "name": Answer(value="Solange Fictive")}
    await firm.file(desk.database, desk.ring, firm.case(REFERENCE, **{**agreed, **changes}), TOLD)


async def second(desk: Desk) -> None:
    """Another official takes the browser."""
    given = await officials.create(desk.database, login="d.fictif", name="Denis Fictif", role="agent", now=desk.now)
    async with desk.database.begin() as session:
        team = (await teams.every(session))[0].id
        row = update(OfficialRow).where(OfficialRow.login == "d.fictif")
        await session.execute(row.values(must_change=False, team_id=team))
    desk.carry(await officials.log_in(desk.database, login="d.fictif", password=given, now=desk.now) or "")


async def begun(desk: Desk) -> str:
    """The address of a draft that was just begun."""
    await filed(desk)
    await desk.log_in()
    await desk.open(f"/cases/{REFERENCE}")
    await desk.post(f"/cases/{REFERENCE}/story", nonce="begin")
    assert desk.page.status_code == 200
    return desk.page.url.path.removeprefix("/console")


async def rewritten(desk: Desk) -> str:
    """The address of a draft that says the same in other words."""
    path = await begun(desk)
    await desk.post(path, nonce="save", version="0", name="amazon_ferme", title="thé", record="1", **{"said-0": OURS})
    return path


def yaml_of(desk: Desk) -> str:
    found = re.search(r'<textarea id="text"[^>]*>(.*?)</textarea>', desk.page.text, re.DOTALL)
    return unescape(found[1]) if found else ""


async def kept(desk: Desk) -> StoryDraftRow:
    async with desk.database.read() as session:
        return (await session.scalars(select(StoryDraftRow))).one()


async def test_one_click_makes_a_draft_in_which_all_names_are_invented(here: Desk) -> None:
    await begun(here)
    (told,) = story.read(yaml_of(here))
    text = yaml_of(here) + unescape(here.page.text.partition('class="lines"')[2].partition("</ol>")[0])
    assert not [word for word in PRIVATE if word in text]
    assert "contact@exemple.example" in yaml_of(here)
    assert [step.choice for step in told.steps if step.choice] == ["share_platform=anonymised", "send"]
    assert told.case is not None
    assert told.case["platform_id"] == "amazon"
    assert told.case["incident_date"] == {"value": "2026-10-03", "precision": "day"}
    assert "tout se passe comme prévu" in here.page.text


async def test_nothing_is_taken_from_another_story_of_the_same_conversation(here: Desk) -> None:
    other = (Told(by="person", key="m0", text="Temu me doit 900 euros depuis mars."), Told(by="bot", key="restarted"))
    agreed = firm.case(REFERENCE, quote_anonymised=Answer(value=True), name=Answer(value="Solange Fictive"))
    await firm.file(here.database, here.ring, agreed, (*other, *TOLD))
    await here.log_in()
    await here.open(f"/cases/{REFERENCE}")
    await here.post(f"/cases/{REFERENCE}/story", nonce="begin")
    assert "11 400 euros" in here.page.text
    assert "900 euros" not in here.page.text


async def test_what_is_left_of_the_original_is_shown_until_it_is_rewritten(here: Desk) -> None:
    path = await begun(here)
    assert "six mots de suite" in here.page.text
    again = f"Je suis Solange, {OURS}"
    await here.post(path, nonce="1", version="0", name="amazon_ferme", record="1", **{"said-0": again})
    assert "un nom" in here.page.text
    assert "six mots de suite" not in here.page.text
    await here.post(path, nonce="2", version="1", name="amazon_ferme", record="1", **{"said-0": OURS})
    assert "Il reste des traces" not in here.page.text
    (told,) = story.read(yaml_of(here))
    assert told.case is not None
    assert told.case["incident_date"]["value"] == "2026-11-05"


async def test_an_expectation_that_is_not_met_is_shown_in_its_place_and_cannot_be_proposed(here: Desk) -> None:
    path = await rewritten(here)
    text = yaml_of(here).replace("platform_id: amazon", "platform_id: etsy", 1)
    await here.post(path, nonce="1", version="1", name="amazon_ferme", text=text)
    assert "(obtenu : Amazon)" in here.page.text
    await here.post(f"{path}/propose", nonce="2", version="2")
    assert here.page.status_code == 422
    assert (await kept(here)).status == "draft"


async def test_what_officials_set_in_the_case_is_what_is_expected(here: Desk) -> None:
    await filed(here, primary_category=Answer(value="listing_removal", by="official"))
    await here.log_in()
    await here.open(f"/cases/{REFERENCE}")
    await here.post(f"/cases/{REFERENCE}/story", nonce="begin")
    (told,) = story.read(yaml_of(here))
    assert told.case is not None
    assert told.case["primary_category"] == "listing_removal"
    assert "ne se passe pas comme prévu" in here.page.text


async def test_its_author_never_approves_it_and_another_compares_first(here: Desk) -> None:
    path = await rewritten(here)
    await here.post(f"{path}/propose", nonce="p", version="1")
    await here.post(f"{path}/approve", nonce="a", version="2", compared="1")
    assert "approuvé par quelqu’un d’autre" in here.page.text
    await second(here)
    await here.open(path)
    await here.post(f"{path}/approve", nonce="b", version="2")
    assert "Comparez d’abord" in here.page.text
    await here.post(f"{path}/approve", nonce="c", version="2", compared="1")
    row = await kept(here)
    assert (row.status, row.reader_id is not None) == ("approved", True)
    answer = await here.open(f"{path}/file")
    assert answer.headers["content-disposition"] == 'attachment; filename="amazon_ferme.yml"'
    assert story.read(answer.text)[0].story == "thé"
    assert "Denis Fictif" in (await here.open("/stories")).text


async def approved(desk: Desk) -> str:
    path = await rewritten(desk)
    await desk.post(f"{path}/propose", nonce="p", version="1")
    await second(desk)
    await desk.open(path)
    await desk.post(f"{path}/approve", nonce="a", version="2", compared="1")
    return path


async def test_a_file_is_written_once_where_that_is_allowed_and_never_over_another(here: Desk, tmp_path: Path) -> None:
    path = await approved(here)
    assert "Déposer dans le dossier" not in here.page.text
    folder = tmp_path / "kept"
    here.console.state.desk.stories_folder = folder
    await here.open(path)
    await here.post(f"{path}/put", nonce="1")
    assert "Le fichier est déposé." in here.page.text
    (file,) = [one for one in folder.rglob("*") if one.is_file()]
    assert file.relative_to(folder).as_posix() == "fr/amazon_ferme.yml"
    file.write_text("autre")
    await here.post(f"{path}/put", nonce="2")
    assert here.page.status_code == 409
    assert file.read_text() == "autre"


@pytest.mark.parametrize("step", ["consent", "withdrawal", "erasure"])
async def test_a_firm_that_agrees_no_longer_empties_the_draft(here: Desk, step: str) -> None:
    path = await approved(here)
    async with here.database.begin() as session:
        case_id = (await session.scalars(select(CaseRow.id))).one()
        match step:
            case "consent":
                made = Change(
                    deed="amended", by="person", at=here.now, fields={"quote_anonymised": Answer(value=False)}
                )
                await handling.change(session, here.ring, case_id, made)
            case "withdrawal":
                made = Change(deed="amended", by="person", at=here.now, status="withdrawn")
                await handling.change(session, here.ring, case_id, made)
            case "erasure":
                await cases.ask_erasure(session, [REFERENCE], here.now)
    row = await kept(here)
    assert (row.status, row.text) == ("withdrawn", b"")
    assert "Le texte est effacé." in (await here.open(path)).text
    assert (await here.open(f"{path}/file")).status_code == 404
    await here.open(f"/cases/{REFERENCE}")
    assert "En faire une conversation type" not in here.page.text
    await here.post(f"/cases/{REFERENCE}/story", nonce="again")
    assert here.page.status_code == 409


async def test_without_consent_the_page_of_the_case_says_why_there_is_none(here: Desk) -> None:
    await filed(here, quote_anonymised=Answer(value=False))
    await here.log_in()
    await here.open(f"/cases/{REFERENCE}")
    assert "n’a pas accepté d’être citée" in here.page.text
    await here.post(f"/cases/{REFERENCE}/story", nonce="begin")
    assert here.page.status_code == 409
    async with here.database.read() as session:
        assert (await session.scalars(select(StoryDraftRow))).all() == []


async def test_an_older_version_overwrites_nothing_and_what_was_typed_stays(here: Desk) -> None:
    path = await rewritten(here)
    before = (await kept(here)).text
    text = yaml_of(here).replace("boutique de thé", "boutique de café")
    await here.post(path, nonce="1", version="0", name="amazon_ferme", text=text)
    assert here.page.status_code == 409
    assert "boutique de café" in yaml_of(here)
    assert (await kept(here)).text == before


async def test_a_file_with_an_error_is_not_saved_and_its_line_is_named(here: Desk) -> None:
    path = await rewritten(here)
    before, text = (await kept(here)).text, yaml_of(here).replace("  steps:", "  stops:")
    await here.post(path, nonce="1", version="1", name="amazon_ferme", text=text)
    assert here.page.status_code == 422
    assert re.search(r"Ligne \d+ : ", here.page.text)
    assert "  stops:" in yaml_of(here)
    assert (await kept(here)).text == before


async def test_a_draft_is_read_where_its_case_is_read_and_each_reading_is_recorded(here: Desk) -> None:
    path = await rewritten(here)
    async with here.database.begin() as session:
        await session.execute(update(CaseRow).values(team_id=await teams.create(session, "Ailleurs", here.now)))
    await second(here)
    assert (await here.open(path)).status_code == 404
    assert "amazon_ferme" not in (await here.open("/stories")).text
    async with here.database.read() as session:
        found = await session.execute(select(AuditRow.act, AuditRow.subject))
    assert ("read.stories", f"story:{path.rpartition('/')[2]}") in {(act, subject) for act, subject in found}


async def test_the_text_lies_sealed_in_the_database(here: Desk) -> None:
    await rewritten(here)
    row = await kept(here)
    assert b"Amazon" not in row.text
    async with here.database.read() as session:
        official = (await session.scalars(select(OfficialRow))).one()
        reader = officials.official_of(official)
        found = await stories.get(session, here.ring, row.id, reader)
    assert found is not None
    assert OURS in found.text
