"""The messages behind a figure of a comparison, and the files of a model: what leaves the house is recorded."""

from __future__ import annotations

import asyncio
import io
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

import nlu
from console import comparing, readers, recording, training
from console.auth import for_officials, reader
from console.pages import desk, page, row_id, words
from console.versions import found
from console.wording import Words
from nlu import examples
from nlu.backend import NLUError
from nlu.comparison import COMPARISON, VERDICT, Comparison, Flip
from storage import lineage
from storage.lineage import Masked
from storage.training_tables import ModelRow

LISTED = 100
FLIPS = ("fixed", "broken", "both_wrong", "aside")


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A message that two models were asked about."""

    text: str
    why: str
    """Why there are no words to show; empty where there are."""
    expected: str
    live: str
    candidate: str
    shipped: str
    """The file it comes from, where it came with Portevoix."""
    sample: int | None
    """To label anew."""


@for_officials("label_messages")
async def messages(request: Request) -> Response:
    """The masked messages behind a cell, a flip or a check; those of the sealed test set without their words."""
    house, said, row, asked = desk(request), words(request), await found(request), request.query_params
    made = COMPARISON.validate_python(row.comparison) if row.comparison else None
    if made is None:
        raise HTTPException(status_code=404)
    title, wanted = _wanted(said, row, made, asked)
    named = wanted[:LISTED]
    ids = {one: row_id(one.item.partition(":")[2]) for one in named if one.item.startswith("sample:")}
    async with house.database.read() as session:
        known = await lineage.masked(session, house.ring, [one for one in ids.values() if one is not None])
    packaged: Mapping[str, tuple[str, str]] = {}
    if any(one.item.startswith("shipped:") for one in named):
        packaged = await asyncio.to_thread(shipped, house.examples or nlu.default_data())
    lines = [_line(said, one, known.get(ids.get(one) or 0), packaged.get(one.item)) for one in named]
    return page(
        request, "models/messages.html", row=row, name=training.name(said, row), title=title, lines=lines,
        left=len(wanted) - len(named),
    )  # fmt: skip


@for_officials("train_models")
async def download(request: Request) -> Response:
    """The files of a model in a ZIP: numbers, labels and a vocabulary of common words."""
    house, row = desk(request), await found(request)
    if house.models is None or row.status == "gone":
        raise HTTPException(status_code=404)
    try:
        data = await asyncio.to_thread(_pack, house.models / row.version, row.digest)
    except NLUError as error:
        raise HTTPException(status_code=404) from error
    await recording.note(
        request, "model.downloaded", official_id=reader(request).id, subject=f"model:{row.version}",
        about={"digest": row.digest},
    )  # fmt: skip
    name = f"portevoix-{row.version}.zip"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(data, media_type="application/zip", headers=headers)


def _wanted(
    said: Words, row: ModelRow, made: Comparison, asked: Mapping[str, str]
) -> tuple[str, Sequence[Flip]]:  # fmt: skip
    """What the page is of, and its items. Raises HTTPException where it is of nothing that is there."""
    every = {one.item: one for one in (*made.aside, *made.both_wrong, *made.broken, *made.fixed)}
    match dict(asked):
        case {"of": kind} if kind in FLIPS:
            return said("messages.title", what=said(f"flips.{kind}")), getattr(made, kind)
        case {"expected": expected, "told": told}:
            items = next((c.items for c in made.confusion if (c.expected, c.told) == (expected, told)), ())
            title = said("matrix.cell", expected=comparing.meaning(said, expected), told=comparing.meaning(said, told))
            blank = {item: Flip(item=item, expected=expected, live="", candidate=told) for item in items}
            return title, [every.get(item, blank[item]) for item in items]
        case {"check": name, **more} if row.verdict and name not in comparing.OF_CASES:
            checks = VERDICT.validate_python(row.verdict).checks
            check = next(
                (x for x in checks if (x.name, x.values.get("label", "")) == (name, more.get("label", ""))), None
            )
            if check is not None:
                blank = {item: Flip(item=item, expected="", live="", candidate="") for item in check.items}
                return said("messages.against"), [every.get(item, blank[item]) for item in check.items]
    raise HTTPException(status_code=404)


def _line(said: Words, flip: Flip, known: Masked | None, shipped: tuple[str, str] | None) -> Line:
    text, why, file = "", "", ""
    if shipped is not None:
        text, file = shipped
    elif known is not None and known.sealed:
        why = said("messages.sealed")
    elif known is not None and known.text:
        text = known.text
    elif flip.item.partition(":")[0] in {"sample", "shipped"}:
        why = said("messages.gone")
    else:
        text = flip.item

    def told(label: str) -> str:
        return comparing.meaning(said, label) if label else ""

    return Line(
        text=text, why=why, expected=told(flip.expected), live=told(flip.live), candidate=told(flip.candidate),
        shipped=file, sample=known.id if known and text else None,
    )  # fmt: skip


@cache
def shipped(folder: Path) -> Mapping[str, tuple[str, str]]:
    """The text and the file of every example, by its name in comparisons."""
    return {one.name: (one.text, one.file) for one in examples.read(folder)}


def _pack(folder: Path, digest: str) -> bytes:
    """Raises NLUError where the files are not those that were recorded."""
    readers.check(folder, digest)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for path in sorted(folder.iterdir()):
            archive.write(path, f"{folder.name}/{path.name}")
    return packed.getvalue()


ROUTES = [
    Route("/models/{version}/messages", messages),
    Route("/models/{version}/file", download),
]
