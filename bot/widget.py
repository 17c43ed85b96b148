"""The script that shows the chat in pages of other sites: a button, and behind it a frame of our own."""

from __future__ import annotations

import json
from functools import cache

from starlette.requests import Request
from starlette.responses import Response

from bot.pages import STATIC
from bot.visit import front_of

HEADERS = {"Cache-Control": "public, max-age=3600", "Cross-Origin-Resource-Policy": "cross-origin"}


async def script(request: Request) -> Response:
    """The script, called with the sites that may use it; in any other page it only says so."""
    hosts = json.dumps(front_of(request).settings.widget_origins)
    return Response(f"({_source()})({hosts});\n", media_type="text/javascript", headers=HEADERS)


@cache
def _source() -> str:
    return (STATIC / "widget.js").read_text(encoding="utf-8").strip()
