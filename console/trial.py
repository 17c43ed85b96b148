"""A trial chat with the draft of the script, or with the one in use: nothing is filed, and no words are kept.

What was said so far goes to the browser and back in the form, sealed.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Literal, TypeAlias

from pydantic import TypeAdapter, ValidationError
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from console import forms
from console.pages import Desk, desk, page, words
from console.script_draft import draft, for_editors, read
from console.wording import Words
from nlu.backend import Ask, Expecting, NLUError
from storage import references, scripts
from storage.crypto import SealError
from stories.dialogue import advance, expecting
from stories.effects import Effect, FileCase, Say
from stories.script import Script
from stories.types import Choice, Conversation, Message, Supplies, Turn, Understanding

Of: TypeAlias = Literal["draft", "used"]
LONGEST = 4000
MOST_TURNS = 40
SENT = 2_000_000
"""Bytes of a form that carries a whole trial."""
PLACE = ("trial", "form", "console")
HIDDEN = "••••••••"
"""Stands for an access code."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line of the trial."""

    sender: Literal["person", "program", "event"]
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """Everything that was said and is known, as it travels."""

    of: Of
    known: Conversation = field(default_factory=Conversation)
    lines: tuple[Line, ...] = ()
    choices: tuple[Choice, ...] = ()
    turns: int = 0


TRIAL = TypeAdapter(Trial)


@for_editors
async def show(request: Request) -> Response:
    """Begin: the assistant speaks first."""
    return await _begin(request, "used" if request.query_params.get("of") == "used" else "draft")


@for_editors
async def say(request: Request) -> Response:
    """One turn more."""
    fields = await forms.read(request, most=SENT)
    trial = _opened(desk(request), fields.get("trial", ""))
    if trial is None or "again" in fields:
        return await _begin(request, trial.of if trial else "draft")
    text, choice = fields.get("text", "").strip()[:LONGEST], fields.get("choice")
    if (text or choice) and trial.turns < MOST_TURNS:
        trial = await _take(
            request, await _script(request, trial.of), trial, text="" if choice else text, choice=choice
        )
    return _page(request, trial)


async def _begin(request: Request, of: Of) -> Response:
    script = await _script(request, of)
    begun = await _take(request, script, Trial(of=of), text="/start", choice=None)
    return _page(request, replace(begun, lines=tuple(one for one in begun.lines if one.sender != "person")))


async def _script(request: Request, of: Of) -> Script:
    if of == "draft":
        return await read((await draft(request)).sources)
    async with desk(request).database.read() as session:
        return await read((await scripts.in_use(session, desk(request).packaged)).sources)


async def _take(request: Request, script: Script, trial: Trial, *, text: str, choice: str | None) -> Trial:
    house, said = desk(request), words(request)
    now, key = house.clock(), f"m{trial.turns + 1}"
    asked = expecting(script, trial.known)
    ask = Ask(
        text=text, at=now, language=trial.known.language, platforms=script.platforms,
        expecting=Expecting(asking=asked[0], kind=asked[1], options=asked[2]) if asked else None,
    )  # fmt: skip
    understood = await asyncio.to_thread(_understand, house, script, ask) if text else Understanding()
    drawn = tuple(references.new(now.year, f"trial {place}".encode()) for place in range(3))
    turn = Turn(
        messages=(Message(channel="terminal", chat="trial", key=key, text=text, choice=choice),),
        understanding=understood,
        at=now,
        supplies=Supplies(references=drawn),
    )
    known, effects = await asyncio.to_thread(advance, script, trial.known, turn)
    label = next((one.label for one in trial.choices if one.id == choice), "")
    told = [line for effect in effects if (line := _line(said, effect)) is not None]
    offered = [one for effect in effects if isinstance(effect, Say) for one in effect.choices]
    return replace(
        trial, known=known, turns=trial.turns + 1, choices=tuple({one.id: one for one in offered}.values()),
        lines=(*trial.lines, Line(sender="person", text=label or text), *told),
    )  # fmt: skip


def _understand(house: Desk, script: Script, ask: Ask) -> Understanding:
    """As the reader in use has it; without one, or where it fails, as the rules have it."""
    if house.nlu is not None:
        try:
            return house.nlu.understand_many([ask])[0]
        except NLUError:
            pass
    from nlu.entities import read as read_values

    values = read_values(
        ask.text, at=ask.at, language=ask.language or "fr", platforms=script.platforms, expecting=ask.expecting
    )
    return Understanding(language=ask.language, entities=tuple(values), by="rules")


def _line(said: Words, effect: Effect) -> Line | None:
    match effect:
        case Say():
            return Line(sender="program", text=effect.text.replace("**", "").replace("{secret}", HIDDEN))
        case FileCase(case=case):
            return Line(sender="event", text=said("trial.filed", reference=case.reference))
    return None


def _sealed(house: Desk, trial: Trial) -> str:
    return base64.urlsafe_b64encode(house.ring.seal(*PLACE, TRIAL.dump_json(trial))).decode()


def _opened(house: Desk, text: str) -> Trial | None:
    """What a page sealed; None where none did."""
    try:
        return TRIAL.validate_json(house.ring.open(*PLACE, base64.urlsafe_b64decode(text.encode())))
    except (SealError, binascii.Error, ValidationError, ValueError):
        return None


def _page(request: Request, trial: Trial) -> Response:
    house = desk(request)
    return page(
        request, "script/trial.html", trial=trial, sealed=_sealed(house, trial), lines=_numbered(trial.lines),
        longest=LONGEST, full=trial.turns >= MOST_TURNS, read_by=house.nlu is not None,
    )  # fmt: skip


def _numbered(lines: Sequence[Line]) -> list[tuple[Line, bool]]:
    """Each line, and whether the reader is to be led to it: the last that the person said, or the first of all."""
    said = [at for at, line in enumerate(lines) if line.sender == "person"]
    here = said[-1] if said else 0
    return [(line, at == here) for at, line in enumerate(lines)]


ROUTES = [Route("/script/trial", show, methods=["GET"]), Route("/script/trial", say, methods=["POST"])]
