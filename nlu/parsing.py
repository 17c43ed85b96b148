"""Messages as lines of JSON: what a line asks to be understood, and of what moment."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NoReturn

from nlu.backend import Ask, Expecting
from nlu.page import PARIS
from stories.asking import NOT_A_FIELD
from stories.script import LANGUAGES, Script

FIRST_YEAR, LAST_YEAR = 2000, 2099
_SURROGATE = re.compile("[\ud800-\udfff]")
"""Half a character, which JSON can write and UTF-8 cannot."""


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
