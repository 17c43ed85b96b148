"""What the channels sent and nobody here could read, for administrators: a list, and each payload to be examined."""

from __future__ import annotations

import json
from dataclasses import dataclass

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from console import labels
from console.auth import for_officials
from console.forms import signed_in
from console.pages import desk, page, row_id, words
from storage import access, unreadable
from stories.formats import weight

SHOWN = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A payload in the list."""

    id: int
    channel: str
    when: str
    received_at: str
    problem: str
    size: str


async def count(request: Request) -> int | None:
    """How many there are; None for whoever may not see them."""
    reader = signed_in(request)
    if reader is None or not access.may(reader.official.role, "read_unreadable"):
        return None
    async with desk(request).database.read() as session:
        return await unreadable.count(session)


@for_officials("read_unreadable")
async def show(request: Request) -> Response:
    house, said = desk(request), words(request)
    async with house.database.read() as session:
        found = await unreadable.latest(session, house.ring, limit=SHOWN)
    rows = [
        Row(
            id=one.id, channel=said.named("channel", one.channel), problem=one.problem,
            when=labels.stamp(said, one.received_at), received_at=one.received_at.isoformat(),
            size=weight(one.size, said.language),
        )
        for one in found
    ]  # fmt: skip
    return page(request, "unreadable/list.html", rows=rows, most=SHOWN)


@for_officials("read_unreadable")
async def download(request: Request) -> Response:
    """The payload exactly as it came, as a file; as JSON where it is that."""
    house, wanted = desk(request), row_id(request.path_params["id"])
    async with house.database.read() as session:
        payload = await unreadable.content(session, house.ring, wanted) if wanted is not None else None
    if payload is None:
        raise HTTPException(status_code=404)
    kind, ending = ("application/json", "json") if _is_json(payload) else ("application/octet-stream", "bin")
    name = f"portevoix-{wanted}.{ending}"
    return Response(payload, media_type=kind, headers={"Content-Disposition": f'attachment; filename="{name}"'})


def _is_json(payload: bytes) -> bool:
    try:
        json.loads(payload)
    except (ValueError, RecursionError):
        return False
    return True


ROUTES = [
    Route("/unreadable", show),
    Route("/unreadable/{id}", download),
]
