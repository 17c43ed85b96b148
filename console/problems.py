"""Recurring problems: the list, the page of one, and what officials do with it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from console import extent as shown
from console import forms, labels, naming
from console.auth import for_officials, reader
from console.counts import Counter, Number, Trend
from console.once import once
from console.pages import desk, may, page, row_id, words
from console.wording import Words
from storage import cases, extent, figures, problems
from storage.access import seen_by
from storage.cases import CaseLine
from storage.figures import NO_CASES, Tally
from storage.handling import MeanwhileError, RefusedError
from storage.problems import Done, Named

LISTED = 20
"""How many of its cases the page of a problem shows."""
STATES: Mapping[str, bool | None] = {"open": False, "closed": True, "all": None}


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A problem in the list."""

    id: int
    title: str
    platform: str
    category: str
    firms: Number
    trend: Trend
    cases: Number
    closed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One line of the timeline."""

    at: str
    when: str
    who: str
    what: str
    reference: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A case under the problem."""

    reference: str
    filed: str
    platform: str
    status: str


@for_officials("read_figures")
async def show_list(request: Request) -> Response:
    house, said, asked = desk(request), words(request), request.query_params
    platform, category = asked.get("platform") or None, asked.get("category") or None
    state = asked.get("state", "open") if asked.get("state") in STATES else "open"
    async with house.database.read() as session:
        found = await problems.every(session, platform=platform, category=category, closed=STATES[state])
        tallies = await figures.tallies(session, reader(request), house.clock())
    counter = Counter(said=said, whole=may(request, "read_cases"))
    ordered = sorted(found, key=lambda one: _rank(tallies.get(one.id, NO_CASES)))
    rows = [_row(counter, one, tallies.get(one.id, NO_CASES), house.clock()) for one in ordered]
    return page(
        request, "problems/list.html", rows=rows, platforms=naming.platforms(said), categories=naming.categories(said),
        platform=platform, category=category, state=state, states=tuple(STATES),
        narrowed=bool(platform or category or state != "open"),
    )  # fmt: skip


@for_officials("read_figures")
async def show(request: Request) -> Response:
    return await problem_page(request, _id(request))


async def problem_page(request: Request, problem_id: int, *, notice: str = "", status: int = 200) -> Response:
    house, said, whole = desk(request), words(request), may(request, "read_cases")
    async with house.database.read() as session:
        problem = await problems.show(session, house.ring, problem_id)
        if problem is None:
            raise HTTPException(status_code=404)
        reach = await extent.measure(session, house.ring, problem_id, reader(request), house.clock())
        within = seen_by(reader(request))
        steps = await problems.history(session, problem_id, within=within) if whole else []
        under = await cases.find(session, limit=LISTED, within=within & problems.under(problem_id)) if whole else []
        others = await problems.every(session, closed=False) if may(request, "direct_cases") else []
    return page(
        request, "problems/problem.html", status=status, notice=notice, problem=problem,
        platform=naming.platform(said, problem.named.platform_id),
        category=naming.category(said, problem.named.category),
        figures=shown.figures(said, problem_id, reach, whole=whole), created=labels.day(said, problem.named.created_at),
        steps=[_step(said, one) for one in steps], lines=[_line(said, one) for one in under],
        others=[one for one in others if one.id != problem_id],
    )  # fmt: skip


@for_officials("group_problems")
async def create(request: Request) -> Response:
    """A new problem, before any case is under it."""
    if request.method != "POST":
        return naming.form(request, {})
    fields = await forms.read(request)
    named = naming.read(words(request), fields)
    if isinstance(named, str):
        return naming.form(request, fields, wrong=named)
    house = desk(request)

    async def act(session: AsyncSession) -> str:
        new = await problems.create(session, house.ring, named, by=reader(request), at=house.clock())
        return f"/problems/{new}"

    return await once(request, fields, act)


