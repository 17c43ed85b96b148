"""A page of another site that shows our chat, under as strict a policy as a site may have."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

PAGE = """<!doctype html>
<html lang="fr">
<head><meta charset="utf-8"><title>Fédération fictive</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<script src="{widget}/widget.js" async data-langue="{language}"></script>
</head>
<body><main><h1>Fédération fictive</h1><p><a href="#plus">Une page comme une autre.</a></p></main></body>
</html>"""


async def page(request: Request) -> Response:
    widget, language = request.query_params["widget"], request.query_params.get("langue", "fr")
    policy = (
        f"default-src 'none'; script-src {widget}; frame-src {widget}; base-uri 'none'; form-action 'none'; "
        "require-trusted-types-for 'script'"
    )
    html = PAGE.format(widget=widget, language=language)
    return HTMLResponse(html, headers={"Content-Security-Policy": policy})


@asynccontextmanager
async def hosting() -> AsyncIterator[str]:
    """A site on a port of its own, whose page loads the script of the site it is asked to; gives its origin."""
    config = uvicorn.Config(Starlette(routes=[Route("/", page)]), port=0, log_level="warning", lifespan="off")
    server = uvicorn.Server(config)
    task = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110  # uvicorn offers nothing to wait for.
        await asyncio.sleep(0.02)
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        yield f"http://localhost:{port}"
    finally:
        server.should_exit = True
        await task
