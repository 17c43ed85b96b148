"""A peer's Telegram, the npm package @vishtar/telegram-test-api: a whole conversation to a filed case, four ways."""

from __future__ import annotations

import asyncio
import contextlib
import json
import shutil
import socket
import subprocess
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Literal

import httpx
import pytest
from sqlalchemy import select

from bot.app import App
from bot.channels.settings import TelegramSettings
from bot.channels.telegram import KINDS
from bot.channels.telegram_channel import Telegram
from bot.polling import Poller
from bot.settings import read
from bot.web import create
from bot.worker import Worker
from storage import inbox
from storage.crypto import KeyRing
from storage.database import Database
from storage.desk_tables import CaseRow
from stories.script import Script
from stories.types import Attachment
from tests.bot.site import STORY, HearsWords, Site, listening

pytestmark = pytest.mark.full
PACKAGE = "@vishtar/telegram-test-api@4.2.3"
SHIM = Path(__file__).parents[2] / "fakes" / "telegram_emulator.js"
TOKEN = "123456:a_token_that_opens_nothing"


@pytest.fixture(scope="module")
def emulator(request: pytest.FixtureRequest) -> Iterator[str]:
    """The package, installed once, and running on a free port; gives its address."""
    npm, node = shutil.which("npm"), shutil.which("node")
    if npm is None or node is None:
        pytest.skip("npm is not here")
    folder: Path = request.config.cache.mkdir("telegram-emulator")
    if not (folder / "node_modules" / "@vishtar").exists():
        subprocess.run([npm, "install", "--silent", "--no-audit", "--no-fund", PACKAGE], cwd=folder, check=True)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with subprocess.Popen([node, str(SHIM), str(folder), str(port)], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "up\n"
        yield f"http://127.0.0.1:{port}"
        process.terminate()


@dataclass(frozen=True, slots=True, kw_only=True)
class Ana:
    """A person in the emulator's chat."""

    http: httpx.AsyncClient
    token: str

    def whole(self, **more: Any) -> dict[str, Any]:
        user = {"id": 7, "is_bot": False, "first_name": "Ana"}
        chat = {"id": 7, "type": "private", "first_name": "Ana"}
        return {"botToken": self.token, "from": user, "chat": chat, "date": int(time.time()), **more}

    async def writes(self, text: str) -> None:
        if text.startswith("/"):
            marks = [{"type": "bot_command", "offset": 0, "length": len(text)}]
            await self.http.post("/sendCommand", json=self.whole(text=text, entities=marks))
        else:
            await self.http.post("/sendMessage", json=self.whole(text=text))

    async def presses(self, label: str) -> None:
        for sent in reversed(await self.read()):
            buttons = [button for row in _rows(sent["message"]) for button in row if button["text"] == label]
            if buttons:
                under = {"message_id": sent["messageId"], "chat": {"id": 7, "type": "private"}}
                pressed = self.whole(message=under, data=buttons[0]["callback_data"])
                await self.http.post("/sendCallback", json=pressed)
                return
        raise AssertionError(label)

    async def read(self) -> list[dict[str, Any]]:
        """What the bot said, oldest first."""
        history = (await self.http.post("/getUpdatesHistory", json={"token": self.token})).json()["result"]
        return [update for update in history if "chat_id" in update.get("message", {})]

    async def sees(self, words: str) -> None:
        """Wait until the bot has said this."""
        async with asyncio.timeout(30):
            while not any(words in sent["message"]["text"] for sent in await self.read()):  # noqa: ASYNC110
                await asyncio.sleep(0.05)


def _rows(message: dict[str, Any]) -> list[list[dict[str, str]]]:
    keyboard = message.get("reply_markup") or {}
    found = json.loads(keyboard) if isinstance(keyboard, str) else keyboard
    rows: list[list[dict[str, str]]] = found.get("inline_keyboard", [])
    return rows


@asynccontextmanager
async def answering(app: App, channel: Telegram, way: str) -> AsyncIterator[None]:
    """The bot at work: asking, or called."""
    working: list[Worker | Poller] = [Worker(app)]
    async with contextlib.AsyncExitStack() as leaving:
        leaving.push_async_callback(channel.close)
        await channel.client()  # To load the library takes long, and is no part of what is tested.
        if way == "poll":
            working.append(Poller(app, channel, wait=1, pause=0.1))
        else:
            web = create(app, read({"PUBLIC_URL": "http://site.example"}))
            address = await leaving.enter_async_context(listening(Site(app=app, web=web)))
            await (await channel.client()).set_webhook(f"{address}/hooks/telegram", channel.secret, KINDS)
        running = [asyncio.create_task(one.run()) for one in working]
        try:
            yield
        finally:
            for one in working:
                one.stop()
            await asyncio.gather(*running)


@pytest.mark.parametrize("client", ["aiogram", "ptb"])
@pytest.mark.parametrize("way", ["poll", "webhook"])
async def test_a_case_is_filed_on_the_emulator(
    emulator: str, sqlite: Database, ring: KeyRing, script: Script, *, client: Literal["aiogram", "ptb"], way: str
) -> None:
    token = f"{TOKEN}_{client}_{way}"
    channel = Telegram(TelegramSettings(token=token, api=emulator, client=client), ring)
    app = App(
        database=sqlite, ring=ring, script=script, nlu=HearsWords(script), channels={"telegram": channel},
        clock=lambda: datetime.now(UTC), burst=timedelta(),
    )  # fmt: skip
    async with httpx.AsyncClient(base_url=emulator, timeout=20) as http, answering(app, channel, way):
        ana = Ana(http=http, token=token)
        await ana.writes("/start")
        await ana.sees("Que s'est-il passé")
        await ana.writes(STORY)
        await ana.sees("Que pouvons-nous dire à Amazon")
        await ana.presses("B. Les faits, sans mon nom")
        await ana.sees("vous confirmez ce résumé")
        await ana.presses("Envoyer")
        await ana.sees("PV-20")
        await http.post("/_file/F1", content=b"%PDF-1.7", headers={"content-type": "application/octet-stream"})
        assert await channel.fetch(Attachment(id="F1", kind="document"), most=100) == b"%PDF-1.7"
    async with sqlite.read() as session:
        (case,) = await session.scalars(select(CaseRow))
        assert not (await inbox.ledger(session)).failed
    assert (case.channel, case.platform_id) == ("telegram", "amazon")
