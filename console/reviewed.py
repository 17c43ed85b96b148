"""What was labelled: the list, how messages are drawn, and what the labels themselves may have wrong."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

from sqlalchemy.ext.asyncio import AsyncSession
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from console import forms, labels, meanings
from console.auth import for_officials, reader
from console.once import once
from console.pages import desk, page, row_id, words
from console.wording import Words
from storage import agreement, drawing, samples
from storage.agreement import Agreement
from storage.chances import LEAST_RANDOM, WHYS
from storage.drawing import SIZES, Plan
from storage.handling import MeanwhileError, RefusedError
from storage.samples import Listed, Status
from stories.formats import percent

REASONS = (*WHYS, "corrected", "brought")
STATUSES = ("labelled", "skipped")
SHOWN = 50
EXCERPT = 160


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A message in the list."""

    id: int
    text: str
    language: str
    label: str
    agrees: bool | None
    """Whether the program had told the same main label; none: not to be shown."""
    reason: str
    who: str
    when: str
    at: str


@for_officials("label_messages")
async def show(request: Request) -> Response:
    """The messages that were decided, latest first."""
    house, said, asked = desk(request), words(request), request.query_params
    label, reason = asked.get("label", ""), asked.get("reason", "")
    status = cast("Status", asked["status"]) if asked.get("status") in STATUSES else "labelled"
    async with house.database.read() as session:
        found = await samples.listed(
            session, house.ring, label=label.removeprefix(meanings.ACT), reason=reason if reason in REASONS else "",
            status=status, before=row_id(asked.get("before")), limit=SHOWN + 1,
        )  # fmt: skip
        both = await agreement.agreement(session)
    rows = [_row(said, one) for one in found[:SHOWN]]
    return page(
        request, "review/decided.html", rows=rows, label=label, reason=reason, state=status, reasons=REASONS,
        states=STATUSES, options=[*meanings.problems(said), *meanings.acts(said)], nothing=meanings.NOTHING,
        agreed=_agreed(said, both) if both.pairs else "",
        more=found[SHOWN - 1].decided.id if len(found) > SHOWN else None,
    )  # fmt: skip


def _agreed(said: Words, both: Agreement) -> str:
    """How far two officials agree, in words; kappa where there is one."""
    share = percent(100 * both.agreed / both.pairs, said.language)
    text = said("decided.agreed", share=share, count=both.pairs)
    return text if both.kappa is None else f"{text} {said('decided.kappa', kappa=labels.decimal(said, both.kappa))}"


def _row(said: Words, one: Listed) -> Row:
    told, decision = one.sample.told, one.decided.decision
    likeliest = next(iter(told["problems"] if decision.labels else told["acts"]), meanings.NOTHING)
    main = next(iter(decision.labels), decision.act)
    text = one.sample.text
    return Row(
        id=one.sample.id,
        text=text if len(text) <= EXCERPT else text[: EXCERPT - 1] + "…",
        language=one.sample.language,
        label=meanings.named(said, decision),
        agrees=None if one.sample.part == "test" or main is None else likeliest == main,
        reason=said(f"drawn.{one.sample.reason}"),
        who=one.decided.name,
        when=labels.stamp(said, one.decided.at),
        at=one.decided.at.isoformat(),
    )


@for_officials("label_messages")
async def show_drawing(request: Request) -> Response:
    """How messages are drawn."""
    async with desk(request).database.read() as session:
        return await _drawing(request, session)


@for_officials("label_messages")
async def set_drawing(request: Request) -> Response:
    """Draw otherwise from now on; what cannot be followed comes back as it was typed."""
    fields, said = await forms.read(request), words(request)

    async def act(session: AsyncSession) -> str:
        held = await drawing.plan(session)
        if row_id(fields.get("version")) != held.id:
            raise MeanwhileError
        new = _plan(fields)
        if new is None or not new.holds:
            raise RefusedError("plan")
        await drawing.set_plan(session, new, by=reader(request).id, now=desk(request).clock())
        return "/review/drawing?saved=1"

    try:
        return await once(request, fields, act)
    except (MeanwhileError, RefusedError) as error:
        refused = isinstance(error, RefusedError)
        problem = said("drawing.refused", least=LEAST_RANDOM) if refused else said("drawing.meanwhile")
        async with desk(request).database.read() as session:
            return await _drawing(request, session, fields, problem, status=422 if refused else 409)


async def _drawing(
    request: Request, session: AsyncSession, typed: Mapping[str, str] | None = None, problem: str = "", *,
    status: int = 200,
) -> Response:  # fmt: skip
    held = await drawing.plan(session)
    kept: dict[str, str] = {"size": str(held.size), **{why: str(held.shares[why]) for why in WHYS}}
    return page(
        request, "review/drawing.html", status=status, held=held.id, given=kept | dict(typed or {}), whys=WHYS,
        problem=problem, least=LEAST_RANDOM, sizes=SIZES, saved="saved" in request.query_params,
    )  # fmt: skip


def _plan(fields: Mapping[str, str]) -> Plan | None:
    """What the form says; None where something in it is no number."""
    typed = [fields.get(name, "").strip() for name in ("size", *WHYS)]
    if not all(one.isascii() and one.isdecimal() and len(one) <= len("999") for one in typed):
        return None
    size, *shares = map(int, typed)
    return Plan(size=size, shares=dict(zip(WHYS, shares, strict=True)))


ROUTES = [
    Route("/review/decided", show),
    Route("/review/drawing", show_drawing, methods=["GET"]),
    Route("/review/drawing", set_drawing, methods=["POST"]),
]
