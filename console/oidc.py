"""Log in through an identity provider: an account is known by a subject that its official linked, and none is made."""

from __future__ import annotations

import base64
import binascii
import hmac
import json
import secrets
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from console.auth import for_officials, log_in_page, reader
from console.browsers import browser
from console.entry import enter
from console.forms import PROVIDER_COOKIE, safe_path, signed_in
from console.pages import desk, go, page, root, set_cookie, words
from console.provider import Asked, Known, Provider, ProviderError
from storage import accounts, officials
from storage.crypto import SealError
from storage.officials import OfficialError

COOKIE = "portevoix_oidc"
LONGEST = timedelta(minutes=10)
"""How long the official may take at the provider."""


async def begin(request: Request) -> Response:
    """Send the browser to the provider, to log in."""
    return await _depart(request, {"next": safe_path(request.query_params.get("next", "/"))})


@for_officials()
async def begin_link(request: Request) -> Response:
    """Send the browser to the provider, to tie what it says to my account."""
    return await _depart(request, {"link": reader(request).id})


async def _depart(request: Request, purpose: dict[str, object]) -> Response:
    provider = _provider(request)
    back = f"{provider.home}/login/oidc/back"
    asked = Asked(
        state=secrets.token_urlsafe(32), nonce=secrets.token_urlsafe(32), verifier=secrets.token_urlsafe(48), back=back
    )
    try:
        door = await provider.door(asked)
    except ProviderError:
        return _failed(request)
    response = RedirectResponse(door, status_code=303)
    _seal_cookie(request, response, COOKIE, purpose | {"asked": asdict(asked), "at": desk(request).clock().isoformat()})
    return response


async def come_back(request: Request) -> Response:
    """Where the provider sends the browser.

    It comes from another site, so that our strict cookies are not with it: this page asks for the next by itself.
    """
    _provider(request)
    return page(request, "access/arrived.html", onward=f"/login/oidc/done?{request.url.query}")


async def finish(request: Request) -> Response:
    """Exchange the code for a subject, and log in the account that is linked to it, or link it."""
    begun, query = _open_cookie(request, COOKIE), request.query_params
    if begun is None or datetime.fromisoformat(begun["at"]) + LONGEST < desk(request).clock():
        return _failed(request)
    asked = Asked(**begun["asked"])
    if not hmac.compare_digest(query.get("state", "").encode(), asked.state.encode()) or not query.get("code"):
        return _failed(request)
    try:
        known = await _provider(request).who(asked, query["code"])
    except ProviderError:
        return _failed(request)
    response = await _link(request, begun["link"], known) if "link" in begun else await _enter(request, begun, known)
    response.delete_cookie(COOKIE, path=root(request) or "/", httponly=True, samesite="strict")
    return response


async def _enter(request: Request, begun: dict[str, Any], known: Known) -> Response:
    house, now = desk(request), desk(request).clock()
    async with house.database.begin() as session:
        account = await accounts.of_subject(session, house.ring.blind("subject", known.subject))
        locked = account is not None and account.locked_until is not None and account.locked_until > now
        token = (
            officials.start_session(session, account.id, now, browser(request), proven=account.totp is None)
            if account is not None and not locked
            else None
        )
    if token is None:
        return log_in_page(request, status=403, wrong=words(request)("oidc.unknown", name=_provider(request).name))
    response = await enter(request, token, begun["next"], None)
    _seal_cookie(request, response, PROVIDER_COOKIE, {"id_token": known.id_token})
    return response


async def _link(request: Request, official_id: int, known: Known) -> Response:
    current = signed_in(request)
    if current is None or current.official.id != official_id:
        return _failed(request)
    house = desk(request)
    try:
        async with house.database.begin() as session:
            await accounts.link(session, official_id, house.ring.blind("subject", known.subject))
    except OfficialError:
        return go(request, "/account?done=taken")
    return go(request, "/account?done=linked")


async def leave(request: Request) -> Response:
    """Log out at the provider too, after the console."""
    provider, begun = _provider(request), _open_cookie(request, PROVIDER_COOKIE)
    try:
        way_out = await provider.way_out(begun["id_token"], f"{provider.home}/login") if begun else None
    except ProviderError:
        way_out = None
    response = RedirectResponse(way_out, status_code=303) if way_out else go(request, "/login?out=1")
    response.delete_cookie(PROVIDER_COOKIE, path=root(request) or "/", httponly=True, samesite="strict")
    return response


def _failed(request: Request) -> HTMLResponse:
    return log_in_page(request, status=403, wrong=words(request)("oidc.failed", name=_provider(request).name))


def _provider(request: Request) -> Provider:
    found = desk(request).provider
    if found is None:
        raise HTTPException(status_code=404)
    return found


def _seal_cookie(request: Request, response: Response, name: str, told: dict[str, Any]) -> None:
    sealed = desk(request).ring.seal("cookies", name, "console", json.dumps(told).encode())
    set_cookie(request, response, name, base64.urlsafe_b64encode(sealed).decode())


def _open_cookie(request: Request, name: str) -> dict[str, Any] | None:
    try:
        sealed = base64.urlsafe_b64decode(request.cookies.get(name, "").encode())
        return dict(json.loads(desk(request).ring.open("cookies", name, "console", sealed)))
    except (SealError, binascii.Error, ValueError):
        return None


ROUTES = [
    Route("/login/oidc", begin),
    Route("/login/oidc/back", come_back),
    Route("/login/oidc/done", finish),
    Route("/logout/oidc", leave),
    Route("/account/oidc", begin_link),
]
