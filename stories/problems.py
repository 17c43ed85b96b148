"""Which problem is the main one: noted, separated by one question, confirmed, or asked openly."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from stories.folding import fold
from stories.script import Script, TieBreak
from stories.types import Answer, Conversation, Label, Part, Turn

_APART = re.compile(
    r"\b(?:deux|2) (?:choses|problemes|soucis|sujets|affaires|litiges)\b|\b(?:rien a voir|sans rapport)\b"
    r"|\b(?:two|2) (?:\w+ )?(?:things|problems|issues|matters)\b|\bunrelated\b"
)
"""How a person says that it tells two matters."""
FALLBACK = ("other", "out_of_scope")
SECONDARY = "no_human_contact"
_RIVAL = 0.5
"""A second problem at least this likely, beside the first, makes the main one doubtful."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Doubt:
    """What to ask to settle the main problem: a question that separates, or the likeliest ones to choose from."""

    guess: str | None
    options: tuple[str, ...]
    tie: TieBreak | None = None


_HINT = 0.25
"""Silence is rarely the whole grievance: another problem at least this likely is asked about."""
_ALONE = 0.65
"""A problem at least this likely, and without a rival, needs no question."""


def heard(known: Conversation) -> list[Mapping[str, Any]]:
    """Every problem heard so far, likeliest first, as kept in `categories`."""
    answer = known.answers.get("categories")
    return sorted(answer.value, key=lambda c: -c["confidence"]) if answer and answer.state == "given" else []


def hear(script: Script, known: Conversation, turn: Turn) -> Answer | None:
    """The problems heard so far with those of this turn: for each the best passage. None where nothing is new."""
    kept = {c["id"]: dict(c) for c in heard(known)}
    for label in (*turn.understanding.problems, *_by_rule(script, turn)):
        if label.probability < 0.1 or kept.get(label.id, {"confidence": 0.0})["confidence"] >= label.probability:  # noqa: PLR2004
            continue
        message, start, end = turn.locate(label.start, label.end)
        kept[label.id] = {
            "id": label.id,
            "confidence": round(label.probability, 3),
            "source": "model",
            "confirmed": False,
            "message": message,
            "span": [start, end],
        }
    listed = sorted(kept.values(), key=lambda c: -c["confidence"])
    if listed == heard(known):
        return None
    return Answer(value=listed, by=f"model:{turn.understanding.by}", confidence=listed[0]["confidence"])


def _by_rule(script: Script, turn: Turn) -> list[Label]:
    """An account that the text says closed or suspended is that problem, whatever else is in it."""
    return [
        Label(id="account_suspension", probability=script.assistant.sure, start=entity.start, end=entity.end)
        for entity in turn.understanding.entities
        if entity.field == "account_status" and entity.value in {"closed", "suspended"} and entity.confidence >= _RIVAL
    ]


def likely(script: Script, known: Conversation) -> list[tuple[str, float]]:
    """The problems that may be the main one, in order of precedence among the sure ones, then by probability."""
    ranked = [(c["id"], c["confidence"]) for c in heard(known) if c["id"] not in FALLBACK]
    status = known.answers.get("account_status")
    if status is not None and status.value in {"active", "reinstated"}:
        ranked = [pair for pair in ranked if pair[0] != "account_suspension"]
    if any(name != SECONDARY and score >= script.assistant.likely for name, score in ranked):
        ranked = [pair for pair in ranked if pair[0] != SECONDARY]
    for first, second in script.assistant.precedence:
        places = {name: place for place, (name, _) in enumerate(ranked)}
        if first in places and second in places and places[second] < places[first]:
            pair = ranked[places[first]]
            if pair[1] >= script.assistant.likely:
                ranked.remove(pair)
                ranked.insert(places[second], pair)
    return ranked


