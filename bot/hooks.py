"""Where the networks call us: what is theirs is kept before it is acknowledged, what is not leaves no trace."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from bot.app import App
from bot.channels.channel import Channel, Hooked, Unreadable
from bot.guard import read_body
from bot.visit import front_of
from storage import unreadable
from storage.arrivals import note
from stories.types import Message

LIMIT = 3_000_000
"""Bytes of a payload: the networks send batches, and no files."""
PATIENCE = 10.0
LOG = logging.getLogger(__name__)


async def receive(request: Request) -> Response:
    """Keep what a network sends; a payload that is theirs and cannot be read is kept aside."""
    app = front_of(request).app
    channel = _hooked(app, request)
    if request.method == "GET":
        answer = channel.challenge(dict(request.query_params))
        if answer is None:
            raise HTTPException(403)
        return PlainTextResponse(answer)
    body = await read_body(request, LIMIT)
    if not channel.verify({name.lower(): value for name, value in request.headers.items()}, body):
        LOG.warning("a call to %s that is not the network's was refused", channel.name)
        raise HTTPException(403)
    await take_in(app, channel, body)
    return Response(status_code=200)


async def take_in(app: App, channel: Hooked, body: bytes) -> None:
    """Keep a payload that is known to come from the network, whichever way it came; then it may be acknowledged."""
    try:
        messages = channel.decode(body)
    except Unreadable as error:
        LOG.error("%s sent what cannot be read: %s", channel.name, error)  # noqa: TRY400  # The cause may hold words.
        async with app.database.begin() as session:
            await unreadable.keep(
                session, app.ring, channel=channel.name, problem=str(error), payload=body, now=app.clock()
            )
        messages = error.read
    arrivals = channel.arrivals(body)
    if arrivals:
        async with app.database.begin() as session:
            await note(session, arrivals, app.clock())
    if messages:
        kept = await app.door.receive(messages, app.clock())
        app.hub.told("inbox", "")
        acknowledge(app, channel.name, [one for one, new in zip(messages, kept, strict=True) if new])


def acknowledge(app: App, name: str, messages: Sequence[Message]) -> None:
    """Show beside that new messages were seen; nothing waits for it, and it may fail."""
    channel = app.channels[name]
    if messages:
        app.hub.beside(_seen(channel, messages))


async def _seen(channel: Channel, messages: Sequence[Message]) -> None:
    """A sign of life, no message: whatever becomes of it is no matter."""
    await asyncio.gather(asyncio.wait_for(channel.seen(messages), PATIENCE), return_exceptions=True)


def _hooked(app: App, request: Request) -> Hooked:
    channel = app.channels.get(request.path_params["channel"])
    if not isinstance(channel, Hooked):
        raise HTTPException(404)
    return channel
