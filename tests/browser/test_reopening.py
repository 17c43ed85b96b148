"""A case opened again in a second browser, by keyboard, without JavaScript, on a small telephone."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.async_api import Browser, Page, expect

from tests.bot.site import Site
from tests.bot.test_reopening import CODE, ELSEWHERE, file_elsewhere
from tests.browser.test_firms import faults, file_a_case, picture, tell

pytestmark = pytest.mark.full


async def code_of(page: Page) -> tuple[str, str]:
    """The reference of the case that this browser filed, and a fresh access code."""
    await tell(page, "mon code")
    said = page.locator(".line.us").last
    await expect(said).to_contain_text("Code d'accès pour")
    text = await said.inner_text()
    found = re.search(r"(PV-[0-9A-Z-]+) : (\d{4} \d{4} \d{4} \d{4})", text.replace("\u00a0", " "))
    assert found, text
    return found[1], found[2]


@pytest.mark.parametrize("scripts", [True, False])
async def test_a_second_browser_opens_the_conversation(chromium: Browser, address: str, scripts: Any) -> None:
    first = await chromium.new_page(locale="fr-FR")
    await file_a_case(first, address)
    reference, code = await code_of(first)
    context = await chromium.new_context(locale="fr-FR", java_script_enabled=scripts)
    second = await context.new_page()
    await second.goto(address)
    await second.get_by_role("link", name="Retrouver un dossier").click()
    await second.get_by_label("Référence du dossier").fill(reference.lower())
    await second.get_by_label("Code d'accès").fill("0000 0000 0000 0000")
    await second.keyboard.press("Enter")
    await expect(second.get_by_role("alert")).to_contain_text("n'ouvrent aucun dossier")
    await picture(second, f"reopen-refused-{scripts}", whole=True)
    await expect(second.get_by_label("Référence du dossier")).to_have_value(reference.lower())
    await second.get_by_label("Code d'accès").fill(code)
    await second.get_by_role("button", name="Ouvrir le dossier").click()
    await expect(second.locator(".line.you").first).to_contain_text("amazon m'a viré")
    await second.get_by_role("link", name="Reçu").last.click()
    await expect(second.get_by_role("heading", name="Reçu")).to_be_visible()
    await context.close()
    await first.close()


@pytest.mark.parametrize("language", ["fr", "en"])
async def test_the_page_is_accessible_and_small_enough(chromium: Browser, address: str, language: str) -> None:
    for width in (1280, 320):
        context = await chromium.new_context(
            locale="fr-FR", viewport={"width": width, "height": 700}, bypass_csp=True, reduced_motion="reduce"
        )
        page = await context.new_page()
        await page.goto(f"{address}/reprendre?langue={language}")
        assert await faults(page) == []
        assert await page.evaluate("document.documentElement.scrollWidth") <= width
        await picture(page, f"reopen-{language}-{width}", whole=True)
        await page.locator("#reference").fill("PV-2026")
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("alert")).to_be_visible()
        assert await faults(page) == []
        assert await page.evaluate("document.documentElement.scrollWidth") <= width
        await picture(page, f"reopen-wrong-{language}-{width}", whole=True)
        await context.close()


async def test_a_case_of_another_app_is_found_and_added_to(chromium: Browser, site: Site, address: str) -> None:
    await file_elsewhere(site)
    page = await chromium.new_page(locale="fr-FR")
    await page.goto(f"{address}/reprendre")
    for typed in (ELSEWHERE, CODE.replace(" ", "-")):
        label = "Référence du dossier" if typed == ELSEWHERE else "Code d'accès"
        await page.get_by_label(label).fill(typed)
    await page.keyboard.press("Enter")
    await expect(page.locator(".line.us").last).to_contain_text("compléter ce dossier ici")
    await picture(page, "reopen-elsewhere")
    await tell(page, "depuis hier ils bloquent aussi mes virements de novembre")
    await expect(page.locator(".line.us").last).to_contain_text(f"ajouté à votre dossier {ELSEWHERE}")
    assert await page.title() == "Votre conversation – Portevoix"
    await page.close()
