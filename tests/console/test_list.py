"""The list of cases says what an official needs in ten seconds, finds what is asked, and acts on many with care."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from html import unescape

import pytest
from sqlalchemy import select, update

from storage import cases, indexing, references, teams
from storage.desk_tables import CaseChangeRow, CaseRow, CaseTagRow, OfficialRow, ProblemRow, TeamRow
from storage.ids import IDS
from storage.query import FILTERS
from stories.types import Answer
from tests.console import firm
from tests.console.conftest import START, Desk, script

REFERENCE = references.new(2026, b"fiction")
LISTED = re.compile(r"PV-2026-\w{5}-\w(?=</a>)")


async def opened(desk: Desk, path: str) -> str:
    page = await desk.open(path)
    assert page.status_code == 200, path
    return unescape(page.text)


async def filed(desk: Desk, count: int, **changes: Answer) -> list[str]:
    """So many cases, a minute apart, oldest first."""
    made = []
    for minute in range(count):
        case = firm.case(references.new(2026, bytes([1, minute, 7, 7])))
        case = replace(case, filed_at=firm.FILED + timedelta(minutes=minute), fields=firm.fields() | changes)
        await firm.file(desk.database, desk.ring, case, ())
        made.append(case.reference)
    return made


async def set_all(desk: Desk, *of: str, **columns: object) -> None:
    wanted = update(CaseRow).where(CaseRow.reference.in_(of)) if of else update(CaseRow)
    async with desk.database.begin() as session:
        await session.execute(wanted.values(**columns))


async def ids(desk: Desk) -> dict[str, int]:
    async with desk.database.read() as session:
        rows = await session.execute(select(CaseRow.reference, CaseRow.id))
    return {row.reference: row.id for row in rows}


SOME = {"words": ("facture",), "day": ("2026-11-20",), "yes_no": ("yes", "no"), "tag": ("prime",)}


@pytest.mark.parametrize("name", FILTERS)
async def test_a_list_opens_whatever_is_asked(desk: Desk, name: str) -> None:
    """Once it failed for who wants a person: the filter took the list's conversation for its own."""
    await filed(desk, 1)
    await desk.log_in()
    one = FILTERS[name]
    for value in (*SOME.get(one.kind, ()), *(one.options(script()) if one.options else ())):
        await opened(desk, f"/cases?{name}={value}")


async def test_no_case_yet_is_said(desk: Desk) -> None:
    await desk.log_in()
    assert "Aucun dossier pour l’instant." in await opened(desk, "/cases")


async def test_the_list_is_newest_first_a_page_at_a_time(desk: Desk) -> None:
    await desk.log_in()
    made = await filed(desk, 27)
    first = await opened(desk, "/cases")
    further = re.search(r'href="/console(/cases\?[^"]*after=[^"]+)"', first)
    assert further is not None
    assert LISTED.findall(first + await opened(desk, further[1])) == made[::-1]
    assert "27 dossiers" in desk.page.text
    assert "Suite" not in desk.page.text


async def test_a_line_says_what_an_official_must_know_first(desk: Desk) -> None:
    await desk.log_in()
    await firm.file(desk.database, desk.ring, firm.case(REFERENCE, loss_eur=Answer(value=12_000)), wants_human=True)
    columns = "&".join(f"col={name}" for name in ("filed", "waits", "due", "platform", "problem", "urgency", "channel",
                                                  "loss", "answer", "assignee"))  # fmt: skip
    line = await opened(desk, f"/cases?{columns}")
    for said in (
        "23/11/2026 22:58", "Amazon", "et 2 autres", "élevée", "date limite dans les 7 jours", "Reçu", "site web",
        "français", "dans la conversation (site web)", "Une personne est demandée", "dans 3 jours ouvrés",
        "attend : un agent, depuis le 23/11", "pas encore lu", "personne",
    ):  # fmt: skip
        assert said in line, said
    assert re.search(r"12\s000\s€", line)
    await set_all(desk, due_at=START - timedelta(days=4))
    assert "en retard de 2 jours ouvrés" in await opened(desk, "/cases")


