"""Finds the cases that an official asks for, and shows them a page at a time."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cached_property
from typing import Any

import sqlalchemy as sa
from sqlalchemy import ColumnElement, and_, exists, or_
from sqlalchemy.ext.asyncio import AsyncSession

from storage import access, identity, references
from storage.access import Official, seen_by
from storage.crypto import KeyRing
from storage.desk_tables import CaseCategoryRow, CaseRow, CaseTagRow, OfficialRow
from storage.fulltext import holds, read_words
from storage.query import LARGEST_ROW, YEARS, Query
from storage.tables import AttachmentRow, ConversationRow
from stories.formats import PARIS
from stories.script import Script

MOST_COUNTED = 1000
"""More are told as "1 000+"."""
EMAIL = re.compile(r"[^\s@\"]+@[^\s@\"]+\.[^\s@\"]+")
NUMBER = re.compile(r"(?:\+|00)?[\d\s.()-]{8,24}")
SIREN, SIRET = 9, 14
"""Digits of a company's numbers."""


@dataclass(frozen=True, kw_only=True)
class Asker:
    """Who asks, and what the answer depends on."""

    official: Official
    ring: KeyRing
    script: Script
    now: datetime
    identity_reason: bool = False
    """Whether only who gave a reason for it lately may know whose case it is."""

    @cached_property
    def visited(self) -> ColumnElement[datetime | None]:
        """When this official's visit before this one ended."""
        column = sa.select(OfficialRow.visited_at).where(OfficialRow.id == self.official.id)
        return column.scalar_subquery()


def select(
    asker: Asker, query: Query, *, within: Callable[[Official], ColumnElement[bool]] = seen_by
) -> sa.Select[CaseRow]:
    """The cases of a query that the official may see (`within`), in its order, from the place where it is."""
    return ordered(matching(asker, query, within=within), query)


def matching(
    asker: Asker, query: Query, *, within: Callable[[Official], ColumnElement[bool]] = seen_by
) -> sa.Select[CaseRow]:
    """The same in any order, all of them."""
    asked = [CONDITIONS[name](asker, values) for name, values in query.filters.items()]
    if "snoozed" not in query.filters:
        asked.append(~_sleeps(asker))
    return sa.select(CaseRow).where(within(asker.official), *asked)


async def count(session: AsyncSession, asker: Asker, query: Query, *, most: int = MOST_COUNTED) -> int:
    """How many there are; one more than `most` where there are more."""
    wanted = matching(asker, query).with_only_columns(CaseRow.id)
    if "q" not in query.filters:  # Without an order PostgreSQL reads whole rows, not the index that has all of a list.
        wanted = wanted.order_by(CaseRow.filed_at.desc(), CaseRow.id.desc())
    found = wanted.limit(most + 1).subquery()
    return await session.scalar(sa.select(sa.func.count()).select_from(found)) or 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """A column that a list is ordered by."""

    by: Any
    falls: bool = False
    """The greatest first."""
    may_lack: bool = False
    """What has none comes last."""
    reads: Callable[[str], Any] = str


def _moment(text: str) -> datetime:
    """Raises ValueError."""
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None or moment.year not in YEARS:
        raise ValueError(text)
    return moment


def _natural(text: str) -> int:
    """Raises ValueError."""
    if not text.isascii() or int(text) not in range(LARGEST_ROW + 1):
        raise ValueError(text)
    return int(text)


KEYS: dict[str, tuple[Key, ...]] = {
    "newest": (Key(by=CaseRow.filed_at, falls=True, reads=_moment),),
    "oldest": (Key(by=CaseRow.filed_at, reads=_moment),),
    # The levels happen to be in the order of the alphabet: critical, high, normal.
    "urgency": (Key(by=CaseRow.urgency_level, may_lack=True), Key(by=CaseRow.deadline_date, may_lack=True)),
    "due": (Key(by=CaseRow.due_at, may_lack=True, reads=_moment),),
    "changed": (Key(by=CaseRow.updated_at, falls=True, reads=_moment),),
    "loss": (Key(by=sa.func.coalesce(CaseRow.loss_band, 0), falls=True, reads=_natural),),
}


