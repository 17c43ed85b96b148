"""A form that came without a session: what was typed is kept in the log-in page, sealed, and sent once afterwards."""

from __future__ import annotations

import base64
import binascii
import json
from dataclasses import dataclass
from datetime import datetime, timedelta

from starlette.requests import Request
from starlette.responses import HTMLResponse

from console import labels
from console.forms import FORM_COOKIE, LARGEST, SESSION_COOKIE, Fields
from console.pages import desk, page, words
from console.wording import Words
from storage import references
from storage.crypto import SealError

LONGEST = timedelta(hours=12)
LARGEST_WITH_KEPT = LARGEST * 3 // 2
"""Bytes of a form that carries another one, sealed."""
TYPED = frozenset({"text", "words", "note", "name", "title", "about", "tag", "tags", "login"})
"""Fields that an official types in; so is any other that has words: a choice is one word that nobody typed."""

BELONGS = {"bulk": "cases", "views": "cases", "tryout": "models", "teams": "accounts", "keys": "account"}
"""Pages that have no entry in the menu, and the entry that leads to them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A form that was not carried out yet."""

    path: str
    """Where it goes, within the console."""
    at: datetime
    fields: tuple[tuple[str, str], ...]

    @property
    def typed(self) -> list[tuple[str, str]]:
        return [(name, text) for name, text in self.fields if text.strip() and (name in TYPED or " " in text.strip())]

    @property
    def carried(self) -> list[tuple[str, str]]:
        return [(name, text) for name, text in self.fields if name != "token"]


def keep(request: Request, fields: Fields) -> str | None:
    """The form, sealed; None for one that does not act, and for one that another site may have posted.

    Our cookies are strict: a browser that sends one posts from a page of ours.
    """
    ours = bool(request.cookies.get(SESSION_COOKIE) or request.cookies.get(FORM_COOKIE))
    if not ours or request.headers.get("sec-fetch-site", "same-origin") != "same-origin" or not fields.get("nonce"):
        return None
    query = f"?{request.url.query}" if request.url.query else ""
    path = request.scope["path"].removeprefix(request.scope.get("root_path", "")) + query
    house = desk(request)
    told = {"path": path, "at": house.clock().isoformat(), "fields": fields.multi_items()}
    sealed = house.ring.seal("kept", "form", "console", json.dumps(told, ensure_ascii=False).encode())
    return base64.urlsafe_b64encode(sealed).decode()


def read(request: Request, text: str) -> Kept | None:
    """What `keep` sealed; None where it did not, or too long ago."""
    house = desk(request)
    try:
        told = json.loads(house.ring.open("kept", "form", "console", base64.urlsafe_b64decode(text.encode())))
    except (SealError, binascii.Error, ValueError):
        return None
    at = datetime.fromisoformat(told["at"])
    if at + LONGEST < house.clock():
        return None
    return Kept(path=told["path"], at=at, fields=tuple((name, text) for name, text in told["fields"]))


def show(request: Request, kept: Kept, *, status: int = 200) -> HTMLResponse:
    """The page that shows what was typed, and sends it."""
    said = words(request)
    when, where = labels.stamp(said, kept.at), _where(said, kept.path)
    return page(request, "access/kept.html", status=status, kept=kept, when=when, where=where)


def _where(said: Words, path: str) -> str:
    """A page by its place in the menu, and by the case that it is about."""
    section, *further = path.partition("?")[0].strip("/").split("/")
    case = references.read(further[0]) if section == "cases" and further else None
    return f"{said('case.title')} {case}" if case else said.named("menu", BELONGS.get(section, section))
