"""Who may read the console: log in, change the password, log out."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from functools import wraps
from urllib.parse import urlencode

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from console import forms
from console.forms import SESSION_COOKIE, signed_in
from console.pages import LANGUAGE_COOKIE, desk, go, page, root, set_cookie, words
from storage import access, officials
from storage.access import Act, Official
from storage.officials import PasswordError, SignedIn
from stories.script import LANGUAGES

Page = Callable[[Request], Awaitable[Response]]


def for_officials(act: Act | None = None) -> Callable[[Page], Page]:
    """A page for who is logged in, has a password of their own and may do this."""

    def guard(endpoint: Page) -> Page:
        @wraps(endpoint)
        async def guarded(request: Request) -> Response:
            reader = signed_in(request)
            if reader is None:
                return _to_log_in(request)
            if reader.official.must_change and endpoint is not change_password:
                return go(request, "/password")
            if act is not None and not access.may(reader.official.role, act):
                raise HTTPException(status_code=403)
            return await endpoint(request)

        return guarded

    return guard


def _to_log_in(request: Request) -> RedirectResponse:
    back = forms.here(request)
    query = {"next": back} if back != "/" else {}
    if request.cookies.get(SESSION_COOKIE):
        query["ended"] = "1"
    return go(request, "/login" + (f"?{urlencode(query)}" if query else ""))


def reader(request: Request) -> Official:
    """Who reads a page that only officials read."""
    found = signed_in(request)
    if found is None:
        raise HTTPException(status_code=403)
    return found.official


async def log_in(request: Request) -> Response:
    said, house = words(request), desk(request)
    if request.method != "POST":
        key = next((key for key in ("ended", "out") if request.query_params.get(key)), None)
        return _log_in_page(
            request, back=request.query_params.get("next", "/"), notice=said(f"log_in.{key}") if key else None
        )
    try:
        fields = await forms.read(request)
    except forms.ForgedError:
        return _log_in_page(request, status=403, notice=said("log_in.stale"))
    login, back = fields.get("login", "").strip(), forms.safe_path(fields.get("next", "/"))
    token = await officials.log_in(house.database, login=login, password=fields.get("password", ""), now=house.clock())
    if token is None:
        return _log_in_page(request, status=401, back=back, login=login, wrong=said("log_in.refused"))
    if earlier := request.cookies.get(SESSION_COOKIE):
        await officials.log_out(house.database, earlier, now=house.clock())
    response = go(request, back)
    set_cookie(request, response, SESSION_COOKIE, token)
    return response


def _log_in_page(
    request: Request,
    *,
    status: int = 200,
    back: str = "/",
    login: str = "",
    notice: str | None = None,
    wrong: str | None = None,
) -> Response:
    return page(request, "auth/login.html", status=status, back=back, login=login, notice=notice, wrong=wrong)


async def log_out(request: Request) -> Response:
    await forms.read(request)
    if token := request.cookies.get(SESSION_COOKIE):
        await officials.log_out(desk(request).database, token, now=desk(request).clock())
    response = go(request, "/login?out=1")
    response.delete_cookie(
        SESSION_COOKIE,
        path=root(request) or "/",
        secure=desk(request).secure_cookies,
        httponly=True,
        samesite="strict",
    )
    return response


async def change_password(request: Request) -> Response:
    reader, said = signed_in(request), words(request)
    if reader is None:
        raise HTTPException(status_code=403)
    wrong: str | None = None
    if request.method == "POST":
        try:
            return await _change(request, reader, await forms.read(request))
        except PasswordError as error:
            wrong = said(f"password.{error.because}")
    saved = said("password.saved") if request.query_params.get("saved") else None
    status, must = 422 if wrong else 200, reader.official.must_change
    return page(request, "auth/password.html", status=status, wrong=wrong, saved=saved, must=must)


async def _change(request: Request, reader: SignedIn, fields: Mapping[str, str]) -> Response:
    """The way on, with a renewed session. Raises PasswordError."""
    house, new = desk(request), fields.get("new", "")
    if new != fields.get("again", ""):
        raise PasswordError("differ")
    token = await officials.change_password(
        house.database, reader.official, current=fields.get("current", ""), new=new, now=house.clock()
    )
    response = go(request, "/" if reader.official.must_change else "/password?saved=1")
    set_cookie(request, response, SESSION_COOKIE, token)
    return response


async def choose_language(request: Request) -> Response:
    fields = await forms.read(request)
    response = go(request, forms.safe_path(fields.get("next", "/")))
    if fields.get("language") in LANGUAGES:
        set_cookie(request, response, LANGUAGE_COOKIE, fields["language"], days=365)
    return response


ROUTES = [
    Route("/login", log_in, methods=["GET", "POST"]),
    Route("/logout", log_out, methods=["POST"]),
    Route("/password", for_officials()(change_password), methods=["GET", "POST"]),
    Route("/language", choose_language, methods=["POST"]),
]
