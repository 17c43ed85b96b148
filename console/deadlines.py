"""When something is due, in working days and in words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from console import labels
from console.wording import Words
from storage import calendar

SOON = 1
"""Working days within which a deadline is shown as close."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """A deadline of officials."""

    text: str
    """`Due in 2 working days`, `Overdue by 1 working day`."""
    exact: str
    state: str
    """late, soon or later."""


def due(words: Words, now: datetime, due_at: datetime) -> Due:
    exact = labels.stamp(words, due_at)
    if due_at < now:
        late = calendar.left(due_at, now)
        return Due(text=words.count("due.late", late) if late else words("due.late.today"), exact=exact, state="late")
    days = calendar.left(now, due_at)
    text = words.count("due.in", days) if days else words("due.today")
    return Due(text=text, exact=exact, state="soon" if days <= SOON else "later")
