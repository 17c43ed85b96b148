"""The cases around one: of the same firm, tied to it, or like it in its words."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable
from dataclasses import asdict, dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, Select, bindparam, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from storage.cases import SIGNS, FiledCase
from storage.crypto import KeyRing
from storage.desk_tables import CaseRow
from stories.folding import fold, words

COLUMNS = (CaseRow.reference, CaseRow.status, CaseRow.platform_id, CaseRow.primary_category, CaseRow.filed_at)
CANDIDATES, MOST = 25, 5
LIKE = 0.12
"""Share of the words of two stories that both have; below it they are not alike."""
SHORT = 4
STEM = 6
"""Letters by which two forms of a word are taken for one."""
KEPT = 2_000
"""Stories whose words are not read again."""


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


async def of_firm(session: AsyncSession, filed: FiledCase, within: ColumnElement[bool]) -> list[Neighbour]:
    """The other cases of the same firm, newest first: same number, e-mail, telephone or conversation.

    What was merged into another is told by that one.
    """
    asked = asdict(filed.signs)
    if not any(asked.values()):
        return []
    return [_line(row) for row in await session.execute(_of_firm(within), {**asked, "id": filed.line.id})]


@lru_cache(maxsize=64)
def _of_firm(within: ColumnElement[bool]) -> Select[*tuple[Any, ...]]:
    """A sign that the case lacks is none of theirs."""
    same = or_(*(sign == bindparam(sign.key) for sign in SIGNS))
    alone = (CaseRow.id != bindparam("id"), CaseRow.merged_into.is_(None), within)
    return select(*COLUMNS).where(same, *alone).order_by(CaseRow.id.desc()).limit(CANDIDATES)


class Likeness:
    """Compares stories by their words, of which it keeps numbers that tell none: their salt is new in each process."""

    def __init__(self, ring: KeyRing) -> None:
        self._ring = ring
        self._kept: dict[tuple[int, int], frozenset[int]] = {}
        """Of the cases compared last, by id and version."""

    async def alike(
        self, session: AsyncSession, filed: FiledCase, *, besides: Iterable[str], within: ColumnElement[bool]
    ) -> list[Neighbour]:
        """Cases on the same platform about the same problem whose story has the same words, the most alike first.

        `besides`: references that are left out.
        """
        line = filed.line
        asked = {
            "id": line.id, "platform": line.platform_id, "category": line.primary_category, "besides": list(besides),
        }  # fmt: skip
        rows = (await session.execute(_near(within), asked)).all()
        await self._read(session, [row.id for row in rows if (row.id, row.version) not in self._kept])
        told = _numbers(passage.text for passage in filed.case.narrative)
        found = []
        for row in rows:
            other = self._kept.get((row.id, row.version), frozenset())
            share = len(told & other) / len(told | other) if told | other else 0.0
            if share >= LIKE:
                found.append(_line(row, share))
        return sorted(found, key=lambda one: -one.alike)[:MOST]

    async def _read(self, session: AsyncSession, ids: Collection[int]) -> None:
        """Take in the stories of these cases, instead of those that were taken in first."""
        if not ids:
            return
        held = select(CaseRow.id, CaseRow.version, CaseRow.document).where(CaseRow.id.in_(ids))
        for row in await session.execute(held):
            told = json.loads(self._ring.open("cases", "document", row.id, row.document))["narrative"]
            self._kept[row.id, row.version] = _numbers(passage["text"] for passage in told)
        for old in list(self._kept)[: max(0, len(self._kept) - KEPT)]:
            del self._kept[old]


@lru_cache(maxsize=64)
def _near(within: ColumnElement[bool]) -> Select[*tuple[Any, ...]]:
    """The newest on the same platform about the same problem."""
    same = (CaseRow.platform_id == bindparam("platform"), CaseRow.primary_category == bindparam("category"))
    others = (CaseRow.id != bindparam("id"), CaseRow.reference.not_in(bindparam("besides", expanding=True)))
    wanted = select(*COLUMNS, CaseRow.id, CaseRow.version).where(*same, *others, CaseRow.merged_into.is_(None), within)
    return wanted.order_by(CaseRow.id.desc()).limit(CANDIDATES)


def _numbers(passages: Iterable[str]) -> frozenset[int]:
    """A number for each word of a story, by its first letters."""
    return frozenset(hash(word[:STEM]) for word in words(fold(" ".join(passages))) if len(word) >= SHORT)


def _line(row: Any, share: float = 0.0) -> Neighbour:  # noqa: ANN401  # A row of COLUMNS.
    return Neighbour(
        reference=row.reference, status=row.status, platform_id=row.platform_id,
        primary_category=row.primary_category, filed_at=row.filed_at, alike=share,
    )  # fmt: skip
