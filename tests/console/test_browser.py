"""The console in a real browser: by keyboard, without scripts, in the dark, on a small phone, for everyone."""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import uvicorn
from axe_playwright_python.async_playwright import Axe  # type: ignore[import-untyped]
from playwright.async_api import Browser, Page, async_playwright, expect
from starlette.applications import Starlette
from starlette.routing import Mount

from console.app import create
from storage import officials, references, unreadable
from storage.crypto import KeyRing
from storage.database import Database
from storage.filestore import in_memory
from tests.bot.samples import picture
from tests.console import firm
from tests.console.conftest import script

pytestmark = [pytest.mark.full, pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)]
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
ARGS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]
SHOTS = os.environ.get("SCREENSHOTS")
"""A folder for pictures of the pages, to be looked at."""
NOW = datetime(2026, 11, 24, 8, tzinfo=UTC)
REFERENCE = references.new(2026, b"fiction")
CHOSEN = "quatre bateaux verts dorment"
VIEWS: dict[str, dict[str, object]] = {
    "light": {},
    "dark": {"color_scheme": "dark"},
    "phone": {"viewport": {"width": 320, "height": 640}},
    "zoomed": {"viewport": {"width": 320, "height": 256}, "device_scale_factor": 4},
    "print": {"viewport": {"width": 794, "height": 1123}},
}


@pytest.fixture
async def site(database: Database, ring: KeyRing) -> AsyncIterator[str]:
    """The console with one case, and an official whose password is still the first."""
    files = in_memory()
    lane = await firm.file(database, ring, firm.case(REFERENCE), firm.WITH_FILES, wants_human=True)
    await firm.send_file(database, ring, files, lane, picture(size=(400, 300)))
    console = create(
        database=database, ring=ring, script=script(), clock=lambda: NOW, secure_cookies=False, files=files
    )
    config = uvicorn.Config(
        Starlette(routes=[Mount("/console", console)]), port=0, log_level="warning", ws="none", lifespan="off"
    )
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110  # uvicorn offers nothing to wait for.
        await asyncio.sleep(0.05)
    port = server.servers[0].sockets[0].getsockname()[1]
    yield f"http://127.0.0.1:{port}/console"
    server.should_exit = True
    await serving


@pytest.fixture
async def chromium() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGS)
        yield browser
        await browser.close()


@pytest.fixture
async def given(database: Database) -> str:
    return await officials.create(database, login="c.fictive", name="Claire Fictive", role="supervisor", now=NOW)


async def log_in(page: Page, site: str, given: str) -> None:
    """Log in and choose a password, with nothing but the keyboard."""
    await page.goto(f"{site}/")
    for typed in ("c.fictive", given):
        await page.keyboard.type(typed)
        await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")
    await page.locator("#current").focus()
    for typed in (given, CHOSEN, CHOSEN):
        await page.keyboard.type(typed)
        await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", level=1)).to_have_text("Accueil")


async def test_a_picture_opens_in_a_sandbox(chromium: Browser, site: str, given: str) -> None:
    page = await chromium.new_page(locale="fr-FR")
    await log_in(page, site, given)
    await page.goto(f"{site}/cases/{REFERENCE}")
    await page.get_by_role("link", name="photo.jpg").first.click()
    await expect(page.locator("img")).to_be_visible()
    assert await page.evaluate("document.images[0].naturalWidth") == 400


async def is_for_everyone(page: Page) -> None:
    found = await Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.parametrize("view", VIEWS)
async def test_every_page_is_for_everyone(chromium: Browser, site: str, given: str, view: str) -> None:
    page = await chromium.new_page(locale="fr-FR", **VIEWS[view])  # type: ignore[arg-type]
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("console", lambda told: problems.append(told.text) if "Content Security Policy" in told.text else None)
    await page.goto(f"{site}/login")
    await is_for_everyone(page)
    await log_in(page, site, given)
    if view == "print":
        await page.emulate_media(media="print")
    for path in ("/", f"/cases/{REFERENCE}", "/password", "/nulle-part"):
        await page.goto(site + path)
        await is_for_everyone(page)
    assert problems == []


