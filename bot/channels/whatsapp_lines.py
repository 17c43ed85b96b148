"""What we say as WhatsApp takes it: reply buttons, a list, or options with numbers. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from bot.channels.pieces import pieces
from nlu.language import detect
from stories.effects import Say
from stories.types import Choice, Language

LONGEST_TEXT = 4096
LONGEST_WITH_BUTTONS = 1024
MOST_BUTTONS, LONGEST_BUTTON = 3, 20
MOST_ROWS, LONGEST_ROW, LONGEST_DESCRIPTION = 10, 24, 72
CHOOSE: Mapping[Language, str] = {"fr": "Choisir", "en": "Choose"}
"""What opens a list."""
STRONG = re.compile(r"\*\*(\S(?:[^\n]*?\S)?)\*\*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """A button, or a row of a list."""

    id: str
    title: str
    description: str = ""
    """The whole label, where the title is too short for it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    """One message of WhatsApp: with buttons, or with a list, or with neither."""

    text: str
    buttons: tuple[Option, ...] = ()
    rows: tuple[Option, ...] = ()
    opens: str = ""
    """The label of the button that opens the list."""


def encode(say: Say) -> list[Outgoing]:
    """One line as the messages that carry it; the choices are under the last."""
    text, choices = STRONG.sub(r"*\1*", say.text), say.choices
    if len(choices) > MOST_ROWS:
        text, choices = _numbered(text, choices), ()
    if len(choices) <= MOST_BUTTONS:
        whole = _numbered(text, choices) if any(len(c.label) > LONGEST_BUTTON for c in choices) else text
        if not choices:
            return [Outgoing(text=piece) for piece in pieces(whole, LONGEST_TEXT)]
        if len(whole) <= LONGEST_WITH_BUTTONS:
            return [Outgoing(text=whole, buttons=_options(choices, LONGEST_BUTTON))]
    *before, last = (Outgoing(text=piece) for piece in pieces(text, LONGEST_TEXT))
    opens = CHOOSE[detect(say.text, "fr") or "fr"]
    return [*before, replace(last, rows=_options(choices, LONGEST_ROW, described=True), opens=opens)]


def _numbered(text: str, choices: Sequence[Choice]) -> str:
    """The text with every label in full, under the number that may be typed for it."""
    return "\n".join([text, "", *(f"{at}. {choice.label}" for at, choice in enumerate(choices, 1))])


def _options(choices: Sequence[Choice], longest: int, *, described: bool = False) -> tuple[Option, ...]:
    """The choices, their titles short enough and no two alike."""
    titles = [_shortened(choice.label, longest) for choice in choices]
    if len(set(titles)) < len(titles):
        titles = [_shortened(f"{at}. {choice.label}", longest) for at, choice in enumerate(choices, 1)]
    return tuple(
        Option(
            id=choice.id,
            title=title,
            description=_shortened(choice.label, LONGEST_DESCRIPTION) if described and title != choice.label else "",
        )
        for choice, title in zip(choices, titles, strict=True)
    )


def _shortened(label: str, longest: int) -> str:
    """The first words of a label."""
    if len(label) <= longest:
        return label
    words = label[: longest - 1]
    whole = words.rsplit(" ", 1)[0] if " " in words and label[longest - 1] != " " else words
    return whole.rstrip(" ,;:.") + "…"
