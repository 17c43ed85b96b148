"""`portevoix officials`: accounts for those who read cases."""

from __future__ import annotations

import asyncio
from argparse import Namespace
from collections.abc import Sequence

from bot.assembly import FIRST_TEAM, opened
from bot.given import now
from bot.settings import Settings
from bot.values import CommandError
from storage import accounts, officials, teams
from storage.officials import OfficialError
from storage.teams import Team


def add(settings: Settings, asked: Namespace) -> None:
    _tell(asked.login, asyncio.run(_add(settings, asked)))


def reset(settings: Settings, asked: Namespace) -> None:
    _tell(asked.login, asyncio.run(_reset(settings, asked.login)))


def close(settings: Settings, asked: Namespace) -> None:
    asyncio.run(_close(settings, asked.login))
    print(f"Nobody can log in as {asked.login} any more. Hand over its cases in the console, under its account.")


async def _add(settings: Settings, asked: Namespace) -> str:
    """Make an account; gives its one-time password."""
    name = asked.name or asked.login
    async with opened(settings) as (database, _):
        async with database.begin() as session:
            await teams.ensure(session, FIRST_TEAM, now())
            every = await teams.every(session)
        team = _team(asked, every)
        try:
            team_id = accounts.checked_team(asked.role, team.id if team else None)
            return await officials.create(
                database, login=asked.login, name=name, role=asked.role, team_id=team_id, now=now()
            )
        except OfficialError as error:
            raise CommandError(str(error)) from error


def _team(asked: Namespace, every: Sequence[Team]) -> Team | None:
    """The team that was named; for an agent, the oldest where none was. Raises CommandError."""
    if asked.team is None:
        return every[0] if asked.role == "agent" else None
    found = next((team for team in every if team.name.casefold() == asked.team.strip().casefold()), None)
    if found is None:
        names = ", ".join(team.name for team in every)
        raise CommandError(f"{asked.team} is no team: choose one of {names}, or make it in the console")
    return found


async def _close(settings: Settings, login: str) -> None:
    async with opened(settings) as (database, _), database.begin() as session:
        try:
            await accounts.close(session, await officials.named(session, login), now())
        except OfficialError as error:
            raise CommandError(str(error)) from error


async def _reset(settings: Settings, login: str) -> str:
    async with opened(settings) as (database, _):
        try:
            return await officials.reset(database, login)
        except OfficialError as error:
            raise CommandError(str(error)) from error


def _tell(login: str, password: str) -> None:
    print(f"One-time password of {login}, shown this once: {password}")
