"""The middle of a turn, off the event loop: understand, advance, seal. Nothing here waits or writes."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import groupby
from typing import Any, TypeAlias, assert_never

from bot.app import App
from bot.channels.channel import Channel
from nlu.backend import Ask, Expecting
from storage import attachments, cases, outbox, references, turns
from storage.hours import allowed
from storage.ids import IDS
from storage.outbox import Fetch, Owed
from storage.queue import ROWS_A_LANE
from storage.turns import Held, Taken
from stories.effects import (
    AmendCase,
    CallHuman,
    Effect,
    Erase,
    FileCase,
    HandBack,
    Hear,
    KeepAttachment,
    LookUpCompany,
    Say,
    Silence,
    TakeOver,
    WakeLater,
)
from stories.types import Case, Conversation, KnownCase, Message, Supplies, Turn, Understanding

REFERENCES = 4
CODE_DIGITS = 16
Aside: TypeAlias = LookUpCompany | KeepAttachment | Hear | TakeOver | HandBack


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Messages that are one turn."""

    ids: tuple[int, ...]
    messages: tuple[Message, ...]
    late: bool = False
    flooded: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """What waits in a lane, and what is known there."""

    held: Held
    groups: tuple[Group, ...]
    """The turns to take, in order."""
    wanted: frozenset[tuple[str, str | None]] = frozenset()
    """The references and codes that were looked up."""
    cases: tuple[KnownCase, ...] = ()
    opened: Mapping[str, Case] = field(default_factory=dict)
    """The cases to be taken up here, by reference."""

    @property
    def opens(self) -> tuple[str, ...]:
        """The references whose code was proven elsewhere, so that their cases are taken up here."""
        said = (message for group in self.groups for message in group.messages)
        return tuple(message.text for message in said if message.event == "opened")

    @property
    def channel(self) -> str:
        return self.groups[0].messages[0].channel


@dataclass(slots=True, kw_only=True)
class _Step:
    """One turn being decided."""

    held: Held
    turn: Turn
    group: Group
    turn_id: int
    code: str
    token: str
    after: Held
    outbox: list[Mapping[str, Any]] = field(default_factory=list)
    files: list[Mapping[str, Any]] = field(default_factory=list)
    filed: list[Mapping[str, Any]] = field(default_factory=list)
    amended: list[AmendCase] = field(default_factory=list)
    heard: list[Message] = field(default_factory=list)
    erasure_asked: list[str] = field(default_factory=list)
    erases: bool = False
    hands: TakeOver | HandBack | None = None
    outcome: str = "recorded"


def grouped(rows: Sequence[Any], messages: Sequence[Message], known: Conversation) -> tuple[Group, ...]:
    """The turns that these rows of a lane make: what bursts is one, all else is one each; of a flood all texts are."""
    flooded = len(rows) >= ROWS_A_LANE

    def kind(at: int) -> tuple[int, bool]:
        late = _is_late(messages[at], known)
        return (-1, late) if rows[at].bursts or (flooded and _is_plain(messages[at])) else (at, late)

    return tuple(
        Group(
            ids=tuple(rows[at].id for at in together),
            messages=tuple(messages[at] for at in together),
            late=late,
            flooded=flooded and len(together) > 1,
        )
        for (_, late), together in ((key, list(found)) for key, found in groupby(range(len(rows)), key=kind))
    )


def _is_late(message: Message, known: Conversation) -> bool:
    """Whether its successor was processed before.

    A channel may begin its sequence anew after a quiet time: a message sent later than all before is not late.
    """
    newer = message.sent_at is not None and known.said_at is not None and message.sent_at > known.said_at
    return 0 < message.position < known.position and not newer


def _is_plain(message: Message) -> bool:
    """Nothing but text or files of a person."""
    special = message.choice or message.fields or message.edits or message.event
    return message.sender == "person" and not special


def decide(app: App, waiting: Sequence[Waiting], now: datetime) -> list[Taken]:
    """Take the turns of every lane: each wave understands the next turn of all lanes in one pass."""
    taken: list[Taken] = []
    wave = list(waiting)
    while wave:
        understood = _understand(app, wave, now)
        following = []
        for lane, understanding in zip(wave, understood, strict=True):
            one = _take(app, lane, understanding, now)
            taken.append(one)
            rest = replace(lane, held=one.after, groups=lane.groups[1:])
            if rest.groups and _may_go_on(app, rest, one):
                following.append(rest)
        wave = following
    return taken


