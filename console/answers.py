"""Answer a firm in its own conversation, ask it for a piece, and speak there instead of the program."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from console import forms, labels, threads
from console.auth import for_officials, reader
from console.once import once
from console.pages import desk, may, page, row_id, words
from console.sheet import Read
from console.threads import NAME, SERVICE, Panel, Spoken, Thread
from console.wording import Words
from storage import answers, presence, takeovers
from storage.answers import Asked, SaidMeanwhileError
from storage.calendar import PARIS
from storage.canned import VARIABLES
from storage.cases import FiledCase
from storage.handling import MeanwhileError, RefusedError
from stories import formats


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What is typed and not sent, and what is to be said of it."""

    text: str = ""
    sign: str = SERVICE
    preview: bool = False
    problem: str = ""
    meanwhile: bool = False
    """Another answer came first: it is shown, and the next sending confirms."""
    piece: str = ""
    until: str = ""


@for_officials("handle_cases")
async def show(request: Request) -> Response:
    """The conversation and the field to write in, with what the address asks to be put there."""
    house, official = desk(request), reader(request)
    async with house.database.begin() as session:
        thread = await threads.find(request, session)
        if thread.filed is not None:
            await presence.stamp(session, thread.filed.line.id, official.id, house.clock())
    async with house.database.read() as session:
        around = await threads.panel(request, session, thread)
        return await _page(request, session, around, begun(request, around))


async def beside(request: Request, session: AsyncSession, read: Read) -> Mapping[str, Any]:
    """What the page of a case needs for the field to write in; nothing for who may not write."""
    if not may(request, "handle_cases"):
        return {"answer": None}
    thread, own = threads.of_case(read.filed), read.filed.lane
    spoken = Spoken(reach=read.reach, lines=read.lines) if thread.lane == own else None
    around = await threads.panel(request, session, thread, spoken)
    return {"answer": around, "draft": Draft(), "until": _until(request, around)}


def begun(request: Request, around: Panel) -> Draft:
    """The text to begin with: a ready answer, or the question for a piece, which the address names."""
    said, query = words(request), request.query_params
    wanted = next((one for one in around.ready if str(one.id) == query.get("canned")), None)
    if wanted is not None:
        return Draft(text=wanted.text, problem=_missing(said, wanted.missing))
    if query.get("piece") and around.thread.filed is not None:
        return _question(request, around.thread, around.thread.filed, query["piece"], query.get("until", ""))
    return Draft()


def _missing(said: Words, names: tuple[str, ...]) -> str:
    return said("answer.refused.missing", names=", ".join(f"{{{name}}}" for name in names)) if names else ""


def _question(request: Request, thread: Thread, filed: FiledCase, name: str, until: str) -> Draft:
    """A proposal in the firm's language, to be changed before it is sent."""
    said = words(request)
    firm = Words(thread.language, said.script)
    wanted, day = threads.piece(said, filed, name, thread.language), _day(until)
    draft = Draft(piece=name, until=until)
    if wanted is None:
        return replace(draft, problem=said("answer.refused.piece"))
    if day is None or day <= _today(request):
        return replace(draft, problem=said("answer.refused.day"))
    shown = formats.partial_date({"value": day.isoformat(), "precision": "day"}, thread.language)
    key = "ask.text.piece" if name.startswith("piece-") else "ask.text.question"
    return replace(draft, text=firm(key, reference=filed.line.reference, piece=wanted, day=shown))


@for_officials("handle_cases")
async def send(request: Request) -> Response:
    """Show what the firm would read, or send it; what cannot be sent comes back as it was typed."""
    fields = await forms.read(request)
    draft = Draft(
        text=fields.get("text", "").replace("\r\n", "\n"), sign=NAME if fields.get("sign") == NAME else SERVICE,
        piece=fields.get("piece", ""), until=fields.get("until", ""),
    )  # fmt: skip
    if "preview" in fields:
        return await _again(request, replace(draft, preview=bool(draft.text.strip())), status=200)
    said = words(request)
    try:
        return await once(request, fields, _sending(request, fields, draft))
    except SaidMeanwhileError:
        return await _again(request, replace(draft, meanwhile=True), status=409)
    except MeanwhileError:
        return await _again(request, replace(draft, problem=said("answer.meanwhile.case")), status=409)
    except RefusedError as error:
        return await _again(request, replace(draft, problem=said(f"answer.refused.{error.because}", **error.values)))


def _sending(
    request: Request, fields: Mapping[str, str], draft: Draft
) -> Callable[[AsyncSession], Awaitable[str]]:  # fmt: skip
    async def act(session: AsyncSession) -> str:
        house, official = desk(request), reader(request)
        around = await threads.panel(request, session, await threads.find(request, session))
        thread, filed = around.thread, around.thread.filed
        _check(around, draft.text)
        written = answers.Words(
            lane=thread.lane or "", text=draft.text, signed=threads.signature(request, thread.language, draft.sign),
            seen=row_id(fields.get("seen")) or 0,
        )  # fmt: skip
        given: dict[str, Any] = {"by": official, "now": house.clock()}
        if filed is None:
            await answers.say(session, house.ring, written, **given)
        elif draft.piece:
            asked, version = _asked(request, filed, draft), row_id(fields.get("version")) or 0
            await answers.ask(session, house.ring, filed, written, asked, version=version, **given)
        else:
            await answers.answer(session, house.ring, filed, written, **given)
        await house.database.notify(session, "outbox")
        await house.database.notify(session, "lines", written.lane)
        return back(thread, fields)

    return act


