"""An administrator after a month in which a new practice appeared: names it, labels, trains, puts into service."""

from __future__ import annotations

import asyncio
import os
import re
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import httpx
from playwright.async_api import Page, expect

from bot.commands import demo
from bot.settings import Settings
from tests.postgres import free_port

LOGIN = "demo.admin"
PRACTICE = "imposed_promotions"
SIGNS = re.compile(
    r"\bjeu\b|loterie|roue de la fortune|\blive\b|en direct|tirage|gratter|filmés"
    r"|prize|lottery|live video|wheel of fortune|draw\b",
    re.IGNORECASE,
)
"""By these words an administrator knows the practice."""
TOLD = "Cdiscount m'oblige à offrir des bougies comme lots pour sa loterie. Je n'ai jamais dit oui à ce jeu."
WANTED = 40
"""Messages of the practice that are labelled."""
QUEUE = 300
OK = 200
START, TRAINING = 300.0, 900.0
"""Seconds."""
Picture = Callable[[Page, str], Awaitable[None]]


async def unseen(_page: Page, _name: str) -> None:
    """Take no picture."""


@dataclass(slots=True, kw_only=True)
class Month:
    """The demonstration, served, with an administrator's browser in front of it."""

    page: Page
    address: str
    take: Picture = unseen
    decisions: int = 0
    skipped: int = 0
    keys: list[int] = field(default_factory=list)

    async def go(self, path: str) -> None:
        answer = await self.page.goto(f"{self.address}/console{path}")
        assert answer is not None
        assert answer.status == OK, f"{path}: {answer.status}"

    async def log_in(self, password: str) -> None:
        await self.go("/login")
        await self.page.fill("#login", LOGIN)
        await self.page.fill("#password", password)
        await self.page.keyboard.press("Enter")
        await expect(self.page.locator("h1")).to_be_visible()

    async def see_the_drift(self) -> str:
        """What the pages say of the month."""
        await self.go("/")
        await self.take(self.page, "home")
        await self.go("/drift")
        await self.take(self.page, "drift")
        return await self.page.locator("main").inner_text()

    async def name_the_practice(self) -> None:
        """Add a problem by forms, and put the script into service."""
        await self.go("/script/problem/new")
        for name, text in {
            "label_fr": "Opérations commerciales imposées", "label_en": "Imposed promotions",
            "short_fr": "Opérations imposées", "short_en": "Imposed promotions",
            "definition_fr": "La plateforme fait participer le vendeur à des jeux, des lots ou des ventes en direct.",
            "definition_en": "The platform makes the seller take part in games, prizes or live sales.",
            "guideline": "Un jeu, des lots ou un direct que la firme n'a pas demandés.",
        }.items():  # fmt: skip
            await self.page.fill(f"#{name}", text)
        await self.take(self.page, "new-problem")
        await self.page.get_by_role("button", name="Ajouter").click()
        await self.page.wait_for_url("**/script/problem?id=*")
        await self.go("/script/changes")
        await self.take(self.page, "changes")
        await self.page.locator("form[action$='/script/publish'] button.main").click()
        await self.page.wait_for_load_state()

    async def draw_more(self) -> None:
        """Ask for a longer queue, and wait until it is there."""
        await self.go("/review/drawing")
        await self.page.fill("#size", str(QUEUE))
        await self.page.locator("main form button.main").click()
        await self.page.wait_for_load_state()
        until = time.monotonic() + START
        while time.monotonic() < until:
            await self.go("/review")
            progress = await self.page.locator("p.progress").inner_text()
            if int(re.findall(r"\d+", progress)[-1]) > QUEUE // 2:
                return
            await asyncio.sleep(2)
        raise AssertionError("no messages were drawn")

    async def label(self) -> None:
        """Label messages of the practice by keys alone; the others are left to another day."""
        await self.go("/review")
        await self.take(self.page, "review")
        letter = await self.page.locator(f"#first-{PRACTICE}").get_attribute("data-letter")
        assert letter is not None
        while self.decisions < WANTED and await self.page.locator("#deciding").count():
            before = await self.page.locator("#deciding").get_attribute("action")
            text = await self.page.locator("blockquote.text").inner_text()
            keys = (letter, "Enter") if SIGNS.search(text) else ("s",)
            for key in keys:
                await self.page.keyboard.press(key)
            await expect(self.page.locator(f'form[action="{before}"]')).to_have_count(0)
            if len(keys) > 1:
                self.keys.append(len(keys))
                self.decisions += 1
            else:
                self.skipped += 1

    async def train(self) -> str:
        """Train, and wait for the end; the version that came of it."""
        await self.go("/models")
        await self.take(self.page, "models")
        await self.page.locator("form.train button.main").click()
        await expect(self.page.locator("progress")).to_be_visible(timeout=30_000)
        await self.take(self.page, "training")
        until = time.monotonic() + TRAINING
        while time.monotonic() < until:
            await self.go("/models?still=1")
            if not await self.page.locator("progress").count():
                break
            await asyncio.sleep(2)
        newest = await self.page.locator("tbody th a").first.get_attribute("href")
        assert newest is not None
        return newest.rpartition("/")[2]

    async def live(self) -> str:
        await self.go("/models")
        found = await self.page.locator("p.large a").get_attribute("href")
        assert found is not None
        return found.rpartition("/")[2]

    async def promote(self, version: str) -> str:
        """Put a version into service; what the page said of it before."""
        await self.go(f"/models/{version}")
        await self.take(self.page, "comparison")
        said = await self.page.locator("main").inner_text()
        await self.page.locator("details.figures > summary").click()
        await self.take(self.page, "details")
        await self.page.locator("form[action$='/promote'] button").click()
        await self.page.wait_for_load_state()
        return said

    async def try_out(self, text: str) -> str:
        await self.go("/tryout")
        await self.page.fill("textarea", text)
        await self.page.locator("main form button.main").click()
        await self.page.wait_for_load_state()
        await self.take(self.page, "tryout")
        return await self.page.locator("main").inner_text()

    async def roll_back(self) -> None:
        await self.go("/models/rollback")
        await self.take(self.page, "rollback")
        await self.page.locator("main form button.main").first.click()
        await self.page.wait_for_load_state()

    async def in_service(self) -> str:
        """The version that answers people now."""
        async with httpx.AsyncClient() as client:
            told = (await client.get(f"{self.address}/health")).json()
        return str(told["model"]).rpartition("/")[2]


@asynccontextmanager
async def served(settings: Settings) -> AsyncIterator[tuple[str, str]]:
    """A month of messages, and a server on them; its address, and the administrator's password."""
    _, passwords = await demo.fill_month(settings)
    password = {account.login: given for account, given in passwords}[LOGIN]
    port = free_port()
    environment = {**os.environ, "PORTEVOIX_HOME": str(settings.home), "PORT": str(port)}
    environment.pop("DATABASE_URL", None)
    process = await asyncio.create_subprocess_exec(sys.executable, "-m", "bot", "serve", env=environment)
    try:
        address = f"http://127.0.0.1:{port}"
        await _ready(f"{address}/health")
        yield address, password
    finally:
        process.terminate()
        await process.wait()


async def _ready(address: str) -> None:
    until = time.monotonic() + START
    async with httpx.AsyncClient() as client:
        while time.monotonic() < until:
            try:
                if (await client.get(address)).status_code == OK:
                    return
            except httpx.HTTPError:
                await asyncio.sleep(0.2)
    raise AssertionError("the server does not get ready")
