"""The teams: who shares a queue, and which platforms' cases come to it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncSession
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from console import forms, labels
from console.auth import for_officials
from console.once import once
from console.pages import desk, page, row_id, words
from storage import accounts, teams
from storage.accounts import IN_TEAMS
from storage.teams import Team, TeamError


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A team in the list."""

    team: Team
    platforms: str
    rest: bool
    """It takes what no team takes."""
    members: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """A platform that a team may take."""

    id: str
    name: str
    chosen: bool
    elsewhere: str
    """The other team that has it now."""


@for_officials("manage_teams")
async def show_list(request: Request) -> Response:
    if request.method != "POST":
        return await _list_page(request)
    fields, house = await forms.read(request), desk(request)

    async def act(session: AsyncSession) -> str:
        return f"/teams/{await teams.create(session, fields.get('name', ''), house.clock())}"

    try:
        return await once(request, fields, act)
    except TeamError as error:
        wrong = words(request)(f"team_refused.{error.because}")
        return await _list_page(request, name=fields.get("name", ""), wrong=wrong)


@for_officials("manage_teams")
async def show_one(request: Request) -> Response:
    every, team = await _found(request)
    if request.method != "POST":
        done = words(request)("teams.saved") if request.query_params.get("saved") else None
        return _page(request, every, team, name=team.name, chosen=team.platforms, done=done)
    fields = await forms.read(request)
    chosen = [one for one in fields.getlist("platform") if one in _platforms(request)]

    async def act(session: AsyncSession) -> str:
        await teams.change(session, team.id, name=fields.get("name", ""), platforms=chosen)
        return f"/teams/{team.id}?saved=1"

    try:
        return await once(request, fields, act)
    except TeamError as error:
        wrong = words(request)(f"team_refused.{error.because}")
        return _page(request, every, team, name=fields.get("name", ""), chosen=chosen, wrong=wrong)


async def _list_page(request: Request, *, name: str = "", wrong: str | None = None) -> HTMLResponse:
    named = _platforms(request)
    async with desk(request).database.read() as session:
        every, known = await teams.every(session), await accounts.every(session)
    lines = [
        Line(
            team=team,
            platforms=", ".join(named.get(one, one) for one in team.platforms),
            rest=number == 0,
            members=tuple(
                one.name
                for one in known
                if one.closed_at is None and one.role in IN_TEAMS and one.team_id == team.id
            ),
        )
        for number, team in enumerate(every)
    ]  # fmt: skip
    return page(request, "teams/list.html", status=422 if wrong else 200, lines=lines, name=name, wrong=wrong)


def _page(
    request: Request, every: Sequence[Team], team: Team, *, name: str, chosen: Sequence[str], done: str | None = None,
    wrong: str | None = None,
) -> HTMLResponse:  # fmt: skip
    held = {one: other.name for other in every if other.id != team.id for one in other.platforms}
    choices = [
        Choice(id=one, name=named, chosen=one in chosen, elsewhere=held.get(one, ""))
        for one, named in sorted(_platforms(request).items(), key=lambda item: item[1].casefold())
    ]
    return page(
        request, "teams/one.html", status=422 if wrong else 200, team=team, name=name, choices=choices, done=done,
        wrong=wrong, rest=every[0].id == team.id, oldest=every[0].name,
    )  # fmt: skip


async def _found(request: Request) -> tuple[list[Team], Team]:
    number = row_id(request.path_params["id"])
    async with desk(request).database.read() as session:
        every = await teams.every(session)
    found = next((team for team in every if team.id == number), None)
    if found is None:
        raise HTTPException(status_code=404)
    return every, found


def _platforms(request: Request) -> dict[str, str]:
    """Every platform of the script, by id."""
    said = words(request)
    return {one: labels.value(said, "platform_id", one) for one in said.script.by_platform}


ROUTES = [
    Route("/teams", show_list, methods=["GET", "POST"]),
    Route("/teams/{id}", show_one, methods=["GET", "POST"]),
]
