"""The rules of law that may apply to a case, on the day of what happened."""

from __future__ import annotations

import calendar
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from console.essentials import given
from console.wording import Words
from stories.case import problems
from stories.formats import PARIS, day, first_day
from stories.types import Case

YEAR, MONTH = 1, 2
"""How many parts of a date are known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A rule as an official reads it: with its article, which firms are not told."""

    source: str
    said: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """The rules that may apply, and on which day they were looked up."""

    on: str
    rules: tuple[Rule, ...]


def rules(words: Words, case: Case) -> Rules:
    """Those of all its problems; of a month or a year, those in force from its first to its last day."""
    script = words.script
    platform = script.by_platform.get(str(given(case, "platform_id")))
    first, last, on = _days(words, given(case, "incident_date"), case.filed_at)
    known = [script.categories[one] for one in problems(case) if one in script.categories]
    hooks = (script.law[hook] for hook in dict.fromkeys(hook for category in known for hook in category.law))
    return Rules(
        on=on,
        rules=tuple(
            Rule(source=f"{hook.law}, art. {hook.article}", said=hook.say[words.language])
            for hook in hooks
            if hook.applies(first, platform) and hook.applies(last, platform)
        ),
    )


def _days(words: Words, told: object, filed_at: datetime) -> tuple[date, date, str]:
    """The first and last day that the date of the facts may mean; that of filing where there is none."""
    if not (isinstance(told, Mapping) and "precision" in told):
        filed = filed_at.astimezone(PARIS).date()
        return filed, filed, words("law.filed", day=day(filed, words.language))
    first, parts = first_day(told), str(told["value"]).count("-") + 1
    if parts == YEAR:
        last = date(first.year, 12, 31)
    elif parts == MONTH:
        last = date(first.year, first.month, calendar.monthrange(first.year, first.month)[1])
    else:
        last = first
    return first, last, words("law.facts")