def ordered(found: sa.Select[CaseRow], query: Query) -> sa.Select[CaseRow]:
    """In the order of the query, beginning after its place. Raises ValueError where that is none."""
    keys = KEYS[query.sort]
    falls = keys[0].falls
    order = [key.by.desc() if key.falls else key.by.nulls_last() if key.may_lack else key.by for key in keys]
    found = found.order_by(*order, CaseRow.id.desc() if falls else CaseRow.id)
    if not query.after:
        return found
    *typed, row_id = query.after.split("_")
    if len(typed) != len(keys):
        raise ValueError(query.after)
    values = [key.reads(text) if text else None for key, text in zip(keys, typed, strict=True)]
    if any(value is None and not key.may_lack for key, value in zip(keys, values, strict=True)):
        raise ValueError(query.after)
    return found.where(_beyond(keys, values, _natural(row_id), falls=falls))


def place(query: Query, row: Any) -> str:  # noqa: ANN401  # A row that has the columns of KEYS.
    """Where the list stands after this case."""
    held = [_held(row, key) for key in KEYS[query.sort]]
    return "_".join([*held, str(row.id)])


def _held(row: Any, key: Key) -> str:  # noqa: ANN401  # The same.
    value = (row.loss_band or 0) if key.reads is _natural else getattr(row, key.by.key)
    return value.isoformat() if isinstance(value, datetime) else "" if value is None else str(value)


def _beyond(keys: Sequence[Key], values: Sequence[Any], row_id: int, *, falls: bool) -> ColumnElement[bool]:
    """What comes after these values and this id in the order of the keys."""
    by_id = CaseRow.id < row_id if falls else CaseRow.id > row_id
    if len(keys) == 1 and not keys[0].may_lack:  # One comparison, which an index can answer.
        both = sa.tuple_(keys[0].by, CaseRow.id)
        last = sa.tuple_(sa.literal(values[0], keys[0].by.type), sa.literal(row_id, CaseRow.id.type))
        return both < last if falls else both > last
    beyond = by_id
    for key, value in zip(reversed(keys), reversed(values), strict=True):
        if value is None:
            beyond = and_(key.by.is_(None), beyond)
        else:
            beyond = or_(key.by > value, and_(key.by == value, beyond), key.by.is_(None))
    return beyond


Condition = Callable[[Asker, Sequence[str]], ColumnElement[bool]]


def _text(asker: Asker, values: Sequence[str]) -> ColumnElement[bool]:
    """The case that is named by its reference, the cases of a firm's number or address, or those with the words."""
    reference = references.read(values[0])
    if reference is not None:
        return CaseRow.reference == reference
    firm = _firm(asker, values[0])
    if firm is None:
        return holds(read_words(values[0]))
    return and_(firm, identity.opened_by(asker.official, asker.now)) if asker.identity_reason else firm


def _firm(asker: Asker, typed: str) -> ColumnElement[bool] | None:
    """The cases of a firm's number or address, for who may know firms; None where it is none."""
    if not names_firm(asker, typed):
        return None
    blind, digits = asker.ring.blind, sum(letter.isdigit() for letter in typed)
    if EMAIL.fullmatch(typed):
        return CaseRow.email == blind("email", typed)
    company = {SIREN: CaseRow.siren == blind("siren", typed), SIRET: CaseRow.siret == blind("siret", typed)}
    return or_(CaseRow.phone == blind("phone", typed), company.get(digits, sa.false()))


def names_firm(asker: Asker, typed: str) -> bool:
    """Whether a firm is asked for by its number or address, by who may know firms."""
    told = EMAIL.fullmatch(typed) or NUMBER.fullmatch(typed)
    return told is not None and references.read(typed) is None and access.may(asker.official.role, "read_identity")


def _day(text: str, *, after: bool = False) -> datetime:
    """When a day begins in Paris, or the day after it."""
    return datetime.combine(date.fromisoformat(text) + timedelta(days=int(after)), time(), PARIS)


def _sleeps(asker: Asker) -> ColumnElement[bool]:
    return and_(CaseRow.snoozed_until.is_not(None), CaseRow.snoozed_until > asker.now)


def _in(column: Any) -> Condition:  # noqa: ANN401  # A column of any type.
    return lambda _, values: column.in_(values)


def _set(condition: ColumnElement[bool]) -> Condition:
    return lambda _, values: condition if values[0] == "yes" else sa.not_(condition)


def _rows(column: Any) -> Condition:  # noqa: ANN401  # A column of ids.
    def condition(asker: Asker, values: Sequence[str]) -> ColumnElement[bool]:
        ids = [asker.official.id if value == "me" else int(value) for value in values if value not in {"none", "any"}]
        lacks = [column.is_(None)] if "none" in values else []
        return or_(column.in_(ids), *lacks, *([column.is_not(None)] if "any" in values else []))

    return condition


