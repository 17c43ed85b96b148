"""Messages as lines of JSON: what a line asks to be understood, and what was understood of it."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, NoReturn

from nlu.backend import Ask, Expecting
from nlu.page import PARIS
from stories import problems, reading, requests
from stories.answers import SURE
from stories.asking import NOT_A_FIELD
from stories.case import value
from stories.exchange import Exchange
from stories.folding import clean
from stories.script import LANGUAGES, Script
from stories.types import Answer, Conversation, Label, Language, Message, Turn, Understanding

HELD = 0.5
"""A problem counts as told from this probability on."""
MOST_LABELS = 5
"""One main problem and at most four others, as a case has them."""
GUESSED = 0.1
"""A text that informs tells a problem from this probability of the likeliest on: chosen on held-out stories and words
that tell none."""
FIRST_YEAR, LAST_YEAR = 2000, 2099
_PROBLEMS = frozenset({"primary_category", "categories"})
_SURROGATE = re.compile("[\ud800-\udfff]")
"""Half a character, which JSON can write and UTF-8 cannot."""
_SPAN = ("field", "value", "text", "start", "end")


class LineError(Exception):
    """A line that cannot be answered: its number, its id where it has one, and what to mend."""

    def __init__(self, number: int, problem: str, name: object = None) -> None:
        super().__init__(f"line {number}: {problem}")
        self.number, self.name, self.problem = number, name, problem


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One line: the message to understand, and all that the line says."""

    number: int
    """Of the line, from 1."""
    id: Any
    """As given, null where it was not."""
    ask: Ask
    line: Mapping[str, Any]


def askable(script: Script) -> dict[str, Expecting]:
    """Everything that the assistant may have just asked, by the name that `Say.asking` gives it."""
    offered = {"confirm_problem": (*script.categories, "none"), "split": ("two", "one")}
    asked = {name: Expecting(asking=name, options=offered.get(name, ())) for name in sorted(NOT_A_FIELD)}
    own = (question for category in script.categories.values() for question in category.questions)
    for question in (*script.questions.values(), *own):
        name = script.path(question.key)
        options = tuple(option.id for option in question.options)
        asked.setdefault(name, Expecting(asking=name, kind=question.kind, options=options))
    return asked


def read_request(raw: bytes, number: int, asked: Mapping[str, Expecting], now: datetime) -> Request:
    """Read one line; `asked` is what `askable` gives. Raises LineError."""
    line = _object(raw, number)
    name = line.get("id")

    def refuse(problem: str) -> NoReturn:
        raise LineError(number, problem, name)

    text, language, expecting, at = (line.get(key) for key in ("text", "lang", "expecting", "at"))
    if not isinstance(text, str):
        refuse('"text" must be the message, as a string')
    if language is not None and language not in LANGUAGES:
        refuse(f'"lang" is {_short(language)}: give "fr" or "en", or leave it out')
    if expecting is not None and (not isinstance(expecting, str) or expecting not in asked):
        refuse(f'"expecting" is {_short(expecting)}, which is never asked: give an "asking" of `chat --json`, or null')
    moment = now if at is None else _moment(at)
    if moment is None:
        refuse(f'"at" is {_short(at)}: give an ISO date and time from {FIRST_YEAR} to {LAST_YEAR}')
    ask = Ask(
        text=_SURROGATE.sub("\ufffd", text),
        at=moment,
        expecting=asked[expecting] if expecting else None,
        language=language,
    )
    return Request(number=number, id=name, ask=ask, line=line)


def _object(raw: bytes, number: int) -> dict[str, Any]:
    try:
        line = json.loads(raw.decode("utf-8-sig" if number == 1 else "utf-8"), parse_constant=_no_number)
    except UnicodeDecodeError as error:
        raise LineError(number, "not UTF-8 text") from error
    except RecursionError as error:
        raise LineError(number, "not JSON that can be read: nested too deeply") from error
    except ValueError as error:
        raise LineError(number, f"not JSON: {error}" if raw.strip() else "the line is empty") from error
    if not isinstance(line, dict):
        raise LineError(number, 'a JSON object is needed: {"id": …, "text": …}')
    return line


def _no_number(word: str) -> NoReturn:
    raise ValueError(f"{word} is no number in JSON")


def _moment(at: object) -> datetime | None:
    """The moment, in Paris where it names no zone; None where it is none."""
    try:
        moment = datetime.fromisoformat(at) if isinstance(at, str) else None
    except ValueError:
        return None
    if moment is None or not FIRST_YEAR <= moment.year <= LAST_YEAR:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=PARIS)


def _short(given: object) -> str:
    text = json.dumps(given, ensure_ascii=False)
    return text if len(text) <= 40 else text[:39] + "…"  # noqa: PLR2004  # As much as one line shows.


def document(script: Script, request: Request, understood: Understanding) -> dict[str, Any]:
    """What was understood of a message, as docs/nlu.md describes it."""
    said = Message(channel="", chat="", key="", text=request.ask.text)
    turn = Turn(messages=(said,), understanding=understood, at=request.ask.at)
    main = _main(script, turn)
    answers = _answers(script, request.ask, turn)
    platforms = list(dict.fromkeys(e.value for e in understood.entities if _is_platform(e.field, e.confidence)))
    about = _platform(understood, main, answers)
    values = {name: value(script, name, answer) for name, answer in answers.items()}
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


def _main(script: Script, turn: Turn) -> Label | None:
    """The likeliest problem by the script's order of precedence, where a problem is told."""
    understood = turn.understanding
    top = next(iter(understood.problems), None)
    informs = not understood.acts or understood.acts[0].id == "inform"
    if top is None or top.probability < (GUESSED if informs else HELD):
        return None
    heard = problems.hear(script, Conversation(), turn)
    if heard is None or top.id in problems.FALLBACK:
        return top
    ranked = problems.likely(script, Conversation(answers={"categories": heard}))
    return next((label for label in understood.problems if ranked and label.id == ranked[0][0]), top)


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
