"""The ready answers of the desk: read, added, changed and taken away."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy.ext.asyncio import AsyncSession
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from console import forms
from console.auth import for_officials
from console.once import once
from console.pages import desk, page, row_id, words
from storage import canned
from storage.canned import VARIABLES
from storage.handling import MeanwhileError, RefusedError


@for_officials("keep_canned")
async def show(request: Request) -> Response:
    return await _page(request)


@for_officials("keep_canned")
async def save(request: Request) -> Response:
    """Add, change or take away one, as the form says; what cannot be kept comes back as it was typed."""
    fields, said = await forms.read(request), words(request)

    async def act(session: AsyncSession) -> str:
        now, version = desk(request).clock(), row_id(fields.get("version")) or 0
        canned_id = row_id(fields.get("id"))
        if canned_id is None:
            await canned.keep(
                session, fields.get("name", ""), fields.get("language", ""), fields.get("text", ""), now=now
            )
        elif "remove" in fields:
            await canned.remove(session, canned_id, version=version, now=now)
        else:
            await canned.change(session, canned_id, fields.get("text", ""), version=version)
        return "/canned?saved=1"

    try:
        return await once(request, fields, act)
    except MeanwhileError:
        return await _page(request, fields, said("canned.meanwhile"), status=409)
    except RefusedError as error:
        return await _page(request, fields, said(f"answer.canned.{error.because}", **error.values), status=422)


async def _page(
    request: Request, typed: Mapping[str, str] | None = None, problem: str = "", *, status: int = 200
) -> Response:
    async with desk(request).database.read() as session:
        kept = await canned.every(session)
    saved = "saved" in request.query_params
    names = ", ".join(f"{{{name}}}" for name in VARIABLES)
    shown = {"kept": kept, "typed": typed or {}, "problem": problem, "saved": saved, "names": names}
    return page(request, "canned/list.html", status=status, **shown)


ROUTES = [Route("/canned", show, methods=["GET"]), Route("/canned", save, methods=["POST"])]