@pytest.mark.parametrize("sort", ["newest", "urgency", "due", "loss"])
async def test_a_place_in_the_list_that_cannot_be_is_said(desk: Desk, sort: str) -> None:
    await desk.log_in()
    for place in ("x", "-1", "9" * 40, "٣", "1;drop table cases", "2026-11-24T00:00:00+00:00_" + "9" * 30):
        page = await desk.browser.get("/console/cases", params={"sort": sort, "after": place})
        assert page.status_code == 422
        assert "Repartez de la première" in page.text


async def test_what_cannot_be_asked_is_named_and_nothing_is_listed(desk: Desk) -> None:
    await desk.log_in()
    await filed(desk, 1)
    await desk.browser.get("/console/cases")
    page = await desk.open("/cases?platform=amazone&colour=red&team=12345&overdue=no")
    assert page.status_code == 422
    text = unescape(page.text)
    for said in (
        "« Plateforme » ne peut pas avoir la valeur « amazone »", "« colour » n’est pas un filtre",
        "« Équipe » ne peut pas avoir la valeur « 12345 »",
    ):  # fmt: skip
        assert said in text, said
    assert LISTED.findall(text) == []


async def test_the_filters_of_the_form_make_an_address_that_can_be_shared(desk: Desk) -> None:
    await desk.log_in()
    made = await filed(desk, 2)
    await set_all(desk, made[0], status="in_review")
    await desk.open("/cases?q=&status=in_review&language=&filed_from=&sort=newest&col=filed")
    assert desk.page.url.query == b"status=in_review&col=filed"
    html = unescape(desk.page.text)
    assert LISTED.findall(html) == [made[0]]
    assert "1 dossier<" in html
    assert "État : En cours d'examen" in html
    assert re.search(r'class="chip" href="/console/cases\?col=filed"', html)


async def test_words_find_a_case_and_are_shown_as_they_were_typed(desk: Desk) -> None:
    await desk.log_in()
    made = await filed(desk, 1)
    async with desk.database.begin() as session:
        await indexing.index(session, desk.ring, desk.now)
    for typed, finds in (('"mes factures" -virus', True), ("<b>FACTURE</b>", False), ("facturés", True)):
        page = await desk.browser.get("/console/cases", params={"q": typed})
        assert (LISTED.findall(page.text) == made) == finds, typed
        assert typed in unescape(page.text)
    assert "<b>FACTURE" not in page.text


async def test_an_agent_sees_the_own_teams_cases_and_a_mediator_those_agreed(desk: Desk) -> None:
    await desk.log_in("agent")
    made = await filed(desk, 2)
    async with desk.database.begin() as session:
        other = IDS.new(START)
        session.add(TeamRow(id=other, name="Nord", platforms=[], created_at=START))
        await session.flush()
        await session.execute(update(CaseRow).where(CaseRow.reference == made[0]).values(team_id=other))
    for address in ("", f"?team={other}", "?snoozed=shown", f"?q={made[0]}"):
        assert set(LISTED.findall(await opened(desk, f"/cases{address}"))) <= {made[1]}
    assert "Problème récurrent" in desk.page.text
    async with desk.database.begin() as session:
        await session.execute(update(OfficialRow).values(role="mediator"))
        await session.execute(update(CaseRow).where(CaseRow.reference == made[1]).values(share_mediateur=False))
    html = await opened(desk, "/cases")
    assert LISTED.findall(html) == [made[0]]
    assert "Agir sur plusieurs" not in html
    assert "Problème récurrent" not in html


async def test_a_search_is_kept_shared_renamed_and_deleted(desk: Desk) -> None:
    await desk.log_in()
    made = await filed(desk, 3)
    await set_all(desk, made[0], status="in_review")
    await desk.open("/cases?status=submitted")
    await desk.post("/views", nonce="n1", name="  À lire ", query="status=submitted", shared="yes")
    assert desk.page.url.query == b"status=submitted"
    assert re.search(r'À lire <span class="number">2</span>', desk.page.text)
    again = await desk.post("/views", nonce="n2", name="À lire", query="status=closed")
    assert again.status_code == 422
    assert "porte déjà ce nom" in again.text
    await desk.open("/views")
    view = re.search(r'action="/console(/views/\d+)"', desk.page.text)
    assert view is not None
    await desk.post(view[1], nonce="n3", name="Nouveaux")
    assert "Nouveaux" in await opened(desk, "/views")
    await desk.post(f"{view[1]}/remove", nonce="n4")
    assert "Aucune vue pour l’instant" in desk.page.text
    assert (await desk.post(f"{view[1]}/remove", nonce="n5")).status_code == 404


