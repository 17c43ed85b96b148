"""Searches that officials keep, alone or for those who see the same cases."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, delete, or_, select, true, update
from sqlalchemy.ext.asyncio import AsyncSession

from storage.access import Official
from storage.desk_tables import OfficialRow, ViewRow
from storage.ids import IDS
from storage.search import Asker

LONGEST_NAME = 60
MOST = 30
"""Views of one official."""


class ViewError(Exception):
    """The view is not kept; `because` names the sentence that says why."""

    def __init__(self, because: str) -> None:
        super().__init__(because)
        self.because = because


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """A search under a name."""

    id: int
    name: str
    query: str
    """As in the address of the list."""
    shared: bool
    own: bool
    owner: str


async def every(session: AsyncSession, official: Official) -> list[View]:
    """The views of an official, own ones first, then those that others share."""
    held = (
        select(ViewRow, OfficialRow.name)
        .join(OfficialRow, OfficialRow.id == ViewRow.owner_id)
        .where(_seen_by(official))
        .order_by(ViewRow.owner_id != official.id, ViewRow.name, ViewRow.id)
    )
    return [
        View(
            id=row.id, name=row.name, query=row.query, shared=row.shared, own=row.owner_id == official.id, owner=owner
        )
        for row, owner in await session.execute(held)
    ]  # fmt: skip


async def keep(session: AsyncSession, asker: Asker, *, name: str, query: str, shared: bool) -> None:
    """Keep a search. Raises ViewError."""
    name = _proper(name)
    held = list(await session.scalars(select(ViewRow.name).where(ViewRow.owner_id == asker.official.id)))
    if name in held:
        raise ViewError("view.same_name")
    if len(held) >= MOST:
        raise ViewError("view.many")
    session.add(
        ViewRow(
            id=IDS.new(asker.now), owner_id=asker.official.id, name=name, query=query, shared=shared,
            created_at=asker.now,
        )
    )  # fmt: skip


async def rename(session: AsyncSession, official: Official, view_id: int, *, name: str, shared: bool) -> None:
    """Change the name of an own view, and who sees it. Raises ViewError, and LookupError where it is not theirs."""
    mine = (ViewRow.owner_id == official.id,)
    proper = _proper(name)
    if await session.scalar(select(ViewRow.id).where(*mine, ViewRow.name == proper, ViewRow.id != view_id)):
        raise ViewError("view.same_name")
    changed = update(ViewRow).where(*mine, ViewRow.id == view_id).values(name=proper, shared=shared)
    if (await session.scalars(changed.returning(ViewRow.id))).first() is None:
        raise LookupError(view_id)


async def remove(session: AsyncSession, official: Official, view_id: int) -> None:
    """Raises LookupError where it is not theirs."""
    gone = delete(ViewRow).where(ViewRow.owner_id == official.id, ViewRow.id == view_id).returning(ViewRow.id)
    if (await session.scalars(gone)).first() is None:
        raise LookupError(view_id)


def _proper(name: str) -> str:
    proper = " ".join(name.split())
    if not proper or len(proper) > LONGEST_NAME or "\0" in proper:
        raise ViewError("view.bad_name")
    return proper


def _seen_by(official: Official) -> ColumnElement[bool]:
    """Shared views reach one's own team; those of who has no team, and to who has none, all."""
    team = OfficialRow.team_id
    reaches = true() if official.team_id is None else or_(team.is_(None), team == official.team_id)
    return or_(ViewRow.owner_id == official.id, and_(ViewRow.shared, reaches))
