"""One reader for each kind of question: from what was typed or pressed to an answer, or why not."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from stories.folding import bare, fold, words
from stories.formats import is_future
from stories.picking import DECLINED, UNKNOWN, is_no, is_yes, letter, pick
from stories.script import Option, Question, Script
from stories.types import Answer, Entity, Language

_ISO_DATE = re.compile(r"(\d{4})(?:-(\d{1,2}))?(?:-(\d{1,2}))?")
_NUMBER = re.compile(
    r"(-?\d{1,3}(?:[ .\u00a0\u202f]\d{3})+|-?\d+)(?:[.,](\d{1,2}))?\s*(k|m)?(?:€|eur|euros?|%)?", re.IGNORECASE
)
_EMAIL = re.compile(r"[^@\s<>\"']{1,64}@[a-zA-Z0-9.-]{1,190}\.[a-zA-Z]{2,24}")
_PHONE = re.compile(r"\+?\d(?:[ .\-]?\d){8,14}")


SURE = 0.5
"""Below this confidence a word may mean several things, and settles nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unclear:
    """The answer cannot be used; `key` is the wording that says why and what to do."""

    key: str
    values: Mapping[str, str]


Read = Answer | Unclear | None
"""None: the text does not speak of this question."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What a reader may look at: the words, and the values the NLU found in them."""

    text: str
    entities: Sequence[Entity]
    at: datetime
    language: Language = "fr"

    @property
    def folded(self) -> str:
        return fold(self.text)


def read(script: Script, question: Question, said: Said) -> Read:
    """The answer to a question in these words. Source of kinds: `stories.script.Kind`."""
    folded = said.folded
    if UNKNOWN.search(folded) and len(words(folded)) <= 6:  # noqa: PLR2004  # Longer ones tell something more.
        return Answer(state="unknown", raw=said.text)
    first = folded.partition(",")[0]
    if DECLINED.search(first) and len(words(first)) <= 10:  # noqa: PLR2004
        return Answer(state="declined", raw=said.text)
    return READERS[question.kind](script, question, said)


def _option_words(option: Option) -> list[str]:
    return [option.id, option.label.fr, option.label.en, *option.words.all]


def _choice(_script: Script, question: Question, said: Said) -> Read:
    place = letter(said.text, len(question.options))
    whole = bare(said.text)
    if place is None and whole.isdecimal() and 1 <= int(whole) <= len(question.options):
        place = int(whole) - 1
    if place is not None:
        return Answer(value=question.options[place].id, raw=said.text)
    chosen = pick(((option.id, _option_words(option)) for option in question.options), said.text, loose=2)
    if chosen is None:
        found = _entity(said, lambda e: _names(e, question))
        return _from(found) if found else None
    return Answer(value=chosen, raw=said.text)


def _yes_no(_script: Script, question: Question, said: Said) -> Read:
    first = words(said.folded)[:1]
    found = _entity(said, lambda e: _names(e, question))
    if is_yes(said.text) or first in (["oui"], ["yes"]):
        return Answer(value=True, raw=said.text)
    if is_no(said.text) or first in (["non"], ["no"]):
        return Answer(value=False, raw=said.text)
    return _from(found) if found else None


def _text(_script: Script, question: Question, said: Said) -> Read:
    """What the NLU found for this question, else all that was said."""
    if found := _entity(said, lambda e: _names(e, question) and e.confidence >= SURE and isinstance(e.value, str)):
        return _from(found)
    return Answer(value=said.text.strip(), raw=said.text) if said.text.strip() else None


def _money(_script: Script, question: Question, said: Said) -> Read:
    found = _entity(
        said, lambda e: isinstance(e.value, int | float) and (e.field == "money" or e.field.endswith("_eur"))
    )
    value = _from(found) if found else _number(said.text)
    if isinstance(value, Answer) and value.value is not None and value.value < 0:
        return Unclear(key="unclear.money", values={"typed": _short(said.text)})
    return value if value is not None else _missing("unclear.money", question, said)


