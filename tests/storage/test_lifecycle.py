"""A case goes where the script lets it, as far as its firm agreed, and its clock waits while the firm is asked."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from storage import cases, lifecycle
from storage.access import Role
from storage.crypto import KeyRing
from stories.types import Answer, Case
from tests.console import firm
from tests.console.conftest import script

FRIDAY = datetime(2026, 11, 27, 9, tzinfo=UTC)
NAMED = {"share_platform": Answer(value="named")}
REFUSED = {"share_platform": Answer(value="no")}
NOT_SAID = {"share_platform": Answer(state="declined")}
NO_MEDIATOR = {"share_mediateur": Answer(value=False)}
DGCCRF = {"share_dgccrf": Answer(value=True)}


def case(**changes: Answer) -> Case:
    return firm.case("PV-2026-00000-0", channel="webchat", **changes)


def test_officials_set_what_the_script_lets_follow_and_nothing_that_is_not_theirs() -> None:
    follow = {name: [after.id for after in lifecycle.following(script(), name)] for name in script().statuses}
    assert follow["submitted"] == ["in_review", "closed"]
    assert follow["in_review"] == ["needs_info", "qualified", "closed", "referred"]
    assert follow["closed"] == ["in_review"]
    assert follow["withdrawn"] == follow["anonymised"] == []
    assert not any(lifecycle.NOT_OURS & set(after) for after in follow.values())
    assert lifecycle.following(script(), "of another script") == []


@pytest.mark.parametrize(
    ("steps", "role", "reason", "changes", "because"),
    [
        ("submitted → in_review", "agent", "", {}, None),
        ("submitted → qualified", "agent", "", {}, "not_next"),
        ("in_review → withdrawn", "supervisor", "", {}, "not_next"),
        ("in_review → nonsense", "supervisor", "", {}, "not_next"),
        ("qualified → closed", "agent", "duplicate", {}, "directed"),
        ("qualified → closed", "supervisor", "duplicate", {}, None),
        ("qualified → closed", "supervisor", "", {}, "reason"),
        ("qualified → closed", "supervisor", "because", {}, "reason"),
        ("closed → in_review", "agent", "", {}, "directed"),
        ("closed → in_review", "supervisor", "", {}, None),
        ("qualified → transmitted_platform", "agent", "", {}, "directed"),
        ("qualified → transmitted_platform", "supervisor", "", {}, None),
        ("qualified → transmitted_platform", "supervisor", "", NAMED, None),
        ("qualified → transmitted_platform", "supervisor", "", REFUSED, "share_platform"),
        ("qualified → transmitted_platform", "supervisor", "", NOT_SAID, "share_platform"),
        ("qualified → in_mediation", "supervisor", "", {}, None),
        ("qualified → in_mediation", "supervisor", "", NO_MEDIATOR, "share_mediateur"),
        ("qualified → referred", "supervisor", "dgccrf", {}, "share_dgccrf"),
        ("qualified → referred", "supervisor", "dgccrf", DGCCRF, None),
        ("qualified → referred", "supervisor", "article_40", {}, None),
        ("qualified → referred", "supervisor", "", DGCCRF, "reason"),
    ],
)
def test_a_step_is_refused_with_its_reason(
    steps: str, role: Role, reason: str, changes: dict[str, Answer], because: str | None
) -> None:
    before, after = steps.split(" → ")
    found = lifecycle.refusal(script(), case(**changes), before, after, role=role, reason=reason)
    assert found == because


@pytest.mark.parametrize(
    ("status", "level", "day"),
    [
        ("submitted", "normal", 3),
        ("submitted", "critical", 30),
        ("platform_replied", None, 4),
        ("qualified", "critical", 1),
        ("needs_info", "normal", None),
        ("closed", "critical", None),
    ],
)
def test_a_status_that_waits_on_officials_gives_a_deadline_in_working_days(
    status: str, level: str | None, day: int | None
) -> None:
    due = lifecycle.due_at(script(), status, level, FRIDAY)
    assert (due.day if due else None) == day


@pytest.mark.parametrize(("level", "day"), [("normal", 7), ("critical", 1)])
def test_a_new_case_is_due_when_the_script_in_use_says(ring: KeyRing, level: str, day: int) -> None:
    submitted = script().statuses["submitted"].model_copy(update={"days": 6, "critical_days": 2})
    other = script().model_copy(update={"statuses": {**script().statuses, "submitted": submitted}})
    filed = replace(case(level=Answer(value=level)), filed_at=FRIDAY)
    assert cases.row(ring, other, filed, filed_by=None, part=0, conversation_id=None)["due_at"].day == day


def test_the_clock_stands_still_while_the_firm_is_asked() -> None:
    due = lifecycle.due_at(script(), "submitted", "normal", FRIDAY)
    asked = lifecycle.clock(script(), "needs_info", "normal", at=FRIDAY, due=due, left=None)
    assert asked == {"due_at": None, "due_left": 4}
    later = datetime(2026, 12, 24, 9, tzinfo=UTC)
    resumed = lifecycle.clock(script(), "in_review", "normal", at=later, due=None, left=asked["due_left"])
    assert resumed == lifecycle.resumed(later, 4)
    assert resumed["due_at"].day == 31  # 24 December is a Thursday, Christmas a holiday.
    assert resumed["due_left"] is None
