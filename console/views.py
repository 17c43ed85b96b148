"""Searches that officials keep: their counters, their names, and who else sees them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncSession
from starlette.datastructures import ImmutableMultiDict
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from console import forms
from console.asking import asker
from console.auth import for_officials, reader
from console.once import once
from console.pages import desk, page, row_id, words
from storage import search, views
from storage.query import read_address
from storage.search import Asker
from storage.views import View, ViewError

MOST = 99
"""A counter that is greater says so."""
AT_HAND = 8
"""Views whose counters stand on the list itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shelved:
    """A view with its counters."""

    view: View
    count: str
    new: str
    """How many of them are new since the last visit; empty: none."""
    broken: bool
    """It asks for what no longer exists."""


async def shelf(session: AsyncSession, asker: Asker, *, most: int = AT_HAND) -> list[Shelved]:
    """The views at hand."""
    kept = await views.every(session, asker.official)
    return [await _shelved(session, asker, view) for view in kept[:most]]


async def _shelved(session: AsyncSession, asker: Asker, view: View) -> Shelved:
    query = read_address(view.query, asker.script)
    if query.complaints:
        return Shelved(view=view, count="", new="", broken=True)
    number = await search.count(session, asker, query, most=MOST)
    new = await search.count(session, asker, query.given(new="yes"), most=MOST) if number else 0
    return Shelved(view=view, count=_capped(number), new=_capped(new) if new else "", broken=False)


def _capped(number: int) -> str:
    return f"{MOST}+" if number > MOST else str(number)


@for_officials("read_cases")
async def show(request: Request) -> Response:
    return await _page(request)


async def _page(request: Request, *, wrong: str | None = None, typed: str = "", address: str = "") -> Response:
    async with desk(request).database.read() as session:
        kept = await shelf(session, asker(request), most=views.MOST * 2)
    return page(
        request, "list/views.html", status=422 if wrong else 200, shelf=kept, wrong=wrong, typed=typed, address=address
    )


@for_officials("read_cases")
async def keep(request: Request) -> Response:
    who, fields = asker(request), await forms.read(request)
    query = read_address(fields.get("query", ""), who.script)
    if query.complaints:
        raise HTTPException(status_code=400)

    async def act(session: AsyncSession) -> str:
        await views.keep(
            session, who, name=fields.get("name", ""), query=query.address(), shared=fields.get("shared") == "yes"
        )
        return f"/cases?{query.address()}"

    try:
        return await once(request, fields, act)
    except ViewError as error:
        return await _page(
            request, wrong=words(request)(error.because), typed=fields.get("name", ""), address=query.address()
        )


@for_officials("read_cases")
async def rename(request: Request) -> Response:
    fields, official = await forms.read(request), reader(request)
    name, shared = fields.get("name", ""), fields.get("shared") == "yes"
    return await _change(
        request, fields, lambda session, of: views.rename(session, official, of, name=name, shared=shared)
    )


@for_officials("read_cases")
async def remove(request: Request) -> Response:
    fields, official = await forms.read(request), reader(request)
    return await _change(request, fields, lambda session, of: views.remove(session, official, of))


async def _change(
    request: Request, fields: ImmutableMultiDict[str, str], change: Callable[[AsyncSession, int], Awaitable[None]]
) -> Response:
    of = row_id(request.path_params["view"])

    async def act(session: AsyncSession) -> str:
        if of is None:
            raise LookupError
        await change(session, of)
        return "/views"

    try:
        return await once(request, fields, act)
    except LookupError as error:
        raise HTTPException(status_code=404) from error
    except ViewError as error:
        return await _page(request, wrong=words(request)(error.because))


ROUTES = [
    Route("/views", show),
    Route("/views", keep, methods=["POST"]),
    Route("/views/{view}", rename, methods=["POST"]),
    Route("/views/{view}/remove", remove, methods=["POST"]),
]
