"""What an official must know of a case before reading it: where it stands, how to answer, what may be shared."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import stories.case
from console import labels
from console.wording import Words
from stories.types import Answer, Case

SHARING = ("share_mediateur", "share_dgccrf", "quote_anonymised")


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One of the things that a line says."""

    text: str
    href: str = ""
    machine: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A line at the head of a case."""

    label: str
    parts: tuple[Part, ...]
    warn: bool = False


def lines(words: Words, case: Case) -> list[Line]:
    """The head of a case, most telling first."""
    others = tuple(Part(text=name, machine=machine) for name, machine in other_problems(words, case))
    answer, unanswerable = way_to_answer(words, case)
    return [
        _line(words("cases.platform"), _field(words, case, "platform_id")),
        Line(label=words("case.problem"), parts=(main_part(words, case),)),
        *([Line(label=words("case.also"), parts=others)] if others else []),
        *([Line(label=words("case.facets"), parts=signs)] if (signs := facets(words, case)) else []),
        _line(words("case.deadline"), deadline(words, case)),
        Line(label=words("case.answer"), parts=(Part(text=answer),), warn=unanswerable),
        Line(label=words("case.sharing"), parts=tuple(Part(text=text) for text in sharing(words, case))),
        _line(words("case.filed"), labels.stamp(words, case.filed_at)),
        _line(words("case.channel"), words.named("channel", case.channel)),
        _line(words("case.language"), words.named("language", case.language)),
        *([_linked(words, case)] if case.linked else []),
    ]


def facets(words: Words, case: Case) -> tuple[Part, ...]:
    """What else is true of the case, whatever its problem."""
    held = ((key, answer) for key, answer in case.fields.items() if key.startswith("facets."))
    return tuple(
        Part(text=labels.label(words, key), machine=labels.mark(answer) == "machine")
        for key, answer in held
        if answer.state == "given" and answer.value == "yes"
    )


def main_part(words: Words, case: Case) -> Part:
    """The main problem, marked as a machine's as long as the firm has not confirmed it."""
    answer = case.fields.get("primary_category")
    text = labels.problem(words, given(case, "primary_category"))
    return Part(text=text, machine=answer is not None and labels.mark(answer) == "machine")


def other_problems(words: Words, case: Case) -> list[tuple[str, bool]]:
    """The further problems, and whether only a machine says so."""
    main = given(case, "primary_category")
    listed = given(case, "categories") or ()
    return [
        (labels.problem(words, _id(one)), labels.mark(entry_answer(case.fields["categories"], one)) == "machine")
        for one in listed
        if _id(one) != main
    ]


def entry_answer(answer: Answer, entry: Any) -> Answer:  # noqa: ANN401  # An id, or a mapping with its own provenance.
    """One entry of a list as an answer of its own, with who said it and the words it came from."""
    if not isinstance(entry, Mapping):
        return Answer(value=entry, by=answer.by, confidence=answer.confidence, confirmed=answer.confirmed)
    start, end = entry.get("span") or (None, None)
    source = {"firm": "person", "staff": "official", "model": answer.by}.get(str(entry.get("source")), answer.by)
    return Answer(
        value=entry["id"],
        by="model" if entry.get("source") == "model" and not source.startswith("model") else source,
        message=entry.get("message"),
        start=start,
        end=end,
        confidence=float(entry.get("confidence", answer.confidence)),
        confirmed=bool(entry.get("confirmed", answer.confirmed)),
    )


def way_to_answer(words: Words, case: Case) -> tuple[str, bool]:
    """How the firm can be answered, in words; and whether it cannot."""
    found = stories.case.way_to_answer(case)
    if found == "code_only":
        return words("answer.code_only"), True
    if found is None:
        return words("answer.none"), True
    return words(f"answer.{found}", channel=words.named("channel", case.channel)), False


def sharing(words: Words, case: Case) -> list[str]:
    """What the firm agreed to, each on its own."""
    choice = given(case, "share_platform")
    platform = words(f"share.{choice}") if choice in {"no", "anonymised", "named"} else words("share.undecided")
    others = (words(f"share.{key}", choice=words("yes" if given(case, key) is True else "no")) for key in SHARING)
    return [words("share.platform", choice=platform), *others]


def deadline(words: Words, case: Case) -> str:
    if not given(case, "deadline_date"):
        return words("case.no_deadline")
    when = _field(words, case, "deadline_date")
    kind = given(case, "deadline_kind")
    return f"{when}, {words.named('deadline', str(kind))}" if kind else when


def urgency_reasons(words: Words, reasons: Iterable[str]) -> str:
    return ", ".join(words.named("reason", reason) for reason in reasons)


def given(case: Case, key: str) -> Any:  # noqa: ANN401  # An answer's value is any JSON.
    """The value of a field that was given, else None."""
    answer = case.fields.get(key)
    return answer.value if answer is not None and answer.state == "given" else None


def _linked(words: Words, case: Case) -> Line:
    parts = tuple(Part(text=reference, href=f"/cases/{reference}") for reference in case.linked)
    return Line(label=words("case.linked"), parts=parts)


def _field(words: Words, case: Case, key: str) -> str:
    answer = case.fields.get(key)
    return labels.said(words, key, answer) if answer is not None else words("cases.unknown")


def _line(label: str, text: str) -> Line:
    return Line(label=label, parts=(Part(text=text),))


def _id(entry: Any) -> str:  # noqa: ANN401  # An id, or a mapping that has one.
    return str(entry["id"]) if isinstance(entry, Mapping) else str(entry)
