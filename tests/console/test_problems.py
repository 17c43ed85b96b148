"""Officials name what happens to many firms, put cases under it, and read how far it reaches."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from html import unescape

import pytest
from sqlalchemy import select

from storage import cases, handling, problems, references
from storage.access import Official
from storage.desk_tables import OfficialRow
from storage.handling import Change
from storage.problems import Naming
from stories.types import Answer
from tests.console import firm
from tests.console.conftest import START, Desk

BOSS = Official(id=1, login="c.fictive", name="Claire Fictive", role="supervisor")
TITLE = "Comptes fermés sans préavis"
NONCE = re.compile(r'name="nonce" value="([^"]*)"')


def reference(number: int) -> str:
    return references.new(2026, number.to_bytes(4))


async def file(desk: Desk, number: int, *, days: int = 0, **fields: Answer) -> int:
    """A case filed so many days ago; its id."""
    case = firm.case(reference(number))
    case = replace(case, fields={**case.fields, **fields}, filed_at=START - timedelta(days=days, hours=1))
    await firm.file(desk.database, desk.ring, case, ())
    async with desk.database.read() as session:
        filed = await cases.show(session, desk.ring, case.reference)
    assert filed is not None
    return filed.line.id


async def line(desk: Desk, number: int) -> cases.CaseLine:
    async with desk.database.read() as session:
        filed = await cases.show(session, desk.ring, reference(number))
    assert filed is not None
    return filed.line


async def name(desk: Desk, title: str = TITLE, **more: str) -> int:
    """Name a problem in the console; its id."""
    await desk.open("/problems/new")
    await submit(desk, "/problems/new", title=title, about="Amazon ferme d'un jour à l'autre.", **more)
    found = re.fullmatch(r"/console/problems/(\d+)", desk.page.url.path)
    assert found is not None, desk.page.text
    return int(found[1])


async def submit(desk: Desk, path: str, **fields: str) -> str:
    """Send a form of the page that is shown, as one of a kind."""
    nonce = NONCE.findall(desk.page.text)
    page = await desk.post(path, **{"nonce": nonce[-1] if nonce else "n", **fields})
    return said(page.text)


def said(html: str) -> str:
    """The words of a page."""
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", html.split("<main", 1)[1])).split())


async def put(desk: Desk, number: int, problem: int) -> None:
    async with desk.database.begin() as session:
        found = await cases.show(session, desk.ring, reference(number))
        assert found is not None
        await problems.put(session, desk.ring, found.line.id, problem, by=BOSS, at=desk.now, version=None)


async def test_a_problem_is_named_from_a_case_and_the_case_is_under_it(desk: Desk) -> None:
    await desk.log_in("agent")
    await file(desk, 1)
    await desk.open(f"/cases/{reference(1)}")
    assert "rattaché à aucun problème" in said(desk.page.text)
    await desk.open(f"/cases/{reference(1)}/problem")
    shown = await submit(
        desk, f"/cases/{reference(1)}/problem", problem="new", title=f"  {TITLE} ", about="Du jour au lendemain.",
        platform="amazon", category="account_suspension", version="0",
    )  # fmt: skip
    assert TITLE in shown
    found = await line(desk, 1)
    assert found.problem_id is not None
    page = said((await desk.open(f"/problems/{found.problem_id}")).text)
    assert "Du jour au lendemain." in page
    assert "Entreprises distinctes 1" in page
    assert f"a rattaché {reference(1)}" in page
    async with desk.database.read() as session:
        filed = await cases.show(session, desk.ring, reference(1))
    assert filed is not None
    assert filed.changes[-1].act == "grouped"
    assert filed.changes[-1].changes.about["title"] == TITLE


async def test_open_problems_of_the_same_platform_come_first(desk: Desk) -> None:
    await desk.log_in("agent")
    await file(desk, 1)
    await name(desk, "Frais imposés", platform="etsy", category="fees_commissions")
    await name(desk, "Factures hors d'atteinte", platform="amazon")
    closed = await name(desk, "Vieille affaire", platform="amazon")
    await submit(desk, f"/problems/{closed}/close", version="0")
    offered = re.findall(r'<option value="\d+">([^<(]*)', (await desk.open(f"/cases/{reference(1)}")).text)
    assert [unescape(one.strip()) for one in offered] == ["Factures hors d'atteinte", "Frais imposés"]


async def test_a_case_is_under_one_problem_at_a_time_and_can_be_taken_out(desk: Desk) -> None:
    await desk.log_in("agent")
    await file(desk, 1)
    first, second = await name(desk), await name(desk, "Autre problème")
    for problem in (first, second):
        await desk.open(f"/cases/{reference(1)}")
        version = str((await line(desk, 1)).version)
        await submit(desk, f"/cases/{reference(1)}/problem", problem=str(problem), version=version)
        assert (await line(desk, 1)).problem_id == problem
    assert "a détaché" in said((await desk.open(f"/problems/{first}")).text)
    await desk.open(f"/cases/{reference(1)}")
    await submit(desk, f"/cases/{reference(1)}/problem/out", version=str((await line(desk, 1)).version))
    assert (await line(desk, 1)).problem_id is None
    assert "Dossiers 0" in said((await desk.open(f"/problems/{second}")).text)


async def test_who_grouped_meanwhile_is_told_and_nothing_is_lost(desk: Desk) -> None:
    await desk.log_in("agent")
    case_id = await file(desk, 1)
    await desk.open(f"/cases/{reference(1)}/problem")
    async with desk.database.begin() as session:
        await handling.change(session, desk.ring, case_id, Change(deed="tagged", by="m.ailleurs", at=desk.now))
    fields = {"problem": "new", "title": TITLE, "about": "Mes mots.", "version": "0"}
    shown = await submit(desk, f"/cases/{reference(1)}/problem", **fields)
    assert desk.page.status_code == 409
    assert "m.ailleurs" in shown
    assert f'value="{TITLE}"' in desk.page.text
    assert "Mes mots." in shown
    assert (await line(desk, 1)).problem_id is None
    async with desk.database.read() as session:
        assert await problems.every(session) == []
    version = re.findall(r'name="version" value="(\d+)"', desk.page.text)[-1]
    await submit(desk, f"/cases/{reference(1)}/problem", **{**fields, "version": version})
    assert (await line(desk, 1)).problem_id is not None


async def test_a_form_sent_twice_names_one_problem(desk: Desk) -> None:
    await desk.log_in("agent")
    await desk.open("/problems/new")
    nonce = NONCE.findall(desk.page.text)[-1]
    for _ in range(2):
        await desk.open("/problems/new")
        await desk.post("/problems/new", nonce=nonce, title=TITLE, about="")
    async with desk.database.read() as session:
        assert len(await problems.every(session)) == 1


async def test_the_page_counts_firms_losses_and_weeks(desk: Desk) -> None:
    await desk.log_in()
    siren = Answer(value="732829320", confirmed=True)
    told = Answer(value=1000, approx=True)
    await file(desk, 1, siren=siren, loss_eur=told)
    await file(desk, 2, days=3, siren=siren, loss_eur=Answer(value=3000, confirmed=True))
    last = await file(desk, 3, days=9, loss_eur=Answer(value=9000, confirmed=True))
    await file(desk, 4, days=200)
    gone = await file(desk, 5, days=1)
    problem = await name(desk)
    for number in range(1, 6):
        await put(desk, number, problem)
    async with desk.database.begin() as session:
        checked = {"field": "loss_eur", "on": "note:1", "holds": True}
        for case_id, change in (
            (last, Change(deed="verified", by="c.fictive", at=desk.now, about=checked)),
            (last, Change(deed="replied", by="c.fictive", at=desk.now)),
            (gone, Change(deed="amended", by="person", at=desk.now, status="withdrawn")),
        ):
            await handling.change(session, desk.ring, case_id, change)
    page = said((await desk.open(f"/problems/{problem}")).text)
    assert "Entreprises distinctes 3 Dossiers 4" in page
    assert "retirés, non comptés : 1" in page
    assert "7 derniers jours 2 contre 0,2 par semaine avant" in page
    assert "médiane 3 000 € de 1 000 € à 9 000 €" in page
    assert "3 montants : dits : 1 · confirmés par l’entreprise : 1 · vérifiés sur pièce : 1" in page
    assert "dont 1 approché" in page
    assert "25 %" in page
    assert "1 sur 4" in page
    assert "compte 4" in page
    weeks = re.findall(r'class="count[^"]*"[^>]*>(\d+)<', desk.page.text.split('class="weeks"')[1].split("</table>")[0])
    assert weeks == ["0"] * 10 + ["1", "2"]
    links = re.findall(r'class="count" href="/console(/cases[^"]*)">(\d+)<', desk.page.text)
    assert len(links) >= 6, "firms first, then cases"
    for href, count in links[1:]:
        listed = (await desk.open(unescape(href))).text
        found = len(set(re.findall(r"PV-2026-\w{5}-\w", listed)))
        assert found - ("PV-2026-00005" in listed and "withdrawn" not in href) == int(count), href


async def test_analysts_read_figures_and_neither_small_counts_nor_cases(desk: Desk) -> None:
    await desk.log_in("analyst")
    async with desk.database.begin() as session:
        who = await session.scalar(select(OfficialRow.id))
        analyst = Official(id=who or 0, login="c.fictive", name="", role="analyst")
        naming = Naming(title=TITLE, about="La boutique du Moulin.", platform_id="amazon")
        problem = await problems.create(session, desk.ring, naming, by=analyst, at=desk.now)
    for number in range(1, 9):
        await file(desk, number, days=9 if number > 6 else 0, loss_eur=Answer(value=number * 1000))
        await put(desk, number, problem)
    for path in ("/problems", f"/problems/{problem}", "/"):
        page = (await desk.open(path)).text
        assert "PV-2026" not in page
        assert "/cases" not in page
        assert "Moulin" not in page
    page = said((await desk.open(f"/problems/{problem}")).text)
    assert "Dossiers 8" in page
    assert "médiane 4 500 €" in page
    assert "8 000 €" not in page
    weeks = re.findall(r'class="count[^"]*"[^>]*>([^<]+)<', desk.page.text.split('class="weeks"')[1])[:12]
    assert weeks == ["0"] * 10 + ["&lt; 5", "masqué"]
    bars = re.findall(r'height="(\d+)"/></svg>', desk.page.text)
    assert bars[-1] == bars[-2], "nor does the chart tell"


async def test_two_problems_become_one_and_the_cases_keep_their_history(desk: Desk) -> None:
    await desk.log_in()
    gone, kept = await name(desk, "Comptes coupés"), await name(desk)
    await file(desk, 1)
    await put(desk, 1, gone)
    await desk.open(f"/problems/{gone}")
    page = await submit(desk, f"/problems/{gone}/merge", into=str(kept))
    assert "a réuni ici « Comptes coupés »" in page
    assert (await line(desk, 1)).problem_id == kept
    assert "rejoint un autre problème" in said((await desk.open(f"/problems/{gone}")).text)
    page = await submit(desk, f"/problems/{gone}/reopen", version="1")
    assert "déjà rejoint" in page
    assert "Comptes coupés" not in said((await desk.open("/problems?state=all")).text)


async def test_the_list_begins_with_what_hits_most_firms_this_month(desk: Desk) -> None:
    await desk.log_in()
    small, large, old = await name(desk, "Petit"), await name(desk, "Grand"), await name(desk, "Ancien")
    for number, (problem, days) in enumerate([(small, 2), (large, 1), (large, 2), (large, 3), (old, 60)]):
        await file(desk, number, days=days)
        await put(desk, number, problem)
    page = said((await desk.open("/problems")).text)
    assert page.index("Grand") < page.index("Petit") < page.index("Ancien")
    assert "3 contre 0 par semaine avant en hausse" in page
    assert "Aucun problème ne correspond" in said((await desk.open("/problems?platform=etsy")).text)


@pytest.mark.parametrize("path", ["/problems/7", "/problems/x", "/problems/7/name", f"/cases/{reference(1)}/problem"])
async def test_what_there_is_not_is_not_found(desk: Desk, path: str) -> None:
    await desk.log_in()
    assert (await desk.open(path)).status_code == 404


async def test_a_problem_without_a_title_is_not_made(desk: Desk) -> None:
    await desk.log_in("agent")
    await desk.open("/problems/new")
    page = await submit(desk, "/problems/new", title="  ", about="Du texte.")
    assert "Il faut un titre" in page
    assert "Du texte." in page
