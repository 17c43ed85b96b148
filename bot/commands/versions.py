"""`portevoix nlu models | promote | rollback`: which version of the classifier is in use."""

from __future__ import annotations

import asyncio
from argparse import Namespace
from collections.abc import Awaitable, Callable
from typing import TypeVar

from sqlalchemy.ext.asyncio import AsyncSession

from bot.assembly import opened
from bot.given import now
from bot.settings import Settings
from bot.values import CommandError
from storage import audit, models
from storage.audit import Entry
from storage.handling import RefusedError
from storage.training_tables import ModelRow

T = TypeVar("T")
REFUSED = {
    "model_gone": "there is no such version any more: see `portevoix nlu models`",
    "model_live": "this version is in use",
    "not_compared": "this version was not compared with the one in use: train from the console",
    "model_refused": "the gate refused this version: the console shows why",
    "compared_with_another": "this version was compared with one that is no longer in use: train anew",
    "proposed_already": "this version is proposed already: another person puts it into service in the console",
    "nothing_before": "there is no version before that can be put into service again",
}


def listing(settings: Settings, _asked: Namespace) -> None:
    async def read(session: AsyncSession) -> list[ModelRow]:
        return await models.every(session)

    for row in asyncio.run(_in_database(settings, read)):
        print(
            f"{row.version}  {row.status:9}  {row.created_at:%Y-%m-%d %H:%M}  {row.digest[:12]}  {row.notes}".rstrip()
        )


def promote(settings: Settings, asked: Namespace) -> None:
    alone = not settings.training.two_persons

    async def act(session: AsyncSession) -> str:
        await models.promote(session, asked.version, None, now(), alone=alone)
        return str(asked.version)

    version = asyncio.run(_in_database(settings, act, "command.nlu.promote"))
    print(f"{version} is in use." if alone else f"{version} is proposed: another person puts it into service.")


def roll_back(settings: Settings, asked: Namespace) -> None:
    async def act(session: AsyncSession) -> str:
        return await models.roll_back(session, None, now(), emergency=asked.emergency)

    version = asyncio.run(_in_database(settings, act, "command.nlu.rollback"))
    print(f"{version} is in use{', in running conversations too' if asked.emergency else ''}.")


async def _in_database(settings: Settings, act: Callable[[AsyncSession], Awaitable[T]], noted: str = "") -> T:
    """Do it in one transaction, noted in the audit log under this name. Raises CommandError where it is refused."""
    async with opened(settings) as (database, ring):
        try:
            async with database.begin() as session:
                done = await act(session)
                if noted:
                    entry = Entry(official_id=None, act=noted, subject=f"model:{done}", at=now())
                    await audit.record(session, ring, entry)
        except RefusedError as error:
            raise CommandError(REFUSED.get(error.because, error.because)) from error
    return done
