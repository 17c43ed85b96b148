"""A pile of cases for the benchmark of the desk: conversations that went through the assistant, copied over years.

A copy is its pattern moved in time, under ids, lane, reference and firm of its own, sealed anew; what officials sort
and filter by is drawn afresh for each.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Any

from sqlalchemy import Table, Text, bindparam, func, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

import storage.tables  # noqa: F401  # All tables are in the metadata then.
from storage import indexing, references
from storage.base import Base
from storage.crypto import KeyRing
from storage.database import Database
from storage.ids import RANDOM_BITS

TABLES: Mapping[str, Table] = Base.metadata.tables
KEPT = ("teams", "officials", "problems", "scripts")
"""Copied once, as they are."""
COPIED = ("conversations", "turns", "inbox", "outbox", "cases", "case_changes", "case_tags", "case_categories")
SEALED = {
    "conversations": ("address", "state"), "inbox": ("payload",), "outbox": ("payload",), "cases": ("document",),
    "case_changes": ("changes",), "turns": ("record",),
}  # fmt: skip
IDS = frozenset({"id", "conversation_id", "turn_id", "filed_by", "case_id"})
BLIND = ("siren", "siret", "email", "phone")
CASES_OF_A_FIRM = 2
YEARS = timedelta(days=730)
AT_ONCE = 250
VOCABULARY, RARE_WORDS = 20_000, 12
STEP = 7
"""Between two references: numbers whose check is no letter are passed over."""
Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pattern:
    """One case with its conversation: the rows of each table, what is sealed in them opened."""

    rows: Mapping[str, Sequence[Row]]
    reference: str
    words: str
    """What it is searched by: stems in order."""
    lines: int
    """Of its transcript."""


async def patterns(database: Database, ring: KeyRing, now: datetime) -> list[Pattern]:
    """Every case of a SQLite database, made searchable first."""
    found: list[Pattern] = []
    async with database.begin() as session:
        while await indexing.index(session, ring, now, at_most=AT_ONCE):
            pass
    async with database.read() as session:
        connection = await session.connection()
        for case in await _rows(connection, "cases"):
            rows = await _of_case(connection, ring, case)
            (words,) = await _rows(connection, "case_words", case_id=case["id"])
            found.append(
                Pattern(
                    rows=rows,
                    reference=case["reference"],
                    words=words["words"],
                    lines=len(rows["inbox"]) + sum(row["kind"] == "say" for row in rows["outbox"]),
                )
            )
    return found


async def kept(database: Database) -> Mapping[str, Sequence[Row]]:
    """The rows that every copy refers to."""
    async with database.read() as session:
        connection = await session.connection()
        return {name: await _rows(connection, name) for name in KEPT}


async def fill(
    database: Database, ring: KeyRing, known: Sequence[Pattern], common: Mapping[str, Sequence[Row]], count: int
) -> int:
    """Write so many copies; gives the number of lines of their transcripts."""
    chance, lines = Random(1), 0
    async with database.begin() as session:
        connection = await session.connection()
        for name in KEPT:
            await _write(connection, name, common[name])
    for start in range(0, count, AT_ONCE):
        numbers = range(start, min(count, start + AT_ONCE))
        chosen = [known[chance.randrange(len(known))] for _ in numbers]
        lines += sum(one.lines for one in chosen)
        made = [_copy(one, ring, number, chance) for one, number in zip(chosen, numbers, strict=True)]
        async with database.begin() as session:
            connection = await session.connection()
            for name in COPIED:
                await _write(connection, name, [row for rows in made for row in rows[name]])
            await _write_words(connection, [(rows["cases"][0]["id"], rows["words"]) for rows in made])
    return lines


def word(number: int) -> str:
    """A word of the invented vocabulary, the first ones the most frequent."""
    return f"w{number}q"


async def _of_case(connection: AsyncConnection, ring: KeyRing, case: Row) -> Mapping[str, Sequence[Row]]:
    conversation = (await _rows(connection, "conversations", id=case["conversation_id"]))[0]
    rows = {
        "conversations": [conversation],
        "turns": await _rows(connection, "turns", conversation_id=conversation["id"]),
        "inbox": await _rows(connection, "inbox", lane=conversation["lane"]),
        "outbox": await _rows(connection, "outbox", lane=conversation["lane"]),
        "cases": [case],
        **{name: await _rows(connection, name, case_id=case["id"]) for name in COPIED if name.startswith("case_")},
    }
    return {name: [_opened(ring, name, row) for row in found] for name, found in rows.items()}


async def _rows(connection: AsyncConnection, name: str, **where: object) -> list[Row]:
    table = TABLES[name]
    wanted = select(table).where(*(table.c[column] == value for column, value in where.items()))
    return [dict(row) for row in (await connection.execute(wanted)).mappings()]


def _opened(ring: KeyRing, name: str, row: Row) -> Row:
    columns = {column: row[column] for column in SEALED.get(name, ())}
    return {**row, **{c: ring.open(name, c, row["id"], sealed) if sealed else b"" for c, sealed in columns.items()}}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Copy:
    """What tells one copy from its pattern."""

    ring: KeyRing
    ago: timedelta
    before: bytes
    reference: bytes
    lane: str

    def row(self, name: str, row: Row) -> dict[str, Any]:
        """A row of the pattern, moved in time, under ids and a lane of its own, sealed anew."""
        shift = int(self.ago.total_seconds() * 1000) << RANDOM_BITS
        new = dict(row)
        for column, value in row.items():
            if column in IDS and value is not None:
                new[column] = value - shift
            elif isinstance(value, datetime):
                new[column] = value - self.ago
        new |= {"lane": self.lane} if "lane" in row else {}
        new |= {column: None for column in ("resume_hash", "merged_into") if column in row}
        for column in SEALED.get(name, ()):
            plain = b"" if column == "record" else row[column].replace(self.before, self.reference)
            new[column] = self.ring.seal(name, column, new["id"], plain) if plain else b""
        return new


def _copy(pattern: Pattern, ring: KeyRing, number: int, chance: Random) -> dict[str, Any]:
    """The rows of a copy by table, and its words; nobody reads its turns again, so that they hold nothing."""
    reference = references.new(2026, (number * STEP).to_bytes(4))
    copy = _Copy(
        ring=ring, ago=timedelta(milliseconds=chance.randrange(int(YEARS.total_seconds() * 1000))),
        before=pattern.reference.encode(), reference=reference.encode(), lane=f"{number:032x}",
    )  # fmt: skip
    made: dict[str, Any] = {name: [copy.row(name, row) for row in rows] for name, rows in pattern.rows.items()}
    made["cases"][0].update(_drawn(number, reference, chance))
    rare = (word(int(chance.paretovariate(0.6)) % VOCABULARY) for _ in range(RARE_WORDS))
    return {**made, "words": " ".join([pattern.words, *rare])}


def _drawn(number: int, reference: str, chance: Random) -> dict[str, Any]:
    """What tells this case from its pattern in the list."""
    firm = hashlib.sha256(str(number // CASES_OF_A_FIRM).encode()).digest()
    platforms = ("amazon", "cdiscount", "ebay", "fnac", "etsy", "temu", "manomano", "rakuten")
    problems = ("account_suspension", "funds_withheld", "listing_removal", "fees_commissions", "logistics_fulfilment")
    statuses = ("submitted", "in_review", "needs_info", "qualified", "transmitted_platform", "resolved", "closed")
    return {
        "reference": reference,
        "platform_id": chance.choices(platforms, range(8, 0, -1))[0],
        "primary_category": chance.choices(problems, range(5, 0, -1))[0],
        "status": chance.choices(statuses, (2, 3, 2, 8, 4, 3, 30))[0],
        "urgency_level": chance.choices(("normal", "high", "critical"), (80, 17, 3))[0],
        **dict.fromkeys(BLIND, firm),
    }


async def _write(connection: AsyncConnection, name: str, rows: Sequence[Row]) -> None:
    if rows:
        await connection.execute(insert(TABLES[name]), rows)


async def _write_words(connection: AsyncConnection, words: Sequence[tuple[int, str]]) -> None:
    """Make the copies searchable."""
    rows = [{"of": case_id, "held": text} for case_id, text in words]
    held: Any = bindparam("held", type_=Text)
    held = func.to_tsvector("simple", held) if connection.dialect.name == "postgresql" else held
    await connection.execute(insert(TABLES["case_words"]).values(case_id=bindparam("of"), words=held), rows)
