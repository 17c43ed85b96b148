"""What officials label: notes what the classifier made of each message, and draws those to be looked at."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import cast

from bot.app import App
from nlu.backend import NLU, Ask, Expecting, NLUError
from nlu.masking import mask
from storage import drawing, readings, relabelling
from storage.readings import Reading, Said
from stories.types import Language, Understanding

AT_ONCE = 200
"""Messages of one round: they are noted after the turn was taken, and hold nobody."""


async def read(app: App) -> int:
    """Note what was made of new messages, and what a model in the shadow makes of them; gives their number."""
    async with app.database.read() as session:
        said = await readings.unread(session, app.ring, app.clock(), at_most=AT_ONCE)
    if not said:
        return 0
    rows = await asyncio.to_thread(_read, app.versions or app.nlu, said, app.script.assistant.likely)
    async with app.database.begin() as session:
        await readings.keep(session, rows)
    return len(said)


async def draw(app: App) -> int:
    """Fill up what waits to be labelled, and learn from what officials said of cases; gives the number of messages."""
    now = app.clock()
    async with app.database.read() as session:
        picked = await drawing.pick(session, app.ring, now)
        renamed = await relabelling.pending(session, app.ring, now)
    if not (picked.fresh or picked.raised or renamed):
        return 0
    async with app.database.begin() as session:
        drawn = await drawing.keep(session, app.ring, mask, picked, now)
        return drawn + await relabelling.learn(session, app.ring, mask, renamed, now)


def _read(nlu: NLU, said: Sequence[Said], likely: float) -> list[Reading]:
    from nlu.features import tells_story

    rows = [_reading(nlu, one, likely, story=tells_story(one.text, _expecting(one))) for one in said]
    shadow = cast("NLU | None", getattr(nlu, "shadow", None))
    return _shadowed(shadow, said, rows) if shadow is not None else rows


def _reading(nlu: NLU, said: Said, likely: float, *, story: bool) -> Reading:
    understanding = said.understanding
    language: Language = understanding.language or "fr"
    problem, act = next(iter(understanding.problems), None), next(iter(understanding.acts), None)
    unknown = cast("Callable[[str, Language], float] | None", getattr(nlu, "unknown", None))
    return Reading(
        turn_id=said.turn_id,
        at=said.at,
        language=language,
        by=understanding.by,
        problem=problem.id if problem else None,
        odds=problem.probability if problem else 0.0,
        act=act.id if act else None,
        act_odds=act.probability if act else 0.0,
        story=story,
        abstained=story and (problem is None or problem.probability < likely),
        unknown=unknown(said.text, language) if unknown else 0.0,
    )


def _shadowed(shadow: NLU, said: Sequence[Said], rows: Sequence[Reading]) -> list[Reading]:
    """The same with what a model makes of the messages that nobody hears; nothing where it cannot answer."""
    try:
        told = shadow.understand_many([_ask(one) for one in said])
    except NLUError:
        return list(rows)
    version = shadow.name.rpartition("/")[2]
    return [
        replace(row, shadow=version, shadow_problem=_first(one)[0], shadow_act=_first(one)[1])
        for row, one in zip(rows, told, strict=True)
    ]


def _first(understanding: Understanding) -> tuple[str | None, str | None]:
    problems, acts = understanding.problems, understanding.acts
    return problems[0].id if problems else None, acts[0].id if acts else None


def _ask(said: Said) -> Ask:
    return Ask(text=said.text, at=said.at, expecting=_expecting(said), language=said.understanding.language)


def _expecting(said: Said) -> Expecting | None:
    return Expecting(asking=said.asked[0], kind=said.asked[1], options=said.asked[2]) if said.asked else None
