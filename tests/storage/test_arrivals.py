"""How far a line came is never taken back, whatever order the network tells it in."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import permutations
from typing import get_args

import pytest
from sqlalchemy import insert, select

from storage import outbox
from storage.arrivals import FORGOTTEN, Arrival, Delivery, note, overtook
from storage.crypto import KeyRing
from storage.database import Database
from storage.outbox import OUTBOX, Ended, Owed
from storage.tables import ArrivalRow, OutboxRow
from stories.effects import Say

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)


async def line(database: Database, ring: KeyRing, *, sender: str = "bot") -> int:
    """A line that was handed over."""
    owed = Owed(chat="a", say=Say(key="k", text="x"))
    row = outbox.row(ring, owed, lane=ring.lane("post:a"), channel="post", now=NOW, sender=sender)
    async with database.begin() as session:
        await session.execute(insert(OUTBOX), [row])
    return int(row["id"])


async def hand_over(database: Database, row_id: int, remote_id: str = "r1") -> None:
    async with database.begin() as session:
        await outbox.settle(session, [Ended(id=row_id, status="done", remote_id=remote_id)])
        await overtook(session, NOW)


async def tell(database: Database, *told: Arrival, now: datetime = NOW) -> None:
    async with database.begin() as session:
        await note(session, told, now)


async def state(database: Database) -> tuple[str, str | None]:
    async with database.read() as session:
        (row,) = await session.scalars(select(OutboxRow))
        return row.status, row.delivery


async def kept(database: Database) -> Sequence[str]:
    async with database.read() as session:
        return list(await session.scalars(select(ArrivalRow.remote_id)))


async def test_in_every_order_the_furthest_counts(database: Database, ring: KeyRing) -> None:
    row_id = await line(database, ring)
    for at, order in enumerate(permutations(get_args(Delivery))):
        name = f"r{at}"
        await hand_over(database, row_id, name)
        async with database.begin() as session:
            await session.execute(OUTBOX.update().values(delivery=None))
        for came in order:
            await tell(database, Arrival(line=name, came=came))
        assert await state(database) == ("done", "read"), order


async def test_what_was_delivered_had_not_failed(database: Database, ring: KeyRing) -> None:
    await hand_over(database, await line(database, ring))
    await tell(database, Arrival(line="r1", came="delivered"))
    await tell(database, Arrival(line="r1", came="failed", because="unreachable"))
    assert await state(database) == ("done", "delivered")


async def test_what_comes_before_the_line_is_noted_waits_for_it(database: Database, ring: KeyRing) -> None:
    row_id = await line(database, ring)
    await tell(database, Arrival(line="r1", came="delivered"), Arrival(line="r1", came="sent"))
    await tell(database, Arrival(line="r1", came="sent"))
    assert await kept(database) == ["r1"]
    await hand_over(database, row_id)
    assert await state(database) == ("done", "delivered")
    assert await kept(database) == []


async def test_what_is_told_of_no_line_of_ours_is_forgotten(database: Database) -> None:
    await tell(database, Arrival(line="other", came="read"))
    await tell(database, Arrival(line="another", came="read"), now=NOW + FORGOTTEN + timedelta(seconds=1))
    assert await kept(database) == ["another"]


@pytest.mark.parametrize(("sender", "became"), [("official", ("waiting", None)), ("bot", ("done", "failed"))])
async def test_only_an_officials_line_that_came_too_late_waits_for_its_person(
    database: Database, ring: KeyRing, sender: str, became: tuple[str, str | None]
) -> None:
    await hand_over(database, await line(database, ring, sender=sender))
    await tell(database, Arrival(line="r1", came="failed", because="closed"))
    assert await state(database) == became
