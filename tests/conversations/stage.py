"""Sets the stage for a conversation: a database, a process, a network and a person for each channel."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Literal

import httpx
from starlette.types import ASGIApp, Receive, Scope, Send

from bot.app import App
from bot.channels import webchat
from bot.channels.channel import Channel
from bot.channels.settings import TelegramSettings, WhatsappSettings
from bot.channels.telegram_channel import Telegram
from bot.channels.terminal import Clock, Terminal
from bot.channels.webchat import Webchat
from bot.channels.whatsapp_pywa import Whatsapp
from bot.guard import Pace
from bot.settings import read
from bot.visit import COOKIE
from bot.web import create
from nlu.backend import NLU
from storage.crypto import KeyRing
from storage.database import Database
from stories.script import Script
from tests.conversations.people import AtTerminal, OnTelegram, OnTheWeb, OnWhatsapp
from tests.conversations.playing import Fault, Life, Play
from tests.conversations.story import Story
from tests.fakes import telegram, whatsapp

BURST = timedelta(seconds=1)
SITE = "https://site.example"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """What every process of a conversation works with."""

    url: str
    """Of the database."""
    ring: KeyRing
    script: Script
    nlu: NLU

    def app(self, channel: Channel, clock: Life) -> App:
        """A process with this channel."""
        return App(
            database=Database(self.url), ring=self.ring, script=self.script, nlu=self.nlu,
            channels={channel.name: channel}, clock=clock, burst=BURST, deliveries=1000,
        )  # fmt: skip


class Front:
    """The web of the process that runs now, as the network reaches it."""

    def __init__(self, web: Callable[[], ASGIApp]) -> None:
        self._web = web

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._web()(scope, receive, send)


class Processes:
    """One process after the other, each with its web."""

    def __init__(self, stage: Stage, channel: Callable[[], Channel], clock: Clock) -> None:
        self.life = Life(clock)
        self._stage, self._channel = stage, channel
        self.app: App
        self._web: ASGIApp

    def start(self) -> App:
        """The next process, on the same database."""
        self.app = self._stage.app(self._channel(), self.life)
        pace = Pace(at_once=100_000)
        self._web = create(self.app, read({"PUBLIC_URL": SITE}), patience=0.0, pace=pace)
        return self.app

    @property
    def front(self) -> httpx.ASGITransport:
        return httpx.ASGITransport(app=Front(lambda: self._web))


@asynccontextmanager
async def at_terminal(stage: Stage, story: Story, fault: Fault) -> AsyncIterator[Play]:
    clock, terminal = Clock(story.begins), Terminal()
    processes = Processes(stage, lambda: terminal, clock)
    person = AtTerminal(lambda: processes.app, terminal, clock)
    async with _ending(Play(processes.start, processes.life, person, fault, story.story)) as play:
        yield play


@asynccontextmanager
async def on_telegram(
    stage: Stage, story: Story, fault: Fault, *, client: Literal["aiogram", "ptb"]
) -> AsyncIterator[Play]:
    clock = Clock(story.begins)

    def seconds() -> float:
        return clock().timestamp()

    processes = Processes(stage, lambda: channel, clock)
    async with telegram.serving(seconds) as fake, httpx.AsyncClient(transport=processes.front) as fake.web:
        settings = TelegramSettings(token=telegram.TOKEN, client=client, api=fake.url)
        channel = Telegram(settings, stage.ring, clock=seconds)
        fake.hook.url, fake.hook.secret = f"{SITE}/hooks/telegram", channel.secret
        async with _ending(Play(processes.start, processes.life, OnTelegram(fake), fault, story.story)) as play:
            yield play
        await channel.close()


@asynccontextmanager
async def on_whatsapp(stage: Stage, story: Story, fault: Fault) -> AsyncIterator[Play]:
    clock = Clock(story.begins)
    processes = Processes(stage, lambda: channel, clock)
    async with whatsapp.serving() as fake, httpx.AsyncClient(transport=processes.front, base_url=SITE) as web:
        await fake.web.aclose()
        fake.web, fake.clock = web, clock
        channel = Whatsapp(
            WhatsappSettings(
                token=whatsapp.TOKEN, phone_id=whatsapp.PHONE_ID, app_secret=whatsapp.SECRET,
                verify_token=whatsapp.VERIFY, api=fake.url,
            )
        )  # fmt: skip
        async with _ending(Play(processes.start, processes.life, OnWhatsapp(fake), fault, story.story)) as play:
            yield play
        await channel.close()


@asynccontextmanager
async def on_the_web(stage: Stage, story: Story, fault: Fault) -> AsyncIterator[Play]:
    clock, chat = Clock(story.begins), webchat.new_chat()
    processes = Processes(stage, Webchat, clock)
    cookies = {COOKIE: webchat.ticket(stage.ring, chat)}
    browser = httpx.AsyncClient(transport=processes.front, base_url=SITE, follow_redirects=True, cookies=cookies)
    async with (
        browser,
        _ending(Play(processes.start, processes.life, OnTheWeb(browser, chat), fault, story.story)) as play,
    ):
        yield play


@asynccontextmanager
async def _ending(play: Play) -> AsyncIterator[Play]:
    try:
        yield play
    finally:
        await play.end()


CHANNELS: Mapping[str, Callable[[Stage, Story, Fault], AbstractAsyncContextManager[Play]]] = {
    "terminal": at_terminal,
    "telegram/aiogram": partial(on_telegram, client="aiogram"),
    "telegram/ptb": partial(on_telegram, client="ptb"),
    "whatsapp": on_whatsapp,
    "webchat": on_the_web,
}
