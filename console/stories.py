"""Conversation tests made of transcripts: written by one official, read by another, then taken away as a file."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from sqlalchemy.ext.asyncio import AsyncSession
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from console import cases, forms, labels, naming, recording, retelling, retellings
from console.auth import for_officials, reader
from console.once import once
from console.pages import Desk, desk, page, row_id, words
from console.panel import Typed
from console.shelf import shelve
from nlu.recording import record
from storage import stories
from storage.handling import MeanwhileError, RefusedError
from storage.hours import allowed
from storage.stories import Draft, State
from stories import story
from stories.story import Story, StoryError

Fields = Mapping[str, str]
Act = Callable[[AsyncSession, Draft, int, datetime], Awaitable[None]]
LARGEST = 400_000
"""Bytes of the form that holds a whole conversation."""
HEAD = "# Rewritten from a conversation, with its firm's agreement. All names, numbers and addresses are invented.\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A draft in the list."""

    draft: Draft
    state: str
    when: str
    at: str
    next: str
    """What is to be done with it, in words."""


@for_officials("write_stories")
async def show_all(request: Request) -> Response:
    house, said, who = desk(request), words(request), reader(request)
    async with house.database.read() as session:
        found = await stories.every(session, house.ring, who)
    rows = [
        Row(
            draft=one, state=said(f"story.state.{one.state}"), when=labels.stamp(said, one.updated_at),
            at=one.updated_at.isoformat(), next=said(_next(one.state, own=one.author_id == who.id)),
        )
        for one in found
    ]  # fmt: skip
    return page(request, "stories/list.html", rows=rows)


def _next(state: State, *, own: bool) -> str:
    match state:
        case "draft":
            return "story.next.write" if own else "story.next.written"
        case "proposed":
            return "story.next.waits" if own else "story.next.read"
        case "approved":
            return "story.next.take"
        case "withdrawn":
            return "story.next.none"


@for_officials("write_stories")
async def begin(request: Request) -> Response:
    """Make a draft of a case's transcript in one click."""
    fields, house, said, who = await forms.read(request), desk(request), words(request), reader(request)
    async with house.database.read() as session:
        filed = await cases.find(session, house, who, request.path_params["reference"])
        because = await stories.unquotable(session, house.ring, filed.line.id)
        lines = await retellings.lines(session, house, said, filed) if because is None else []
    about = naming.platform(said, filed.line.platform_id), labels.problem(said, filed.line.primary_category)
    told = retelling.retold(" – ".join(about), filed, lines)
    if because is not None or not told.steps:
        wrong = said(f"refused.quote_{because}") if because else said("story.nothing_said")
        return await cases.render(request, status=409, typed=Typed(), wrong=wrong)
    text = story.write([await _recorded(house, told, retelling.truth(house.script, filed))])

    async def act(session: AsyncSession) -> str:
        made = await stories.begin(
            session, house.ring, filed.line.id, name=retelling.file_name(filed), text=text, by=who, now=house.clock()
        )
        return f"/stories/{made}"

    try:
        return await once(request, fields, act)
    except RefusedError as refused:
        return await cases.render(request, status=409, typed=Typed(), wrong=said(f"refused.{refused.because}"))


@for_officials("write_stories")
async def show(request: Request) -> Response:
    return await _page(request, await _find(request))


@for_officials("write_stories")
async def save(request: Request) -> Response:
    """Keep what the author rewrote, message by message or as a whole file."""
    fields, house, draft = await forms.read(request, most=LARGEST), desk(request), await _find(request)
    said, name = words(request), fields.get("name", draft.name).strip()
    typed = fields.get("text", draft.text).replace("\r\n", "\n")
    try:
        if "text" in fields:
            story.read(typed)
        else:
            typed = await _rewritten(house, draft, fields)
    except StoryError:
        return await _page(request, draft, typed=typed, name=name, wrong=said("story.unreadable"), status=422)
    keep = partial(stories.revise, name=name, text=typed)

    async def act(session: AsyncSession, kept: Draft, version: int, now: datetime) -> None:
        await keep(session, house.ring, kept.id, by=reader(request), version=version, now=now)

    return await _carry_out(request, draft, fields, act, typed=typed, name=name)


@for_officials("write_stories")
async def propose(request: Request) -> Response:
    """Have another official read it; what does not play as it tells is not ready for that."""
    return await _decide(request, stories.propose, ready=True)


@for_officials("write_stories")
async def approve(request: Request) -> Response:
    return await _decide(request, stories.approve, ready=True, compared=True)


@for_officials("write_stories")
async def send_back(request: Request) -> Response:
    return await _decide(request, stories.send_back)


@for_officials("write_stories")
async def discard(request: Request) -> Response:
    fields, draft = await forms.read(request), await _find(request)

    async def act(session: AsyncSession, kept: Draft, version: int, now: datetime) -> None:
        await stories.discard(session, kept.id, by=reader(request), version=version, now=now)

    return await _carry_out(request, draft, fields, act)


@for_officials("write_stories")
async def download(request: Request) -> Response:
    draft = await _find(request)
    if draft.state != "approved" or not draft.text:
        raise HTTPException(status_code=404)
    about = {"name": draft.name, "version": draft.version}
    await recording.note(
        request, "story.downloaded", official_id=reader(request).id, subject=f"story:{draft.id}", about=about
    )
    headers = {"Content-Disposition": f'attachment; filename="{draft.name}.yml"'}
    return Response(HEAD + draft.text, media_type="application/yaml", headers=headers)