def decide(script: Script, known: Conversation) -> str | Doubt:
    """The main problem where it is clear, or what to ask."""
    ranked = likely(script, known)
    top = tuple(problem for problem, _ in ranked[:3])
    if not ranked or ranked[0][1] < script.assistant.likely:
        first = tuple(one for one in script.assistant.first_problems if one in script.offered)
        return Doubt(guess=None, options=top or first)
    problem, probability = ranked[0]
    if problem == SECONDARY and len(ranked) > 1 and ranked[1][1] >= _HINT:
        return Doubt(guess=problem, options=(ranked[1][0], problem))
    ties = [tie for tie in script.assistant.tie_breaks if all(a.problem in script.offered for a in tie.answers)]
    exclusive = [tie for tie in ties if tie.exclusive and problem in tie.between]
    if "unsure" in known.told and exclusive:
        return Doubt(guess=problem, options=tuple(a.problem for a in exclusive[0].answers), tie=exclusive[0])
    alone = len(ranked) == 1 or ranked[1][1] < _RIVAL * probability
    if probability >= script.assistant.sure or (alone and probability >= _ALONE):
        return problem
    rivals = {name for name, score in ranked if score >= max(0.15, _RIVAL * probability)}
    for tie in ties:
        if problem in tie.between and (tie.exclusive or len(rivals & set(tie.between)) > 1):
            return Doubt(guess=problem, options=tuple(a.problem for a in tie.answers), tie=tie)
    return Doubt(guess=problem, options=top)


def others(script: Script, known: Conversation, main: str | None) -> list[str]:
    """The further problems to note beside the main one, likeliest first, at most four."""
    chosen = [c["id"] for c in heard(known) if c["id"] != main and c["id"] not in FALLBACK]
    sure = {c["id"] for c in heard(known) if c["confidence"] >= script.assistant.likely or c["source"] != "model"}
    rivals = _excluded(script, known, main)
    return [problem for problem in chosen if problem in sure and problem not in rivals][:4]


def _excluded(script: Script, known: Conversation, main: str | None) -> set[str]:
    """Choosing one side of a question that only one side can win sets the others aside, unless they were sure too."""
    doubtful = {c["id"] for c in heard(known) if c["confidence"] < script.assistant.sure}
    ties = [tie for tie in script.assistant.tie_breaks if tie.exclusive and main in tie.between]
    return {problem for tie in ties for problem in tie.between if problem in doubtful}


def split(script: Script, known: Conversation) -> tuple[Part, ...]:
    """Two cases in one story: two platforms, each with a problem of its own, or two matters told apart; else none."""
    platform = known.answers.get("platform_id")
    if platform is None or platform.state != "given":
        return ()
    named = known.answers.get("other_platforms")
    places: list[tuple[str, str | None, int]] = [(platform.value, platform.message, platform.start or 0)]
    places += [(p["id"], p["message"], p["span"][0]) for p in (named.value if named else ())]
    told = [c for c in heard(known) if c["confidence"] >= script.assistant.likely and c["id"] not in FALLBACK]
    problems: dict[str, list[str]] = {}
    for problem in told:
        problems.setdefault(_owner(places, problem), []).append(problem["id"])
    parts = tuple(Part(platform=name, problems=tuple(problems[name])) for name, _, _ in places if name in problems)
    if len({part.platform for part in parts}) > 1:
        return parts
    apart = [c["id"] for c in sorted(told, key=_place) if c["id"] != SECONDARY]
    if len(apart) > 1 and any(_APART.search(fold(passage.text)) for passage in known.narrative):
        return tuple(Part(platform=platform.value, problems=(one,)) for one in apart[:2])
    return ()


def _place(problem: Mapping[str, Any]) -> int:
    """Where a problem stands in its message."""
    return int(problem.get("span", [0])[0])


def _owner(places: Sequence[tuple[str, str | None, int]], problem: Mapping[str, Any]) -> str:
    """The platform named within the passage of a problem, else the last one named before it."""
    start, end = problem.get("span", [0, 0])
    here = [p for p in places if p[1] == problem.get("message")]
    inside = [p for p in here if start <= p[2] < end]
    before = [p for p in here if p[2] < start]
    if inside:
        return inside[0][0]
    return max(before, key=lambda p: p[2])[0] if before else places[0][0]
