"""What a firm wrote or sent where it took its case up was seen by no official, and what it told of another was."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator

import httpx
import pytest

from bot.delivery import SLOW, deliver
from storage import cases, indexing, references, replies
from storage.crypto import KeyRing
from storage.database import Database
from tests.bot.samples import PDF
from tests.bot.site import STORY, Site, buttons_of, opened
from tests.bot.test_receipt import file_by_buttons
from tests.bot.test_reopening import ELSEWHERE, file_elsewhere, give_code, reopen
from tests.console import firm
from tests.console.conftest import Desk
from tests.stories.talk import script

OTHER = references.new(2026, b"other")


@pytest.fixture
async def site(database: Database, ring: KeyRing) -> AsyncIterator[Site]:
    async with opened(database, ring, script()) as site:
        yield site


@pytest.fixture
async def desk(site: Site, database: Database, ring: KeyRing) -> AsyncIterator[Desk]:
    transport = httpx.ASGITransport(app=site.web)
    async with httpx.AsyncClient(transport=transport, base_url="http://portevoix.example") as browser:
        desk = Desk(browser, database, ring, site.app.files, now=site.app.clock())
        await desk.log_in("agent")
        yield desk


async def test_a_file_sent_after_a_case_was_taken_up_is_on_its_page_and_opens(site: Site, desk: Desk) -> None:
    await file_elsewhere(site)
    await firm.file(site.app.database, site.app.ring, firm.case(OTHER), told=())
    async with site.browser() as browser:
        await reopen(browser, ELSEWHERE)
        await browser.post("/messages", files=[("file", ("relevé.pdf", PDF))])
    await deliver(site.app, kinds=SLOW)
    page = await desk.open(f"/cases/{ELSEWHERE}")
    assert "relevé.pdf" in page.text
    path = page.text.partition(f'href="/console/cases/{ELSEWHERE}/files/')[2].partition('"')[0]
    assert (await desk.open(f"/cases/{ELSEWHERE}/files/{path}")).content == PDF
    assert (await desk.open(f"/cases/{OTHER}/files/{path}")).status_code == 404
    assert "relevé.pdf" not in (await desk.open(f"/cases/{OTHER}")).text


async def test_what_is_said_where_a_case_was_taken_up_stands_on_its_page_in_order_and_is_found(
    site: Site, desk: Desk
) -> None:
    await firm.file(site.app.database, site.app.ring, firm.case(ELSEWHERE, channel="telegram"))
    await give_code(site, ELSEWHERE)
    async with site.browser() as browser:
        await reopen(browser, ELSEWHERE)
        await browser.post("/messages", data={"text": "depuis hier ils bloquent aussi mes palettes de novembre"})
    async with site.app.database.begin() as session:
        await indexing.index(session, site.app.ring, desk.now)
    page = (await desk.open(f"/cases/{ELSEWHERE}")).text
    conversation = page.partition('id="transcript"')[2].partition('class="work"')[0]
    assert conversation.index("veut tout avant le 20") < conversation.index("palettes de novembre")
    assert ELSEWHERE in (await desk.open("/cases?q=palettes")).text


async def file_another(browser: httpx.AsyncClient, first: str) -> str:
    """Tell another story and press what is offered until it is sent; the reference."""
    page = await browser.post("/messages", data={"text": STORY})
    for _ in range(3):
        offered = buttons_of(page.text)
        wanted = next((one for one in ("send", "share_platform=no") if one in offered), offered[0])
        page = await browser.post("/messages", data={"choice": wanted})
    (found,) = set(re.findall(r"PV-[0-9]{4}-[0-9A-Z]{5}-[0-9A-Z]", page.text)) - {first}
    return str(found)


async def test_what_is_sent_with_a_new_story_is_not_shown_with_the_case_before(site: Site, desk: Desk) -> None:
    async with site.browser() as browser:
        _, first = await file_by_buttons(browser)
        await browser.post("/messages", files=[("file", ("premier.pdf", PDF))])
        await browser.post("/messages", data={"text": "nouveau dossier"})
        await browser.post("/messages", files=[("file", ("second.pdf", PDF))])
        page = (await desk.open(f"/cases/{first}")).text
        assert "premier.pdf" in page
        assert "second.pdf" not in page
        second = await file_another(browser, first)
    await deliver(site.app, kinds=SLOW)
    page = (await desk.open(f"/cases/{second}")).text
    assert "second.pdf" in page
    assert "premier.pdf" not in page
    path = page.partition(f'href="/console/cases/{second}/files/')[2].partition('"')[0]
    assert (await desk.open(f"/cases/{second}/files/{path}")).content == PDF
    assert (await desk.open(f"/cases/{first}/files/{path}")).status_code == 404


async def test_an_official_s_answer_and_what_follows_it_stay_with_the_case_whatever_was_begun_meanwhile(
    site: Site, desk: Desk
) -> None:
    async with site.browser() as browser:
        _, first = await file_by_buttons(browser)
        for text in ("nouveau dossier", "etsy me facture une publicité"):
            await browser.post("/messages", data={"text": text})
        async with site.app.database.begin() as session:
            filed = await cases.show(session, site.app.ring, first)
            assert filed is not None
            await replies.reply(
                session, site.app.ring, filed.lane or "", "Avez-vous reçu le courrier ?", now=site.app.clock()
            )
        await browser.post("/messages", data={"text": "oui le courrier est bien arrivé"})
    page = (await desk.open(f"/cases/{first}")).text
    assert "Avez-vous reçu le courrier" in page
    assert "courrier est bien arrivé" in page
    assert "etsy me facture" not in page