def _may_go_on(app: App, rest: Waiting, one: Taken) -> bool:
    """Whether all that the lane's next turn must know is at hand; else it is claimed again."""
    if one.filed or one.amended or one.erases:
        return False
    return rest.wanted.issuperset(app.dialogue.references_wanted(rest.held.known, rest.groups[0].messages))


def _understand(app: App, wave: Sequence[Waiting], now: datetime) -> Iterator[Understanding]:
    """Read every turn that has text of a person; the others are clear as they are."""
    asks = {at: _ask(app, lane, now) for at, lane in enumerate(wave) if _is_text(lane.groups[0])}
    read = dict(zip(asks, app.nlu.understand_many(list(asks.values())), strict=True)) if asks else {}
    return (read.get(at, Understanding()) for at in range(len(wave)))


def _is_text(group: Group) -> bool:
    head = group.messages[0]
    said = any(message.text.strip() for message in group.messages)
    return head.sender == "person" and head.choice is None and head.event is None and said


def _ask(app: App, lane: Waiting, now: datetime) -> Ask:
    known, group = lane.held.known, lane.groups[0]
    asked = app.dialogue.expecting(app.script, known)
    return Ask(
        text="\n".join(message.text for message in group.messages),
        at=group.messages[0].sent_at or now,
        expecting=Expecting(asking=asked[0], kind=asked[1], options=tuple(asked[2])) if asked else None,
        language=known.language,
        model=lane.held.model,
        platforms=app.script.platforms,
    )


def _take(app: App, lane: Waiting, understanding: Understanding, now: datetime) -> Taken:
    group, channel = lane.groups[0], app.channels[lane.groups[0].messages[0].channel]
    code = f"{secrets.randbelow(10**CODE_DIGITS):0{CODE_DIGITS}}"
    drawn = tuple(references.new(now.year, secrets.token_bytes(8)) for _ in range(REFERENCES))
    turn = Turn(
        messages=group.messages,
        understanding=understanding,
        at=now,
        late=group.late,
        supplies=Supplies(references=drawn, code_hash=app.ring.hash_code(code)),
        cases=lane.cases,
        opened=lane.opened.get(group.messages[0].text) if group.messages[0].event == "opened" else None,
        registry=app.registry is not None,
        notice_shown=channel.shows_notice,
        remindable=channel.reminds and lane.held.unreachable_at is None,
        resumable=channel.resumes,
        transcribes=app.transcribes,
        flooded=group.flooded,
        page=app.page_url,
    )
    known, effects = app.dialogue.advance(app.script, lane.held.known, turn)
    step = _Step(
        held=lane.held,
        turn=turn,
        group=group,
        turn_id=IDS.new(now, max(*group.ids, lane.held.latest)),
        code=code,
        token=secrets.token_urlsafe(24),
        after=replace(lane.held, known=known, turns=lane.held.turns + 1, listening=app.dialogue.listening(known)),
    )
    if turn.opened is not None:
        step.after = replace(step.after, takes_up=turn.opened.reference)
    if turn.head.sender == "person":
        step.after = _reached(step.after, channel, turn)
    for effect in effects:
        _apply(app, step, effect)
    if turn.head.press is not None:
        step.outbox.append(_beside(app, step, "press", Owed(chat=turn.head.chat, press=turn.head.press)))
    step.after = replace(step.after, latest=max([step.turn_id, *(row["id"] for row in step.outbox)]))
    return _taken(app, step)


def _taken(app: App, step: _Step) -> Taken:
    return Taken(
        id=step.turn_id,
        before=step.held,
        after=step.after,
        inbox=step.group.ids,
        channel=step.turn.head.channel,
        chat=step.turn.head.chat,
        turn=turns.row(
            app.ring,
            step.turn_id,
            step.held,
            step.turn,
            script=app.script,
            messages=step.group.ids,
            outcome=step.outcome,
            asked=app.dialogue.expecting(app.script, step.held.known),
        ),
        at=step.turn.at,
        outbox=tuple(step.outbox),
        files=tuple(step.files),
        filed=tuple(step.filed),
        amended=tuple(step.amended),
        heard=tuple(step.heard),
        silences=step.turn.head.event == "blocked",
        wrote=step.turn.head.sender == "person" and step.turn.head.event not in {"blocked", "unblocked"},
        erasure_asked=tuple(step.erasure_asked),
        erases=step.erases,
        hands=step.hands,
    )


