"""What was said about one case, where it was filed and where it was taken up, apart from other stories told there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from itertools import dropwhile
from operator import attrgetter

from sqlalchemy.ext.asyncio import AsyncSession

from storage import attachments
from storage.attachments import StoredFile
from storage.cases import FiledCase
from storage.conversations import Line, transcripts
from storage.crypto import KeyRing
from storage.inbox import row_key

RESTARTED = "restarted"
"""The wording that begins a new story in the same conversation."""


async def told(session: AsyncSession, ring: KeyRing, filed: FiledCase) -> dict[str, list[Line]]:
    """What was said about a case, by lane."""
    held = await transcripts(session, ring, dict.fromkeys(filed.lanes, 0)) if filed.lanes else {}
    return {lane: own(lines, filed.line.filed_at if lane == filed.lane else None) for lane, lines in held.items()}


def own(lines: Sequence[Line], filed_at: datetime | None) -> list[Line]:
    """Of the lines of a conversation those about the case that was filed there then; None: it was taken up there.

    Of another story it has only what follows an official's line, which may answer it.
    """
    stories = list(_stories(lines))
    since = [story for story in stories if filed_at is not None and story[0].at <= filed_at]
    mine = since[-1] if since else stories[0] if stories else []
    return [
        line
        for story in stories
        for line in (story if story is mine else dropwhile(lambda line: line.sender != "official", story))
    ]


def in_order(said: Mapping[str, Sequence[Line]]) -> list[Line]:
    """The lines of all lanes, oldest first."""
    return sorted((line for lines in said.values() for line in lines), key=attrgetter("id"))


async def files(session: AsyncSession, ring: KeyRing, said: Mapping[str, Sequence[Line]]) -> list[StoredFile]:
    """The files that came with these lines, as they came."""
    sent = {(lane, row_key(line.key)) for lane, lines in said.items() for line in lines if line.sender == "person"}
    return [file for file in await attachments.of_lanes(session, ring, *said) if (file.lane, file.message) in sent]


def _stories(lines: Sequence[Line]) -> Iterator[list[Line]]:
    story: list[Line] = []
    for line in lines:
        if line.key == RESTARTED and line.sender == "bot" and story:
            yield story
            story = []
        story.append(line)
    if story:
        yield story
