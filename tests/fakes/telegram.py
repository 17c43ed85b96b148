"""Telegram over a real socket: a Bot API server as strict as the real one, with people who write, press and block.

A fault is switched on by setting it in `fake.faults`; everything else behaves.
"""

from __future__ import annotations

import asyncio
import json
import random
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tests.fakes.telegram_api import METHODS, USUAL
from tests.fakes.telegram_people import BOT, Group, Person
from tests.fakes.telegram_wire import Cut, Hook, Refusal, Sent, Server, read, refused

TOKEN = f"{BOT}:AAF-a_token_that_opens_nothing"
SENDS = frozenset({"sendMessage", "answerCallbackQuery", "editMessageReplyMarkup"})


@dataclass(slots=True, kw_only=True)
class Faults:
    """What goes wrong. A number counts down to 0, where all is well again; the rest stays until it is taken away."""

    too_many: dict[int, list[int]] = field(default_factory=dict)
    """By chat: the seconds of the 429s that its next messages get."""
    blocked: set[int] = field(default_factory=set)
    """Chats that answer 403."""
    migrated: dict[int, int] = field(default_factory=dict)
    """Groups that have another id now."""
    unparsed: int = 0
    """So many of the next messages have HTML that it takes for malformed."""
    broken: int = 0
    """So many of the next calls get a 502 that is no JSON."""
    cut_before: int = 0
    """So many of the next calls end in a dropped connection, and nothing was done."""
    cut_after: int = 0
    """So many of the next calls end in a dropped connection, though all was done."""
    on: frozenset[str] = SENDS
    """The methods that `broken`, `cut_before` and `cut_after` strike."""
    rivals: int = 0
    """So many of the next questions for updates find that another poller came between."""
    repeat: int = 0
    """Each update comes so many times more."""
    shuffle: random.Random | None = None
    """Updates that wait come in any order."""
    delay: float = 0.0
    """Seconds before an update is handed to the webhook, and before a call is answered."""


