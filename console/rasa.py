"""The whole project as a Rasa project: take it away, bring one back, see what differs, and learn from its examples."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from sqlalchemy.ext.asyncio import AsyncSession
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from console import forms, recording
from console.auth import for_officials, reader
from console.once import once
from console.pages import Desk, desk, page, words
from nlu import default_data, exchange, rasa_project
from nlu.backend import Expecting
from nlu.examples import Example, ExampleError
from nlu.rasa_project import Changes, Project
from storage import samples
from storage.corrections import Labelled
from storage.filestore import digest_of
from stories.story import CONVERSATIONS

LARGEST = 8_000_000
"""Bytes of an archive that is brought."""
LINES = 1_500
"""Lines of a diff that are shown."""


@for_officials("train_models")
async def show(request: Request) -> Response:
    return _page(request)


@for_officials("train_models")
async def download(request: Request) -> Response:
    """The project as a ZIP archive; on request with the masked messages that officials labelled."""
    house, more = desk(request), "labelled" in request.query_params
    async with house.database.read() as session:
        labelled = await samples.labelled(session, house.ring) if more else []
    learnt = [example for one in labelled if one.part == "learning" for example in _examples(one)]
    try:
        data = await asyncio.to_thread(lambda: rasa_project.zipped(rasa_project.export(_ours(house), learnt)))
    except ExampleError as error:
        return _page(request, wrong=str(error), status=409)
    await recording.note(
        request,
        "models.exchanged",
        official_id=reader(request).id,
        about={"digest": digest_of(data), "labelled": more},
    )
    headers = {"Content-Disposition": 'attachment; filename="portevoix-rasa.zip"'}
    return Response(data, media_type="application/zip", headers=headers)


@for_officials("train_models")
async def upload(request: Request) -> Response:
    """Show what differs in an archive; nothing is taken in yet."""
    (_, data), house = await forms.read_upload(request, most=LARGEST), desk(request)
    try:
        changes, lines = await asyncio.to_thread(_compared, house, data)
    except ExampleError as error:
        return _page(request, wrong=str(error), status=422)
    lane, digest = _lane(request), digest_of(data)
    await house.files.forget(lane, await house.files.digests(lane))
    await house.files.keep(house.ring, lane, digest, data)
    return _page(request, changes=changes, lines=lines, digest=digest)


@for_officials("train_models")
async def take(request: Request) -> Response:
    """Make the examples of an archive those that are learnt from, as `portevoix nlu import` does."""
    fields, house = await forms.read(request), desk(request)
    try:
        data = await house.files.read(house.ring, _lane(request), fields.get("digest", ""))
    except FileNotFoundError:
        return _page(request, wrong=words(request)("exchange.gone"), status=409)

    async def act(_session: AsyncSession) -> str:
        await asyncio.to_thread(_take, house, data)
        return "/models/exchange?done=taken"

    try:
        response = await once(request, fields, act)
    except ExampleError as error:
        return _page(request, wrong=str(error), status=422)
    await house.files.forget(_lane(request), [fields.get("digest", "")])
    return response


def _page(
    request: Request, *, changes: Changes | None = None, lines: Sequence[str] = (), digest: str = "", wrong: str = "",
    status: int = 200,
) -> Response:  # fmt: skip
    done = words(request)("exchange.taken") if request.query_params.get("done") == "taken" else ""
    return page(
        request, "models/exchange.html", status=status, changes=changes, lines=lines[:LINES], digest=digest,
        more=max(0, len(lines) - LINES), wrong=wrong, done=done, can=desk(request).data is not None,
        others=bool(changes and (changes.script or changes.stories or changes.around)),
    )  # fmt: skip


def _ours(house: Desk) -> Project:
    folders = [CONVERSATIONS, *([house.stories_folder] if house.stories_folder else [])]
    around = house.data.parent / "rasa" if house.data is not None else None
    return rasa_project.gathered(_current(house), house.script, folders, around)


def _current(house: Desk) -> Path:
    return house.data if house.data is not None and house.data.is_dir() else default_data()


def _compared(house: Desk, data: bytes) -> tuple[Changes, list[str]]:
    ours = _ours(house)
    changes = rasa_project.take_in(rasa_project.unzipped(data), ours)
    return changes, list(rasa_project.diff(changes, ours))


def _take(house: Desk, data: bytes) -> None:
    if house.data is None:
        raise HTTPException(status_code=404)
    ours = _ours(house)
    changes = rasa_project.take_in(rasa_project.unzipped(data), ours)
    kept = {name: text for name, text in ours.data.items() if name not in changes.gone}
    known = exchange.labels(house.script.categories)
    exchange.put_in({**kept, **changes.data}, house.data, _current(house), whole=True, known=known)


def _examples(one: Labelled) -> Iterator[Example]:
    """What a labelled message teaches: problems, an act, or both."""
    asked = Expecting(**one.asked) if one.asked else None
    example = Example(
        text=one.text, labels=one.labels, language=one.language, task="problems", expecting=asked, file="", line=1
    )
    if one.labels:
        yield example
    if one.act:
        yield replace(example, labels=(one.act,), task="acts")


def _lane(request: Request) -> str:
    return f"exchange-{reader(request).id}"


ROUTES = [
    Route("/models/exchange", show),
    Route("/models/exchange", upload, methods=["POST"]),
    Route("/models/exchange/file", download),
    Route("/models/exchange/take", take, methods=["POST"]),
]
