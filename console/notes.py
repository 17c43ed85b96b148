"""Notes of officials on a case: write, change, take back. The page of the case shows them."""

from __future__ import annotations

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from console import acts, forms
from console.acts import Fields
from console.auth import for_officials
from console.pages import row_id
from storage import notes
from storage.casework import Work


@for_officials("read_cases")
async def write(request: Request) -> Response:
    async def act(work: Work, fields: Fields) -> None:
        text = fields.get("text", "")
        await notes.write(work.session, work.ring, work.case.line.id, work.by, text, at=work.at)

    return await acts.carry_out(request, "note", await forms.read(request), act, anew=True)


@for_officials("read_cases")
async def change(request: Request) -> Response:
    """A new text for one's own note, or none any more."""
    note_id = row_id(request.path_params["id"])
    if note_id is None:
        raise HTTPException(status_code=404)

    async def act(work: Work, fields: Fields) -> None:
        of = work.case.line.id
        if "remove" in fields:
            await notes.remove(work.session, note_id, case_id=of, by=work.by, at=work.at)
            return
        said, text = row_id(fields.get("said")) or 0, fields.get("text", "")
        await notes.rewrite(
            work.session, work.ring, note_id, text, case_id=of, by=work.by, at=work.at, version=said
        )  # fmt: skip

    return await acts.carry_out(request, f"note-{note_id}", await forms.read(request), act, anew=True)


ROUTES = [
    Route("/cases/{reference}/notes", write, methods=["POST"]),
    Route("/cases/{reference}/notes/{id}", change, methods=["POST"]),
]
