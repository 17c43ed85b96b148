"""A case that tells two matters becomes two, of the same firm and the same conversation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from storage import cases, teams
from storage.access import Official
from storage.conversations import CONVERSATION
from storage.crypto import KeyRing
from storage.desk_tables import CaseLinkRow, CaseRow
from storage.handling import Change, RefusedError, change
from storage.lifecycle import OVER
from storage.tables import ConversationRow
from stories.script import Script
from stories.types import Answer, Case

COPIED = frozenset({"company", "contact", "consent"})
"""The groups of fields that hold for both matters. What a firm lost is counted once: it stays where it was told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Matter:
    """What goes into the new case."""

    reference: str
    """Of the new case, drawn at the edge."""
    category: str
    platform_id: str | None


async def split(
    session: AsyncSession, ring: KeyRing, script: Script, case_id: int, matter: Matter, *, by: Official, at: datetime,
    words: str, version: int,
) -> None:  # fmt: skip
    """File one of the matters of a case as a case of its own. Raises MeanwhileError, LookupError and RefusedError.

    The firm's access code opens both.
    """
    row = (await session.scalars(select(CaseRow).where(CaseRow.id == case_id).with_for_update())).first()
    if row is None:
        raise LookupError(case_id)
    if row.status in OVER:
        raise RefusedError("split_over")
    if (matter.category, matter.platform_id) == (row.primary_category, row.platform_id):
        raise RefusedError("split_same")
    told = cases.read_case(ring, row.id, row.document)
    new = _part(script, told, matter)
    made = cases.row(ring, script, new, filed_by=None, part=0, conversation_id=row.conversation_id) | {
        "code_hash": row.code_hash, "due_at": row.due_at, "assignee_id": row.assignee_id,
        "script_hash": row.script_hash,
    }  # fmt: skip
    await session.execute(insert(CaseRow).values(made))
    await teams.route(session, [made])
    first, second = sorted((row.id, int(made["id"])))
    session.add(CaseLinkRow(case_id=first, other_id=second))
    about = {"into": matter.reference, "category": matter.category, "platform": matter.platform_id}
    left = Change(deed="split", by=by.login, at=at, fields=_left(told, matter), about=about, words=words)
    await change(session, ring, row.id, left, version=version)
    came = Change(deed="split", by=by.login, at=at, about={"from": row.reference}, words=words)
    await change(session, ring, int(made["id"]), came)
    if row.conversation_id is not None:
        await _tell_conversation(session, ring, row.conversation_id, row.reference, matter.reference)


def _part(script: Script, told: Case, matter: Matter) -> Case:
    """The new case: the firm, its accord and its story, and the one matter."""
    platform = told.fields.get("platform_id")
    groups = COPIED | {"platform"} if platform is not None and platform.value == matter.platform_id else COPIED
    kept = {name: answer for name, answer in told.fields.items() if _group(script, name) in groups}
    chosen = {
        "primary_category": Answer(value=matter.category, by="official"),
        "categories": Answer(value=[_entry(told, matter.category)], by="official"),
        "platform_id": Answer(value=matter.platform_id, by="official"),
        "level": Answer(value="normal", by="rule"),
    }
    if matter.platform_id is None:
        del chosen["platform_id"]
    elif platform is not None and platform.value == matter.platform_id:
        chosen["platform_id"] = platform
    return replace(told, reference=matter.reference, fields=kept | chosen, linked=(told.reference,))


def _left(told: Case, matter: Matter) -> dict[str, Answer]:
    """The problems of the first case, without the one that went where it is not its main one."""
    main, listed = told.fields.get("primary_category"), told.fields.get("categories")
    if listed is None or listed.state != "given" or (main is not None and main.value == matter.category):
        return {}
    stays = [entry for entry in listed.value if _id(entry) != matter.category]
    return {"categories": replace(listed, value=stays)} if len(stays) < len(listed.value) else {}


def _entry(told: Case, category: str) -> Mapping[str, Any]:
    """What was known of this problem in the first case."""
    listed = told.fields.get("categories")
    held = listed.value if listed is not None and listed.state == "given" else ()
    known = next((entry for entry in held if isinstance(entry, Mapping) and entry["id"] == category), None)
    return known or {"id": category, "confidence": 1.0, "source": "staff", "confirmed": False}


def _group(script: Script, name: str) -> str:
    field = script.fields.get(name)
    return field.group if field is not None else ""


def _id(entry: Any) -> Any:  # noqa: ANN401  # An id, or a mapping that has one.
    return entry["id"] if isinstance(entry, Mapping) else entry


async def _tell_conversation(
    session: AsyncSession, ring: KeyRing, conversation_id: int, reference: str, new: str
) -> None:
    """Let the conversation know the new case beside the first; a turn that is being taken is taken anew."""
    held = select(ConversationRow).where(ConversationRow.id == conversation_id).with_for_update()
    row = (await session.scalars(held)).one()
    if not row.state:
        return
    known = CONVERSATION.validate_json(ring.open("conversations", "state", row.id, row.state))
    if reference not in known.filed:
        return
    state = CONVERSATION.dump_json(replace(known, filed=(*known.filed, new)))
    sealed = ring.seal("conversations", "state", row.id, state)
    moved = update(ConversationRow).where(ConversationRow.id == conversation_id)
    await session.execute(moved.values(state=sealed, turns=ConversationRow.turns + 1))