def _percent(_script: Script, question: Question, said: Said) -> Read:
    if _entity(said, lambda e: e.field == "percent_invalid"):
        return Unclear(key="unclear.percent", values={"typed": _short(said.text)})
    found = _entity(
        said,
        lambda e: (
            isinstance(e.value, int | float)
            and (e.field == "percent" or e.field.endswith("_pct") or e.field.endswith("_pct_turnover"))
        ),
    )
    value = _from(found) if found else _number(said.text)
    if value is None:
        return _missing("unclear.percent", question, said)
    if not 0 <= abs(value.value) <= 100:  # noqa: PLR2004  # A share of a whole.
        return Unclear(key="unclear.percent", values={"typed": _short(said.text)})
    return value if value.value >= 0 else _changed(value, abs(value.value))


def _integer(_script: Script, question: Question, said: Said) -> Read:
    found = _entity(said, lambda e: (_names(e, question) or e.field == "number") and isinstance(e.value, int))
    value = _from(found) if found else _number(said.text)
    if value is None or re.search(r"[€%]|\beur", said.text, re.IGNORECASE):
        return _missing("unclear.integer", question, said)
    top = question.maximum if question.maximum is not None else 1_000_000
    if value.value != int(value.value) or not (question.minimum or 0) <= value.value <= top:
        return Unclear(key="unclear.integer", values={"typed": _short(said.text)})
    return _changed(value, int(value.value))


def _partial_date(_script: Script, question: Question, said: Said) -> Read:
    if _entity(said, lambda e: e.field == "date_invalid"):
        return Unclear(key="unclear.date", values={"typed": _short(said.text)})
    found = _entity(said, lambda e: isinstance(e.value, Mapping) and "precision" in e.value)
    value = _from(found) if found else _iso_date(said.text)
    if value is None:
        return _missing("unclear.date", question, said)
    ahead = question.key == "deadline_date"
    if not ahead and is_future(value.value, said.at):
        return Unclear(key="unclear.date_future", values={"typed": _short(said.text)})
    return value


def _company(_script: Script, _question: Question, said: Said) -> Read:
    found = _entity(said, lambda e: e.field in {"siret", "siren"})
    if found:
        return _from(found)
    digits = re.sub(r"\D", "", said.text)
    if _is_company_number(digits):
        return Answer(value=digits, raw=said.text)
    if digits or _entity(said, lambda e: e.field == "siret_invalid"):
        return Unclear(key="unclear.siret", values={"typed": _short(said.text)})
    return Unclear(key="unclear.siret_words", values={})


def _is_company_number(digits: str) -> bool:
    """Whether this is a SIREN or a SIRET: Luhn's check, but for the sites of La Poste, whose digits add up to fives."""
    if len(digits) not in {9, 14} or not digits.isascii():
        return False
    if digits.startswith("356000000") and len(digits) > 9:  # noqa: PLR2004
        return sum(map(int, digits)) % 5 == 0
    doubled = (int(digit) * (1 + place % 2) for place, digit in enumerate(reversed(digits)))
    return sum(value - 9 * (value > 9) for value in doubled) % 10 == 0  # noqa: PLR2004  # The sum of its two digits.


def _email(_script: Script, _question: Question, said: Said) -> Read:
    if spelled := _entity(said, lambda e: e.field == "email" and "@" not in e.text):
        return _from(spelled)
    found = _EMAIL.search(said.text)
    return Answer(value=found[0].lower(), raw=found[0]) if found else Unclear(key="unclear.email", values={})


def _phone(_script: Script, _question: Question, said: Said) -> Read:
    found = _entity(said, lambda e: e.field == "phone")
    if found:
        return _from(found)
    typed = _PHONE.search(said.text)
    if typed is None:
        return Unclear(key="unclear.phone", values={})
    digits = re.sub(r"[^\d+]", "", typed[0])
    return Answer(value="+33" + digits[1:] if re.fullmatch(r"0\d{9}", digits) else digits, raw=typed[0])


