"""A case filed on Telegram was opened on the page by its code; a file sent there was seen by no official."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest

from bot.delivery import SLOW, deliver
from storage import references
from storage.crypto import KeyRing
from storage.database import Database
from tests.bot.samples import PDF
from tests.bot.site import Site, opened
from tests.bot.test_reopening import ELSEWHERE, file_elsewhere, reopen
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
