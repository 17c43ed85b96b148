"""An official at the keyboard of a running site, whose workers work: no mouse, and nothing that Tab does not reach."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import pyotp
from playwright.async_api import Browser, BrowserContext, Locator, Page, expect
from sqlalchemy import update

from bot.worker import Worker
from storage import canned, factor, officials, references, teams
from storage.access import Role
from storage.cases import FiledCase, show
from storage.conversations import Line, transcript
from storage.crypto import KeyRing
from storage.database import Database
from storage.desk_tables import OfficialRow
from storage.tables import InboxRow
from stories.script import Script
from stories.types import Answer
from tests.bot.site import Site, listening, opened
from tests.console import firm

FAR = 90
"""So often an official presses Tab before they give up."""
STEP = timedelta(seconds=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """What an official logs in with."""

    login: str
    password: str
    secret: str = ""
    """Of the second factor; none: the account has none."""

    def code(self) -> str:
        return pyotp.TOTP(self.secret).now()


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """A site with cases, listening."""

    site: Site
    address: str
    filed: Sequence[str]
    """The references of its cases, the oldest first."""

    async def account(self, login: str, name: str, role: Role = "supervisor", *, proven: bool = False) -> Account:
        """An official with a password of their own; `proven`: and with a second factor."""
        app, now = self.site.app, datetime.now(UTC)
        password = await officials.create(app.database, login=login, name=name, role=role, now=now)
        async with app.database.begin() as session:
            await session.execute(update(OfficialRow).where(OfficialRow.login == login).values(must_change=False))
        secret = await self._secret(login, password, now) if proven else ""
        return Account(login=login, password=password, secret=secret)

    async def _secret(self, login: str, password: str, now: datetime) -> str:
        """Set the second factor by the code before this one: each is good once."""
        app = self.site.app
        token = await officials.log_in(app.database, login=login, password=password, now=now)
        signed_in = await officials.session(app.database, token or "", now=now)
        assert signed_in is not None
        secret = factor.offered(app.ring, signed_in)
        code = pyotp.TOTP(secret).at(now - STEP)
        enrolled = await factor.enrol(app.database, app.ring, signed_in, code, now=now, browser=None)
        assert enrolled is not None
        await officials.log_out(app.database, enrolled.token, now=now)
        return secret

    async def case(self, reference: str) -> FiledCase:
        async with self.site.app.database.read() as session:
            found = await show(session, self.site.app.ring, reference)
        assert found is not None
        return found

    async def answers(self, reference: str) -> list[Line]:
        """What officials wrote to the firm of a case."""
        lane = (await self.case(reference)).lane
        async with self.site.app.database.read() as session:
            return [one for one in await transcript(session, self.site.app.ring, lane or "") if one.signed]


@asynccontextmanager
async def desk_of(database: Database, ring: KeyRing, script: Script, *, cases: int) -> AsyncIterator[Desk]:
    """A site with so many cases, the first team and the first ready answers, whose real workers run."""
    async with database.begin() as session:
        await teams.ensure(session, "Accueil", datetime.now(UTC))
        await canned.ensure(session, datetime.now(UTC))
    filed = await _file(database, ring, cases)
    async with opened(database, ring, script, working=False) as site, listening(site) as address:
        worker = Worker(site.app)
        working = asyncio.create_task(worker.run())
        try:
            yield Desk(site=site, address=address, filed=filed)
        finally:
            worker.stop()
            await working


async def _file(database: Database, ring: KeyRing, count: int) -> Sequence[str]:
    """Cases of one firm each, but the last two of the same; their turns are taken."""
    now, filed = datetime.now(UTC), []
    for number in range(count):
        reference = references.new(now.year, number.to_bytes(4))
        siren = Answer(value=f"{min(number, count - 2):09}", by="person")
        case = firm.case(reference, siren=siren, email=Answer(value=f"firme{number}@moulin.example"))
        await firm.file(database, ring, replace(case, filed_at=now - timedelta(hours=count - number)))
        filed.append(reference)
    async with database.begin() as session:
        await session.execute(update(InboxRow).values(status="done"))
    return filed


@dataclass(slots=True, kw_only=True)
class Keyboard:
    """An official's browser, and the one hand on its keyboard."""

    page: Page
    farthest: int = 0
    """How often Tab was pressed for one control, at most."""

    async def press(self, *keys: str) -> None:
        for key in keys:
            await self.page.keyboard.press(key)

    async def write(self, text: str) -> None:
        await self.page.keyboard.type(text)

    async def to(self, target: Locator, *, by: str = "Tab") -> None:
        """Go there by Tab alone."""
        await expect(target).to_be_attached()
        for presses in range(FAR):
            if await target.evaluate("one => one === document.activeElement"):
                self.farthest = max(self.farthest, presses)
                return
            await self.press(by)
        raise AssertionError(f"{target} is not reached by {by}")

    async def use(self, target: Locator) -> None:
        """Follow a link, press a button, open a part."""
        await self.to(target)
        await self.press("Enter")

    async def pick(self, target: Locator) -> None:
        """Choose one of several by the arrows."""
        await expect(target).to_be_attached()
        group = self.page.locator(f"input[name={await target.get_attribute('name')}]")
        for _ in range(FAR):
            if await group.evaluate_all("all => all.includes(document.activeElement)"):
                break
            await self.press("Tab")
        await self.press("Space")
        for _ in range(FAR):
            if await target.is_checked():
                return
            await self.press("ArrowDown")
        raise AssertionError(f"{target} is not chosen by the arrows")

    def button(self, name: str) -> Locator:
        return self.page.get_by_role("button", name=name, exact=True)

    def link(self, name: str) -> Locator:
        return self.page.get_by_role("link", name=name, exact=True)

    def part(self, name: str) -> Locator:
        """What opens a part of the page."""
        return self.page.locator("summary", has_text=name)

    async def log_in(self, address: str, account: Account) -> None:
        await self.page.goto(f"{address}/console/")
        await self.prove(account)
        await expect(self.page.get_by_role("heading", level=1)).to_have_text("Accueil")

    async def prove(self, account: Account) -> None:
        """Fill in the log-in page that is shown: its first field has the focus."""
        await expect(self.page.locator("#login")).to_be_focused()
        await self.write(account.login)
        await self.press("Tab")
        await self.write(account.password)
        await self.press("Enter")
        if account.secret:
            await expect(self.page.locator("#code")).to_be_focused()
            await self.write(account.code())
            await self.press("Enter")

    async def go(self, key: str, path: str) -> None:
        """Go to a page of the menu by its two letters."""
        await self.page.wait_for_load_state("load")  # The script that hears the keys stands last.
        await self.press("g", key)
        await self.page.wait_for_url(f"**/console{path}")

    async def open_row(self, place: int) -> None:
        """Open the case at a place in the list, the first being 1."""
        await self.go("c", "/cases")
        await self.press(*["j"] * place, "o")
        await self.page.wait_for_url("**/cases/PV-*")

    async def find(self, reference: str) -> None:
        """Find a case by its reference, from any page."""
        await self.go("c", "/cases")
        await self.press("/")
        await self.write(reference)
        await self.press("Enter")
        await self.page.wait_for_url("**/cases?*")
        await self.press("j", "o")
        await self.page.wait_for_url(f"**/cases/{reference}")

    async def jump(self, part: str) -> None:
        """Skip to the content, and from there to a part of the case."""
        await self.to(self.page.locator(".skip"))
        await self.press("Enter")
        await self.use(self.page.locator(f'.jump a[href="#{part}"]'))

    async def done(self, told: str) -> None:
        await expect(self.page.locator(".notice.done")).to_have_text(told)


async def seated(chromium: Browser) -> tuple[BrowserContext, Keyboard]:
    """A browser in which no click can be made: a mouse is refused."""
    context = await chromium.new_context(locale="fr-FR")
    return context, Keyboard(page=await context.new_page())
