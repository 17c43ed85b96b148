"""The fields of a case as an official reads them: what was said, by whom, and how sure it is."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

from console import labels
from console.essentials import entry_answer
from console.evidence import Verified
from console.wording import Words
from stories.types import Answer, Case

ORDER = ("platform", "problem", "impact", "evidence", "steps", "wish", "company", "contact", "consent", "urgency")
IDENTITY = frozenset({"company", "contact"})
"""The groups of fields that say whose case it is."""
ELSEWHERE = frozenset({"level", "reasons", "summary_validated"})
"""Fields that the page shows in a place of their own."""
LISTED = {"categories": "field.category", "other_platforms": "field.other_platform"}
"""Lists whose entries each have their own provenance, with the name of one entry."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """One field on the page."""

    key: str
    anchor: str
    label: str
    value: str
    given: bool
    mark: str
    """confirmed, told, machine, default, registry or official."""
    who: str
    model: str
    machine: bool
    """A classifier said it, whoever confirmed it since."""
    verified: Verified | None
    """An official checked it on evidence."""
    changeable: bool
    words: str | None
    """Where its words are in the transcript, as the id of an element; none where it was not said there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NotAsked:
    """A field that no question filled."""

    key: str
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """One group of fields, and the names of those that were not asked."""

    group: str
    title: str
    fields: tuple[Shown, ...]
    not_asked: tuple[NotAsked, ...]


def anchor(kind: str, key: str) -> str:
    """The id of a field (`field`) or of its words (`words`) on the page."""
    return f"{kind}-" + "".join(letter if letter.isalnum() and letter.isascii() else "-" for letter in key)


def answers(case: Case) -> dict[str, Answer]:
    """Every answer with its own provenance: the entries of a list each stand for themselves."""
    main = main_problem(case)
    found: dict[str, Answer] = {}
    for key, answer in case.fields.items():
        if key in LISTED and answer.state == "given":
            entries = [entry_answer(answer, entry) for entry in answer.value]
            found |= {f"{key}.{entry.value}": entry for entry in entries if entry.value != main}
            told = next((entry for entry in entries if entry.value == main), None)
            if told is not None:
                found["primary_category"] = _placed(case.fields["primary_category"], told)
        elif key not in ELSEWHERE:
            found[key] = answer
    return found


def _placed(main: Answer, entry: Answer) -> Answer:
    """The main problem; where an official named it, with the words that a reader had found for it."""
    return main if main.message is not None else replace(main, message=entry.message, start=entry.start, end=entry.end)


def sections(
    words: Words, case: Case, said_in: Mapping[str, str], verified: Mapping[str, Verified]
) -> list[Section]:  # fmt: skip
    """All groups in the order an official reads them. `said_in` has the element that holds each field's words."""
    category, known = main_problem(case), answers(case)
    order = {key: place for place, key in enumerate(words.script.fields)}
    keys = sorted(known, key=lambda key: order.get(_field(key), len(order)))
    found = (
        Section(
            group=group,
            title=words(f"group.{group}"),
            fields=tuple(
                shown(words, key, known[key], category, said_in=said_in.get(key), verified=verified.get(key))
                for key in keys
                if group_of(words, key) == group
            ),
            not_asked=tuple(
                NotAsked(key=key, label=labels.label(words, key, category))
                for key in _not_asked(words, group, category, case.fields)
            ),
        )
        for group in ORDER
    )
    return [section for section in found if section.fields or section.not_asked]


def shown(
    words: Words, key: str, answer: Answer, category: str | None, *, said_in: str | None, verified: Verified | None
) -> Shown:
    return Shown(
        key=key,
        anchor=anchor("field", key),
        label=label(words, key, category),
        value=labels.said(words, _field(key) if _field(key) in LISTED else key, answer, category),
        given=answer.state == "given",
        mark=labels.mark(answer),
        who=labels.who(words, answer),
        model=labels.model_name(words, answer),
        machine=answer.by.startswith("model"),
        verified=verified,
        changeable=entries_of(key) is None,
        words=said_in,
    )


def label(words: Words, key: str, category: str | None) -> str:
    return words(LISTED[_field(key)]) if _field(key) in LISTED else labels.label(words, key, category)


def entries_of(key: str) -> str | None:
    """The list of which this is one entry: it is changed as a whole, elsewhere."""
    return _field(key) if _field(key) in LISTED else None


def group_of(words: Words, key: str) -> str:
    """The group of a field; a field that the script no longer has stands with the problem."""
    field = words.script.fields.get(_field(key))
    return field.group if field else "problem"


def names_firm(words: Words, key: str) -> bool:
    """Whether a field says whose case it is."""
    return group_of(words, key) in IDENTITY


def main_problem(case: Case) -> str | None:
    answer = case.fields.get("primary_category")
    return str(answer.value) if answer and answer.state == "given" and answer.value else None


def _field(key: str) -> str:
    """The field of a case that a key belongs to: `category_answers` of `category_answers.appeals`."""
    return key.split(".", maxsplit=1)[0]


def _not_asked(words: Words, group: str, category: str | None, answered: Collection[str]) -> list[str]:
    """The fields of a group that a question could have filled, and none did."""
    known = words.script.categories.get(category) if category else None
    own = known.questions if known else ()
    paths = dict.fromkeys(words.script.path(key) for key in (*words.script.questions, *(q.key for q in own)))
    return [path for path in paths if path not in answered and group_of(words, path) == group]
