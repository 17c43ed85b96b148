"""The numbered summary: what was understood, line by line, and the corrections that name a line."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from stories import problems
from stories.folding import fold
from stories.formats import day, listing, money, partial_date, percent
from stories.script import Script
from stories.types import Answer, Conversation, Language
from stories.wording import platform_name, word

CONSENTS = ("share_platform", "share_mediateur", "share_dgccrf", "quote_anonymised", "preferred_channel")
"""Shown once the sharing was chosen: each with its default."""
WITHIN_ANOTHER = {"notice_days", "loss_period", "deadline_kind", "platform_name_typed"}
"""Fields that are told in the line of another."""

_LINE = re.compile(
    r"(?:^|(?<=[\n.;,!?])|(?<=\bet)|(?<=\band))\s*"
    r"(?:(?:la |le |the |et |and )?(?:ligne|line|point|numero|number|no|n°)\s*|le |la |the )?"
    r"(\d{1,2})\s*(?:[:=)]|->|→|,?\s*c'est\b|\s+is\b|\s+should be\b|(?=\s+(?:oui|non|yes|no)\b))\s*"
    r"([^\n;]*?)"
    r"(?=\s*(?:[\n;]|[.!?](?:\s|$)|(?:,|\bet\b|\band\b)\s*\d{1,2}\s*(?:[:=]|oui|non|yes|no)|$))",
    re.IGNORECASE,
)
_CHANGE = re.compile(
    r"^\W*(?:change[rz]?|modifie[rz]?|corrige[rz]?|correct|edit|fix|update|changer)\s+"
    r"(?:la |le |the )?(?:ligne|line|point|numero|number|n°|no)?\s*(\d{1,2})\s*(?:[:=,]|en|par|to|with|pour)?\s*(.*)$",
    re.IGNORECASE | re.DOTALL,
)

_PERIOD = re.compile(r"^\s*(?:mais |but )?(?:c'est|c’est|it's|it is)\s+", re.IGNORECASE)
"""What leads to the words of a period and is not part of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line of the summary: its number from 1, the field behind it, and its words."""

    number: int
    field: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """A line that the person named, with the new value's words and their place in the text; no words: to be asked."""

    field: str
    text: str
    start: int
    end: int


def order(script: Script, known: Conversation) -> tuple[str, ...]:
    """The fields to show: those shown before keep their number, new ones follow in the script's order."""
    shown = [field for field in script.assistant.summary if field in CONSENTS and _has(known, "share_platform")]
    present = [field for field in script.assistant.summary if _shows(script, known, field) and field not in CONSENTS]
    if _undecided(known) and "primary_category" not in present:
        present.insert(1 if "platform_id" in present else 0, "primary_category")
    wanted = present + shown
    kept = [field for field in known.lines if field in wanted]
    return tuple(kept + [field for field in wanted if field not in kept])


def lines(script: Script, known: Conversation) -> tuple[Line, ...]:
    """The summary as it stands."""
    fields = order(script, known)
    return tuple(Line(number=n, field=f, text=line(script, known, f)) for n, f in enumerate(fields, start=1))


def line(script: Script, known: Conversation, field: str) -> str:
    """The words of one field: its short name and its value."""
    return f"{_name(script, known, field)} : {value(script, known, field)}".replace(
        " :", " :" if known.language == "fr" else ":"
    )


def _name(script: Script, known: Conversation, field: str) -> str:
    if field == "share_platform":
        name = platform_name(script, known)
        return name[:1].upper() + name[1:] if name == script.wording[known.language]["the_platform"] else name
    if f"line.{field}" in script.wording[known.language]:
        return word(script, known.language, f"line.{field}")
    main = known.answers.get("primary_category")
    question = script.question(field, str(main.value) if main else None)
    return question.short[known.language] if question else field


def value(script: Script, known: Conversation, field: str) -> str:
    """A field's value in words, in the conversation's language."""
    language = known.language
    answer = known.answers.get(field)
    if field == "primary_category":
        return _main_problem(script, known)
    if field == "categories":
        return listing([script.categories[one].short[language] for one in _others(script, known)], language)
    if answer is None or (field in CONSENTS and (answer.state != "given" or answer.value is False)):
        return word(script, language, f"default.{field}", number=str(_number(script, known, field)))
    if answer.state != "given":
        return word(script, language, f"state.{answer.state}")
    return _given(script, known, field, answer)


def _given(script: Script, known: Conversation, field: str, answer: Answer) -> str:
    language = known.language
    text = plain(script, language, field, answer, _category(known))
    if field == "platform_id":
        return platform_name(script, known)
    if f"{field}.{answer.value}" in script.wording[language]:
        return word(script, language, f"{field}.{answer.value}")
    if field == "incident_date" and _value(known, "notice_days") == 0:
        return text + word(script, language, "line.without_notice")
    if field == "notice_days" and answer.value == 0:
        return word(script, language, "line.no_notice")
    if field == "loss_pct_turnover":
        return word(script, language, "line.of_turnover", share=text) + _period(script, known)
    if field == "loss_eur":
        return text + _period(script, known)
    if field == "deadline_date" and (kind := _value(known, "deadline_kind")) not in (None, "other"):
        return text + word(script, language, f"line.deadline_{kind}")
    return text


def _period(script: Script, known: Conversation) -> str:
    """The time over which a loss is counted, where it was told: each month, or a month in the firm's words."""
    period = known.answers.get("loss_period")
    if period is None or period.state != "given":
        return ""
    if period.value in {"per_month", "per_year"}:
        return word(script, known.language, f"line.{period.value}")
    words = _PERIOD.sub("", period.raw).strip()
    return f" ({words})" if period.value == "one_off" and " " in words else ""


