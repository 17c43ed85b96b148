"""Nobody who copies the database files learns who told what: not a name, number, code or word of a firm."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import text

from bot.app import App
from bot.delivery import deliver
from bot.intake import take_turns
from storage import conversations
from storage.crypto import KeyRing
from storage.database import Database
from stories.types import Message
from tests.bot.tiny import Postman, tiny_app

PLANTED = {
    "name": "Zénobie Quatrevaux",
    "email": "zenobie.quatrevaux@example.org",
    "phone": "0639980741",
    "siret": "73282932000074",
    "seller_account_id": "A3ZQX7PLANTED",
}
STORY = "Ma boutique Les Hortensias est bloquée, écrivez à zenobie.quatrevaux@example.org"
CHAT = "chat-5550042"


async def converse(app: App) -> str:
    """A conversation that says all of it and asks for an access code; gives the code."""
    for at, said in enumerate((STORY, "file", "amend Les Hortensias", "code", "look 73282932000074", "human", "break")):
        fields = PLANTED if said == "file" else {}
        message = Message(channel="post", chat=CHAT, key=f"k{at}", text=said, fields=fields, position=at + 1)
        await app.door.receive([message], app.clock())
        await take_turns(app)
        await deliver(app)
    channel = app.channels["post"]
    assert isinstance(channel, Postman)
    return next(line for _, line in channel.sent if line.startswith("Code : ")).removeprefix("Code : ")


def needles(code: str) -> list[str]:
    return [*PLANTED.values(), code, code.replace(" ", ""), STORY, "Hortensias", CHAT, "quatrevaux", "732829320"]


async def test_the_database_files_hold_no_word_of_a_firm(database: Database, ring: KeyRing, tmp_path: Path) -> None:
    app = tiny_app(database, ring)
    found = needles(await converse(app))
    kept = b"".join(await dumped(database, tmp_path)).lower()
    assert b"submitted" in kept
    for needle in found:
        assert needle.lower().encode() not in kept, needle
        assert needle.lower().encode().hex().encode() not in kept, needle


async def test_the_key_ring_reads_it_all(database: Database, ring: KeyRing) -> None:
    app = tiny_app(database, ring)
    await converse(app)
    async with database.read() as session:
        lines = await conversations.transcript(session, ring, ring.lane(f"post:{CHAT}"))
    assert lines[0].text == STORY
    assert lines[2].fields == PLANTED


async def dumped(database: Database, folder: Path) -> list[bytes]:
    """All that is stored: SQLite's own files, journal included; of PostgreSQL every row of every table as text."""
    if database.dialect == "sqlite":
        return files_of(folder)
    async with database.read() as session:
        tables = await session.scalars(text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'"))
        rows = [await session.scalars(text(f'SELECT t::text FROM "{table}" t')) for table in tables]  # noqa: S608
        return [row.encode() for found in rows for row in found]


def files_of(folder: Path) -> list[bytes]:
    return [path.read_bytes() for path in folder.glob("portevoix.db*")]
