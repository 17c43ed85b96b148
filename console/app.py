"""The console for officials, as one application that is mounted where its pages shall be."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from starlette.applications import Starlette
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Mount
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from console import (
    account,
    accounts,
    acts,
    answers,
    audit,
    bulk,
    canned,
    cases,
    conversations,
    corrections,
    doubts,
    drift,
    entry,
    exchanging,
    exports,
    grouping,
    home,
    identity,
    joining,
    keys,
    learnt,
    notes,
    oidc,
    problems,
    recording,
    review,
    reviewed,
    script_new,
    script_platforms,
    script_problems,
    script_words,
    scripts,
    stories,
    teams,
    training,
    trial,
    tryout,
    unreadable,
    versions,
    views,
)
from console import files as case_files
from console import list as case_list
from console import rasa as rasa_pages
from console.forms import SESSION_COOKIE, ForgedError
from console.pages import Desk, Totp, desk, page, words
from console.provider import Provider
from console.readers import Readers
from console.theme import Theme, mounts, policy
from nlu.backend import NLU
from storage import officials
from storage.crypto import KeyRing
from storage.database import Database
from storage.filestore import FileStore
from storage.neighbours import Likeness
from stories.script import Script

STATIC = Path(__file__).parent / "static"
POLICY = "Content-Security-Policy"
HEADERS = {
    POLICY: (
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "X-Robots-Tag": "noindex, nofollow",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
FOREVER = "public, max-age=31536000, immutable"
LOG = logging.getLogger(__name__)


def create(
    *,
    database: Database,
    ring: KeyRing,
    script: Script,
    clock: Callable[[], datetime],
    secure_cookies: bool,
    files: FileStore,
    totp: Totp = "optional",
    identity_reason: bool = False,
    provider: Provider | None = None,
    theme: Theme = "neutral",
    packaged: Script | None = None,
    nlu: NLU | None = None,
    stories_folder: Path | None = None,
    models: Path | None = None,
    examples: Path | None = None,
    two_persons: bool = False,
    rasa: bool = False,
    data: Path | None = None,
) -> Starlette:
    """The console. `clock` gives an aware time; `secure_cookies` is for service over HTTPS.

    `packaged`: the script that comes with Portevoix, where another one is in use.
    """
    app = Starlette(
        routes=[
            *entry.ROUTES,
            *oidc.ROUTES,
            *account.ROUTES,
            *accounts.ROUTES,
            *teams.ROUTES,
            *home.ROUTES,
            *case_list.ROUTES,
            *views.ROUTES,
            *bulk.ROUTES,
            *cases.ROUTES,
            *answers.ROUTES,
            *canned.ROUTES,
            *conversations.ROUTES,
            *identity.ROUTES,
            *acts.ROUTES,
            *notes.ROUTES,
            *corrections.ROUTES,
            *case_files.ROUTES,
            *grouping.ROUTES,
            *joining.ROUTES,
            *problems.ROUTES,
            *scripts.ROUTES,
            *script_words.ROUTES,
            *script_platforms.ROUTES,
            *script_new.ROUTES,
            *script_problems.ROUTES,
            *trial.ROUTES,
            *stories.ROUTES,
            *unreadable.ROUTES,
            *audit.ROUTES,
            *exports.ROUTES,
            *reviewed.ROUTES,
            *doubts.ROUTES,
            *review.ROUTES,
            *keys.ROUTES,
            *training.ROUTES,
            *exchanging.ROUTES,
            *rasa_pages.ROUTES,
            *versions.ROUTES,
            *learnt.ROUTES,
            *tryout.ROUTES,
            *drift.ROUTES,
            *mounts(theme),
            Mount("/static", StaticFiles(directory=STATIC)),
        ],
        middleware=[Middleware(Frame, theme=theme)],
        exception_handlers={HTTPException: _refuse},
    )
    app.state.desk = Desk(
        database=database, ring=ring, likeness=Likeness(ring), script=script, clock=clock, files=files,
        secure_cookies=secure_cookies, totp=totp, identity_reason=identity_reason, provider=provider, theme=theme,
        packaged=packaged or script, nlu=nlu, stories_folder=stories_folder, models=models, examples=examples,
        two_persons=two_persons, rasa=rasa, data=data,
    )  # fmt: skip
    app.state.readers = Readers()
    app.state.recorder = recording.recorder(app.state.desk)
    return app


class Frame:
    """Around every page: who reads it, what browsers must keep to, and the page for what we did not foresee."""

    def __init__(self, app: ASGIApp, theme: Theme) -> None:
        self.app = app
        self._headers = {**HEADERS, POLICY: policy(theme, HEADERS[POLICY])}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        begun = False
        request = Request(scope, receive)
        static = scope["path"].removeprefix(scope.get("root_path", "")).startswith("/static/")

        async def send_guarded(message: Message) -> None:
            nonlocal begun
            if message["type"] == "http.response.start":
                begun = True
                headers = MutableHeaders(scope=message)
                for name, value in self._headers.items():
                    headers.setdefault(name, value)
                if desk(request).secure_cookies:
                    headers["Strict-Transport-Security"] = "max-age=31536000"
                if static and message["status"] == 200:  # noqa: PLR2004  # OK.
                    headers["Cache-Control"] = FOREVER
            await send(message)

        try:
            if not static:
                await _recognise(request)
            await self.app(scope, receive, send_guarded)
        except Exception as error:  # noqa: BLE001  # The error page: nobody sees a bare failure.
            _report(error)
            if begun:
                raise ConnectionError("the page broke off") from None
            await _error_page(request, 500, "500")(scope, receive, send_guarded)


async def _recognise(request: Request) -> None:
    house, token = desk(request), request.cookies.get(SESSION_COOKIE)
    found = await officials.session(house.database, token, now=house.clock()) if token else None
    request.state.signed_in = found if found and found.proven else None
    request.state.waiting = None if found is None or found.proven else found
    request.state.unreadable = await unreadable.count(request)


def _report(error: Exception) -> None:
    """Where it happened, without the message: it may hold what a firm said."""
    places = [f"{Path(frame.filename).name}:{frame.lineno}" for frame in traceback.extract_tb(error.__traceback__)]
    LOG.error("a page failed with %s at %s", type(error).__name__, " < ".join(reversed(places[-6:])))


async def _refuse(request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    return _error_page(request, status, "form" if isinstance(error, ForgedError) else str(status))


def _error_page(request: Request, status: int, key: str) -> HTMLResponse:
    said = words(request)
    heading = said(f"error.{key}") if said.knows(f"error.{key}") else said("error.title")
    lead = said(f"error.{key}.lead") if said.knows(f"error.{key}.lead") else said("error.405.lead")
    return page(request, "error.html", status=status, heading=heading, lead=lead)
