"""The cases around one: of the same firm, tied to it, or like it in its words."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from storage.crypto import KeyRing
from storage.desk_tables import CaseRow
from stories.folding import fold, words
from stories.types import Case

CANDIDATES, MOST = 25, 5
LIKE = 0.12
"""Share of the words of two stories that both have; below it they are not alike."""
SHORT = 4
STEM = 6
"""Letters by which two forms of a word are taken for one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Neighbour:
    """Another case, as a line about it."""

    reference: str
    status: str
    platform_id: str | None
    primary_category: str | None
    filed_at: datetime
    alike: float = 0.0
    """Share of the words that both stories have, 0 to 1."""


async def of_firm(session: AsyncSession, case_id: int, within: ColumnElement[bool]) -> list[Neighbour]:
    """The other cases of the same firm, newest first: same number, e-mail, telephone or conversation.

    What was merged into another is told by that one.
    """
    own = (await session.scalars(select(CaseRow).where(CaseRow.id == case_id))).one()
    marks = ("siren", "siret", "email", "phone", "conversation_id")
    same = [getattr(CaseRow, mark) == getattr(own, mark) for mark in marks if getattr(own, mark) is not None]
    if not same:
        return []
    alone = (CaseRow.id != case_id, CaseRow.merged_into.is_(None), within)
    wanted = select(CaseRow).where(or_(*same), *alone).order_by(CaseRow.id.desc())
    return [_line(row) for row in await session.scalars(wanted.limit(CANDIDATES))]


async def alike(
    session: AsyncSession, ring: KeyRing, case_id: int, case: Case, *, besides: Iterable[str],
    within: ColumnElement[bool],
) -> list[Neighbour]:  # fmt: skip
    """Cases on the same platform about the same problem whose story has the same words, the most alike first.

    `besides`: references that are left out.
    """
    own = await session.execute(select(CaseRow.platform_id, CaseRow.primary_category).where(CaseRow.id == case_id))
    platform, category = own.one()
    wanted = (
        select(CaseRow)
        .where(
            CaseRow.platform_id == platform, CaseRow.primary_category == category, CaseRow.id != case_id,
            CaseRow.merged_into.is_(None),
            CaseRow.reference.not_in(list(besides)), within,
        )
        .order_by(CaseRow.id.desc())
        .limit(CANDIDATES)
    )  # fmt: skip
    told = _stems(" ".join(passage.text for passage in case.narrative))
    found = []
    for row in await session.scalars(wanted):
        document = json.loads(ring.open("cases", "document", row.id, row.document))
        other = _stems(" ".join(passage["text"] for passage in document["narrative"]))
        share = len(told & other) / len(told | other) if told | other else 0.0
        if share >= LIKE:
            found.append(_line(row, share))
    return sorted(found, key=lambda one: -one.alike)[:MOST]


def _stems(text: str) -> set[str]:
    return {word[:STEM] for word in words(fold(text)) if len(word) >= SHORT}


def _line(row: CaseRow, share: float = 0.0) -> Neighbour:
    return Neighbour(
        reference=row.reference, status=row.status, platform_id=row.platform_id,
        primary_category=row.primary_category, filed_at=row.filed_at, alike=share,
    )  # fmt: skip
