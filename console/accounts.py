"""The officials' accounts, for those who manage them: who has one, what it may do, and whose cases it leaves behind."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncSession
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from console import forms, labels
from console.auth import for_officials, reader
from console.once import once
from console.pages import desk, page, row_id, words
from storage import accounts, officials, passwords, teams
from storage.access import ROLES
from storage.accounts import IN_TEAMS, WITH_CASES, Account
from storage.officials import OfficialError
from storage.teams import Team

DONE = frozenset({"changed", "closed", "reopened", "unlocked", "factor"})
TO_QUEUE = "queue"


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """An account in the list."""

    account: Account
    team: str
    seen: str
    locked: str
    """Until when, where it is locked now."""


@for_officials("manage_accounts")
async def show_list(request: Request) -> Response:
    house = desk(request)
    async with house.database.read() as session:
        known = await accounts.every(session)
        every_team = await teams.every(session)
        unread = not await accounts.somebody_reads(session)
    lines = [_line(request, one, every_team) for one in known]
    return page(request, "accounts/list.html", lines=lines, unread=unread)


@for_officials("manage_accounts")
async def add(request: Request) -> Response:
    async with desk(request).database.read() as session:
        every_team = await teams.every(session)
    if request.method != "POST":
        given = {"role": "agent", "team": str(every_team[0].id) if every_team else ""}
        return _new_page(request, every_team, given)
    fields, house = await forms.read(request), desk(request)
    password = passwords.one_time()
    kept = await passwords.digest(password)
    made: list[int] = []

    async def act(session: AsyncSession) -> str:
        role = fields.get("role", "")
        team_id = accounts.checked_team(role, _team(fields, every_team))
        made.append(
            await officials.add(
                session, login=fields.get("login", ""), name=fields.get("name", ""), role=role, team_id=team_id,
                kept=kept, now=house.clock(),
            )
        )  # fmt: skip
        return f"/accounts/{made[0]}"

    try:
        response = await once(request, fields, act)
    except OfficialError as error:
        return _new_page(request, every_team, fields, wrong=words(request)(f"account_refused.{error.because}"))
    return await _show_password(request, made[0], password) if made else response


@for_officials("manage_accounts")
async def show_one(request: Request) -> Response:
    account, said = await _account(request), words(request)
    if request.method == "POST":
        return await change(request, account)
    done, count = request.query_params.get("done"), request.query_params.get
    told = said(f"account_done.{done}") if done in DONE else None
    if done == "moved" and (moved := row_id(count("moved"))) is not None:
        left = row_id(count("left")) or 0
        told = said.count("accounts.moved", moved) + (" " + said.count("accounts.left", left) if left else "")
    return await _page(request, account, done=told)


async def change(request: Request, account: Account) -> Response:
    fields = await forms.read(request)
    async with desk(request).database.read() as session:
        every_team = await teams.every(session)

    async def act(session: AsyncSession) -> str:
        team_id = _team(fields, every_team)
        name, role = fields.get("name", ""), fields.get("role", "")
        await accounts.change(session, account.id, name=name, role=role, team_id=team_id)
        return f"/accounts/{account.id}?done=changed"

    return await _once(request, account, fields, act)


@for_officials("manage_accounts")
async def close(request: Request) -> Response:
    account, fields, now = await _account(request), await forms.read(request), desk(request).clock()

    async def act(session: AsyncSession) -> str:
        await accounts.close(session, account.id, now)
        return f"/accounts/{account.id}?done=closed"

    return await _once(request, account, fields, act)


@for_officials("manage_accounts")
async def reopen(request: Request) -> Response:
    account, fields = await _account(request), await forms.read(request)

    async def act(session: AsyncSession) -> str:
        await accounts.reopen(session, account.id)
        return f"/accounts/{account.id}?done=reopened"

    return await _once(request, account, fields, act)


@for_officials("manage_accounts")
async def unlock(request: Request) -> Response:
    account, fields = await _account(request), await forms.read(request)

    async def act(session: AsyncSession) -> str:
        await accounts.unlock(session, account.id)
        return f"/accounts/{account.id}?done=unlocked"

    return await _once(request, account, fields, act)


@for_officials("manage_accounts")
async def drop_factor(request: Request) -> Response:
    account, fields = await _account(request), await forms.read(request)

    async def act(session: AsyncSession) -> str:
        await accounts.drop_factor(session, account.id)
        return f"/accounts/{account.id}?done=factor"

    return await _once(request, account, fields, act)


@for_officials("manage_accounts")
async def reset_password(request: Request) -> Response:
    account, fields = await _account(request), await forms.read(request)
    password = passwords.one_time()
    kept = await passwords.digest(password)
    made: list[int] = []

    async def act(session: AsyncSession) -> str:
        await officials.renew(session, account.id, kept)
        made.append(account.id)
        return f"/accounts/{account.id}"

    response = await once(request, fields, act)
    return await _show_password(request, account.id, password) if made else response


@for_officials("manage_accounts")
async def hand_over(request: Request) -> Response:
    """Give the cases of an account to somebody else, or back to their queues."""
    account, fields, house = await _account(request), await forms.read(request), desk(request)
    wanted = fields.get("to", "")

    async def act(session: AsyncSession) -> str:
        to = await accounts.show(session, row_id(wanted) or 0)
        if wanted != TO_QUEUE and (to is None or to.closed_at or to.role not in WITH_CASES):
            raise OfficialError("name who takes the cases", "nobody")
        handed = await accounts.hand_over(
            session, house.ring, account, to, by=reader(request), now=house.clock()
        )  # fmt: skip
        return f"/accounts/{account.id}?done=moved&moved={handed.moved}&left={handed.left}"

    return await _once(request, account, fields, act)


async def _once(
    request: Request, account: Account, fields: Mapping[str, str], act: Callable[[AsyncSession], Awaitable[str]]
) -> Response:  # fmt: skip
    try:
        return await once(request, fields, act)
    except OfficialError as error:
        wrong = words(request)(f"account_refused.{error.because}")
        return await _page(request, account, wrong=wrong, given=fields)


async def _account(request: Request) -> Account:
    number = row_id(request.path_params["id"])
    async with desk(request).database.read() as session:
        found = await accounts.show(session, number) if number is not None else None
    if found is None:
        raise HTTPException(status_code=404)
    return found


async def _page(
    request: Request, account: Account, *, done: str | None = None, wrong: str | None = None,
    given: Mapping[str, str] | None = None,
) -> HTMLResponse:  # fmt: skip
    async with desk(request).database.read() as session:
        every_team = await teams.every(session)
        others = [one for one in await accounts.every(session) if one.id != account.id]
    takers = [one for one in others if one.closed_at is None and one.role in WITH_CASES]
    asked = {"name": account.name, "role": account.role, "team": str(account.team_id or "")} | dict(given or {})
    return page(
        request, "accounts/one.html", status=422 if wrong else 200, line=_line(request, account, every_team),
        done=done, wrong=wrong, given=asked, roles=ROLES, teams=every_team, takers=takers, in_teams=IN_TEAMS,
        own=account.id == reader(request).id,
    )  # fmt: skip


def _new_page(
    request: Request, every_team: Sequence[Team], given: Mapping[str, str], *, wrong: str | None = None
) -> HTMLResponse:
    return page(
        request, "accounts/new.html", status=422 if wrong else 200, wrong=wrong, roles=ROLES, teams=every_team,
        given={"login": "", "name": "", "role": "", "team": ""} | dict(given),
    )  # fmt: skip


async def _show_password(request: Request, official_id: int, password: str) -> Response:
    async with desk(request).database.read() as session:
        account = await accounts.show(session, official_id)
    return page(request, "accounts/password.html", account=account, password=password)


def _team(fields: Mapping[str, str], every_team: Sequence[Team]) -> int | None:
    """The team that was chosen; None where it is none that there is."""
    number = row_id(fields.get("team"))
    return number if any(team.id == number for team in every_team) else None


def _line(request: Request, account: Account, every_team: Sequence[Team]) -> Line:
    said, now = words(request), desk(request).clock()
    named = {team.id: team.name for team in every_team}
    everywhere = said("accounts.all_teams") if account.role == "supervisor" else ""
    return Line(
        account=account,
        team=named.get(account.team_id or 0, everywhere),
        seen=labels.stamp(said, account.seen_at) if account.seen_at else "",
        locked=labels.stamp(said, account.locked_until) if account.locked_until and account.is_locked(now) else "",
    )


ROUTES = [
    Route("/accounts", show_list),
    Route("/accounts/new", add, methods=["GET", "POST"]),
    Route("/accounts/{id}", show_one, methods=["GET", "POST"]),
    Route("/accounts/{id}/close", close, methods=["POST"]),
    Route("/accounts/{id}/reopen", reopen, methods=["POST"]),
    Route("/accounts/{id}/unlock", unlock, methods=["POST"]),
    Route("/accounts/{id}/factor", drop_factor, methods=["POST"]),
    Route("/accounts/{id}/password", reset_password, methods=["POST"]),
    Route("/accounts/{id}/cases", hand_over, methods=["POST"]),
]
