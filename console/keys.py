"""The keys of the console: what each does, and a switch for whoever wants none."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from console import forms
from console.auth import for_officials
from console.pages import KEYS_COOKIE, go, page, set_cookie

OFF = "off"


@for_officials()
async def show(request: Request) -> Response:
    if request.method != "POST":
        return page(request, "keys/page.html")
    fields = await forms.read(request)
    response = go(request, "/keys")
    set_cookie(request, response, KEYS_COOKIE, OFF if fields.get("keys") == OFF else "on", days=365)
    return response


ROUTES = [Route("/keys", show, methods=["GET", "POST"])]
