"""Say what messages mean, one after the other: masked, with what was said around them, and by one key each."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from console import forms, labels, meanings, surroundings
from console.auth import for_officials, reader
from console.forms import Fields
from console.marks import Piece, Span, cut
from console.meanings import ACT, NOTHING
from console.once import once
from console.pages import desk, page, row_id, words
from console.wording import Words
from storage import agreement, samples
from storage.calendar import PARIS
from storage.handling import MeanwhileError, RefusedError
from storage.samples import Decision, Sample

VALUES = ("platform_id", "loss_eur", "loss_pct_turnover", "funds_held_eur", "incident_date", "deadline_date",
          "notice_days", "jobs_total")  # fmt: skip
"""Values that are marked in a text."""
ROWS = 2
"""Values that may be typed at once."""
SPAN = re.compile(r"([a-z_]{1,40}):(\d{1,6}):(\d{1,6})")
QUEUE = "/review"
MOST = 50
"""Messages that may be asked for at once."""
PLACES: Mapping[str, str] = {"queue": QUEUE, "second": "/review/second", "list": "/review/decided"}
"""Where a decision leads, by where one came from."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Typed:
    """What stands in the form and is not decided."""

    first: str = ""
    also: tuple[str, ...] = ()
    act: str = ""
    spans: tuple[str, ...] = ()
    rows: tuple[tuple[str, str], ...] = ()
    """Values that were typed: the field, and the words of the text."""
    problem: str = ""
    meanwhile: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Value:
    """A value that a rule reads in the text, to be marked as right."""

    span: str
    label: str
    words: str


@for_officials("label_messages")
async def show(request: Request) -> Response:
    """The message that waits and is least sure; where only some are asked for, those first."""
    ring, only = desk(request).ring, _only(request)
    async with desk(request).database.read() as session:
        sample = await samples.following(session, ring, only=only) if only else None
        sample = sample or await samples.following(session, ring)
        return await _page(request, session, sample, Typed(), come_from="queue")


@for_officials("label_messages")
async def second(request: Request) -> Response:
    """A message that another official labelled, without what they said."""
    async with desk(request).database.read() as session:
        sample = await agreement.second(session, desk(request).ring, by=reader(request).id)
        return await _page(request, session, sample, Typed(), come_from="second")


@for_officials("label_messages")
async def one(request: Request) -> Response:
    """A message, whatever was said of it."""
    async with desk(request).database.read() as session:
        sample = await _find(request, session)
        held = await samples.decisions(session, sample.id)
        come_from = "queue" if "undone" in request.query_params else "list"
        return await _page(
            request, session, sample, _typed(held[-1].decision) if held else Typed(), come_from=come_from
        )


@for_officials("label_messages")
async def decide(request: Request) -> Response:
    """Keep a decision and go on; where it cannot be kept, what was chosen stands there still."""
    fields, said = await forms.read(request), words(request)
    come_from = fields.get("from", "")

    async def act(session: AsyncSession) -> str:
        sample, by, now = await _find(request, session), reader(request).id, desk(request).clock()
        made = _decision(said, sample, fields)
        await samples.decide(session, sample.id, made, by=by, version=row_id(fields.get("version")), now=now)
        only = _asked(_only(request)) if come_from == "queue" else ""
        return PLACES.get(come_from, QUEUE) + only

    try:
        return await once(request, fields, act)
    except MeanwhileError:
        return await _again(request, _held(fields, meanwhile=True), come_from=come_from, status=409)
    except RefusedError as error:
        problem = said(f"unlabelled.{error.because}", **error.values)
        return await _again(request, _held(fields, problem=problem), come_from=come_from, status=422)
    except LookupError as error:
        raise HTTPException(status_code=404) from error


@for_officials("label_messages")
async def undo(request: Request) -> Response:
    """Take back one's last decision, and show its message again."""
    fields = await forms.read(request)

    async def act(session: AsyncSession) -> str:
        undone = await samples.undo(session, by=reader(request).id, now=desk(request).clock())
        return QUEUE if undone is None else f"{QUEUE}/{undone}?undone=1"

    return await once(request, fields, act)


async def _find(request: Request, session: AsyncSession) -> Sample:
    sample_id = row_id(request.path_params["id"])
    found = await samples.find(session, desk(request).ring, sample_id) if sample_id is not None else None
    if found is None:
        raise HTTPException(status_code=404)
    return found


def _only(request: Request) -> tuple[int, ...]:
    """The messages that alone are asked for; none: all."""
    ids = (row_id(one) for one in request.query_params.get("only", "").split(",")[:MOST])
    return tuple(one for one in ids if one is not None)


def _asked(only: Sequence[int]) -> str:
    return f"?only={','.join(map(str, only))}" if only else ""


async def _again(request: Request, typed: Typed, *, come_from: str, status: int) -> Response:
    async with desk(request).database.read() as session:
        return await _page(request, session, await _find(request, session), typed, come_from=come_from, status=status)


