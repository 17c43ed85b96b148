"""`portevoix ledger`: nothing that was said is lost, or these rows say what is."""

from __future__ import annotations

import asyncio
import json
from argparse import Namespace
from collections.abc import Iterator, Mapping
from dataclasses import asdict

from bot.assembly import opened
from bot.settings import Settings
from storage import attachments, unreadable
from storage.inbox import Ledger
from storage.inbox import ledger as count


def ledger(settings: Settings, asked: Namespace) -> int:
    """Print the count; 1 where it does not balance."""
    found, unread, files = asyncio.run(_count(settings))
    sums = {"processed": found.processed, "balances": found.balances, "unreadable": unread, "files": files}
    counted = {**asdict(found), **sums}
    print(json.dumps(counted, default=list) if asked.json else "\n".join(_lines(found, unread, files)))
    return 0 if found.balances else 1


async def _count(settings: Settings) -> tuple[Ledger, int, dict[str, int]]:
    async with opened(settings) as (database, _), database.read() as session:
        return await count(session), await unreadable.count(session), await attachments.counts(session)


def _lines(found: Ledger, unread: int, files: Mapping[str, int]) -> Iterator[str]:
    yield f"received   {found.received}"
    yield f"processed  {found.processed}"
    yield f"answered   {found.answered}"
    for because, number in sorted(found.unanswered.items()):
        yield f"no answer  {number} ({because})"
    yield f"waiting    {found.waiting}"
    yield f"owed       {found.owed} lines not yet handed over"
    for status, number in files.items():
        yield f"files      {number} ({status})"
    if unread:
        yield f"unreadable {unread} payloads of channels: an administrator finds them in the console"
    for row in found.failed:
        yield f"failed     inbox row {row}"
    for row in found.undelivered:
        yield f"failed     outbox row {row}"
    yield "The ledger balances." if found.balances else "THE LEDGER DOES NOT BALANCE."
