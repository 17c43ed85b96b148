"""Labels that may be wrong: the program clearly said otherwise, or two like messages have different ones."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from console import meanings, readers
from console.auth import for_officials
from console.pages import desk, page, words
from console.wording import Words
from nlu.backend import Expecting, NLUError
from nlu.examples import Example, Task
from nlu.held import Held, Holdings, read_held
from storage import models, samples
from storage.samples import Listed, Sample
from storage.training_tables import ModelRow
from stories.formats import percent

if TYPE_CHECKING:
    from nlu.quality import Suspect

LATEST = 5_000
"""So many messages are compared, the latest."""
SHOWN = 50
UNLEARNT: Holdings = {"problems": {}, "acts": {}}


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """A labelled message."""

    id: int
    text: str
    language: str
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Doubt:
    """A message of which the program clearly says otherwise."""

    side: Side
    told: str
    odds: str


@for_officials("label_messages")
async def show(request: Request) -> Response:
    """Both lists, made when they are asked for; messages that are tested on are in neither."""
    house, said = desk(request), words(request)
    async with house.database.read() as session:
        listed = await samples.listed(session, house.ring, limit=LATEST)
        live = await models.find(session, await models.live(session) or "")
    learnt = [one for one in listed if one.sample.part != "test"]
    held = await asyncio.to_thread(_held, house.models, live)
    suspects = await asyncio.to_thread(_suspects, learnt, held or UNLEARNT)
    twins = await asyncio.to_thread(_twins, learnt)
    return page(
        request, "review/quality.html", unread=held is None, most=SHOWN,
        suspects=[_doubt(said, *each) for each in suspects[:SHOWN]],
        twins=[(_side(said, one), _side(said, other)) for one, other in twins[:SHOWN]],
    )  # fmt: skip


def _held(folder: Path | None, live: ModelRow | None) -> Holdings | None:
    """What the model in use told of each message that it learnt, as if it had not; None where it cannot be read."""
    if folder is None or live is None:
        return UNLEARNT
    try:
        readers.check(folder / live.version, live.digest)
        return read_held(folder / live.version)
    except NLUError:
        return None


def _suspects(learnt: Sequence[Listed], held: Holdings) -> list[tuple[Listed, Suspect]]:
    """The clearest first. Of what the model in use has not learnt, or not so, the program told when it came."""
    from nlu.quality import suspects

    known = {f"sample:{one.sample.id}": one for one in learnt}
    told: Holdings = {"problems": {}, "acts": {}}
    for name, one in known.items():
        for task, labels in _meant(one).items():
            found = held[task].get(name)
            if found is None or found.labels != labels:
                found = _told(one.sample, task, labels)
            if found is not None:
                told[task][name] = found
    return [(known[one.name], one) for one in suspects(told)]


def _meant(one: Listed) -> dict[Task, tuple[str, ...]]:
    made = one.decided.decision
    meant: dict[Task, tuple[str, ...]] = {"problems": made.labels, "acts": (made.act,) if made.act else ()}
    return {task: labels for task, labels in meant.items() if labels}


def _told(sample: Sample, task: Task, labels: tuple[str, ...]) -> Held | None:
    """What was told of a message when it came; None where that was nothing."""
    odds: Mapping[str, float] = sample.told[task]
    if not odds:
        return None
    first = next(iter(odds))
    return Held(
        language=sample.language, labels=labels, told=first, odds=odds[first], given=odds.get(labels[0], 0.0), found=()
    )


def _doubt(said: Words, one: Listed, suspect: Suspect) -> Doubt:
    label = suspect.told if suspect.task == "problems" else f"{meanings.ACT}{suspect.told}"
    odds = percent(100 * suspect.odds, said.language)
    return Doubt(side=_side(said, one), told=meanings.name(said, label), odds=odds)


def _twins(learnt: Sequence[Listed]) -> list[tuple[Listed, Listed]]:
    """Messages that say the same, or nearly, and whose main labels differ; the most alike first."""
    from nlu.quality import twins

    known = {example.name: one for one in learnt if (example := _example(one)) is not None}
    found = twins([example for one in learnt if (example := _example(one)) is not None])
    return [(known[pair.one], known[pair.other]) for pair in found]


def _example(one: Listed) -> Example | None:
    """A message as it is learnt; None where nothing was said of it."""
    asked, meant = one.sample.asked, _meant(one)
    return next((Example(
        text=one.sample.text, labels=labels, language=one.sample.language, task=task,
        expecting=Expecting(asking=asked["asking"]) if asked else None, file="", line=0, sample=one.sample.id,
    ) for task, labels in meant.items()), None)  # fmt: skip


def _side(said: Words, one: Listed) -> Side:
    return Side(
        id=one.sample.id, text=one.sample.text, language=one.sample.language,
        label=meanings.named(said, one.decided.decision),
    )  # fmt: skip


ROUTES = [Route("/review/quality", show)]
