"""The officials around a case: who may read it, and who works on it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from storage.access import Official, Role, may, seen_by
from storage.desk_tables import CaseRow, OfficialRow

EVERY = select(
    OfficialRow.id, OfficialRow.login, OfficialRow.name, OfficialRow.role, OfficialRow.team_id,
    OfficialRow.closed_at.is_not(None).label("left"),
).order_by(OfficialRow.name, OfficialRow.id)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Colleague(Official):
    """An official as others name them."""

    left: bool
    """Works here no more."""

    @property
    def handles(self) -> bool:
        """Whether cases may be assigned to this official."""
        return not self.left and may(self.role, "handle_cases")


async def every(session: AsyncSession) -> list[Colleague]:
    """All officials, those who left too, by name."""
    return [_colleague(row) for row in await session.execute(EVERY)]


async def at_work(session: AsyncSession, case_id: int) -> list[Colleague]:
    """Who may read this case and act on it, by name."""
    return await among(session, case_id, await every(session))


async def among(session: AsyncSession, case_id: int, officials: Sequence[Colleague]) -> list[Colleague]:
    """Those of them who may read this case and act on it."""
    able = [one for one in officials if one.handles]
    views = list({(one.role, one.team_id): one for one in able}.values())
    if not views:
        return []
    asked = [
        select(func.count()).select_from(CaseRow).where(CaseRow.id == case_id, seen_by(one)).scalar_subquery()
        for one in views
    ]
    seen = (await session.execute(select(*asked))).one()
    open_to = {(one.role, one.team_id) for one, sees in zip(views, seen, strict=True) if sees}
    return [one for one in able if (one.role, one.team_id) in open_to]


async def by_id(session: AsyncSession) -> dict[int, str]:
    """The names of all officials there ever were."""
    return {one.id: one.name for one in await every(session)}


async def by_login(session: AsyncSession) -> dict[str, str]:
    """The same by login, as histories name them."""
    return {one.login: one.name for one in await every(session)}


def _colleague(row: Any) -> Colleague:  # noqa: ANN401  # A row of EVERY.
    return Colleague(
        id=row.id, login=row.login, name=row.name, role=cast("Role", row.role), team_id=row.team_id, left=row.left
    )
