"""`portevoix script back`: away from a published script, where the console cannot start with it."""

from __future__ import annotations

import asyncio
from argparse import Namespace
from typing import cast

from sqlalchemy import select

from bot.assembly import opened
from bot.given import now
from bot.settings import Settings
from bot.values import CommandError
from storage import scripts
from storage.access import Role, may
from storage.desk_tables import OfficialRow


def back(settings: Settings, asked: Namespace) -> None:
    asyncio.run(put_back(settings, asked.by))
    print("The script that comes with Portevoix is in service again; the published ones stay in the history.")


async def put_back(settings: Settings, login: str) -> None:
    async with opened(settings) as (database, _), database.begin() as session:
        official = (await session.scalars(select(OfficialRow).where(OfficialRow.login == login))).first()
        if official is None or not may(cast("Role", official.role), "edit_script"):
            raise CommandError(f"--by: no administrator is called {login}")
        past = await scripts.history(session)
        latest = past[0].id if past else None
        await scripts.put_back(session, None, latest=latest, by=official.id, note="portevoix script back", now=now())
