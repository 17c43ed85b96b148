"""The draft of the script as the pages of the console change it: read, checked, saved, with nothing typed lost."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache, wraps

from sqlalchemy.ext.asyncio import AsyncSession
from starlette.requests import Request
from starlette.responses import Response

from console.auth import for_officials, reader
from console.once import once
from console.pages import desk, go, row_id, words
from console.wording import Words
from storage import scripts
from storage.handling import MeanwhileError
from storage.scripts import Draft
from stories import editing
from stories.editing import EditError
from stories.folding import bare
from stories.script import Script, ScriptError, parse

LONGEST_ID = 40
TOO_LONG = "is a button of"
"""How the check of the script says that a name is too long to be carried by every messaging app."""
Page = Callable[[Request], Awaitable[Response]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """What an administrator works on."""

    draft: Draft
    script: Script
    """The draft, read and checked."""

    def is_old(self, fields: Mapping[str, str]) -> bool:
        """Whether the form is of an older draft, so that what it asks is not to be looked at any more."""
        return row_id(fields.get("version")) != self.draft.version


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A value that a form gives, and the field of the form it came from."""

    field: str
    file: str
    path: editing.Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """Why a form was not carried out: what is said, at which of its fields, and where the script says so."""

    said: str
    field: str = ""
    details: str = ""
    status: int = 422


def identify(name: str) -> str:
    """What a new thing is called within the script: its name in small letters, without accents and signs."""
    plain = "".join(letter if letter.isalnum() and letter.isascii() else " " for letter in bare(name))
    return "_".join(plain.split())[:LONGEST_ID].strip("_")


def for_editors(endpoint: Page) -> Page:
    """A page for who edits the script; where the draft cannot be read any more, the overview says so."""

    @for_officials("edit_script")
    @wraps(endpoint)
    async def guarded(request: Request) -> Response:
        try:
            return await endpoint(request)
        except ScriptError:
            return go(request, "/script")

    return guarded


async def draft(request: Request) -> Draft:
    async with desk(request).database.read() as session:
        return await scripts.draft(session, desk(request).packaged)


async def work(request: Request) -> Work:
    """The draft as it stands. Raises ScriptError where this version of Portevoix cannot read it."""
    held = await draft(request)
    return Work(draft=held, script=await read(held.sources))


async def read(sources: Mapping[str, str]) -> Script:
    """Read and check a script beside the event loop. Raises ScriptError."""
    return await asyncio.to_thread(_parsed, tuple(sorted(sources.items())))


@lru_cache(maxsize=4)
def _parsed(sources: tuple[tuple[str, str], ...]) -> Script:
    return parse(dict(sources))


async def save(
    request: Request, fields: Mapping[str, str], held: Work, files: Mapping[str, str], *,
    led_to: str, changes: tuple[Change, ...] = (),
) -> Response | Refusal:  # fmt: skip
    """Put files into the draft, whole; or why not."""
    said, house, version = words(request), desk(request), row_id(fields.get("version"))
    if not held.is_old(fields):
        try:
            await read({**held.draft.sources, **files})
        except ScriptError as error:
            return _refusal(said, error, files, changes)

    async def act(session: AsyncSession) -> str:
        await scripts.edit(
            session, house.packaged, files, version=-1 if version is None else version, by=reader(request).id,
            now=house.clock(),
        )  # fmt: skip
        return led_to

    try:
        return await once(request, fields, act)
    except MeanwhileError:
        now = await draft(request)
        return Refusal(said=said("script.meanwhile", name=now.by or reader(request).name), status=409)


def _refusal(said: Words, error: ScriptError, files: Mapping[str, str], changes: tuple[Change, ...]) -> Refusal:
    """What the check of the script found, at the field whose value stands there."""
    field = ""
    for change in changes:
        if change.file == error.file:
            try:
                at = editing.line(files[change.file], change.path)
            except EditError:
                continue
            if at == error.line:
                field = change.field
    key = "script_refused.long" if TOO_LONG in error.problem else "script.refused"
    return Refusal(said=said(key), field=field, details=str(error))
