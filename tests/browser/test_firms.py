"""What a firm does in a browser: by mouse, by keyboard, without JavaScript, on a small telephone."""

from __future__ import annotations

import os
import re
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, Page, Request, Route, expect

from tests.bot.site import STORY

pytestmark = pytest.mark.full
AXE = (files("axe_playwright_python") / "axe.min.js").read_text(encoding="utf-8")
SHOTS = os.environ.get("SCREENSHOTS")
"""A folder for pictures of the pages, to be looked at."""


async def tell(page: Page, text: str) -> None:
    await page.get_by_label("Votre message").fill(text)
    await page.keyboard.press("Enter")


async def answered(page: Page, count: int) -> None:
    """Wait for the answer to the last message: its buttons, or those of whatever it asks."""
    await expect(page.locator(".line.you")).to_have_count(count)
    await expect(page.locator(".line.us").last).to_be_visible()
    await expect(page.locator(".choices button:not(:disabled)").first).to_be_visible()


async def press(page: Page, *choices: str) -> str:
    """Press the first of these choices that is offered."""
    for choice in choices:
        button = page.locator(f'.choices button[value="{choice}"]:not(:disabled)')
        if await button.count():
            await button.last.click()
            return choice
    raise AssertionError(choices)


async def faults(page: Page) -> list[str]:
    """What axe finds wrong in a page."""
    await page.evaluate(AXE)
    found: Any = await page.evaluate(
        "axe.run(document, {runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']})"
    )
    return [f"{one['id']}: {node['html'][:120]}" for one in found["violations"] for node in one["nodes"]]


async def picture(page: Page, name: str, *, whole: bool = False) -> None:
    if SHOTS:
        await page.screenshot(path=Path(SHOTS) / f"{name}.png", full_page=whole)


async def file_a_case(page: Page, address: str) -> None:
    await page.goto(address)
    await tell(page, STORY)
    await answered(page, 1)
    for count in range(2, 5):
        pressed = await press(page, "send", "share_platform=no", "problem=account_suspension")
        await answered(page, count)
        if pressed == "send":
            break
    await expect(page.locator(".line.us").last).to_contain_text("C'est envoyé")


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_every_page_is_accessible(chromium: Browser, address: str, scheme: Any) -> None:
    context = await chromium.new_context(locale="fr-FR", color_scheme=scheme, bypass_csp=True, reduced_motion="reduce")
    page = await context.new_page()
    for path in ("/", "/formulaire", "/confidentialite", "/accessibilite", "/reprendre", "/nowhere", "/?langue=en"):
        await page.goto(address + path)
        assert await faults(page) == [], path
        await picture(page, f"page{path.replace('/', '-').replace('?', '-')}-{scheme}", whole=True)
    await page.goto(address + "/formulaire")
    await page.get_by_role("button", name="Voir le résumé").click()
    await expect(page.get_by_role("alert")).to_be_visible()
    assert await faults(page) == []
    await picture(page, f"form-wrong-{scheme}", whole=True)
    await file_a_case(page, address)
    assert await faults(page) == []
    await picture(page, f"sent-{scheme}", whole=True)
    await page.get_by_role("link", name="Reçu").first.click()
    await expect(page.get_by_role("heading", name="Reçu")).to_be_visible()
    assert await faults(page) == []
    await picture(page, f"receipt-{scheme}", whole=True)
    await page.emulate_media(media="print")
    await expect(page.get_by_role("navigation")).to_be_hidden()
    await picture(page, f"receipt-print-{scheme}", whole=True)
    await context.close()


