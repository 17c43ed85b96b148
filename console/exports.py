"""Exports: ask for a file of many cases, watch it being made, take it away."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import get_args

from sqlalchemy.ext.asyncio import AsyncSession
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from console import asking, forms, labels, recording
from console.auth import for_officials, reader
from console.list import names
from console.once import once
from console.pages import desk, may, page, row_id, words
from console.wording import Words
from storage import exports
from storage.exports import KEPT, Export, Form
from storage.query import read_address

EVERY = 3
"""Seconds after which a page that shows an export being made is read again."""
SHORTEST, LONGEST = 10, 1000
"""Letters of a reason."""
LONGEST_QUERY = 2000
FILES: Mapping[Form, tuple[str, str]] = {
    "csv": ("zip", "application/zip"),
    "jsonl": ("zip", "application/zip"),
    "xlsx": ("xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """An export on the page."""

    id: int
    when: str
    at: str
    form: str
    named: bool
    filtered: bool
    status: str
    why: str
    done: int
    total: int | None
    running: bool
    ready: bool
    until: str


@for_officials("export_pseudonyms")
async def show(request: Request) -> Response:
    return await _page(request)


async def _page(request: Request, typed: Mapping[str, str] | None = None, wrong: str | None = None) -> Response:
    house, said = desk(request), words(request)
    async with house.database.read() as session:
        found = await exports.of(session, reader(request))
    given = {"form": "xlsx", "query": request.query_params.get("query", ""), **(typed or {})}
    rows = [_row(said, one, house.clock()) for one in found]
    return page(request, "exports/list.html", status=422 if wrong else 200, rows=rows, given=given, wrong=wrong)


@for_officials("export_pseudonyms")
async def ask(request: Request) -> Response:
    fields, house = await forms.read(request), desk(request)
    form = next((known for known in get_args(Form) if known == fields.get("form")), None)
    query, reason, named = fields.get("query", ""), fields.get("reason", "").strip(), "named" in fields
    if form is None or len(query) > LONGEST_QUERY:
        raise HTTPException(status_code=400)
    if named and not may(request, "export_names"):
        raise HTTPException(status_code=403)
    if named and not SHORTEST <= len(reason) <= LONGEST:
        return await _page(request, fields, words(request)("export.reason.wrong"))

    asked = read_address(query, house.script)
    if asked.complaints:
        async with house.database.read() as session:
            wrong = asking.complaints(words(request), asked, await names(session))
        return await _page(request, fields, " ".join(wrong))

    async def keep(session: AsyncSession) -> str:
        made = await exports.ask(
            session, house.ring, reader(request), house.clock(), query=query, form=form, reason=reason if named else ""
        )
        return f"/exports/{made}"

    return await once(request, fields, keep)


@for_officials("export_pseudonyms")
async def watch(request: Request) -> Response:
    """How far it is; the page reads itself again until it is done, unless it is asked not to."""
    export = await _own(request)
    row = _row(words(request), export, desk(request).clock())
    still = bool(request.query_params.get("still"))
    shown = page(request, "exports/one.html", export=row, still=still)
    if row.running and not still:
        shown.headers["Refresh"] = str(EVERY)
    return shown


@for_officials("export_pseudonyms")
async def download(request: Request) -> Response:
    """The file, for its owner alone, while it is kept."""
    export, house = await _own(request), desk(request)
    gone = export.finished_at is None or export.finished_at + KEPT <= house.clock()
    if export.status != "done" or export.digest is None or gone:
        raise HTTPException(status_code=404)
    if export.named and not may(request, "export_names"):
        raise HTTPException(status_code=403)
    try:
        data = await house.files.read(house.ring, export.lane, export.digest)
    except FileNotFoundError as error:
        raise HTTPException(status_code=404) from error
    await recording.note(
        request, "export.downloaded", official_id=reader(request).id, subject=f"export:{export.id}",
        about={"digest": export.digest},
    )  # fmt: skip
    ending, media_type = FILES[export.form]
    name = f"portevoix-{export.created_at:%Y-%m-%d}-{export.id}.{ending}"
    return Response(data, media_type=media_type, headers={"Content-Disposition": f'attachment; filename="{name}"'})


@for_officials("export_pseudonyms")
async def drop(request: Request) -> Response:
    """Stop it, or take its file away."""
    fields, export, house = await forms.read(request), await _own(request), desk(request)

    async def end(session: AsyncSession) -> str:
        await exports.drop(session, reader(request), export.id, house.clock())
        return "/exports"

    return await once(request, fields, end)


async def _own(request: Request) -> Export:
    wanted = row_id(request.path_params["id"])
    async with desk(request).database.read() as session:
        found = await exports.get(session, reader(request), wanted) if wanted is not None else None
    if found is None:
        raise HTTPException(status_code=404)
    return found


def _row(said: Words, export: Export, now: datetime) -> Row:
    kept = export.finished_at is not None and export.finished_at + KEPT > now
    status = "gone" if export.status == "done" and not kept else export.status
    return Row(
        id=export.id,
        when=labels.stamp(said, export.created_at),
        at=export.created_at.isoformat(),
        form=said(f"export.form.{export.form}"),
        named=export.named,
        filtered=bool(export.query),
        status=said(f"export.status.{status}"),
        why=said(f"export.failed.{export.error}") if export.error else "",
        done=export.done,
        total=export.total,
        running=status in {"waiting", "running"},
        ready=status == "done",
        until=labels.stamp(said, export.finished_at + KEPT) if export.finished_at and status == "done" else "",
    )


ROUTES = [
    Route("/exports", show),
    Route("/exports", ask, methods=["POST"]),
    Route("/exports/{id}", watch),
    Route("/exports/{id}/file", download),
    Route("/exports/{id}/drop", drop, methods=["POST"]),
]
