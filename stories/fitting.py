"""Fits what we know to the script in use, which may have been exchanged since: what it no longer names is forgotten."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from stories.asking import NOT_A_FIELD
from stories.script import Script
from stories.types import Answer, Conversation, Understanding


def fit(script: Script, known: Conversation) -> Conversation:
    """What we know, without the platforms, problems and questions that the script no longer has.

    A problem that is retired stays where the firm named it itself, or where the case is filed.
    """
    kept = {name: fitted for name, one in known.answers.items() if (fitted := _answer(script, known, name, one))}
    if kept != known.answers:
        known = replace(known, answers=kept)
    parts = tuple(part for part in known.parts if part.platform in script.by_platform)
    if parts != known.parts or not {one for part in parts for one in part.problems} <= script.categories.keys():
        told = tuple(one for one in known.told if one != "split")
        known = replace(known, parts=(), told=told)
    if known.asking is not None and not _asks(script, known, known.asking):
        known = replace(known, asking=None, offered=())
    return known


def heard(script: Script, understanding: Understanding) -> Understanding:
    """What was understood, without the problems that the script does not offer: a model may know others."""
    offered = tuple(label for label in understanding.problems if label.id in script.offered)
    return understanding if offered == understanding.problems else replace(understanding, problems=offered)


def _answer(script: Script, known: Conversation, name: str, answer: Answer) -> Answer | None:
    """An answer as it still stands; None where nothing is left of it."""
    if answer.state != "given":
        return answer
    match name:
        case "platform_id":
            return answer if answer.value in script.by_platform else None
        case "other_platforms":
            return _without(answer, [one for one in answer.value if one["id"] in script.by_platform])
        case "primary_category":
            stands = answer.value in (script.categories if answer.confirmed or known.filed else script.offered)
            return answer if stands else None
        case "categories":
            return _without(answer, [one for one in answer.value if _is_named(script, known, one)])
    return answer


def _is_named(script: Script, known: Conversation, problem: Mapping[str, Any]) -> bool:
    by_model = problem.get("source") == "model" and not problem.get("confirmed") and not known.filed
    return problem["id"] in (script.offered if by_model else script.categories)


def _without(answer: Answer, left: list[Mapping[str, Any]]) -> Answer | None:
    if left == list(answer.value):
        return answer
    return replace(answer, value=left) if left else None


def _asks(script: Script, known: Conversation, asking: str) -> bool:
    main = known.answers.get("primary_category")
    return asking in NOT_A_FIELD or script.question(asking, str(main.value) if main else None) is not None
