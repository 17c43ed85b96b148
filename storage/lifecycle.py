"""Where a case may go next, what stands in the way, and when officials owe their next act. Pure: no database."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from storage import access, calendar, consents
from storage.access import Role
from stories.script import Reason, Script, Status
from stories.types import Case

NOT_OURS = frozenset({"submitted", "withdrawn", "merged", "anonymised"})
"""Reached in other ways: by filing, by the firm, by joining two cases, by the end of retention."""
OVER = ("closed", "merged", "withdrawn", "anonymised")
"""Nobody is to act on these any more."""


def following(script: Script, status: str) -> list[Status]:
    """The statuses that an official may set after this one, in the order of the script."""
    known = script.statuses.get(status)
    return [script.statuses[after] for after in known.next if after not in NOT_OURS] if known else []


def refusal(script: Script, case: Case, before: str, after: str, *, role: Role, reason: str = "") -> str | None:
    """What forbids this step, as a word: not_next, directed, reason, or the consent that lacks; None where it may be.

    `reason`: the id of one of the reasons of the status.
    """
    if after not in {status.id for status in following(script, before)}:
        return "not_next"
    wanted = script.statuses[after]
    if (wanted.directed or before in OVER) and not access.may(role, "direct_cases"):
        return "directed"
    given = given_reason(wanted, reason)
    if wanted.reasons and given is None:
        return "reason"
    needs = wanted.needs if given is None or not given.duty else None
    return needs if needs and not consents.agrees(needs, case.fields.get(needs)) else None


def given_reason(status: Status, reason: str) -> Reason | None:
    return next((one for one in status.reasons if one.id == reason), None)


def due_at(script: Script, status: str, level: str | None, since: datetime) -> datetime | None:
    """When officials owe their next act on a case that has this status since then; None where nothing is due."""
    known = script.statuses.get(status)
    if known is None or known.days is None:
        return None
    critical = level == "critical" and known.critical_days is not None
    return calendar.due(since, (known.critical_days or 0) if critical else known.days)


def clock(
    script: Script, status: str, level: str | None, *, at: datetime, due: datetime | None, left: int | None
) -> dict[str, Any]:
    """The columns of a case's deadline once it has this status.

    It pauses while the firm is asked, and goes on with the working days that were `left`.
    """
    known = script.statuses.get(status)
    if known is not None and known.id == "needs_info":
        return {"due_at": None, "due_left": calendar.left(at, due) if due is not None else left}
    if left is not None and status == "in_review":
        return {"due_at": calendar.due(at, left), "due_left": None, "asked_until": None}
    return {"due_at": due_at(script, status, level, at), "due_left": None, "asked_until": None}


def resumed(at: datetime, left: int | None) -> dict[str, Any]:
    """The columns of a case whose firm answered: the clock goes on where it stopped."""
    return {"due_at": calendar.due(at, left or 0), "due_left": None, "asked_until": None}
