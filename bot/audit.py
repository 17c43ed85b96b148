"""The audit log looked after: numbered every few seconds, cut once a day, its head kept beside the key file."""

from __future__ import annotations

import asyncio
import calendar
import json
from datetime import datetime
from pathlib import Path

from bot.app import App
from storage import audit, audit_proof
from storage.audit import Head
from storage.crypto import KeyRing
from storage.database import Database


async def seal(app: App) -> int:
    """Number what has settled, and keep where the log has come outside the database; gives that number, or 0."""
    async with app.database.begin() as session:
        last = await audit.seal(session, app.ring, app.clock())
    if last is None:
        return 0
    if app.audit_head is not None:
        await asyncio.to_thread(keep_head, app.audit_head, last)
    return last.n


async def retain(app: App) -> int:
    """Take away what is older than the operator keeps; gives the number of entries."""
    return await cut(app.database, app.ring, app.audit_months, app.clock())


async def cut(database: Database, ring: KeyRing, months: int, now: datetime) -> int:
    """Take away the entries older than so many months; their number."""
    total = 0
    while True:
        async with database.begin() as session:
            gone = await audit_proof.purge(session, ring, before(now, months), now)
        if not gone:
            return total
        total += gone


def before(now: datetime, months: int) -> datetime:
    """The same day so many months earlier, or the last of that month where it has no such day."""
    year, month = divmod(now.year * 12 + now.month - 1 - months, 12)
    return now.replace(year=year, month=month + 1, day=min(now.day, calendar.monthrange(year, month + 1)[1]))


def keep_head(path: Path, head: Head) -> None:
    """Write where the log has come, whole or not at all."""
    part = path.with_suffix(".part")
    part.write_text(json.dumps({"n": head.n, "chain": head.chain.hex()}), "ascii")
    part.replace(path)


def read_head(path: Path) -> Head | None:
    """Where the log had come when this machine last numbered entries; None where it never did. Raises ValueError."""
    try:
        data = json.loads(path.read_text("ascii"))
        return Head(n=int(data["n"]), chain=bytes.fromhex(data["chain"]))
    except FileNotFoundError:
        return None
