"""Forms that act: each is carried out once, however often it is sent."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from console import recording
from console.forms import signed_in
from console.pages import desk, go
from storage.desk_tables import SubmissionRow
from storage.inbox import INSERT

LONGEST = 64


async def once(
    request: Request, fields: Mapping[str, str], act: Callable[[AsyncSession], Awaitable[str]]
) -> Response:  # fmt: skip
    """Do what the form asks in one transaction, write it into the audit log, and go to the page that `act` names.

    A form that was carried out before, by whomever, leads there again, and nothing is done. What `act` raises undoes
    it all, so that the form may be sent again.
    """
    house, reader, name = desk(request), signed_in(request), fields.get("nonce", "")
    if reader is None or not name or len(name) > LONGEST:
        raise HTTPException(status_code=400)
    async with house.database.begin() as session:
        new = INSERT[house.database.dialect](SubmissionRow.__table__).on_conflict_do_nothing()
        values = {"nonce": name, "official_id": reader.official.id, "at": house.clock(), "led_to": ""}
        fresh = (await session.execute(new.values(values).returning(SubmissionRow.nonce))).first() is not None
        known = SubmissionRow.nonce == name
        if fresh:
            led_to = await act(session)
            await session.execute(update(SubmissionRow).where(known).values(led_to=led_to))
            await recording.acted(request, session, fields, led_to)
        else:
            led_to = (await session.scalars(select(SubmissionRow.led_to).where(known))).one()
    return go(request, led_to)
