"""What is done to the model in use: put into service by one or by two, read along, roll back, note."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from sqlalchemy.ext.asyncio import AsyncSession
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from console import forms
from console.auth import for_officials, reader
from console.once import once
from console.pages import desk, page, row_id, words
from console.training import LONGEST_NOTE, models_page, name, refused
from console.versions import version_page
from storage import models
from storage.handling import RefusedError

Act = Callable[[AsyncSession], Awaitable[None]]


@for_officials("train_models")
async def promote(request: Request) -> Response:
    """Put it into service; where that takes two persons, propose it."""
    house, version, fields = desk(request), _version(request), await forms.read(request)

    async def act(session: AsyncSession) -> None:
        alone = not house.two_persons
        await models.promote(session, version, reader(request).id, house.clock(), alone=alone)

    return await _done(request, fields, act, "proposed" if house.two_persons else "promoted")


@for_officials("train_models")
async def second(request: Request) -> Response:
    """Agree with what another person proposed."""
    house, promotion, fields = desk(request), row_id(request.path_params["id"]) or 0, await forms.read(request)

    async def act(session: AsyncSession) -> None:
        await models.second(session, promotion, reader(request).id, house.clock())

    return await _done(request, fields, act, "promoted")


@for_officials("train_models")
async def refuse(request: Request) -> Response:
    """Decline a proposal, or take it back."""
    promotion, fields = row_id(request.path_params["id"]) or 0, await forms.read(request)

    async def act(session: AsyncSession) -> None:
        await models.refuse(session, promotion, reader(request).id)

    return await _done(request, fields, act, "refused")


@for_officials("train_models")
async def read_along(request: Request) -> Response:
    """Have it read every message without being heard, or no more."""
    house, version, fields = desk(request), _version(request), await forms.read(request)

    async def act(session: AsyncSession) -> None:
        if await models.find(session, version) is None:
            raise RefusedError("model_gone")
        begins = fields.get("shadow") == "on"
        await models.set_shadow(session, version if begins else None, reader(request).id, house.clock())

    return await _done(request, fields, act, "along" if fields.get("shadow") == "on" else "alone")


@for_officials("train_models")
async def note(request: Request) -> Response:
    version, fields = _version(request), await forms.read(request)

    async def act(session: AsyncSession) -> None:
        await models.note(session, version, " ".join(fields.get("text", "").split())[:LONGEST_NOTE])

    return await _done(request, fields, act, "noted")


@for_officials("train_models")
async def roll_back(request: Request) -> Response:
    """The page that asks whether to roll back, and the roll-back itself."""
    house, said = desk(request), words(request)
    if request.method == "POST":
        fields = await forms.read(request)

        async def act(session: AsyncSession) -> None:
            emergency = fields.get("emergency") == "yes"
            await models.roll_back(session, reader(request).id, house.clock(), emergency=emergency)

        return await _done(request, fields, act, "rolled_back")
    async with house.database.read() as session:
        before, live = await models.previous(session), await models.live(session)
        rows = {row.version: name(said, row) for row in await models.every(session)}
        done = next(
            (one for one in await models.history(session) if one.status == "done" and one.act in models.USE), None
        )
    wider = done is not None and done.act == "rolled_back"
    if live is None or (before is None and not wider):
        return await models_page(request, notice=said("model_refused.nothing_before"), status=409)
    return page(
        request, "models/rollback.html", wider=wider, live=rows.get(live, live),
        before=rows.get(before, before) if before else None,
    )  # fmt: skip


async def _done(request: Request, fields: forms.Fields, act: Act, deed: str) -> Response:
    """Carry it out and show the model, or the models, and what was done; where it is refused, why."""
    version = request.path_params.get("version")

    async def kept(session: AsyncSession) -> str:
        await act(session)
        return f"/models/{version}?done={deed}" if version else f"/models?done={deed}"

    try:
        return await once(request, fields, kept)
    except RefusedError as error:
        notice = refused(words(request), error)
        if version:
            return await version_page(request, notice=notice, status=409)
        return await models_page(request, notice=notice, status=409)


def _version(request: Request) -> str:
    version = str(request.path_params["version"])
    if not version.isascii():
        raise HTTPException(status_code=404)
    return version


ROUTES = [
    Route("/models/rollback", roll_back, methods=["GET", "POST"]),
    Route("/models/promotions/{id}/second", second, methods=["POST"]),
    Route("/models/promotions/{id}/refuse", refuse, methods=["POST"]),
    Route("/models/{version}/promote", promote, methods=["POST"]),
    Route("/models/{version}/shadow", read_along, methods=["POST"]),
    Route("/models/{version}/note", note, methods=["POST"]),
]
