"""The conversation beside a case: who said what, which button was pressed, and which words gave which value."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from console import files, labels
from console.fields import anchor
from console.files import Named
from console.marks import Piece, Span, cut
from console.wording import Words
from storage.conversations import Line
from stories.types import Answer

WHO = {"person": "line.person", "bot": "line.program", "official": "line.official"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One field of a form that the firm filled in."""

    label: str
    pieces: tuple[Piece, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Edits:
    """Which earlier message this one corrects."""

    text: str
    href: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Bubble:
    """One line of the conversation on the page."""

    anchor: str
    side: str
    who: str
    at: str
    when: str
    pieces: tuple[Piece, ...]
    choice: tuple[Piece, ...] = ()
    """The label of the button pressed."""
    form: tuple[Entry, ...] = ()
    files: tuple[Named, ...] = ()
    offered: tuple[str, ...] = ()
    edits: Edits | None = None
    edited: bool = False
    """A later line corrects this one."""
    came: str = ""
    """How far a line of ours has come, in words."""
    stuck: bool = False
    """It has not reached the firm, and does not without more."""


def bubbles(
    words: Words, lines: Sequence[Line], answers: Mapping[str, Answer], opens: Mapping[tuple[str, int], str]
) -> list[Bubble]:
    """The conversation, with the words marked that gave the value of an answer.

    `opens`: where each file opens, by its message and its place there.
    """
    spans = _spans(answers)
    edited = {line.edits for line in lines if line.edits}
    places = {line.key: (number, line) for number, line in enumerate(lines, 1) if line.sender == "person"}
    offered: dict[str, str] = {}
    shown = []
    for number, line in enumerate(lines, 1):
        own = spans.get(line.key, ()) if line.sender == "person" else ()
        label = offered.get(line.choice, "") if line.choice else ""
        pressed = (line.text or label or line.choice) if line.choice else ""
        text = words("line.secret") if line.secret else "" if line.choice else line.text
        shown.append(
            Bubble(
                anchor=f"line-{number}",
                side=line.sender,
                who=line.signed or words(WHO[line.sender]),
                at=line.at.isoformat(),
                when=labels.stamp(words, line.at),
                pieces=tuple(cut(text, own)),
                choice=tuple(cut(pressed, own)),
                form=_form(words, line, answers),
                files=tuple(files.named(words, line.key, line.attachments, opens)),
                offered=tuple(choice.label for choice in line.choices),
                edits=_edits(words, line, places),
                edited=line.sender == "person" and line.key in edited,
                came=words(f"came.{line.came}") if line.came else "",
                stuck=line.came in {"away", "closed", "failed"},
            )
        )
        offered |= {choice.id: choice.label for choice in line.choices}
    return shown


def said_in(words: Words, lines: Sequence[Line], answers: Mapping[str, Answer]) -> dict[str, str]:
    """For each answer, the element of the page that holds its words, or else the line it was said in."""
    places = {line.key: (f"line-{number}", line) for number, line in enumerate(lines, 1) if line.sender == "person"}
    found = {}
    for key, answer in answers.items():
        if answer.message not in places:
            continue
        place, line = places[answer.message]
        written = {words.script.path(name) for name, typed in line.fields.items() if typed}
        marked = key in written or _marks(answer, line)
        found[key] = anchor("words", key) if marked else place
    return found


def _marks(answer: Answer, line: Line) -> bool:
    """Whether words of this line can be marked as those of the answer."""
    start, end = answer.start, answer.end
    return start is not None and end is not None and start < min(end, len(line.text))


def _spans(answers: Mapping[str, Answer]) -> dict[str, list[Span]]:
    """The words of each message that gave a value."""
    found: dict[str, list[Span]] = {}
    for key, answer in answers.items():
        if answer.message is not None and answer.start is not None and answer.end is not None:
            found.setdefault(answer.message, []).append(Span(field=key, start=answer.start, end=answer.end))
    return found


def _form(words: Words, line: Line, answers: Mapping[str, Answer]) -> tuple[Entry, ...]:
    """What was written in a form; the whole of a field gave the answer that came from it."""
    entries = []
    for key, typed in line.fields.items():
        if not typed:
            continue
        path = words.script.path(key)
        gave = path in answers and answers[path].message == line.key
        spans = [Span(field=path, start=0, end=len(typed))] if gave else []
        entries.append(Entry(label=labels.label(words, key), pieces=tuple(cut(typed, spans))))
    return tuple(entries)


def _edits(words: Words, line: Line, places: Mapping[str, tuple[int, Line]]) -> Edits | None:
    if line.edits is None:
        return None
    if line.edits not in places:
        return Edits(text=words("line.edits.unknown"), href="")
    number, earlier = places[line.edits]
    return Edits(text=words("line.edits", when=labels.stamp(words, earlier.at)), href=f"line-{number}")
