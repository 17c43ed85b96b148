"""The chat in a page of another site, whose policy allows nothing but our script and our frame."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from playwright.async_api import Browser, FrameLocator, Locator, Page, expect

from bot.web import create
from tests.bot.site import STORY, Site, listening
from tests.browser.host import hosting
from tests.browser.test_firms import AXE, picture

pytestmark = pytest.mark.full
OPEN, TITLE = "Signaler un problème avec une plateforme", "Conversation avec Portevoix"


@dataclass(slots=True, kw_only=True)
class Lent:
    """Our site, and the page of another that shows our chat."""

    ours: str
    theirs: str
    complaints: list[str] = field(default_factory=list)
    """What the browser finds wrong in either."""

    async def visit(self, browser: Browser, language: str = "fr", **given: Any) -> Page:
        context = await browser.new_context(**{"locale": "fr-FR", **given})
        page = await context.new_page()
        page.on("console", lambda said: self.complaints.append(said.text))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        await page.goto(f"{self.theirs}/?widget={self.ours}&langue={language}")
        return page


@asynccontextmanager
async def lending(site: Site, *named: str) -> AsyncIterator[Lent]:
    """Both sites; the other may frame ours unless only those `named` may."""
    async with hosting() as theirs:
        settings = replace(site.web.state.front.settings, widget_origins=named or (theirs,))
        lent = Site(app=site.app, web=create(site.app, settings))
        async with listening(lent) as ours:
            yield Lent(ours=ours, theirs=theirs)


@pytest.fixture
async def lent(site: Site) -> AsyncIterator[Lent]:
    async with lending(site) as lent:
        yield lent


def opener(page: Page) -> Locator:
    return page.get_by_role("button", name=OPEN)


def chat_of(page: Page) -> FrameLocator:
    return page.frame_locator("iframe")


async def test_a_story_is_told_in_a_page_of_another_site(chromium: Browser, lent: Lent) -> None:
    page = await lent.visit(chromium)
    await picture(page, "widget-closed")
    assert await page.context.cookies() == []
    assert len(page.frames) == 1
    await opener(page).click()
    chat = chat_of(page)
    await expect(chat.get_by_label("Votre message")).to_be_visible()
    assert await page.context.cookies() == []
    await picture(page, "widget-open")
    await chat.get_by_label("Votre message").fill(STORY)
    await chat.get_by_role("button", name="Envoyer le message").click()
    await expect(chat.locator(".line.us").last).to_contain_text("Amazon")
    await expect(chat.locator(".choices button:not(:disabled)").first).to_be_visible()
    await picture(page, "widget-answer")
    (cookie,) = await page.context.cookies()
    assert (cookie["name"], cookie["sameSite"], cookie["secure"]) == ("portevoix_widget", "None", True)
    assert cookie.get("partitionKey")
    await page.reload()
    await opener(page).click()
    await expect(chat.locator(".line.you")).to_have_count(1)
    await page.goto(f"{lent.ours}/widget")
    await expect(page.locator(".line.you")).to_have_count(0)
    assert lent.complaints == []
    await page.context.close()


async def test_it_opens_and_closes_with_the_keyboard_and_gives_the_focus_back(chromium: Browser, lent: Lent) -> None:
    page = await lent.visit(chromium)
    await expect(opener(page)).to_be_visible()
    await page.keyboard.press("Tab")
    await page.keyboard.press("Tab")
    await expect(opener(page)).to_be_focused()
    dialog = page.get_by_role("dialog", name=TITLE)
    await page.keyboard.press("Enter")
    await expect(dialog).to_be_visible()
    await expect(page.locator("iframe")).to_be_focused()
    await expect(chat_of(page).get_by_label("Votre message")).to_be_visible()
    for _ in range(20):
        await page.keyboard.press("Tab")
        if await chat_of(page).locator("#text").evaluate("field => field === document.activeElement"):
            break
    await page.keyboard.type("bonjour")
    await expect(chat_of(page).get_by_label("Votre message")).to_have_value("bonjour")
    await page.keyboard.press("Escape")
    await expect(dialog).to_be_hidden()
    await expect(opener(page)).to_be_focused()
    await page.keyboard.press("Space")
    await expect(chat_of(page).get_by_label("Votre message")).to_have_value("bonjour")
    await page.get_by_role("button", name="Fermer").focus()
    await page.keyboard.press("Escape")
    await expect(opener(page)).to_be_focused()
    await page.keyboard.press("Enter")
    await page.get_by_role("button", name="Fermer").click()
    await expect(dialog).to_be_hidden()
    assert lent.complaints == []
    await page.context.close()


async def test_it_takes_nothing_of_the_page_s_look_and_gives_nothing_to_it(chromium: Browser, lent: Lent) -> None:
    page = await lent.visit(chromium, bypass_csp=True)
    before = await page.locator("h1").evaluate("heading => getComputedStyle(heading).cssText")
    await page.add_style_tag(content="button { font-size: 60px !important; color: red !important } * { margin: 40px }")
    size = await opener(page).evaluate("button => getComputedStyle(button).fontSize")
    assert size == "16px"
    await page.evaluate("document.querySelector('style').remove()")
    await opener(page).click()
    await page.get_by_role("button", name="Fermer").click()
    assert await page.locator("h1").evaluate("heading => getComputedStyle(heading).cssText") == before
    await page.context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_it_is_accessible_closed_and_open(chromium: Browser, lent: Lent, scheme: Any) -> None:
    page = await lent.visit(chromium, bypass_csp=True, color_scheme=scheme, reduced_motion="reduce")
    await expect(opener(page)).to_be_visible()
    assert await faults(page) == []
    await opener(page).click()
    await expect(chat_of(page).get_by_label("Votre message")).to_be_visible()
    await page.frames[1].evaluate(AXE)
    assert await faults(page) == []
    await picture(page, f"widget-{scheme}")
    await page.context.close()


async def faults(page: Page) -> list[str]:
    """What axe finds wrong, in the page and in its frames."""
    await page.evaluate(AXE)
    rules = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
    found: Any = await page.evaluate("rules => axe.run(document, { runOnly: rules })", rules)
    return [f"{one['id']}: {node['target']}" for one in found["violations"] for node in one["nodes"]]


@pytest.mark.parametrize("language", ["fr", "en"])
async def test_it_fits_a_small_telephone_and_four_hundred_per_cent(
    chromium: Browser, lent: Lent, language: str
) -> None:
    page = await lent.visit(chromium, language, viewport={"width": 320, "height": 568}, has_touch=True, is_mobile=True)
    await picture(page, f"widget-phone-closed-{language}")
    await page.get_by_role("button").first.tap()
    chat = chat_of(page)
    await expect(chat.locator("#text")).to_be_visible()
    await expect(chat.locator("html")).to_have_attribute("lang", language)
    assert await page.evaluate("document.documentElement.scrollWidth") <= 320
    assert await page.frames[1].evaluate("document.documentElement.scrollWidth") <= 320
    await picture(page, f"widget-phone-{language}")
    await chat.locator("#text").fill(STORY)
    await chat.locator(".send").tap()
    await expect(chat.locator(".choices button:not(:disabled)").first).to_be_visible()
    assert await page.frames[1].evaluate("document.documentElement.scrollWidth") <= 320
    await picture(page, f"widget-phone-answer-{language}")
    await page.context.close()


async def test_what_is_not_of_the_frame_opens_beside_the_other_site(chromium: Browser, lent: Lent) -> None:
    page = await lent.visit(chromium)
    await opener(page).click()
    async with page.context.expect_page() as opened:
        await chat_of(page).get_by_role("link", name="Confidentialité").last.click()
    privacy = await opened.value
    await expect(privacy.get_by_role("heading", level=1)).to_have_text("Confidentialité")
    await chat_of(page).get_by_role("link", name="Ouvrir le formulaire").click()
    await expect(chat_of(page).get_by_role("heading", level=1)).to_have_text("Le formulaire")
    await chat_of(page).get_by_label("Que s'est-il passé ?").fill(STORY)
    await chat_of(page).get_by_role("button", name="Voir le résumé").click()
    await expect(chat_of(page).locator(".line.us").last).to_contain_text("pas encore envoyé")
    assert lent.complaints == []
    await page.context.close()


async def test_a_site_that_is_not_named_is_told_so_and_shows_nothing(chromium: Browser, site: Site) -> None:
    async with lending(site, "https://other.example") as lent:
        page = await lent.visit(chromium)
        await page.wait_for_load_state("networkidle")
        assert await page.get_by_role("button").count() == 0
        (told,) = lent.complaints
        assert "WIDGET_ORIGINS does not name" in told
        await page.context.close()
