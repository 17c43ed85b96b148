"""A whole site on a database of its own: pages, inbox, turns; only the classifier is a double."""

from __future__ import annotations

import asyncio
import re
import shutil
import socket
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from html import unescape
from pathlib import Path

import httpx
from sqlalchemy import select
from starlette.applications import Starlette

from bot.app import App
from bot.channels.webchat import Webchat
from bot.guard import Pace
from bot.intake import take_turns
from bot.server import Server
from bot.settings import read
from bot.web import create
from nlu.backend import Ask
from nlu.entities import read as read_entities
from nlu.language import detect
from storage.crypto import KeyRing
from storage.database import Database
from storage.tables import InboxRow
from stories.script import Script
from stories.types import Label, Understanding

STORY = (
    "amazon m'a viré début octobre du jour au lendemain, j'ai perdu environ 20% du chiffre, "
    "je peux plus sortir mes factures pour le comptable et personne répond"
)
HEARD: Mapping[str, str] = {
    r"vir[eé]|ferm[eé]|closed": "account_suspension",
    r"factures|invoices": "invoicing_documents",
    r"personne r[eé]pond|nobody": "no_human_contact",
}


class HearsWords:
    """Understands values as the real one does, and problems by single words."""

    name = "words"

    def __init__(self, script: Script) -> None:
        self._script = script

    def understand_many(self, asks: Sequence[Ask]) -> list[Understanding]:
        return [self._understand(ask) for ask in asks]

    def _understand(self, ask: Ask) -> Understanding:
        language = detect(ask.text, ask.language) or "fr"
        entities = read_entities(
            ask.text,
            platforms=ask.platforms or self._script.platforms,
            at=ask.at,
            language=language,
            expecting=ask.expecting,
        )
        found = [
            Label(id=problem, probability=0.95 - place / 100, start=match.start(), end=match.end())
            for place, (pattern, problem) in enumerate(HEARD.items())
            if (match := re.search(pattern, ask.text))
        ]
        return Understanding(language=language, problems=tuple(found), entities=tuple(entities), by=self.name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """The site under test."""

    app: App
    web: Starlette

    def browser(self) -> httpx.AsyncClient:
        """A new visitor, with cookies of their own and no JavaScript."""
        return httpx.AsyncClient(
            transport=httpx.ASGITransport(app=self.web), base_url="http://site.example", follow_redirects=True,
            headers={"accept-language": "fr"},
        )  # fmt: skip


@asynccontextmanager
async def opened(
    database: Database, ring: KeyRing, script: Script, *,
    working: bool = True, pace: Pace | None = None, patience: float = 4.0,
) -> AsyncIterator[Site]:  # fmt: skip
    """A site; `working`: turns are taken."""

    def now() -> datetime:
        return datetime.now(UTC)

    app = App(
        database=database, ring=ring, script=script, nlu=HearsWords(script), channels={"webchat": Webchat()},
        clock=now, burst=timedelta(),
    )  # fmt: skip
    settings = read({"PUBLIC_URL": "http://site.example"})
    stopping = asyncio.Event()
    worker = asyncio.create_task(_work(app, stopping)) if working else None
    try:
        yield Site(app=app, web=create(app, settings, patience=patience, pace=pace or Pace(at_once=1000)))
    finally:
        stopping.set()
        if worker:
            await worker


async def _work(app: App, stopping: asyncio.Event) -> None:
    while not stopping.is_set():
        if not await take_turns(app):
            app.hub.work["inbox"].clear()
            with suppress(TimeoutError):
                await asyncio.wait_for(app.hub.work["inbox"].wait(), 0.05)


@asynccontextmanager
async def copied(
    template: Path, folder: Path, ring: KeyRing, script: Script, *, working: bool = True, pace: Pace | None = None
) -> AsyncIterator[Site]:
    """A site on SQLite that answers late or refuses early."""
    shutil.copy(template, folder / "other.db")
    database = Database(f"sqlite:///{folder / 'other.db'}")
    async with opened(database, ring, script, working=working, pace=pace, patience=0.2) as site:
        yield site
    await database.close()


async def received(site: Site) -> int:
    """How many messages were kept."""
    async with site.app.database.read() as session:
        return len((await session.scalars(select(InboxRow.id))).all())


class Told(Server):
    """Says when it listens."""

    def __init__(self, web: Starlette, *, host: str, port: int) -> None:
        super().__init__(web, host=host, port=port)
        self.listens = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.listens.set()


@asynccontextmanager
async def listening(site: Site) -> AsyncIterator[str]:
    """The site on a port of this machine; gives its address."""
    server = Told(site.web, host="127.0.0.1", port=0)
    task = asyncio.create_task(server.serve())
    await server.listens.wait()
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        await task


def words_of(html: str) -> str:
    """What a page says, without its tags."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", html)).split())


def buttons_of(html: str) -> list[str]:
    """The ids of the buttons that can be pressed."""
    return re.findall(r'<button name="choice" value="([^"]*)"(?: class="main")?>', html)
