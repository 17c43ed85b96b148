"""Teams and their queues: every case is in one from the moment it is filed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from storage.desk_tables import CaseRow, TeamRow
from storage.ids import IDS

EVERY = select(TeamRow.id, TeamRow.name, TeamRow.platforms).order_by(TeamRow.id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Team:
    """Officials who share a queue."""

    id: int
    name: str
    platforms: tuple[str, ...]
    """Ids of the platforms whose cases come to it."""


async def every(session: AsyncSession) -> list[Team]:
    """All teams, the oldest first: what no team takes comes to that one."""
    rows = await session.execute(EVERY)
    return [Team(id=row.id, name=row.name, platforms=tuple(row.platforms)) for row in rows]


async def ensure(session: AsyncSession, name: str, now: datetime) -> None:
    """Make a first team where there is none, and give it the cases that have none."""
    oldest = await session.scalar(select(TeamRow.id).order_by(TeamRow.id).limit(1))
    if oldest is None:
        oldest = IDS.new(now)
        session.add(TeamRow(id=oldest, name=name, platforms=[], created_at=now))
        await session.flush()
    await session.execute(update(CaseRow).where(CaseRow.team_id.is_(None)).values(team_id=oldest))


async def route(session: AsyncSession, filed: Sequence[Mapping[str, Any]]) -> None:
    """Put new cases, given as their rows, into the queues of their platforms."""
    if not filed:
        return
    teams = await every(session)
    for row in filed:
        team = taker(teams, row["platform_id"])
        await session.execute(update(CaseRow).where(CaseRow.id == row["id"]).values(team_id=team))


def taker(teams: Sequence[Team], platform: str | None) -> int | None:
    """Whose queue the cases of a platform come to, of all teams as `every` gives them; None where there are none."""
    return next((team.id for team in teams if platform in team.platforms), teams[0].id if teams else None)


class TeamError(Exception):
    """The team cannot be made or changed so; `because` names the sentence that says why."""

    def __init__(self, because: str) -> None:
        super().__init__(because)
        self.because = because


async def create(session: AsyncSession, name: str, now: datetime) -> int:
    """Make a team without platforms; its id. Raises TeamError."""
    row = TeamRow(id=IDS.new(now), name=await _free_name(session, name), platforms=[], created_at=now)
    session.add(row)
    await session.flush()
    return row.id


async def change(session: AsyncSession, team_id: int, *, name: str, platforms: Sequence[str]) -> None:
    """Rename a team and say whose cases come to it from now on; other teams lose those platforms. Raises TeamError."""
    free = await _free_name(session, name, but=team_id)
    for row in await session.scalars(select(TeamRow).with_for_update()):
        if row.id == team_id:
            row.name, row.platforms = free, sorted(set(platforms))
        else:
            row.platforms = [one for one in row.platforms if one not in platforms]


async def _free_name(session: AsyncSession, name: str, but: int | None = None) -> str:
    name = name.strip()
    if not name:
        raise TeamError("no_name")
    holder = await session.scalar(select(TeamRow.id).where(TeamRow.name == name))
    if holder is not None and holder != but:
        raise TeamError("taken")
    return name
