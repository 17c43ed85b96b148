"""Whoever filed a case, began another and erased that draft erased the filed case's words and files too."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from sqlalchemy import select

from bot.delivery import SLOW, deliver
from storage import cases, conversations
from storage.crypto import KeyRing
from storage.database import Database
from storage.tables import AttachmentRow
from tests.bot.samples import PDF
from tests.bot.site import STORY, Site, opened
from tests.stories.talk import script


@pytest.fixture
async def site(database: Database, ring: KeyRing) -> AsyncIterator[Site]:
    async with opened(database, ring, script()) as site:
        yield site


async def test_erasing_a_later_draft_leaves_what_was_filed_before(site: Site) -> None:
    async with site.browser() as browser:
        await browser.post("/messages", data={"text": STORY})
        await browser.post("/messages", files=[("file", ("relevé.pdf", PDF))])
        await browser.post("/messages", data={"choice": "share_platform=no"})
        await browser.post("/messages", data={"choice": "send"})
        for text in ("nouveau dossier", "oui", "ebay ne me paie plus depuis mars", "effacer", "oui"):
            page = await browser.post("/messages", data={"text": text})
        assert "effacé" in page.text
    await deliver(site.app, kinds=SLOW)
    async with site.app.database.read() as session:
        (line,) = await cases.find(session)
        filed = await cases.show(session, site.app.ring, line.reference)
        assert filed is not None
        assert filed.lane is not None
        said = [one.text for one in await conversations.transcript(session, site.app.ring, filed.lane)]
        kept = list(await session.scalars(select(AttachmentRow.status)))
    assert STORY in said
    assert "ebay ne me paie plus depuis mars" not in said
    assert kept == ["kept"]
