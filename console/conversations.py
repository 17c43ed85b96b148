"""The conversations that need an official: a person is asked for, or an official speaks there."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from console import labels
from console.auth import for_officials, reader
from console.pages import desk, page, words
from console.wording import Words
from storage import takeovers
from storage.access import seen_by
from storage.takeovers import Calling


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One of them in the list."""

    href: str
    since: str
    at: str
    channel: str
    language: str
    state: str
    reference: str


@for_officials("handle_cases")
async def show(request: Request) -> Response:
    house, said = desk(request), words(request)
    async with house.database.read() as session:
        found = await takeovers.calling(session, seen_by(reader(request)))
    return page(request, "conversations/list.html", rows=[_row(said, one) for one in found])


def _row(said: Words, one: Calling) -> Row:
    state = said("conversations.waits")
    if one.by is not None and one.until is not None:
        state = said("conversations.taken", name=one.by, when=labels.stamp(said, one.until))
    elif one.by is not None:
        state = said("conversations.returning", name=one.by)
    return Row(
        href=f"/cases/{one.reference}/answer" if one.reference else f"/conversations/{one.id}/answer",
        since=labels.stamp(said, one.since),
        at=one.since.isoformat(),
        channel=said.named("channel", one.channel),
        language=said.named("language", one.language),
        state=state,
        reference=one.reference or "",
    )


ROUTES = [Route("/conversations", show)]
