"""`portevoix chat`: the terminal, for people and for programs."""

from __future__ import annotations

import asyncio
import contextlib
import json
import signal
import sys
import tempfile
from argparse import Namespace
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

from bot import documents
from bot.app import App
from bot.assembly import assembled
from bot.channels.channel import Unreadable
from bot.channels.terminal import Clock, Line, Terminal, read_line, show
from bot.given import now
from bot.model import tell
from bot.settings import Settings
from bot.talk import Talk
from bot.values import CommandError, database
from stories.effects import Say
from stories.types import Choice


def chat(settings: Settings, asked: Namespace) -> None:
    """Hold one conversation, on a database of its own unless one is named."""
    with contextlib.ExitStack() as stack:
        if asked.database:
            settings = replace(settings, database_url=_named(asked.database))
        else:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="portevoix-")))
            url = f"sqlite:///{folder / 'portevoix.db'}"
            settings = replace(settings, database_url=url, keys=folder / "keys.json")
            if not asked.json:
                print("A trial: nothing is kept and nobody reads it. To keep it, name a --database.")
        asyncio.run(_hold(settings, asked))


def _named(url: str) -> str:
    try:
        return database(url)
    except ValueError as error:
        raise CommandError(f"--database {error}") from error


async def _hold(settings: Settings, asked: Namespace) -> None:
    signal.signal(signal.SIGINT, signal.default_int_handler)  # Ends a wait for input, which asyncio's own does not.
    terminal, clock = Terminal(), Clock(now())
    settings = replace(settings, burst=timedelta())  # Who sends several messages in a row says so.
    async with assembled(settings, tell=tell, channels=[terminal], clock=clock) as app:
        talk = Talk(app, terminal, clock, chat=uuid4().hex)
        opening = Line(choice=f"language:{asked.language}") if asked.language else None
        if asked.json:
            await _machine(app, talk, clock, opening)
        else:
            await _human(talk, clock, opening or Line(text="/start"))


async def _machine(app: App, talk: Talk, clock: Clock, opening: Line | None) -> None:
    """Read a JSON object a line, and write one for each thing said, for each turn, and at the end."""
    if opening is not None:
        await _take(talk, opening)
    begun = False
    for raw in sys.stdin.buffer:
        if not raw.strip():
            continue
        try:
            line = read_line(raw)
        except Unreadable as error:
            _put({"error": str(error)})
            continue
        if not begun and line.moment is not None:
            clock.set(line.moment)
        begun = True
        await _take(talk, line)
    async with app.database.read() as session:
        cases = await documents.of_conversation(session, app.ring, app.script, talk.lane)
    _put({"conversation": talk.lane, "cases": cases})


async def _take(talk: Talk, line: Line) -> None:
    async for over in talk.take(line):
        for say in over.said:
            _put(show(say))
        _put({"turn": over.n, "asking": over.asking})


def _put(value: Mapping[str, Any]) -> None:
    print(json.dumps(value, ensure_ascii=False), flush=True)


async def _human(talk: Talk, clock: Clock, opening: Line) -> None:
    """Show what is said with numbered choices, and read what is typed: a number, or anything."""
    line: Line | None = opening
    choices: Sequence[Choice] = ()
    while line is not None:
        said = [say async for over in talk.take(line) for say in over.said]
        choices = [choice for say in said for choice in say.choices] or choices
        _tell(said, choices)
        typed = _typed()
        clock.turn_to(now())
        line = typed if typed is None else _meant(typed, choices)
    print()


def _tell(said: Sequence[Say], choices: Sequence[Choice]) -> None:
    for say in said:
        print("\n" + say.text.replace("**", ""))
    if choices and any(say.choices for say in said):
        print()
    for number, choice in enumerate(choices if any(say.choices for say in said) else (), 1):
        print(f"  [{number}] {choice.label}")


def _typed() -> str | None:
    """Wait for a line; None at the end of the input."""
    print("\n> ", end="", flush=True)
    raw = sys.stdin.buffer.readline()
    return raw.decode("utf-8", "replace").rstrip("\r\n") if raw else None


def _meant(typed: str, choices: Sequence[Choice]) -> Line:
    number = typed.strip()
    if number.isascii() and number.isdigit() and 0 < int(number) <= len(choices):
        return Line(choice=choices[int(number) - 1].id)
    return Line(text=typed)
