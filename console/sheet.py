"""All that the page of a case shows, besides what may be done to it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from console import deeds, essentials, evidence, fields, files, labels, law, timeline, transcript
from console.essentials import Line
from console.evidence import Piece
from console.fields import Section, Shown
from console.files import File
from console.law import Rules
from console.timeline import Event
from console.transcript import Bubble
from console.wording import Words
from storage.access import Official
from storage.attachments import StoredFile
from storage.cases import FiledCase
from storage.colleagues import Colleague
from storage.conversations import Line as Said
from storage.conversations import Reach
from storage.neighbours import Neighbour
from storage.notes import Note
from stories.formats import percent
from stories.types import Case


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """What was read of a case for one official."""

    filed: FiledCase
    whole: Case
    """As it is for who may know whose it is."""
    lines: Sequence[Said]
    files: Sequence[StoredFile]
    reach: Reach | None
    notes: Sequence[Note]
    called: bool
    """A note calls the official, who has not read it yet."""
    firms: Sequence[Neighbour]
    alike: Sequence[Neighbour]
    officials: Sequence[Colleague]
    """All of them."""
    veiled: bool = False
    """Whose case it is, is hidden."""

    @property
    def names(self) -> Mapping[str, str]:
        """Of officials, by login, as its history names them."""
        return {one.login: one.name for one in self.officials}

    @property
    def holder(self) -> Colleague | None:
        """Who works on it."""
        return next((one for one in self.officials if one.id == self.filed.line.assignee_id), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """What must not be overlooked."""

    title: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Other:
    """Another case, as a line."""

    reference: str
    about: str
    status: str
    filed: str
    share: str = ""
    """How much of its words this case has too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """All that the page of a case shows."""

    reference: str
    language: str
    status: str
    level: str
    reasons: str
    ours: bool
    """An official set how urgent it is."""
    notices: tuple[Notice, ...]
    essentials: tuple[Line, ...]
    story: tuple[str, ...]
    sections: tuple[Section, ...]
    names: Mapping[str, Shown]
    """Every field shown, by key."""
    files: tuple[File, ...]
    pieces: tuple[Piece, ...]
    lines: tuple[Bubble, ...]
    reach: tuple[str, ...]
    """What stands in the way of an answer in the conversation."""
    events: tuple[Event, ...]
    law: Rules
    firms: tuple[Other, ...]
    alike: tuple[Other, ...]
    digest: str


def sheet(said: Words, read: Read, reader: Official, now: datetime) -> Sheet:
    filed = read.filed
    line, case, answers = filed.line, filed.case, fields.answers(filed.case)
    shown_files = files.listed(said, line.reference, read.files)
    known = evidence.pieces(said, shown_files, read.notes)
    checked = evidence.verified(said, filed.changes, known, read.names)
    said_in = transcript.said_in(said, read.lines, answers)
    shown = fields.sections(said, case, said_in, checked)
    shown = [section for section in shown if not (read.veiled and section.group in fields.IDENTITY)]
    bubbles = transcript.bubbles(said, read.lines, answers, files.places(line.reference, read.files))
    level = case.fields.get("level")
    return Sheet(
        reference=line.reference,
        language=line.language,
        status=labels.status(said, line.status),
        level=line.urgency_level or "normal",
        reasons=essentials.urgency_reasons(said, line.urgency_reasons),
        ours=level is not None and level.by == "official",
        notices=tuple(_notices(said, filed, read.reach)),
        essentials=tuple(essentials.lines(said, read.whole)),
        story=tuple(passage.text for passage in case.narrative),
        sections=tuple(shown),
        names={field.key: field for section in shown for field in section.fields},
        files=tuple(shown_files),
        pieces=tuple(known),
        lines=tuple(bubbles),
        reach=tuple(_reach(said, read.reach, now)) if read.reach else (),
        events=tuple(
            timeline.events(
                said, filed, notes=read.notes, lines=read.lines, bubbles=bubbles, files=shown_files,
                names=read.names, reader=reader.id,
            )
        ),
        law=law.rules(said, case),
        firms=tuple(_other(said, one) for one in read.firms),
        alike=tuple(_other(said, one) for one in read.alike),
        digest=filed.digest,
    )  # fmt: skip


def _other(said: Words, one: Neighbour) -> Other:
    platform = labels.value(said, "platform_id", one.platform_id) if one.platform_id else said("cases.unknown")
    return Other(
        reference=one.reference,
        about=f"{platform}, {labels.problem(said, one.primary_category)}",
        status=labels.status(said, one.status),
        filed=deeds.day(said, one.filed_at),
        share=percent(round(one.alike * 100), said.language) if one.alike else "",
    )


def _reach(said: Words, reach: Reach, now: datetime) -> Iterator[str]:
    """Why, and since when, a line in the conversation does not get through at once."""
    if reach.unreachable_at is not None:
        yield said("reach.unreachable", when=labels.stamp(said, reach.unreachable_at))
    elif reach.open_until is not None and reach.is_closed(now):
        yield said("reach.closed", when=labels.stamp(said, reach.open_until))
    elif reach.open_until is not None:
        yield said("reach.open", when=labels.stamp(said, reach.open_until))
    if reach.announced_at is not None:
        yield said("reach.announced", when=labels.stamp(said, reach.announced_at))


def _notices(said: Words, filed: FiledCase, reach: Reach | None) -> list[Notice]:
    notices = []
    if reach is not None and reach.unreachable_at is not None:
        when = labels.stamp(said, reach.unreachable_at)
        notices.append(Notice(title=said("case.unreachable"), text=said("case.unreachable.lead", when=when)))
    if filed.line.erasure_requested_at is not None:
        when = labels.stamp(said, filed.line.erasure_requested_at)
        notices.append(Notice(title=said("case.erasure"), text=said("case.erasure.lead", when=when)))
    if reach is not None and reach.wants_human:
        notices.append(Notice(title=said("case.human"), text=said("case.human.lead")))
    if filed.line.status == "withdrawn":
        notices.append(Notice(title=said("case.withdrawn"), text=said("case.withdrawn.lead")))
    return notices
