"""`portevoix officials`: accounts for those who read cases."""

from __future__ import annotations

import asyncio
from argparse import Namespace
from collections.abc import Sequence

from bot.assembly import FIRST_TEAM, opened
from bot.given import now
from bot.settings import Settings
from bot.values import CommandError
from storage import accounts, audit, officials, teams
from storage.audit import Entry
from storage.crypto import KeyRing
from storage.database import Database
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
    async with opened(settings) as (database, ring):
        async with database.begin() as session:
            await teams.ensure(session, FIRST_TEAM, now())
            every = await teams.every(session)
        team = _team(asked, every)
        try:
            team_id = accounts.checked_team(asked.role, team.id if team else None)
            password = await officials.create(
                database, login=asked.login, name=name, role=asked.role, team_id=team_id, now=now()
            )
        except OfficialError as error:
            raise CommandError(str(error)) from error
        await _record(database, ring, "command.officials.add", asked.login)
        return password


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
    async with opened(settings) as (database, ring):
        try:
            async with database.begin() as session:
                await accounts.close(session, await officials.named(session, login), now())
        except OfficialError as error:
            raise CommandError(str(error)) from error
        await _record(database, ring, "command.officials.close", login)


async def _reset(settings: Settings, login: str) -> str:
    async with opened(settings) as (database, ring):
        try:
            password = await officials.reset(database, login)
        except OfficialError as error:
            raise CommandError(str(error)) from error
        await _record(database, ring, "command.officials.reset", login)
        return password


async def _record(database: Database, ring: KeyRing, act: str, login: str) -> None:
    async with database.begin() as session:
        subject = f"official:{await officials.named(session, login)}"
        await audit.record(session, ring, Entry(official_id=None, act=act, subject=subject, at=now()))


def _tell(login: str, password: str) -> None:
    print(f"One-time password of {login}, shown this once: {password}")
