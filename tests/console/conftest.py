"""The console, mounted as in the product, and an official in front of it."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache

import httpx
import pytest
from sqlalchemy import update
from starlette.applications import Starlette
from starlette.routing import Mount

from console.app import create
from console.forms import SESSION_COOKIE
from storage import officials, teams
from storage.access import Role
from storage.crypto import KeyRing
from storage.database import Database
from storage.desk_tables import OfficialRow
from storage.filestore import FileStore, in_memory
from stories.script import Script, default_folder, load

START = datetime(2026, 11, 24, 8, tzinfo=UTC)
TOKEN = re.compile(r'name="token" value="([^"]*)"')


@cache
def script() -> Script:
    return load(default_folder())


@dataclass(slots=True)
class Desk:
    """A browser at the console, and the hands of the clock."""

    browser: httpx.AsyncClient
    database: Database
    ring: KeyRing
    files: FileStore
    now: datetime = START
    console: Starlette = field(init=False)
    page: httpx.Response = field(init=False)
    """What the browser shows."""

    async def open(self, path: str) -> httpx.Response:
        """Go to a page, wherever it leads."""
        self.page = await self.browser.get(f"/console{path}", follow_redirects=True)
        return self.page

    async def post(self, path: str, **fields: str) -> httpx.Response:
        """Send the form of the page that is shown."""
        token = TOKEN.search(self.page.text)
        sent = {"token": token[1] if token else "", **fields}
        self.page = await self.browser.post(f"/console{path}", data=sent, follow_redirects=True)
        return self.page

    async def log_in(self, role: Role = "supervisor") -> str:
        """Be logged in; with which password."""
        given = await officials.create(self.database, login="c.fictive", name="Claire Fictive", role=role, now=self.now)
        async with self.database.begin() as session:
            await teams.ensure(session, "Accueil", self.now)
            team = (await teams.every(session))[0].id if role == "agent" else None
            await session.execute(update(OfficialRow).values(must_change=False, team_id=team))
        token = await officials.log_in(self.database, login="c.fictive", password=given, now=self.now)
        self.carry(token or "")
        return given

    def carry(self, token: str) -> None:
        """Put a session's cookie into the browser."""
        self.browser.cookies.set(SESSION_COOKIE, token, domain="portevoix.example", path="/console")

    def wait(self, **time: float) -> None:
        self.now += timedelta(**time)


@pytest.fixture
async def desk(database: Database, ring: KeyRing) -> AsyncIterator[Desk]:
    files = in_memory()
    console = create(
        database=database, ring=ring, script=script(), clock=lambda: at.now, secure_cookies=False, files=files
    )
    mounted = Starlette(routes=[Mount("/console", console)])
    transport = httpx.ASGITransport(app=mounted)
    async with httpx.AsyncClient(transport=transport, base_url="http://portevoix.example") as browser:
        at = Desk(browser, database, ring, files)
        at.console = console
        yield at
