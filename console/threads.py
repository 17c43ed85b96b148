"""A conversation that an official writes in: that of a case, or one in which a person is asked for before filing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession
from starlette.exceptions import HTTPException
from starlette.requests import Request

from console import essentials, files, labels, transcript, veil
from console.auth import reader
from console.pages import desk, row_id, words
from console.transcript import Bubble
from console.veil import Veil
from console.wording import Words
from storage import answers, attachments, canned, cases, conversations, matters, presence, references, takeovers
from storage.access import seen_by
from storage.answers import Route
from storage.canned import Canned
from storage.cases import FiledCase
from storage.conversations import Line, Reach
from storage.crypto import KeyRing
from storage.presence import Other
from storage.takeovers import Hands
from stories import formats
from stories.case import PAGES
from stories.types import Language

SERVICE, NAME = "service", "name"
"""How an answer may be signed."""
LAST = 3
"""So many answers are shown beside the field."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Thread:
    """What may be written in, and by which address."""

    base: str
    reference: str
    """Of the case; empty: there is none yet."""
    lane: str | None
    channel: str
    language: Language
    filed: FiledCase | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Spoken:
    """What was read of a conversation."""

    reach: Reach | None
    lines: Sequence[Line]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ready:
    """A ready answer as it would be said here."""

    id: int
    name: str
    text: str
    missing: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """What the official sees beside the field to write in."""

    thread: Thread
    route: Route
    way: str
    """How an answer gets through, in words."""
    seen: int
    version: int
    signatures: tuple[tuple[str, str], ...]
    ready: tuple[Ready, ...]
    hands: Hands
    mine: bool
    """The reader speaks in the conversation."""
    may_return: bool
    others: tuple[Other, ...]
    sent: tuple[Bubble, ...]
    """The last answers, newest first."""
    pieces: tuple[tuple[str, str], ...]
    """What the case lacks, by the name it has for officials."""
    asks: bool
    """The case may go to waiting for the firm."""
    veiled: bool
    """Whose case it is, is hidden."""


async def find(request: Request, session: AsyncSession) -> Thread:
    """The conversation of this page, where the reader may see it; 404 otherwise."""
    house = desk(request)
    if "reference" in request.path_params:
        wanted = references.read(request.path_params["reference"])
        filed = await cases.show(session, house.ring, wanted, within=seen_by(reader(request))) if wanted else None
        if filed is None:
            raise HTTPException(status_code=404)
        return of_case(filed)
    row_number = row_id(request.path_params["conversation"])
    row = await takeovers.unfiled(session, row_number) if row_number is not None else None
    if row is None:
        raise HTTPException(status_code=404)
    spoken: Language = "en" if row.language == "en" else "fr"
    return Thread(
        base=f"/conversations/{row.id}", reference="", lane=row.lane, channel=row.channel, language=spoken, filed=None
    )


def of_case(filed: FiledCase) -> Thread:
    """The conversation of a case; where the firm wants no answer there, the page on which it took the case up again."""
    line, lane, channel = filed.line, filed.lane, filed.line.channel
    if filed.taken_up and (lane is None or (channel not in PAGES and answers.is_unwanted(filed.case))):
        lane, channel = filed.taken_up[-1], "webchat"
    return Thread(
        base=f"/cases/{line.reference}", reference=line.reference, lane=lane, channel=channel,
        language=filed.case.language, filed=filed,
    )  # fmt: skip


async def spoken_in(session: AsyncSession, ring: KeyRing, lane: str | None) -> Spoken:
    """What was said in a lane; nothing where there is none."""
    if lane is None:
        return Spoken(reach=None, lines=())
    reach = await conversations.reach(session, lane)
    return Spoken(reach=reach, lines=await conversations.transcript(session, ring, lane))


async def panel(
    request: Request, session: AsyncSession, thread: Thread, spoken: Spoken | None = None
) -> Panel:  # fmt: skip
    """All that stands round the field to write in. `spoken`: what was said there, where it was read already."""
    house, said, official = desk(request), words(request), reader(request)
    spoken = spoken or await spoken_in(session, house.ring, thread.lane)
    case, reach = thread.filed.case if thread.filed else None, spoken.reach
    route = answers.route(case, thread.channel, reach, house.clock())
    hands = await takeovers.hands(session, thread.lane or "")
    case_id = thread.filed.line.id if thread.filed else None
    over = await veil.of(session, request, thread.filed) if thread.filed else Veil(said=said, lifted=True)
    answered = [line for line in reversed(spoken.lines) if line.sender == "official"][:LAST]
    return Panel(
        thread=thread,
        route=route,
        way=_way(said, route, thread.channel),
        seen=await answers.newest(session, thread.lane) if thread.lane else 0,
        version=thread.filed.line.version if thread.filed else 0,
        signatures=tuple((one, signature(request, thread.language, one)) for one in (SERVICE, NAME)),
        ready=tuple(ready(request, thread, await canned.every(session))),
        hands=hands,
        mine=hands.by == official.id,
        may_return=hands.by == official.id or official.role == "supervisor",
        others=tuple(await presence.others(session, case_id, official.id, house.clock())) if case_id else (),
        sent=tuple(transcript.bubbles(said, over.lines(answered), {}, {})),
        pieces=tuple(lacking(said, thread.filed)) if thread.filed else (),
        asks=thread.filed is not None and steps(said, thread.filed.line.status) is not None,
        veiled=not over.lifted,
    )


