"""What a conversation expects of an answer and of a filed case, and how what came differs from it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Protocol, TypeAlias

from stories.case import value
from stories.script import Script
from stories.story import Step
from stories.types import Choice, Conversation

Unmet: TypeAlias = tuple[str, Any, Any]
"""A part of a step (`action`, `bot`, `asking`, `choices`) or the name of a field, what is expected, and what came."""


class Said(Protocol):
    """One thing that was said to the firm."""

    @property
    def key(self) -> str: ...
    @property
    def text(self) -> str: ...
    @property
    def choices(self) -> Sequence[Choice]: ...


def unmet(script: Script, step: Step, said: Sequence[Said], known: Conversation) -> Iterator[Unmet]:
    """What a step expects and did not come."""
    keys, shown = [one.key for one in said], "\n".join(one.text for one in said)
    if step.action is not None:
        wanted = step.action.removeprefix("utter_")
        if bool(said) if step.action == "action_listen" else wanted not in keys:
            yield "action", step.action, keys
    if step.bot is not None and step.bot.strip() not in shown:
        yield "bot", step.bot.strip(), shown
    if "asking" in step.model_fields_set and known.asking != step.asking:
        yield "asking", step.asking, known.asking
    offered = {choice.id for one in said for choice in one.choices}
    if not offered.issuperset(step.choices):
        yield "choices", list(step.choices), sorted(offered)
    for name, wanted in ((name, wanted) for slot in step.slot_was_set for name, wanted in slot.items()):
        found = held(script, known, name)
        if not agrees(found, wanted):
            yield name, wanted, found


def held(script: Script, known: Conversation, name: str) -> Any:  # noqa: ANN401  # Any JSON: what a field may hold.
    """The value of a field in a conversation, as a filed case would have it."""
    answer = known.answers.get(name)
    return value(script, name, answer) if answer is not None else None


def unmet_case(document: Mapping[str, Any], expected: Mapping[str, Any]) -> Iterator[Unmet]:
    """The fields of a filed document that are not as expected."""
    fields = {
        name: held
        for group in document
        if group not in {"states", "provenance"}
        for name, held in document[group].items()
    }
    fields |= {"states": document["states"]}
    for name, wanted in expected.items():
        group, dot, entry = name.partition(".")
        inner = fields.get(group)
        found = (inner.get(entry) if isinstance(inner, Mapping) else None) if dot else inner
        found = [one["id"] for one in found or ()] if name == "categories" else found
        if not agrees(found, wanted):
            yield name, wanted, found


def agrees(found: Any, expected: Any) -> bool:  # noqa: ANN401  # Any JSON.
    """Whether it is equal; of a mapping only the parts named are compared, of a list only the entries named."""
    match expected:
        case Mapping():
            return isinstance(found, Mapping) and all(agrees(found.get(name), part) for name, part in expected.items())
        case list() | tuple():
            ids = [one["id"] if isinstance(one, Mapping) and "id" in one else one for one in found or ()]
            return all(one in ids for one in expected)
        case _:
            return bool(found == expected)
