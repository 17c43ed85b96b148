"""Those who manage accounts make, change and close them, and no case is left without somebody."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import select, update

from storage import cases, officials, references, teams
from storage.access import Role
from storage.desk_tables import CaseChangeRow, CaseRow, OfficialRow
from storage.officials import FREE_ATTEMPTS
from tests.console import firm
from tests.console.conftest import Desk

PASSWORD = re.compile(r'class="codes"><code>([^<]+)</code>')
NONCE = re.compile(r'name="nonce" value="([^"]*)"')


async def team(desk: Desk) -> int:
    async with desk.database.read() as session:
        return (await teams.every(session))[0].id


async def made(desk: Desk, login: str, role: Role = "agent", team_id: int | None = None) -> int:
    given = team_id if team_id is not None else await team(desk)
    await officials.create(desk.database, login=login, name=login.title(), role=role, now=desk.now, team_id=given)
    async with desk.database.read() as session:
        return await officials.named(session, login)


async def send(desk: Desk, path: str, **fields: str) -> str:
    """Send a form of the page that is shown; what the page after it says."""
    return (await desk.post(path, **{"nonce": NONCE.findall(desk.page.text)[0], **fields})).text


async def assigned(desk: Desk, official: int, count: int) -> list[str]:
    """Cases that this official has to do with."""
    made_here = [references.new(2026, f"fiction{n}".encode()) for n in range(count)]
    for reference in made_here:
        await firm.file(desk.database, desk.ring, firm.case(reference), ())
    async with desk.database.begin() as session:
        await session.execute(update(CaseRow).values(assignee_id=official))
    return made_here


async def test_the_first_administrator_is_told_that_nobody_reads_cases_yet(desk: Desk) -> None:
    await desk.log_in("administrator")
    page = await desk.open("/accounts")
    assert "Personne ne peut encore lire les dossiers." in page.text
    await made(desk, "a.fictif")
    assert "Personne ne peut encore lire les dossiers." not in (await desk.open("/accounts")).text


async def test_a_new_account_gets_a_password_that_is_shown_once(desk: Desk) -> None:
    await desk.log_in("administrator")
    await desk.open("/accounts/new")
    nonce = NONCE.findall(desk.page.text)[0]
    fields = {"name": "Alain Fictif", "login": "A.Fictif", "role": "agent", "team": str(await team(desk))}
    form = desk.page
    said = (await desk.post("/accounts/new", nonce=nonce, **fields)).text
    found = PASSWORD.search(said)
    assert found is not None
    assert await officials.log_in(desk.database, login="a.fictif", password=found[1], now=desk.now) is not None
    desk.page = form
    again = await desk.post("/accounts/new", nonce=nonce, **fields)
    assert again.status_code == 200
    assert not PASSWORD.search(again.text)
    assert found[1] not in again.text


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"login": "<b>"}, "Cet identifiant ne convient pas"),
        ({"login": "c.fictive"}, "Cet identifiant a déjà un compte."),
        ({"role": "roi"}, "Choisissez un rôle."),
        ({"team": ""}, "Un agent doit avoir une équipe"),
    ],
)
async def test_why_an_account_is_not_made_is_said_and_nothing_typed_is_lost(
    desk: Desk, fields: dict[str, str], said: str
) -> None:
    await desk.log_in("administrator")
    await desk.open("/accounts/new")
    given = {"name": "Alain Fictif", "login": "a.fictif", "role": "agent", "team": str(await team(desk))} | fields
    text = await send(desk, "/accounts/new", **given)
    assert desk.page.status_code == 422
    assert said in text
    assert 'value="Alain Fictif"' in text


async def test_the_last_administrator_stays_one(desk: Desk) -> None:
    await desk.log_in("administrator")
    async with desk.database.read() as session:
        own = await officials.named(session, "c.fictive")
    await desk.open(f"/accounts/{own}")
    assert "dernier administrateur" in await send(desk, f"/accounts/{own}/close")
    assert "dernier administrateur" in await send(desk, f"/accounts/{own}", name="Claire", role="analyst", team="")
    other = await made(desk, "a.autre", "administrator")
    await desk.open(f"/accounts/{own}")
    await send(desk, f"/accounts/{own}", name="Claire", role="analyst", team="")
    assert (await desk.open(f"/accounts/{other}")).status_code == 403


async def test_who_is_closed_out_reads_nothing_more_and_logs_in_no_more(desk: Desk) -> None:
    password = await desk.log_in("administrator")
    await made(desk, "a.autre", "administrator")
    async with desk.database.read() as session:
        own = await officials.named(session, "c.fictive")
    await desk.open(f"/accounts/{own}")
    await send(desk, f"/accounts/{own}/close")
    assert desk.page.url.path == "/console/login"
    assert await officials.log_in(desk.database, login="c.fictive", password=password, now=desk.now) is None


async def test_a_closed_account_is_reopened(desk: Desk) -> None:
    await desk.log_in("dpo_admin")
    agent = await made(desk, "a.fictif")
    await desk.open(f"/accounts/{agent}")
    assert "Le compte est fermé." in await send(desk, f"/accounts/{agent}/close")
    assert "Le compte est rouvert." in await send(desk, f"/accounts/{agent}/reopen")


async def test_a_locked_account_is_seen_and_unlocked(desk: Desk) -> None:
    await desk.log_in("administrator")
    agent = await made(desk, "a.fictif")
    for _ in range(FREE_ATTEMPTS + 1):
        await officials.log_in(desk.database, login="a.fictif", password="pas celui-là", now=desk.now)
    assert "bloqué jusqu’au" in (await desk.open("/accounts")).text
    await desk.open(f"/accounts/{agent}")
    assert "Le compte est débloqué." in await send(desk, f"/accounts/{agent}/unlock")
    assert "bloqué jusqu’au" not in (await desk.open("/accounts")).text


async def test_a_reset_gives_a_new_password_and_a_lost_factor_is_taken_off(desk: Desk) -> None:
    await desk.log_in("administrator")
    agent = await made(desk, "a.fictif")
    async with desk.database.begin() as session:
        await session.execute(update(OfficialRow).where(OfficialRow.id == agent).values(totp=b"x", totp_step=1))
    await desk.open(f"/accounts/{agent}")
    assert "Le deuxième facteur est retiré." in await send(desk, f"/accounts/{agent}/factor")
    found = PASSWORD.search(await send(desk, f"/accounts/{agent}/password"))
    assert found is not None
    assert await officials.log_in(desk.database, login="a.fictif", password=found[1], now=desk.now) is not None


async def test_the_cases_of_a_closed_account_are_handed_over_or_put_back_and_it_is_written_down(desk: Desk) -> None:
    await desk.log_in("administrator")
    leaves, takes = await made(desk, "a.part"), await made(desk, "b.reste")
    await assigned(desk, leaves, 2)
    await desk.open(f"/accounts/{leaves}")
    assert "2 dossiers attribués" in await send(desk, f"/accounts/{leaves}/close")
    assert "2 dossiers confiés." in await send(desk, f"/accounts/{leaves}/cases", to=str(takes))
    await desk.open(f"/accounts/{takes}")
    assert "2 dossiers confiés." in await send(desk, f"/accounts/{takes}/cases", to="queue")
    async with desk.database.read() as session:
        assert set((await session.scalars(select(CaseRow.assignee_id))).all()) == {None}
        written = (await session.scalars(select(CaseChangeRow.by).where(CaseChangeRow.act == "assigned"))).all()
    assert list(written) == ["c.fictive"] * 4


async def test_cases_that_the_other_may_not_read_stay_and_it_is_said(desk: Desk) -> None:
    await desk.log_in("administrator")
    async with desk.database.begin() as session:
        elsewhere = await teams.create(session, "Ailleurs", desk.now)
    leaves, takes = await made(desk, "a.part"), await made(desk, "b.reste", team_id=elsewhere)
    await assigned(desk, leaves, 1)
    await desk.open(f"/accounts/{leaves}")
    assert "1 est resté" in await send(desk, f"/accounts/{leaves}/cases", to=str(takes))
    await desk.open(f"/accounts/{leaves}")
    assert "Choisissez à qui" in await send(desk, f"/accounts/{leaves}/cases", to="123")


async def test_a_team_takes_the_platforms_it_is_given_from_then_on(desk: Desk) -> None:
    await desk.log_in("administrator")
    first, second = (references.new(2026, word) for word in (b"fiction1", b"fiction2"))
    await firm.file(desk.database, desk.ring, firm.case(first), ())
    await desk.open("/teams")
    await send(desk, "/teams", name="Amazon")
    path = desk.page.url.path.removeprefix("/console")
    assert "C’est enregistré." in await send(desk, path, name="Équipe Amazon", platform="amazon")
    await firm.file(desk.database, desk.ring, firm.case(second), ())
    async with desk.database.read() as session:
        known = {one.id: one.name for one in await teams.every(session)}
        found = [(await cases.show(session, desk.ring, one)) for one in (first, second)]
    assert [known[one.line.team_id or 0] for one in found if one] == ["Accueil", "Équipe Amazon"]
    listed = (await desk.open("/teams")).text
    assert "Tout ce qu’aucune autre équipe ne prend" in listed
    assert "Amazon" in listed


async def test_two_teams_have_neither_one_name_nor_one_platform(desk: Desk) -> None:
    await desk.log_in("administrator")
    async with desk.database.begin() as session:
        one, two = [await teams.create(session, name, desk.now) for name in ("Une", "Deux")]
        await teams.change(session, one, name="Une", platforms=["etsy"])
    await desk.open(f"/teams/{two}")
    assert "aujourd’hui : Une" in desk.page.text
    assert "déjà ce nom" in await send(desk, f"/teams/{two}", name="Une", platform="etsy")
    await send(desk, f"/teams/{two}", name="Deux", platform="etsy")
    async with desk.database.read() as session:
        held = {team.name: team.platforms for team in await teams.every(session)}
    assert (held["Une"], held["Deux"]) == ((), ("etsy",))
