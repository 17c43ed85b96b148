"""A case and its recurring problem: what is suggested, put it under one, name a new one, take it out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncSession
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from console import forms, labels, naming
from console.auth import for_officials, reader
from console.once import once
from console.pages import desk, page, row_id, words
from console.wording import Words
from storage import cases, problems, references
from storage.access import seen_by
from storage.cases import CaseLine, FiledCase
from storage.crypto import KeyRing
from storage.handling import MeanwhileError, RefusedError
from storage.problems import Named

NEW = "new"
"""What the form says instead of a problem's id."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """A problem that the case may be put under."""

    id: int
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """The problem of a case, and what else it could be."""

    reference: str
    version: int
    now: Named | None
    likely: tuple[Choice, ...]
    """Of the same platform or category."""
    others: tuple[Choice, ...]
    platform: str
    category: str
    """Ids that a new problem would have from this case."""


async def panel(session: AsyncSession, ring: KeyRing, said: Words, line: CaseLine) -> Panel:
    """What the page of a case shows of its problem."""
    held = await problems.show(session, ring, line.problem_id) if line.problem_id is not None else None
    found = await problems.suggested(session, platform=line.platform_id, category=line.primary_category)
    near = {
        one.id
        for one in found
        if (one.platform_id and one.platform_id == line.platform_id)
        or (one.category and one.category == line.primary_category)
    }
    offered = [one for one in found if one.id != line.problem_id]
    return Panel(
        reference=line.reference,
        version=line.version,
        now=held.named if held else None,
        likely=tuple(_choice(said, one) for one in offered if one.id in near),
        others=tuple(_choice(said, one) for one in offered if one.id not in near),
        platform=line.platform_id or "",
        category=line.primary_category or "",
    )


@for_officials("group_problems")
async def group(request: Request) -> Response:
    """Put the case under the problem that is chosen or named."""
    filed = await filed_case(request)
    if request.method != "POST":
        return await _form(request, filed, {})
    house, said, fields = desk(request), words(request), await forms.read(request)
    chosen, version = fields.get("problem", ""), row_id(fields.get("version"))
    new = naming.read(said, fields) if chosen == NEW else None
    if isinstance(new, str):
        return await _form(request, filed, fields, wrong=new, status=422)
    known = row_id(chosen)
    if new is None and known is None:
        return await _form(request, filed, fields, wrong=said("problem.choose"), status=422)

    async def act(session: AsyncSession) -> str:
        by, at = reader(request), house.clock()
        named = await problems.create(session, house.ring, new, by=by, at=at) if new is not None else known
        await problems.put(session, house.ring, filed.line.id, named or 0, by=by, at=at, version=version)
        return f"/cases/{filed.line.reference}?done=grouped"

    try:
        return await once(request, fields, act)
    except MeanwhileError:
        return await _meanwhile(request, fields)
    except RefusedError as refused:
        wrong = said(f"refused.{refused.because}", **refused.values)
        return await _form(request, filed, fields, wrong=wrong, status=409)
    except LookupError as error:
        raise HTTPException(status_code=404) from error


@for_officials("group_problems")
async def take_out(request: Request) -> Response:
    house, filed, fields = desk(request), await filed_case(request), await forms.read(request)
    version = row_id(fields.get("version"))

    async def act(session: AsyncSession) -> str:
        await problems.take_out(
            session, house.ring, filed.line.id, by=reader(request), at=house.clock(), version=version
        )
        return f"/cases/{filed.line.reference}?done=ungrouped"

    try:
        return await once(request, fields, act)
    except MeanwhileError:
        return await _meanwhile(request, fields)


async def _meanwhile(request: Request, fields: Mapping[str, str]) -> Response:
    """Show the case's problem as it is now, with what was typed, and who changed the case."""
    filed = await filed_case(request)
    return await _form(request, filed, fields, wrong=meanwhile(words(request), filed), status=409)


def meanwhile(said: Words, filed: FiledCase) -> str:
    """Who changed a case last, and when."""
    who, at = (filed.changes[-1].by, filed.changes[-1].at) if filed.changes else ("official", filed.line.updated_at)
    return said("joining.meanwhile", who=said.named("by", who), when=labels.stamp(said, at))


async def _form(
    request: Request, filed: FiledCase, typed: Mapping[str, str], *, wrong: str = "", status: int = 200
) -> Response:
    house, said = desk(request), words(request)
    async with house.database.read() as session:
        shown = await panel(session, house.ring, said, filed.line)
    return page(
        request, "cases/group.html", status=status, problem=shown, typed=typed, wrong=wrong,
        platforms=naming.platforms(said), categories=naming.categories(said),
        longest=(naming.LONGEST_TITLE, naming.LONGEST_ABOUT),
    )  # fmt: skip


async def filed_case(request: Request) -> FiledCase:
    """The case of the page's address; none where the reader may not see it."""
    house, reference = desk(request), references.read(request.path_params["reference"])
    async with house.database.read() as session:
        filed = await cases.show(session, house.ring, reference, within=seen_by(reader(request))) if reference else None
    if filed is None:
        raise HTTPException(status_code=404)
    return filed


def _choice(said: Words, one: Named) -> Choice:
    about = " · ".join(
        text
        for text, given in (
            (naming.platform(said, one.platform_id), one.platform_id),
            (naming.category(said, one.category), one.category),
        )
        if given
    )
    return Choice(id=one.id, text=f"{one.title} ({about})" if about else one.title)


ROUTES = [
    Route("/cases/{reference}/problem", group, methods=["GET", "POST"]),
    Route("/cases/{reference}/problem/out", take_out, methods=["POST"]),
]
