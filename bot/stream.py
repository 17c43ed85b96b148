"""The open page: each new line as it comes, over server-sent events."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Sequence

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from bot.lines import Line, Showing
from bot.pages import fragment
from bot.visit import Visit, form_in, language_now, said_after, visit
from storage.conversations import Line as Said
from stories.types import Language

HEARTBEAT = 15.0
"""Seconds of silence after which an open stream says that it lives."""
OVERLAP = 60_000 << 22
"""Ids are drawn in the order of time, but kept in the order of commits: a minute is looked at again."""


async def events(request: Request) -> Response:
    """Send each new line as it comes; a browser that was cut off goes on where it was."""
    seen = await visit(request)
    if seen.chat is None:
        return Response(status_code=204)
    after = request.headers.get("last-event-id") or request.query_params.get("after", "0")
    return StreamingResponse(
        _stream(seen, int(after) if after.isascii() and after.isdigit() else 0),
        media_type="text/event-stream",
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )


class Known:
    """The lines that an open page has been read."""

    def __init__(self) -> None:
        self._ids = {0}
        self._taken = 0

    @property
    def since(self) -> int:
        """After which line to look: the last of a turn is among them, and is blank once the draft is erased."""
        return max(0, min(self._taken - 1, max(self._ids) - OVERLAP))

    def take(self, said: Sequence[Said]) -> tuple[list[Said], bool]:
        """What is new in all that was said after `since`, and whether something known is gone."""
        since, ids = self.since, {line.id for line in said}
        gone = any(known > since and known not in ids for known in self._ids)
        new = [line for line in said if line.id not in self._ids]
        self._ids = {known for known in self._ids if known <= since} | ids
        self._taken = max((line.id for line in said if line.turn is not None), default=self._taken)
        return new, gone


async def _stream(seen: Visit, after: int) -> AsyncIterator[str]:
    app, lane, closing = seen.front.app, seen.lane, seen.front.closing
    known, showing = Known(), Showing(form_in(seen))
    yield "retry: 2000\n\n"
    with app.hub.watching(lane) as news:
        while not closing.is_set():
            news.clear()
            said, gone = known.take(await said_after(app, lane, known.since))
            if gone:
                yield "event: erased\ndata: \n\n"
            lines = [line for line in showing.lines(said) if int(line.id) > after - OVERLAP]
            language = await language_now(app, lane) if lines else None
            for line in lines:
                yield _event(line, language or seen.language, seen.base)
            if not await _first_of(news, closing):
                yield ": here\n\n"


async def _first_of(*events: asyncio.Event) -> bool:
    """Wait until one of these is set; False where all were quiet for a heartbeat."""
    tasks = [asyncio.create_task(event.wait()) for event in events]
    try:
        done, _ = await asyncio.wait(tasks, timeout=HEARTBEAT, return_when=asyncio.FIRST_COMPLETED)
        return bool(done)
    finally:
        for task in tasks:
            task.cancel()


def _event(line: Line, language: Language, base: str) -> str:
    data = {
        "id": line.id, "who": line.who, "key": line.sent_as, "page": language,
        "html": fragment(line, language, "", base),
    }  # fmt: skip
    return f"id: {line.id}\nevent: line\ndata: {json.dumps(data)}\n\n"
