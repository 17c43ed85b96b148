"""Trying a text on the model in use and on another: what each makes of it, side by side. The text is not kept."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast, get_args

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from console import forms, labels, training
from console.auth import for_officials
from console.comparing import meaning, share
from console.pages import desk, page, words
from console.readers import Readers
from console.wording import Words
from nlu.backend import Ask, NLUError
from storage import models
from storage.training_tables import ModelRow
from stories.types import Label, Language

if TYPE_CHECKING:
    from nlu.embedded import EmbeddedNLU
    from stories.types import Understanding

LONGEST = 4000
SHOWN = 5
"""Labels of each kind that are shown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """A label, how likely it is, and the words that say it."""

    label: str
    percent: int
    share: str
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Opinion:
    """What one model makes of the text."""

    name: str
    live: bool
    wrong: str
    """Why it cannot be asked; empty where it answered."""
    language: str = ""
    problems: tuple[Bar, ...] = ()
    acts: tuple[Bar, ...] = ()
    values: tuple[tuple[str, str], ...] = ()


@for_officials("train_models")
async def show(request: Request) -> Response:
    return await _page(request, text="", spoken="", beside=request.query_params.get("beside", ""), asked=False)


@for_officials("train_models")
async def try_out(request: Request) -> Response:
    fields = await forms.read(request)
    text = fields.get("text", "").strip()[:LONGEST]
    return await _page(
        request, text=text, spoken=fields.get("language", ""), beside=fields.get("beside", ""), asked=True
    )


async def _page(request: Request, *, text: str, spoken: str, beside: str, asked: bool) -> Response:
    house, said = desk(request), words(request)
    async with house.database.read() as session:
        rows, live = await models.every(session), await models.live(session)
    usable = [row for row in rows if row.status != "gone" and row.kind == "embedded"]
    chosen = [row for row in usable if row.version == live] + [
        row for row in usable if row.version == beside and row.version != live
    ]
    language = next((one for one in get_args(Language) if one == spoken), None)
    opinions = await _opinions(request, chosen, text, cast("Language | None", language), live) if text else []
    return page(
        request, "tryout/page.html", text=text, spoken=language or "", beside=beside, longest=LONGEST,
        versions=[(row.version, training.name(said, row)) for row in usable if row.version != live],
        opinions=opinions, empty=asked and not text, live=live,
    )  # fmt: skip


async def _opinions(
    request: Request, rows: Sequence[ModelRow], text: str, language: Language | None, live: str | None
) -> list[Opinion]:
    house, said, folder = desk(request), words(request), desk(request).models
    if folder is None:
        return [
            Opinion(name=training.name(said, row), live=row.version == live, wrong=said("tryout.wrong")) for row in rows
        ]
    ask = Ask(text=text, at=house.clock(), language=language)
    readers, told = cast("Readers", request.app.state.readers), list[Opinion]()
    for row in rows:
        name, used = training.name(said, row), row.version == live
        try:
            model = await readers.take(folder / row.version, row.digest, house.script)
            understood = await asyncio.to_thread(_understand, model, ask)
        except NLUError:
            told.append(Opinion(name=name, live=used, wrong=said("tryout.wrong")))
        else:
            told.append(_opinion(said, name, text, understood, live=used))
    return told


def _understand(model: EmbeddedNLU, ask: Ask) -> Understanding:
    return model.understand_many([ask])[0]


def _opinion(said: Words, name: str, text: str, told: Understanding, *, live: bool) -> Opinion:
    return Opinion(
        name=name,
        live=live,
        wrong="",
        language=said(f"language.{told.language}") if told.language else "",
        problems=_bars(said, text, told.problems),
        acts=_bars(said, text, told.acts),
        values=tuple((labels.label(said, one.field), text[one.start : one.end]) for one in told.entities),
    )


def _bars(said: Words, text: str, found: Sequence[Label]) -> tuple[Bar, ...]:
    return tuple(
        Bar(
            label=meaning(said, one.id),
            percent=round(100 * one.probability),
            share=share(said, one.probability),
            words=text[one.start : one.end] if one.end - one.start < len(text) else "",
        )
        for one in found[:SHOWN]
    )


ROUTES = [
    Route("/tryout", show),
    Route("/tryout", try_out, methods=["POST"]),
]
