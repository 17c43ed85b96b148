"""Holds an answer and a filed case against what a conversation expects of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from storage.conversations import Line
from stories.effects import Say
from stories.expecting import unmet, unmet_case
from stories.script import Script
from stories.story import Step
from stories.types import Conversation


def expect(script: Script, step: Step, said: Sequence[Say | Line], known: Conversation, place: str) -> None:
    """Compare the answer to the last step with what is expected of it."""
    shown = "\n".join(f"[{say.key}] {say.text}" for say in said)
    wrong = [f"{part} is {came!r}, not {wanted!r}" for part, wanted, came in unmet(script, step, said, known)]
    assert not wrong, f"{'; '.join(wrong)}; {place}, after:\n{shown}"


def expect_case(found: Mapping[str, Any], expected: Mapping[str, Any]) -> None:
    """Compare a filed document with the fields expected of it."""
    wrong = [f"{part} is {held!r}, not {wanted!r}" for part, wanted, held in unmet_case(found, expected)]
    assert not wrong, "; ".join(wrong)
