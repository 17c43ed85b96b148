"""Makes the expectations of a conversation from what comes of it: which values each step gave, and what was filed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any

from nlu.backend import NLU
from nlu.rehearsal import Hours, Outcome, rehearse
from stories.expecting import held
from stories.script import Script
from stories.story import Step, Story
from stories.types import Conversation

NO_NOTE = frozenset({
    "summary_validated", "contact_back", "identity_source", "measure_kind", "measure_scope", "platform_name_typed",
    "loss_basis", "loss_period", "training", "deadline_kind",
})  # fmt: skip
"""What follows by rule, or goes without saying, and would only make the file longer."""
NOTHING: Mapping[str, Any] = MappingProxyType({})
DEFAULTS = frozenset({False, "chat", "not_asked", "normal"})


def record(script: Script, nlu: NLU, told: Story, hours: Hours, truth: Mapping[str, Any] = NOTHING) -> Story:
    """The same conversation, with the expectations that fit what comes of it now. Raises NLUError.

    `truth`: fields of the case that are known better, and are expected whatever comes of it now.
    """
    said = tuple(step for step in told.steps if step.is_said)
    bare = Story(story=told.story, begins=told.begins, steps=said)
    played = rehearse(script, nlu, bare, hours)
    steps: list[Step] = []
    before = Conversation()
    for step, outcome in zip(said, played.outcomes, strict=True):
        steps += [step, *_expected(script, before, outcome)]
        before = outcome.known
    cases = [dict(_fields(script, document)) for document in played.filed]
    ends: dict[str, Any] = {"filed": 0}
    if cases:
        ends = {"case": {**cases[0], **truth}} if len(cases) == 1 else {"cases": tuple(cases)}
    return Story(story=told.story, begins=told.begins, steps=tuple(steps), **ends)


def _expected(script: Script, before: Conversation, outcome: Outcome) -> Iterator[Step]:
    """What a step gave: the values that are new, and the question that is open after it."""
    known = outcome.known
    fresh = {
        name: value
        for name in known.answers
        if name != "categories"
        and counts(script, name)
        and (value := held(script, known, name)) != held(script, before, name)
    }
    if fresh and not (known.filed and not before.filed):
        yield Step(slot_was_set=tuple({name: _short(value)} for name, value in fresh.items()))
    if not outcome.said:
        yield Step(action="action_listen")
    elif known.asking != before.asking:
        yield Step(asking=known.asking)


def _fields(script: Script, document: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """What a filed case holds, as far as the firm told it."""
    for name, field in script.fields.items():
        value = document[field.group].get(name)
        if not counts(script, name) or value in (None, [], {}):
            continue
        if field.type == "map":
            yield from ((f"{name}.{entry}", inner) for entry, inner in value.items() if inner is not None)
        elif name == "categories":
            yield name, [one["id"] for one in value]
        elif isinstance(value, list | dict) or value not in DEFAULTS:
            yield name, _short(value)


def _short(value: Any) -> Any:  # noqa: ANN401  # Any JSON.
    """A date without what goes without saying."""
    match value:
        case {"value": date, "precision": precision}:
            return {"value": date, "precision": precision} | ({"approx": True} if value.get("approx") else {})
        case _:
            return value


def counts(script: Script, name: str) -> bool:
    """Whether a field says what happened: neither who the firm is nor in which words."""
    field = script.fields.get(name.partition(".")[0])
    return (
        field is not None
        and field.group in {"platform", "problem", "impact", "steps", "evidence", "wish", "consent", "urgency"}
        and field.type != "text"
        and not (field.type == "list" and field.pii != "none")
        and name not in NO_NOTE
    )
