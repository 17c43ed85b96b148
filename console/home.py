"""Where an official comes in: what needs attention, read in ten seconds."""

from __future__ import annotations

from collections import Counter as Sums
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from console import labels, naming
from console.auth import for_officials, reader
from console.counts import OPEN, Counter, Number, Trend
from console.drift import alert
from console.pages import desk, go, may, menu, page, words
from console.wording import Words
from storage import drift, figures, lineage, problems
from storage.figures import Flow, Mention, Morning, Task

MOST = 6
"""How many platforms, problems or mentions are shown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tile:
    """One thing that may need attention."""

    number: Number
    label: str
    more: str = ""
    """What else is to be said of it."""
    alarm: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Growth:
    """New cases of one kind."""

    label: str
    trend: Trend
    href: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """What changed this week."""

    platforms: Sequence[Growth]
    problems: Sequence[Growth]
    unnamed: Sequence[Growth]
    """What grows and has no name yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mine:
    """A case in the queue."""

    reference: str
    platform: str
    problem: str
    level: str
    status: str
    due: str
    late: bool
    wrote: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Called:
    """A note that calls the reader."""

    reference: str
    text: str


@for_officials()
async def show(request: Request) -> Response:
    """The morning of who works on cases, figures for who reads those, accounts for who makes them."""
    if not may(request, "read_figures", "manage_teams"):
        return go(request, next(entry.path for entry in menu(request) if entry.path != "/"))
    house, official, said, now = desk(request), reader(request), words(request), desk(request).clock()
    works = may(request, "handle_cases")
    async with house.database.read() as session:
        morning = await figures.morning(session, official, now) if works else None
        tasks = await figures.mine(session, official, now) if works else []
        called = await figures.mentions(session, official) if works else []
        flows = await figures.flows(session, official, now) if may(request, "read_figures") else []
        lost = await figures.unqueued(session) if may(request, "manage_teams", "direct_cases") else None
        named = await problems.titles(session, [flow.problem_id for flow in flows if flow.problem_id is not None])
        empty = await figures.nothing_yet(session)
        weeks = await drift.weeks(session, now, count=1 + figures.BEFORE) if may(request, "train_models") else []
        otherwise = await lineage.to_review(session, official, now) if may(request, "direct_cases") else None
    counter = Counter(said=said, whole=may(request, "read_cases"))
    return page(
        request, "home/home.html", empty=empty, lost=lost, since=labels.day(said, figures.week(now)),
        tiles=_tiles(counter, morning) if morning else (), tasks=[_mine(said, one, now) for one in tasks],
        all_mine=_number(counter, morning.mine, assignee="me") if morning else None,
        called=[_called(said, one) for one in called[:MOST]], called_in_all=len(called),
        changes=_changes(counter, flows, named, now), otherwise=otherwise,
        drifting=[alert(said, one) for one in drift.alerts(weeks)] if weeks else (),
    )  # fmt: skip


def _tiles(counter: Counter, morning: Morning) -> list[Tile]:
    said = counter.said
    late = said.count("home.asked.late", morning.asked_late) if morning.asked_late else ""
    return [
        _tile(counter, "home.critical", morning.critical, alarm=True, urgency="critical"),
        _tile(counter, "home.overdue", morning.overdue, alarm=True, overdue="yes", sort="due"),
        _tile(counter, "home.human", morning.human, alarm=True, person="yes"),
        _tile(counter, "home.wrote", morning.wrote, wrote="yes"),
        _tile(counter, "home.new", morning.new, new="yes"),
        _tile(counter, "home.unassigned", morning.unassigned, assignee="none"),
        Tile(number=counter.one(morning.asked, {"status": "needs_info"}), label=said("home.asked"),
             more=late, alarm=bool(late)),
    ]  # fmt: skip


def _tile(counter: Counter, key: str, count: int, *, alarm: bool = False, **filters: str) -> Tile:
    number = _number(counter, count, **filters)
    return Tile(number=number, label=counter.said(key), alarm=alarm and count > 0)


def _number(counter: Counter, count: int, **filters: str) -> Number:
    """A count of open cases."""
    return counter.one(count, {**OPEN, **filters})


def _changes(counter: Counter, flows: Sequence[Flow], named: Mapping[int, str], now: datetime) -> Changes:
    """What grows first: by platform, by problem, and what has no name yet."""
    said, since = counter.said, {"filed_from": f"{figures.week(now):%Y-%m-%d}", "merged": "no"}

    def by_platform(flow: Flow) -> tuple[str, dict[str, object]] | None:
        return (naming.platform(said, flow.platform_id), {"platform": flow.platform_id}) if flow.platform_id else None

    def by_problem(flow: Flow) -> tuple[str, dict[str, object]] | None:
        title = named.get(flow.problem_id or 0)
        return (title, {"group": flow.problem_id}) if title is not None else None

    def unnamed(flow: Flow) -> tuple[str, dict[str, object]] | None:
        if flow.problem_id is not None or not flow.category or not flow.platform_id:
            return None
        label = f"{naming.platform(said, flow.platform_id)} · {naming.category(said, flow.category)}"
        return label, {"platform": flow.platform_id, "problem": flow.category, "group": "none"}

    fresh = _grouped(counter, flows, unnamed, since)
    return Changes(
        platforms=_grouped(counter, flows, by_platform, since)[:MOST],
        problems=_grouped(counter, flows, by_problem, since)[:MOST],
        unnamed=[one for one in fresh if one.trend.grows][:MOST],
    )


def _grouped(
    counter: Counter, flows: Sequence[Flow], kind: Callable[[Flow], tuple[str, dict[str, object]] | None],
    since: Mapping[str, str],
) -> list[Growth]:  # fmt: skip
    new: Sums[str] = Sums()
    old: Sums[str] = Sums()
    filters: dict[str, dict[str, object]] = {}
    for flow in flows:
        found = kind(flow)
        if found is not None:
            label, filters[found[0]] = found
            new[label] += flow.now
            old[label] += flow.before
    ordered = sorted(filters, key=lambda label: (not figures.grows(new[label], old[label]), *_gain(new, old, label)))
    return [
        Growth(
            label=label,
            trend=counter.trend(new[label], old[label], {**filters[label], **since}),
            href=f"/problems/{filters[label]['group']}" if isinstance(filters[label].get("group"), int) else "",
        )
        for label in ordered
    ]


def _gain(new: Sums[str], old: Sums[str], label: str) -> tuple[float, int]:
    return (old[label] / figures.BEFORE - new[label], -new[label])


def _mine(said: Words, task: Task, now: datetime) -> Mine:
    return Mine(
        reference=task.reference,
        platform=naming.platform(said, task.platform_id),
        problem=naming.category(said, task.primary_category),
        level=task.urgency_level or "normal",
        status=labels.status(said, task.status),
        due=labels.day(said, task.due_at) if task.due_at else said("home.no_date"),
        late=task.due_at is not None and task.due_at < now,
        wrote=task.firm_at is not None,
    )


def _called(said: Words, one: Mention) -> Called:
    return Called(reference=one.reference, text=said("home.called_by", who=one.by, when=labels.stamp(said, one.at)))


ROUTES = [Route("/", show)]
