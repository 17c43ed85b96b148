"""WhatsApp over a real socket: a Graph API as strict as Meta's, with people who write, press and read.

A fault is switched on by setting it in `fake.faults`; everything else behaves.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tests.fakes.whatsapp_people import Person
from tests.fakes.whatsapp_wire import Cut, Refusal, Sent, Server, read

TOKEN, SECRET, VERIFY = "EAAG-opens-nothing", "signs-nothing", "repeats-nothing"
PHONE_ID = "106540352242922"
WINDOW = timedelta(hours=24)
HOOK = "/hooks/whatsapp"


@dataclass(slots=True, kw_only=True)
class Faults:
    """What goes wrong. A number counts down to 0, where all is well again; the rest stays until it is taken away."""

    duplicate: int = 0
    """Each webhook comes so many times more."""
    reorder: bool = False
    """Webhooks that wait come newest first; one alone waits for another, or for `deliver`."""
    delay: float = 0.0
    """Seconds before a webhook comes, and before a call is answered."""
    drop: int = 0
    """So many of the next messages are taken, and the connection drops before that is said."""
    busy: int = 0
    """So many of the next messages are refused, since there were too many to this person (131056)."""
    forbidden: int = 0
    """So many of the next messages are refused, since the person cannot be reached (131026)."""
    broken: int = 0
    """So many of the next messages, and questions where a file is, get a 500 that is no JSON."""
    lapsed_late: bool = False
    """A message outside the 24 hours is taken, and only its status tells that it failed."""


class FakeWhatsapp:
    """The server, and the people in it."""

    def __init__(self) -> None:
        self.faults = Faults()
        self.url = ""
        self.clock: Callable[[], datetime] = lambda: datetime.now(UTC)
        self.web = httpx.AsyncClient(timeout=10)
        """What calls the webhook at `HOOK`; none of its calls is made before there is a base address."""
        self.sent: list[Sent] = []
        """Everything said to people that they got to see."""
        self.seen: list[str] = []
        """The messages that were marked as read, with three dots."""
        self.templates = {"reponse_en_attente:fr", "reponse_en_attente:en"}
        """The approved ones, with their language."""
        self.people: dict[str, Person] = {}
        self.files: dict[str, tuple[bytes, str]] = {}
        """Content and type by media id."""
        self.claims: dict[str, int] = {}
        """The size that is told of a file, where it is not its own."""
        self.waiting: list[bytes] = []
        """Webhooks that were not taken yet."""
        self.called: list[bytes] = []
        """Every webhook, taken or not."""
        self.statuses: list[int] = []
        """What the webhook answered."""
        self._last = 0

    def person(self, user_id: str = "FR.1001", **about: Any) -> Person:
        """Somebody who has the number."""
        person = Person(self, user_id, **about)
        self.people[user_id] = person
        return person

    def wamid(self) -> str:
        self._last += 1
        return f"wamid.HBgLMzM2MDAwMDAwMDAVAgA{self._last:06}"

    def upload(self, content: bytes, mime_type: str) -> str:
        self._last += 1
        self.files[media := str(1_370_000 + self._last)] = (content, mime_type)
        return media

    async def again(self, message: str) -> None:
        """Call the webhook once more with what brought this message."""
        self.waiting += [body for body in self.called if message.encode() in body]
        await self.deliver()

    async def bring(self, person: Person, *messages: dict[str, Any]) -> None:
        """Somebody wrote: hand it to the webhook."""
        person.wrote_at = self.clock()
        await self.call({"contacts": [person.contact], "messages": list(messages)})

    async def tell(self, told: Sequence[tuple[str, str, int]]) -> None:
        """Say what became of messages: id, status, and the code of what went wrong or 0."""
        at = str(int(self.clock().timestamp()))
        for line, status, code in told:
            errors = {"errors": [{"code": code, "title": "x", "message": "x"}]} if code else {}
            await self.call({"statuses": [{"id": line, "status": status, "timestamp": at, **errors}]})

    async def call(self, value: dict[str, Any]) -> None:
        """Call the webhook, now or in another order."""
        self.waiting.append(json.dumps(payload(value)).encode())
        self.called.append(self.waiting[-1])
        if not self.faults.reorder or len(self.waiting) > 1:
            await self.deliver()

    async def deliver(self) -> None:
        """Hand what waits to the webhook; what it does not take waits again."""
        waiting, self.waiting = self.waiting, []
        for body in reversed(waiting) if self.faults.reorder else waiting:
            for _ in range(1 + self.faults.duplicate):
                await asyncio.sleep(self.faults.delay)
                status = await self.post(body, signature(body))
            if status != httpx.codes.OK:
                self.waiting.append(body)

    async def post(self, body: bytes, signed: str | None) -> int:
        """Call the webhook as Meta does; a forger calls it with another signature, or none."""
        headers = {"content-type": "application/json"} | ({"x-hub-signature-256": signed} if signed else {})
        try:
            status = (await self.web.post(HOOK, content=body, headers=headers)).status_code
        except httpx.TransportError:
            status = 0
        self.statuses.append(status)
        return status

    async def messages(self, request: Request) -> Response:
        """`POST /{version}/{phone_id}/messages`: a message, or the three dots."""
        await self._allow(request)
        if request.path_params["node"] != PHONE_ID:
            raise Refusal(100, "no such number", status=404)
        asked = await request.json()
        if asked.get("status") == "read":
            if asked.get("typing_indicator") not in (None, {"type": "text"}):
                raise Refusal(100, "typing_indicator")
            self.seen.append(asked["message_id"])
            return JSONResponse({"success": True})
        return await self._send(asked)

    async def _send(self, asked: dict[str, Any]) -> Response:
        if self._strikes("broken"):
            raise BrokenError
        content, to = read(asked), asked.get("to") or asked.get("recipient")
        person = next((one for one in self.people.values() if to in {one.user_id, one.phone}), None)
        if person is None or self._strikes("forbidden"):
            raise Refusal(131026, "Message Undeliverable.")
        if self._strikes("busy"):
            raise Refusal(131056, "Too many messages to this person.")
        if content.get("template", "") not in {"", *self.templates}:
            raise Refusal(132001, f"template name ({content['template']}) does not exist", status=404)
        open_yet = person.wrote_at is not None and self.clock() < person.wrote_at + WINDOW
        lapsed = not open_yet and "template" not in content
        if lapsed and not self.faults.lapsed_late:
            raise Refusal(131047, "More than 24 hours have passed.")
        sent = Sent(id=self.wamid(), to=str(to), at=self.clock(), **content)
        if not lapsed:
            self.sent.append(sent)
        self._foretell(sent.id, lapsed=lapsed)
        if self._strikes("drop"):
            return Cut()
        contact = {"input": to, "user_id": person.user_id} | ({"wa_id": person.phone} if person.phone else {})
        return JSONResponse({"messaging_product": "whatsapp", "contacts": [contact], "messages": [{"id": sent.id}]})

    def _foretell(self, line: str, *, lapsed: bool) -> None:
        """The statuses of a message wait, to be told by `deliver`."""
        at = str(int(self.clock().timestamp()))
        errors = {"errors": [{"code": 131047, "title": "Re-engagement message"}]}
        told: list[dict[str, Any]] = (
            [{"status": "failed", **errors}] if lapsed else [{"status": "sent"}, {"status": "delivered"}]
        )
        for one in told:
            self.waiting.append(json.dumps(payload({"statuses": [{"id": line, "timestamp": at, **one}]})).encode())

    async def media(self, request: Request) -> Response:
        """`GET /{version}/{media_id}`: where a file is."""
        await self._allow(request)
        name = request.path_params["node"]
        if self._strikes("broken"):
            raise BrokenError
        if name not in self.files:
            raise Refusal(100, "Object does not exist")
        content, mime_type = self.files[name]
        return JSONResponse(
            {
                "messaging_product": "whatsapp", "url": f"{self.url}/media/{name}", "mime_type": mime_type,
                "sha256": hashlib.sha256(content).hexdigest(), "file_size": self.claims.get(name, len(content)),
                "id": name,
            }
        )  # fmt: skip

    async def content(self, request: Request) -> Response:
        """`GET /media/{media_id}`: the bytes of a file."""
        await self._allow(request)
        content, mime_type = self.files[request.path_params["node"]]
        return Response(content, media_type=mime_type)

    async def _allow(self, request: Request) -> None:
        await asyncio.sleep(self.faults.delay)
        if request.headers.get("authorization") != f"Bearer {TOKEN}":
            raise Refusal(190, "Invalid OAuth access token", status=401)

    def _strikes(self, fault: str) -> bool:
        """Whether a counted fault strikes now."""
        left: int = getattr(self.faults, fault)
        setattr(self.faults, fault, max(0, left - 1))
        return left > 0


class BrokenError(Exception):
    """Meta itself is down."""


def payload(*values: dict[str, Any], phone_id: str = PHONE_ID) -> dict[str, Any]:
    """What Meta sends of these values, in one call."""
    metadata = {"display_phone_number": "33100000000", "phone_number_id": phone_id}
    changes = [
        {"field": "messages", "value": {"messaging_product": "whatsapp", "metadata": metadata, **value}}
        for value in values
    ]
    return {"object": "whatsapp_business_account", "entry": [{"id": "102290129340398", "changes": changes}]}


def signature(body: bytes, secret: str = SECRET) -> str:
    return "sha256=" + hmac.digest(secret.encode(), body, "sha256").hex()


async def _refuse(_request: Request, error: Exception) -> Response:
    if isinstance(error, Refusal):
        return error.answer
    return Response("<html>Sorry, something went wrong.</html>", status_code=500, media_type="text/html")


@asynccontextmanager
async def serving() -> AsyncIterator[FakeWhatsapp]:
    """The network on a port of this machine."""
    fake = FakeWhatsapp()
    web = Starlette(
        routes=[
            Route("/media/{node}", fake.content),
            Route("/{version}/{node}/messages", fake.messages, methods=["POST"]),
            Route("/{version}/{node}", fake.media),
        ],
        exception_handlers={Refusal: _refuse, BrokenError: _refuse},
    )
    server = Server(web)
    task = asyncio.create_task(server.serve())
    await server.listens.wait()
    fake.url = f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    try:
        yield fake
    finally:
        server.should_exit = True
        await task
        await fake.web.aclose()
