"""Who gets in, in a real browser: pages for everyone, the second factor, and a log-in through another site."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pyotp
import pytest
import uvicorn
from playwright.async_api import Browser, Page, async_playwright, expect
from sqlalchemy import update
from starlette.applications import Starlette
from starlette.routing import Mount

from bot.access import OidcSettings
from bot.oidc import OpenID
from console.app import create
from storage import officials, references, teams
from storage.access import Role
from storage.crypto import KeyRing
from storage.database import Database
from storage.desk_tables import OfficialRow
from storage.filestore import in_memory
from tests.console import firm
from tests.console.conftest import START, script
from tests.console.test_browser import ARGS, VIEWS, is_for_everyone
from tests.fakes import oidc

pytestmark = [pytest.mark.full, pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)]
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
REFERENCE = references.new(2026, b"fiction")


@dataclass(slots=True)
class Site:
    """The console on one site, and the identity provider on another."""

    url: str
    database: Database

    async def log_in(self, page: Page, role: Role) -> str:
        """Log in as a new official of this role; with which password."""
        given = await officials.create(self.database, login="c.fictive", name="Claire Fictive", role=role, now=START)
        async with self.database.begin() as session:
            await session.execute(update(OfficialRow).values(must_change=False))
        await self.give_password(page, given)
        return given

    async def give_password(self, page: Page, password: str) -> None:
        await page.goto(f"{self.url}/login")
        await page.keyboard.type("c.fictive")
        await page.keyboard.press("Tab")
        await page.keyboard.type(password)
        async with page.expect_navigation():
            await page.keyboard.press("Enter")


@pytest.fixture
async def site(database: Database, ring: KeyRing) -> AsyncIterator[Site]:
    async with database.begin() as session:
        await teams.ensure(session, "Accueil", START)
    await firm.file(database, ring, firm.case(REFERENCE))
    with oidc.provider() as known:
        settings = OidcSettings(issuer=known.issuer, client_id=oidc.CLIENT, client_secret=oidc.SECRET)
        provider = OpenID(settings, home="")
        console = create(
            database=database, ring=ring, script=script(), clock=lambda: START, secure_cookies=False,
            files=in_memory(), identity_reason=True, provider=provider,
        )  # fmt: skip
        served = Starlette(routes=[Mount("/console", console)])
        server = uvicorn.Server(uvicorn.Config(served, port=0, log_level="warning", ws="none", lifespan="off"))
        serving = asyncio.create_task(server.serve())
        while not server.started:  # noqa: ASYNC110  # uvicorn offers nothing to wait for.
            await asyncio.sleep(0.05)
        port = server.servers[0].sockets[0].getsockname()[1]
        provider.home = f"http://localhost:{port}/console"
        yield Site(provider.home, database)
        server.should_exit = True
        await serving


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        opened = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGS)
        yield opened
        await opened.close()


@pytest.mark.parametrize("view", VIEWS.keys() - {"print"})
async def test_the_pages_of_accounts_are_for_everyone(browser: Browser, site: Site, view: str) -> None:
    page = await browser.new_page(locale="fr-FR", **VIEWS[view])  # type: ignore[arg-type]
    await site.log_in(page, "administrator")
    async with site.database.read() as session:
        own = await officials.named(session, "c.fictive")
        team = (await teams.every(session))[0].id
    pages = (
        "/accounts",
        "/accounts/new",
        f"/accounts/{own}",
        "/teams",
        f"/teams/{team}",
        "/account",
        "/account/factor",
    )
    for path in pages:
        await page.goto(site.url + path)
        await is_for_everyone(page)


@pytest.mark.parametrize("view", ["light", "dark", "phone"])
async def test_what_was_sent_without_a_session_is_found_again(browser: Browser, site: Site, view: str) -> None:
    page = await browser.new_page(locale="fr-FR", **VIEWS[view])  # type: ignore[arg-type]
    given = await site.log_in(page, "mediator")
    await page.goto(f"{site.url}/cases/{REFERENCE}")
    await is_for_everyone(page)
    await page.get_by_label("Motif").fill("Vérifier la société.\nAppel du 24 novembre.")
    await page.context.clear_cookies(name="portevoix_console")
    async with page.expect_navigation():
        await page.get_by_role("button", name="Voir l’identité").click()
    await is_for_everyone(page)
    await page.get_by_label("Identifiant").fill("c.fictive")
    await page.get_by_label("Mot de passe").fill(given)
    async with page.expect_navigation():
        await page.keyboard.press("Enter")
    await is_for_everyone(page)
    async with page.expect_navigation():
        await page.get_by_role("button", name="Envoyer maintenant").click()
    await expect(page.get_by_text("Éditions du Moulin Fictif").first).to_be_visible()


async def test_an_official_links_an_identity_on_another_site_and_logs_in_by_it(browser: Browser, site: Site) -> None:
    page = await browser.new_page(locale="fr-FR")
    await site.log_in(page, "administrator")
    await page.goto(f"{site.url}/account")
    await page.get_by_role("link", name="Relier").click()
    await expect(page.get_by_text("Votre compte est relié.")).to_be_visible()
    await page.get_by_role("button", name="Se déconnecter").click()
    await page.get_by_role("link", name="Se connecter par").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Accueil")


async def test_the_second_factor_is_set_and_asked_for(browser: Browser, site: Site) -> None:
    page = await browser.new_page(locale="fr-FR")
    given = await site.log_in(page, "administrator")
    await page.goto(f"{site.url}/account/factor")
    assert await page.evaluate("document.querySelector('.qr').naturalWidth") > 100
    secret = (await page.locator(".secret").inner_text()).replace(" ", "")
    await page.get_by_label("Code de six chiffres").fill(pyotp.TOTP(secret).at(START))
    await page.get_by_role("button", name="Activer").click()
    await is_for_everyone(page)
    codes = await page.locator(".codes code").all_inner_texts()
    await page.get_by_role("button", name="Se déconnecter").click()
    await site.give_password(page, given)
    await is_for_everyone(page)
    await page.get_by_label("Code", exact=True).fill(codes[0])
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", level=1)).to_have_text("Accueil")
