"""The web application: the pages of firms, what operators watch, and the console of officials."""

from __future__ import annotations

import logging
import secrets
import time
import traceback
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, get_args

from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError
from starlette.applications import Starlette
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bot import chat, deposit, form, hooks, receipt, reopening, stream, widget
from bot.app import App
from bot.guard import WIDGET, Pace, is_foreign, protect
from bot.memory import spare_loaded
from bot.pages import STATIC, language_of, words
from bot.settings import Settings
from bot.visit import Front, drop_ticket, front_of, page, stranger, visit
from console.provider import Provider
from storage import attachments, jobs, turns
from storage.attachments import Status
from storage.desk_tables import CaseRow
from storage.tables import InboxRow, OutboxRow

LOG = logging.getLogger(__name__)
LATELY = timedelta(minutes=10)
ERRORS: Mapping[int, str] = {403: "foreign", 404: "gone", 405: "method", 413: "large", 429: "busy", 503: "busy"}
"""What a status is called in the words of the pages."""


def create(app: App, settings: Settings, *, patience: float = 4.0, pace: Pace | None = None) -> Starlette:
    """The whole site. `patience`: seconds that a page without JavaScript waits for its answer."""
    web = Starlette(
        routes=[
            Route("/", chat.show),
            Route(WIDGET, chat.show),
            *_visited(),
            Mount(WIDGET, routes=_visited()),
            Route("/widget.js", widget.script),
            Route("/reprendre", reopening.show),
            Route("/reprendre", reopening.receive, methods=["POST"]),
            Route("/reprendre/{token}", reopening.follow),
            Route("/deposer/{token}", deposit.show),
            Route("/deposer/{token}", deposit.receive, methods=["POST"]),
            Route("/confidentialite", privacy),
            Route("/oublier", forget, methods=["POST"]),
            Route("/accessibilite", accessibility),
            Route("/robots.txt", robots),
            Route("/hooks/{channel}", hooks.receive, methods=["GET", "POST"]),
            Route("/health", health),
            Route("/metrics", metrics),
            Mount("/static", StaticFiles(directory=STATIC)),
            Mount("/console", Console(app, settings)),
        ],
        middleware=[Middleware(Threshold, settings=settings)],
        exception_handlers={HTTPException: refuse},
    )
    web.state.front = Front(
        app=app, settings=settings, patience=patience, pace=pace or Pace(), arrivals=Pace(at_once=200, a_minute=600)
    )
    return web


def _visited() -> list[Route]:
    """The pages that know the visitor: here, and in the frame of another site."""
    return [
        Route("/messages", chat.receive, methods=["POST"]),
        Route("/events", stream.events),
        Route("/formulaire", form.show),
        Route("/formulaire", form.receive, methods=["POST"]),
        Route("/recu/{reference}.json", receipt.document),
        Route("/recu/{reference}", receipt.show),
    ]


class Threshold:
    """Around every page: headers, no posting from other sites, a count, and the page for what nobody foresaw."""

    def __init__(self, app: ASGIApp, *, settings: Settings) -> None:
        self._app, self._settings = app, settings

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"].startswith("/console"):
            await self._app(scope, receive, send)
            return
        request, settings = Request(scope, receive), self._settings
        begun = False

        async def send_counted(message: Message) -> None:
            nonlocal begun
            if message["type"] == "http.response.start":
                begun = True
                headers = MutableHeaders(scope=message)
                protect(headers, scope["path"], secure=settings.secure_cookies, hosts=settings.widget_origins)
                front_of(request).counts[_name(scope), str(message["status"])] += 1
            await send(message)

        try:
            if scope["method"] not in {"GET", "HEAD"} and is_foreign(request.headers, settings.public_url):
                await problem(request, 403)(scope, receive, send_counted)
            else:
                await self._app(scope, receive, send_counted)
        except ClientDisconnect:  # Whoever stops sending wants no answer.
            return
        except Exception as error:  # noqa: BLE001  # The web's error page: nothing unforeseen may reach a person raw.
            incident = secrets.token_hex(4)
            LOG.error("incident %s: %s", incident, where(error))  # noqa: TRY400  # A traceback's message may hold words.
            if not begun:
                await problem(request, 500, incident=incident)(scope, receive, send_counted)


class Console:
    """The console of officials, loaded when it is first asked for."""

    def __init__(self, app: App, settings: Settings) -> None:
        self._app, self._settings = app, settings
        self._console: Starlette | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self._console is None:
            from console.app import create as create_console

            self._console = create_console(
                database=self._app.database, ring=self._app.ring, script=self._app.script, clock=self._app.clock,
                secure_cookies=self._settings.secure_cookies, files=self._app.files, theme=self._settings.theme,
                totp=self._settings.console.totp, identity_reason=self._settings.console.identity_reason,
                provider=self._provider(), packaged=self._app.packaged,
                stories_folder=self._settings.stories_folder, models=self._settings.models,
                data=self._settings.data,
                two_persons=self._settings.training.two_persons, rasa=bool(self._settings.rasa_url),
            )  # fmt: skip
            spare_loaded()
        house = self._console.state.desk
        house.script, house.nlu = self._app.script, self._app.nlu
        house.examples = house.data if self._settings.data.is_dir() else None
        await self._console(scope, receive, send)

    def _provider(self) -> Provider | None:
        """Where officials log in besides; its library is loaded only where there is one."""
        if self._settings.console.oidc is None:
            return None
        from bot.oidc import OpenID

        return OpenID(self._settings.console.oidc, home=f"{self._settings.public_url}/console")


