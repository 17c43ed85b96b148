"""The lines beside a message that is labelled, masked: who labels reads no case and nobody's name."""

from __future__ import annotations

from dataclasses import dataclass

from console.pages import Desk
from console.wording import Words
from nlu.entities import read as read_entities
from nlu.masking import mask
from storage.conversations import Line
from storage.people import Person
from storage.samples import Around
from stories.types import Entity, Language

LONGEST = 400
"""Letters of a line of ours that is shown: summaries and receipts are longer, and tell a whole case."""
WHO = {"person": "line.person", "bot": "line.program", "official": "line.official"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """A line before or after the message."""

    side: str
    who: str
    text: str
    offered: tuple[str, ...]
    """The buttons under it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """What was said around a message."""

    before: tuple[Beside, ...] = ()
    after: tuple[Beside, ...] = ()


def context(house: Desk, said: Words, found: Around | None, language: Language) -> Context:
    """The lines around a message; none where they are gone."""
    if found is None:
        return Context()
    buttons = {choice.id: choice.label for line in (*found.before, *found.after) for choice in line.choices}

    def shown(line: Line) -> Beside:
        text = line.text or buttons.get(line.choice or "", line.choice or "")
        hidden = line.secret is not None or (line.sender != "person" and len(text) > LONGEST)
        return Beside(
            side=line.sender,
            who=said(WHO[line.sender]),
            text=said("review.hidden_line") if hidden else masked(house, found.person, text, line, language),
            offered=() if hidden else tuple(masked(house, found.person, c.label, line, language) for c in line.choices),
        )

    return Context(before=tuple(map(shown, found.before)), after=tuple(map(shown, found.after)))


def masked(house: Desk, person: Person, text: str, line: Line, language: Language) -> str:
    """A line without what names anybody."""
    found = read_entities(text, at=line.at, language=language, platforms=house.script.platforms)
    return person.masked(mask(text, found), found)


def values(house: Desk, text: str, sample_language: Language) -> list[Entity]:
    """What a rule reads in a masked text, to be marked as right."""
    at = house.clock()
    return [
        one
        for one in read_entities(text, at=at, language=sample_language, platforms=house.script.platforms)
        if one.field in house.script.fields and "[" not in one.text
    ]
