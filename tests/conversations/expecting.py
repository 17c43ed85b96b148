"""What is expected of an answer and of a filed case, as the conversations tell it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from storage.conversations import Line
from stories.case import value
from stories.effects import Say
from stories.script import Script
from stories.types import Conversation
from tests.conversations.story import Step


def expect(script: Script, step: Step, said: Sequence[Say | Line], known: Conversation, place: str) -> None:
    """Compare the answer to the last step with what is expected of it."""
    shown = "\n".join(f"[{say.key}] {say.text}" for say in said)
    about = f"{place}, after:\n{shown}"
    if step.action == "action_listen":
        assert not said, about
    elif step.action is not None:
        assert step.action.removeprefix("utter_") in {say.key for say in said}, about
    if step.bot is not None:
        assert step.bot.strip() in shown, about
    if "asking" in step.model_fields_set:
        assert known.asking == step.asking, about
    missing = set(step.choices) - {choice.id for say in said for choice in say.choices}
    assert not missing, about
    for name, expected in ((name, wanted) for slot in step.slot_was_set for name, wanted in slot.items()):
        answer = known.answers.get(name)
        found = value(script, name, answer) if answer is not None else None
        assert agrees(found, expected), f"{name} is {found!r}; {about}"


def expect_case(found: Mapping[str, Any], expected: Mapping[str, Any]) -> None:
    """Compare a filed document with the fields expected of it."""
    fields = {
        name: held for group in found if group not in {"states", "provenance"} for name, held in found[group].items()
    }
    fields |= {"states": found["states"]}
    for name, wanted in expected.items():
        group, dot, entry = name.partition(".")
        held = fields[group].get(entry) if dot else fields[group]
        held = [one["id"] for one in held] if name == "categories" else held
        assert agrees(held, wanted), f"{name} is {held!r}"


def agrees(found: Any, expected: Any) -> bool:
    """Whether it is equal; of a mapping only the parts named are compared, of a list only the entries named."""
    match expected:
        case Mapping():
            return isinstance(found, Mapping) and all(agrees(found.get(name), part) for name, part in expected.items())
        case list():
            ids = [one["id"] if isinstance(one, Mapping) and "id" in one else one for one in found or ()]
            return all(one in ids for one in expected)
        case _:
            return bool(found == expected)
