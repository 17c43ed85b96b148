"""Trying a text on the model in use and on another: what each makes of it, side by side. The text is not kept."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast, get_args

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

import nlu
from console import forms, training
from console.auth import for_officials
from console.comparing import meaning, share
from console.learnt import shipped
from console.pages import desk, page, words
from console.readers import Readers
from console.wording import Words
from nlu.backend import Ask, NLUError
from storage import models
from storage.training_tables import ModelRow
from stories.types import Label, Language

if TYPE_CHECKING:
    from nlu.embedded import EmbeddedNLU
    from nlu.explaining import Reason, Trace

LONGEST = 4000
SHOWN = 5
"""Labels of each kind that are shown."""
WORDS = 6
"""Words that weighed, either way."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """A label, how likely it is, and the words that say it."""

    label: str
    percent: int
    share: str
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Why:
    """Why the likeliest problem, or the likeliest act, was told."""

    label: str
    speaking: tuple[str, ...]
    """Words that speak for it, the weightiest first."""
    against: tuple[str, ...]
    nearest: tuple[tuple[str, str], ...]
    """Examples most like the text, and how much; a labelled message is named and not quoted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Opinion:
    """What one model makes of the text."""

    name: str
    live: bool
    wrong: str
    """Why it cannot be asked; empty where it answered."""
    language: str = ""
    zone: str = ""
    """What the dialogue does with the likeliest problem, in words."""
    rules: tuple[str, ...] = ()
    problems: tuple[Bar, ...] = ()
    acts: tuple[Bar, ...] = ()
    whys: tuple[Why, ...] = ()


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
            trace = await asyncio.to_thread(_explain, model, ask)
        except NLUError:
            told.append(Opinion(name=name, live=used, wrong=said("tryout.wrong")))
        else:
            told.append(_opinion(said, name, text, trace, await _quoted(request, trace), live=used))
    return told


def _explain(model: EmbeddedNLU, ask: Ask) -> Trace:
    """Raises NLUError where the model has not the names of what it learnt from."""
    from nlu.explaining import explain

    try:
        return explain(model, ask)
    except OSError as error:
        raise NLUError(f"{model.name} does not name its examples") from error


async def _quoted(request: Request, trace: Trace) -> dict[str, str]:
    """The words of the examples that came with Portevoix, among the nearest."""
    named = {near.name for why in (trace.problem, trace.act) if why for near in why.nearest}
    if not any(name.startswith("shipped:") for name in named):
        return {}
    known = await asyncio.to_thread(shipped, desk(request).examples or nlu.default_data())
    return {name: known[name][0] for name in named if name in known}


def _opinion(said: Words, name: str, text: str, trace: Trace, quoted: Mapping[str, str], *, live: bool) -> Opinion:
    return Opinion(
        name=name,
        live=live,
        wrong="",
        language=said(f"language.{trace.language}") if trace.language else "",
        zone=said(f"tryout.zone.{trace.zone}"),
        rules=tuple(said(f"tryout.rule.{rule}") for rule in trace.rules),
        problems=_bars(said, text, trace.problems),
        acts=_bars(said, text, trace.acts),
        whys=tuple(_why(said, why, quoted) for why in (trace.problem, trace.act) if why),
    )


def _why(said: Words, why: Reason, quoted: Mapping[str, str]) -> Why:
    near = ((quoted.get(one.name, said("tryout.labelled")), share(said, one.likeness)) for one in why.nearest)
    return Why(
        label=meaning(said, why.label),
        speaking=tuple(one.word for one in why.words if one.weight > 0)[:WORDS],
        against=tuple(one.word for one in why.words if one.weight < 0)[:WORDS],
        nearest=tuple(near),
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