def plain(script: Script, language: Language, field: str, answer: Answer, category: str | None = None) -> str:
    """A given value in words, whatever stands around it."""
    question = script.question(field, category)
    about = word(script, language, "line.about") if answer.approx else ""
    given: Any = answer.value
    if isinstance(given, bool):
        return word(script, language, "yes" if given else "no")
    if isinstance(given, dict) and "precision" in given:
        return partial_date(given, language, answer.raw)
    if question is not None and question.kind == "days":
        return about + word(script, language, "line.day" if given == 1 else "line.days", number=str(given))
    if isinstance(given, int | float) and field.endswith("_eur"):
        return about + money(given, language)
    if isinstance(given, int | float) and "_pct" in field:
        return about + percent(given, language)
    if field == "deadline_date" and isinstance(given, str):
        return day(date.fromisoformat(given), language)
    if field == "other_platforms":
        return listing([script.by_platform[one["id"]].name for one in given], language)
    names = {option.id: option.label[language] for option in question.options} if question else {}
    if isinstance(given, list):
        return listing([_item(item, names) for item in given], language)
    if isinstance(given, str) and given in names:
        return _lower(names[given])
    text = " ".join(str(given).split())
    return about + (text if len(text) <= 120 else text[:119] + "…")  # noqa: PLR2004  # One line on a phone.


def _item(item: Any, names: Mapping[str, str]) -> str:  # noqa: ANN401  # An id, a text, or an offer.
    """One entry of a list in words."""
    if isinstance(item, dict):
        return str(item["value"])
    return _lower(names[item]) if item in names else str(item)


def _lower(label: str) -> str:
    """A label inside a sentence; one that begins with a name in capitals stays."""
    return label if label[:2].isupper() else label[:1].lower() + label[1:]


def text(script: Script, known: Conversation, fields: Sequence[str] | None = None) -> str:
    """The summary as a block of numbered lines; only those of `fields` where they are given."""
    return "\n".join(
        f"{one.number}. {one.text}" for one in lines(script, known) if fields is None or one.field in fields
    )


def changed(script: Script, before: Conversation, known: Conversation) -> list[str]:
    """The fields whose line reads otherwise than before, in the order shown."""
    earlier = replace(before, language=known.language)
    was = {one.field: one.text for one in lines(script, earlier)} if before.narrative else {}
    return [one.field for one in lines(script, known) if was.get(one.field) != one.text]


def corrections(known: Conversation, text: str) -> list[Correction]:
    """The lines of the last summary that a text corrects: "4 : le 8 octobre", "8 oui", "change 3"."""
    plain_text = text.replace("’", "'")
    change = _CHANGE.match(plain_text)
    if change is not None:
        found = _correction(known, change, text)
        return [found] if found else []
    matches = [_correction(known, match, text) for match in _LINE.finditer(plain_text)]
    return [one for one in matches if one is not None and one.text]


def _correction(known: Conversation, match: re.Match[str], text: str) -> Correction | None:
    number = int(match[1])
    if not 1 <= number <= len(known.lines):
        return None
    start, end = match.span(2)
    return Correction(field=known.lines[number - 1], text=text[start:end].strip(), start=start, end=end)


def named_line(script: Script, known: Conversation, text: str) -> str | None:
    """The field that a wish to correct names in words: "je veux changer la date"."""
    folded = fold(text)
    for field in known.lines:
        name = fold(_name(script, known, field)).split()[0] if _name(script, known, field) else ""
        if len(name) > 3 and name in folded:  # noqa: PLR2004  # Short names occur in any text.
            return field
    return None


def _others(script: Script, known: Conversation) -> list[str]:
    """The further problems, beside the main one or the best guess at it."""
    main = known.answers.get("primary_category")
    guess = None if main else problems.decide(script, known)
    leading = main.value if main else (guess.guess if isinstance(guess, problems.Doubt) else guess)
    return problems.others(script, known, leading)


def _main_problem(script: Script, known: Conversation) -> str:
    answer = known.answers.get("primary_category")
    if answer is not None:
        key = "line.own_words" if answer.value == "other" else None
        return word(script, known.language, key) if key else script.categories[answer.value].short[known.language]
    doubt = problems.decide(script, known)
    guess = doubt.guess if isinstance(doubt, problems.Doubt) else doubt
    if guess is None:
        return word(script, known.language, "line.to_be_said")
    return script.categories[guess].short[known.language] + word(script, known.language, "line.to_be_confirmed")


def _category(known: Conversation) -> str | None:
    main = known.answers.get("primary_category")
    return str(main.value) if main else None


def _shows(script: Script, known: Conversation, field: str) -> bool:
    if field in WITHIN_ANOTHER:
        return field == "notice_days" and _has(known, field) and not _has(known, "incident_date")
    answer = known.answers.get(field)
    if answer is None:
        return False
    if field == "categories":
        return bool(_others(script, known))
    return answer.state == "given" or field == "platform_id"


def _undecided(known: Conversation) -> bool:
    return bool(known.narrative) and "primary_category" not in known.answers


def _has(known: Conversation, field: str) -> bool:
    return field in known.answers


def _value(known: Conversation, field: str) -> Any:  # noqa: ANN401  # An answer's value is any JSON.
    answer = known.answers.get(field)
    return answer.value if answer and answer.state == "given" else None


def _number(script: Script, known: Conversation, field: str) -> int:
    return order(script, known).index(field) + 1