def _waits(asker: Asker, values: Sequence[str]) -> ColumnElement[bool]:
    return CaseRow.status.in_([status.id for status in asker.script.statuses.values() if status.waits_on in values])


def _reasons(_: Asker, values: Sequence[str]) -> ColumnElement[bool]:
    held = sa.cast(CaseRow.urgency_reasons, sa.Text)
    return or_(*(held.contains(f'"{value}"', autoescape=True) for value in values))


def _answer(_: Asker, values: Sequence[str]) -> ColumnElement[bool]:
    match values[0]:
        case "unreachable":
            return _conversation(ConversationRow.unreachable_at.is_not(None))
        case "none":
            return CaseRow.answerable.is_(sa.false())
        case _:
            return CaseRow.answerable.is_(sa.true())


def _shares(_: Asker, values: Sequence[str]) -> ColumnElement[bool]:
    unsaid = [CaseRow.share_platform.is_(None)] if "unsaid" in values else []
    return or_(CaseRow.share_platform.in_(values), *unsaid)


def _conversation(condition: ColumnElement[bool]) -> ColumnElement[bool]:
    return exists().where(ConversationRow.id == CaseRow.conversation_id, condition).correlate(CaseRow)


def _tagged(values: Sequence[str]) -> ColumnElement[bool]:
    return exists().where(CaseTagRow.case_id == CaseRow.id, CaseTagRow.tag.in_(values))


def _named(_: Asker, values: Sequence[str]) -> ColumnElement[bool]:
    return or_(
        CaseRow.primary_category.in_(values),
        exists().where(CaseCategoryRow.case_id == CaseRow.id, CaseCategoryRow.category.in_(values)),
    )


def _new(asker: Asker, _: Sequence[str]) -> ColumnElement[bool]:
    """Filed since the last visit, or its firm wrote since; all, to who was never here."""
    since = asker.visited
    return or_(since.is_(None), CaseRow.filed_at > since, CaseRow.firm_at > since)


FILES = _conversation(AttachmentRow.lane == ConversationRow.lane)
CONDITIONS: dict[str, Condition] = {
    "q": _text,
    "status": _in(CaseRow.status),
    "waits": _waits,
    "platform": _in(CaseRow.platform_id),
    "problem": _in(CaseRow.primary_category),
    "named": _named,
    "urgency": _in(CaseRow.urgency_level),
    "reason": _reasons,
    "team": _rows(CaseRow.team_id),
    "assignee": _rows(CaseRow.assignee_id),
    "channel": _in(CaseRow.channel),
    "language": _in(CaseRow.language),
    "filed_from": lambda _, values: CaseRow.filed_at >= _day(values[0]),
    "filed_to": lambda _, values: CaseRow.filed_at < _day(values[0], after=True),
    "changed_from": lambda _, values: CaseRow.updated_at >= _day(values[0]),
    "changed_to": lambda _, values: CaseRow.updated_at < _day(values[0], after=True),
    "deadline_to": lambda _, values: CaseRow.deadline_date <= values[0],
    "overdue": lambda asker, values: _set(sa.func.coalesce(CaseRow.due_at < asker.now, sa.false()))(asker, values),
    "files": _set(FILES),
    "person": _set(_conversation(ConversationRow.wants_human.is_(sa.true()))),
    "answer": _answer,
    "share": _shares,
    "mediator": _set(CaseRow.share_mediateur.is_(sa.true())),
    "dgccrf": _set(CaseRow.share_dgccrf.is_(sa.true())),
    "tag": lambda _, values: _tagged(values),
    "without_tag": lambda _, values: ~_tagged(values),
    "group": _rows(CaseRow.problem_id),
    "loss": lambda _, values: CaseRow.loss_band >= len(values[0]),
    "snoozed": lambda asker, values: _sleeps(asker) if values[0] == "only" else sa.true(),
    "merged": _set(CaseRow.merged_into.is_not(None)),
    "opened": _set(CaseRow.opened_at.is_not(None)),
    "wrote": _set(CaseRow.firm_at.is_not(None)),
    "erasure": _set(CaseRow.erasure_requested_at.is_not(None)),
    "new": _new,
}
"""By the name of the filter."""
