"""What officials see of many cases at once, in two queries however long the page."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import ColumnElement, select
from sqlalchemy.ext.asyncio import AsyncSession

from storage import cases
from storage.cases import CaseLine
from storage.crypto import KeyRing
from storage.desk_tables import CaseRow
from storage.tables import ConversationRow
from stories.types import Case


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A case in the list of officials."""

    line: CaseLine
    case: Case
    wants_human: bool
    """The firm asked for a person."""


async def page(
    session: AsyncSession, ring: KeyRing, *, limit: int, before: int | None, within: ColumnElement[bool]
) -> list[Listed]:
    """The cases filed last, newest first; `before` is the id of the last one of the page before."""
    lines = await cases.find(session, limit=limit, before=before, within=within)
    held = (
        select(CaseRow.id, CaseRow.document, ConversationRow.wants_human)
        .outerjoin(ConversationRow, ConversationRow.id == CaseRow.conversation_id)
        .where(CaseRow.id.in_([line.id for line in lines]))
    )
    opened = {row_id: (document, human) for row_id, document, human in await session.execute(held)}
    return [
        Listed(line=line, case=cases.read_case(ring, line.id, opened[line.id][0]), wants_human=bool(opened[line.id][1]))
        for line in lines
    ]


async def wants_human(session: AsyncSession, lane: str) -> bool:
    """Whether a person is asked for in this conversation."""
    asked = await session.scalar(select(ConversationRow.wants_human).where(ConversationRow.lane == lane))
    return bool(asked)
