"""One case beside its conversation."""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncSession
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from console import eligibility, grouping, joining, panel, retellings, sheet, timeline, veil
from console.answers import beside
from console.auth import for_officials, reader
from console.pages import Desk, desk, done, may, page, row_id, words
from console.panel import Typed
from console.sheet import Read
from console.wording import Words
from storage import cases, casework, colleagues, conversations, matters, neighbours, notes, references, teams
from storage import desk as desk_rows
from storage.access import Official, seen_by
from storage.cases import FiledCase

NOTHING = Typed()


@for_officials("read_cases")
async def show_case(request: Request) -> Response:
    return await render(request)


async def render(request: Request, *, status: int = 200, typed: Typed = NOTHING, wrong: str = "") -> Response:
    """The page of a case, with what was `typed` into a form that could not be carried out, and why (`wrong`)."""
    house, said, who = desk(request), words(request), reader(request)
    async with house.database.read() as session:
        filed = await find(session, house, who, request.path_params["reference"])
        read = await _read(session, house, who, filed)
        answering = await beside(request, session, read)
        problem = await grouping.panel(session, house.ring, said, filed.line)
        joined = await joining.panel(request, session, filed, alone=not read.firms)
        told = await retellings.panel(session, house.ring, who, filed) if may(request, "write_stories") else None
        read = (await veil.of(session, request, filed)).read(read)
        offered = await _offered(session, house, who, said, read) if may(request, "handle_cases") else None
    if may(request, "handle_cases") and (read.called or filed.line.opened_at is None):
        async with house.database.begin() as session:
            await casework.open_first(session, filed.line.id, house.clock())
            await notes.see(session, filed.line.id, who, house.clock())
    shown = sheet.sheet(said, read, who, house.clock())
    kind = request.query_params.get("show", "")
    return page(
        request, "cases/case.html", status=status, case=shown, panel=offered, typed=typed, wrong=wrong,
        meanwhile=timeline.since(said, read.filed, row_id(typed.fields.get("version")), read.names) if wrong else (),
        events=timeline.shown(shown.events, kind), kinds=timeline.KINDS, kind=kind,
        done=done(request),
        veiled=read.veiled, eligibility=eligibility.points(said, filed.case) if who.role == "mediator" else [],
        problem=problem, joined=joined, told=told, **answering,
    )  # fmt: skip


async def find(session: AsyncSession, house: Desk, who: Official, typed: str) -> FiledCase:
    """The case of a reference as it was typed, for who may see it; else there is no such page."""
    reference = references.read(typed)
    filed = await cases.show(session, house.ring, reference, within=seen_by(who)) if reference else None
    if filed is None:
        raise HTTPException(status_code=404)
    return filed


async def _read(session: AsyncSession, house: Desk, who: Official, filed: FiledCase) -> Read:
    lane, case_id, within = filed.lane, filed.line.id, seen_by(who)
    said = await matters.told(session, house.ring, filed)
    firms = await neighbours.of_firm(session, filed, within)
    noted = await notes.of_case(session, house.ring, case_id, who)
    known = [filed.line.reference, *(one.reference for one in firms)]
    return Read(
        filed=filed,
        whole=filed.case,
        lines=matters.in_order(said),
        files=await matters.files(session, house.ring, said),
        reach=await conversations.reach(session, lane) if lane else None,
        notes=noted,
        called=bool(noted) and await notes.calls(session, case_id, who),
        firms=firms,
        alike=await house.likeness.alike(session, filed, besides=known, within=within),
        officials=await colleagues.every(session),
    )


async def _offered(session: AsyncSession, house: Desk, who: Official, said: Words, read: Read) -> panel.Panel:
    filed = read.filed
    told = filed.case.narrative[0].message if filed.case.narrative else ""
    return panel.panel(
        said,
        filed,
        who,
        house.clock(),
        holder=read.holder,
        people=colleagues.among(read.officials, filed.line.team_id),
        teams=await teams.every(session),
        tags=await casework.tags(session, filed.line.id),
        tags_used=await desk_rows.known_tags(session),
        heard=await conversations.understood(session, house.ring, filed.lane, told) if filed.lane else None,
    )


ROUTES = [
    Route("/cases/{reference}", show_case),
]
