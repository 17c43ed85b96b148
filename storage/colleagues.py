"""The officials around a case: who may read it, and who works on it."""

from __future__ import annotations

from typing import cast

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from storage.access import Official, Role, may, seen_by
from storage.desk_tables import CaseRow, OfficialRow


async def at_work(session: AsyncSession, case_id: int) -> list[Official]:
    """Who may read this case and act on it, by name."""
    rows = await session.scalars(select(OfficialRow).where(OfficialRow.closed_at.is_(None)).order_by(OfficialRow.name))
    able = [found for found in map(_official, rows) if may(found.role, "handle_cases")]
    if not able:
        return []
    asked = [
        select(func.count()).select_from(CaseRow).where(CaseRow.id == case_id, seen_by(one)).scalar_subquery()
        for one in able
    ]
    seen = (await session.execute(select(*asked))).one()
    return [one for one, sees in zip(able, seen, strict=True) if sees]


async def named(session: AsyncSession, official_id: int | None) -> Official | None:
    row = await session.get(OfficialRow, official_id) if official_id is not None else None
    return _official(row) if row else None


async def names(session: AsyncSession, logins: set[str]) -> dict[str, str]:
    """The names of officials, by login."""
    found = await session.execute(select(OfficialRow.login, OfficialRow.name).where(OfficialRow.login.in_(logins)))
    return {row.login: row.name for row in found}


async def by_id(session: AsyncSession) -> dict[int, str]:
    """The names of all officials there ever were."""
    found = await session.execute(select(OfficialRow.id, OfficialRow.name))
    return {row.id: row.name for row in found}


def _official(row: OfficialRow) -> Official:
    return Official(id=row.id, login=row.login, name=row.name, role=cast("Role", row.role), team_id=row.team_id)
