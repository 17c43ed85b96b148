"""A whole shell with a Telegram bot, wired to the fake Telegram: what is written there is answered there."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

import httpx
from sqlalchemy import func, select

from bot.app import App
from bot.channels.settings import TelegramSettings
from bot.channels.telegram import KINDS
from bot.channels.telegram_channel import Telegram
from bot.delivery import deliver
from bot.intake import take_turns
from bot.settings import read
from bot.web import create
from storage import conversations
from storage.conversations import Line
from storage.crypto import KeyRing
from storage.database import Database
from storage.tables import InboxRow, OutboxRow
from stories.script import Script
from tests.bot.site import HearsWords
from tests.bot.tiny import Clock, tiny_app
from tests.fakes.telegram import TOKEN, FakeTelegram, serving

ROUNDS = 300
ADDRESS = "https://site.example/hooks/telegram"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wired:
    """Both ends of the wire."""

    app: App
    clock: Clock
    channel: Telegram
    fake: FakeTelegram
    web: httpx.AsyncClient
    """Reaches the site as a browser does."""

    async def hook(self) -> None:
        """Have Telegram call the site."""
        client = await self.channel.client()
        await client.set_webhook(ADDRESS, self.channel.secret, KINDS)

    async def settle(self) -> None:
        """Take turns and deliver until nothing waits; time passes where it must."""
        for _ in range(ROUNDS):
            if await take_turns(self.app) + await deliver(self.app):
                continue
            if not await self._waiting():
                return
            self.clock.pass_(1)
        raise AssertionError("something waits for ever")

    async def received(self) -> int:
        """How many messages were kept."""
        async with self.app.database.read() as session:
            return await session.scalar(select(func.count()).select_from(InboxRow)) or 0

    async def transcript(self, chat: int = 7) -> Sequence[Line]:
        lane = self.app.ring.lane(f"telegram:{chat}")
        async with self.app.database.read() as session:
            return await conversations.transcript(session, self.app.ring, lane)

    async def _waiting(self) -> bool:
        async with self.app.database.read() as session:
            counts = [
                await session.scalar(select(func.count()).select_from(table).where(table.status == "waiting"))
                for table in (InboxRow, OutboxRow)
            ]
        return any(counts)


@asynccontextmanager
async def wired(
    database: Database, ring: KeyRing, *,
    script: Script | None = None, client: Literal["aiogram", "ptb"] = "aiogram", burst: timedelta = timedelta(),
) -> AsyncIterator[Wired]:  # fmt: skip
    """The real conversation where there is a script, else the tiny one. Nothing asks or calls yet."""
    clock = Clock()
    async with serving() as fake:
        settings = TelegramSettings(token=TOKEN, api=fake.url, client=client)
        channel = Telegram(settings, ring, clock=clock.seconds)
        await channel.client()  # To load the library takes long, and is no part of what is tested.
        channels = {channel.name: channel}
        if script is None:
            app = tiny_app(database, ring, channels=channels, clock=clock, burst=burst)
        else:
            app = App(
                database=database, ring=ring, script=script, nlu=HearsWords(script), channels=channels, clock=clock,
                burst=burst,
            )  # fmt: skip
        site = httpx.ASGITransport(app=create(app, read({"PUBLIC_URL": "https://site.example"})))
        async with httpx.AsyncClient(transport=site, base_url="https://site.example") as web:
            await fake.web.aclose()
            fake.web = web
            yield Wired(app=app, clock=clock, channel=channel, fake=fake, web=web)
        await channel.close()
