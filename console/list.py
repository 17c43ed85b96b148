"""The list of cases: what needs attention, found by what is asked."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from console import asking, essentials, labels, views
from console.asking import Names, asker
from console.auth import for_officials
from console.pages import desk, go, page, words
from console.recording import showing
from console.wording import Words
from storage import calendar, colleagues, search, teams
from storage import desk as desk_rows
from storage.desk import Listed
from storage.query import Query, read_query
from stories import formats

PER_PAGE = 25


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """When officials owe something, or until when the firm may answer."""

    text: str
    late: bool = False
    soon: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A case in the list."""

    id: int
    reference: str
    filed: str
    filed_at: str
    changed: str
    changed_at: str
    status: str
    waits: str
    """Who is waited for, and since when."""
    due: Due | None
    platform: str
    problem: str
    machine: bool
    others: str
    level: str
    reasons: str
    assignee: str
    initials: str
    team: str
    flags: tuple[str, ...]
    channel: str
    language: str
    loss: str
    tags: tuple[str, ...]
    answer: str
    unanswerable: bool


async def names(session: AsyncSession) -> Names:
    """What teams, officials, problems and tags are called."""
    return Names(
        teams=await teams.every(session),
        colleagues=await colleagues.every(session),
        problems=await desk_rows.problems(session),
        tags=await desk_rows.known_tags(session),
    )


@for_officials("read_cases")
async def show_list(request: Request) -> Response:
    house, said, who = desk(request), words(request), asker(request)
    asked = request.query_params.multi_items()
    query = read_query(asked, house.script)
    if any(not value for _, value in asked) and not query.complaints:
        return go(request, f"/cases?{query.address()}")  # A form sends every field: the address shall be shareable.
    async with house.database.read() as session:
        known = await names(session)
        wrong = asking.complaints(said, query, known)
        found, number = desk_rows.Page(listed=(), after=""), 0
        if not wrong:
            try:
                found = await desk_rows.page(session, who, query, size=PER_PAGE)
            except ValueError:
                wrong = [said("ask.no_place")]
            else:
                whole = not query.after and not found.after
                number = len(found.listed) if whole else await search.count(session, who, query)
        shelf = await views.shelf(session, who)
    showing(request, len(found.listed))
    return page(
        request,
        "list/list.html",
        status=422 if wrong else 200,
        wrong=wrong,
        rows=[row(said, one, known, who.now) for one in found.listed],
        columns=[(column, said(f"column.{column}")) for column in query.columns],
        count=counted(said, number),
        number=number,
        after=found.after,
        query=query,
        form=asking.form(said, query, known, who.official),
        chips=asking.chips(said, query, known) if not wrong else [],
        quick=_quick(said, query),
        shelf=shelf,
        names=known,
        only_opened=who.identity_reason and search.names_firm(who, query.filters.get("q", ("",))[0]),
        reasons=[(one.id, one.label[said.language]) for one in house.script.statuses["closed"].reasons],
    )


def counted(said: Words, number: int) -> str:
    """So many cases, in words; what is not counted to its end is said to be more."""
    return said("list.over") if number > search.MOST_COUNTED else said.count("list.count", number)


@dataclass(frozen=True, slots=True, kw_only=True)
class Quick:
    """A search that everybody needs."""

    label: str
    address: str
    current: bool


QUICK = {
    "all": Query(),
    "mine": Query(filters={"assignee": ("me",), "waits": ("officials",)}, sort="due"),
    "free": Query(filters={"assignee": ("none",), "waits": ("officials",)}, sort="due"),
    "overdue": Query(filters={"overdue": ("yes",)}, sort="due"),
    "urgent": Query(filters={"urgency": ("critical", "high"), "waits": ("officials",)}, sort="urgency"),
    "wrote": Query(filters={"wrote": ("yes",)}, sort="changed"),
}


def _quick(said: Words, query: Query) -> list[Quick]:
    return [
        Quick(label=said(f"list.quick.{name}"), address=one.address(), current=one.address() == query.address())
        for name, one in QUICK.items()
    ]


def row(said: Words, listed: Listed, known: Names, now: datetime) -> Row:
    line, case = listed.line, listed.case
    others = len(essentials.other_problems(said, case))
    main = essentials.main_part(said, case)
    answer, unanswerable = essentials.way_to_answer(said, case)
    assignee = next((one.name for one in known.colleagues if one.id == line.assignee_id), "")
    return Row(
        id=line.id,
        reference=line.reference,
        filed=labels.stamp(said, line.filed_at),
        filed_at=line.filed_at.isoformat(),
        changed=labels.stamp(said, line.updated_at),
        changed_at=line.updated_at.isoformat(),
        status=labels.status(said, line.status),
        waits=_waits(said, listed),
        due=_due(said, listed, now),
        platform=labels.value(said, "platform_id", line.platform_id) if line.platform_id else said("cases.unknown"),
        problem=main.text,
        machine=main.machine,
        others=said.count("cases.others", others) if others else "",
        level=line.urgency_level or "normal",
        reasons=essentials.urgency_reasons(said, line.urgency_reasons),
        assignee=assignee,
        initials="".join(part[0] for part in assignee.replace("-", " ").split())[:3].upper(),
        team=next((team.name for team in known.teams if team.id == line.team_id), ""),
        flags=tuple(_flags(said, listed, now, unanswerable=unanswerable)),
        channel=said.named("channel", line.channel),
        language=said.named("language", line.language),
        loss=labels.said(said, "loss_eur", case.fields["loss_eur"]) if essentials.given(case, "loss_eur") else "",
        tags=listed.tags,
        answer=answer,
        unanswerable=unanswerable,
    )


def _flags(said: Words, listed: Listed, now: datetime, *, unanswerable: bool) -> Iterator[str]:
    """What must not be overlooked, in a word or two."""
    line = listed.line
    raised = {
        "list.flag.wrote": line.firm_at is not None,
        "list.flag.human": listed.wants_human,
        "list.flag.erasure": line.erasure_requested_at is not None,
        "list.flag.unreachable": listed.unreachable_at is not None,
        "list.flag.unanswerable": unanswerable,
        "list.flag.unopened": line.opened_at is None,
    }
    yield from (said(key) for key, up in raised.items() if up)
    if line.snoozed_until is not None and line.snoozed_until > now:
        yield said("list.flag.snoozed", day=_day(said, line.snoozed_until))


def _waits(said: Words, listed: Listed) -> str:
    """Who is waited for since when: the firm's last word counts, else the last change."""
    status = said.script.statuses.get(listed.line.status)
    if status is None or status.waits_on == "nobody":
        return ""
    since = listed.line.firm_at or listed.line.updated_at
    return said("list.waits", who=said(f"ask.waits.{status.waits_on}"), day=_day(said, since))


def _due(said: Words, listed: Listed, now: datetime) -> Due | None:
    due_at, asked_until = listed.line.due_at, listed.line.asked_until
    if due_at is None:
        return Due(text=said("list.asked_until", day=_day(said, asked_until))) if asked_until else None
    if due_at < now:
        late = calendar.left(due_at, now)
        return Due(text=said.count("list.late", late) if late else said("list.late.today"), late=True)
    days = calendar.left(now, due_at)
    return Due(text=said.count("list.due", days) if days else said("list.due.today"), soon=days <= 1)


def _day(said: Words, at: datetime) -> str:
    local = at.astimezone(formats.PARIS)
    return f"{local:%d/%m}" if said.language == "fr" else f"{local:%d %b}"


ROUTES = [Route("/cases", show_list)]
