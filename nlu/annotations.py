"""Entities marked in an example as Rasa has it: `[Amazon](platform_id)`, `[Amazon]{"entity": "platform_id"}`."""

from __future__ import annotations

import json
import re

_MARKED = re.compile(r"\[(?P<said>[^\]\[]*)\](?:\((?P<name>[^()]*)\)|(?P<about>\{[^{}]*\}))")
_BROKEN = re.compile(r"\[[^\]\[]*\][({]|\[[^\]\[]*(?:\([a-z_]+(?::[^()]*)?\)|\{\s*\"entity\")")
"""What was meant as a mark and is none: a bracket is missing."""


def plain(text: str) -> str:
    """The text alone."""
    return _MARKED.sub(lambda found: found["said"], text)


def annotation_problem(text: str) -> str | None:
    """What is wrong with an entity marked in the text; None where nothing is."""
    for found in _MARKED.finditer(text):
        said, mark = found["said"], found[0]
        if not said.strip():
            return f"the entity {mark} marks no words: put them between the brackets"
        if said != said.strip():
            return f"the entity {mark} begins or ends with a space: move the space out of the brackets"
        if text[found.start() - 1 : found.start()].isalnum() or text[found.end() : found.end() + 1].isalnum():
            return f"the entity {mark} begins or ends within a word: mark whole words"
        if not _name(found):
            return f"the entity {mark} has no name: write [words](name)"
    if broken := _BROKEN.search(_MARKED.sub("", text)):
        return f"an entity is marked wrongly at {broken[0]!r}: write [words](name)"
    return None


def _name(found: re.Match[str]) -> str:
    if found["about"] is None:
        return found["name"].strip()
    try:
        about = json.loads(found["about"])
    except ValueError:
        return ""
    return str(about.get("entity", ""))
