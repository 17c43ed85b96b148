"""How urgent a case is, by rule; officials may say otherwise, and it is never shown as a promise."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from stories.formats import within
from stories.script import Script
from stories.types import Answer

LEVELS = ("normal", "high", "critical")
CRITICAL = frozenset({"survival_imminent", "stock_destruction"})
HIGH = frozenset({"deadline_<=7d", "jobs_at_risk>=5", "funds_held>=25pct_turnover", "account_total"})
_TURNOVER = {"<50k": 50_000, "50-250k": 250_000, "250k-1M": 1_000_000, "1-2M": 2_000_000, "2-10M": 10_000_000}
"""The upper end of each turnover band, in euros."""


def reasons(script: Script, answers: Mapping[str, Answer], told: tuple[str, ...], at: datetime) -> list[str]:
    """The reasons that hold, in the order of `urgency.reasons` of a case."""

    def given(name: str) -> Any:  # noqa: ANN401  # An answer's value is any JSON.
        answer = answers.get(name)
        return answer.value if answer is not None and answer.state == "given" else None

    found = {e.reason for e in script.emergencies if e.reason and f"emergency:{e.id}" in told}
    if given("survival_risk") == "imminent":
        found.add("survival_imminent")
    if given("deadline_date") and within(date.fromisoformat(given("deadline_date")), at, 7):
        found.add("deadline_<=7d")
    if given("deadline_kind") == "stock_destruction":
        found.add("stock_destruction")
    if (given("jobs_at_risk") or 0) >= 5:  # noqa: PLR2004
        found.add("jobs_at_risk>=5")
    turnover = _TURNOVER.get(given("turnover_band") or "")
    if turnover and (given("funds_held_eur") or 0) >= turnover / 4:
        found.add("funds_held>=25pct_turnover")
    if given("primary_category") == "account_suspension" and given("account_status") not in {"active", "reinstated"}:
        found.add("account_total")
    if given("facets.seasonal_peak") == "yes":
        found.add("peak_season")
    return [reason for reason in script.fields["reasons"].values if reason in found]


def level(script: Script, found: list[str], told: tuple[str, ...]) -> str:
    """`critical`, `high` or `normal`: the gravest of the reasons and of the emergencies told."""
    levels = {emergency.level for emergency in script.emergencies if f"emergency:{emergency.id}" in told}
    if CRITICAL & set(found) or "critical" in levels:
        return "critical"
    return "high" if HIGH & set(found) or "high" in levels else "normal"
