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


def again(
    script: Script, held: Mapping[str, Answer], new: Mapping[str, Answer], at: datetime
) -> dict[str, Answer]:  # fmt: skip
    """What new values make of a filed case's urgency; empty where it stays.

    What rests on other things than values stays, as an emergency that was told. So does a level that an official set,
    unless a new reason is graver.
    """
    known, was = tuple(_value(held, "reasons") or ()), _value(held, "level") or "normal"
    before, after = (reasons(script, answers, (), at) for answers in (held, {**held, **new}))
    if before == after:
        return {}
    kept = set(known) - set(before)
    found = [reason for reason in script.fields["reasons"].values if reason in {*kept, *after}]
    told = was if level(script, list(known), ()) != was else "normal"
    reached = max(level(script, found, ()), told, key=LEVELS.index)
    return but_set_by_officials(
        {"level": Answer(value=reached, by="rule"), "reasons": Answer(value=found, by="rule")}, held
    )


def but_set_by_officials(new: Mapping[str, Answer], held: Mapping[str, Answer]) -> dict[str, Answer]:
    """New values without a level that an official set otherwise, unless a new reason makes it graver."""
    ours, found = held.get("level"), new.get("level")
    if ours is None or ours.by != "official" or found is None:
        return dict(new)
    known, told = (set(_value(answers, "reasons") or ()) for answers in (held, new))
    graver = LEVELS.index(found.value) > LEVELS.index(ours.value)
    if graver and not told <= known:
        return dict(new)
    return {name: answer for name, answer in new.items() if name != "level"}


def _value(answers: Mapping[str, Answer], name: str) -> Any:  # noqa: ANN401  # An answer's value is any JSON.
    return answers[name].value if name in answers else None


def level(script: Script, found: list[str], told: tuple[str, ...]) -> str:
    """`critical`, `high` or `normal`: the gravest of the reasons and of the emergencies told."""
    levels = {emergency.level for emergency in script.emergencies if f"emergency:{emergency.id}" in told}
    if CRITICAL & set(found) or "critical" in levels:
        return "critical"
    return "high" if HIGH & set(found) or "high" in levels else "normal"
