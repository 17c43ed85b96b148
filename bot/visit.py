"""Who looks at a page: the chat that the browser's ticket opens, and what was said there."""

from __future__ import annotations

import asyncio
import secrets
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from sqlalchemy import exists, select
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from bot.app import App
from bot.channels import webchat
from bot.guard import WIDGET, Pace, is_widget
from bot.lines import Line, Showing, Words
from bot.pages import language_of, render
from bot.settings import Settings
from bot.sheet import filled_in, sheet
from storage import conversations
from storage.conversations import Line as Said
from storage.outbox import hand_over
from storage.tables import ConversationRow, InboxRow
from stories.types import Conversation, Language

COOKIE, WIDGET_COOKIE = "portevoix", "portevoix_widget"
COOKIE_SECONDS = 180 * 24 * 3600


@dataclass(frozen=True, slots=True, kw_only=True)
class Front:
    """What every page needs."""

    app: App
    settings: Settings
    patience: float
    """Seconds that a page without JavaScript waits for its answer."""
    pace: Pace
    arrivals: Pace
    """Of those who have no chat yet, by the address they come from: a proxy brings many."""
    tries: Pace = field(default_factory=lambda: Pace(at_once=10, a_minute=10))
    """Of references and access codes, by the address they come from and by reference."""
    coming_in: Counter[str] = field(default_factory=Counter)
    """Forms with files that are being read, by the address they come from."""
    closing: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when the process ends: open pages are let go."""
    counts: Counter[tuple[str, str]] = field(default_factory=Counter)
    """Answers given, by page and status."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """What one request may see."""

    front: Front
    chat: str | None
    """None: no ticket, so nothing was said yet."""
    known: Conversation | None
    language: Language
    base: str = ""
    """Before the path of every page that knows the visitor: in the frame of another site, that of the widget."""

    @property
    def home(self) -> str:
        return self.base or "/"

    @property
    def lane(self) -> str:
        return self.front.app.ring.lane(webchat.lane(self.chat or ""))


@dataclass(frozen=True, slots=True, kw_only=True)
class Talk:
    """What was said so far, ready to be shown."""

    lines: list[Line]
    """Oldest first."""
    waiting: bool
    """A message has no answer yet."""


def front_of(request: Request) -> Front:
    front: Front = request.app.state.front
    return front


async def visit(request: Request) -> Visit:
    """Recognise who asks, and load what is known of the conversation."""
    front, base = front_of(request), base_of(request)
    chat = webchat.chat_of(front.app.ring, request.cookies.get(WIDGET_COOKIE if base else COOKIE))
    known = await known_of(front.app, chat) if chat else None
    wanted = request.query_params.get("langue") or (known.language if known else None)
    language = language_of(wanted, request.headers.get("accept-language", ""))
    return Visit(front=front, chat=chat, known=known, language=language, base=base)


def base_of(request: Request) -> str:
    return WIDGET if is_widget(request.url.path) else ""


def stranger(request: Request, language: Language) -> Visit:
    """Somebody of whom nothing is looked up: what an error page needs."""
    return Visit(front=front_of(request), chat=None, known=None, language=language, base=base_of(request))


async def known_of(app: App, chat: str) -> Conversation | None:
    """What is known of a chat; None before its first turn."""
    async with app.database.read() as session:
        return await conversations.state(session, app.ring, app.ring.lane(webchat.lane(chat)))


async def waits(app: App, lane: str) -> bool:
    """Whether a message of this lane (`KeyRing.lane`) has no answer yet."""
    waiting = select(exists().where(InboxRow.lane == lane, InboxRow.status == "waiting", InboxRow.sender == "person"))
    async with app.database.read() as session:
        return bool(await session.scalar(waiting))


async def language_now(app: App, lane: str) -> Language | None:
    """In which the conversation of this lane is held; None before its first turn."""
    held = select(ConversationRow.language).where(ConversationRow.lane == lane)
    async with app.database.read() as session:
        language = await session.scalar(held)
    return language_of(language, "") if language else None


async def said_after(app: App, lane: str, after: int = 0) -> list[Said]:
    """What was said after that line, oldest first. What was secret in it is told now, and blanked."""
    said = await app.reading.transcript(lane, after)
    told = [line.id for line in said if line.secret]
    if told:
        async with app.database.begin() as session:
            await hand_over(session, app.ring, told)
    return said


async def talk_of(seen: Visit) -> Talk:
    """The whole conversation."""
    app, lane = seen.front.app, seen.lane
    lines = Showing(form_in(seen)).lines(await said_after(app, lane))
    return Talk(lines=lines, waiting=await waits(app, lane))


def form_in(seen: Visit) -> Words:
    """What a form says in the language of the page."""
    asked = sheet(seen.front.app.script, seen.language)
    return lambda fields: filled_in(asked, fields)


def drop_ticket(response: Response) -> None:
    """Let this browser be a stranger again."""
    response.delete_cookie(COOKIE, path="/")


def page(seen: Visit, name: str, *, status: int = 200, **values: object) -> HTMLResponse:
    """A page for this visitor."""
    service = seen.front.app.script.assistant.service
    frame = {"service": service, "key": secrets.token_hex(12), "base": seen.base, "home": seen.home}
    shown: Mapping[str, object] = {**frame, **values}
    return HTMLResponse(render(name, seen.language, **shown), status_code=status)


def too_fast(seen: Visit, request: Request) -> bool:
    """Whether this visitor writes faster than a person does."""
    if seen.chat is not None:
        return not seen.front.pace.allows(seen.chat)
    return not seen.front.arrivals.allows(address_of(request))


def address_of(request: Request) -> str:
    return request.client.host if request.client else ""


def keep_ticket(response: Response, seen: Visit, chat: str) -> None:
    """Let this browser be known again; in the frame of another site, in that site alone."""
    ticket = webchat.ticket(seen.front.app.ring, chat)
    if seen.base:
        response.headers.append(
            "set-cookie",
            f"{WIDGET_COOKIE}={ticket}; HttpOnly; Max-Age={COOKIE_SECONDS}; Path={WIDGET}; SameSite=None; Secure; "
            "Partitioned",
        )
        return
    response.set_cookie(
        COOKIE, ticket, max_age=COOKIE_SECONDS, httponly=True, samesite="lax",
        secure=seen.front.settings.secure_cookies, path="/",
    )  # fmt: skip