def _platform(script: Script, _question: Question, said: Said) -> Read:
    found = [entity for entity in said.entities if entity.field == "platform_id"]
    sure = [entity for entity in found if entity.confidence >= SURE] or (found if len(found) == 1 else [])
    if sure:
        return _from(sure[0])
    if found:
        names = " / ".join(script.by_platform[entity.value].name for entity in found)
        return Unclear(key="unclear.platform", values={"typed": _short(said.text), "names": names})
    named = pick(
        ((p.id, (p.id, p.name, *p.aliases, *p.misspellings, *p.domains)) for p in script.platforms.platforms), said.text
    )
    if named is not None:
        return Answer(value=named, raw=said.text)
    typed = said.text.split(",")[0].strip()
    name = not re.search(r"\d|[?%€]|\b(?:plut[oô]t|en fait|oui|non|yes|no|merci|thanks)\b", typed, re.IGNORECASE)
    if len(typed) > 1 and name and len(words(typed)) <= 5:  # noqa: PLR2004  # A name, not a sentence.
        return Answer(value="other", raw=typed)
    return None


def _problem(script: Script, _question: Question, said: Said) -> Read:
    chosen = pick(
        ((c.id, (c.id, c.label.fr, c.label.en, c.short.fr, c.short.en)) for c in script.offered.values()), said.text
    )
    return Answer(value=chosen, raw=said.text) if chosen else None


READERS: Mapping[str, Callable[[Script, Question, Said], Read]] = {
    "choice": _choice,
    "yes_no": _yes_no,
    "text": _text,
    "money": _money,
    "percent": _percent,
    "partial_date": _partial_date,
    "integer": _integer,
    "days": _integer,
    "company": _company,
    "email": _email,
    "phone": _phone,
    "platform": _platform,
    "problem": _problem,
}


def _names(entity: Entity, question: Question) -> bool:
    """Whether a value was read for this very question."""
    return entity.field.removeprefix("category_answers.") == question.key


def _entity(said: Said, fits: Callable[[Entity], bool]) -> Entity | None:
    return next((entity for entity in said.entities if fits(entity)), None)


def _from(entity: Entity) -> Answer:
    return Answer(
        value=entity.value,
        raw=entity.text,
        by=entity.by,
        start=entity.start,
        end=entity.end,
        approx=entity.approx,
        confidence=entity.confidence,
    )


def _changed(answer: Answer, value: Any) -> Answer:  # noqa: ANN401  # An answer's value is any JSON.
    return Answer(value=value, raw=answer.raw, by=answer.by, start=answer.start, end=answer.end, approx=answer.approx)


def _number(text: str) -> Answer | None:
    found = _NUMBER.fullmatch(text.strip())
    if found is None:
        return None
    value = float(re.sub(r"[^\d-]", "", found[1]) + "." + (found[2] or "0"))
    value *= {"k": 1_000, "m": 1_000_000}.get((found[3] or "").lower(), 1)
    return Answer(value=int(value) if value == int(value) else value, raw=text.strip())


def _iso_date(text: str) -> Answer | None:
    found = _ISO_DATE.fullmatch(text.strip())
    if found is None:
        return None
    pieces = [int(piece) for piece in found.groups() if piece]
    try:
        date(*[*pieces, 1, 1][:3])
    except ValueError:
        return None
    value = "-".join(f"{piece:02}" for piece in pieces)
    return Answer(
        value={"value": value, "precision": ("year", "month", "day")[len(pieces) - 1], "approx": False}, raw=text
    )


def _missing(key: str, question: Question, said: Said) -> Unclear | None:
    """A short answer that cannot be read is unclear; a longer text may simply speak of something else."""
    short = len(words(said.text)) <= 4  # noqa: PLR2004
    return (
        Unclear(key=key, values={"typed": _short(said.text), "question": question.short[said.language]})
        if short
        else None
    )


def _short(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= 40 else text[:39] + "…"  # noqa: PLR2004
