"""The lines of a conversation as the web shows them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from markupsafe import Markup

from bot.channels import webchat
from bot.markup import markup, plain
from nlu.language import detect
from storage.conversations import Line as Said
from stories.formats import PARIS, weight
from stories.types import Choice, Language

REFERENCE = re.compile(r"PV-\d{4}-[0-9A-Z]{5}-[0-9A-Z]")
WHO: Mapping[str, Literal["you", "us", "official"]] = {"person": "you", "bot": "us", "official": "official"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line, ready to be shown."""

    id: str
    """Of its row: lines are shown in this order."""
    who: Literal["you", "us", "official"]
    text: str
    language: Language
    at: datetime
    choices: Sequence[Choice] = ()
    signed: str = ""
    """Who says it, where it is an official."""
    sent_as: str = ""
    """What the page named the message when it sent it."""
    files: Sequence[tuple[str, str]] = ()
    """The names of those that came with it, and how large they are."""
    letter: bool = False
    """To be copied and sent by the person."""
    links: Mapping[str, Sequence[tuple[str, str]]] = field(default_factory=dict)
    """Choices that are pages of their own: their addresses and labels, by id."""

    @property
    def html(self) -> Markup:
        return markup(self.text, self.language) if self.who == "us" else plain(self.text)

    @property
    def clock(self) -> str:
        at = self.at.astimezone(PARIS)
        return f"{at.hour} h {at.minute:02}" if self.language == "fr" else f"{at:%H:%M}"


Words = Callable[[Mapping[str, str]], Iterable[str]]
"""What a form says, line by line."""


class Showing:
    """Makes lines for the page of a transcript that comes in parts: what buttons are called was said before."""

    def __init__(self, form: Words) -> None:
        self._form = form
        self._labels: dict[str, str] = {}
        self._language: Language | None = None

    def lines(self, said: Iterable[Said]) -> list[Line]:
        """What was said after the part before."""
        return [self._line(one) for one in said]

    def _line(self, said: Said) -> Line:
        self._labels |= {choice.id: choice.label for choice in said.choices}
        self._language = detect(said.text, self._language) or self._language
        return Line(
            id=str(said.id), who=WHO[said.sender], text=_text(said, self._labels, self._form),
            language=self._language or "fr", at=said.at,
            letter=said.key == "letter", choices=said.choices, links=_links(said),
            files=_files(said, self._language or "fr"),
            signed=said.signed,
            sent_as=webchat.nonce_of(said.key) if said.sender == "person" else "",
        )  # fmt: skip


def _text(said: Said, labels: Mapping[str, str], form: Words) -> str:
    """The words of a line: for a button its label, for a form what was filled in."""
    if said.choice is not None:
        return labels.get(said.choice) or LANGUAGE_NAMES.get(said.choice, "…")
    return "\n".join([*([said.text] if said.text else []), *form(said.fields)])


def _files(said: Said, language: Language) -> list[tuple[str, str]]:
    return [(one.name or "…", weight(one.size, language) if one.size else "") for one in said.attachments]


LANGUAGE_NAMES = {"language:fr": "Français", "language:en": "English"}


def _links(said: Said) -> Mapping[str, Sequence[tuple[str, str]]]:
    found = {"form": [("/formulaire", "")]} if said.choices else {}
    references = list(dict.fromkeys(REFERENCE.findall(said.text))) if said.key.startswith("receipt") else []
    several = len(references) > 1
    return {**found, "receipt": [(f"/recu/{one}", f" {one}" if several else "") for one in references]}