def _apply(app: App, step: _Step, effect: Effect) -> None:
    match effect:
        case Say():
            step.outbox.append(_say(app, step, effect))
            step.outcome = "answered"
        case FileCase(case=case, part=part):
            new = cases.row(app.ring, app.script, case, filed_by=step.turn_id, part=part, conversation_id=step.held.id)
            step.filed.append(new)
        case AmendCase():
            step.amended.append(effect)
        case WakeLater(after=after):
            wake_at = allowed(step.turn.at + after) if after is not None else None
            step.after = replace(step.after, wake_at=wake_at)
        case Erase(references=asked):
            step.erasure_asked.extend(asked)
            if not asked and not step.erases:
                step.erases = True
                step.outbox.append(_beside(app, step, "discard", Owed(chat="", discard=step.held.lane)))
        case CallHuman():
            step.after = replace(step.after, wants_human=True)
        case Silence(because=because):
            step.outcome = because if step.outcome == "recorded" else step.outcome
        case LookUpCompany() | KeepAttachment() | Hear() | TakeOver() | HandBack():
            _apply_beside(app, step, effect)
        case never:
            assert_never(never)


def _apply_beside(app: App, step: _Step, effect: Aside) -> None:
    """What comes back later, as a message of its own, and who speaks meanwhile."""
    head = step.turn.head
    match effect:
        case LookUpCompany(number=number):
            step.outbox.append(_beside(app, step, "lookup", Owed(chat=head.chat, number=number)))
        case KeepAttachment():
            step.outbox.append(_fetch(app, step, effect))
        case TakeOver() | HandBack():
            step.hands = effect
        case Hear(key=key, text=text):
            step.heard.append(Message(channel=head.channel, chat=head.chat, key=key, text=text))


def _say(app: App, step: _Step, say: Say) -> dict[str, Any]:
    head, secret = step.turn.head, ""
    if say.secret == "access_code":  # noqa: S105  # The name of what fills the slot.
        secret = " ".join(step.code[at : at + 4] for at in range(0, CODE_DIGITS, 4))
    elif say.secret == "resume_link":  # noqa: S105
        secret = app.resume_url + step.token
        step.after = replace(step.after, resume_hash=app.ring.blind("resume", step.token))
    owed = Owed(chat=head.chat, say=replace(say, text=say.text.replace("{secret}", secret)), secret=secret)
    return outbox.row(
        app.ring, owed, lane=step.held.lane, channel=head.channel, now=step.turn.at, after=step.turn_id,
        turn_id=step.turn_id, status="done" if app.channels[head.channel].mailbox else "waiting",
    )  # fmt: skip


def _fetch(app: App, step: _Step, kept: KeepAttachment) -> dict[str, Any]:
    """Each file has a lane of its own, so that a large one holds neither an answer nor another file."""
    of = [one.key for one in step.turn.messages].index(kept.message)
    ordinal = step.turn.messages[of].attachments.index(kept.attachment)
    fetch = Fetch(lane=step.held.lane, message=kept.message, ordinal=ordinal, attachment=kept.attachment)
    step.files.append(attachments.row(app.ring, fetch, step.turn.at))
    return _beside(app, step, f"fetch:{kept.message}:{ordinal}", Owed(chat=step.turn.head.chat, fetch=fetch))


def _beside(app: App, step: _Step, lane: str, owed: Owed) -> dict[str, Any]:
    """What has a lane of its own, so that it never holds an answer, however slow it is."""
    head = step.turn.head
    return outbox.row(
        app.ring,
        owed,
        lane=app.ring.lane(f"{lane}:{head.lane}"),
        channel=head.channel,
        now=step.turn.at,
        turn_id=step.turn_id,
    )


def _reached(held: Held, channel: Channel, turn: Turn) -> Held:
    """What a person's message says of whether, and how long, it can be answered."""
    said = max((message.sent_at for message in turn.messages if message.sent_at is not None), default=turn.at)
    return replace(
        held,
        unreachable_at=turn.at if turn.head.event == "blocked" else None,
        open_until=said + channel.window if channel.window is not None else None,
    )
