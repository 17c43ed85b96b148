"""What an official types as the value of a field, read by what kind of field it is."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from starlette.datastructures import ImmutableMultiDict

from console import labels
from console.wording import Words
from storage import consents
from storage.handling import RefusedError
from stories.types import Answer

Kind = Literal["choice", "many", "yes_no", "number", "date", "partial_date", "lines", "text"]
UNTOUCHED = frozenset({"primary_category", "categories", "other_platforms", "level", "reasons", "summary_validated"})
"""Set elsewhere, or never."""
NUMBERS = frozenset({"money", "percent", "int", "integer", "days"})
WHOLE = frozenset({"int", "integer", "days"})
PRECISIONS = ("year", "month", "day")
BOOLEANS = frozenset({"bool", "yes_no"})
YES_NO = ("yes", "no")
HUNDRED = 100
DATE = re.compile(r"(\d{4})(?:-(\d{1,2}))?(?:-(\d{1,2}))?")
LONGEST = 4_000
LARGEST = 10**12


@dataclass(frozen=True, slots=True, kw_only=True)
class Input:
    """How a field is asked for on a page."""

    kind: Kind
    type: str
    options: tuple[tuple[str, str], ...] = ()
    """Ids and names."""
    typed: tuple[str, ...] = ()
    """What stands in it: one text, or the ids chosen."""
    approx: bool = False


def input_of(words: Words, key: str, answer: Answer | None, category: str | None) -> Input | None:
    """The input for a field; None where there is no such field, or it is not set by hand."""
    name = key.split(".", 1)[0]
    field, question = words.script.fields.get(name), words.script.question(key, category)
    known = field is not None and (field.type != "map" or key.startswith("facets.") or question is not None)
    if not known or field is None or name in UNTOUCHED:
        return None
    type_ = question.kind if question is not None and field.type == "map" else field.type
    ids = _ids(words, key, category, answer)
    kind = _kind(type_, ids)
    held = answer.value if answer is not None and answer.state == "given" else None
    return Input(
        kind=kind,
        type=type_,
        options=tuple((one, labels.value(words, key, one, category)) for one in ids),
        typed=_typed(kind, held),
        approx=answer is not None and answer.approx,
    )


def read(asked: Input, fields: ImmutableMultiDict[str, str], key: str, old: Answer | None) -> Answer:
    """The value that was typed; unknown where nothing was. Raises RefusedError."""
    typed = [text.strip() for text in fields.getlist("value") if text.strip()]
    if not typed:
        return Answer(state="unknown", by="official")
    value = _value(asked, key, typed, old)
    return Answer(value=value, raw="; ".join(typed), by="official", approx=bool(fields.get("approx")))


def _ids(words: Words, key: str, category: str | None, answer: Answer | None) -> Sequence[str]:
    field, question = words.script.fields.get(key), words.script.question(key, category)
    if key == "platform_id":
        return [platform.id for platform in words.script.platforms.platforms]
    if key.startswith("facets.") or (question is not None and question.kind == "yes_no" and field is None):
        return YES_NO
    if field is not None and field.type == "bool":
        return _least(key, ["no", "yes"], answer)
    ids = list(field.values) if field is not None else []
    return _least(key, ids or [option.id for option in (question.options if question else ())], answer)


def _least(key: str, ids: list[str], answer: Answer | None) -> list[str]:
    """Of what a firm may agree to: no more than it did."""
    return ids[: len(consents.allowed(key, answer))] if key in consents.CONSENTS else ids


def _kind(type_: str, ids: Sequence[str]) -> Kind:
    if type_ == "set":
        return "many"
    if ids:
        return "choice"
    if type_ in NUMBERS:
        return "number"
    if type_ == "list":
        return "lines"
    if type_ == "date":
        return "date"
    return "partial_date" if type_ == "partial_date" else "text"


def _typed(kind: Kind, held: Any) -> tuple[str, ...]:  # noqa: ANN401  # Any JSON: what a field may hold.
    match held:
        case None:
            return ()
        case bool():
            return ("yes" if held else "no",)
        case list() | tuple():
            entries = tuple(str(one["value"] if isinstance(one, Mapping) and "value" in one else one) for one in held)
            return entries if kind == "many" else ("\n".join(entries),)
        case {"value": value}:
            return (str(value),)
        case int() | float():
            return (f"{held:.2f}".rstrip("0").rstrip("."),)
    return (str(held),)


def _value(asked: Input, key: str, typed: Sequence[str], old: Answer | None) -> Any:  # noqa: ANN401  # Any JSON.
    known = {one for one, _ in asked.options}
    if asked.kind in {"choice", "many"} and not set(typed) <= known:
        raise RefusedError("choice")
    match asked.kind:
        case "many":
            return list(typed)
        case "choice":
            return typed[0] == "yes" if asked.type in BOOLEANS else typed[0]
        case "number":
            return _number(typed[0], asked.type)
        case "date" | "partial_date":
            return _date(typed[0], whole=asked.kind == "date")
        case "lines":
            return _lines(key, typed[0], old)
    if len(typed[0]) > LONGEST:
        raise RefusedError("long", most=LONGEST)
    return typed[0]


def _number(typed: str, type_: str) -> float:
    plain = re.sub(r"[\s\u00a0\u202f€%]", "", typed).replace(",", ".")
    if not re.fullmatch(r"\d{1,13}(\.\d{1,2})?", plain):
        raise RefusedError("number")
    number = float(plain)
    if number > LARGEST or (type_ == "percent" and number > HUNDRED) or (type_ in WHOLE and number != int(number)):
        raise RefusedError("number")
    return int(number) if number == int(number) else number


def _date(typed: str, *, whole: bool) -> Any:  # noqa: ANN401  # A text, or a partial date.
    match = DATE.fullmatch(typed)
    parts = [int(part) for part in match.groups() if part] if match else []
    try:
        date(*[*parts, 1, 1][:3])
    except (TypeError, ValueError) as error:
        raise RefusedError("date") from error
    if whole and len(parts) != len(PRECISIONS):
        raise RefusedError("day")
    iso = "-".join(f"{part:04}" if place == 0 else f"{part:02}" for place, part in enumerate(parts))
    return iso if whole else {"value": iso, "precision": PRECISIONS[len(parts) - 1]}


def _lines(key: str, typed: str, old: Answer | None) -> list[Any]:
    held = old.value if old is not None and old.state == "given" and isinstance(old.value, list | tuple) else ()
    known = {str(one["value"]): one for one in held if isinstance(one, Mapping) and "value" in one}
    lines = [line.strip() for line in typed.splitlines() if line.strip()]
    return [known.get(line, {"kind": "words", "value": line} if key == "listing_ids" else line) for line in lines]
