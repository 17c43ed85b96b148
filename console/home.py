"""Where an official comes in."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from console.auth import for_officials
from console.pages import go, menu


@for_officials()
async def show(request: Request) -> Response:
    """The first page that this role may read."""
    return go(request, next(entry.path for entry in menu(request) if entry.path != "/"))


ROUTES = [Route("/", show)]
