"""Partial dates said in any of the usual French and English ways, counted from the day of the message."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta

from nlu.calendar import Aim, Partial, unit_of
from nlu.date_forms import FORMS, Form
from nlu.date_meanings import NO_DATE, day_alone, is_since
from nlu.page import Mention, Page

_NEARBY = 90
_NEXT = re.compile(r"next|prochain|qui vient")


@dataclass(frozen=True, slots=True, kw_only=True)
class When:
    """A date found, before it is known what happened on it."""

    start: int
    end: int
    partial: Partial | None
    """What is open settled by the nearest past; None where no calendar has it."""
    ahead: Partial | None
    """What is open settled by the nearest future."""
    until: bool = False
    """Said as a limit: before, until, within."""
    since: bool = False
    aimed: bool = False
    """Counted from today by the words themselves: tomorrow, next Friday, within a week."""
    duration: str = ""
    """For a length of time: its unit."""
    alone: bool = False
    """A day without its month."""

    def mention(self, field: str, confidence: float = 1.0) -> Mention:
        value = self.partial.json() if self.partial else None
        approx = self.partial is not None and self.partial.approx
        return Mention(field=field, value=value, start=self.start, end=self.end, approx=approx, confidence=confidence)


def find_dates(page: Page) -> list[When]:
    """Every date on the page in order, the longest where several overlap."""
    found = [when for form in FORMS if _may_be(form, page) for when in _read(form, page)]
    found.sort(key=lambda when: (when.start - when.end, when.start))
    taken = bytearray(len(page.folded))
    kept: list[When] = []
    for when in found:
        if not any(taken[when.start : when.end]):
            taken[when.start : when.end] = b"1" * (when.end - when.start)
            kept.append(when)
    return list(_in_month(page, sorted(kept, key=lambda when: when.start)))


def _may_be(form: Form, page: Page) -> bool:
    if form.hint is not None:
        return not page.words.isdisjoint(form.hint)
    return form.shape.search(page.folded) is not None


def _in_month(page: Page, dates: list[When]) -> Iterator[When]:
    """A day without its month is in that of the day told just before, where it lies after it and is not to come."""
    last: When | None = None
    for when in dates:
        before = last.partial if last and when.start - last.end <= _NEARBY else None
        if when.alone and when.partial and before and before.precision == "day" and before.day < when.partial.day:
            same = before.day.replace(day=1) + timedelta(days=when.partial.day.day - 1)
            if before.day < same <= page.today and same.month == before.day.month:
                when = replace(when, partial=replace(when.partial, day=same))  # noqa: PLW2901  # The same date, settled.
        yield when
        last = when


def _read(form: Form, page: Page) -> Iterator[When]:
    for found in form.pattern.finditer(page.folded):
        said = found.groupdict()
        within = said.get("within") is not None
        ago = said.get("ago") is not None or is_since(said.get("since"))
        partial = _build(form, found, page, "future" if within else "past")
        if partial is not NO_DATE:
            until = within or bool(said.get("until"))
            aimed = until or ago or bool(said.get("aimed")) or _NEXT.search(found[0]) is not None
            yield When(
                start=found.start(),
                end=found.start() + len(found[0].rstrip(".")),
                partial=partial,
                ahead=partial if ago or within else _build(form, found, page, "future"),
                until=until,
                since=ago,
                aimed=aimed,
                duration=unit_of(said["unit"]) if said.get("unit") else "",
                alone=form.build is day_alone,
            )


def _build(form: Form, found: re.Match[str], page: Page, aim: Aim) -> Partial | None:
    try:
        return form.build(found, page, aim)
    except (OverflowError, ValueError):
        return None