async def test_a_view_says_what_is_new_since_the_last_visit_and_reaches_the_team(desk: Desk) -> None:
    await desk.log_in("agent")
    await filed(desk, 3)
    async with desk.database.begin() as session:
        seen = firm.FILED + timedelta(minutes=1)
        await session.execute(update(OfficialRow).values(visited_at=seen))
    await desk.open("/cases")
    await desk.post("/views", nonce="n1", name="Tout", query="snoozed=shown", shared="yes")
    assert "nouveaux : 1" in await opened(desk, "/cases")
    assert await opened(desk, "/cases?new=yes")
    assert len(LISTED.findall(desk.page.text)) == 1
    async with desk.database.begin() as session:
        (mine,) = await session.scalars(select(OfficialRow))
        other = OfficialRow(id=9, login="x", name="Autre", role="agent", password_hash="x", team_id=mine.team_id,
                            created_at=START)  # fmt: skip
        session.add(other)
        await session.flush()
        session.expunge(mine)
        from storage.desk_tables import ViewRow

        await session.execute(update(ViewRow).values(owner_id=9))
    assert "Tout" in await opened(desk, "/views")
    assert "Autre" in desk.page.text
    assert 'action="/console/views/' not in desk.page.text


async def choose(desk: Desk, act: str, value: str, *of: str, **more: str) -> str:
    """Ask for a dry run over these cases."""
    known = await ids(desk)
    await desk.open("/cases")
    token = re.search(r'name="token" value="([^"]*)"', desk.page.text)
    assert token is not None
    fields = {"token": token[1], "act": act, act: value, "case": [str(known[one]) for one in of], **more}
    desk.page = await desk.browser.post("/console/bulk", data=fields)
    return unescape(desk.page.text)


async def agree(desk: Desk) -> str:
    """Do what the dry run says."""
    hidden = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', unescape(desk.page.text)))
    hidden.pop("token")
    await desk.post("/bulk/do", **hidden)
    return unescape(desk.page.text)


async def undo(desk: Desk) -> str:
    await desk.post(f"{desk.page.url.path.removeprefix('/console')}/undo", nonce="undo")
    return unescape(desk.page.text)


async def test_closing_many_is_told_first_then_done_then_undone(desk: Desk) -> None:
    await desk.log_in()
    made = await filed(desk, 4)
    await set_all(desk, made[0], made[1], made[2], status="in_review", opened_at=START, due_at=START)
    told = await choose(desk, "close", "duplicate", *made)
    assert "3 dossiers changeront, 1 refusé." in told
    assert "Personne ne l’a encore lu" in told
    assert made[3] in told
    async with desk.database.read() as session:
        assert set(await session.scalars(select(CaseRow.status))) == {"in_review", "submitted"}
    await set_all(desk, made[2], version=7)
    done = await agree(desk)
    assert "2 dossiers changés, 1 refusé." in done
    assert "Changé par quelqu’un entre-temps" in done
    async with desk.database.read() as session:
        closed = list(await session.scalars(select(CaseRow).where(CaseRow.status == "closed")))
        assert sorted(row.reference for row in closed) == sorted(made[:2])
        assert {(row.closure_reason, row.due_at) for row in closed} == {("duplicate", None)}
        line = await cases.show(session, desk.ring, made[0])
        assert line is not None
        assert (line.changes[0].act, line.changes[0].by) == ("status", "c.fictive")
    await set_all(desk, made[1], version=9)
    undone = await undo(desk)
    assert "Annulé pour 1 dossier, 1 refusé." in undone
    assert "Changé depuis : il reste tel quel" in undone
    async with desk.database.read() as session:
        rows = {row.reference: row for row in await session.scalars(select(CaseRow))}
    assert (rows[made[0]].status, rows[made[0]].closure_reason, rows[made[0]].due_at) == ("in_review", None, START)
    assert rows[made[1]].status == "closed"


