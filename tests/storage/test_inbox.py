"""Messages are kept once each, durably, in the order of their channel."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from storage.crypto import KeyRing
from storage.database import Database
from storage.inbox import Door
from stories.types import Message

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)


async def test_a_redelivered_message_is_kept_once(database: Database, ring: KeyRing) -> None:
    door = Door(database, ring, burst=timedelta(), limit=timedelta())
    message = Message(channel="webchat", chat="a", key="1", text="Bonjour")
    assert await door.receive([message, message], NOW) == [True, False]
    assert await door.receive([message], NOW) == [False]
