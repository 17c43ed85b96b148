"""What pages show of conversation tests: on the page of a case, and on their own, beside the masked transcript."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession
from starlette.requests import Request

from console import cases, essentials, labels, retelling
from console.auth import reader
from console.pages import Desk, desk, words
from console.retelling import Told
from console.wording import Words
from nlu.backend import NLUError
from nlu.rehearsal import Difference, Rehearsal, rehearse
from storage import consents, conversations, matters, stories
from storage.access import Official
from storage.cases import FiledCase
from storage.consents import Unquotable
from storage.conversations import Line
from storage.crypto import KeyRing
from storage.hours import allowed
from storage.stories import Draft
from stories import story
from stories.likeness import Likeness
from stories.story import Step, Story, StoryError

PARTS = frozenset({"action", "bot", "asking", "choices", "given", "filed", "messages_from_firm"})
"""What may be expected besides the value of a field."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """The conversation tests of a case."""

    reference: str
    because: Unquotable | None
    """Why none may be made."""
    drafts: Sequence[Draft]
    told: bool
    """There is a conversation to tell again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """Something expected, in words, and what came instead."""

    text: str
    holds: bool
    found: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A step of the firm, and what is expected after it; the last row has what is expected in the end."""

    texts: tuple[tuple[int, str], ...] = ()
    """What it writes, each with its number in the form, from 0."""
    pressed: str = ""
    other: str = ""
    """Time that passes, or an official who takes over."""
    expected: tuple[Expected, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """All that the page of a draft shows besides the draft."""

    told: Sequence[Told] = ()
    text: str = ""
    title: str = ""
    rows: Sequence[Row] = ()
    wrong: StoryError | None = None
    well: bool = False
    played: bool = False
    likenesses: Sequence[Likeness] = ()


async def panel(session: AsyncSession, ring: KeyRing, who: Official, filed: FiledCase) -> Panel:
    return Panel(
        reference=filed.line.reference,
        because=await _unquotable(session, ring, filed),
        drafts=await stories.of_case(session, ring, filed.line.id, who),
        told=filed.lane is not None,
    )


async def _unquotable(session: AsyncSession, ring: KeyRing, filed: FiledCase) -> Unquotable | None:
    """Only what the kept case says has yet to be read, where this one was merged into another."""
    if filed.line.status == "merged":
        return await stories.unquotable(session, ring, filed.line.id)
    return consents.unquotable(filed.case, filed.line.status, filed.line.erasure_requested_at)


async def lines(session: AsyncSession, house: Desk, said: Words, filed: FiledCase) -> list[Line]:
    """The masked conversation of a case."""
    return retelling.masked(said, filed, await _spoken(session, house, filed))


async def _spoken(session: AsyncSession, house: Desk, filed: FiledCase) -> list[Line]:
    """What was said about this case, and about no other that was filed in the same conversation."""
    said = await conversations.transcript(session, house.ring, filed.lane) if filed.lane else []
    return matters.own(said, filed.line.filed_at)


async def played(house: Desk, told: Story) -> Rehearsal | None:
    """How a conversation plays with the script and the classifier in use; None where nothing can be played now."""
    if house.nlu is None:
        return None
    try:
        return await asyncio.to_thread(rehearse, house.script, house.nlu, told, allowed)
    except NLUError:
        return None


async def sheet(request: Request, draft: Draft, text: str) -> Sheet:
    """The draft beside the masked transcript, what is left of it, and how it plays; nothing once it was withdrawn."""
    house, said, who = desk(request), words(request), reader(request)
    if not draft.text:
        return Sheet()
    async with house.database.read() as session:
        filed = await cases.find(session, house, who, draft.reference)
        spoken = await _spoken(session, house, filed)
    shown = list(retelling.transcript(said, retelling.masked(said, filed, spoken)))
    try:
        told = story.read(text)
    except StoryError as error:
        return Sheet(told=shown, text=text, wrong=error)
    if not told:
        return Sheet(told=shown, text=text, wrong=StoryError(1, "stories"))
    rehearsal = await played(house, told[0])
    return Sheet(
        told=shown,
        text=text,
        title=told[0].story,
        rows=list(_rows(said, told[0], rehearsal.differences if rehearsal else ())),
        well=rehearsal is not None and rehearsal.well,
        played=rehearsal is not None,
        likenesses=retelling.likenesses(said, filed, spoken, retelling.texts(told[0])),
    )


def _rows(said: Words, told: Story, differences: Sequence[Difference]) -> Iterator[Row]:
    number, row = 0, Row()
    for place, step in enumerate(told.steps, 1):
        wrong = [one for one in differences if one.step == place]
        if step.is_said:
            if row != Row():
                yield row
            texts = tuple(enumerate(step.texts, number))
            number += len(texts)
            row = Row(
                texts=texts, pressed=retelling.button(said, step.choice or ""), other=_other(said, step),
                expected=tuple(_unmet(said, one) for one in wrong),
            )  # fmt: skip
        else:
            row = _with(row, _expected(said, step, wrong))
    yield row
    ends = [(name, value) for case in told.expected_cases for name, value in case.items()]
    wrong = [one for one in differences if one.step is None]
    yield Row(expected=(*_values(said, ends, wrong), *(_unmet(said, one) for one in wrong if one.part in PARTS)))


def _with(row: Row, more: Iterator[Expected]) -> Row:
    return Row(texts=row.texts, pressed=row.pressed, other=row.other, expected=(*row.expected, *more))


def _expected(said: Words, step: Step, wrong: Sequence[Difference]) -> Iterator[Expected]:
    parts: list[tuple[str, Any]] = [("action", step.action), ("bot", step.bot), ("choices", list(step.choices) or None)]
    parts = [(part, value) for part, value in parts if value is not None]
    parts += [("asking", step.asking)] if "asking" in step.model_fields_set else []
    yield from _values(said, [*parts, *(one for slot in step.slot_was_set for one in slot.items())], wrong)


def _values(said: Words, wanted: Sequence[tuple[str, Any]], wrong: Sequence[Difference]) -> Iterator[Expected]:
    unmet = {one.part: one for one in wrong}
    for part, value in wanted:
        if part in unmet:
            yield _unmet(said, unmet[part])
        else:
            yield Expected(text=_text(said, part, value), holds=True)


def _unmet(said: Words, one: Difference) -> Expected:
    found = _value(said, one.part, one.found)
    return Expected(text=_text(said, one.part, one.expected), holds=False, found=said("story.found", value=found))


def _text(said: Words, part: str, value: Any) -> str:  # noqa: ANN401  # Any JSON.
    name = said(f"story.part.{part}") if part in PARTS else labels.label(said, part)
    return said("story.expected", name=name, value=_value(said, part, value))


def _value(said: Words, part: str, value: Any) -> str:  # noqa: ANN401  # Any JSON.
    match part, value:
        case "asking", None:
            return said("story.ask.nothing")
        case "level", str(level):
            return said.named("urgency", level)
        case "reasons", (list() | tuple()) as reasons:
            return essentials.urgency_reasons(said, reasons)
        case "asking", str(name):
            return said.named("story.ask", name) if said.knows(f"story.ask.{name}") else labels.label(said, name)
        case (("action" | "bot" | "given" | "choices"), list()):
            return ", ".join(value) or said("none")
        case (("bot" | "action"), str(text)):
            return text.removeprefix("utter_")
        case "filed" | "messages_from_firm" | "given", number:
            return str(number)
        case _, held:
            return labels.value(said, part, held)


def _other(said: Words, step: Step) -> str:
    if step.wait is not None:
        return said("story.wait", hours=round(step.wait / 3600))
    return said(f"story.official.{step.official}") if step.official else ""
