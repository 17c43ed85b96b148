"""Filed cases as documents: what was filed, with what storage knows besides."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from nlu import entities, masking
from storage import cases, conversations
from storage.cases import FiledCase
from storage.conversations import Line
from storage.crypto import KeyRing
from stories.case import document
from stories.script import Script

IDENTITY = ("legal_name", "name", "shop_name", "seller_account_id", "email", "phone", "siret", "siren")
"""Fields whose value would tell who the firm is."""
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
        "narrative_masked": _masked(script, found, "\n".join(passage.text for passage in found.case.narrative)),
        "updated_at": found.line.updated_at.isoformat(),
        "events": list(_events(found)),
        "turns": [_turn(script, found, line) for line in lines],
    }
    return document(script, found.case, status=found.line.status, kept=kept)


def _events(found: FiledCase) -> Iterator[dict[str, Any]]:
    yield {"at": found.line.filed_at.isoformat(), "actor": "person", "kind": "filed", "digest": found.digest}
    for change in found.changes:
        kind = change.changes.status[1] if change.changes.status else "amended"
        yield {"at": change.at.isoformat(), "actor": change.by, "kind": kind, "digest": None}


def _turn(script: Script, found: FiledCase, line: Line) -> dict[str, Any]:
    text = line.text or line.choice or ""
    return {
        "n": line.turn,
        "from": SENDERS[line.sender],
        "text": text,
        "text_masked": _masked(script, found, text),
        "lang": found.case.language,
        "at": line.at.isoformat(),
    }


def _masked(script: Script, found: FiledCase, text: str) -> str:
    """A text without contacts, account numbers, buyers' data, and what the firm told of its own identity."""
    told = found.case.fields
    own = [str(told[name].value) for name in IDENTITY if name in told and told[name].state == "given"]
    read = entities.read(text, at=found.line.filed_at, language=found.case.language, platforms=script.platforms)
    masked = masking.mask(text, read)
    for value in own:
        masked = re.sub(rf"(?<!\w){re.escape(value)}(?!\w)", "[…]", masked, flags=re.IGNORECASE)
    return masked
