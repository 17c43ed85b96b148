"""The way in and out: log in by password and second factor, a password of one's own, log out; and the language."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlencode

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from console import forms, kept, recording
from console.auth import for_officials, log_in_page
from console.browsers import browser
from console.forms import SESSION_COOKIE, ForgedError, signed_in, waiting
from console.kept import LARGEST_WITH_KEPT
from console.pages import LANGUAGE_COOKIE, desk, go, page, root, set_cookie, words
from storage import factor, officials
from storage.officials import OfficialError, PasswordError, SignedIn
from stories.script import LANGUAGES


async def log_in(request: Request) -> Response:
    said, house = words(request), desk(request)
    if request.method != "POST":
        key = next((key for key in ("ended", "out") if request.query_params.get(key)), None)
        return log_in_page(
            request, back=request.query_params.get("next", "/"), notice=said(f"log_in.{key}") if key else None
        )
    try:
        fields = await forms.read(request, most=LARGEST_WITH_KEPT)
    except ForgedError as error:
        return log_in_page(request, status=403, notice=said("log_in.stale"), form=error.fields.get("form"))
    login, back, form = fields.get("login", "").strip(), forms.safe_path(fields.get("next", "/")), fields.get("form")
    token = await officials.log_in(
        house.database, login=login, password=fields.get("password", ""), now=house.clock(), browser=browser(request)
    )
    if token is None:
        subject = await _account(request, login)
        await recording.note(request, "log_in.failed", official_id=None, subject=subject, about={"login": login})
        return log_in_page(request, status=401, back=back, login=login, wrong=said("log_in.refused"), form=form)
    return await enter(request, token, back, form)


async def _account(request: Request, login: str) -> str:
    """How the audit log names the account that somebody tried, where there is one."""
    async with desk(request).database.read() as session:
        try:
            return f"official:{await officials.named(session, login)}"
        except OfficialError:
            return ""


async def enter(request: Request, token: str, back: str, form: str | None) -> Response:
    """Go on with a new session: to the second factor, to a form that was kept, or to the page that was wanted."""
    house = desk(request)
    if (earlier := request.cookies.get(SESSION_COOKIE)) and earlier != token:
        await officials.log_out(house.database, earlier, now=house.clock())
    found = await officials.session(house.database, token, now=house.clock())
    if found is None:
        raise HTTPException(status_code=403)
    response: HTMLResponse | RedirectResponse
    request.state.signed_in = found if found.proven else None
    request.state.waiting = None if found.proven else found
    if found.proven:
        await recording.note(request, "log_in", official_id=found.official.id)
    kept_form = kept.read(request, form) if form else None
    if not found.proven:
        response = (
            _code_page(request, back=back, form=form)
            if kept_form
            else go(request, f"/login/code?{urlencode({'next': back})}")
        )
    elif kept_form is None:
        response = go(request, back)
    elif found.official.must_change:
        response = _password_page(request, found, form=form)
    else:
        response = kept.show(request, kept_form)
    set_cookie(request, response, SESSION_COOKIE, token)
    return response


async def give_code(request: Request) -> Response:
    """The second step of the log-in."""
    half, house, said = waiting(request), desk(request), words(request)
    if half is None:
        return go(request, "/" if signed_in(request) else "/login")
    if request.method != "POST":
        return _code_page(request, back=request.query_params.get("next", "/"))
    try:
        fields = await forms.read(request, most=LARGEST_WITH_KEPT)
    except ForgedError as error:
        return _code_page(request, status=403, notice=said("log_in.stale"), form=error.fields.get("form"))
    back, form = forms.safe_path(fields.get("next", "/")), fields.get("form")
    token = await factor.prove(
        house.database, house.ring, half, fields.get("code", ""), now=house.clock(), browser=browser(request)
    )
    if token is None:
        await recording.note(request, "log_in.code_failed", official_id=None, subject=f"official:{half.official.id}")
        return _code_page(request, status=401, back=back, wrong=said("factor.refused"), form=form)
    return await enter(request, token, back, form)


def _code_page(
    request: Request, *, status: int = 200, back: str = "/", notice: str | None = None, wrong: str | None = None,
    form: str | None = None,
) -> HTMLResponse:  # fmt: skip
    return page(request, "access/code.html", status=status, back=back, notice=notice, wrong=wrong, form=form)


async def log_out(request: Request) -> Response:
    if (leaving := signed_in(request) or waiting(request)) is not None:
        await forms.read(request)
        await recording.note(request, "log_out", official_id=leaving.official.id)
        await officials.log_out(desk(request).database, request.cookies[SESSION_COOKIE], now=desk(request).clock())
    response = go(request, "/login?out=1")
    response.delete_cookie(
        SESSION_COOKIE,
        path=root(request) or "/",
        secure=desk(request).secure_cookies,
        httponly=True,
        samesite="strict",
    )
    return response


@for_officials(settled=False)
async def change_password(request: Request) -> Response:
    reader, said = signed_in(request), words(request)
    if reader is None:
        raise HTTPException(status_code=403)
    if request.method != "POST":
        saved = said("password.saved") if request.query_params.get("saved") else None
        return _password_page(request, reader, saved=saved)
    fields = await forms.read(request, most=LARGEST_WITH_KEPT)
    try:
        token = await _change(request, reader, fields)
    except PasswordError as error:
        return _password_page(request, reader, wrong=said(f"password.{error.because}"), form=fields.get("form"))
    if reader.official.must_change:
        return await enter(request, token, "/", fields.get("form"))
    response = go(request, "/password?saved=1")
    set_cookie(request, response, SESSION_COOKIE, token)
    return response


async def _change(request: Request, reader: SignedIn, fields: Mapping[str, str]) -> str:
    """The token of a new session. Raises PasswordError."""
    house, new = desk(request), fields.get("new", "")
    if new != fields.get("again", ""):
        raise PasswordError("differ")
    token = await officials.change_password(
        house.database, reader.official, current=fields.get("current", ""), new=new, now=house.clock(),
        browser=browser(request),
    )  # fmt: skip
    await recording.note(request, "password", official_id=reader.official.id)
    return token


def _password_page(
    request: Request, reader: SignedIn, *, wrong: str | None = None, saved: str | None = None, form: str | None = None
) -> HTMLResponse:
    status, official = 422 if wrong else 200, reader.official
    return page(
        request, "access/password.html", status=status, wrong=wrong, saved=saved, must=official.must_change,
        login=official.login, form=form,
    )  # fmt: skip


async def choose_language(request: Request) -> Response:
    fields = await forms.read(request)
    response = go(request, forms.safe_path(fields.get("next", "/")))
    if fields.get("language") in LANGUAGES:
        set_cookie(request, response, LANGUAGE_COOKIE, fields["language"], days=365)
    return response


ROUTES = [
    Route("/login", log_in, methods=["GET", "POST"]),
    Route("/login/code", give_code, methods=["GET", "POST"]),
    Route("/logout", log_out, methods=["POST"]),
    Route("/password", change_password, methods=["GET", "POST"]),
    Route("/language", choose_language, methods=["POST"]),
]
