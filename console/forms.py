"""Forms that nobody else can post in an official's name, and where they lead back to."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import AsyncGenerator
from typing import TypeAlias, cast
from urllib.parse import parse_qsl

from starlette.datastructures import ImmutableMultiDict, UploadFile
from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import Request

from storage.officials import SignedIn

SESSION_COOKIE = "portevoix_console"
FORM_COOKIE = "portevoix_form"
PROVIDER_COOKIE = "portevoix_provider"
"""What an identity provider wants to see again when the official logs out there."""
LARGEST = 65_536
"""Bytes of the largest form."""
MOST_FIELDS = 2_000
MOST_UPLOADED = 20
"""Fields of a form that brings a file."""
Fields: TypeAlias = ImmutableMultiDict[str, str]


class ForgedError(HTTPException):
    """The form's token does not fit the browser that sent it: another site posted it, or the page is too old."""

    def __init__(self, fields: Fields) -> None:
        super().__init__(status_code=403)
        self.fields = fields
        """What was posted: nothing may be done with it before the official says so."""


def token(request: Request) -> tuple[str, str | None]:
    """The token for the forms of this page, and the cookie to set where the browser has none yet."""
    known = _expected(request)
    if known is not None:
        return known, None
    fresh = secrets.token_urlsafe(32)
    return _of_cookie(fresh), fresh


def nonce() -> str:
    """What makes a form one of a kind: two of the same page are two forms. See `console.once`."""
    return secrets.token_urlsafe(16)


async def read(request: Request, *, most: int = LARGEST) -> Fields:
    """The fields of a posted form, once its token is checked. Raises ForgedError."""
    fields, expected = await parse(request, most=most), _expected(request)
    if expected is None or not hmac.compare_digest(fields.get("token", "").encode(), expected.encode()):
        raise ForgedError(fields)
    return fields


async def read_upload(request: Request, *, most: int) -> tuple[Fields, bytes]:
    """The fields of a posted form, and the file that came with it; all of it in so many bytes at most.

    A file cannot be kept until its official has logged in again, so that a form of another session is refused.
    """
    body = await _body(request, most)

    async def whole() -> AsyncGenerator[bytes, None]:
        yield body

    try:
        form = await MultiPartParser(request.headers, whole(), max_files=1, max_fields=MOST_UPLOADED).parse()
    except (MultiPartException, KeyError) as error:
        raise HTTPException(status_code=400) from error
    fields = ImmutableMultiDict([(name, text) for name, text in form.multi_items() if isinstance(text, str)])
    files = [held for _, held in form.multi_items() if isinstance(held, UploadFile)]
    data = await files[0].read() if files else b""
    await form.close()
    expected = _expected(request)
    if expected is None or not hmac.compare_digest(fields.get("token", "").encode(), expected.encode()):
        raise HTTPException(status_code=403)
    return fields, data


async def parse(request: Request, *, most: int = LARGEST) -> Fields:
    """The fields of a posted form, whoever posted it."""
    body = await _body(request, most)
    try:
        sent = parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=MOST_FIELDS)
    except ValueError as error:
        raise HTTPException(status_code=400) from error
    return ImmutableMultiDict(sent)


async def _body(request: Request, most: int) -> bytes:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > most:
            raise HTTPException(status_code=413)
    return bytes(body)


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


def waiting(request: Request) -> SignedIn | None:
    """Who gave the password in this browser, and still owes the second factor."""
    return cast("SignedIn | None", getattr(request.state, "waiting", None))


def _expected(request: Request) -> str | None:
    """The session's token; before log-in, that of the form cookie; none where the browser has neither."""
    reader = signed_in(request)
    if reader is not None:
        return reader.csrf
    cookie = request.cookies.get(FORM_COOKIE)
    return _of_cookie(cookie) if cookie else None


def _of_cookie(cookie: str) -> str:
    return hmac.new(cookie.encode(), b"form", hashlib.sha256).hexdigest()
