"""Without its keys a database tells nothing, and says how to get them back."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from sqlalchemy import select

from storage.crypto import KeyRing, SealError, keep_ring, new_ring, read_ring
from storage.database import Database
from storage.keys import open_ring
from storage.tables import KeyCheckRow


async def test_the_key_file_is_made_at_first_start_for_its_owner_only(database: Database, tmp_path: Path) -> None:
    path = tmp_path / "home" / "keys.json"
    ring = await open_ring(database, path)
    assert path.stat().st_mode & 0o777 == 0o600
    assert await open_ring(database, path) == ring


async def test_a_start_without_the_key_file_refuses_with_the_remedy(database: Database, tmp_path: Path) -> None:
    path = tmp_path / "keys.json"
    await open_ring(database, path)
    path.unlink()
    with pytest.raises(SealError, match="put its copy there"):
        await open_ring(database, path)
    assert not path.exists()


async def test_a_start_with_the_keys_of_another_database_refuses(database: Database, tmp_path: Path) -> None:
    await open_ring(database, tmp_path / "keys.json")
    other = tmp_path / "other.json"
    keep_ring(new_ring(), other)
    with pytest.raises(SealError, match="another database"):
        await open_ring(database, other)


async def test_of_two_machines_that_start_at_once_one_makes_the_keys(database_url: str, tmp_path: Path) -> None:
    machines = [(Database(database_url), tmp_path / name / "keys.json") for name in ("one", "other")]
    opened = await asyncio.gather(*(open_ring(*machine) for machine in machines), return_exceptions=True)
    (refused,) = [one for one in opened if isinstance(one, BaseException)]
    assert isinstance(refused, SealError)
    assert "the machine that started first" in str(refused)
    ((first, keys),) = [machine for machine in machines if machine[1].exists()]
    async with first.read() as session:
        assert list(await session.scalars(select(KeyCheckRow.key_id))) == [read_ring(keys).current]
    for database, _ in machines:
        await database.close()


async def test_two_processes_that_start_at_once_have_the_same_keys(database_url: str, tmp_path: Path) -> None:
    processes = [Database(database_url), Database(database_url)]
    one, other = await asyncio.gather(*(open_ring(process, tmp_path / "keys.json") for process in processes))
    assert one == other
    for process in processes:
        await process.close()


async def test_what_an_older_key_sealed_still_opens(database: Database, tmp_path: Path) -> None:
    path = tmp_path / "keys.json"
    old = await open_ring(database, path)
    sealed = old.seal("inbox", "payload", 7, b"words")
    fresh = new_ring()
    path.unlink()
    keep_ring(KeyRing(current=fresh.current, keys={**old.keys, **fresh.keys}, blinding=old.blinding), path)
    new = await open_ring(database, path)
    assert new.current != old.current
    assert new.open("inbox", "payload", 7, sealed) == b"words"


def test_sealed_data_opens_in_its_own_place_only(ring: KeyRing) -> None:
    sealed = ring.seal("inbox", "payload", 7, b"words")
    for place in (("inbox", "payload", 8), ("outbox", "payload", 7), ("inbox", "key", 7)):
        with pytest.raises(SealError):
            ring.open(*place, sealed)


def test_an_unknown_key_is_named(ring: KeyRing) -> None:
    other = new_ring()
    with pytest.raises(SealError, match=other.current):
        ring.open("inbox", "payload", 7, other.seal("inbox", "payload", 7, b"words"))


def test_a_damaged_key_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "keys.json"
    path.write_text('{"keys": {}}')
    with pytest.raises(SealError, match="damaged"):
        read_ring(path)


def test_equal_values_are_found_however_they_were_typed(ring: KeyRing) -> None:
    assert ring.blind("email", " Zoe@Example.org") == ring.blind("email", "zoe@example.org")
    assert ring.blind("phone", "+33 6 12 34 56 78") == ring.blind("phone", "06.12.34.56.78")
    assert ring.blind("siret", "732 829 320 00074") == ring.blind("siret", "73282932000074")
    assert ring.blind("siren", "732829320") != ring.blind("phone", "732829320")


def test_an_access_code_is_proven_by_its_hash(ring: KeyRing) -> None:
    held = ring.hash_code("1234567890123456")
    assert ring.proves("1234 5678 9012 3456", held)
    assert not ring.proves("1234 5678 9012 3457", held)
    assert not ring.proves("1234567890123456", "")
