"""From a transcript to the draft of a conversation test: what names somebody is replaced by invented values."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Any

from console import labels, veil
from console.marks import BLANK
from console.wording import Words
from nlu import entities, masking
from nlu.persons import find_addresses, find_persons
from nlu.recording import counts
from storage import masking as names
from storage.cases import FiledCase
from storage.conversations import Line
from stories.case import value
from stories.likeness import Kind, Likeness, left
from stories.script import Script
from stories.story import Step, Story

PERSON, COMPANY, NUMBER = "Camille Exemple", "Maison Exemple", "CMD-100200"
INVENTED: Mapping[str, str] = {
    "e-mail": "contact@exemple.example", "email": "contact@exemple.example", "link": "https://exemple.example/",
    "téléphone": "01 99 00 12 34", "phone": "01 99 00 12 34", "IBAN": "FR76 3000 6000 0112 3456 7890 189",
    "iban": "FR76 3000 6000 0112 3456 7890 189", "carte": "4111 1111 1111 1111", "card": "4111 1111 1111 1111",
    "code": "0000 0000 0000 0000", "commande": NUMBER, "numéro": NUMBER, "number": NUMBER, "SIREN": "123 456 782",
    "siren": "123 456 782", "SIRET": "123 456 782 00010", "siret": "123 456 782 00010", "TVA": "FR11 123 456 782",
    "nom": PERSON, "personne": PERSON, "person": PERSON, "entreprise": COMPANY, "company": COMPANY,
    "adresse": "1 rue de l'Exemple, 75000 Paris", "…": "Exemple",
}  # fmt: skip
"""What stands for each typed placeholder; plainly nobody's."""
PLACEHOLDER = re.compile(r"\[(" + "|".join(map(re.escape, INVENTED)) + r")\]")
HIDDEN = re.compile(f"{BLANK}+")
REFERENCE = "PV-2026-00000-0"
LONGEST_NAME = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One thing said in a conversation, masked."""

    person: bool
    who: str
    text: str
    pressed: bool = False
    number: int | None = None
    """Of a message that the firm wrote, from 1."""


def masked(said: Words, filed: FiledCase, lines: Sequence[Line]) -> list[Line]:
    """The conversation up to the sending of its case, with typed placeholders for what names somebody."""
    until = [line for line in lines if line.at <= filed.line.filed_at]
    own = names.names_of(filed.case)
    shown = [replace(line, text=_masked(said.script, filed, line, own), fields={}) for line in until]
    return [replace(line, text=HIDDEN.sub("[…]", line.text)) for line in veil.over(said, filed).lines(shown)]


def button(said: Words, choice: str) -> str:
    """What a button says that the firm presses."""
    field, _, value = choice.partition("=")
    if value:
        return f"{labels.label(said, field)} : {labels.value(said, field, value)}"
    return said.script.wording[said.language].get(f"button.{choice}", choice)


def transcript(said: Words, lines: Sequence[Line]) -> Iterator[Told]:
    """A masked conversation as the page shows it."""
    number = 0
    offered: dict[str, str] = {}
    for line in lines:
        person = line.sender == "person"
        pressed = (offered.get(line.choice) or button(said, line.choice)) if line.choice else ""
        number += person and not line.choice and bool(line.text)
        if line.text or pressed:
            yield Told(
                person=person,
                who=said("line.person" if person else "line.program" if line.sender == "bot" else "line.official"),
                text=pressed or line.text,
                pressed=bool(pressed),
                number=number if person and not line.choice else None,
            )
        offered |= {choice.id: choice.label for choice in line.choices}


def retold(title: str, filed: FiledCase, lines: Sequence[Line]) -> Story:
    """The steps of the firm in a masked conversation, with invented values; nothing is expected yet."""
    spoken = [line for line in lines if line.sender == "person" and (line.choice or line.text)]
    begins = (spoken[0].at if spoken else filed.line.filed_at).replace(minute=0, second=0, microsecond=0)
    edited = {line.edits for line in spoken if line.edits}
    keys = {line.key: f"m{at}" for at, line in enumerate(spoken, 1)}
    steps: list[Step] = []
    day = begins.date()
    for _, group in groupby(spoken, key=lambda line: (line.turn or -line.id, line.choice, line.edits)):
        turn = list(group)
        later = {"at": turn[0].at.replace(second=0, microsecond=0)} if turn[0].at.date() != day else {}
        day = turn[0].at.date()
        steps.append(_step(turn, keys, edited, later))
    return Story(story=title, begins=begins, steps=tuple(steps))


def _step(turn: Sequence[Line], keys: Mapping[str, str], edited: set[str], later: Mapping[str, Any]) -> Step:
    first = turn[0]
    if first.choice:
        return Step(choice=first.choice, **later)
    if len(turn) > 1:
        return Step(burst=tuple(invent(line.text) for line in turn), **later)
    named: dict[str, Any] = {"key": keys[first.key]} if first.key in edited else {}
    named |= {"edit": keys[first.edits]} if first.edits and first.edits in keys else {}
    return Step(user=invent(first.text), **named, **later)


def invent(text: str) -> str:
    """A masked text with invented values in the place of its placeholders."""
    return PLACEHOLDER.sub(lambda found: INVENTED[found[1]], names.OWN.sub(REFERENCE, text))


def truth(script: Script, filed: FiledCase) -> dict[str, Any]:
    """What officials set in the case: it is expected, whatever the classifier makes of the words."""
    found = {}
    for name, answer in filed.case.fields.items():
        if answer.by == "official" and name != "level" and counts(script, name):
            held = value(script, name, answer)
            found[name] = [one["id"] for one in held or ()] if name == "categories" else held
    return found


def likenesses(said: Words, filed: FiledCase, lines: Sequence[Line], texts: Sequence[str]) -> list[Likeness]:
    """What the rewritten texts still have of what the firm wrote."""
    spoken = [line for line in lines if line.sender == "person" and line.text and not line.choice]
    private: dict[Kind, list[str]] = {"name": list(names.names_of(filed.case)), "contact": [], "address": []}
    for line in spoken:
        read = _read(said.script, filed, line)
        private["name"] += [line.text[start:end] for start, end in find_persons(line.text)]
        private["address"] += [line.text[start:end] for start, end in find_addresses(line.text)]
        private["contact"] += [one.text for one in read if one.field in masking.PLACEHOLDERS]
    return left([line.text for line in spoken], private, texts)


def texts(story: Story) -> list[str]:
    """What the firm writes, one text a message."""
    return [text for step in story.steps for text in step.texts]


def with_texts(story: Story, new: Sequence[str]) -> Story:
    """The same conversation with other texts, as many as it has."""
    rest = iter(new)

    def rewritten(step: Step) -> Step:
        if step.burst is not None:
            return step.model_copy(update={"burst": tuple(next(rest) for _ in step.burst)})
        return step.model_copy(update={"user": next(rest)}) if step.user is not None else step

    return story.model_copy(update={"steps": tuple(rewritten(step) for step in story.steps)})


def file_name(filed: FiledCase) -> str:
    """What the file is called, unless its author says otherwise."""
    about = f"{filed.line.platform_id or 'other'}_{filed.line.primary_category or 'other'}"
    return re.sub(r"[^a-z0-9_]", "_", about.lower())[:LONGEST_NAME]


def _read(script: Script, filed: FiledCase, line: Line) -> Sequence[Any]:
    return entities.read(line.text, at=line.at, language=filed.case.language, platforms=script.platforms)


def _masked(script: Script, filed: FiledCase, line: Line, own: Mapping[str, str]) -> str:
    text = names.mask(masking.mask(line.text, _read(script, filed, line)), own)
    return text.replace("[company]", "[entreprise]").replace("[person]", "[personne]").replace("[number]", "[numéro]")
