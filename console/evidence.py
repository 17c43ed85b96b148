"""Which values of a case an official checked, and on what: the third mark, beside told and confirmed by the firm."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from console import labels
from console.files import File
from console.wording import Words
from storage.cases import CaseChange
from storage.notes import Note

SHORT = 60
"""Characters of a note in a list to choose from."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verified:
    """Who checked a value, when and on what."""

    who: str
    when: str
    on: str
    """The name of the file, or that it is a note; none where the reader may not see that note."""
    href: str
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """Something a value may be checked on."""

    id: str
    """`file:` or `note:` and its row id."""
    label: str
    href: str


def pieces(words: Words, files: Sequence[File], notes: Sequence[Note]) -> list[Piece]:
    """The files and notes of a case."""
    found = [Piece(id=f"file:{file.id}", label=file.name, href=file.href) for file in files]
    for note in notes:
        if note.removed_at is None:
            text = " ".join(note.versions[-1].text.split())
            short = text if len(text) <= SHORT else text[:SHORT].rstrip() + "…"
            label = words("evidence.note", author=note.author, text=short)
            found.append(Piece(id=f"note:{note.id}", label=label, href=f"#note-{note.id}"))
    return found


def verified(
    words: Words, changes: Sequence[CaseChange], known: Sequence[Piece], names: Mapping[str, str]
) -> dict[str, Verified]:
    """The marks that hold now, by field: a value that was changed since must be checked anew."""
    by_id = {piece.id: piece for piece in known}
    found: dict[str, Verified] = {}
    for change in changes:
        about = change.changes.about
        for key in change.changes.fields:
            found = {name: mark for name, mark in found.items() if name != key and not name.startswith(f"{key}.")}
        if change.act != "verified":
            continue
        if not about.get("holds"):
            found.pop(about["field"], None)
            continue
        piece = by_id.get(str(about.get("on")))
        found[about["field"]] = Verified(
            who=names.get(change.by, change.by),
            when=labels.stamp(words, change.at),
            on=piece.label if piece else "",
            href=piece.href if piece else "",
            words=change.changes.words,
        )
    return found
