"""Whose case it is: where a reason must be given for it, it stays hidden until one is."""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncSession
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from console import forms
from console.auth import for_officials, reader
from console.once import once
from console.pages import desk
from storage import cases, handling, identity, references
from storage.access import seen_by
from storage.cases import FiledCase
from storage.handling import Change

SHORTEST, LONGEST = 5, 500
"""Letters of a reason."""


async def is_open(session: AsyncSession, request: Request, filed: FiledCase) -> bool:
    """Whether the reader may see whose case this is."""
    house = desk(request)
    return not house.identity_reason or await identity.may_open(session, reader(request), filed.line.id, house.clock())


@for_officials("read_identity")
async def give_reason(request: Request) -> Response:
    """Write down why the reader must know whose case it is, which opens it to them for some hours."""
    fields, house, official = await forms.read(request), desk(request), reader(request)
    reference, reason = references.read(request.path_params["reference"]), fields.get("reason", "").strip()
    if len(reason) < SHORTEST:
        raise HTTPException(status_code=422)

    async def act(session: AsyncSession) -> str:
        found = await cases.show(session, house.ring, reference, within=seen_by(official)) if reference else None
        if found is None:
            raise HTTPException(status_code=404)
        made = Change(deed="identity", by=official.login, at=house.clock(), words=reason[:LONGEST])
        await handling.change(session, house.ring, found.line.id, made)
        return f"/cases/{found.line.reference}#group-company"

    return await once(request, fields, act)


ROUTES = [Route("/cases/{reference}/identity", give_reason, methods=["POST"])]
