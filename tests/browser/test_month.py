"""A month: a new practice appears, is seen, named, labelled, learnt, put into service, and rolled back."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from playwright.async_api import Browser

from bot.settings import read
from tests.browser import month
from tests.browser.month import PRACTICE, TOLD, WANTED, Month

pytestmark = pytest.mark.full
SOON = 5.0
"""Seconds in which a roll-back holds."""


async def test_a_new_practice_is_seen_named_learnt_put_into_service_and_rolled_back(
    chromium: Browser, tmp_path: Path
) -> None:  # fmt: skip
    async with month.served(read({"PORTEVOIX_HOME": str(tmp_path)})) as (address, password):
        context = await chromium.new_context(locale="fr-FR", viewport={"width": 1280, "height": 900})
        walk = Month(page=await context.new_page(), address=address)
        await walk.log_in(password)
        first = await walk.live()
        assert await walk.in_service() == first
        assert "hésit" in await walk.see_the_drift()
        await walk.name_the_practice()
        await walk.draw_more()
        await walk.label()
        assert walk.decisions == WANTED
        assert max(walk.keys) <= 2
        version = await walk.train()
        assert version != first
        said = await walk.promote(version)
        assert "Conseil : mettre en service" in said
        await asyncio.sleep(SOON)
        assert await walk.in_service() == version
        assert "Opérations commerciales imposées" in await walk.try_out(TOLD)
        await walk.roll_back()
        await asyncio.sleep(SOON)
        assert await walk.in_service() == await walk.live() == first
        assert PRACTICE not in await walk.try_out(TOLD)
        await context.close()
