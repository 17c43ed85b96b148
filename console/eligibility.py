"""Whether a case can go to mediation, at a glance: what stands in the way, what is known, what is not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from console.essentials import given
from console.wording import Words
from stories.types import Case

Verdict = Literal["clear", "bars", "open"]
"""`bars`: stands in the way, or must be weighed. `open`: not known."""
FIRM = ("siren", "siret", "foreign_id")
"""What says which legal entity the firm is; its name alone does not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """One thing that a mediator asks first."""

    key: str
    verdict: Verdict
    text: str


def points(words: Words, case: Case) -> list[Point]:
    """What a mediator asks first, from the fields of the case."""
    return [
        _point(words, "court", _court(case)),
        _point(words, "liquidation", _liquidation(case)),
        _point(words, "lawyer", _yes_no(case, "lawyer")),
        _point(words, "entities", _entities(words, case)),
        _point(words, "mediation", _mediation(case)),
    ]


def _point(words: Words, key: str, verdict: Verdict) -> Point:
    return Point(key=key, verdict=verdict, text=words(f"eligibility.{key}.{verdict}"))


def _court(case: Case) -> Verdict:
    facets = {key: given(case, key) for key in ("court_case", "facets.court_pending")}
    if facets["court_case"] in {"pending", "decided"} or facets["facets.court_pending"] == "yes":
        return "bars"
    return "clear" if facets["court_case"] == "none" or facets["facets.court_pending"] == "no" else "open"


def _liquidation(case: Case) -> Verdict:
    status = given(case, "insolvency_status")
    if status in {None, "prefer_not"}:
        return "open"
    return "bars" if status == "liquidation" else "clear"


def _yes_no(case: Case, key: str) -> Verdict:
    value = given(case, key)
    return "open" if value is None else "bars" if value is True else "clear"


def _entities(words: Words, case: Case) -> Verdict:
    """Both are known where the firm gave a number and the script names the company behind the platform."""
    platform = words.script.by_platform.get(given(case, "platform_id") or "")
    firm = any(given(case, key) for key in FIRM)
    return "clear" if firm and platform is not None and platform.entity else "open"


def _mediation(case: Case) -> Verdict:
    """An earlier or a running mediation, by the mediator of enterprises or by the platform's own."""
    asked, own = given(case, "mediateur_entreprises"), given(case, "platform_mediator")
    if asked in {"ongoing", "past_failed", "past_agreed"} or own in {"asked", "refused", "ongoing", "failed", "agreed"}:
        return "bars"
    return "clear" if asked == "no" else "open"
