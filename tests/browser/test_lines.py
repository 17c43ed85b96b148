"""How the lines of an official look to the firm."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.async_api import Browser, expect
from sqlalchemy import select

from storage.replies import reply
from storage.tables import ConversationRow
from tests.bot.site import Site
from tests.browser.test_firms import file_a_case

pytestmark = pytest.mark.full
WORDS = "Bonjour,\n\nNous lisons votre dossier.\nÀ bientôt."


@pytest.mark.parametrize("scripts", [True, False])
async def test_the_paragraphs_of_an_official_stay_apart(
    chromium: Browser, address: str, site: Site, scripts: Any
) -> None:
    context = await chromium.new_context(locale="fr-FR")
    first = await context.new_page()
    await file_a_case(first, address)
    async with site.app.database.begin() as session:
        lane = (await session.scalars(select(ConversationRow.lane))).one()
        await reply(session, site.app.ring, lane, WORDS, now=site.app.clock())
    again = await chromium.new_context(
        locale="fr-FR", java_script_enabled=scripts, storage_state=await context.storage_state()
    )
    page = await again.new_page()
    await page.goto(address)
    line = page.locator(".line.official .said")
    await expect(line).to_be_visible()
    assert await line.inner_text() == WORDS
