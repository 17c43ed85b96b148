"""What a reader who has given no reason sees of a case: all of it, but for whose case it is."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from sqlalchemy.ext.asyncio import AsyncSession
from starlette.requests import Request

from console import fields, identity, labels
from console.marks import BLANK
from console.pages import words
from console.sheet import Read
from console.wording import Words
from storage import masking
from storage.attachments import StoredFile
from storage.cases import CaseChange, FiledCase
from storage.conversations import Line
from storage.notes import Note
from stories.types import Answer, Case

NUMBER = re.compile(r"[+\d][\d\s.()-]*")
TELEPHONE = 9
"""Digits of a telephone, whatever stands before them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Veil:
    """What hides whose case it is: its fields are left out, and what names the firm is blanked out in all texts."""

    said: Words
    names: re.Pattern[str] | None = None
    lifted: bool = False
    """It hides nothing."""

    def text(self, text: str) -> str:
        """As long as before, so that the places of other words still hold."""
        return self.names.sub(lambda found: BLANK * len(found[0]), text) if self.names else text

    def hides(self, key: str, case: Case) -> bool:
        """Whether a field is left out, or a part of its value blanked out."""
        answer = case.fields.get(key)
        blanked = answer is not None and self._answer(key, answer) != answer
        return blanked or (not self.lifted and fields.names_firm(self.said, key))

    def filed(self, filed: FiledCase) -> FiledCase:
        if self.lifted:
            return filed
        case = replace(
            filed.case,
            fields=self._fields(filed.case.fields),
            narrative=tuple(replace(one, text=self.text(one.text)) for one in filed.case.narrative),
        )
        return replace(filed, case=case, changes=tuple(map(self._change, filed.changes)))

    def lines(self, lines: Sequence[Line]) -> list[Line]:
        return [
            replace(
                line,
                text=self.text(line.text),
                fields={key: self.text(text) for key, text in line.fields.items()},
                choices=tuple(replace(one, label=self.text(one.label)) for one in line.choices),
                attachments=tuple(replace(one, name=self.text(one.name)) for one in line.attachments),
            )
            for line in lines
        ]

    def notes(self, notes: Sequence[Note]) -> list[Note]:
        return [
            replace(note, versions=tuple(replace(one, text=self.text(one.text)) for one in note.versions))
            for note in notes
        ]

    def files(self, files: Sequence[StoredFile]) -> list[StoredFile]:
        return [replace(file, name=self.text(file.name)) for file in files]

    def read(self, read: Read) -> Read:
        return replace(
            read, filed=self.filed(read.filed), lines=self.lines(read.lines), files=self.files(read.files),
            notes=self.notes(read.notes), veiled=not self.lifted,
        )  # fmt: skip

    def _change(self, change: CaseChange) -> CaseChange:
        made = change.changes
        before = {key: self._answer(key, old) if old else None for key, old in made.before.items()}
        shown = replace(made, fields=self._fields(made.fields), before=before, words=self.text(made.words))
        return replace(change, changes=shown)

    def _fields(self, given: Mapping[str, Answer]) -> dict[str, Answer]:
        return {
            key: self._answer(key, answer) for key, answer in given.items() if not fields.names_firm(self.said, key)
        }

    def _answer(self, key: str, answer: Answer) -> Answer:
        """A value that the page shows as it was written is blanked as any text."""
        free = isinstance(answer.value, str) and labels.value(self.said, key, answer.value) == answer.value
        return replace(answer, value=self.text(answer.value)) if free else answer


async def of(session: AsyncSession, request: Request, filed: FiledCase) -> Veil:
    """What hides whose case it is from the reader: every page of a case shows it through this."""
    said = words(request)
    return Veil(said=said, lifted=True) if await identity.is_open(session, request, filed) else over(said, filed)


def over(said: Words, filed: FiledCase) -> Veil:
    """What hides whose case it is, whoever reads."""
    return Veil(said=said, names=_names(said, filed))


def _names(said: Words, filed: FiledCase) -> re.Pattern[str] | None:
    """What says whose case it is, as it stands now and as it stood before."""
    told = [filed.case.fields]
    for change in filed.changes:
        before = {key: old for key, old in change.changes.before.items() if old}
        told += [change.changes.fields, before]
    told = [{key: answer for key, answer in given.items() if fields.names_firm(said, key)} for given in told]
    names = {name for given in told for name in masking.names_in(given)}
    texts = {text for given in told for key in given if _is_name(said, key) for text in _written(given[key])}
    longest = sorted((text for text in texts if len(text) >= masking.SHORTEST), key=len, reverse=True)
    patterns = [*map(_pattern, longest), *([masking.any_of(names)] if names else [])]
    return re.compile("|".join(patterns), re.IGNORECASE) if patterns else None


def _is_name(said: Words, key: str) -> bool:
    """Whether a field holds free text that says who somebody is."""
    field = said.script.fields.get(key)
    return field is not None and field.pii != "none" and not field.values


def _written(answer: Answer) -> Iterator[str]:
    """A value as it is kept and as it was typed."""
    if answer.state == "given":
        yield from (text.strip() for text in (answer.value, answer.raw) if isinstance(text, str))


def _pattern(name: str) -> str:
    """Numbers are found however they are spaced, a telephone with its country or without."""
    if not NUMBER.fullmatch(name):
        return rf"(?<![^\W_]){re.escape(name)}(?![^\W_])"
    digits, country = re.sub(r"\D", "", name), ""
    if name.startswith(("+", "0")):
        digits, country = digits[-TELEPHONE:], r"(?:\+?\d{1,3}[\s.-]?(?:\(0\))?)?"
    spaced = r"[\s.()-]?".join(digits)
    return rf"(?<!\d){country}{spaced}(?!\d)"
