"""`portevoix officials`: accounts for those who read cases."""

from __future__ import annotations

import asyncio
from argparse import Namespace

from bot.assembly import opened
from bot.given import now
from bot.settings import Settings
from bot.values import CommandError
from storage import audit, officials
from storage.audit import Entry
from storage.crypto import KeyRing
from storage.database import Database
from storage.officials import OfficialError


def add(settings: Settings, asked: Namespace) -> None:
    _tell(asked.login, asyncio.run(_add(settings, asked)))


def reset(settings: Settings, asked: Namespace) -> None:
    _tell(asked.login, asyncio.run(_reset(settings, asked.login)))


async def _add(settings: Settings, asked: Namespace) -> str:
    """Make an account; gives its one-time password."""
    name = asked.name or asked.login
    async with opened(settings) as (database, ring):
        try:
            password = await officials.create(database, login=asked.login, name=name, role=asked.role, now=now())
        except OfficialError as error:
            raise CommandError(str(error)) from error
        await _record(database, ring, "command.officials.add", asked.login)
        return password


async def _reset(settings: Settings, login: str) -> str:
    async with opened(settings) as (database, ring):
        try:
            password = await officials.reset(database, login)
        except OfficialError as error:
            raise CommandError(str(error)) from error
        await _record(database, ring, "command.officials.reset", login)
        return password


async def _record(database: Database, ring: KeyRing, act: str, login: str) -> None:
    subject = f"official:{await officials.named(database, login)}"
    async with database.begin() as session:
        await audit.record(session, ring, Entry(official_id=None, act=act, subject=subject, at=now()))


def _tell(login: str, password: str) -> None:
    print(f"One-time password of {login}, shown this once: {password}")
