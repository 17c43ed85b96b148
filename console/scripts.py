"""The script by forms: what is in use, what the draft changes, publishing and going back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncSession
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from console import forms, labels, script_places
from console.auth import for_officials, reader
from console.once import once
from console.pages import desk, go, page, row_id, words
from console.script_draft import Work, draft, for_editors, read, work
from console.wording import Words
from storage import scripts
from storage.handling import MeanwhileError, RefusedError
from storage.scripts import Draft, Publication
from stories import phrases
from stories.phrases import Difference
from stories.script import Script, ScriptError
from stories.types import Language

INTERNAL = frozenset({"id", "key"})
"""What a thing is called within the script: nobody reads it."""
SHORT = 8
"""Letters of a script's name that are shown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed:
    """A value that the draft gives another words."""

    where: str
    language: Language | None
    before: str
    after: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """A publication in the history."""

    id: int
    when: str
    at: str
    by: str
    note: str
    name: str
    """What its script is called; empty: the one that comes with Portevoix."""
    hash: str


@for_officials("edit_script")
async def show(request: Request) -> Response:
    """The overview: everything that can be changed, and the state of the draft."""
    house, said, held = desk(request), words(request), await draft(request)
    async with house.database.read() as session:
        past = await scripts.history(session)
    try:
        script = await read(held.sources)
    except ScriptError as error:
        return page(request, "script/broken.html", status=409, error=str(error), version=held.version)
    frequent = sum(key.startswith("faq_") for key in script.wording["fr"])
    return page(
        request, "script/home.html", draft=held, latest=_past(said, past)[:1],
        changes=len(_differences(held)), when=labels.stamp(said, held.at) if held.at else "",
        counts={
            "platforms": len(script.by_platform), "problems": len(script.offered), "questions": len(script.questions),
            "faq": frequent, "words": len(phrases.phrases(held.sources)),
        },
        done=said.named("script_done", request.query_params.get("done", "")),
    )  # fmt: skip


@for_editors
async def show_changes(request: Request) -> Response:
    return await _changes(request, await work(request))


@for_officials("edit_script")
async def show_history(request: Request) -> Response:
    return await _history(request)


@for_editors
async def publish(request: Request) -> Response:
    """Put the draft into use, as it was shown."""
    fields, held, house, said = await forms.read(request), await work(request), desk(request), words(request)

    async def act(session: AsyncSession) -> str:
        await scripts.publish(
            session, house.packaged, held.script, version=_version(fields.get("version")), by=reader(request).id,
            note=fields.get("note", "").strip(), now=house.clock(),
        )  # fmt: skip
        return "/script?done=published"

    try:
        return await once(request, fields, act)
    except MeanwhileError:
        return await _changes(request, await work(request), said("script.changes.meanwhile"), fields.get("note", ""))
    except RefusedError as error:
        return await _changes(request, held, said(f"refused.{error.because}"), fields.get("note", ""))


@for_officials("edit_script")
async def discard(request: Request) -> Response:
    """Throw the draft away."""
    fields, house = await forms.read(request), desk(request)

    async def act(session: AsyncSession) -> str:
        version = _version(fields.get("version"))
        await scripts.discard(session, version=version, by=reader(request).id, now=house.clock())
        return "/script?done=discarded"

    try:
        return await once(request, fields, act)
    except MeanwhileError:
        return go(request, "/script/changes")


@for_editors
async def bring_over(request: Request) -> Response:
    """Put the draft on the script that came into use since it was begun."""
    fields, house = await forms.read(request), desk(request)

    async def act(session: AsyncSession) -> str:
        version = _version(fields.get("version"))
        await scripts.bring_over(session, house.packaged, version=version, by=reader(request).id, now=house.clock())
        return "/script/changes"

    try:
        return await once(request, fields, act)
    except MeanwhileError:
        return go(request, "/script/changes")


@for_officials("edit_script")
async def put_back(request: Request) -> Response:
    """Put an earlier script into use again, once it is known that it can still be read."""
    fields, house, said = await forms.read(request), desk(request), words(request)
    name = fields.get("hash") or None
    async with house.database.read() as session:
        known = {one.hash for one in await scripts.history(session)} | {None}
        sources = await scripts.sources(session, name) if name is not None and name in known else None
    if name is not None:
        try:
            await read(sources or {})
        except ScriptError as error:
            return await _history(request, said("script.back.refused"), str(error))

    async def act(session: AsyncSession) -> str:
        await scripts.put_back(
            session, name, latest=row_id(fields.get("latest")), by=reader(request).id, note="", now=house.clock()
        )
        return "/script/history?done=back"

    try:
        return await once(request, fields, act)
    except MeanwhileError:
        return await _history(request, said("script.back.meanwhile"))


def _version(typed: str | None) -> int:
    found = row_id(typed)
    return -1 if found is None else found


async def _changes(request: Request, held: Work, problem: str = "", note: str = "") -> Response:
    """What the draft changes, value by value, with what stands in the way of publishing it."""
    said, house = words(request), desk(request)
    theirs: list[Changed] = []
    left: Sequence[str] = ()
    if held.draft.behind:
        async with house.database.read() as session:
            used = await scripts.in_use(session, house.packaged)
        left = scripts.in_the_way(held.draft, used)
        before = {path: held.draft.base.sources.get(path, "") for path in left}
        after = {path: used.sources.get(path, "") for path in left}
        theirs = _changed(said, held.script, phrases.differences(before, after))
    return page(
        request, "script/changes.html", status=409 if problem else 200, draft=held.draft, problem=problem, note=note,
        changes=_changed(said, held.script, _differences(held.draft)), theirs=theirs, left=left,
        most=scripts.LONGEST_NOTE,
    )  # fmt: skip


def _differences(held: Draft) -> list[Difference]:
    before = {path: held.base.sources.get(path, "") for path in held.files}
    return phrases.differences(before, held.files)


def _changed(said: Words, script: Script, found: Sequence[Difference]) -> list[Changed]:
    return [
        Changed(
            where=script_places.place(said, script, one.at).text,
            language=one.language,
            before=script_places.held(said, script, one, one.before),
            after=script_places.held(said, script, one, one.after),
        )
        for one in found
        if one.at.rpartition("/")[2].rpartition("#")[2] not in INTERNAL and one.before != one.after
    ]


async def _history(request: Request, problem: str = "", details: str = "") -> Response:
    said = words(request)
    async with desk(request).database.read() as session:
        past = await scripts.history(session)
    return page(
        request, "script/history.html", status=409 if problem else 200, past=_past(said, past), problem=problem,
        details=details, latest=past[0].id if past else "",
        done="done" in request.query_params,
    )  # fmt: skip


def _past(said: Words, past: Sequence[Publication]) -> list[Past]:
    return [
        Past(
            id=one.id, when=labels.stamp(said, one.at), at=one.at.isoformat(), by=one.by, note=one.note,
            name=(one.hash or "")[:SHORT], hash=one.hash or "",
        )
        for one in past
    ]  # fmt: skip


ROUTES = [
    Route("/script", show, methods=["GET"]),
    Route("/script/changes", show_changes, methods=["GET"]),
    Route("/script/history", show_history, methods=["GET"]),
    Route("/script/publish", publish, methods=["POST"]),
    Route("/script/discard", discard, methods=["POST"]),
    Route("/script/bring-over", bring_over, methods=["POST"]),
    Route("/script/back", put_back, methods=["POST"]),
]
