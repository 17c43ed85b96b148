"""Whoever writes without end holds up nobody else, and loses nothing; a channel that is not set up here waits."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from bot.intake import take_turns
from storage import conversations
from storage.crypto import KeyRing
from storage.database import Database
from storage.inbox import ledger
from storage.queue import ROWS_A_LANE
from storage.tables import ConversationRow, InboxRow
from stories.types import Message
from tests.bot.tiny import NOW, Clock, tiny_app

FLOOD = 1000


async def test_a_flood_in_one_chat_lets_another_be_answered_in_the_next_round(
    database: Database, ring: KeyRing
) -> None:
    app = tiny_app(database, ring)
    flood = [Message(channel="box", chat="flood", key=f"{at}", position=at + 1, text=f"{at}") for at in range(FLOOD)]
    await app.door.receive(flood, NOW)
    await app.door.receive([Message(channel="box", chat="other", key="1", text="Bonjour")], NOW)
    await take_turns(app)
    async with database.read() as session:
        other = await conversations.transcript(session, ring, ring.lane("box:other"))
    assert [line.text for line in other] == ["Bonjour", "1: Bonjour"]


async def test_a_flood_is_taken_in_few_turns_and_no_word_of_it_is_lost(database: Database, ring: KeyRing) -> None:
    app = tiny_app(database, ring)
    flood = [Message(channel="box", chat="flood", key=f"{at}", position=at + 1, text=f"{at}") for at in range(FLOOD)]
    await app.door.receive(flood, NOW)
    while await take_turns(app):
        pass
    async with database.read() as session:
        known = await conversations.state(session, ring, ring.lane("box:flood"))
        turns = await session.scalar(select(ConversationRow.turns))
        counted = await ledger(session)
    assert known is not None
    assert [passage.text for passage in known.narrative] == [f"{at}" for at in range(FLOOD)]
    assert turns is not None
    assert turns <= FLOOD / ROWS_A_LANE + ROWS_A_LANE
    assert counted.received == counted.answered == FLOOD


async def test_a_message_of_a_channel_that_is_not_set_up_here_waits_for_a_process_that_has_it(
    database: Database, ring: KeyRing, caplog: pytest.LogCaptureFixture
) -> None:
    clock = Clock()
    without = tiny_app(database, ring, clock=clock)
    await without.door.receive([Message(channel="telegram", chat="a", key="1", text="Bonjour")], clock())
    assert await take_turns(without) == 0
    assert "telegram" in caplog.text
    async with database.read() as session:
        (row,) = await session.scalars(select(InboxRow))
    assert (row.status, row.attempts) == ("waiting", 0)
    clock.now += timedelta(minutes=6)
    having = tiny_app(database, ring, clock=clock, channels={"telegram": without.channels["box"]})
    assert await take_turns(having) == 1
