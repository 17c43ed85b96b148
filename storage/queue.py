"""A queue in a table: many lanes are claimed at once by lease, and each lane is left in order by one worker."""

from __future__ import annotations

import secrets
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from itertools import groupby
from operator import attrgetter
from typing import Any, TypeAlias

from sqlalchemy import Select, Update, and_, bindparam, exists, func, or_, select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncSession

from storage.inbox import WAITING
from storage.tables import InboxRow, OutboxRow

Table: TypeAlias = "type[InboxRow | OutboxRow]"
ROWS_A_LANE = 32
"""How many rows a lane may bring; the rest waits for the next claim, so that a flood in one lane holds no other."""
MOST_CHARACTERS = 100_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """Rows that are ours until the lease ends."""

    token: str
    lanes: Mapping[str, tuple[Any, ...]]
    """The rows of each lane in order, with the columns of the table."""

    @property
    def ids(self) -> list[int]:
        return [row.id for rows in self.lanes.values() for row in rows]


async def claim(
    session: AsyncSession, table: Table, *, now: datetime, lease: timedelta, at_most: int, kinds: Collection[str] = ()
) -> Claim:
    """Lease the lanes whose head is due, with what waits behind it; a lane leased or postponed is passed over.

    `kinds`: of the outbox, only lanes that hold these.
    """
    wanted = {"kinds": list(kinds)} if kinds else {}
    heads = await session.execute(_heads(table, bool(kinds)), {"now": now, "at_most": at_most, **wanted})
    lanes = list(heads.scalars())
    claimed = Claim(token=secrets.token_hex(12), lanes={})
    if lanes:
        rows = await session.execute(_rows(table), {"lanes": lanes, "a_lane": ROWS_A_LANE})
        ready = {lane: tuple(_ready(waiting, now)) for lane, waiting in groupby(rows, key=attrgetter("lane"))}
        claimed = Claim(token=claimed.token, lanes=_within(ready))
        connection = await session.connection()
        leased = {"ids": claimed.ids, "token": claimed.token, "until": now + lease}
        await connection.execute(_lease(table), leased)
    return claimed


async def fence(session: AsyncSession, table: Table, token: str, ids: Iterable[int]) -> set[int]:
    """Those of the rows that are still ours, held until the transaction ends; others must not be written."""
    held = await session.execute(_held(table), {"ids": list(ids), "token": token})
    return set(held.scalars())


async def release(session: AsyncSession, table: Table, token: str, ids: Sequence[int], now: datetime) -> None:
    """Let others have these rows at once."""
    if ids:
        connection = await session.connection()
        await connection.execute(_release(table), {"ids": list(ids), "token": token, "now": now})


async def charge(
    session: AsyncSession, table: Table, token: str, ids: Sequence[int], *, until: datetime, error: str, at_most: int
) -> None:
    """Count a failure: the rows wait until then and hold their lane, or are failed and let it go on."""
    connection = await session.connection()
    columns: Any = table.__table__.c
    parameters = {"ids": list(ids), "token": token, "until": until, "error": error, "at_most": at_most}
    await connection.execute(_charge(table), parameters)
    failed = update(table.__table__).where(  # type: ignore[arg-type]
        columns.id.in_(list(ids)), columns.status == WAITING, columns.attempts >= at_most
    )
    await connection.execute(failed.values(status="failed"))


@cache
def _heads(table: Table, of_kinds: bool) -> Select[str]:  # noqa: FBT001  # Part of what is cached.
    columns: Any = table.__table__.c
    other: Any = table.__table__.alias("other").c
    before = tuple_(other.position, other.id) < tuple_(columns.position, columns.id)
    leased = and_(other.lease.is_not(None), other.due_at > bindparam("now"))
    kinds = [columns.kind.in_(bindparam("kinds", expanding=True))] if of_kinds else []
    blocked = exists().where(other.lane == columns.lane, other.status == WAITING, or_(before, leased))
    return (
        select(columns.lane)
        .where(columns.status == WAITING, columns.due_at <= bindparam("now"), ~blocked, *kinds)
        .order_by(columns.due_at, columns.id)
        .limit(bindparam("at_most"))
        .with_for_update(skip_locked=True)
    )


@cache
def _rows(table: Table) -> Select[Any]:
    columns: Any = table.__table__.c
    place = func.row_number().over(partition_by=columns.lane, order_by=(columns.position, columns.id)).label("place")
    waiting = (
        select(table.__table__, place)
        .where(columns.lane.in_(bindparam("lanes", expanding=True)), columns.status == WAITING)
        .subquery()
    )
    return (
        select(*(waiting.c[column.name] for column in table.__table__.columns))
        .where(waiting.c.place <= bindparam("a_lane"))
        .order_by(waiting.c.lane, waiting.c.place)
    )


@cache
def _lease(table: Table) -> Update:
    return _of(table).values(lease=bindparam("token"), due_at=bindparam("until"))


@cache
def _held(table: Table) -> Select[int]:
    columns: Any = table.__table__.c
    ours = (columns.id.in_(bindparam("ids", expanding=True)), columns.lease == bindparam("token"))
    return select(columns.id).where(*ours, columns.status == WAITING).order_by(columns.id).with_for_update()


@cache
def _release(table: Table) -> Update:
    columns: Any = table.__table__.c
    return _of(table).where(columns.lease == bindparam("token")).values(lease=None, due_at=bindparam("now"))


@cache
def _charge(table: Table) -> Update:
    columns: Any = table.__table__.c
    ours = _of(table).where(columns.lease == bindparam("token"))
    return ours.values(lease=None, due_at=bindparam("until"), error=bindparam("error"), attempts=columns.attempts + 1)


def _of(table: Table) -> Update:
    columns: Any = table.__table__.c
    target: Any = table.__table__
    return update(target).where(columns.id.in_(bindparam("ids", expanding=True)), columns.status == WAITING)


def _ready(rows: Iterable[Any], now: datetime) -> Iterable[Any]:
    """The head and what may follow it: nothing behind a row that is put off until later."""
    for row in rows:
        if row.due_at > now and row.attempts:
            return
        yield row


def _within(lanes: Mapping[str, tuple[Any, ...]]) -> dict[str, tuple[Any, ...]]:
    """As many lanes as keep the batch short, one at least."""
    short: dict[str, tuple[Any, ...]] = {}
    characters = 0
    for lane, rows in lanes.items():
        characters += sum(len(row.payload) for row in rows)
        if short and characters > MOST_CHARACTERS:
            break
        short[lane] = rows
    return short
