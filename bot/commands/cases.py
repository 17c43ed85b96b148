"""`portevoix cases`: what was filed, read in a terminal."""

from __future__ import annotations

import asyncio
import json
from argparse import Namespace
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import Any

from bot import documents
from bot.assembly import opened
from bot.given import read_script
from bot.settings import Settings
from bot.values import CommandError
from storage import cases
from storage.cases import CaseLine
from storage.references import read as read_reference
from stories.script import Script

MOST = 1000


def listing(settings: Settings, asked: Namespace) -> None:
    for line in asyncio.run(_find(settings)):
        print(json.dumps(asdict(line), default=str, ensure_ascii=False) if asked.json else _row(line))


def show(settings: Settings, asked: Namespace) -> None:
    reference = read_reference(asked.reference)
    if reference is None:
        raise CommandError(f"{asked.reference} is no reference, or was mistyped: it looks like PV-2026-XXXXX-C")
    script = read_script(settings.script_folder)
    found = asyncio.run(_open(settings, script, reference))
    if found is None:
        raise CommandError(f"there is no case {reference}")
    print(json.dumps(found, ensure_ascii=False) if asked.json else "\n".join(_page(found)))


async def _find(settings: Settings) -> list[CaseLine]:
    async with opened(settings) as (database, _), database.read() as session:
        return await cases.find(session, limit=MOST)


async def _open(settings: Settings, script: Script, reference: str) -> dict[str, Any] | None:
    async with opened(settings) as (database, ring), database.read() as session:
        return await documents.of_reference(session, ring, script, reference)


def _row(line: CaseLine) -> str:
    parts = (line.platform_id or "-", line.primary_category or "-", line.status, line.urgency_level or "normal")
    return "  ".join((line.reference, f"{line.filed_at:%Y-%m-%d %H:%M}Z", *parts))


def _page(found: Mapping[str, Any]) -> Iterator[str]:
    """Give the fields that have a value, a group after the other, then what was said."""
    yield found["system"]["public_ref"]
    for group, fields in found.items():
        told = {name: value for name, value in fields.items() if value not in (None, [], {})}
        if group in {"states", "provenance", "transcript"} or not told:
            continue
        yield f"\n{group}"
        for name, value in told.items():
            text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
            yield f"  {name}: " + text.replace("\n", "\n    ")
    yield "\ntranscript"
    for turn in found["transcript"]["turns"]:
        yield f"  {turn['from']}: " + turn["text"].replace("\n", "\n    ")
