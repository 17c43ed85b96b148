"""Labelling by keyboard alone: two keys a decision at most, counted, in a real browser."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace

import pytest
from playwright.async_api import Browser, Page, expect
from sqlalchemy import select, update

from console.forms import SESSION_COOKIE
from storage import drawing, officials, samples
from storage.crypto import KeyRing
from storage.database import Database
from storage.drawing import FIRST
from storage.training_tables import SampleRow
from tests.browser import test_desk_axe as desks
from tests.console.conftest import script
from tests.storage.chats import NOW, Chat, drawn

pytestmark = [pytest.mark.full, pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)]
DECISIONS = 20
MOST = 2
"""Keys of a decision."""
STORIES = (
    ("account_suspension", "Ils ont fermé toute ma boutique du jour au lendemain, sans rien expliquer."),
    ("funds_withheld", "Mes ventes de novembre sont bloquées, je n'ai toujours pas été payée."),
    ("fees_commissions", "La commission est passée de 12 à 18 % sans que je sois prévenu."),
    ("reviews_performance", "Un concurrent me met de faux avis chaque semaine."),
)


@dataclass(slots=True, kw_only=True)
class Hand:
    """A keyboard on which every key is counted."""

    page: Page
    keys: list[int] = field(default_factory=list)
    """So many for each decision."""

    async def decide(self, *keys: str) -> None:
        """Press these, and wait until the next message is there."""
        before = await self.page.locator("#deciding").get_attribute("action")
        for key in keys:
            await self.page.keyboard.press(key)
        await expect(self.page.locator(f'form[action="{before}"]')).to_have_count(0)
        self.keys.append(len(keys))


@asynccontextmanager
async def queue(chromium: Browser, database: Database, ring: KeyRing, count: int) -> AsyncIterator[Page]:
    """An administrator's browser at the queue, with so many messages and one more."""
    async with desks.listening(database, ring, "neutral") as desk:
        token = await desk.session("administrator")
        async with database.begin() as session:
            by = await officials.named(session, "fictive.administrator")
            await drawing.set_plan(session, replace(FIRST, size=100), by=by, now=NOW)
            for at in range(count):
                problem, text = STORIES[at % len(STORIES)]
                asked = "Bonjour. Que s'est-il passé ?"
                odds = 0.35 + at / 100
                await Chat(database, ring, f"n{at}", text=text, problem=problem, odds=odds, question=asked).keep(
                    session
                )
        await drawn(database, ring)
        async with database.begin() as session:
            await session.execute(update(SampleRow).values(part="learning"))
        async with await chromium.new_context(locale="fr-FR") as context:
            await context.add_cookies([{"name": SESSION_COOKIE, "value": token, "url": f"{desk.address}/console"}])
            page = await context.new_page()
            await page.goto(f"{desk.address}/console/review")
            yield page


async def test_twenty_decisions_take_two_keys_each_at_most(
    chromium: Browser, database: Database, ring: KeyRing
) -> None:  # fmt: skip
    letter = dict(zip(script().categories, "abcdefhijklmnopqrtvwxyz", strict=False))["terms_change"]
    ways = (("1",), ("0",), (letter, "Enter"), ("s",))
    async with queue(chromium, database, ring, DECISIONS) as page:
        hand = Hand(page=page)
        started = asyncio.get_running_loop().time()
        for at in range(DECISIONS):
            await hand.decide(*ways[at % len(ways)])
        a_minute = 60 * DECISIONS / (asyncio.get_running_loop().time() - started)
    assert len(hand.keys) == DECISIONS
    assert max(hand.keys) <= MOST
    assert a_minute > 15
    async with database.read() as session:
        made = [one.labels[0] for one in await samples.labelled(session, ring)]
        skipped = len((await session.scalars(select(SampleRow).where(SampleRow.status == "skipped"))).all())
    assert (made.count("nothing"), made.count("terms_change"), skipped) == (5, 5, 5)
    assert len(made) == DECISIONS - skipped


async def test_keys_undo_and_find_any_label_by_typing(chromium: Browser, database: Database, ring: KeyRing) -> None:
    async with queue(chromium, database, ring, 1) as page:
        hand = Hand(page=page)
        await hand.decide("0")
        await page.keyboard.press("u")
        await expect(page.locator(".notice")).to_contain_text("Décision annulée")
        await page.keyboard.press("/")
        await page.keyboard.type("controle prix")
        await page.keyboard.press("Enter")
        await page.wait_for_url("**/review")
        await page.get_by_role("link", name="Déjà étiquetés").click()
        await expect(page.locator("tbody tr")).to_contain_text(script().categories["price_control_parity"].label["fr"])


async def test_several_labels_are_chosen_by_their_letters(chromium: Browser, database: Database, ring: KeyRing) -> None:
    letters = dict(zip(script().categories, "abcdefhijklmnopqrtvwxyz", strict=False))
    async with queue(chromium, database, ring, 0) as page:
        await page.keyboard.press(letters["funds_withheld"])
        await page.keyboard.press(letters["account_suspension"])
        await expect(page.locator('[data-guide="account_suspension"]')).to_have_class("lit")
        await page.keyboard.press("Enter")
        await expect(page.locator(".last")).to_be_visible()
    async with database.read() as session:
        (one,) = await samples.labelled(session, ring)
    assert one.labels == ("funds_withheld", "account_suspension")
