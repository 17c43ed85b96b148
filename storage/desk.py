"""What officials see of many cases at once, in a few queries however long the page."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from storage import cases, search
from storage.cases import CaseLine
from storage.desk_tables import CaseRow, CaseTagRow, ProblemRow
from storage.query import Query
from storage.search import Asker
from storage.tables import ConversationRow
from stories.types import Case

MOST_NAMES = 500
"""Problems and tags that are offered to choose from."""
FIRST_TAG = select(func.min(CaseTagRow.tag).label("tag")).cte("tags", recursive=True)
NEXT_TAG = select(func.min(CaseTagRow.tag)).where(CaseTagRow.tag > FIRST_TAG.c.tag).scalar_subquery()
TAGS = FIRST_TAG.union_all(select(NEXT_TAG).where(FIRST_TAG.c.tag.is_not(None)))
KNOWN_TAGS = select(TAGS.c.tag).where(TAGS.c.tag.is_not(None)).limit(MOST_NAMES)
"""A step from each tag to the next, since few words stand on many cases."""

LISTED = (
    *cases.LINE, CaseRow.document, CaseRow.loss_band, ConversationRow.wants_human, ConversationRow.unreachable_at,
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A case in the list of officials."""

    line: CaseLine
    case: Case
    wants_human: bool
    """The firm asked for a person."""
    unreachable_at: datetime | None
    """Since when its channel no longer lets us write."""
    tags: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A part of a list."""

    listed: tuple[Listed, ...]
    after: str
    """The place where the next page begins; empty: there is none."""


async def page(session: AsyncSession, asker: Asker, query: Query, *, size: int) -> Page:
    """The cases of a query from the place where it is. Raises ValueError where that is none."""
    wanted = (
        search.select(asker, query)
        .with_only_columns(*LISTED)
        .outerjoin(ConversationRow, ConversationRow.id == CaseRow.conversation_id)
        .limit(size + 1)
    )
    found = (await session.execute(wanted)).all()
    tags = await _tags(session, [row.id for row in found[:size]])
    listed = tuple(
        Listed(
            line=cases.line(row),
            case=cases.read_case(asker.ring, row.id, row.document),
            wants_human=bool(row.wants_human),
            unreachable_at=row.unreachable_at,
            tags=tags.get(row.id, ()),
        )
        for row in found[:size]
    )
    return Page(listed=listed, after=search.place(query, found[size - 1]) if len(found) > size else "")


async def problems(session: AsyncSession) -> dict[int, str]:
    """The titles of recurring problems, by id; the open ones first, then the newest."""
    columns = select(ProblemRow.id, ProblemRow.title)
    order = (ProblemRow.closed_at.is_not(None), ProblemRow.id.desc())
    return {row.id: row.title for row in await session.execute(columns.order_by(*order).limit(MOST_NAMES))}


async def known_tags(session: AsyncSession) -> list[str]:
    """The words that officials put on cases."""
    return list(await session.scalars(KNOWN_TAGS))


async def _tags(session: AsyncSession, ids: Collection[int]) -> dict[int, tuple[str, ...]]:
    held = select(CaseTagRow.case_id, CaseTagRow.tag).where(CaseTagRow.case_id.in_(ids)).order_by(CaseTagRow.tag)
    tags: dict[int, tuple[str, ...]] = {}
    for case_id, tag in await session.execute(held):
        tags[case_id] = (*tags.get(case_id, ()), tag)
    return tags
