"""My account: the second factor, where I am logged in, and the link to the identity provider."""

from __future__ import annotations

import io

from sqlalchemy.ext.asyncio import AsyncSession
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from console import forms, labels
from console.auth import for_officials
from console.browsers import browser
from console.forms import SESSION_COOKIE, signed_in
from console.once import once
from console.pages import desk, go, page, row_id, set_cookie, words
from storage import accounts, factor, officials, sessions, teams
from storage.officials import SignedIn

QUIET = 4
"""Modules of white around a QR code: what scanners ask for."""
DONE = frozenset({"off", "ended", "linked", "unlinked", "taken"})


def _reader(request: Request) -> SignedIn:
    found = signed_in(request)
    if found is None:
        raise HTTPException(status_code=403)
    return found


@for_officials()
async def show(request: Request) -> Response:
    reader, house, said = _reader(request), desk(request), words(request)
    async with house.database.read() as session:
        own = await accounts.show(session, reader.official.id)
        running = await sessions.of(session, reader.official.id, house.clock())
        team = {one.id: one.name for one in await teams.every(session)}.get(reader.official.team_id or 0)
        codes = await factor.codes_left(session, reader.official.id) if reader.factor else 0
    done = request.query_params.get("done")
    places = [
        {
            "id": one.id, "browser": one.browser or said("account.browser.unknown"), "here": one.id == reader.id,
            "since": labels.stamp(said, one.created_at), "seen": labels.stamp(said, one.seen_at),
        }
        for one in running
    ]  # fmt: skip
    return page(
        request, "access/account.html", done=said(f"own_done.{done}") if done in DONE else None, places=places,
        team=team, codes=said.count("factor.left", codes), linked=own is not None and own.linked,
        provider=house.provider.name if house.provider else None,
    )  # fmt: skip


@for_officials(settled=False)
async def set_factor(request: Request) -> Response:
    """Offer a second factor, and set it once a code proves that the app has it."""
    reader, house = _reader(request), desk(request)
    if reader.official.must_change:
        return go(request, "/password")
    if request.method != "POST":
        return go(request, "/account") if reader.factor else _factor_page(request, reader)
    fields = await forms.read(request)
    if reader.factor:
        return go(request, "/account")
    enrolled = await factor.enrol(
        house.database, house.ring, reader, fields.get("code", ""), now=house.clock(), browser=browser(request)
    )
    if enrolled is None:
        return _factor_page(request, reader, wrong=words(request)("factor.refused"))
    request.state.signed_in = await officials.session(house.database, enrolled.token, now=house.clock())
    response = page(request, "access/codes.html", codes=enrolled.codes, fresh=True)
    set_cookie(request, response, SESSION_COOKIE, enrolled.token)
    return response


def _factor_page(request: Request, reader: SignedIn, *, wrong: str | None = None) -> HTMLResponse:
    house = desk(request)
    secret = factor.offered(house.ring, reader)
    grouped = " ".join(secret[at : at + 4] for at in range(0, len(secret), 4))
    return page(
        request, "access/factor.html", status=422 if wrong else 200, wrong=wrong, secret=grouped,
        must=house.totp == "required",
    )  # fmt: skip


@for_officials(settled=False)
async def draw_factor(request: Request) -> Response:
    """Draw the offered secret as a QR code, for who has no second factor yet."""
    import segno

    reader = _reader(request)
    if reader.factor or reader.official.must_change:
        raise HTTPException(status_code=404)
    told = factor.address(factor.offered(desk(request).ring, reader), reader.official.login)
    drawn = io.BytesIO()
    segno.make(told, error="m").save(drawn, kind="svg", scale=5, border=QUIET, light="#fff", xmldecl=False)
    return Response(drawn.getvalue(), media_type="image/svg+xml")


@for_officials()
async def renew_codes(request: Request) -> Response:
    """Show fresh recovery codes to who gives a good code."""
    reader, house = _reader(request), desk(request)
    if refusal := await _refuse_code(request, reader):
        return refusal
    codes = await factor.new_codes(house.database, house.ring, reader.official.id)
    return page(request, "access/codes.html", codes=codes, fresh=False)


@for_officials()
async def remove_factor(request: Request) -> Response:
    reader = _reader(request)
    if refusal := await _refuse_code(request, reader):
        return refusal
    async with desk(request).database.begin() as session:
        await accounts.drop_factor(session, reader.official.id)
    return go(request, "/account?done=off")


async def _refuse_code(request: Request, reader: SignedIn) -> Response | None:
    """What a wrong code leads to; None for a good one."""
    house, fields = desk(request), await forms.read(request)
    if not reader.factor:
        return go(request, "/account")
    if await factor.accepts(house.database, house.ring, reader, fields.get("code", ""), now=house.clock()):
        return None
    return page(request, "access/again.html", status=422, wrong=words(request)("factor.refused"))


@for_officials()
async def end_sessions(request: Request) -> Response:
    """End one of my sessions, or all but this one."""
    reader, fields = _reader(request), await forms.read(request)
    one = row_id(fields.get("session"))

    async def end(session: AsyncSession) -> str:
        await officials.end_sessions(session, reader.official.id, only=one, but=reader.id)
        return "/account?done=ended"

    return await once(request, fields, end)


@for_officials()
async def unlink(request: Request) -> Response:
    """Log in with the password alone again."""
    fields, official = await forms.read(request), _reader(request).official

    async def part(session: AsyncSession) -> str:
        await accounts.link(session, official.id, None)
        return "/account?done=unlinked"

    return await once(request, fields, part)


ROUTES = [
    Route("/account", show),
    Route("/account/factor", set_factor, methods=["GET", "POST"]),
    Route("/account/totp.svg", draw_factor),
    Route("/account/factor/codes", renew_codes, methods=["POST"]),
    Route("/account/factor/remove", remove_factor, methods=["POST"]),
    Route("/account/sessions", end_sessions, methods=["POST"]),
    Route("/account/unlink", unlink, methods=["POST"]),
]