@for_officials("write_stories")
async def put(request: Request) -> Response:
    """Write it where the deployer allows; a file that is there already stays."""
    fields, house, draft = await forms.read(request), desk(request), await _find(request)
    said, folder = words(request), house.stories_folder
    if folder is None or draft.state != "approved" or not draft.text:
        raise HTTPException(status_code=404)
    there = folder / draft.language / f"{draft.name}.yml"

    async def act(_session: AsyncSession) -> str:
        await asyncio.to_thread(shelve, there, HEAD + draft.text)
        return f"/stories/{draft.id}?done=put"

    try:
        return await once(request, fields, act)
    except FileExistsError:
        return await _page(request, draft, wrong=said("story.exists", name=draft.name), status=409)
    except OSError:
        return await _page(request, draft, wrong=said("story.unwritable"), status=503)


async def _decide(
    request: Request, step: Callable[..., Awaitable[None]], *, ready: bool = False, compared: bool = False
) -> Response:
    """A step in the life of a draft. `ready`: it must play as it tells; `compared`: the box must be ticked."""
    fields, house, draft = await forms.read(request), desk(request), await _find(request)
    if compared and "compared" not in fields:
        return await _page(request, draft, wrong=words(request)("story.compare"), status=422)
    if ready and draft.text and not await _plays_well(house, draft.text):
        return await _page(request, draft, wrong=words(request)("story.not_ready"), status=422)

    async def act(session: AsyncSession, kept: Draft, version: int, now: datetime) -> None:
        await step(session, house.ring, kept.id, by=reader(request), version=version, now=now)

    return await _carry_out(request, draft, fields, act)


async def _carry_out(
    request: Request, draft: Draft, fields: Fields, do: Act, *, typed: str | None = None, name: str | None = None
) -> Response:
    """Do it once; where it cannot be done, show the draft as it is now, and keep what was typed."""
    house, said, version = desk(request), words(request), row_id(fields.get("version"))

    async def act(session: AsyncSession) -> str:
        if version is None:
            raise MeanwhileError
        await do(session, draft, version, house.clock())
        return f"/stories/{draft.id}?done=saved"

    try:
        return await once(request, fields, act)
    except MeanwhileError:
        wrong = said("story.changed")
        return await _page(request, await _find(request), typed=typed, name=name, wrong=wrong, status=409)
    except RefusedError as refused:
        wrong = said(f"refused.{refused.because}")
        return await _page(request, draft, typed=typed, name=name, wrong=wrong, status=422)


async def _rewritten(house: Desk, draft: Draft, fields: Fields) -> str:
    """The file with the texts of the form, and, where that is asked for, with what is expected made anew."""
    kept = story.read(draft.text)
    (told,) = kept[:1]
    old = retelling.texts(told)
    new = [fields.get(f"said-{at}", text).replace("\r\n", "\n").strip() or text for at, text in enumerate(old)]
    told = retelling.with_texts(told, new)
    told = told.model_copy(update={"story": " ".join(fields.get("title", "").split()) or told.story})
    return story.write([await _recorded(house, told, {}) if "record" in fields else told, *kept[1:]])


async def _recorded(house: Desk, told: Story, truth: Mapping[str, object]) -> Story:
    if house.nlu is None:
        raise HTTPException(status_code=503)
    return await asyncio.to_thread(record, house.script, house.nlu, told, allowed, truth)


async def _plays_well(house: Desk, text: str) -> bool:
    try:
        played = [await retellings.played(house, one) for one in story.read(text)]
    except StoryError:
        return False
    return all(one is not None and one.well for one in played)


async def _find(request: Request) -> Draft:
    house, draft_id = desk(request), row_id(request.path_params["id"])
    async with house.database.read() as session:
        found = await stories.get(session, house.ring, draft_id, reader(request)) if draft_id is not None else None
    if found is None:
        raise HTTPException(status_code=404)
    return found


async def _page(
    request: Request, draft: Draft, *, typed: str | None = None, name: str | None = None, wrong: str = "",
    status: int = 200,
) -> Response:  # fmt: skip
    said, own, done = words(request), draft.author_id == reader(request).id, request.query_params.get("done", "")
    text = draft.text if typed is None else typed
    return page(
        request, "stories/one.html", status=status, draft=draft, wrong=wrong, mine=own, name=name or draft.name,
        sheet=await retellings.sheet(request, draft, text), folder=desk(request).stories_folder is not None,
        state=said(f"story.state.{draft.state}"), next=said(_next(draft.state, own=own)),
        done=said(f"story.done.{done}") if said.knows(f"story.done.{done}") else "",
    )  # fmt: skip


ROUTES = [
    Route("/stories", show_all),
    Route("/cases/{reference}/story", begin, methods=["POST"]),
    Route("/stories/{id}", show),
    Route("/stories/{id}", save, methods=["POST"]),
    Route("/stories/{id}/propose", propose, methods=["POST"]),
    Route("/stories/{id}/approve", approve, methods=["POST"]),
    Route("/stories/{id}/back", send_back, methods=["POST"]),
    Route("/stories/{id}/discard", discard, methods=["POST"]),
    Route("/stories/{id}/file", download),
    Route("/stories/{id}/put", put, methods=["POST"]),
]
