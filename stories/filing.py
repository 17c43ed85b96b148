"""What is filed, and what it lacks before it can be."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from stories import learning, problems, summary, urgency
from stories.effects import FileCase
from stories.exchange import Exchange
from stories.types import Answer, Case, Part

DEFAULTS: Mapping[str, object] = {
    "share_platform": "no",
    "share_mediateur": False,
    "share_dgccrf": False,
    "quote_anonymised": False,
    "preferred_channel": "chat",
}
"""What holds where the firm chose nothing: nothing leaves, and the answer comes here."""
MEASURES: Mapping[str, tuple[str, str]] = {
    "account_suspension": ("account", "total"),
    "identity_verification": ("service", "unknown"),
    "listing_removal": ("visibility", "partial"),
    "ranking_visibility": ("visibility", "partial"),
    "price_control_parity": ("visibility", "partial"),
    "ip_complaint_against_seller": ("visibility", "partial"),
    "product_compliance": ("visibility", "partial"),
    "funds_withheld": ("monetary", "unknown"),
    "buyer_claims_returns": ("monetary", "partial"),
}
"""The measure that a problem stands for and its scope, in the words of the DSA Transparency Database."""


def file(x: Exchange) -> list[Case]:
    """File the case, or the linked cases, of this conversation."""
    parts: tuple[Part | None, ...] = x.known.parts or (None,)
    references = x.turn.supplies.references[: len(parts)]
    cases = []
    for place, (part, reference) in enumerate(zip(parts, references, strict=True)):
        linked = tuple(other for other in references if other != reference)
        case = Case(
            reference=reference,
            language=x.language,
            channel=x.turn.head.channel,
            filed_at=x.turn.at,
            fields=fields(x, part),
            narrative=x.known.narrative,
            linked=linked,
        )
        x.effects.append(FileCase(case=case, part=place))
        cases.append(case)
    x.set(filed=references, filed_at=x.turn.at, answers=cases[0].fields if len(cases) == 1 else x.known.answers)
    return cases


def fields(x: Exchange, part: Part | None) -> dict[str, Answer]:
    """The answers of one case, with its defaults, what the firm confirmed by sending, and what follows by rule."""
    answers = of_part(x, part) if part is not None else dict(x.known.answers)
    for name, default in DEFAULTS.items():
        if name not in answers or answers[name].state != "given":
            state = answers[name].state if name in answers else "given"
            answers[name] = Answer(value=default, state="given", raw=state if state != "given" else "", by="default")
    if answers.get("platform_id", Answer(state="unknown")).state != "given":
        kept = answers.get("platform_id", Answer(state="unknown"))
        answers["platform_id"] = replace(kept, value="other")
    if "primary_category" not in answers:
        answers["primary_category"] = Answer(value="other", by="rule")
    lines = set(summary.order(x.script, replace(x.known, answers=answers)))
    answers = {name: replace(a, confirmed=True) if name in lines else a for name, a in answers.items()}
    answers["categories"] = Answer(value=_categories(x, answers), by="rule")
    answers["contact_back"] = Answer(value=answers["preferred_channel"].value != "code_only", by="rule", confirmed=True)
    shown = x.known if part is None else replace(x.known, answers=of_part(x, part), lines=())
    answers["summary_validated"] = Answer(value=summary.text(x.script, shown), by="rule", confirmed=True)
    if "other_platforms" in answers:
        named = [p for p in answers["other_platforms"].value if p["id"] != answers["platform_id"].value]
        answers["other_platforms"] = replace(answers["other_platforms"], value=named)
    _add_measure(answers)
    return answers | urgent(x, answers)


def amended(x: Exchange, changed: Mapping[str, Answer]) -> dict[str, Answer]:
    """The fields of a filed case that this turn changes."""
    fields = dict(changed)
    if {"categories", "primary_category"} & set(fields):
        fields["categories"] = Answer(value=_categories(x, x.known.answers), by="rule")
    if "preferred_channel" in fields:
        fields["contact_back"] = Answer(value=fields["preferred_channel"].value != "code_only", by="rule")
    return fields | urgent(x, x.known.answers) if fields else {}


def _add_measure(answers: dict[str, Answer]) -> None:
    kind, scope = MEASURES.get(str(answers["primary_category"].value), ("", "unknown"))
    if kind:
        answers.setdefault("measure_kind", Answer(value=[kind], by="rule"))
        answers.setdefault("measure_scope", Answer(value=scope, by="rule"))


def urgent(x: Exchange, answers: Mapping[str, Answer]) -> dict[str, Answer]:
    """Level and reasons of urgency, as fields."""
    found = urgency.reasons(x.script, answers, x.known.told, x.turn.at)
    return {
        "level": Answer(value=urgency.level(x.script, found, x.known.told), by="rule"),
        "reasons": Answer(value=found, by="rule"),
    }


def _categories(x: Exchange, answers: Mapping[str, Answer]) -> list[Mapping[str, object]]:
    """The main problem and the further ones shown, each with who said so and in which words."""
    main = str(answers["primary_category"].value)
    known = replace(x.known, answers=dict(answers))
    heard = {c["id"]: c for c in problems.heard(known)}
    listed = [main, *problems.others(x.script, known, main)]
    first = heard.get(main, {"confidence": answers["primary_category"].confidence, "source": "firm"})
    return [{**heard.get(one, first), "id": one, "confirmed": True} for one in listed]


def of_part(x: Exchange, part: Part) -> dict[str, Answer]:
    """The answers of one of several linked cases: its platform, its problems, and what was told of that platform."""
    others = {p["id"]: p for p in x.given("other_platforms") or []}
    heard = [c for c in problems.heard(x.known) if c["id"] in part.problems]
    answers = {**x.known.answers, "categories": Answer(value=heard, by="rule")}
    if part.problems:
        answers["primary_category"] = Answer(value=part.problems[0], by="rule", confirmed=True)
    if part.platform in others:
        other = others[part.platform]
        place = {"by": "rule", "message": other["message"], "confirmed": True}
        answers = {name: a for name, a in answers.items() if name not in learning.OWNED}
        answers["platform_id"] = _placed(other["id"], other["span"], place)
        for name, told in other["values"].items():
            answers[name] = replace(_placed(told["value"], told["span"], place), raw=told["raw"], approx=told["approx"])
        return answers
    elsewhere = {(p["message"], *v["span"]) for p in others.values() for v in p["values"].values()}
    return {n: a for n, a in answers.items() if n not in learning.OWNED or (a.message, a.start, a.end) not in elsewhere}


def _placed(value: Any, span: list[int], place: Mapping[str, Any]) -> Answer:  # noqa: ANN401  # Any JSON.
    return Answer(value=value, start=span[0], end=span[1], **place)
