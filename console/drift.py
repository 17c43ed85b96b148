"""What changes from week to week in what firms write, what of it is more than chance, and what no problem fits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from console import labels
from console.auth import for_officials
from console.comparing import meaning, share
from console.counts import thousands
from console.pages import desk, page, words
from console.review import MOST
from console.wording import Words
from storage import drift, figures
from storage.drift import FEWEST, Alert, Week

EXAMPLES = 3
PROBLEMS = 8
"""Problems of the mix that are told of."""
CUT = 280
"""Letters of an example."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A week in the table."""

    begins: str
    messages: str
    stories: str
    abstained: str
    unknown: str
    agreement: str
    labelled: int
    shadow: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Mixed:
    """How often a problem is told, now and in the weeks before."""

    label: str
    now: str
    before: str
    percent: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Messages that no problem fits, by the words they share."""

    words: str
    count: int
    examples: tuple[str, ...]
    href: str


@for_officials("label_messages")
async def show(request: Request) -> Response:
    house, said, now = desk(request), words(request), desk(request).clock()
    async with house.database.read() as session:
        weeks = await drift.weeks(session, now)
        themes = await drift.themes(session, house.ring, now)
    raised = drift.alerts(weeks)
    groups = [
        Group(
            words=", ".join(theme.words),
            count=len(theme.messages),
            examples=tuple(_cut(one.text) for one in theme.messages[:EXAMPLES]),
            href=f"/review?only={','.join(str(one.id) for one in theme.messages[:MOST])}",
        )
        for theme in themes
    ]
    return page(
        request, "drift/page.html", alerts=[alert(said, one) for one in raised], groups=groups,
        rows=[_row(said, one) for one in weeks if one.messages], mix=_mix(said, weeks),
        few=weeks[0].stories < FEWEST, stories=weeks[0].stories, needed=FEWEST,
    )  # fmt: skip


def alert(said: Words, raised: Alert) -> str:
    """What is more than the weeks before let expect, in words."""
    values = {"now": share(said, raised.now), "before": share(said, raised.before)}
    if raised.kind == "problem":
        return said("drift.alert.problem", label=meaning(said, raised.problem), **values)
    return said(f"drift.alert.{raised.kind}", **values)


def _row(said: Words, week: Week) -> Row:
    none = said("drift.none")
    return Row(
        begins=labels.day(said, week.begins),
        messages=thousands(said, week.messages),
        stories=thousands(said, week.stories),
        abstained=share(said, week.abstained / week.stories) if week.stories else none,
        unknown=share(said, week.unknown) if week.stories else none,
        agreement=share(said, week.agreement) if week.agreement is not None else none,
        labelled=week.labelled,
        shadow=share(said, week.shadow_agreed / week.shadowed) if week.shadowed else none,
    )


def _mix(said: Words, weeks: Sequence[Week]) -> list[Mixed]:
    """The problems told most often in the last week, of its stories: as alerts count them."""
    newest, before = weeks[0].problems, weeks[1 : 1 + figures.BEFORE]
    whole, earlier = weeks[0].stories, sum(one.stories for one in before)
    ordered = sorted(newest, key=lambda label: (-newest[label], label))[:PROBLEMS]
    return [
        Mixed(
            label=meaning(said, label),
            now=share(said, newest[label] / whole),
            before=share(said, sum(one.problems.get(label, 0) for one in before) / earlier)
            if earlier
            else said("drift.none"),
            percent=round(100 * newest[label] / whole),
        )
        for label in ordered
    ]


def _cut(text: str) -> str:
    return text if len(text) <= CUT else f"{text[:CUT].rsplit(' ', 1)[0]} …"


ROUTES = [Route("/drift", show)]
