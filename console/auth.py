"""Who may read a page of the console: every page but the log-in stands behind `for_officials`."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import wraps
from urllib.parse import urlencode

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from console import forms, kept, recording
from console.forms import PROVIDER_COOKIE, SESSION_COOKIE, ForgedError, signed_in, waiting
from console.pages import desk, go, page, words
from storage import access
from storage.access import Act, Official
from storage.officials import SignedIn

Page = Callable[[Request], Awaitable[Response]]


def for_officials(act: Act | None = None, *, settled: bool = True, recorded: bool = True) -> Callable[[Page], Page]:
    """A page for who is logged in and may do this; that it was read is recorded.

    `settled`: and has a password of their own, and a second factor where it is required. `recorded`: False for what a
    page that was recorded when it was opened asks for again and again.
    """

    def guard(endpoint: Page) -> Page:
        @wraps(endpoint)
        async def guarded(request: Request) -> Response:
            reader = signed_in(request)
            if reader is None:
                return await _to_log_in(request)
            if settled and (first := unsettled(request, reader)):
                return go(request, first)
            if act is not None and not access.may(reader.official.role, act):
                raise HTTPException(status_code=403)
            try:
                response = await endpoint(request)
            except ForgedError as error:
                return _ask_again(request, error)
            if recorded:
                await recording.read(request, act, response)
            return response

        return guarded

    return guard


def unsettled(request: Request, reader: SignedIn) -> str | None:
    """The page that this official must see to before any other; None where all is in order."""
    if reader.official.must_change:
        return "/password"
    if desk(request).totp == "required" and not reader.factor:
        return "/account/factor"
    return None


def reader(request: Request) -> Official:
    """Who reads a page that only officials read."""
    found = signed_in(request)
    if found is None:
        raise HTTPException(status_code=403)
    return found.official


async def _to_log_in(request: Request) -> Response:
    """Where somebody who is not logged in can be; what they sent goes with them."""
    if waiting(request) is None and request.method == "POST":
        form = kept.keep(request, await forms.parse(request))
        if form is not None:
            return log_in_page(request, status=401, notice=words(request)("kept.log_in"), form=form)
    back = forms.here(request)
    query = {"next": back} if back != "/" else {}
    if waiting(request) is not None:
        return go(request, "/login/code" + (f"?{urlencode(query)}" if query else ""))
    if request.cookies.get(SESSION_COOKIE):
        query["ended"] = "1"
    return go(request, "/login" + (f"?{urlencode(query)}" if query else ""))


def _ask_again(request: Request, forged: ForgedError) -> Response:
    """Show a form from a page of an earlier session, for the official to send it once more. Raises ForgedError."""
    form = kept.keep(request, forged.fields)
    found = kept.read(request, form) if form else None
    if found is None:
        raise forged
    return kept.show(request, found, status=403)


def log_in_page(
    request: Request,
    *,
    status: int = 200,
    back: str = "/",
    login: str = "",
    notice: str | None = None,
    wrong: str | None = None,
    form: str | None = None,
) -> HTMLResponse:
    """`form`: what is sent once somebody is logged in, sealed."""
    provider = desk(request).provider
    left = request.query_params.get("out") and request.cookies.get(PROVIDER_COOKIE)
    return page(
        request, "access/login.html", status=status, back=back, login=login, notice=notice, wrong=wrong, form=form,
        provider=provider.name if provider else None, left=bool(provider and left),
    )  # fmt: skip
