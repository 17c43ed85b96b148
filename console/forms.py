"""Forms that nobody else can post in an official's name, and where they lead back to."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Mapping
from typing import cast
from urllib.parse import parse_qsl

from starlette.exceptions import HTTPException
from starlette.requests import Request

from storage.officials import SignedIn

SESSION_COOKIE = "portevoix_console"
FORM_COOKIE = "portevoix_form"
LARGEST = 65_536
"""Bytes of the largest form."""


class ForgedError(HTTPException):
    """The form's token does not fit the browser that sent it: another site posted it, or the page is too old."""

    def __init__(self) -> None:
        super().__init__(status_code=403)


def token(request: Request) -> tuple[str, str | None]:
    """The token for the forms of this page, and the cookie to set where the browser has none yet."""
    known = _expected(request)
    if known is not None:
        return known, None
    fresh = secrets.token_urlsafe(32)
    return _of_cookie(fresh), fresh


async def read(request: Request) -> Mapping[str, str]:
    """The fields of a posted form, once its token is checked. Raises ForgedError."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > LARGEST:
            raise HTTPException(status_code=413)
    try:
        fields = dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=200))
    except ValueError as error:
        raise HTTPException(status_code=400) from error
    expected = _expected(request)
    if expected is None or not hmac.compare_digest(fields.get("token", "").encode(), expected.encode()):
        raise ForgedError
    return fields


def here(request: Request) -> str:
    """The page being read, as a path within the console; the form's page for what was posted."""
    path = request.scope["path"].removeprefix(request.scope.get("root_path", "")) or "/"
    query = request.url.query
    if request.method not in {"GET", "HEAD"}:
        return "/"
    return f"{path}?{query}" if query else str(path)


def safe_path(wanted: str) -> str:
    """A path within the console, whatever was asked for: never another site."""
    leads_away = wanted.startswith("//") or "\\" in wanted or any(ord(letter) < ord(" ") for letter in wanted)
    return wanted if wanted.startswith("/") and not leads_away else "/"


def signed_in(request: Request) -> SignedIn | None:
    """Who reads this page; none before log-in."""
    return cast("SignedIn | None", getattr(request.state, "signed_in", None))


def _expected(request: Request) -> str | None:
    """The session's token; before log-in, that of the form cookie; none where the browser has neither."""
    reader = signed_in(request)
    if reader is not None:
        return reader.csrf
    cookie = request.cookies.get(FORM_COOKIE)
    return _of_cookie(cookie) if cookie else None


def _of_cookie(cookie: str) -> str:
    return hmac.new(cookie.encode(), b"form", hashlib.sha256).hexdigest()
