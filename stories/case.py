"""A filed case as the document that officials, receipts and other programs read: nested groups of plain values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC
from types import MappingProxyType
from typing import Any

from stories.script import Script
from stories.types import Answer, Case

CHATS = frozenset({"telegram", "whatsapp", "webchat", "web_form"})
"""The channels in which an answer reaches the firm."""
PAGES = frozenset({"webchat", "web_form"})
"""Those of them to which the firm comes to read."""
NOTHING_KEPT: Mapping[str, Any] = MappingProxyType({})
AROUND: Mapping[str, tuple[str, ...]] = {
    "system": (
        "case_id", "public_ref", "access_code_hash", "channel", "lang", "taxonomy_version",
        "created_at", "updated_at", "submitted_at", "idempotency_key",
    ),
    "contact": ("email_verified_at",),
    "problem": ("narrative_original", "narrative_masked"),
    "evidence": ("items",),
    "consent": ("statistics", "log"),
    "workflow": (
        "status", "assignee", "team", "tags", "linked_cases", "problem_id", "duplicate_of", "next_action_at",
        "snoozed_until", "internal_notes", "messages", "transmissions", "closure_reason", "firm_feedback", "events",
    ),
    "retention": ("purge_at", "legal_hold", "anonymised_at"),
    "transcript": ("turns",),
}  # fmt: skip
"""What the script does not name, because no question fills it."""
ORDER = (
    "system", "company", "contact", "platform", "problem", "impact", "steps", "evidence", "wish", "consent", "urgency",
    "workflow", "retention", "transcript",
)  # fmt: skip
MAPS = frozenset({"facets", "category_answers"})
LISTS = frozenset({
    "categories", "items", "evidence_pending", "log", "tags", "linked_cases", "internal_notes", "messages",
    "transmissions", "events", "turns", "reasons",
})  # fmt: skip
"""Empty, rather than absent, where there is none."""
CATEGORY = ("id", "confidence", "source", "confirmed")
PRECISIONS = {4: "year", 7: "month", 10: "day"}
SOURCES = {"model": "model", "firm": "person", "staff": "official"}
METHODS = {"official": "staff"}


def way_to_answer(case: Case) -> str | None:
    """How the firm can be answered: chat, email or phone; code_only where it comes back by itself; None: not at all."""

    def given(name: str) -> Any:  # noqa: ANN401  # An answer's value is any JSON.
        answer = case.fields.get(name)
        return answer.value if answer is not None and answer.state == "given" else None

    wanted = given("preferred_channel") or "chat"
    if wanted == "code_only" or given("contact_back") is False:
        return "code_only"
    reachable = {"chat": case.channel in CHATS, "email": bool(given("email")), "phone": bool(given("phone"))}
    return next((way for way in (wanted, "chat", "email", "phone") if reachable.get(way)), None)


def problems(case: Case) -> list[str]:
    """The categories of a case, the main one first."""
    main, listed = case.fields.get("primary_category"), case.fields.get("categories")
    told = [str(main.value)] if main is not None and main.state == "given" and main.value else []
    held = listed.value if listed is not None and listed.state == "given" else ()
    return list(dict.fromkeys([*told, *(str(one["id"]) if isinstance(one, Mapping) else str(one) for one in held)]))


def document(script: Script, case: Case, *, status: str, kept: Mapping[str, Any] = NOTHING_KEPT) -> dict[str, Any]:
    """Nest a case in the groups of `case_fields`; docs/case.schema.json describes the result.

    `kept` is what is known besides what was filed, by field: `updated_at`, `narrative_masked`, `turns`…
    """
    answers = {name: answer for name, answer in case.fields.items() if name.split(".", 1)[0] in script.fields}
    known = {**_of_filing(script, case), **_given(script, answers), "status": status, **kept}
    groups: dict[str, dict[str, Any]] = {
        group: {name: _plain(known.get(name), name) for name in AROUND.get(group, ())} for group in ORDER
    }
    for name, field in script.fields.items():
        groups[field.group][name] = _map(script, answers, name) if name in MAPS else _plain(known.get(name), name)
    return {**groups, "states": _states(groups, answers), "provenance": _provenance(answers, case)}


def _of_filing(script: Script, case: Case) -> dict[str, Any]:
    """Give what holds for every case, unless an answer says otherwise."""
    platform = case.fields.get("platform_id")
    filed_at = case.filed_at.astimezone(UTC).isoformat()
    return {
        "public_ref": case.reference,
        "channel": case.channel,
        "lang": case.language,
        "preferred_lang": case.language,
        "taxonomy_version": script.assistant.version,
        "created_at": filed_at,
        "updated_at": filed_at,
        "submitted_at": filed_at,
        "platform_name_typed": platform.raw or None if platform else None,
        "narrative_original": "\n\n".join(passage.text for passage in case.narrative),
        "statistics": "always",
        "linked_cases": list(case.linked),
        "level": "normal",
    }


def value(script: Script, name: str, answer: Answer) -> Any:  # noqa: ANN401  # Any JSON: what a field may hold.
    """The value of a field as a document has it; None where none was given."""
    if answer.state != "given":
        return None
    field = script.fields.get(name)
    match answer.value:
        case {"value": _, "precision": _} as date:
            return {"approx": answer.approx, **date}
        case str() as date if field is not None and field.type in {"date", "partial_date"}:
            return {"value": date, "precision": PRECISIONS[len(date)], "approx": answer.approx}
        case (list() | tuple()) as problems if name == "categories":
            return [{key: problem[key] for key in CATEGORY} for problem in problems]
        case (list() | tuple()) as platforms if name == "other_platforms":
            return [platform["id"] for platform in platforms]
        case plain:
            return plain


def _plain(held: Any, name: str) -> Any:  # noqa: ANN401  # Any JSON: what a field may hold.
    return [] if held is None and name in LISTS else held


def _given(script: Script, answers: Mapping[str, Answer]) -> dict[str, Any]:
    return {name: value(script, name, answer) for name, answer in answers.items() if answer.state == "given"}


def _map(script: Script, answers: Mapping[str, Answer], name: str) -> dict[str, Any]:
    entries = {field: answer for field, answer in answers.items() if field.startswith(f"{name}.")}
    return {field.removeprefix(f"{name}."): value(script, field, answer) for field, answer in entries.items()}


def _states(groups: Mapping[str, Mapping[str, Any]], answers: Mapping[str, Answer]) -> dict[str, str]:
    states = {
        name: "not_asked" if held is None else "given" for fields in groups.values() for name, held in fields.items()
    }
    return states | {name: answer.state for name, answer in answers.items()}


def _provenance(answers: Mapping[str, Answer], case: Case) -> dict[str, dict[str, Any]]:
    passages = {passage.message: passage.text for passage in case.narrative}
    origins = {name: _origin(answer, passages) for name, answer in answers.items()}
    for name in ("categories", "other_platforms"):
        for entry in answers[name].value if name in answers and answers[name].state == "given" else ():
            if "span" in entry:
                origins[f"{name}.{entry['id']}"] = _origin(_of_entry(answers[name], entry), passages)
    return origins


def _of_entry(answer: Answer, entry: Mapping[str, Any]) -> Answer:
    """Give one entry of a list that keeps the place it was read from as an answer of its own."""
    start, end = entry["span"]
    by = SOURCES.get(entry.get("source", ""), answer.by)
    confidence = entry.get("confidence", answer.confidence)
    return replace(answer, by=by, message=entry["message"], start=start, end=end, confidence=confidence)


def _origin(answer: Answer, passages: Mapping[str, str]) -> dict[str, Any]:
    span = None if answer.start is None or answer.end is None else [answer.start, answer.end]
    said = passages.get(answer.message or "")
    method = answer.by.split(":", 1)[0]
    return {
        "message": answer.message,
        "span": span,
        "text": said[span[0] : span[1]] if span and said is not None else answer.raw,
        "method": METHODS.get(method, method),
        "by": answer.by,
        "confidence": answer.confidence,
        "confirmed_by_firm": answer.confirmed,
        "approx": answer.approx,
    }
