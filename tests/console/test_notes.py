"""Officials note what firms do not read, with every version kept; a mediator's notes are the mediator's alone."""

from __future__ import annotations

import re

from sqlalchemy import select, update

from storage import notes
from storage.access import ROLES, Official
from storage.desk_tables import CaseRow, NoteRow, NoteVersionRow, OfficialRow
from tests.console import firm
from tests.console.conftest import Desk
from tests.console.test_acts import PAGE, REFERENCE, colleague, filed, send


async def official(desk: Desk, login: str) -> Official:
    async with desk.database.read() as session:
        row = (await session.scalars(select(OfficialRow).where(OfficialRow.login == login))).one()
    return Official(id=row.id, login=row.login, name=row.name, role=row.role, team_id=row.team_id)  # type: ignore[arg-type]


def note_id(desk: Desk) -> str:
    found = re.search(r'id="note-(\d+)"', desk.page.text)
    assert found is not None
    return found[1]


async def test_a_note_is_sealed_changed_with_its_history_and_taken_back(desk: Desk) -> None:
    await filed(desk)
    assert "premier jet" in await send(desk, "notes", text="premier jet")
    note = note_id(desk)
    html = await send(desk, f"notes/{note}", text="second jet", said="1")
    assert "Versions précédentes" in html
    assert "premier jet" in html
    assert "second jet" in html
    await send(desk, f"notes/{note}", text="trop tard", said="1")
    assert desk.page.status_code == 409
    assert "trop tard" in desk.page.text
    html = await send(desk, f"notes/{note}", text="", said="2", remove="yes")
    assert "Note retirée" in html
    async with desk.database.read() as session:
        kept = (await session.scalars(select(NoteVersionRow.text))).all()
    assert len(kept) == 2
    assert not any(b"jet" in text for text in kept)


async def test_a_note_that_cannot_be_kept_is_not_lost(desk: Desk) -> None:
    await filed(desk)
    html = await send(desk, "notes", text="Voir avec @personne.ici")
    assert desk.page.status_code == 422
    assert "Ces personnes ne peuvent pas lire ce dossier : personne.ici." in html
    assert "Voir avec @personne.ici</textarea>" in html


async def test_who_is_called_is_told_until_they_read_it(desk: Desk) -> None:
    await filed(desk)
    await colleague(desk)
    await send(desk, "notes", text="@m.exemple et @c.fictive : à voir. Écrire à x@m.exemple")
    marc = await official(desk, "m.exemple")
    async with desk.database.read() as session:
        assert [one.reference for one in await notes.unseen(session, marc)] == [REFERENCE]
        assert await notes.unseen(session, await official(desk, "c.fictive")) == []
    async with desk.database.begin() as session:
        row = (await session.scalars(select(CaseRow))).one()
        assert await notes.calls(session, row.id, marc)
        await notes.see(session, row.id, marc, desk.now)
        assert await notes.unseen(session, marc) == []


async def test_only_its_author_changes_a_note(desk: Desk) -> None:
    await filed(desk)
    await send(desk, "notes", text="à moi")
    note = note_id(desk)
    await colleague(desk)
    async with desk.database.begin() as session:
        await session.execute(update(OfficialRow).where(OfficialRow.login == "c.fictive").values(login="x"))
        await session.execute(update(OfficialRow).where(OfficialRow.login == "m.exemple").values(login="c.fictive"))
    async with desk.database.begin() as session:
        other = await session.scalar(select(OfficialRow.id).where(OfficialRow.login == "c.fictive"))
        await session.execute(update(NoteRow).values(author_id=other))
    html = await send(desk, f"notes/{note}", text="à moi aussi", said="1")
    assert "Cette note n’est pas la vôtre" in html


async def test_a_mediators_note_is_read_by_nobody_else(desk: Desk) -> None:
    await firm.file(desk.database, desk.ring, firm.case(REFERENCE))
    await desk.log_in("mediator")
    await desk.open(PAGE)
    assert "Changer l’état" not in desk.page.text
    assert "secret de médiation" in await send(desk, "notes", text="secret de médiation @c.fictive")
    author = await official(desk, "c.fictive")
    async with desk.database.read() as session:
        case_id = (await session.scalars(select(CaseRow.id))).one()
        for role in ROLES:
            other = Official(id=1, login="other", name="Autre", role=role)
            assert await notes.of_case(session, desk.ring, case_id, other) == [], role
        assert len(await notes.of_case(session, desk.ring, case_id, author)) == 1
    async with desk.database.begin() as session:
        await session.execute(update(OfficialRow).values(role="administrator"))
    await desk.open(PAGE)
    assert "secret de médiation" not in desk.page.text


async def test_a_mediator_does_not_read_the_offices_notes_and_acts_on_no_case(desk: Desk) -> None:
    await filed(desk)
    await send(desk, "notes", text="note du bureau")
    async with desk.database.begin() as session:
        await session.execute(update(OfficialRow).values(role="mediator"))
    assert "note du bureau" not in (await desk.open(PAGE)).text
    await send(desk, "claim")
    assert desk.page.status_code == 403


def test_logins_are_found_in_a_text() -> None:
    assert notes.called("@c.fictive, voir @M.Exemple. Pas a@b.example ni @ seul") == {"c.fictive", "m.exemple"}