async def lines(request: Request, session: AsyncSession, thread: Thread) -> list[Bubble]:
    """What was said, as the page shows it."""
    if thread.lane is None:
        return []
    house, said = desk(request), words(request)
    spoken = await conversations.transcript(session, house.ring, thread.lane)
    if thread.filed is not None:
        filed_at = thread.filed.line.filed_at if thread.lane == thread.filed.lane else None
        spoken = (await veil.of(session, request, thread.filed)).lines(matters.own(spoken, filed_at))
    sent = await attachments.of_lanes(session, house.ring, thread.lane)
    opens = files.places(thread.reference, sent) if thread.reference else {}
    return transcript.bubbles(said, spoken, {}, opens)


def signature(request: Request, language: Language, how: str) -> str:
    """What the firm reads above an answer."""
    service = desk(request).script.assistant.service.name[language]
    return f"{reader(request).name}, {service}" if how == NAME else service[:1].upper() + service[1:]


def values(request: Request, thread: Thread) -> dict[str, str]:
    """What the variables of ready answers stand for here, in the firm's language."""
    script, service = desk(request).script, desk(request).script.assistant.service.name[thread.language]
    if thread.filed is None:
        return {"service": service}
    firm, line = Words(thread.language, script), thread.filed.line
    due = essentials.given(thread.filed.case, "deadline_date")
    platform = labels.value(firm, "platform_id", line.platform_id) if line.platform_id not in {None, "other"} else ""
    return {
        "reference": line.reference,
        "platform": platform,
        "status": script.statuses[line.status].label[thread.language].lower(),
        "deadline": formats.partial_date(due, thread.language) if isinstance(due, dict) else _day(firm, due),
        "service": service,
    }


def _day(firm: Words, iso: Any) -> str:  # noqa: ANN401  # An answer's value is any JSON.
    return labels.value(firm, "deadline_date", iso) if iso else ""


def ready(request: Request, thread: Thread, kept: list[Canned]) -> list[Ready]:
    """The ready answers in the firm's language."""
    known = values(request, thread)
    return [
        Ready(id=one.id, name=one.name, text=one.filled(known), missing=tuple(one.missing(known)))
        for one in kept
        if one.language == thread.language
    ]


def lacking(said: Words, filed: FiledCase) -> list[tuple[str, str]]:
    """What a firm with this problem may still give: pieces to save, and questions without an answer."""
    script, case = said.script, filed.case
    category = script.categories.get(str(essentials.given(case, "primary_category") or "other"))
    if category is None:
        return []
    pieces = [(f"piece-{place}", text) for place, text in enumerate(category.evidence[said.language])]
    paths = dict.fromkeys(script.path(key) for key in (*(q.key for q in category.questions), *category.more))
    asked = [(path, script.question(path, category.id)) for path in paths if path not in case.fields]
    return pieces + [(path, question.short[said.language]) for path, question in asked if question is not None]


def piece(said: Words, filed: FiledCase, name: str, language: Language) -> str | None:
    """The words of one of them in the firm's language, as part of a sentence; None where the case lacks no such."""
    if name not in dict(lacking(said, filed)):
        return None
    found = dict(lacking(Words(language, said.script), filed))[name]
    question = said.script.question(name, str(essentials.given(filed.case, "primary_category")))
    return question.ask[language] if question is not None else found[:1].lower() + found[1:]


def steps(said: Words, status: str) -> list[str] | None:
    """The statuses on the way to waiting for the firm; none where it waits already; None where no way leads there."""
    ways: list[list[str]] = [[status]]
    for way in ways:
        if way[-1] == "needs_info":
            return way[1:]
        known = said.script.statuses.get(way[-1])
        review = [one for one in (known.next if known else ()) if one in {"in_review", "needs_info"} and one not in way]
        ways += [[*way, one] for one in sorted(review, key=lambda one: one != "needs_info")]
    return None


def _way(said: Words, route: Route, channel: str) -> str:
    name = said.named("channel", channel)
    if route.way == "closed":
        key = "answer.way.closed.told" if route.announced_at else "answer.way.closed"
        return said(key, channel=name)
    if route.way == "now" and route.until is not None:
        return said("answer.way.until", channel=name, when=labels.stamp(said, route.until))
    return said(f"answer.way.{route.way}", channel=name)