async def test_a_case_is_filed_with_the_keyboard_alone(chromium: Browser, address: str) -> None:
    page = await chromium.new_page(locale="fr-FR")
    await page.goto(address)
    await page.keyboard.press("Tab")
    await expect(page.get_by_role("link", name="Aller au contenu")).to_be_focused()
    for _ in range(20):
        await page.keyboard.press("Tab")
        if await page.evaluate("document.activeElement.id") == "text":
            break
    await page.keyboard.type("première ligne")
    await page.keyboard.press("Shift+Enter")
    await page.keyboard.type(STORY)
    await page.keyboard.press("Enter")
    await answered(page, 1)
    await expect(page.locator("#text")).to_be_focused()
    assert "première ligne\n" in await page.locator(".line.you .said").inner_text()
    for count in range(2, 5):
        wanted = page.locator(
            '.choices button[value="send"]:not(:disabled), .choices button[value="share_platform=no"]:not(:disabled), '
            '.choices button[value="problem=account_suspension"]:not(:disabled)'
        ).last
        value = await wanted.get_attribute("value")
        for _ in range(40):
            await page.keyboard.press("Shift+Tab")
            if await page.evaluate("document.activeElement.value") == value:
                break
        await page.keyboard.press("Enter")
        await answered(page, count)
        await expect(page.locator("#text")).to_be_focused()
        if value == "send":
            break
    await expect(page.locator(".line.us").last).to_contain_text("C'est envoyé")
    await page.close()


async def test_a_case_is_filed_without_javascript(chromium: Browser, address: str) -> None:
    context = await chromium.new_context(locale="fr-FR", java_script_enabled=False)
    page = await context.new_page()
    await page.goto(address)
    await page.get_by_label("Votre message").fill(STORY)
    await page.get_by_role("button", name="Envoyer le message").click()
    for _ in range(3):
        pressed = await press(page, "send", "share_platform=no", "problem=account_suspension")
        await page.wait_for_load_state()
        if pressed == "send":
            break
    await expect(page.locator(".line.us").last).to_contain_text("C'est envoyé")
    await page.get_by_role("link", name="Reçu").first.click()
    await expect(page.get_by_role("heading", name="Reçu")).to_be_visible()
    await context.close()


async def test_a_case_is_filed_by_the_form_without_javascript(chromium: Browser, address: str) -> None:
    context = await chromium.new_context(locale="fr-FR", java_script_enabled=False)
    page = await context.new_page()
    await page.goto(address + "/formulaire")
    await page.get_by_label("Montant perdu, en euros").fill("beaucoup")
    await page.keyboard.press("Enter")
    await expect(page.locator("#loss_eur")).to_have_value("beaucoup")
    await page.get_by_label("Que s'est-il passé ?").fill(STORY)
    await page.get_by_label("Sur quelle plateforme ?").fill("Amazon")
    await page.get_by_label("Quel est le problème principal ?").select_option("account_suspension")
    await page.get_by_label("Montant perdu, en euros").fill("3 k€")
    await page.get_by_label("Les faits, sans mon nom").check()
    await page.get_by_role("button", name="Voir le résumé").click()
    await expect(page.locator(".line.us").last).to_contain_text("pas encore envoyé")
    await picture(page, "summary-no-script", whole=True)
    await press(page, "send")
    await expect(page.locator(".line.us").last).to_contain_text("C'est envoyé")
    await context.close()


@pytest.mark.parametrize("width", [320, 390])
async def test_nothing_is_wider_than_a_small_telephone(chromium: Browser, address: str, width: int) -> None:
    """320 points are also what is left of 1280 at a zoom of 400 %."""
    context = await chromium.new_context(
        locale="fr-FR", viewport={"width": width, "height": 640}, has_touch=True, is_mobile=True
    )
    page = await context.new_page()
    for path in ("/", "/formulaire", "/confidentialite", "/accessibilite", "/?langue=en", "/nowhere"):
        await page.goto(address + path)
        assert await page.evaluate("document.documentElement.scrollWidth") <= width, path
        await picture(page, f"phone-{width}{path.replace('/', '-').replace('?', '-')}")
    await page.goto(address)
    await page.get_by_label("Votre message").fill(STORY + " " + "a" * 300)
    await page.get_by_role("button", name="Envoyer le message").tap()
    await answered(page, 1)
    await picture(page, f"phone-{width}-answer")
    assert await page.evaluate("document.documentElement.scrollWidth") <= width
    for count in range(2, 5):
        pressed = await press(page, "send", "share_platform=no", "problem=account_suspension")
        await answered(page, count)
        await picture(page, f"phone-{width}-{count}")
        if pressed == "send":
            break
    assert await page.evaluate("document.documentElement.scrollWidth") <= width
    await page.get_by_role("link", name="Reçu").first.tap()
    await expect(page.get_by_role("heading", name="Reçu")).to_be_visible()
    assert await page.evaluate("document.documentElement.scrollWidth") <= width
    await picture(page, f"phone-{width}-receipt", whole=True)
    await context.close()


