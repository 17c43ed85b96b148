"""Who works on a case is who may see it."""

from __future__ import annotations

from itertools import product

import pytest
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from storage import colleagues
from storage.access import ROLES, may, seen_by
from storage.crypto import KeyRing
from storage.database import Database
from storage.desk_tables import CaseRow, OfficialRow, TeamRow
from tests.storage.chats import NOW, Chat

TEAMS = (1, 2)


async def put_in(session: AsyncSession) -> None:
    """An official of every role in every team and in none, and one who left."""
    session.add_all(TeamRow(id=team, name=f"Team {team}", platforms=[], created_at=NOW) for team in TEAMS)
    await session.flush()
    for number, (role, team) in enumerate(product(ROLES, (None, *TEAMS)), 1):
        session.add(
            OfficialRow(
                id=number, login=f"official{number}", name=f"Official {number}", role=role, team_id=team,
                password_hash="", created_at=NOW, closed_at=NOW if number == 2 else None,
            )
        )  # fmt: skip


@pytest.mark.parametrize("team", [None, *TEAMS])
async def test_who_works_on_a_case_is_who_may_see_it(database: Database, ring: KeyRing, team: int | None) -> None:
    async with database.begin() as session:
        chat = await Chat(database, ring, "WXYZ").keep(session)
        await chat.file(session)
        await put_in(session)
        await session.execute(update(CaseRow).values(team_id=team))
    async with database.read() as session:
        case_id = (await session.scalars(select(CaseRow.id))).one()
        found = {one.id for one in await colleagues.at_work(session, case_id)}
        able = [one for one in await colleagues.every(session) if may(one.role, "handle_cases") and not one.left]
        seeing = {one.id for one in able if await session.scalar(select(CaseRow.id).where(seen_by(one))) is not None}
    assert found == seeing
    assert found
