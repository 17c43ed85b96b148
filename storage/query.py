"""What officials ask of the list of cases, as it stands in the address of the page."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Literal
from urllib.parse import parse_qsl, urlencode

from stories.case import CHATS
from stories.script import LANGUAGES, Script

Kind = Literal["words", "choice", "yes_no", "day", "row", "tag"]
Options = Callable[[Script], Sequence[str]]
LONGEST = 400
"""Letters of a value."""
MOST = 40
"""Values of one filter."""
LARGEST_ROW = (1 << 63) - 1
YEARS = range(2000, 2100)
"""Of days that can be asked for."""
WAITS = ("officials", "firm", "platform", "mediator", "third_party", "nobody")
CHANNELS = (*sorted(CHATS), "terminal", "phone_entered", "email_entered", "import")
LOSSES = ("1000", "10000", "100000", "1000000")
"""Euros of which the number of figures is known of each case."""
SORTS = ("newest", "oldest", "urgency", "due", "changed", "loss")
COLUMNS = ("filed", "waits", "due", "platform", "problem", "urgency", "assignee", "team", "channel", "loss", "tags",
           "changed", "answer")  # fmt: skip
SHOWN = ("filed", "waits", "due", "platform", "problem", "urgency", "assignee")
"""The columns of who has chosen none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """One thing that may be asked of a case."""

    name: str
    kind: Kind
    options: Options | None = None
    """Of a choice; of a row, words that may stand instead of an id."""
    many: bool = False
    """Several values may be given: one of them is enough."""


def _listed(*names: str) -> Options:
    return lambda _: names


def _field(name: str) -> Options:
    return lambda script: script.fields[name].values


def _statuses(script: Script) -> Sequence[str]:
    """Those that a case may have: a draft is none yet."""
    return tuple(status for status in script.statuses if status != "draft")


FILTERS: Mapping[str, Filter] = {
    one.name: one
    for one in (
        Filter(name="q", kind="words"),
        Filter(name="status", kind="choice", options=_statuses, many=True),
        Filter(name="waits", kind="choice", options=_listed(*WAITS), many=True),
        Filter(name="platform", kind="choice", many=True,
               options=lambda script: tuple(platform.id for platform in script.platforms.platforms)),
        Filter(name="problem", kind="choice", options=lambda script: tuple(script.categories), many=True),
        Filter(name="named", kind="choice", options=lambda script: tuple(script.categories), many=True),
        Filter(name="urgency", kind="choice", options=_field("level"), many=True),
        Filter(name="reason", kind="choice", options=_field("reasons"), many=True),
        Filter(name="team", kind="row", many=True),
        Filter(name="assignee", kind="row", options=_listed("me", "none"), many=True),
        Filter(name="channel", kind="choice", options=_listed(*CHANNELS), many=True),
        Filter(name="language", kind="choice", options=_listed(*LANGUAGES)),
        Filter(name="filed_from", kind="day"),
        Filter(name="filed_to", kind="day"),
        Filter(name="changed_from", kind="day"),
        Filter(name="changed_to", kind="day"),
        Filter(name="deadline_to", kind="day"),
        Filter(name="overdue", kind="yes_no"),
        Filter(name="files", kind="yes_no"),
        Filter(name="person", kind="yes_no"),
        Filter(name="answer", kind="choice", options=_listed("possible", "none", "unreachable")),
        Filter(name="share", kind="choice", options=_listed("unsaid", "no", "anonymised", "named"), many=True),
        Filter(name="mediator", kind="yes_no"),
        Filter(name="dgccrf", kind="yes_no"),
        Filter(name="tag", kind="tag", many=True),
        Filter(name="without_tag", kind="tag", many=True),
        Filter(name="group", kind="row", options=_listed("none", "any"), many=True),
        Filter(name="loss", kind="choice", options=_listed(*LOSSES)),
        Filter(name="snoozed", kind="choice", options=_listed("shown", "only")),
        Filter(name="merged", kind="yes_no"),
        Filter(name="opened", kind="yes_no"),
        Filter(name="wrote", kind="yes_no"),
        Filter(name="erasure", kind="yes_no"),
        Filter(name="new", kind="choice", options=_listed("yes")),
    )
}  # fmt: skip
"""By name. Sleeping cases are hidden unless `snoozed` asks for them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Complaint:
    """A part of a query that cannot be followed."""

    name: str
    value: str
    known: bool
    """There is a filter of that name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """Which cases, in which order, with which columns."""

    filters: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Values by the filter's name, each one possible."""
    sort: str = SORTS[0]
    columns: tuple[str, ...] = SHOWN
    after: str = ""
    """The place in the list where the page before ended."""
    complaints: tuple[Complaint, ...] = ()

    def one(self, name: str) -> str:
        return next(iter(self.filters.get(name, ())), "")

    def pairs(self) -> list[tuple[str, str]]:
        """As in the address, without the place."""
        asked = [(name, value) for name, values in self.filters.items() for value in values]
        asked += [("sort", self.sort)] if self.sort != SORTS[0] else []
        return asked + ([("col", column) for column in self.columns] if self.columns != SHOWN else [])

    def address(self) -> str:
        return urlencode(self.pairs())

    def without(self, name: str, value: str) -> Query:
        left = tuple(one for one in self.filters.get(name, ()) if one != value)
        others = {other: values for other, values in self.filters.items() if other != name}
        return replace(self, filters={**others, name: left} if left else others, after="")

    def given(self, **filters: str) -> Query:
        """The same with other values of these filters."""
        return replace(self, filters={**self.filters, **{name: (value,) for name, value in filters.items()}}, after="")


def read_address(text: str, script: Script) -> Query:
    """A query as it is kept with a view or an export."""
    return read_query(parse_qsl(text), script)


def read_query(pairs: Iterable[tuple[str, str]], script: Script) -> Query:
    """What the address asks for; what cannot be followed is a complaint."""
    filters: dict[str, tuple[str, ...]] = {}
    complaints: list[Complaint] = []
    columns: list[str] = []
    sort, after = SORTS[0], ""
    for name, typed in pairs:
        value = " ".join(typed.split())
        known = name in FILTERS or name in {"sort", "col", "after"}
        if not value:
            continue
        if name in FILTERS and possible(FILTERS[name], value, script, filters.get(name, ())):
            filters[name] = tuple(dict.fromkeys((*filters.get(name, ()), value)))
        elif name == "sort" and value in SORTS:
            sort = value
        elif name == "col" and value in COLUMNS:
            columns.append(value)
        elif name == "after" and len(value) <= LONGEST and "\0" not in value:
            after = value
        else:
            complaints.append(Complaint(name=name, value=value[:LONGEST], known=known))
    chosen = tuple(column for column in COLUMNS if column in columns) or SHOWN
    return Query(filters=filters, sort=sort, columns=chosen, after=after, complaints=tuple(complaints))


def possible(one: Filter, value: str, script: Script, before: Sequence[str] = ()) -> bool:
    """Whether a filter may have this value besides those it has."""
    if len(value) > LONGEST or "\0" in value or len(before) >= (MOST if one.many else 1):
        return False
    options = one.options(script) if one.options else ()
    match one.kind:
        case "words":
            return any(letter.isalnum() for letter in value)
        case "choice":
            return value in options
        case "yes_no":
            return value in {"yes", "no"}
        case "day":
            return _is_day(value)
        case "row":
            return value in options or (value.isascii() and value.isdecimal() and int(value) <= LARGEST_ROW)
        case "tag":
            return True


def _is_day(text: str) -> bool:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return False
    return day.isoformat() == text and day.year in YEARS
