"""What holds for every web page: strict headers, a limit to what is read, and no posting from other sites."""

from __future__ import annotations

import re
import time
from collections import OrderedDict
from collections.abc import Sequence
from urllib.parse import parse_qsl, urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import Request

BODY_LIMIT = 1_000_000
"""Bytes: 100,000 characters, each of which a form may write in nine bytes, fit."""
MOST_FIELDS = 100
UNWANTED = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
CONTENT_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors "
)
"""Who may frame a page stands at its end."""
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=()",
    "Cache-Control": "no-store",
}
UNFRAMED = {
    "Content-Security-Policy": CONTENT_POLICY + "'none'",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Resource-Policy": "same-origin",
}
WIDGET = "/widget"
"""Under this path are the pages that other sites may frame."""

LASTING = "public, max-age=31536000, immutable"
"""For files whose address changes with their content."""


def is_widget(path: str) -> bool:
    return path == WIDGET or path.startswith(f"{WIDGET}/")


def protect(headers: MutableHeaders, path: str, *, secure: bool, hosts: Sequence[str]) -> None:
    """Add what every answer carries; a header that a page sets itself is left as it is.

    `hosts`: the sites that may frame the widget; nobody may frame anything else.
    """
    framed = {
        "Content-Security-Policy": CONTENT_POLICY + " ".join(hosts),
        "Cross-Origin-Resource-Policy": "cross-origin",
    }
    framing = framed if hosts and is_widget(path) else UNFRAMED
    lasting = {"Cache-Control": LASTING} if path.startswith("/static/") else {}
    strict = {"Strict-Transport-Security": "max-age=31536000"} if secure else {}
    for name, value in {**HEADERS, **framing, **lasting, **strict}.items():
        headers.setdefault(name, value)


async def read_form(request: Request) -> dict[str, str]:
    """The fields of a posted form; bytes that are no UTF-8 become the mark for unreadable characters.

    Raises HTTPException: 413 where it is too long, 400 where it has too many fields.
    """
    body = await read_body(request)
    try:
        pairs = parse_qsl(
            body.decode("utf-8", "replace"), keep_blank_values=True, errors="replace", max_num_fields=MOST_FIELDS
        )
    except ValueError as error:
        raise HTTPException(400) from error
    return {name: clean(value) for name, value in pairs}


async def read_body(request: Request, limit: int = BODY_LIMIT) -> bytes:
    """The whole body. Raises HTTPException 413 before more than the limit is held."""
    announced = request.headers.get("content-length", "0")
    if announced.isdigit() and int(announced) > limit:
        raise HTTPException(413)
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > limit:
            raise HTTPException(413)
    return bytes(body)


def clean(text: str) -> str:
    """Text without control characters and halves of pairs, its lines ended by a line feed."""
    return UNWANTED.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


def is_foreign(headers: Headers, public_url: str) -> bool:
    """Whether another site makes this browser post here."""
    site = headers.get("sec-fetch-site")
    if site is not None:
        return site not in {"same-origin", "none"}
    origin = headers.get("origin")
    return origin is not None and urlsplit(origin).netloc not in {headers.get("host"), urlsplit(public_url).netloc}


class Pace:
    """How fast one chat may write: so many messages at once, and so many a minute on average."""

    def __init__(self, *, at_once: int = 20, a_minute: int = 40, remembered: int = 10_000) -> None:
        self._at_once, self._a_second, self._remembered = at_once, a_minute / 60, remembered
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def allows(self, who: str, now: float | None = None) -> bool:
        """Count one message; False where it comes too soon."""
        now = time.monotonic() if now is None else now
        left, since = self._left.pop(who, (float(self._at_once), now))
        left = min(self._at_once, left + (now - since) * self._a_second)
        allowed = left >= 1
        self._left[who] = (left - 1 if allowed else left, now)
        if len(self._left) > self._remembered:
            self._left.popitem(last=False)
        return allowed
