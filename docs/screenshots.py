"""Pictures of every page of the console for the guides, of fresh demonstrations: `make screenshots`.

`python docs/screenshots.py [--home FOLDER] [--cases N] [--only desk|admin]`: a demonstration is filled, served,
photographed and gone; for the administrators' guide, while a model is trained and put into service.
"""

from __future__ import annotations

import argparse
import asyncio
import io
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import httpx
from PIL import Image
from playwright.async_api import Browser, Page, async_playwright
from sqlalchemy import select

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from bot.commands import demo
from bot.settings import Settings, read
from console.forms import SESSION_COOKIE
from storage import officials
from storage.database import Database
from storage.desk_tables import CaseRow
from tests.browser import month
from tests.browser.month import TOLD, Month
from tests.postgres import free_port

IMAGES = Path(__file__).parent / "images"
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
SIZE = {"width": 1280, "height": 820}
COLOURS, MOST_BYTES = 64, 150_000
START = 120.0
OK = 200
Do = Callable[[Page], Awaitable[None]]


async def nothing(_: Page) -> None:
    """The page as it is."""


async def first_case(page: Page) -> None:
    """Open the first case of the list."""
    await page.locator("main tbody th a").first.click()
    await page.wait_for_url("**/cases/PV-*")


def of_first_case(further: str) -> Do:
    """Open a page of the first case of the list."""

    async def do(page: Page) -> None:
        await first_case(page)
        await page.goto(page.url.partition("?")[0] + further)

    return do


async def first_problem(page: Page) -> None:
    await page.locator("main tbody a[href*='/problems/']").first.click()
    await page.wait_for_url(re.compile(r"/problems/\d+"))


async def ask_for_keys(page: Page) -> None:
    await page.keyboard.press("?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Shot:
    """One picture."""

    name: str
    path: str
    who: str | None = "demo.responsable"
    """A login; none: nobody."""
    do: Do = nothing
    look: Mapping[str, object] | None = None


SHOTS = (
    Shot(name="login", path="/login", who=None),
    Shot(name="home", path="/", who="demo.agent1"),
    Shot(name="list", path="/cases"),
    Shot(name="search", path="/cases?q=r%C3%A9serve&platform=cdiscount"),
    Shot(name="case", path="/cases?group=any", do=first_case),
    Shot(name="case-dark", path="/cases?group=any", do=first_case, look={"color_scheme": "dark"}),
    Shot(name="answer", path="/cases?status=qualified", do=of_first_case("/answer")),
    Shot(name="joining", path="/cases?merged=yes", do=of_first_case("/joining")),
    Shot(name="conversations", path="/conversations"),
    Shot(name="problems", path="/problems"),
    Shot(name="problem", path="/problems", do=first_problem),
    Shot(name="exports", path="/exports"),
    Shot(name="canned", path="/canned"),
    Shot(name="mediator", path="/cases", who="demo.mediatrice", do=first_case),
    Shot(name="accounts", path="/accounts", who="demo.admin"),
    Shot(name="teams", path="/teams", who="demo.admin"),
    Shot(name="audit", path="/audit", who="demo.dpo"),
    Shot(name="account", path="/account"),
    Shot(name="keys", path="/cases", do=ask_for_keys),
)


@contextmanager
def serving(settings: Settings) -> Iterator[str]:
    """The demonstration, served; gives the address of its console."""
    port = free_port()
    environment = {**os.environ, "PORTEVOIX_HOME": str(settings.home), "PORT": str(port)}
    environment.pop("DATABASE_URL", None)
    process = subprocess.Popen([sys.executable, "-m", "bot", "serve"], env=environment, stdout=subprocess.DEVNULL)
    try:
        _wait_for(f"http://127.0.0.1:{port}/health")
        yield f"http://127.0.0.1:{port}/console"
    finally:
        process.terminate()
        process.wait()


def _wait_for(address: str) -> None:
    until = time.monotonic() + START
    while time.monotonic() < until:
        try:
            if httpx.get(address).status_code == OK:
                return
        except httpx.HTTPError:
            time.sleep(0.2)
    raise SystemExit("the demonstration does not get ready")


async def searchable(database: Database) -> None:
    """Wait until the words of every case can be searched."""
    left: int | None = 1
    while left is not None:
        await asyncio.sleep(1)
        async with database.read() as session:
            left = await session.scalar(select(CaseRow.id).where(CaseRow.indexed_at.is_(None)).limit(1))


async def take(browser: Browser, address: str, shot: Shot, token: str | None) -> None:
    """Photograph a page, in few colours."""
    context = await browser.new_context(locale="fr-FR", viewport=SIZE, **(shot.look or {}))  # type: ignore[arg-type]
    if token:
        await context.add_cookies([{"name": SESSION_COOKIE, "value": token, "url": address}])
    page = await context.new_page()
    await page.goto(address + shot.path)
    await shot.do(page)
    await keep(page, f"desk-{shot.name}")
    await context.close()


async def keep(page: Page, name: str) -> None:
    picture = Image.open(io.BytesIO(await page.screenshot()))
    target = IMAGES / f"{name}.png"
    picture.convert("RGB").quantize(COLOURS).save(target, optimize=True)
    if target.stat().st_size > MOST_BYTES:
        raise SystemExit(f"{target} is larger than {MOST_BYTES} bytes")
    print(target)


async def administrators(asked: argparse.Namespace) -> None:
    """An administrator's walk through a month."""
    with tempfile.TemporaryDirectory() as name:
        shutil.copytree(asked.home / "models", Path(name) / "models")
        async with (
            month.served(read({"PORTEVOIX_HOME": name})) as (address, password),
            async_playwright() as playwright,
        ):
            browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
            context = await browser.new_context(locale="fr-FR", viewport=SIZE)  # type: ignore[arg-type]
            walk = Month(
                page=await context.new_page(), address=address, take=lambda page, shot: keep(page, f"admin-{shot}")
            )
            await walk.log_in(password)
            await walk.see_the_drift()
            await walk.name_the_practice()
            await walk.draw_more()
            await walk.label()
            await walk.promote(await walk.train())
            await walk.try_out(TOLD)
            await walk.roll_back()
            await browser.close()


async def desk(asked: argparse.Namespace) -> None:
    with tempfile.TemporaryDirectory() as name:
        (Path(name) / "models").symlink_to((asked.home / "models").resolve())
        settings = read({"PORTEVOIX_HOME": name})
        _, passwords = await demo.fill(settings, asked.cases)
        given = {account.login: password for account, password in passwords}
        database = Database(settings.database_url)
        with serving(settings) as address:
            await searchable(database)
            async with async_playwright() as playwright:
                browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
                tokens = {
                    who: await officials.log_in(database, login=who, password=given[who], now=datetime.now(UTC))
                    for who in {shot.who for shot in SHOTS if shot.who}
                }
                for shot in SHOTS:
                    await take(browser, address, shot, tokens.get(shot.who or ""))
                await browser.close()
        await database.close()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=120)
    parser.add_argument("--home", type=Path, default=Path("var"), help="data folder with the model")
    parser.add_argument("--only", choices=("desk", "admin"))
    given = parser.parse_args()
    if given.only != "admin":
        asyncio.run(desk(given))
    if given.only != "desk":
        asyncio.run(administrators(given))
