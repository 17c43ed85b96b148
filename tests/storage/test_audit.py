"""Nothing in the audit log can be changed, moved, added or taken out without being found, and old entries are cut."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Executable, delete, insert, select, update

from storage import audit, audit_proof
from storage.audit import Entry, Head
from storage.audit_tables import AuditCutRow, AuditRow
from storage.crypto import KeyRing, new_ring
from storage.database import Database

NOW = datetime(2026, 11, 24, 8, tzinfo=UTC)


async def write(database: Database, ring: KeyRing, count: int, at: datetime = NOW) -> None:
    entries = [Entry(official_id=7, act="read.case", subject=f"case:{one}", at=at) for one in range(count)]
    async with database.begin() as session:
        await audit.record(session, ring, *entries)


async def seal(database: Database, ring: KeyRing, now: datetime = NOW + timedelta(seconds=5)) -> Head | None:
    async with database.begin() as session:
        return await audit.seal(session, ring, now)


async def found(
    database: Database, ring: KeyRing, known: Head | None = None, now: datetime = NOW
) -> list[tuple[str, int, int]]:
    async with database.read() as session:
        proof = await audit_proof.verify(session, ring, now, known)
    return [(one.fault, one.first, one.last) for one in proof.findings]


async def tamper(database: Database, *statements: Executable) -> None:
    async with database.begin() as session:
        for statement in statements:
            await session.execute(statement)


def numbered(entry: int, **values: object) -> Executable:
    return update(AuditRow).where(AuditRow.n == entry).values(**values)


@pytest.fixture
async def head(database: Database, ring: KeyRing) -> Head:
    """Nine sealed entries; where the log has come."""
    await write(database, ring, 9)
    sealed = await seal(database, ring)
    assert sealed is not None
    return sealed


async def test_an_untouched_log_holds(database: Database, ring: KeyRing, head: Head) -> None:
    assert head.n == 9
    assert await found(database, ring, head) == []
    await write(database, ring, 2)
    later = await seal(database, ring)
    assert later is not None
    assert later.n == 11
    assert await found(database, ring, head) == []


@pytest.mark.parametrize(
    "values",
    [{"official_id": 8}, {"act": "log_in"}, {"subject": "case:1"}, {"at": NOW + timedelta(days=1)}, {"digest": "00"}],
)
@pytest.mark.usefixtures("head")
async def test_a_changed_entry_is_found(database: Database, ring: KeyRing, values: dict[str, object]) -> None:
    await tamper(database, numbered(4, **values))
    assert await found(database, ring) == [("changed", 4, 4)]


@pytest.mark.usefixtures("head")
async def test_entries_taken_out_are_found(database: Database, ring: KeyRing) -> None:
    await tamper(database, delete(AuditRow).where(AuditRow.n.in_([1, 4, 5])))
    assert await found(database, ring) == [("missing", 1, 1), ("missing", 4, 5)]


@pytest.mark.usefixtures("head")
async def test_a_gap_that_is_closed_again_is_found(database: Database, ring: KeyRing) -> None:
    await tamper(database, delete(AuditRow).where(AuditRow.n == 4), *(numbered(n, n=n - 1) for n in range(5, 10)))
    assert ("moved", 4, 4) in await found(database, ring)


async def test_exchanged_entries_are_found(database: Database, ring: KeyRing) -> None:
    await write(database, ring, 9)
    await seal(database, ring)
    async with database.read() as session:
        chains = {row.n: row.chain for row in await session.execute(select(AuditRow.n, AuditRow.chain))}
    await tamper(
        database,
        numbered(3, n=99, chain=chains[6]),
        numbered(6, n=3, chain=chains[3]),
        numbered(99, n=6),
    )
    assert await found(database, ring) == [("moved", 3, 3), ("moved", 6, 6)]


async def test_an_entry_made_without_the_keys_is_found(database: Database, ring: KeyRing, head: Head) -> None:
    forged = {"id": 1, "at": NOW, "official_id": 9, "act": "read.case", "subject": "case:1", "digest": ""}
    await tamper(database, insert(AuditRow).values(**forged, mac=bytes(32)))
    await seal(database, ring)
    assert await found(database, ring, head) == [("changed", 10, 10)]


async def test_the_log_holds_after_another_key_seals(database: Database, ring: KeyRing, head: Head) -> None:
    fresh = new_ring()
    rotated = KeyRing(current=fresh.current, keys={**ring.keys, **fresh.keys}, blinding=ring.blinding)
    await write(database, rotated, 2)
    await seal(database, rotated)
    assert await found(database, rotated, head) == []


async def test_a_shortened_log_is_found_against_the_head_that_was_kept_elsewhere(
    database: Database, ring: KeyRing, head: Head
) -> None:
    await tamper(database, delete(AuditRow).where(AuditRow.n > 6))
    assert await found(database, ring) == []
    assert await found(database, ring, head) == [("shortened", 7, 9)]
    await write(database, ring, 3, NOW + timedelta(seconds=1))
    await seal(database, ring)
    assert await found(database, ring, head) == [("replaced", 9, 9)]


async def test_an_entry_that_nobody_seals_is_found(database: Database, ring: KeyRing) -> None:
    await write(database, ring, 1)
    assert await found(database, ring, now=NOW + timedelta(seconds=30)) == []
    assert [fault for fault, *_ in await found(database, ring, now=NOW + timedelta(minutes=2))] == ["unsealed"]


async def test_an_entry_that_is_being_written_waits(database: Database, ring: KeyRing) -> None:
    await write(database, ring, 1)
    assert await seal(database, ring, NOW + timedelta(milliseconds=500)) is None


async def test_two_sealers_number_every_entry_once(database: Database, ring: KeyRing) -> None:
    for _ in range(5):
        await write(database, ring, 20)
    await asyncio.gather(*(seal(database, ring) for _ in range(4)))
    async with database.read() as session:
        assert list(await session.scalars(select(AuditRow.n).order_by(AuditRow.n))) == list(range(1, 101))
    assert await found(database, ring) == []


async def test_the_same_words_about_two_cases_have_different_digests(database: Database, ring: KeyRing) -> None:
    async with database.begin() as session:
        for case in (1, 2):
            entry = Entry(official_id=7, act="do.case.note", subject=f"case:{case}", about={"text": "a"}, at=NOW)
            await audit.record(session, ring, entry)
    async with database.read() as session:
        assert len(set(await session.scalars(select(AuditRow.digest)))) == 2


@pytest.fixture
async def cut(database: Database, ring: KeyRing) -> Head:
    """A log whose first five entries were cut away; what the four others end with."""
    await write(database, ring, 5, NOW - timedelta(days=400))
    await seal(database, ring)
    await write(database, ring, 4)
    sealed = await seal(database, ring)
    assert sealed is not None
    async with database.begin() as session:
        assert await audit_proof.purge(session, ring, NOW - timedelta(days=365), NOW) == 5
    await seal(database, ring)
    return sealed


async def test_a_cut_log_holds_from_its_cut_on(database: Database, ring: KeyRing, cut: Head) -> None:
    async with database.read() as session:
        assert list(await session.scalars(select(AuditRow.n).order_by(AuditRow.n))) == [6, 7, 8, 9, 10]
    async with database.read() as session:
        assert (await audit_proof.verify(session, ring, NOW, cut)).begins == 6
    assert await found(database, ring, cut) == []


@pytest.mark.usefixtures("cut")
async def test_a_missing_or_forged_cut_is_found(database: Database, ring: KeyRing) -> None:
    await tamper(database, delete(AuditRow).where(AuditRow.n == 6))
    assert await found(database, ring) == [("missing", 6, 6)]
    async with database.read() as session:
        chain = await session.scalar(select(AuditRow.chain).where(AuditRow.n == 7))
    await tamper(database, update(AuditCutRow).values(n=7, chain=chain), delete(AuditRow).where(AuditRow.n == 7))
    assert await found(database, ring) == [("cut", 7, 7)]
    await tamper(database, delete(AuditCutRow))
    assert await found(database, ring) == [("missing", 1, 7)]


async def test_all_may_be_cut_and_the_numbers_go_on(database: Database, ring: KeyRing, head: Head) -> None:
    async with database.begin() as session:
        assert await audit_proof.purge(session, ring, NOW + timedelta(days=1), NOW + timedelta(days=1)) == 9
    again = await seal(database, ring, NOW + timedelta(days=2))
    assert again is not None
    assert again.n == head.n + 1
    assert await found(database, ring, again, NOW + timedelta(days=1)) == []
