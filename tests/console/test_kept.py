"""What an official sends after their session has ended is kept, shown, and sent once."""

from __future__ import annotations

import html
import re

import httpx
import pytest
from sqlalchemy import update

from console.kept import LONGEST
from storage import officials, references, teams
from storage.desk_tables import OfficialRow
from storage.officials import IDLE
from tests.console.conftest import Desk

FORM = re.compile(r'name="form" value="([^"]*)"')
NONCE = re.compile(r'name="nonce" value="([^"]*)"')
FIELD = re.compile(r'<textarea name="([^"]*)" hidden>\n(.*?)</textarea>', re.DOTALL)
NAME = "Mode & seconde main"


async def sent_too_late(desk: Desk) -> str:
    """Send a form after the session has ended; with what it is kept."""
    await desk.open("/teams")
    found = NONCE.findall(desk.page.text)
    desk.wait(seconds=IDLE.total_seconds())
    page = await desk.post("/teams", name=NAME, nonce=found[-1])
    assert page.status_code == 401
    assert "est gardé" in page.text
    return str(FORM.findall(page.text)[0])


async def send_now(desk: Desk) -> httpx.Response:
    fields = {name: html.unescape(text) for name, text in FIELD.findall(desk.page.text)}
    return await desk.post("/teams", **fields)


async def names(desk: Desk) -> list[str]:
    async with desk.database.read() as session:
        return [team.name for team in await teams.every(session)]


async def test_it_is_shown_after_the_log_in_and_sent_once(desk: Desk) -> None:
    password = await desk.log_in("administrator")
    form = await sent_too_late(desk)
    assert NAME not in await names(desk)
    page = await desk.post("/login", login="c.fictive", password=password, form=form)
    assert page.status_code == 200
    assert html.escape(NAME) in page.text
    assert NAME not in await names(desk)
    shown = desk.page
    assert (await send_now(desk)).url.path.startswith("/console/teams/")
    desk.page = shown
    await send_now(desk)
    assert (await names(desk)).count(NAME) == 1


async def test_of_what_was_sent_only_texts_are_shown_and_its_page_by_name(desk: Desk) -> None:
    await desk.log_in("supervisor")
    await desk.open("/cases")
    before = desk.page
    desk.carry(await another_session(desk))
    desk.page = before
    reference = references.new(2026, b"fiction")
    sent = {"text": "Bonjour", "other": "Deux mots", "seen": "0", "back": "case", "sign": "service", "nonce": "once"}
    page = await desk.post(f"/cases/{reference}/answer", **sent)
    shown = re.findall(r"<dt>(.*?)</dt><dd dir=.auto.>(.*?)</dd>", page.text)
    assert shown == [("Texte", "Bonjour"), ("Texte", "Deux mots")]
    assert f"<strong>Dossier {reference}</strong>" in page.text
    assert FIELD.findall(page.text) == list(sent.items())


async def test_it_outlives_a_wrong_password_and_another_official_may_send_it(desk: Desk) -> None:
    await desk.log_in("administrator")
    other = await officials.create(
        desk.database, login="a.autre", name="Anne Autre", role="administrator", now=desk.now
    )
    form = await sent_too_late(desk)
    page = await desk.post("/login", login="a.autre", password="pas celui-là", form=form)
    form = FORM.findall(page.text)[0]
    page = await desk.post("/login", login="a.autre", password=other, form=form)
    assert "ne sert qu’une fois" in page.text
    form, chosen = FORM.findall(page.text)[0], "quatre bateaux verts dorment"
    page = await desk.post("/password", current=other, new=chosen, again=chosen, form=form)
    assert html.escape(NAME) in page.text
    await send_now(desk)
    assert NAME in await names(desk)


async def test_a_form_of_an_earlier_session_is_shown_again_rather_than_lost(desk: Desk) -> None:
    await desk.log_in("administrator")
    page = await desk.open("/teams")
    found = NONCE.findall(page.text)[-1]
    desk.carry(await another_session(desk))
    desk.page = page
    page = await desk.post("/teams", name=NAME, nonce=found)
    assert page.status_code == 403
    assert html.escape(NAME) in page.text
    assert NAME not in await names(desk)
    await send_now(desk)
    assert NAME in await names(desk)


async def another_session(desk: Desk) -> str:
    given = await officials.reset(desk.database, "c.fictive")
    async with desk.database.begin() as session:
        await session.execute(update(OfficialRow).values(must_change=False))
    return await officials.log_in(desk.database, login="c.fictive", password=given, now=desk.now) or ""


@pytest.mark.parametrize("spoilt", ["zu alt", "verändert"])
async def test_what_is_too_old_or_was_altered_is_not_shown(desk: Desk, spoilt: str) -> None:
    password = await desk.log_in("administrator")
    form = await sent_too_late(desk)
    if spoilt == "zu alt":
        desk.wait(seconds=LONGEST.total_seconds() + 1)
    else:
        form = form[:-8] + "AAAAAAA="
    page = await desk.post("/login", login="c.fictive", password=password, form=form)
    assert page.url.path == "/console/"


async def test_nothing_is_kept_that_another_site_posts_or_that_holds_a_password(desk: Desk) -> None:
    await desk.log_in("administrator")
    await desk.open("/login")
    desk.wait(seconds=IDLE.total_seconds())
    posted = {"name": NAME, "nonce": "x"}
    foreign = await desk.browser.post("/console/teams", data=posted, headers={"sec-fetch-site": "cross-site"})
    assert foreign.status_code == 303
    assert (await desk.browser.post("/console/password", data={"new": "geheim"})).status_code == 303
    desk.browser.cookies.clear()
    assert (await desk.browser.post("/console/teams", data=posted)).status_code == 303
