"""All that happened to a case in one place, oldest first: the firm, officials, notes, answers, files."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, get_args

from console import deeds, labels
from console.files import File
from console.marks import BLANK
from console.transcript import Bubble
from console.wording import Words
from storage.cases import CaseChange, FiledCase
from storage.conversations import Line
from storage.handling import AUTOMATIC
from storage.notes import Note

Kind = Literal["firm", "officials", "notes", "answers", "files"]
KINDS: tuple[Kind, ...] = get_args(Kind)


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """One of the texts that a note had."""

    when: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One thing that happened."""

    kind: Kind
    at: datetime
    when: str
    who: str
    title: str
    lines: tuple[str, ...] = ()
    quote: str = ""
    """What an official wrote about it."""
    href: str = ""
    """Where on the page, or in the console, more of it stands."""
    note: int | None = None
    """The note that this is."""
    mine: bool = False
    """The reader may change it: they wrote it, and see all of it."""
    private: bool = False
    drafts: tuple[Draft, ...] = ()
    """The earlier texts of a note."""


def events(
    words: Words, filed: FiledCase, *, notes: Sequence[Note], lines: Sequence[Line], bubbles: Sequence[Bubble],
    files: Sequence[File], names: Mapping[str, str], reader: int,
) -> list[Event]:  # fmt: skip
    """What happened, oldest first. `names`: of officials, by login. `reader`: the id of who reads."""
    found = [
        _event(words, "firm", filed.case.filed_at, words("line.person"), words("deed.filed")),
        *_changes(words, filed, names),
        *_notes(words, notes, reader),
        *_said(words, filed, lines, bubbles),
        *_files(words, files),
    ]
    return sorted(found, key=lambda event: event.at)


def shown(found: Iterable[Event], kind: str) -> list[Event]:
    """Those of one kind; all where it is none."""
    return [event for event in found if kind not in KINDS or event.kind == kind]


def change(words: Words, made: CaseChange, filed: FiledCase, names: Mapping[str, str]) -> Event:
    """One change of the case, as an event."""
    ours = made.by not in AUTOMATIC
    who = names.get(made.by, made.by) if ours else words("by.clock" if made.by == "clock" else "line.person")
    title, *lines = deeds.told(words, made, filed.case)
    kind: Kind = "officials" if ours else "firm"
    return _event(words, kind, made.at, who, title, lines=tuple(lines), quote=made.changes.words)


def since(words: Words, filed: FiledCase, version: int | None, names: Mapping[str, str]) -> list[Event]:
    """What was changed since the case had that version, by whom and when."""
    count = filed.line.version - version if version is not None else 0
    return [change(words, made, filed, names) for made in filed.changes[-count:]] if count > 0 else []


def _event(
    words: Words, kind: Kind, at: datetime, who: str, title: str, *, lines: tuple[str, ...] = (), quote: str = "",
    href: str = "",
) -> Event:  # fmt: skip
    when = labels.stamp(words, at)
    return Event(kind=kind, at=at, when=when, who=who, title=title, lines=lines, quote=quote, href=href)


def _changes(words: Words, filed: FiledCase, names: Mapping[str, str]) -> Iterator[Event]:
    for one in filed.changes:
        yield change(words, one, filed, names)


def _notes(words: Words, notes: Sequence[Note], reader: int) -> Iterator[Event]:
    for note in notes:
        *earlier, last = note.versions
        gone = note.removed_at is not None
        drafts = (*earlier, last) if gone else earlier
        title = "note.removed" if gone else "note.private" if note.private else "note.note"
        yield Event(
            kind="notes",
            at=note.versions[0].at,
            when=labels.stamp(words, note.versions[0].at),
            who=note.author,
            title=words(title),
            quote="" if gone else last.text,
            note=note.id,
            mine=note.author_id == reader and not gone and BLANK not in last.text,
            private=note.private,
            drafts=tuple(Draft(when=labels.stamp(words, one.at), text=one.text) for one in drafts),
        )


def _said(words: Words, filed: FiledCase, lines: Sequence[Line], bubbles: Sequence[Bubble]) -> Iterator[Event]:
    """What officials answered, how far it came, and what the firm wrote once the case was filed."""
    for line, bubble in zip(lines, bubbles, strict=True):
        if line.sender == "official":
            title = words("deed.answer.came", came=bubble.came) if bubble.came else words("deed.answer")
            yield _event(words, "answers", line.at, words("line.official"), title, href=f"#{bubble.anchor}")
        elif line.sender == "person" and line.at > filed.case.filed_at:
            yield _event(words, "firm", line.at, words("line.person"), words("deed.wrote"), href=f"#{bubble.anchor}")


def _files(words: Words, files: Sequence[File]) -> Iterator[Event]:
    for file in files:
        at = datetime.fromisoformat(file.at)
        yield _event(words, "files", at, words("line.person"), words("deed.file", name=file.name), href=file.href)
