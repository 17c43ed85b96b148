"""Takes messages out of what is labelled and learnt from: their words were erased, or their person objects."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

from sqlalchemy import ColumnElement, delete, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from storage.desk_tables import CaseRow
from storage.tables import ConversationRow, TurnRow
from storage.training_tables import ReadingRow, SampleRow

Door: TypeAlias = AsyncConnection | AsyncSession
TURNS: Any = TurnRow.__table__
SAMPLES: Any = SampleRow.__table__
READINGS: Any = ReadingRow.__table__


async def withdraw(door: Door, *which: ColumnElement[bool]) -> Sequence[int]:
    """Empty the samples of these turns, for good; their ids, by which the models that learnt them are known.

    `which`: conditions on `turns`. What the classifier made of them goes too.
    """
    turns = select(TURNS.c.id).where(*which)
    await door.execute(delete(READINGS).where(READINGS.c.turn_id.in_(turns)))
    return await _empty(door, SAMPLES.c.turn_id.in_(turns))


async def withdraw_conversation(door: Door, conversation_id: int) -> Sequence[int]:
    """All that was said in a conversation."""
    return await withdraw(door, TURNS.c.conversation_id == conversation_id)


async def withdraw_cases(door: Door, *which: ColumnElement[bool]) -> Sequence[int]:
    """All that was said wherever the firms of these cases tell of them; `which`: conditions on `cases`."""
    cases: Any = CaseRow.__table__
    conversations: Any = ConversationRow.__table__
    filed_in = select(cases.c.conversation_id).where(*which)
    taken_up = select(conversations.c.id).where(conversations.c.takes_up.in_(select(cases.c.reference).where(*which)))
    of_turns = await withdraw(door, or_(TURNS.c.conversation_id.in_(filed_in), TURNS.c.conversation_id.in_(taken_up)))
    rest = await _empty(door, SAMPLES.c.case_id.in_(select(cases.c.id).where(*which)))
    return [*of_turns, *rest]


async def _empty(door: Door, which: ColumnElement[bool]) -> Sequence[int]:
    emptied = (
        update(SAMPLES)
        .where(which, SAMPLES.c.status != "withdrawn")
        .values(text=b"", status="withdrawn", version=SAMPLES.c.version + 1)
        .returning(SAMPLES.c.id)
    )
    return [row.id for row in await door.execute(emptied)]
