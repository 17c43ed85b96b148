"""Filed cases as documents: what was filed, with what storage knows besides."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from storage import cases, conversations
from storage.cases import FiledCase
from storage.conversations import Line
from storage.crypto import KeyRing
from stories.case import document
from stories.script import Script

SENDERS = {"person": "firm", "bot": "bot", "official": "official"}


async def of_reference(session: AsyncSession, ring: KeyRing, script: Script, reference: str) -> dict[str, Any] | None:
    """The document of one case; None where there is none of that reference."""
    found = await cases.show(session, ring, reference)
    if found is None:
        return None
    lines = await conversations.transcript(session, ring, found.lane) if found.lane else []
    return _document(script, found, lines)


async def of_conversation(session: AsyncSession, ring: KeyRing, script: Script, lane: str) -> list[dict[str, Any]]:
    """The documents of the cases filed in a conversation, in order of filing."""
    lines = await conversations.transcript(session, ring, lane)
    return [_document(script, found, lines) for found in await cases.of_conversation(session, ring, lane)]


def _document(script: Script, found: FiledCase, lines: Sequence[Line]) -> dict[str, Any]:
    kept = {
        "case_id": str(found.line.id),
        "updated_at": found.line.updated_at.isoformat(),
        "events": list(_events(found)),
        "turns": [_turn(line, found.case.language) for line in lines],
    }
    return document(script, found.case, status=found.line.status, kept=kept)


def _events(found: FiledCase) -> Iterator[dict[str, Any]]:
    yield {"at": found.line.filed_at.isoformat(), "actor": "person", "kind": "filed", "digest": found.digest}
    for change in found.changes:
        kind = change.changes.status[1] if change.changes.status else "amended"
        yield {"at": change.at.isoformat(), "actor": change.by, "kind": kind, "digest": None}


def _turn(line: Line, language: str) -> dict[str, Any]:
    return {
        "n": line.turn,
        "from": SENDERS[line.sender],
        "text": line.text or line.choice or "",
        "text_masked": None,
        "lang": language,
        "at": line.at.isoformat(),
    }
