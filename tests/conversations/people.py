"""The persons of a conversation on each channel, each before the network that the fakes play."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from html import unescape
from random import Random

import httpx

from bot.app import App
from bot.channels.terminal import Clock, Line, Terminal
from stories.effects import Say
from tests.conversations.playing import Fault, Person
from tests.fakes.telegram import FakeTelegram
from tests.fakes.telegram_people import Person as TelegramPerson
from tests.fakes.whatsapp import FakeWhatsapp

CHAT = 4711
NUMBERED = re.compile(r"\n\n1\. (?!.*\n\n).*", re.DOTALL)
"""Options that stand in the text, where they are too many for buttons."""
OURS = re.compile(r'<li class="line us.*?<div class="said" dir="auto">(.*?)</div>', re.DOTALL)


class AtTerminal(Person):
    """At the terminal of the product's own machine."""

    lane = "terminal:firm"
    blanks = True

    def __init__(self, app: Callable[[], App], terminal: Terminal, clock: Clock) -> None:
        self._app, self._terminal, self._clock = app, terminal, clock
        self._position = 0
        self._seen: list[Say] = []

    async def does(self, line: Line, label: Callable[[str], str]) -> None:  # noqa: ARG002  # It knows the ids.
        messages = line.messages("firm", self._position + 1)
        self._position += len(messages)
        await self._app().door.receive(messages, self._clock())

    async def read(self) -> list[str]:
        self._seen += self._terminal.said()
        return [say.text for say in self._seen]


class OnTelegram(Person):
    """On Telegram, whichever library we speak to it with."""

    lane = f"telegram:{CHAT}"
    faults = frozenset({
        "none", "slow", "crash", "repeats", "swaps", "busy", "broken", "cut", "blocks", "everything",
    })  # fmt: skip

    def __init__(self, fake: FakeTelegram) -> None:
        self._fake = fake
        self._person: TelegramPerson = fake.person(CHAT)
        self._ids: dict[str, int] = {}
        self._blocked = False

    async def does(self, line: Line, label: Callable[[str], str]) -> None:
        if line.choice is not None:
            await self._presses(line.choice, label(line.choice))
        elif line.edit is not None:
            await self._person.edits(self._ids[line.edit], line.text or "")
        elif line.burst is not None:
            await self._bursts(line.burst)
        elif line.key is not None and line.key in self._ids:
            await self._fake.again(self._ids[line.key])
        else:
            self._ids[line.key or f"line-{len(self._ids)}"] = await self._person.writes(line.text or "")

    async def read(self) -> list[str]:
        return [one.text for one in self._fake.said(CHAT)]

    async def lets_go_wrong(self, fault: Fault, chance: Random) -> None:
        faults = self._fake.faults
        faults.repeat = int(chance.random() < fault.repeats)
        faults.shuffle = chance if chance.random() < fault.swaps else None
        faults.broken = int(chance.random() < fault.broken)
        faults.cut_before = int(chance.random() < fault.cut / 2)
        faults.cut_after = int(chance.random() < fault.cut / 2)
        if chance.random() < fault.busy and not faults.too_many.get(CHAT):
            faults.too_many[CHAT] = [3]
        faults.delay = 0.002 if fault.slow else 0.0
        if not self._blocked and chance.random() < fault.blocks / 10:
            await self._person.blocks()
            self._blocked = True

    async def recovers(self) -> None:
        self._fake.faults.repeat = 0
        self._fake.faults.too_many.clear()
        if self._blocked:
            await self._person.unblocks()
            self._blocked = False

    async def _presses(self, choice: str, label: str) -> None:
        said = self._fake.said(CHAT)
        shown = [one for one in said if any(b["callback_data"] == choice for b in one.offered)]
        if said:
            await self._person.presses_button(choice, (shown or said)[-1])
        else:
            await self._person.writes(label)

    async def _bursts(self, texts: tuple[str, ...]) -> None:
        """Several messages in one go, which the network may hand over in another order."""
        url, self._fake.hook.url = self._fake.hook.url, ""
        for text in texts:
            self._ids[f"line-{len(self._ids)}"] = await self._person.writes(text)
        self._fake.hook.url = url
        await self._fake.deliver()


class OnWhatsapp(Person):
    """On WhatsApp."""

    lane = "whatsapp:FR.1001"
    faults = frozenset({"none", "slow", "crash", "repeats", "swaps", "busy", "broken", "cut", "everything"})
    edits = False

    def __init__(self, fake: FakeWhatsapp) -> None:
        self._fake = fake
        self._person = fake.person()
        self._ids: dict[str, str] = {}

    async def does(self, line: Line, label: Callable[[str], str]) -> None:
        if line.choice is not None:
            heard = self._person.heard
            shown = [one for one in heard if line.choice in one.options]
            if heard:
                await self._person.presses_button(line.choice, (shown or heard)[-1])
            else:
                await self._person.writes(label(line.choice))
        elif line.key is not None and line.key in self._ids:
            await self._fake.again(self._ids[line.key])
        else:
            for text in line.burst or (line.text or "",):
                self._ids[line.key or f"line-{len(self._ids)}"] = await self._person.writes(text)
        await self._fake.deliver()

    async def read(self) -> list[str]:
        return [NUMBERED.sub("", one.text) for one in self._person.heard]

    async def lets_go_wrong(self, fault: Fault, chance: Random) -> None:
        faults = self._fake.faults
        faults.duplicate = int(chance.random() < fault.repeats)
        faults.reorder = chance.random() < fault.swaps
        faults.busy = int(chance.random() < fault.busy)
        faults.broken = int(chance.random() < fault.broken)
        faults.drop = int(chance.random() < fault.cut)
        faults.delay = 0.002 if fault.slow else 0.0
        await self._fake.deliver()

    async def recovers(self) -> None:
        self._fake.faults.reorder = False
        self._fake.faults.duplicate = 0
        await self._fake.deliver()


class OnTheWeb(Person):
    """In a browser without JavaScript."""

    faults = frozenset({"none", "slow", "crash", "repeats"})
    edits = False

    def __init__(self, browser: httpx.AsyncClient, chat: str) -> None:
        self._browser = browser
        self.lane = f"webchat:{chat}"
        self._nonces = 0
        self._repeat = False

    async def does(self, line: Line, label: Callable[[str], str]) -> None:  # noqa: ARG002  # A page has the ids.
        for text in line.burst or (line.text or "",):
            self._nonces += 1
            nonce = line.key or f"n{self._nonces}"
            form = {"text": text, "choice": line.choice or "", "key": nonce, "back": "/"}
            for _ in range(2 if self._repeat else 1):
                answer = await self._browser.post("/messages", data=form, headers={"accept": "application/json"})
                assert answer.status_code == httpx.codes.ACCEPTED, json.dumps(answer.json())

    async def read(self) -> list[str]:
        page = (await self._browser.get("/")).text
        return [unescape(re.sub(r"<[^>]+>", " ", line)) for line in OURS.findall(page)]

    async def lets_go_wrong(self, fault: Fault, chance: Random) -> None:
        self._repeat = chance.random() < fault.repeats