@for_officials("group_problems")
async def reword(request: Request) -> Response:
    house, problem_id = desk(request), _id(request)
    async with house.database.read() as session:
        problem = await problems.show(session, house.ring, problem_id)
    if problem is None:
        raise HTTPException(status_code=404)
    if request.method != "POST":
        return naming.form(request, naming.now(problem), problem=problem)
    fields = await forms.read(request)
    named = naming.read(words(request), fields)
    if isinstance(named, str):
        return naming.form(request, fields, problem=problem, wrong=named)
    version = row_id(fields.get("version")) or 0

    async def act(session: AsyncSession) -> str:
        await problems.reword(
            session, house.ring, problem_id, named, by=reader(request), at=house.clock(), version=version
        )
        return f"/problems/{problem_id}"

    try:
        return await once(request, fields, act)
    except MeanwhileError:
        again = words(request)("problem.meanwhile", title=problem.named.title, about=problem.about)
        return naming.form(request, fields, problem=problem, wrong=again, status=409)


@for_officials("group_problems")
async def close(request: Request) -> Response:
    return await _turn(request, closes=True)


@for_officials("group_problems")
async def reopen(request: Request) -> Response:
    return await _turn(request, closes=False)


async def _turn(request: Request, *, closes: bool) -> Response:
    house, problem_id, fields = desk(request), _id(request), await forms.read(request)
    version = row_id(fields.get("version")) or 0

    async def act(session: AsyncSession) -> str:
        turn = problems.close if closes else problems.reopen
        await turn(session, problem_id, by=reader(request), at=house.clock(), version=version)
        return f"/problems/{problem_id}"

    return await _done(request, problem_id, fields, act)


@for_officials("direct_cases")
async def merge(request: Request) -> Response:
    """Put all the cases of this problem under another."""
    house, problem_id, fields = desk(request), _id(request), await forms.read(request)
    into = row_id(fields.get("into"))
    if into is None:
        return await problem_page(request, problem_id, notice=words(request)("problem.merge.choose"), status=422)

    async def act(session: AsyncSession) -> str:
        await problems.merge(session, house.ring, problem_id, into, by=reader(request), at=house.clock())
        return f"/problems/{into}"

    return await _done(request, problem_id, fields, act)


async def _done(
    request: Request, problem_id: int, fields: Mapping[str, str], act: Callable[[AsyncSession], Awaitable[str]]
) -> Response:
    """Carry it out, or show the page as it is now and say why not."""
    said = words(request)
    try:
        return await once(request, fields, act)
    except MeanwhileError:
        return await problem_page(request, problem_id, notice=said("problem.changed"), status=409)
    except RefusedError as refused:
        notice = said(f"refused.{refused.because}", **refused.values)
        return await problem_page(request, problem_id, notice=notice, status=409)
    except LookupError as error:
        raise HTTPException(status_code=404) from error


def _id(request: Request) -> int:
    found = row_id(request.path_params["problem"])
    if found is None:
        raise HTTPException(status_code=404)
    return found


def _rank(tally: Tally) -> tuple[int, float, int]:
    """Most firms this month first, then what grows most."""
    return (-tally.firms, tally.before / figures.BEFORE - tally.now, -tally.cases)


def _row(counter: Counter, one: Named, tally: Tally, now: datetime) -> Row:
    under = {"group": one.id}
    return Row(
        id=one.id,
        title=one.title,
        platform=naming.platform(counter.said, one.platform_id),
        category=naming.category(counter.said, one.category),
        firms=counter.one(tally.firms, {**under, "filed_from": f"{now - figures.MONTH:%Y-%m-%d}"}),
        trend=counter.trend(tally.now, tally.before, {**under, "filed_from": f"{figures.week(now):%Y-%m-%d}"}),
        cases=counter.one(tally.cases, under),
        closed=one.closed_at is not None,
    )


def _line(said: Words, line: CaseLine) -> Line:
    return Line(
        reference=line.reference,
        filed=labels.day(said, line.filed_at),
        platform=naming.platform(said, line.platform_id),
        status=labels.status(said, line.status),
    )


def _step(said: Words, one: Done) -> Step:
    return Step(
        at=one.at.isoformat(),
        when=labels.stamp(said, one.at),
        who=one.by,
        what=said(f"step.{one.act}") if one.other is None else said("step.merged", title=one.other),
        reference=one.reference or "",
    )


ROUTES = [
    Route("/problems", show_list),
    Route("/problems/new", create, methods=["GET", "POST"]),
    Route("/problems/{problem}", show),
    Route("/problems/{problem}/name", reword, methods=["GET", "POST"]),
    Route("/problems/{problem}/close", close, methods=["POST"]),
    Route("/problems/{problem}/reopen", reopen, methods=["POST"]),
    Route("/problems/{problem}/merge", merge, methods=["POST"]),
]