def _check(around: Panel, text: str) -> None:
    """Whether a line may be written here. Raises RefusedError."""
    if not around.route.writes:
        raise RefusedError("no_way")
    if around.thread.filed is None and not around.mine:
        raise RefusedError("take_first")
    left = [f"{{{name}}}" for name in VARIABLES if f"{{{name}}}" in text]
    if left:
        raise RefusedError("missing", names=", ".join(left))


def _asked(request: Request, filed: FiledCase, draft: Draft) -> Asked:
    """What is asked for, with the way to the status that says so. Raises RefusedError."""
    said, day = words(request), _day(draft.until)
    statuses = threads.steps(said, filed.line.status)
    name = dict(threads.lacking(said, filed)).get(draft.piece)
    if statuses is None:
        raise RefusedError("status")
    if name is None:
        raise RefusedError("piece")
    if day is None or day <= _today(request):
        raise RefusedError("day")
    return Asked(piece=name, until=day, statuses=statuses)


def back(thread: Thread, fields: Mapping[str, str]) -> str:
    """The page that the form stood on."""
    return f"{thread.base}#answer" if thread.filed and fields.get("back") == "case" else f"{thread.base}/answer"


@for_officials("handle_cases")
async def take(request: Request) -> Response:
    """Speak in the conversation instead of the program."""
    return await _change_hands(request, takeovers.take)


@for_officials("handle_cases")
async def hand_back(request: Request) -> Response:
    """Let the program speak again."""
    return await _change_hands(request, takeovers.hand_back)


async def _change_hands(request: Request, change: Callable[..., Awaitable[None]]) -> Response:
    fields = await forms.read(request)

    async def act(session: AsyncSession) -> str:
        house, key = desk(request), f"{change.__name__}:{fields.get('nonce', '')}"
        thread = await threads.find(request, session)
        await change(session, house.ring, thread.lane or "", reader(request), key=key, now=house.clock())
        await house.database.notify(session, "inbox")
        ends = thread.filed is None and change is takeovers.hand_back
        return "/conversations" if ends else f"{thread.base}/answer"

    try:
        return await once(request, fields, act)
    except RefusedError as error:
        said = words(request)
        return await _again(request, Draft(problem=said(f"answer.refused.{error.because}", **error.values)))


@for_officials("handle_cases", recorded=False)
async def said_since(request: Request) -> Response:
    """The conversation alone, for an open page that looks again."""
    async with desk(request).database.read() as session:
        around = await threads.panel(request, session, await threads.find(request, session))
        lines = await threads.lines(request, session, around.thread)
    return page(request, "cases/said.html", answer=around, lines=lines, until=_until(request, around))


@for_officials("handle_cases")
async def be_present(request: Request) -> Response:
    """Note that the reader is at the case, and tell who else is."""
    fields, house = await forms.read(request), desk(request)
    async with house.database.begin() as session:
        thread = await threads.find(request, session)
        if thread.filed is not None:
            writes = fields.get("writes") == "1"
            await presence.stamp(session, thread.filed.line.id, reader(request).id, house.clock(), writes=writes)
        around = await threads.panel(request, session, thread)
    return page(request, "cases/presence.html", answer=around)


async def _again(request: Request, draft: Draft, *, status: int = 422) -> Response:
    async with desk(request).database.read() as session:
        around = await threads.panel(request, session, await threads.find(request, session))
        return await _page(request, session, around, draft, status=status)


async def _page(
    request: Request, session: AsyncSession, around: Panel, draft: Draft, *, status: int = 200
) -> Response:  # fmt: skip
    lines = await threads.lines(request, session, around.thread)
    day = _day(draft.until)
    shown = {
        "answer": around, "draft": draft, "lines": lines, "until": _until(request, around),
        "day": formats.day(day, words(request).language) if day else "",
    }  # fmt: skip
    return page(request, "cases/answering.html", status=status, **shown)


def _until(request: Request, around: Panel) -> str:
    return labels.stamp(words(request), around.hands.until) if around.hands.until else ""


def _today(request: Request) -> date:
    return desk(request).clock().astimezone(PARIS).date()


def _day(iso: str) -> date | None:
    try:
        return date.fromisoformat(iso)
    except ValueError:
        return None


ROUTES = [
    Route(f"{base}{path}", endpoint, methods=methods)
    for base in ("/cases/{reference}", "/conversations/{conversation}")
    for path, endpoint, methods in (
        ("/answer", show, ["GET"]),
        ("/answer", send, ["POST"]),
        ("/take", take, ["POST"]),
        ("/hand-back", hand_back, ["POST"]),
        ("/said", said_since, ["GET"]),
        ("/presence", be_present, ["POST"]),
    )
]
