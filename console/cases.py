"""One case beside its conversation."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from console import eligibility, essentials, fields, files, grouping, identity, joining, labels, transcript
from console.answers import beside
from console.auth import for_officials, reader
from console.essentials import Line
from console.fields import Section, Shown
from console.files import File
from console.pages import desk, page, words
from console.transcript import Bubble
from console.wording import Words
from storage import attachments, cases, conversations, references
from storage import desk as desk_rows
from storage.access import seen_by
from storage.cases import CaseChange, FiledCase
from storage.conversations import Reach
from stories.types import Answer


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """What must not be overlooked."""

    title: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What was changed after filing, in words."""

    at: str
    when: str
    who: str
    what: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """All that the page of a case shows."""

    reference: str
    language: str
    status: str
    level: str
    reasons: str
    notices: tuple[Notice, ...]
    essentials: tuple[Line, ...]
    story: tuple[str, ...]
    sections: tuple[Section, ...]
    names: Mapping[str, Shown]
    """Every field shown, by key."""
    files: tuple[File, ...]
    lines: tuple[Bubble, ...]
    reach: tuple[str, ...]
    """What stands in the way of an answer in the conversation."""
    history: tuple[Change, ...]
    digest: str


@for_officials("read_cases")
async def show_case(request: Request) -> Response:
    house, said = desk(request), words(request)
    reference = references.read(request.path_params["reference"])
    async with house.database.read() as session:
        filed = await cases.show(session, house.ring, reference, within=seen_by(reader(request))) if reference else None
        if filed is None:
            raise HTTPException(status_code=404)
        lines = await conversations.transcript(session, house.ring, filed.lane) if filed.lane else []
        sent = await attachments.of_lanes(session, house.ring, *filed.lanes)
        human = await desk_rows.wants_human(session, filed.lane) if filed.lane else False
        reach = await conversations.reach(session, filed.lane) if filed.lane else None
        answering = await beside(request, session, filed)
        problem = await grouping.panel(session, house.ring, said, filed.line)
        joined = await joining.panel(request, session, filed)
        opened = await identity.is_open(session, request, filed)
    mediation = eligibility.points(said, filed.case) if reader(request).role == "mediator" else []
    whole = filed.case
    if not opened:
        filed, lines = identity.veil(said, filed, lines)
    answers = fields.answers(filed.case)
    opens = files.places(filed.line.reference, [file for file in sent if file.lane == filed.lane])
    shown = fields.sections(said, filed.case, transcript.said_in(said, lines, answers))
    shown = [section for section in shown if opened or section.group not in identity.GROUPS]
    sheet = Sheet(
        reference=filed.line.reference,
        language=filed.line.language,
        status=labels.status(said, filed.line.status),
        level=filed.line.urgency_level or "normal",
        reasons=essentials.urgency_reasons(said, filed.line.urgency_reasons),
        notices=tuple(_notices(said, filed, reach, human=human)),
        essentials=tuple(essentials.lines(said, whole)),
        story=tuple(passage.text for passage in filed.case.narrative),
        sections=tuple(shown),
        names={field.key: field for section in shown for field in section.fields},
        files=tuple(files.listed(said, filed.line.reference, sent)),
        lines=tuple(transcript.bubbles(said, lines, answers, opens)),
        reach=tuple(_reach(said, reach, house.clock())) if reach else (),
        history=tuple(_change(said, change, fields.main_problem(filed.case)) for change in filed.changes),
        digest=filed.digest,
    )
    return page(
        request, "cases/case.html", case=sheet, veiled=not opened, eligibility=mediation, problem=problem,
        joined=joined, **answering,
    )  # fmt: skip


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


def _notices(said: Words, filed: FiledCase, reach: Reach | None, *, human: bool) -> list[Notice]:
    notices = []
    if reach is not None and reach.unreachable_at is not None:
        when = labels.stamp(said, reach.unreachable_at)
        notices.append(Notice(title=said("case.unreachable"), text=said("case.unreachable.lead", when=when)))
    if filed.line.erasure_requested_at is not None:
        when = labels.stamp(said, filed.line.erasure_requested_at)
        notices.append(Notice(title=said("case.erasure"), text=said("case.erasure.lead", when=when)))
    if human:
        notices.append(Notice(title=said("case.human"), text=said("case.human.lead")))
    if filed.line.status == "withdrawn":
        notices.append(Notice(title=said("case.withdrawn"), text=said("case.withdrawn.lead")))
    return notices


def _change(said: Words, change: CaseChange, category: str | None) -> Change:
    made = change.changes
    what = [
        _changed(said, key, answer, made.before.get(key), category)
        for key, answer in made.fields.items()
        if key not in fields.ELSEWHERE
    ]
    what += [said("case.history.words")] if made.narrative else []
    what += [said("case.history.status", new=labels.status(said, made.status[1]))] if made.status else []
    return Change(
        at=change.at.isoformat(),
        when=labels.stamp(said, change.at),
        who=said.named("by", change.by),
        what=tuple(what),
    )


def _changed(said: Words, key: str, new: Answer, old: Answer | None, category: str | None) -> str:
    name, now = labels.label(said, key, category), labels.said(said, key, new, category)
    if old is None:
        return said("case.history.added", label=name, new=now)
    return said("case.history.field", label=name, old=labels.said(said, key, old, category), new=now)


ROUTES = [
    Route("/cases/{reference}", show_case),
]
