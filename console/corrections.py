"""One field of a case on a page of its own: set its value, or mark it as checked on a file or a note."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy.ext.asyncio import AsyncSession
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from console import acts, cases, evidence, fields, files, forms, identity, timeline, typed_values, veil
from console.acts import Deed, Fields
from console.auth import for_officials, reader
from console.pages import desk, go, page, row_id, words
from console.panel import Typed
from storage import casework, colleagues, matters, notes
from storage.cases import FiledCase
from storage.casework import Work
from storage.consents import CONSENTS
from storage.handling import RefusedError

NOTHING = Typed()


@for_officials("handle_cases")
async def show(request: Request) -> Response:
    return await _render(request)


@for_officials("handle_cases")
async def act(request: Request) -> Response:
    """Carry out one of the two forms of the page."""
    typed, key = await forms.read(request), request.path_params["key"]

    async def set_value(work: Work, typed: Fields) -> None:
        await _set(work, request, key, typed)

    async def verify(work: Work, typed: Fields) -> None:
        await _only_if_open(work.session, request, work.case)
        await _verify(work, key, typed)

    deeds: Mapping[str, Deed] = {"value": set_value, "verify": verify}
    form = "verify" if typed.get("form") == "verify" else "value"
    place = fields.anchor("field", key)
    return await acts.carry_out(request, form, typed, deeds[form], shows=_render, place=place)


async def _only_if_open(session: AsyncSession, request: Request, filed: FiledCase) -> None:
    """Refuse a field that says whose case it is to who has given no reason to see it."""
    if fields.names_firm(words(request), request.path_params["key"]) and not await identity.is_open(
        session, request, filed
    ):
        raise HTTPException(status_code=404)


async def _set(work: Work, request: Request, key: str, typed: Fields) -> None:
    await _only_if_open(work.session, request, work.case)
    case = work.case.case
    old = case.fields.get(key)
    asked = typed_values.input_of(words(request), key, old, fields.main_problem(case))
    if asked is None:
        raise HTTPException(status_code=404)
    await casework.correct(work, key, typed_values.read(asked, typed, key, old), words=acts.note_of(typed))


async def _verify(work: Work, key: str, typed: Fields) -> None:
    if key not in fields.answers(work.case.case):
        raise HTTPException(status_code=404)
    holds, on = "holds" in typed, typed.get("on", "")
    sent = await matters.files(work.session, work.ring, await matters.told(work.session, work.ring, work.case))
    noted = await notes.of_case(work.session, work.ring, work.case.line.id, work.by)
    known = {f"file:{file.id}" for file in sent} | {f"note:{note.id}" for note in noted if note.removed_at is None}
    if holds and on not in known:
        raise RefusedError("evidence")
    await casework.verify(work, key, on=on if holds else "", words=acts.note_of(typed), holds=holds)


async def _render(
    request: Request, *, status: int = 200, typed: Typed = NOTHING, wrong: str = ""
) -> Response:  # fmt: skip
    house, said, who, key = desk(request), words(request), reader(request), request.path_params["key"]
    async with house.database.read() as session:
        filed = await cases.find(session, house, who, request.path_params["reference"])
        over = await veil.of(session, request, filed)
        if over.hides(key, filed.case):  # A form must not write back what was blanked out.
            return go(request, f"/cases/{filed.line.reference}#group-company")
        filed = over.filed(filed)
        said_of = await matters.told(session, house.ring, filed)
        sent = over.files(await matters.files(session, house.ring, said_of))
        noted = over.notes(await notes.of_case(session, house.ring, filed.line.id, who))
        names = await colleagues.by_login(session)
    category, answer = fields.main_problem(filed.case), fields.answers(filed.case).get(key)
    asked = typed_values.input_of(said, key, answer, category)
    if asked is None and answer is None:
        raise HTTPException(status_code=404)
    known = evidence.pieces(said, files.listed(said, filed.line.reference, sent), noted)
    checked = evidence.verified(said, filed.changes, known, names).get(key)
    shown = fields.shown(said, key, answer, category, said_in=None, verified=checked) if answer is not None else None
    return page(
        request, "cases/field.html", status=status, reference=filed.line.reference, version=filed.line.version,
        key=key, label=fields.label(said, key, category), field=shown, asked=asked, pieces=known, typed=typed,
        wrong=wrong, raising=key in CONSENTS,
        meanwhile=timeline.since(said, filed, row_id(typed.fields.get("version")), names) if wrong else (),
    )  # fmt: skip


ROUTES = [
    Route("/cases/{reference}/fields/{key}", show),
    Route("/cases/{reference}/fields/{key}", act, methods=["POST"]),
]