async def privacy(request: Request) -> Response:
    seen = await visit(request)
    return page(seen, "privacy.html", here="privacy", switch="link", held_here=seen.chat is not None)


async def forget(request: Request) -> Response:
    """Take the ticket from this browser; what was said stays where it is kept."""
    seen = await visit(request)
    said = words(seen.language)
    response = page(seen, "simple.html", title=said["forgotten_title"], text=said["forgotten_text"])
    drop_ticket(response)
    return response


async def accessibility(request: Request) -> Response:
    return page(await visit(request), "accessibility.html", switch="link")


async def robots(_request: Request) -> Response:
    return PlainTextResponse("User-agent: *\nDisallow: /\n")


async def health(request: Request) -> Response:
    """Whether this process can take messages, with which model, and who read the turns of the last ten minutes.

    `model_problem`: the version that the database names cannot be loaded here; another reads.
    """
    app = front_of(request).app
    database, readers, training = True, {}, None
    try:
        async with app.database.read() as session:
            readers = await turns.readers(session, app.clock() - LATELY)
            training = await jobs.running(session)
    except (SQLAlchemyError, OSError):
        database = False
    ready = database and app.ready
    body = {
        "ready": ready,
        "channels": "ready" if app.ready else "getting ready",
        "database": app.database.dialect if database else "unreachable",
        "model": app.nlu.name,
        "encoder": app.encoder,
        "model_problem": bool(app.versions is not None and app.versions.problem),
        "training": round(training.share, 3) if training is not None else None,
        "recent_turns": readers,
    }
    return JSONResponse(body, status_code=200 if ready else 503)


async def metrics(request: Request) -> Response:
    """Counts for Prometheus: no words and no ids."""
    front, started = front_of(request), time.monotonic()
    lines = ["# TYPE portevoix_http_responses_total counter"]
    lines += [
        f'portevoix_http_responses_total{{page="{name}",status="{status}"}} {count}'
        for (name, status), count in sorted(front.counts.items())
    ]
    async with front.app.database.read() as session:
        for table, name in ((InboxRow, "inbox"), (OutboxRow, "outbox")):
            lines.append(f"# TYPE portevoix_{name}_rows gauge")
            for status in ("waiting", "failed"):
                count = await session.scalar(select(func.count()).select_from(table).where(table.status == status))
                lines.append(f'portevoix_{name}_rows{{status="{status}"}} {count}')
        cases = await session.scalar(select(func.count()).select_from(CaseRow))
        readers = await turns.readers(session, front.app.clock() - LATELY)
        files = await attachments.counts(session)
        training = await jobs.running(session)
    lines.append("# TYPE portevoix_recent_turns gauge")
    lines += [f'portevoix_recent_turns{{by="{by}"}} {count}' for by, count in readers.items()]
    lines.append("# TYPE portevoix_files gauge")
    lines += [f'portevoix_files{{status="{status}"}} {files.get(status, 0)}' for status in get_args(Status)]
    lines += ["# TYPE portevoix_model gauge", f'portevoix_model{{name="{front.app.nlu.name}"}} 1']
    lines += ["# TYPE portevoix_training_share gauge"]
    lines += [f"portevoix_training_share {training.share:.3f}"] if training is not None else []
    lines += ["# TYPE portevoix_cases gauge", f"portevoix_cases {cases}"]
    lines += ["# TYPE portevoix_metrics_seconds gauge", f"portevoix_metrics_seconds {time.monotonic() - started:.4f}"]
    return PlainTextResponse("\n".join(lines) + "\n", media_type="text/plain; version=0.0.4")


async def refuse(request: Request, error: Exception) -> Response:
    """The page for what cannot be had, with the headers that belong to it."""
    status = error.status_code if isinstance(error, HTTPException) else 500
    response = problem(request, status)
    if isinstance(error, HTTPException) and error.headers:
        response.headers.update(error.headers)
    return response


def problem(request: Request, status: int, *, incident: str = "") -> Response:
    """What went wrong in friendly words, none of them the person's."""
    language = language_of(request.query_params.get("langue"), request.headers.get("accept-language", ""))
    said, name = words(language), ERRORS.get(status, "broken")
    text_ = said[f"{name}_text"]
    if "application/json" in request.headers.get("accept", ""):
        return JSONResponse({"problem": text_}, status_code=status)
    noted = said["incident"].format(code=incident) if incident else ""
    return page(
        stranger(request, language), "simple.html", status=status, title=said[f"{name}_title"], text=text_, noted=noted
    )


def where(error: BaseException) -> str:
    """The kind of an error and its places in our code, without its message."""
    places = traceback.extract_tb(error.__traceback__)[-6:]
    return f"{type(error).__name__} at " + " < ".join(f"{p.filename}:{p.lineno}" for p in reversed(places))


def _name(scope: Mapping[str, Any]) -> str:
    """The function that answered, which says nothing of who asked for what."""
    endpoint = scope.get("endpoint")
    module, name = getattr(endpoint, "__module__", ""), getattr(endpoint, "__name__", "")
    return f"{module.removeprefix('bot.')}.{name}" if name else "none"
