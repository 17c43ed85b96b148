"""What was understood of a message, as one JSON object that other programs read: docs/nlu.md describes it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from nlu.backend import Ask
from nlu.features import TELLING
from nlu.parsing import Request
from stories import reading, requests
from stories.answers import SURE
from stories.asking import NOT_A_FIELD
from stories.case import value
from stories.exchange import Exchange
from stories.folding import clean
from stories.script import Script
from stories.types import Answer, Conversation, Label, Language, Message, Turn, Understanding

HELD = 0.5
"""A problem counts as told from this probability on."""
MOST_LABELS = 5
"""One main problem and at most four others, as a case has them."""
GUESSED = 0.35
"""A text that informs tells a problem from this probability of the likeliest on: chosen on messages of people who had
seen no example."""
ANSWERED = 0.9
"""The answer to a question about a fact tells a problem besides from this probability on."""
_PROBLEMS = frozenset({"primary_category", "categories"})
_SPAN = ("field", "value", "text", "start", "end")


def document(script: Script, request: Request, understood: Understanding) -> dict[str, Any]:
    """What was understood of a message, as docs/nlu.md describes it."""
    said = Message(channel="", chat="", key="", text=request.ask.text)
    turn = Turn(messages=(said,), understanding=understood, at=request.ask.at)
    main = _main(request.ask, understood)
    answers = _answers(script, request.ask, turn)
    platforms = list(dict.fromkeys(e.value for e in understood.entities if _is_platform(e.field, e.confidence)))
    about = _platform(understood, main, answers)
    values = {name: value(script, name, answer) for name, answer in answers.items()}
    if isinstance(since := values.get("seller_since"), Mapping):
        values["seller_since"] = since["value"]
    facets = {name.removeprefix("facets."): v for name, v in values.items() if name.startswith("facets.")}
    entities = {name: v for name, v in values.items() if name not in _PROBLEMS and not name.startswith("facets.")}
    if about is not None and len(platforms) > 1:
        entities |= {"platform_id": about, "other_platforms": [p for p in platforms if p != about]}
    return {
        "id": request.id,
        "primary": main.id if main else None,
        "labels": _labels(understood, main),
        "scores": {label.id: round(label.probability, 4) for label in understood.problems},
        "act": understood.acts[0].id if understood.acts else None,
        "acts": {label.id: round(label.probability, 4) for label in understood.acts},
        "facets": facets,
        "platform_id": about,
        "platforms": platforms,
        "entities": entities,
        "spans": [{key: found for key, found in asdict(e).items() if key in _SPAN} for e in understood.entities],
        "language": understood.language,
        "by": understood.by,
    }


def _main(ask: Ask, understood: Understanding) -> Label | None:
    """The likeliest problem, where a problem is told."""
    top = next(iter(understood.problems), None)
    return top if top is not None and top.probability >= _needed(ask, understood) else None


def _needed(ask: Ask, understood: Understanding) -> float:
    """The probability from which on the likeliest problem is one: high where the text does something else."""
    if ask.expecting is not None and ask.expecting.asking not in TELLING:
        return ANSWERED
    informs = not understood.acts or understood.acts[0].id == "inform"
    return GUESSED if informs else HELD


def _labels(understood: Understanding, main: Label | None) -> list[str]:
    """The problems that hold, the main one first."""
    if main is None:
        return []
    held = [label.id for label in understood.problems if label.probability >= HELD and label.id != main.id]
    return [main.id, *held][:MOST_LABELS]


def _answers(script: Script, ask: Ask, turn: Turn) -> dict[str, Answer]:
    """What a case would learn from this message alone, asked what it was asked."""
    asked = ask.expecting.asking if ask.expecting else None
    language: Language = turn.understanding.language or ask.language or "fr"
    known = Conversation(language=language, asking=None if asked in NOT_A_FIELD else asked)
    x = Exchange(script=script, turn=turn, known=known)
    text = clean(ask.text)
    reading.teach(x, text, requests.find(script, text), [])
    return {name: answer for name, answer in x.known.answers.items() if answer.state == "given"}


def _is_platform(field: str, confidence: float) -> bool:
    return field == "platform_id" and confidence >= SURE


def _platform(understood: Understanding, main: Label | None, answers: Mapping[str, Answer]) -> str | None:
    """The platform named within the passage of the problem, else the last one named before it, else the first."""
    named = [e for e in understood.entities if _is_platform(e.field, e.confidence)]
    if main is None or not named:
        answer = answers.get("platform_id")
        return str(answer.value) if answer else None
    inside = [e for e in named if main.start <= e.start < main.end]
    before = [e for e in reversed(named) if e.start < main.start]
    return str((inside or before or named)[0].value)
