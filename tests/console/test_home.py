"""The first page says in ten seconds what needs attention, to each according to their role."""

from __future__ import annotations

import re
from datetime import timedelta
from html import unescape

import pytest
from sqlalchemy import select, update

from storage import figures, teams, visits
from storage.access import Official, Role
from storage.desk_tables import CaseRow, MentionRow, NoteRow, OfficialRow, OfficialSessionRow
from storage.ids import IDS
from tests.console.conftest import START, Desk
from tests.console.test_problems import file, name, put, reference, said


async def given(desk: Desk, number: int, **columns: object) -> None:
    async with desk.database.begin() as session:
        await session.execute(update(CaseRow).where(CaseRow.reference == reference(number)).values(columns))


async def me(desk: Desk) -> Official:
    async with desk.database.read() as session:
        row = (await session.scalars(select(OfficialRow))).one()
    return Official(id=row.id, login=row.login, name=row.name, role="supervisor", team_id=row.team_id)


async def test_an_empty_desk_says_what_will_appear(desk: Desk) -> None:
    await desk.log_in("agent")
    page = said((await desk.open("/")).text)
    assert "Dès qu’une entreprise touche « Envoyer »" in page
    assert "Calme" in page
    assert "chaque dossier ouvert est dans la file" not in page


@pytest.mark.parametrize(("role", "path"), [("mediator", "/cases"), ("analyst", "/"), ("administrator", "/")])
async def test_each_role_comes_in_by_its_first_page(desk: Desk, role: Role, path: str) -> None:
    await desk.log_in(role)
    assert (await desk.open("/")).url.path == f"/console{path}"


async def test_an_administrator_is_told_what_to_make_and_what_is_in_no_queue(desk: Desk) -> None:
    await desk.log_in("administrator")
    page = said((await desk.open("/")).text)
    assert "Commencez par créer les comptes" in page
    assert "Aucun message illisible" in page
    await file(desk, 1)
    page = said((await desk.open("/")).text)
    assert "1 dossier n’est dans aucune file." in page
    assert "PV-2026" not in page


async def test_what_waits_is_counted_and_each_count_leads_to_its_list(desk: Desk) -> None:
    await desk.log_in()
    for number in range(1, 8):
        await file(desk, number, days=9)
    mine = (await me(desk)).id
    await given(desk, 1, assignee_id=mine, due_at=START - timedelta(days=1), urgency_level="critical")
    await given(desk, 2, assignee_id=mine, due_at=START + timedelta(days=1), firm_at=START)
    await given(desk, 3, assignee_id=mine, due_at=None, status="needs_info", asked_until=START - timedelta(days=2))
    await given(desk, 4, due_at=None, status="closed", urgency_level="critical")
    await given(desk, 5, assignee_id=mine, snoozed_until=START + timedelta(days=1), due_at=None)
    await given(desk, 6, due_at=None)
    await given(desk, 7, due_at=None)
    text = (await desk.open("/")).text
    page = said(text)
    for told in (
        "1 urgences critiques", "1 en retard", "0 demandent à parler", "1 l’entreprise a écrit", "2 sans agent",
        "1 attendent l’entreprise 1 a dépassé sa date", "tous (4)", "chaque dossier ouvert est dans la file",
    ):  # fmt: skip
        assert told in page, told
    queue = page.split("Mes dossiers")[1].split("Cette semaine")[0]
    assert [queue.find(reference(number)) for number in (1, 2, 3)] == sorted(
        queue.find(reference(number)) for number in (1, 2, 3)
    )
    assert reference(5) not in queue
    for href, count in re.findall(r'<a href="/console(/cases[^"]*)">\s*<strong>(\d+)</strong>', text):
        listed = (await desk.open(unescape(href))).text
        assert len(set(re.findall(r"PV-2026-\w{5}-\w", listed))) == int(count), href
        assert "unclear" not in listed


async def test_what_grows_comes_first_and_calm_is_said_in_words(desk: Desk) -> None:
    await desk.log_in()
    problem = await name(desk)
    for number in range(1, 5):
        await file(desk, number)
        await put(desk, number, problem)
    for number in range(5, 9):
        await file(desk, number, days=20)
    page = said((await desk.open("/")).text)
    assert "Amazon 4 contre 1 par semaine avant en hausse" in page
    assert f"{'Comptes fermés sans préavis'} 4 contre 0 par semaine avant en hausse" in page


async def test_what_grows_without_a_name_is_pointed_out(desk: Desk) -> None:
    await desk.log_in()
    for number in range(1, 5):
        await file(desk, number)
    page = said((await desk.open("/")).text)
    assert "En hausse, sans nom" in page
    assert "aucun problème nommé n’a de nouveau dossier" in page


async def test_a_mention_leads_to_its_case_until_it_is_read(desk: Desk) -> None:
    await desk.log_in()
    await file(desk, 1)
    who = (await me(desk)).id
    async with desk.database.begin() as session:
        note = IDS.new(START)
        case_id = await session.scalar(select(CaseRow.id))
        session.add(NoteRow(id=note, case_id=case_id, author_id=who, private=False, created_at=START))
        await session.flush()
        session.add(MentionRow(note_id=note, official_id=who))
    assert "Un collègue vous a mentionné" in said((await desk.open("/")).text)
    async with desk.database.begin() as session:
        await session.execute(update(MentionRow).values(seen_at=START))
    assert "mentionné" not in said((await desk.open("/")).text)


async def test_new_is_what_came_since_the_last_visit_and_stays_so_within_this_one(desk: Desk) -> None:
    password = await desk.log_in()
    await file(desk, 1)
    assert "1 du nouveau" in said((await desk.open("/")).text)
    desk.wait(minutes=10)
    await desk.post("/logout")
    desk.wait(hours=3)
    await file(desk, 2)
    await given(desk, 2, filed_at=desk.now)
    desk.wait(hours=2)
    await desk.open("/login")
    await desk.post("/login", login="c.fictive", password=password, next="/")
    for _ in range(2):
        assert "1 du nouveau" in said((await desk.open("/")).text)
        desk.wait(minutes=20)


async def test_a_visit_that_was_not_logged_out_ended_when_it_was_last_seen(desk: Desk) -> None:
    await desk.log_in()
    await desk.open("/cases")
    desk.wait(hours=20)
    async with desk.database.begin() as session:
        await visits.end(session, seen_before=desk.now - timedelta(hours=1), now=desk.now)
        assert (await session.scalars(select(OfficialRow.visited_at))).one() == START
        assert (await session.scalars(select(OfficialSessionRow))).all() == []


async def test_a_case_whose_team_or_official_is_gone_is_in_no_queue(desk: Desk) -> None:
    await desk.log_in("agent")
    await file(desk, 1)
    await file(desk, 2)
    async with desk.database.begin() as session:
        assert await figures.unqueued(session) == 0
        team = (await teams.every(session))[0]
        await session.execute(update(CaseRow).where(CaseRow.reference == reference(1)).values(team_id=None))
        assert await figures.unqueued(session) == 1
        await session.execute(update(OfficialRow).values(closed_at=START))
        assert await figures.unqueued(session) == 2
        await session.execute(update(OfficialRow).values(closed_at=None, team_id=None, role="supervisor"))
        assert await figures.unqueued(session) == 1
        assert team.name == "Accueil"


@pytest.mark.parametrize(("now", "before", "grown"), [(2, 0, False), (3, 0, True), (4, 8, False), (9, 16, True)])
def test_a_week_grows_only_beyond_the_ordinary(now: int, before: int, grown: bool) -> None:  # noqa: FBT001
    assert figures.grows(now, before) is grown
