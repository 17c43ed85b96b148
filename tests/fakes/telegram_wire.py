"""Calls as they come over the wire to the fake Telegram, and what goes back."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import Receive, Scope, Send

from tests.fakes.telegram_html import MalformedError, visible
from tests.fakes.telegram_people import BOT, USERNAME

MOST = 4096
STRUCTURED = frozenset({"reply_markup", "link_preview_options", "allowed_updates", "commands"})
"""Arguments that are JSON inside a form."""


@dataclass(slots=True, kw_only=True)
class Sent:
    """A message of the bot, as its reader sees it."""

    id: int
    chat: int
    text: str
    html: str
    """As it came; equal to the text where it has no marks."""
    rows: list[list[dict[str, str]]]
    """Its buttons, while they are there."""
    asked: Mapping[str, Any]
    """The whole call."""
    at: float

    @property
    def offered(self) -> list[dict[str, str]]:
        """The buttons that it came with."""
        rows = (self.asked.get("reply_markup") or {}).get("inline_keyboard", [])
        return [button for row in rows for button in row]

    @property
    def labels(self) -> list[str]:
        return [button["text"] for row in self.rows for button in row]


@dataclass(slots=True, kw_only=True)
class Hook:
    """Whom updates are handed to."""

    url: str = ""
    secret: str = ""
    error: str = ""
    failed_at: int | None = None


class Refusal(Exception):  # noqa: N818  # It is no error of ours.
    """A call that Telegram refuses."""

    def __init__(self, code: int, description: str, **parameters: int) -> None:
        super().__init__(description)
        self.code, self.description, self.parameters = code, description, parameters


class Cut(Response):
    """An answer whose connection is dropped on the way."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002
        headers = [(b"content-type", b"application/json"), (b"content-length", b"1000")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b'{"ok":', "more_body": True})


def refused(refusal: Refusal) -> Response:
    body: dict[str, Any] = {"ok": False, "error_code": refusal.code, "description": refusal.description}
    if refusal.parameters:
        body["parameters"] = refusal.parameters
    return JSONResponse(body, status_code=refusal.code)


async def read(request: Request) -> dict[str, Any]:
    """The arguments of a call, in whichever of its forms the Bot API takes; lists and objects are read."""
    given: dict[str, Any] = dict(request.query_params)
    body = await request.body()
    kind = request.headers.get("content-type", "")
    if kind.startswith("application/json"):
        return given | (json.loads(body) if body else {})
    if kind.startswith("multipart/form-data"):
        form = await request.form()
        given |= {name: value for name, value in form.items() if isinstance(value, str)}
    else:
        given |= dict(parse_qsl(body.decode(), keep_blank_values=True))
    return {name: json.loads(value) if name in STRUCTURED and value else value for name, value in given.items()}


def shown(asked: Mapping[str, Any], text: str) -> str:
    """What is seen of a text. Raises Refusal."""
    mode = asked.get("parse_mode")
    if mode not in {None, "HTML"}:
        raise Refusal(400, "Bad Request: unsupported parse_mode")
    try:
        said = visible(text) if mode else text
    except MalformedError as error:
        raise Refusal(400, f"Bad Request: can't parse entities: {error}") from error
    if not said.strip():
        raise Refusal(400, "Bad Request: message text is empty")
    if len(said.encode("utf-16-le")) // 2 > MOST:
        raise Refusal(400, "Bad Request: message is too long")
    return said.strip()


def buttons(asked: Mapping[str, Any]) -> list[list[dict[str, str]]]:
    """The keyboard of a call. Raises Refusal."""
    rows: list[list[dict[str, str]]] = (asked.get("reply_markup") or {}).get("inline_keyboard", [])
    for button in (button for row in rows for button in row):
        if not 1 <= len(button.get("callback_data", "").encode()) <= 64:
            raise Refusal(400, "Bad Request: BUTTON_DATA_INVALID")
        if not button.get("text", "").strip():
            raise Refusal(400, "Bad Request: can't parse inline keyboard button: Text buttons are unallowed")
    return rows


def as_json(sent: Sent) -> dict[str, Any]:
    keyboard = {"reply_markup": {"inline_keyboard": sent.rows}} if sent.rows else {}
    return {
        "message_id": sent.id, "date": int(time.time()), "text": sent.text, **keyboard,
        "chat": {"id": sent.chat, "type": "private" if sent.chat > 0 else "supergroup", "title": "x"},
        "from": {"id": BOT, "is_bot": True, "first_name": "Portevoix", "username": USERNAME},
    }  # fmt: skip


class Server(uvicorn.Server):
    def __init__(self, web: Starlette) -> None:
        super().__init__(uvicorn.Config(web, host="127.0.0.1", port=0, log_level="critical", lifespan="off"))
        self.listens = asyncio.Event()

    async def startup(self, sockets: list[Any] | None = None) -> None:
        await super().startup(sockets)
        self.listens.set()
