"""The name of a field and the words for its value, as an official reads them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from console.wording import Words
from stories import formats
from stories.types import Answer

MACHINES = ("model", "rule")
"""Who reads a text by program: what they say is a machine's until the firm or an official says it too."""


PARTIAL_DATE = re.compile(r"\d{4}(-\d{2}){0,2}")
OF_ITS_OWN = ("default", "registry", "official")
"""Sources whose values carry a mark of their own until the firm confirms them."""
PLAIN = {"yes": "yes", "no": "no", "unknown": "value.unknown", "prefer_not": "state.declined"}
"""What many fields may hold."""


def label(words: Words, key: str, category: str | None = None) -> str:
    """The name of a field: that of the question that asks for it, unless that one speaks to the firm."""
    if words.knows(f"field.{key}"):
        return words(f"field.{key}")
    if key.startswith("facets."):
        return words.named("facet", key.removeprefix("facets."))
    question = words.script.question(key, category)
    return _capital(question.short[words.language] if question else key.rpartition(".")[2].replace("_", " "))


def said(words: Words, key: str, answer: Answer, category: str | None = None) -> str:
    """The value of an answer in words; why there is none where it has none; about, where it is approximate."""
    if answer.state != "given":
        return words(f"state.{answer.state}")
    text = value(words, key, answer.value, category, answer.raw)
    loose = answer.approx or (isinstance(answer.value, Mapping) and bool(answer.value.get("approx")))
    return words("about", value=text) if loose else text


def value(words: Words, key: str, held: Any, category: str | None = None, raw: str = "") -> str:  # noqa: ANN401  # Any JSON: what a field may hold.
    """A plain value in words: ids by their names in the script, numbers with their unit."""
    match held:
        case None | [] | ():
            text = words("none")
        case bool():
            text = words("yes" if held else "no")
        case {"value": _, "precision": _}:
            text = formats.partial_date(held, words.language, raw)
        case {"id": name} | {"value": name}:
            text = value(words, key, name, category, raw)
        case Mapping():
            text = formats.listing([f"{inner} : {value(words, key, of)}" for inner, of in held.items()], words.language)
        case list() | tuple():
            text = formats.listing([value(words, key, one, category, raw) for one in held], words.language)
        case int() | float():
            text = _number(words, key, held, category)
        case _:
            text = _named(words, key, str(held), category)
            if _is_date(words, key) and PARTIAL_DATE.fullmatch(text):
                text = formats.partial_date({"value": text}, words.language, raw)
    return text


def _is_date(words: Words, key: str) -> bool:
    field = words.script.fields.get(key)
    return field is not None and field.type in {"date", "partial_date"}


def _number(words: Words, key: str, held: float, category: str | None) -> str:
    field, question = words.script.fields.get(key), words.script.question(key, category)
    kind = question.kind if question else field.type if field else ""
    match kind:
        case "money":
            return formats.money(held, words.language)
        case "percent":
            return formats.percent(held, words.language)
        case "days":
            return words.count("unit.days", int(held))
    return f"{held:g}"


def _named(words: Words, key: str, held: str, category: str | None) -> str:
    """The name of an id; a text that is no id is given back as it was written."""
    if words.knows(f"value.{key}.{held}"):
        return words(f"value.{key}.{held}")
    script, language = words.script, words.language
    match key:
        case "platform_id" | "other_platforms":
            known = script.by_platform[held].name if held in script.by_platform else None
        case "primary_category" | "categories":
            known = script.categories[held].label[language] if held in script.categories else None
        case "sub_issues":
            known = script.sub_issues[held].label[language] if held in script.sub_issues else None
        case _:
            known = names(words, key, category).get(held)
    return known or (words(PLAIN[held]) if held in PLAIN else held)


def names(words: Words, key: str, category: str | None = None) -> Mapping[str, str]:
    """The ids that a field may hold, with their names."""
    script, language = words.script, words.language
    match key:
        case "platform_id" | "other_platforms":
            return {key: platform.name for key, platform in script.by_platform.items()}
        case "primary_category" | "categories":
            return {key: category.label[language] for key, category in script.categories.items()}
        case "sub_issues":
            return {key: issue.label[language] for key, issue in script.sub_issues.items()}
    question = script.question(key, category)
    return {option.id: option.label[language] for option in question.options} if question else {}


def problem(words: Words, category: str | None) -> str:
    return value(words, "primary_category", category) if category else words("cases.unknown")


def status(words: Words, name: str) -> str:
    known = words.script.statuses.get(name)
    return known.label[words.language] if known else name


def stamp(words: Words, at: datetime) -> str:
    """Day and minute in Paris, short enough for a table: `23/11/2026 22:58`."""
    local = at.astimezone(formats.PARIS)
    return f"{local:%d/%m/%Y %H:%M}" if words.language == "fr" else f"{local:%d %b %Y %H:%M}"


def day(words: Words, at: datetime) -> str:
    """A day in Paris, short enough for a table: `23/11/2026`."""
    local = at.astimezone(formats.PARIS)
    return f"{local:%d/%m/%Y}" if words.language == "fr" else f"{local:%d %b %Y}"


def clock(at: datetime) -> str:
    """The second of a day in Paris, the same in both languages: `22:58:07`."""
    return f"{at.astimezone(formats.PARIS):%H:%M:%S}"


def decimal(words: Words, value: float) -> str:
    """A number with one decimal where it has any."""
    text = f"{value:.1f}".removesuffix(".0")
    return text.replace(".", ",") if words.language == "fr" else text


def who(words: Words, answer: Answer) -> str:
    """Who said a value: the firm, a rule, a model and how sure it was, a register, an official."""
    name = answer.by.split(":", 1)[0]
    if name == "rule" and answer.message is None:
        return words("by.derived")
    if name == "model":
        return words("by.model", percent=formats.percent(answer.confidence * 100, words.language))
    return words.named("by", name)


def model_name(words: Words, answer: Answer) -> str:
    name, _, model = answer.by.partition(":")
    return words("by.model.name", name=model) if name == "model" and model else ""


def mark(answer: Answer) -> str:
    """Which of the marks a value carries: confirmed by the firm, told by it, or where else it comes from."""
    if answer.confirmed:
        return "confirmed"
    name = answer.by.split(":", 1)[0]
    return "machine" if name in MACHINES else name if name in OF_ITS_OWN else "told"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