class FakeTelegram:
    """The server, and the people in it."""

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self.faults = Faults()
        self._clock = clock
        self.token = TOKEN
        self.url = ""
        self.sent: list[Sent] = []
        """Everything the bot said, in all chats."""
        self.calls: list[tuple[str, Mapping[str, Any]]] = []
        """Every call that was let in, with what it asked."""
        self.actions: list[int] = []
        """The chats in which "typing" was shown."""
        self.answered: list[str] = []
        """The presses that were answered."""
        self.introduced: dict[tuple[str, str], Any] = {}
        """Commands, description and short description, by method and language."""
        self.hook = Hook()
        self.waiting: list[dict[str, Any]] = []
        """Updates that the bot did not take yet."""
        self.happened: list[dict[str, Any]] = []
        """Every update, taken or not."""
        self.files: dict[str, tuple[bytes, int]] = {}
        """Content and size by file id; the size may be a claim."""
        self.chats: dict[int, Person | Group] = {}
        self.web = httpx.AsyncClient(timeout=10)
        """What calls the webhook."""
        self.wanted = USUAL
        self.presses: dict[str, bool] = {}
        self._last = {"update": 700_000, "message": 100, "press": 0}
        self.news = asyncio.Event()
        self.poller: asyncio.Event | None = None

    def person(self, chat: int = 7, **about: Any) -> Person:
        """Somebody who has opened the chat with the bot."""
        person = Person(self, chat, **about)
        self.chats[chat] = person
        return person

    def group(self, chat: int = -1007) -> Group:
        """A group in which the bot is."""
        group = Group(self, chat)
        self.chats[chat] = group
        return group

    def said(self, chat: int = 7) -> list[Sent]:
        """What the bot said in a chat."""
        return [one for one in self.sent if one.chat == chat]

    def next(self, what: str) -> int:
        self._last[what] += 1
        return self._last[what]

    def press_id(self) -> str:
        press = str(4_000_000_000 + self.next("press"))
        self.presses[press] = False
        return press

    async def bring(self, **update: Any) -> dict[str, Any]:
        """Something happened: hand it to the webhook, or keep it until it is asked for."""
        whole = {"update_id": self.next("update"), **update}
        self.happened.append(whole)
        if set(update) & self.wanted:
            self.waiting.append(whole)
        if self.hook.url:
            await self.deliver()
        self.news.set()
        return whole

    async def again(self, message: int) -> None:
        """Hand over once more the update that brought this message."""
        self.waiting += [one for one in self.happened if one.get("message", {}).get("message_id") == message]
        await self.deliver()

    def now(self) -> int:
        """Seconds since 1970."""
        return int(self._clock())

    async def deliver(self) -> list[int]:
        """Hand what waits to the webhook, each until it is taken; gives the statuses. What is refused waits again."""
        waiting = list(self.waiting)
        if self.faults.shuffle:
            self.faults.shuffle.shuffle(waiting)
        statuses = []
        for update in waiting:
            for _ in range(1 + self.faults.repeat):
                await asyncio.sleep(self.faults.delay)
                statuses.append(await self.call_hook(json.dumps(update).encode(), self.hook.secret))
            if statuses[-1] == httpx.codes.OK and update in self.waiting:
                self.waiting.remove(update)
        return statuses

    async def call_hook(self, body: bytes, secret: str | None) -> int:
        """Call the webhook as Telegram does; a forger calls it with another secret, or none."""
        headers = {"content-type": "application/json"}
        if secret is not None:
            headers["X-Telegram-Bot-Api-Secret-Token"] = secret
        try:
            status = (await self.web.post(self.hook.url, content=body, headers=headers)).status_code
        except httpx.HTTPError:
            status = 0
        if status != httpx.codes.OK:
            self.hook.error = f"Wrong response from the webhook: {status}" if status else "Connection timed out"
            self.hook.failed_at = self.now()
        return status

    async def close(self) -> None:
        await self.web.aclose()

    async def answer(self, request: Request) -> Response:
        """One call of a method."""
        name = request.path_params["method"]
        if request.path_params["token"] != self.token:
            return refused(Refusal(401, "Unauthorized"))
        if name not in METHODS:
            return refused(Refusal(404, "Not Found"))
        if trouble := self._trouble(name):
            return trouble
        asked = await read(request)
        self.calls.append((name, asked))
        try:
            found = METHODS[name](self, asked)
            result = await found if asyncio.iscoroutine(found) else found
        except Refusal as refusal:
            return refused(refusal)
        if name in self.faults.on and self.faults.cut_after:
            self.faults.cut_after -= 1
            return Cut()
        await asyncio.sleep(self.faults.delay)
        return JSONResponse({"ok": True, "result": result})

    async def hand_file(self, request: Request) -> Response:
        found = self.files.get(request.path_params["path"].removeprefix("documents/"))
        if found is None or request.path_params["token"] != self.token:
            return Response(status_code=404)
        return Response(found[0])

    def _trouble(self, name: str) -> Response | None:
        if name not in self.faults.on:
            return None
        if self.faults.broken:
            self.faults.broken -= 1
            return Response("<html><h1>502 Bad Gateway</h1></html>", status_code=502)
        if self.faults.cut_before:
            self.faults.cut_before -= 1
            return Cut()
        return None


@asynccontextmanager
async def serving(clock: Callable[[], float] = time.time) -> AsyncIterator[FakeTelegram]:
    """A server on a free port of this machine, in this event loop."""
    fake = FakeTelegram(clock)
    routes = [
        Route("/file/bot{token}/{path:path}", fake.hand_file),
        Route("/bot{token}/{method}", fake.answer, methods=["GET", "POST"]),
    ]
    server = Server(Starlette(routes=routes))
    running = asyncio.create_task(server.serve())
    await server.listens.wait()
    fake.url = f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    try:
        yield fake
    finally:
        server.should_exit = server.force_exit = True
        await running
        await fake.close()
