"""Every page of the console that a role's menu leads to is for everyone: by axe, and at 320 pixels.

The pages are found by their links, one of each kind, so that a new page is looked at without being named here.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import uvicorn
from playwright.async_api import Browser, BrowserContext, Page, async_playwright
from sqlalchemy import update
from starlette.applications import Starlette
from starlette.routing import Mount

from console.app import create
from console.forms import SESSION_COOKIE
from console.theme import Theme
from storage import officials, references, teams
from storage.access import ROLES, Role
from storage.crypto import KeyRing
from storage.database import Database
from storage.desk_tables import OfficialRow
from storage.filestore import in_memory
from tests.bot.samples import picture
from tests.browser.conftest import ARGUMENTS
from tests.console import firm
from tests.console.conftest import script
from tests.storage.chats import Chat, drawn

pytestmark = [pytest.mark.full, pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)]
AXE = (files("axe_playwright_python") / "axe.min.js").read_text(encoding="utf-8")
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
NOW = datetime(2026, 11, 24, 8, tzinfo=UTC)
NARROW = {"width": 320, "height": 256}
"""1280 pixels at 400 %."""
VIEWS: dict[str, dict[str, Any]] = {
    "light": {},
    "dark": {"color_scheme": "dark"},
    "narrow": {"viewport": NARROW, "device_scale_factor": 4},
    "narrow, dark, without scripts": {"viewport": NARROW, "color_scheme": "dark"},
    "light, without scripts": {},
}
ONE_OF_MANY = re.compile(r"PV-\d{4}-\w{5}-\w|\d{6,}|(?<=/fields/)[^/?]+")
NO_PAGE = re.compile(r"/files/|/download|/static/|\.(svg|csv|xlsx|jsonl)$")
THEMES = (
    "neutral",
    pytest.param("dsfr", marks=pytest.mark.skipif(find_spec("dsfr") is None, reason="django-dsfr is not installed")),
)
FEW, MOST = 3, 60
"""Kinds of pages that a role can reach; more means that the links never end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """The console, listening."""

    address: str
    database: Database

    async def session(self, role: Role) -> str:
        """The session of an official of this role."""
        login = f"fictive.{role.replace('_', '.')}"
        given = await officials.create(self.database, login=login, name="Claire Fictive", role=role, now=NOW)
        async with self.database.begin() as session:
            team = (await teams.every(session))[0].id if role == "agent" else None
            await session.execute(
                update(OfficialRow).where(OfficialRow.login == login).values(must_change=False, team_id=team)
            )
        return await officials.log_in(self.database, login=login, password=given, now=NOW) or ""


@asynccontextmanager
async def listening(database: Database, ring: KeyRing, theme: Theme) -> AsyncIterator[Desk]:
    """A desk with a case that has a file, and a message to be labelled."""
    kept = in_memory()
    async with database.begin() as session:
        await teams.ensure(session, "Accueil", NOW)
    reference = references.new(2026, b"fiction")
    lane = await firm.file(database, ring, firm.case(reference), firm.WITH_FILES, wants_human=True)
    await firm.send_file(database, ring, kept, lane, picture(size=(400, 300)))
    async with database.begin() as session:
        await Chat(database, ring, "drawn", question="Bonjour. Que s'est-il passé ?").keep(session)
    await drawn(database, ring)
    console = create(
        database=database, ring=ring, script=script(), clock=lambda: NOW, secure_cookies=False, files=kept, theme=theme
    )
    mounted = Starlette(routes=[Mount("/console", console)])
    server = uvicorn.Server(uvicorn.Config(mounted, port=0, log_level="warning", ws="none", lifespan="off"))
    serving = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110  # uvicorn offers nothing to wait for.
        await asyncio.sleep(0.05)
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        yield Desk(address=f"http://127.0.0.1:{port}", database=database)
    finally:
        server.should_exit = True
        await serving


async def led_to(page: Page) -> Sequence[str]:
    """The pages of the console that links of this one lead to."""
    links: list[str] = await page.eval_on_selector_all("a[href]", "all => all.map(a => a.href)")
    parts = [urlsplit(link) for link in links]
    paths = [part.path + (f"?{part.query}" if part.query else "") for part in parts]
    return [path for path in paths if path.startswith("/console") and not NO_PAGE.search(path)]


def kind(path: str) -> str:
    """Pages of one kind differ in what they are of, and in what is asked of them."""
    return ONE_OF_MANY.sub("*", path.partition("?")[0])


async def faults(page: Page) -> list[str]:
    """What axe finds wrong, and whether the page scrolls sideways.

    Raises:
        TimeoutError: axe never ended.
    """
    await page.evaluate(AXE)
    async with asyncio.timeout(60):
        found: Any = await page.evaluate("rules => axe.run(document, { runOnly: rules })", RULES)
    wide = await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    wrong = [f"{one['id']}: {node['html'][:120]}" for one in found["violations"] for node in one["nodes"]]
    return [*wrong, *([f"scrolls sideways by {wide} pixels"] if wide > 0 else [])]


async def walk(context: BrowserContext, address: str, seen: set[str]) -> list[str]:
    """Look at one page of each kind that can be reached and was not seen before; what is wrong."""
    page = await context.new_page()
    ahead, known, wrong = ["/console/"], set[str](), list[str]()
    while ahead and len(known) < MOST:
        path = ahead.pop(0)
        if kind(path) in known:
            continue
        known.add(kind(path))
        answer = await page.goto(address + path)
        assert answer is not None
        if answer.status >= 500:
            wrong.append(f"{path}: {answer.status}")
        if kind(path) not in seen:
            wrong += [f"{path}: {fault}" for fault in await faults(page)]
        ahead += await led_to(page)
    seen |= known
    await page.close()
    return wrong


@pytest.fixture
async def chromium(chromium_path: Path) -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium_path, args=ARGUMENTS)
        yield browser
        await browser.close()


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("view", VIEWS)
async def test_every_page_that_a_role_can_reach_is_for_everyone(
    chromium: Browser, database: Database, ring: KeyRing, view: str, theme: Theme
) -> None:
    wrong, seen = list[str](), set[str]()
    async with listening(database, ring, theme) as desk:
        for role in ROLES:
            if view == "light":  # There every role's own pages are looked at.
                seen.clear()
            async with await chromium.new_context(locale="fr-FR", **VIEWS[view]) as context:
                token = await desk.session(role)
                await context.add_cookies([{"name": SESSION_COOKIE, "value": token, "url": f"{desk.address}/console"}])
                if "without scripts" in view:  # With scripting off axe itself would wait for ever.
                    await context.route("**/static/*.js*", lambda route: route.abort())
                wrong += [f"{role}: {one}" for one in await walk(context, desk.address, seen)]
    assert len(seen) > FEW
    assert wrong == []


async def test_keys_move_open_and_help(chromium: Browser, database: Database, ring: KeyRing) -> None:
    async with listening(database, ring, "neutral") as desk, await chromium.new_context(locale="fr-FR") as context:
        token = await desk.session("supervisor")
        await context.add_cookies([{"name": SESSION_COOKIE, "value": token, "url": f"{desk.address}/console"}])
        page = await context.new_page()
        await page.goto(f"{desk.address}/console/cases")
        await page.keyboard.press("?")
        assert await page.locator("dialog#keys").is_visible()
        await page.keyboard.press("Escape")
        await page.keyboard.press("j")
        await page.keyboard.press("o")
        await page.wait_for_url("**/cases/PV-*")
        await page.keyboard.press("g")
        await page.keyboard.press("c")
        await page.wait_for_url("**/console/cases")
