"""A whole shell with a number of WhatsApp, wired to the fake network: what is written there is answered there."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

import httpx
from sqlalchemy import func, select

from bot.app import App, dialogue
from bot.channels.settings import WhatsappSettings
from bot.channels.whatsapp_pywa import Whatsapp
from bot.delivery import deliver
from bot.intake import take_turns
from bot.settings import read
from bot.web import create
from storage import conversations
from storage.conversations import Line
from storage.crypto import KeyRing
from storage.database import Database
from storage.replies import reply
from storage.tables import InboxRow
from stories.script import Script
from tests.bot.site import HearsWords
from tests.bot.tiny import Clock, tiny_app
from tests.fakes.whatsapp import PHONE_ID, SECRET, TOKEN, VERIFY, FakeWhatsapp, serving

TEMPLATE = "reponse_en_attente"
PAGE = "https://portevoix.example/"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wired:
    """Both ends of the wire."""

    app: App
    clock: Clock
    channel: Whatsapp
    fake: FakeWhatsapp
    web: httpx.AsyncClient
    """Reaches the site as a browser does."""

    async def work(self) -> None:
        """Take turns and deliver what is due."""
        while await take_turns(self.app) + await deliver(self.app):
            pass

    async def received(self) -> int:
        """How many messages were kept."""
        async with self.app.database.read() as session:
            return await session.scalar(select(func.count()).select_from(InboxRow)) or 0

    async def transcript(self, chat: str = "FR.1001") -> Sequence[Line]:
        async with self.app.database.read() as session:
            return await conversations.transcript(session, self.app.ring, self.lane(chat))

    async def reach(self, chat: str = "FR.1001") -> conversations.Reach | None:
        async with self.app.database.read() as session:
            return await conversations.reach(session, self.lane(chat))

    async def official_says(self, text: str, chat: str = "FR.1001") -> None:
        async with self.app.database.begin() as session:
            await reply(session, self.app.ring, self.lane(chat), text, now=self.app.clock())

    def lane(self, chat: str) -> str:
        return self.app.ring.lane(f"whatsapp:{chat}")


def whatsapp_settings(api: str, *, token: str = TOKEN, template: str | None = TEMPLATE) -> WhatsappSettings:
    return WhatsappSettings(
        token=token, phone_id=PHONE_ID, app_secret=SECRET, verify_token=VERIFY, template=template, api=api
    )


@asynccontextmanager
async def wired(
    database: Database, ring: KeyRing, *,
    script: Script, talks: bool = False, token: str = TOKEN, template: str | None = TEMPLATE,
) -> AsyncIterator[Wired]:  # fmt: skip
    """A whole shell; `talks`: with the real conversation, else with the tiny one."""
    clock = Clock()
    async with serving() as fake:
        channel = Whatsapp(whatsapp_settings(fake.url, token=token, template=template))
        real = {"nlu": HearsWords(script), "dialogue": dialogue()} if talks else {}
        app = tiny_app(
            database, ring, script=script, channels={channel.name: channel}, clock=clock, page_url=PAGE, **real
        )
        site = httpx.ASGITransport(app=create(app, read({"PUBLIC_URL": PAGE})))
        async with httpx.AsyncClient(transport=site, base_url=PAGE) as web:
            await fake.web.aclose()
            fake.web, fake.clock = web, clock
            yield Wired(app=app, clock=clock, channel=channel, fake=fake, web=web)
        await channel.close()
