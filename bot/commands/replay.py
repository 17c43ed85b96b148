"""`portevoix replay`: the turns of a conversation, taken again."""

from __future__ import annotations

import asyncio
from argparse import Namespace
from collections.abc import Sequence

from sqlalchemy import select

from bot import model
from bot.assembly import opened
from bot.given import read_script
from bot.replay import Taken, again, differences, reparsed
from bot.scripts import published
from bot.settings import Settings
from bot.values import CommandError
from storage.conversations import StoredTurn, state, turns
from storage.tables import ScriptRow
from stories.script import Script, parse
from stories.types import Conversation


def replay(settings: Settings, asked: Namespace) -> int:
    stored, kept, archive, today = asyncio.run(_load(settings, asked.conversation))
    if not stored:
        raise CommandError(f"no conversation is called {asked.conversation}, or it was erased")
    taken = [one.turn for one in stored]
    then = again(taken, [archive[one.script_hash] for one in stored])
    exact = then[-1].known == kept
    print(f"{len(stored)} turns taken again as they were: {'the same state' if exact else 'ANOTHER STATE'}.")
    if asked.reparse:
        nlu = model.load(settings, today, model.tell)
        before = [Conversation(), *(one.known for one in then[:-1])]
        taken = reparsed(taken, before, today, nlu)
    _compare(stored, then, again(taken, [today] * len(taken)), "model" if asked.reparse else "script")
    return 0 if exact else 1


async def _load(
    settings: Settings, lane: str
) -> tuple[list[StoredTurn], Conversation | None, dict[str, Script], Script]:
    """Read the turns of a conversation, what is known there now, the scripts that took the turns, and today's."""
    packaged = read_script(settings.script_folder)
    async with opened(settings) as (database, ring), database.read() as session:
        stored = await turns(session, ring, lane)
        hashes = {one.script_hash for one in stored}
        scripts = await session.scalars(select(ScriptRow).where(ScriptRow.hash.in_(hashes)))
        archive = {row.hash: parse(row.sources) for row in scripts}
        return stored, await state(session, ring, lane), archive, await published(database, packaged)


def _compare(stored: Sequence[StoredTurn], then: Sequence[Taken], now: Sequence[Taken], what: str) -> None:
    lines = [
        f"turn {one.n}: {difference}"
        for one, was, becomes in zip(stored, then, now, strict=True)
        for difference in differences(was, becomes)
    ]
    print("\n".join([f"Today's {what} differs:", *lines]) if lines else f"Today's {what} makes no difference.")
