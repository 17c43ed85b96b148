"""Labels that may be wrong: the program clearly said otherwise, or two like messages have different ones."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from console import meanings
from console.auth import for_officials
from console.pages import desk, page, words
from console.wording import Words
from nlu.backend import Expecting
from nlu.examples import Example
from storage import samples
from storage.samples import Listed
from stories.formats import percent

CLEAR, UNLIKELY = 0.7, 0.15
"""What the program says from the one on is clear; up to the other, it clearly does not say it."""
LATEST = 5_000
"""So many messages are compared, the latest."""
SHOWN = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """A labelled message."""

    id: int
    text: str
    language: str
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Suspect:
    """A message of which the program clearly says otherwise."""

    side: Side
    told: str
    odds: str


@for_officials("label_messages")
async def show(request: Request) -> Response:
    """Both lists, made when they are asked for; messages that are tested on are in neither."""
    house, said = desk(request), words(request)
    async with house.database.read() as session:
        held = await samples.listed(session, house.ring, limit=LATEST)
    learnt = [one for one in held if one.sample.part != "test"]
    twins = await asyncio.to_thread(_twins, learnt)
    return page(
        request, "review/quality.html", suspects=_suspects(said, learnt)[:SHOWN], most=SHOWN,
        twins=[(_side(said, one), _side(said, other)) for one, other in twins[:SHOWN]],
    )  # fmt: skip


def _suspects(said: Words, learnt: Sequence[Listed]) -> list[Suspect]:
    """The clearest first."""
    found = []
    for one in learnt:
        labels = one.decided.decision.labels
        told = next(iter(one.sample.told["problems"].items()), None)
        given = max((one.sample.told["problems"].get(label, 0.0) for label in labels), default=1.0)
        if told is not None and told[0] not in labels and told[1] >= CLEAR and given <= UNLIKELY:
            found.append((told[1], one, told[0]))
    found.sort(key=lambda each: -each[0])
    return [
        Suspect(side=_side(said, one), told=meanings.name(said, label), odds=percent(100 * odds, said.language))
        for odds, one, label in found
    ]


def _twins(learnt: Sequence[Listed]) -> list[tuple[Listed, Listed]]:
    """Messages that say the same, or nearly, and whose main labels differ; the most alike first."""
    from nlu.quality import twins

    known = {example.name: one for one in learnt if (example := _example(one)) is not None}
    found = twins([example for one in learnt if (example := _example(one)) is not None])
    return [(known[pair.one], known[pair.other]) for pair in found]


def _example(one: Listed) -> Example | None:
    """A message as it is learnt; None where nothing was said of it."""
    made, asked = one.decided.decision, one.sample.asked
    labels = made.labels or ((made.act,) if made.act else ())
    return Example(
        text=one.sample.text, labels=labels, language=one.sample.language, task="problems" if made.labels else "acts",
        expecting=Expecting(asking=asked["asking"]) if asked else None, file="", line=0, sample=one.sample.id,
    ) if labels else None  # fmt: skip


def _side(said: Words, one: Listed) -> Side:
    return Side(
        id=one.sample.id, text=one.sample.text, language=one.sample.language,
        label=meanings.named(said, one.decided.decision),
    )  # fmt: skip


ROUTES = [Route("/review/quality", show)]