async def _page(
    request: Request, session: AsyncSession, sample: Sample | None, typed: Typed, *, come_from: str, status: int = 200
) -> Response:
    house, said, by = desk(request), words(request), reader(request).id
    now = house.clock()
    last = await samples.last(session, by=by, now=now)
    shown: dict[str, Any] = {
        "sample": sample,
        "typed": typed,
        "come_from": come_from,
        "only": _asked(_only(request)),
        "seconds": await agreement.seconds(session, by=by),
        "progress": await samples.progress(session, by=by, since=_midnight(now)),
        "last": meanings.named(said, last) if last else "",
        "undone": "undone" in request.query_params,
        "nothing": NOTHING,
    }
    if sample is not None:
        shown |= await _message(request, session, sample, typed)
        blind = come_from == "second" and not typed.meanwhile
        shown["others"] = [] if blind else await _others(said, session, sample)
    return page(request, "review/message.html", status=status, **shown)


async def _message(request: Request, session: AsyncSession, sample: Sample, typed: Typed) -> Mapping[str, Any]:
    """What the page shows of one message."""
    house, said = desk(request), words(request)
    around = await samples.around(session, house.ring, sample.turn_id) if sample.turn_id is not None else None
    proposed = meanings.proposals(said, sample)
    asked = sample.asked["asking"] if sample.asked else ""
    return {
        "pieces": _pieces(sample, typed),
        "context": surroundings.context(house, said, around, sample.language),
        "asked": labels.label(said, asked) if asked in said.script.fields else "",
        "proposals": proposed,
        "problems": meanings.problems(said),
        "acts": meanings.acts(said),
        "values": _values(request, sample),
        "fields": [(name, labels.label(said, name)) for name in VALUES],
        "rows": [*typed.rows, *[("", "")] * ROWS][:ROWS],
    }


async def _others(said: Words, session: AsyncSession, sample: Sample) -> list[tuple[str, str, str]]:
    """What officials said of the message: who, what and when."""
    return [
        (one.name, meanings.named(said, one.decision), labels.stamp(said, one.at))
        for one in await samples.decisions(session, sample.id)
    ]


def _values(request: Request, sample: Sample) -> list[Value]:
    said, found = words(request), surroundings.values(desk(request), sample.text, sample.language)
    return [
        Value(span=f"{one.field}:{one.start}:{one.end}", label=labels.label(said, one.field), words=one.text)
        for one in found
    ]


def _pieces(sample: Sample, typed: Typed) -> list[Piece]:
    """The text, with the values marked that were decided."""
    held = [found for span in typed.spans if (found := SPAN.fullmatch(span))]
    return list(cut(sample.text, [Span(field=one[1], start=int(one[2]), end=int(one[3])) for one in held]))


def _decision(said: Words, sample: Sample, fields: Fields) -> Decision:
    """What the form says. Raises RefusedError."""
    if "skip" in fields:
        return Decision()
    main = fields.get("main") or fields.get("first", "")
    if not meanings.possible(said, main):
        raise RefusedError("choose")
    act = fields.get("act", "")
    if act and not meanings.possible(said, ACT + act):
        raise RefusedError("choose")
    if main.startswith(ACT):
        return Decision(act=main.removeprefix(ACT), spans=_spans(sample, fields))
    also = [one for one in fields.getlist("also") if one in said.script.categories and one != main]
    further = () if main == NOTHING else tuple(dict.fromkeys(also))
    return Decision(labels=(main, *further), act=act or None, spans=_spans(sample, fields))


def _spans(sample: Sample, fields: Fields) -> tuple[str, ...]:
    """Values ticked, and values typed as they stand in the text. Raises RefusedError."""
    ticked = [one for one in fields.getlist("span") if (found := SPAN.fullmatch(one)) and
              int(found[2]) < int(found[3]) <= len(sample.text)]  # fmt: skip
    for name, typed in _rows(fields):
        start = sample.text.find(typed)
        if name not in VALUES or start < 0:
            raise RefusedError("words", words=typed)
        ticked.append(f"{name}:{start}:{start + len(typed)}")
    return tuple(dict.fromkeys(ticked))


def _rows(fields: Fields) -> list[tuple[str, str]]:
    pairs = zip(fields.getlist("value"), fields.getlist("said"), strict=False)
    return [(name, typed.strip()) for name, typed in pairs if typed.strip()]


def _held(fields: Fields, *, problem: str = "", meanwhile: bool = False) -> Typed:
    return Typed(
        first=fields.get("main") or fields.get("first", ""), also=tuple(fields.getlist("also")),
        act=fields.get("act", ""), spans=tuple(fields.getlist("span")), rows=tuple(_rows(fields)), problem=problem,
        meanwhile=meanwhile,
    )  # fmt: skip


def _typed(decision: Decision) -> Typed:
    """A decision as the form has it."""
    if not decision.labels:
        return Typed(first=ACT + decision.act if decision.act else "", spans=decision.spans)
    main, *also = decision.labels
    return Typed(first=main, also=tuple(also), act=decision.act or "", spans=decision.spans)


def _midnight(now: datetime) -> datetime:
    return datetime.combine(now.astimezone(PARIS).date(), time(), PARIS)


ROUTES = [
    Route("/review", show),
    Route("/review/undo", undo, methods=["POST"]),
    Route("/review/second", second),
    Route("/review/{id}", one, methods=["GET"]),
    Route("/review/{id}", decide, methods=["POST"]),
]