async def test_the_field_stays_usable_at_four_hundred_per_cent(chromium: Browser, address: str) -> None:
    """1280 by 1024 points at 400 % leave 320 by 256: nothing may stick over what is read."""
    page = await chromium.new_page(locale="fr-FR", viewport={"width": 320, "height": 256})
    await page.goto(address)
    assert await page.locator("#compose").evaluate("form => getComputedStyle(form).position") == "static"
    await tell(page, STORY)
    await answered(page, 1)
    await picture(page, "zoom")
    await page.close()


async def test_a_message_that_does_not_leave_is_kept_and_sent_once(chromium: Browser, address: str) -> None:
    page = await chromium.new_page(locale="fr-FR")
    await page.goto(address)
    cut = True

    async def reach(route: Route, _request: Request) -> None:
        if cut:
            await route.abort()
        else:
            await route.continue_()

    await page.route("**/messages", reach)
    await tell(page, STORY)
    again = page.get_by_role("button", name="Réessayer")
    await expect(again).to_be_visible()
    await expect(page.get_by_role("status")).to_contain_text("Pas encore parti")
    assert STORY in await page.locator(".line.you .said").inner_text()
    await picture(page, "unsent")
    cut = False
    await again.dblclick()
    await answered(page, 1)
    await expect(again).to_have_count(0)
    await page.reload()
    await expect(page.locator(".line.you")).to_have_count(1)
    await page.close()


async def test_what_was_being_written_survives_a_reload(chromium: Browser, address: str) -> None:
    page = await chromium.new_page(locale="fr-FR")
    await page.goto(address)
    await page.get_by_label("Votre message").press_sequentially("mon compte est")
    await page.reload()
    await expect(page.get_by_label("Votre message")).to_have_value("mon compte est")
    await tell(page, "mon compte est fermé chez amazon depuis hier")
    await answered(page, 1)
    await page.reload()
    await expect(page.get_by_label("Votre message")).to_have_value("")
    await page.close()


async def test_a_text_too_long_stays_in_the_field(chromium: Browser, address: str) -> None:
    page = await chromium.new_page(locale="fr-FR")
    await page.goto(address)
    text = "x" * 20_001
    await tell(page, text)
    await expect(page.get_by_role("status")).to_contain_text("20001 caractères")
    await expect(page.get_by_label("Votre message")).to_have_value(text)
    await expect(page.locator(".line.you")).to_have_count(0)
    await page.close()


async def test_buttons_of_a_question_close_once_one_is_pressed(chromium: Browser, address: str) -> None:
    page = await chromium.new_page(locale="fr-FR")
    await page.goto(address)
    await tell(page, STORY)
    await answered(page, 1)
    first = page.locator(".choices").first
    await first.locator("button").first.dblclick()
    await answered(page, 2)
    await expect(first.locator("button:not(:disabled)")).to_have_count(0)
    await expect(page.locator(".line.you")).to_have_count(2)
    await page.close()


async def test_the_page_turns_english_with_the_conversation(chromium: Browser, address: str) -> None:
    page = await chromium.new_page(locale="fr-FR")
    await page.goto(address)
    await tell(page, "amazon closed my account overnight and nobody answers, I lost 20% of my sales")
    await answered(page, 1)
    await expect(page.locator("html")).to_have_attribute("lang", "en")
    await expect(page.get_by_label("Your message")).to_be_visible()
    await page.get_by_role("button", name="Français").click()
    await expect(page.locator("html")).to_have_attribute("lang", "fr")
    await expect(page.locator(".line.us").first).to_have_attribute("lang", "en")
    await page.close()


async def test_nothing_on_the_page_breaks_its_own_rules(chromium: Browser, address: str) -> None:
    page = await chromium.new_page(locale="fr-FR")
    complaints: list[str] = []
    page.on("console", lambda said: complaints.append(said.text) if said.type in {"error", "warning"} else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    await file_a_case(page, address)
    assert complaints == []
    assert all(re.match(re.escape(address), url) for url in asked)
    await page.close()
