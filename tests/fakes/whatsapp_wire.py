"""What the fake WhatsApp takes over the wire, checked as strictly as Meta does, and what goes back."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.responses import JSONResponse, Response
from starlette.types import Receive, Scope, Send

LIMITS: Mapping[str, int] = {"text": 4096, "button": 1024, "list": 4096}
ADDRESSED = frozenset(
    {"messaging_product", "recipient_type", "to", "recipient", "type", "text", "interactive", "template"}
)
TITLES: Mapping[int, str] = {
    100: "Invalid parameter", 190: "Authentication Error", 130429: "Rate limit hit",
    131000: "Something went wrong", 131008: "Required parameter is missing",
    131009: "Parameter value is not valid", 131026: "Message undeliverable", 131047: "Re-engagement message",
    131056: "(Business Account, Consumer Account) pair rate limit hit", 132001: "Template does not exist",
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """A message to a person, as the person sees it."""

    id: str
    to: str
    text: str
    at: datetime
    buttons: tuple[tuple[str, str], ...] = ()
    """Id and title of each."""
    rows: tuple[tuple[str, str, str], ...] = ()
    """Id, title and description of each."""
    template: str = ""
    """The name and language of a template."""

    @property
    def options(self) -> dict[str, str]:
        """What can be pressed: title by id."""
        return dict(self.buttons) | {row: title for row, title, _ in self.rows}


class Refusal(Exception):  # noqa: N818  # It is no error of ours.
    """A call that WhatsApp refuses."""

    def __init__(self, code: int, details: str = "", *, status: int = 400) -> None:
        super().__init__(code, details)
        self.code, self.details, self.status = code, details, status

    @property
    def answer(self) -> Response:
        error: dict[str, Any] = {
            "message": f"(#{self.code}) {TITLES.get(self.code, 'Error')}", "type": "OAuthException",
            "code": self.code, "fbtrace_id": "Az8or2yhqkZfEZ",
            "error_data": {"messaging_product": "whatsapp", "details": self.details},
        }  # fmt: skip
        return JSONResponse({"error": error}, status_code=self.status)


class Cut(Response):
    """An answer whose connection is dropped on the way."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002
        headers = [(b"content-type", b"application/json"), (b"content-length", b"1000")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b'{"messages":', "more_body": True})


def read(asked: Mapping[str, Any]) -> dict[str, Any]:
    """The parts of `Sent` that a call to send brings. Raises Refusal."""
    if unknown := set(asked) - ADDRESSED:
        raise Refusal(100, f"unexpected {sorted(unknown)}")
    if asked.get("messaging_product") != "whatsapp":
        raise Refusal(100, "messaging_product")
    kind = asked.get("type")
    if kind == "text":
        return {"text": _text(asked["text"].get("body"), "text")}
    if kind == "template":
        template = asked["template"]
        return {"text": "", "template": f"{template['name']}:{template['language']['code']}"}
    if kind == "interactive":
        return _interactive(asked["interactive"])
    raise Refusal(100, f"type {kind}")


def _interactive(given: Mapping[str, Any]) -> dict[str, Any]:
    kind, action = given.get("type"), given["action"]
    if kind == "button":
        return {"text": _text(given["body"]["text"], "button"), "buttons": _buttons(action["buttons"])}
    if kind == "list":
        _check("action.button", action["button"], 20)
        return {"text": _text(given["body"]["text"], "list"), "rows": _rows(action["sections"])}
    raise Refusal(100, f"interactive.type {kind}")


def _text(body: object, kind: str) -> str:
    _check(f"{kind} body", body, LIMITS[kind])
    return str(body)


def _buttons(given: list[Mapping[str, Any]]) -> tuple[tuple[str, str], ...]:
    if not 1 <= len(given) <= 3:
        raise Refusal(131009, "Invalid buttons count. Min allowed buttons: 1, Max allowed buttons: 3")
    for one in given:
        if set(one) != {"type", "reply"} or one["type"] != "reply":
            raise Refusal(131009, "button type")
        _check("button id", one["reply"]["id"], 256)
        _check("button title", one["reply"]["title"], 20)
    found = tuple((one["reply"]["id"], one["reply"]["title"]) for one in given)
    _check_unlike("button id", [key for key, _ in found])
    _check_unlike("button title", [title for _, title in found])
    return found


def _rows(sections: list[Mapping[str, Any]]) -> tuple[tuple[str, str, str], ...]:
    for section in sections:
        _check("section title", section["title"], 24)
    rows = [row for section in sections for row in section["rows"]]
    if not 1 <= len(rows) <= 10:
        raise Refusal(131009, "Total row count exceed max allowed count: 10")
    for row in rows:
        if unknown := set(row) - {"id", "title", "description"}:
            raise Refusal(100, f"unexpected {sorted(unknown)}")
        _check("row id", row["id"], 200)
        _check("row title", row["title"], 24)
        if "description" in row:
            _check("row description", row["description"], 72)
    _check_unlike("row id", [row["id"] for row in rows])
    return tuple((row["id"], row["title"], row.get("description", "")) for row in rows)


def _check(name: str, text: object, most: int) -> None:
    if not isinstance(text, str) or not text.strip() or len(text) > most:
        raise Refusal(131009, f"{name} must be 1 to {most} characters")


def _check_unlike(name: str, texts: list[str]) -> None:
    if len(set(texts)) < len(texts):
        raise Refusal(131009, f"{name} must be unique")


class Server(uvicorn.Server):
    def __init__(self, web: Starlette) -> None:
        super().__init__(uvicorn.Config(web, host="127.0.0.1", port=0, log_level="critical", lifespan="off"))
        self.listens = asyncio.Event()

    async def startup(self, sockets: list[Any] | None = None) -> None:
        await super().startup(sockets)
        self.listens.set()
