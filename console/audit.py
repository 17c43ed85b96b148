"""The audit log, for whoever watches over the desk: who read and did what, and when."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from console.auth import for_officials
from console.pages import desk, page, row_id, words
from console.wording import Words, sentences
from storage import audit_list, references
from storage.audit_list import Listed, Wanted
from stories.formats import PARIS

PER_PAGE = 50
FILTERS = ("official", "act", "subject", "since", "until")
NOTHING = "none:0"
"""A subject that no entry has."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """An entry on the page."""

    number: str
    at: str
    when: str
    who: str
    act: str
    subject: str


@for_officials("read_audit")
async def show(request: Request) -> Response:
    house, said, asked = desk(request), words(request), request.query_params
    async with house.database.read() as session:
        known = references.read(asked.get("subject", ""))
        case = await audit_list.case_id(session, known) if known else None
        wrong = said("audit.no_case") if asked.get("subject", "").strip() and case is None else None
        wanted = _wanted(asked, None if not asked.get("subject", "").strip() else f"case:{case}" if case else NOTHING)
        found = await audit_list.find(session, wanted, limit=PER_PAGE + 1)
        officials = await audit_list.officials(session)
    given = {name: asked.get(name, "") for name in FILTERS}
    older = {**given, "before": str(found[PER_PAGE - 1].id)} if len(found) > PER_PAGE else None
    return page(
        request, "audit/list.html", rows=[_row(said, one) for one in found[:PER_PAGE]], given=given, wrong=wrong,
        officials=officials, acts=_acts(said), older=_query(older) if older else None, newest=_query(given),
        first=wanted.before is None,
    )  # fmt: skip


def _wanted(asked: Mapping[str, str], subject: str | None) -> Wanted:
    since, until = _day(asked.get("since", "")), _day(asked.get("until", ""))
    return Wanted(
        official_id=row_id(asked.get("official")),
        act=asked.get("act", ""),
        subject=subject or "",
        since=_midnight(since) if since else None,
        until=_midnight(until + timedelta(days=1)) if until else None,
        before=row_id(asked.get("before")),
    )


def _row(said: Words, entry: Listed) -> Row:
    return Row(
        number=str(entry.n) if entry.n is not None else said("audit.pending"),
        at=entry.at.isoformat(),
        when=f"{entry.at.astimezone(PARIS):%d/%m/%Y %H:%M:%S}",
        who=entry.official or said("audit.nobody"),
        act=act(said, entry.act),
        subject=_subject(said, entry),
    )


def act(said: Words, name: str) -> str:
    """An act in words; where it has none of its own, the page it was done on."""
    verb, _, page_name = name.partition(".")
    if said.knows(f"act.{name}") or not said.knows(f"audit.other.{verb}"):
        return said.named("act", name)
    return said(f"audit.other.{verb}", page=page_name.replace(".", " / "))


def _acts(said: Words) -> list[tuple[str, str]]:
    names = [key.removeprefix("act.") for key in sentences(said.language) if key.startswith("act.")]
    return sorted(((name, act(said, name)) for name in names), key=lambda one: one[1].casefold())


def _subject(said: Words, entry: Listed) -> str:
    kind, _, number = entry.subject.partition(":")
    if kind == "cases":
        return said.count("audit.shown", int(number))
    name = entry.reference or entry.about or number
    return said(f"audit.subject.{kind}", name=name) if said.knows(f"audit.subject.{kind}") else entry.subject


def _query(given: Mapping[str, str]) -> str:
    return urlencode({name: value for name, value in given.items() if value})


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), PARIS)


ROUTES = [Route("/audit", show)]
