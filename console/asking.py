"""What may be asked of the list of cases, as a form, and what is asked, in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from starlette.requests import Request

from console import labels
from console.auth import reader
from console.pages import desk
from console.wording import Words
from storage.access import Official, may
from storage.colleagues import Colleague
from storage.query import COLUMNS, FILTERS, SORTS, Complaint, Filter, Query
from storage.search import Asker
from storage.teams import Team
from stories import formats

SECTIONS: Mapping[str, tuple[str, ...]] = {
    "follow": ("status", "waits", "assignee", "team", "overdue", "opened", "wrote", "new", "snoozed", "merged"),
    "subject": ("platform", "problem", "named", "urgency", "reason", "group", "tag", "without_tag", "loss"),
    "firm": ("channel", "language", "person", "answer", "files", "share", "mediator", "dgccrf", "erasure"),
    "days": ("filed_from", "filed_to", "changed_from", "changed_to", "deadline_to"),
}
"""The filters of the form but for the text, in the order in which they stand there."""


def asker(request: Request) -> Asker:
    house = desk(request)
    return Asker(
        official=reader(request), ring=house.ring, script=house.script, now=house.clock(),
        identity_reason=house.identity_reason,
    )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """What rows of other tables are called."""

    teams: Sequence[Team]
    colleagues: Sequence[Colleague]
    problems: Mapping[int, str]
    tags: Sequence[str]

    def of(self, name: str) -> dict[str, str]:
        """Names by id, for a filter that asks for rows."""
        match name:
            case "team":
                return {str(team.id): team.name for team in self.teams}
            case "assignee":
                return {str(official.id): official.name for official in self.colleagues}
            case _:
                return {str(row_id): title for row_id, title in self.problems.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    value: str
    label: str
    chosen: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """A filter in the form: `boxes` to tick, a list to `choose` from, a `day`, or `typed`."""

    name: str
    label: str
    shape: str
    options: tuple[Option, ...] = ()
    values: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    title: str
    fields: tuple[Field, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Chip:
    """One thing asked, and the list without it."""

    text: str
    address: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """Everything that may be asked."""

    text: str
    sections: tuple[Section, ...]
    sorts: tuple[Option, ...]
    columns: tuple[Option, ...]
    tags: tuple[str, ...]


def form(said: Words, query: Query, names: Names, official: Official) -> Form:
    sections = (
        Section(
            title=said(f"ask.section.{title}"),
            fields=tuple(_field(said, FILTERS[name], query, names) for name in within if _for(official, name)),
        )
        for title, within in SECTIONS.items()
    )
    return Form(
        text=query.one("q"),
        sections=tuple(sections),
        sorts=tuple(Option(value=sort, label=said(f"sort.{sort}"), chosen=sort == query.sort) for sort in SORTS),
        columns=tuple(
            Option(value=column, label=said(f"column.{column}"), chosen=column in query.columns) for column in COLUMNS
        ),
        tags=tuple(names.tags),
    )


def chips(said: Words, query: Query, names: Names) -> list[Chip]:
    """What is asked, each with the address of the list without it."""
    return [
        Chip(
            text=said("ask.chip", label=said(f"ask.{name}"), value=value_of(said, name, value, names)),
            address=query.without(name, value).address(),
        )
        for name, values in query.filters.items()
        for value in values
    ]


def complaints(said: Words, query: Query, names: Names) -> list[str]:
    """What of the query cannot be followed, in words: what no filter takes, and rows that are not there."""
    gone = [
        Complaint(name=name, value=value, known=True)
        for name in ("team", "assignee", "group")
        for value in query.filters.get(name, ())
        if value.isdecimal() and value not in names.of(name)
    ]
    return [_complaint(said, one) for one in (*query.complaints, *gone)]


def value_of(said: Words, name: str, value: str, names: Names) -> str:
    """A value of a filter in words."""
    one = FILTERS[name]
    if one.kind == "yes_no":
        return said(value)
    if one.kind == "day":
        day = date.fromisoformat(value)
        return f"{day:%d/%m/%Y}" if said.language == "fr" else f"{day:%d %b %Y}"
    if said.knows(f"ask.{name}.{value}"):
        return said(f"ask.{name}.{value}")
    match name:
        case "status":
            return said.script.statuses[value].label[said.language]
        case "platform":
            return labels.value(said, "platform_id", value)
        case "problem" | "named":
            return labels.problem(said, value)
        case "urgency" | "reason" | "channel" | "language":
            return said.named(name, value)
        case "share":
            return said.named("share", "undecided" if value == "unsaid" else value)
        case "loss":
            return formats.money(int(value), said.language)
    return names.of(name).get(value, value) if one.kind == "row" else value


def _complaint(said: Words, complaint: Complaint) -> str:
    known = complaint.known and said.knows(f"ask.{complaint.name}")
    label = said(f"ask.{complaint.name}") if known else complaint.name
    return said("ask.impossible" if complaint.known else "ask.unknown", label=label, value=complaint.value)


def _for(official: Official, name: str) -> bool:
    """Whether a filter says anything to this official."""
    return name != "group" or may(official.role, "read_figures")


def _field(said: Words, one: Filter, query: Query, names: Names) -> Field:
    values = query.filters.get(one.name, ())
    offered = [
        Option(value=value, label=value_of(said, one.name, value, names), chosen=value in values)
        for value in _offered(said, one, names, values)
    ]
    shape = "day" if one.kind == "day" else "typed" if one.kind == "tag" else "boxes" if one.many else "choose"
    return Field(
        name=one.name, label=said(f"ask.{one.name}"), shape=shape, options=tuple(offered), values=(*values, "")
    )


def _offered(said: Words, one: Filter, names: Names, chosen: Sequence[str]) -> Iterator[str]:
    yield from one.options(said.script) if one.options else ()
    if one.kind == "yes_no":
        yield from ("yes", "no")
    elif one.name == "assignee":
        yield from (str(row.id) for row in names.colleagues if row.handles or str(row.id) in chosen)
    elif one.kind == "row":
        yield from names.of(one.name)
