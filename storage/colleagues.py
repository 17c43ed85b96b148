"""The officials around a case: who may read it, and who works on it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from storage import access
from storage.access import Official, Role, may
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
    team_id = await session.scalar(select(CaseRow.team_id).where(CaseRow.id == case_id))
    return among(await every(session), team_id)


def among(officials: Sequence[Colleague], team_id: int | None) -> list[Colleague]:
    """Those of them who may read the cases of this team and act on them."""
    return [one for one in officials if one.handles and access.sees_team(one, team_id)]


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
