"""The text for a key in a language, and the buttons with it."""

from __future__ import annotations

import re
from collections.abc import Iterable

from stories.script import Script
from stories.types import Choice, Conversation, Language

_SLOT = re.compile(r"\{(\w+)\}")


def word(script: Script, language: Language, key: str, **values: str) -> str:
    """The sentence of a key; `{name}` is replaced by its value, and the operator's own values fill the rest."""
    service = script.assistant.service
    known = {
        "service": service.name[language],
        "address": service.address,
        "service_email": service.email,
        "service_phone": service.phone,
        "hours": service.hours[language],
        "delay": service.delay[language],
        **values,
    }
    return fill(script.wording[language][key], known)


def fill(text: str, values: dict[str, str]) -> str:
    """Replace each `{name}` that has a value, in one pass: what a person typed is never read as a slot."""
    return _SLOT.sub(lambda slot: values.get(slot[1], slot[0]), text)


def button(script: Script, language: Language, choice: str, **values: str) -> Choice:
    """The button of a choice that the wording names."""
    return Choice(id=choice, label=word(script, language, f"button.{choice.split(':', maxsplit=1)[0]}", **values))


def buttons(script: Script, language: Language, choices: Iterable[str]) -> tuple[Choice, ...]:
    return tuple(button(script, language, choice) for choice in choices)


def platform_name(script: Script, known: Conversation) -> str:
    """The platform as it is called in a sentence; "la plateforme" where it is unknown."""
    answer = known.answers.get("platform_id")
    if answer is None or answer.state != "given":
        return script.wording[known.language]["the_platform"]
    if answer.value == "other":
        typed = known.answers.get("platform_name_typed")
        return str(typed.value) if typed and typed.value else script.wording[known.language]["the_platform"]
    return script.by_platform[answer.value].name