async def test_each_act_on_many_is_done_once_and_can_be_undone(desk: Desk) -> None:
    await desk.log_in()
    made = await filed(desk, 2)
    async with desk.database.begin() as session:
        me = await session.scalar(select(OfficialRow.id))
        team, problem = IDS.new(START), IDS.new(START)
        session.add(TeamRow(id=team, name="Nord", platforms=[], created_at=START))
        session.add(ProblemRow(id=problem, title="Factures", about=b"", platform_id=None, category=None, created_by=me,
                               created_at=START))  # fmt: skip
        first = (await teams.every(session))[0].id
    acts = {
        "claim": ("", "assignee_id", me), "assign": (str(me), "assignee_id", me), "move": (str(team), "team_id", team),
        "group": (str(problem), "problem_id", problem),
    }  # fmt: skip
    for act, (value, column, expected) in acts.items():
        await set_all(desk, assignee_id=None, team_id=first)
        assert "2 dossiers changeront, 0 refusé." in await choose(desk, act, value, *made)
        assert "2 dossiers changés" in await agree(desk)
        async with desk.database.read() as session:
            assert set(await session.scalars(select(getattr(CaseRow, column)))) == {expected}, act
        because = "Quelqu’un suit déjà" if act == "claim" else "C’est déjà le cas"
        assert because in await choose(desk, act, value, *made)
    await choose(desk, "tag", "  Presse ", made[0])
    await agree(desk)
    async with desk.database.read() as session:
        assert list(await session.scalars(select(CaseTagRow.tag))) == ["presse"]
    await undo(desk)
    async with desk.database.read() as session:
        assert list(await session.scalars(select(CaseTagRow.tag))) == []
    await choose(desk, "snooze", "2026-12-01", made[0])
    await agree(desk)
    assert LISTED.findall(await opened(desk, "/cases")) == [made[1]]
    desk.wait(days=8)


async def test_all_that_a_search_finds_can_be_chosen_and_a_form_sent_twice_acts_once(desk: Desk) -> None:
    await desk.log_in()
    made = await filed(desk, 30)
    await set_all(desk, made[0], status="closed")
    told = await choose(desk, "tag", "lot", scope="all", query="waits=officials")
    assert "29 dossiers changeront, 0 refusé." in told
    plan = desk.page
    await agree(desk)
    first = desk.page.url
    desk.page = plan
    await agree(desk)
    assert desk.page.url == first
    async with desk.database.read() as session:
        assert len(list(await session.scalars(select(CaseChangeRow.id)))) == 29


async def test_after_an_hour_nothing_is_undone(desk: Desk) -> None:
    await desk.log_in()
    made = await filed(desk, 1)
    await choose(desk, "tag", "lot", *made)
    await agree(desk)
    desk.wait(minutes=59)
    assert ">Annuler<" in await opened(desk, desk.page.url.path.removeprefix("/console"))
    desk.wait(minutes=2)
    page = await opened(desk, desk.page.url.path.removeprefix("/console"))
    assert ">Annuler<" not in page
    assert "une heure est passée" in page
    assert (await desk.post(desk.page.url.path.removeprefix("/console") + "/undo", nonce="late")).status_code == 404


async def test_an_agent_may_take_many_and_nothing_else(desk: Desk) -> None:
    await desk.log_in("agent")
    made = await filed(desk, 2)
    await set_all(desk, made[0], status="closed")
    await choose(desk, "close", "duplicate", *made)
    assert desk.page.status_code == 403
    told = await choose(desk, "claim", "", *made)
    assert "1 dossier changera, 1 refusé." in told
    await agree(desk)
    mine = await opened(desk, "/cases?assignee=me")
    assert LISTED.findall(mine) == [made[1]]
    assert 'title="Claire Fictive"' in mine
    assert ">CF<" in mine


@pytest.mark.parametrize(
    ("act", "value", "said"),
    [
        ("tag", "", "Écrivez une étiquette"), ("tag", "x" * 41, "Écrivez une étiquette"),
        ("snooze", "2026-11-01", "Choisissez un jour à venir"), ("snooze", "demain", "Choisissez un jour à venir"),
        ("close", "", "Choisissez le motif"), ("assign", "", "Choisissez à qui"), ("group", "x", "Choisissez le"),
    ],
)  # fmt: skip
async def test_an_act_that_lacks_its_value_is_said(desk: Desk, act: str, value: str, said: str) -> None:
    await desk.log_in()
    made = await filed(desk, 1)
    assert said in await choose(desk, act, value, *made)
    assert desk.page.status_code == 422
    assert "Aucun dossier n’est coché" in await choose(desk, "tag", "lot")