@pytest.mark.parametrize("view", ["light", "dark", "phone"])
async def test_what_nobody_could_read_is_for_every_administrator(
    chromium: Browser, database: Database, ring: KeyRing, site: str, view: str
) -> None:
    given = await officials.create(database, login="c.fictive", name="Claire Fictive", role="administrator", now=NOW)
    page = await chromium.new_page(locale="fr-FR", **VIEWS[view])  # type: ignore[arg-type]
    await log_in(page, site, given)
    await page.get_by_role("link", name="Messages illisibles (0)").click()
    await is_for_everyone(page)
    async with database.begin() as session:
        for number, channel in enumerate(("telegram", "whatsapp")):
            await unreadable.keep(
                session, ring, channel=channel, problem="message.chat: Field required", payload=b"{}" * number, now=NOW
            )
    await page.reload()
    await is_for_everyone(page)
    if SHOTS:
        await page.screenshot(path=Path(SHOTS) / f"unreadable-{view}.png")
    async with page.expect_download() as download:
        await page.get_by_role("link", name="Télécharger").first.click()
    assert (await download.value).suggested_filename.startswith("portevoix-")


async def test_words_and_value_light_each_other(chromium: Browser, site: str, given: str) -> None:
    page = await chromium.new_page(locale="fr-FR")
    await log_in(page, site, given)
    await page.goto(f"{site}/cases/{REFERENCE}")
    value, words = page.locator("#field-loss-pct-turnover"), page.locator("mark", has_text="environ 20%")
    await value.locator(".value a").focus()
    await expect(words).to_have_class("lit")
    await expect(words).to_be_in_viewport()
    await page.keyboard.press("Escape")
    await expect(words).not_to_have_class("lit")
    await words.hover()
    await expect(value).to_have_class("field lit")


async def test_without_scripts_words_and_value_lead_to_each_other(chromium: Browser, site: str, given: str) -> None:
    page = await chromium.new_page(locale="fr-FR", java_script_enabled=False)
    await log_in(page, site, given)
    await page.goto(f"{site}/cases/{REFERENCE}")
    await page.locator("#field-loss-pct-turnover .value a").click()
    words = page.locator("mark", has_text="environ 20%")
    await expect(words).to_be_in_viewport()
    await expect(words).to_have_css("background-color", "rgb(255, 213, 74)")
    await words.locator("a").click()
    await expect(page.locator("#field-loss-pct-turnover")).to_be_in_viewport()


async def test_what_is_typed_outlives_another_act_and_goes_once_sent_or_logged_out(
    chromium: Browser, site: str, given: str
) -> None:
    page = await chromium.new_page(locale="fr-FR")
    await log_in(page, site, given)
    await page.goto(f"{site}/cases/{REFERENCE}")
    answer, note = page.locator("#answer-text"), page.locator("#note-text")
    await answer.fill("Bonjour,\n\nnous lisons votre dossier.")
    await note.fill("Rappeler jeudi.")
    await page.get_by_role("button", name="Je prends ce dossier").click()
    await expect(page.get_by_role("status")).to_be_visible()
    await expect(answer).to_have_value("Bonjour,\n\nnous lisons votre dossier.")
    await page.get_by_role("button", name="Aperçu").click()
    await expect(page.locator(".preview")).to_be_visible()
    await page.goto(f"{site}/cases/{REFERENCE}/answer")
    await expect(answer).to_have_value("Bonjour,\n\nnous lisons votre dossier.")
    await page.goto(f"{site}/cases/{REFERENCE}")
    await expect(note).to_have_value("Rappeler jeudi.")
    await note.locator("xpath=ancestor::form").locator("button").first.click()
    await expect(page.locator(".event blockquote", has_text="Rappeler jeudi.")).to_be_visible()
    await expect(note).to_have_value("")
    await expect(answer).not_to_have_value("")
    await page.get_by_role("button", name="Se déconnecter").click()
    await expect(page.locator("#password")).to_be_visible()
    assert await page.evaluate("sessionStorage.length") == 0
