"""Plays a conversation in memory, without database and networks: what came of each step, and what was filed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from nlu.backend import NLU, Ask, Expecting
from stories import story
from stories.case import document
from stories.dialogue import advance, expecting
from stories.effects import AmendCase, Effect, Erase, FileCase, HandBack, Hear, Say, TakeOver, WakeLater
from stories.expecting import unmet, unmet_case
from stories.requests import references_wanted
from stories.script import Script
from stories.story import Step, Story
from stories.types import Case, Conversation, KnownCase, Message, Supplies, Turn, Understanding

CHANNEL, CHAT = "terminal", "firm"
REFERENCES = 4
LASTS = timedelta(minutes=30)
"""How long a conversation stays with an official who writes nothing there."""
ROUNDS = 1000
"""Turns after which a conversation that does not come to rest is broken off."""
Hours = Callable[[datetime], datetime]
"""The next moment at which people may be disturbed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """Something expected that did not come."""

    step: int | None
    """Which step, from 1; none: of a filed case."""
    part: str
    """`action`, `bot`, `asking`, `choices`, `given` (a reference or code that nobody was given), `filed` (how many
    cases), `messages_from_firm`, or the name of a field."""
    expected: Any
    found: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What came of one step that somebody did."""

    step: int
    """From 1."""
    said: tuple[Say, ...]
    known: Conversation


@dataclass(frozen=True, slots=True, kw_only=True)
class Rehearsal:
    """A conversation as it was played."""

    outcomes: tuple[Outcome, ...]
    filed: tuple[Mapping[str, Any], ...]
    """Documents of the cases, in order of filing."""
    differences: tuple[Difference, ...]

    @property
    def well(self) -> bool:
        return not self.differences


@dataclass(slots=True, kw_only=True)
class _Stage:
    """The conversation while it is played."""

    script: Script
    nlu: NLU
    hours: Hours
    now: datetime
    known: Conversation = field(default_factory=Conversation)
    cases: dict[str, Case] = field(default_factory=dict)
    statuses: dict[str, str] = field(default_factory=dict)
    codes: dict[str, str] = field(default_factory=dict)
    """The access code of each case that has one."""
    keys: set[str] = field(default_factory=set)
    heard: list[Message] = field(default_factory=list)
    said: list[Say] = field(default_factory=list)
    wake_at: datetime | None = None
    taken_until: datetime | None = None
    turns: int = 0
    position: int = 0


def rehearse(script: Script, nlu: NLU, told: Story, hours: Hours) -> Rehearsal:
    """Play a conversation and compare. Blocking, since messages are understood in it. Raises NLUError."""
    stage = _Stage(script=script, nlu=nlu, hours=hours, now=told.begins)
    outcomes: list[Outcome] = []
    differences: list[Difference] = []
    slots: dict[str, str] = {}
    for place, step in enumerate(told.steps, 1):
        if step.is_said:
            stage.said = []
            try:
                _do(stage, step, slots)
            except KeyError:
                differences.append(Difference(step=place, part="given", expected=step.user, found=sorted(slots)))
            slots |= story.given("\n".join(say.text for say in stage.said))
            outcomes.append(Outcome(step=place, said=tuple(stage.said), known=stage.known))
        else:
            differences += [
                Difference(step=place, part=part, expected=wanted, found=found)
                for part, wanted, found in unmet(script, step, stage.said, stage.known)
            ]
    filed = [document(script, case, status=stage.statuses[name]) for name, case in stage.cases.items()]
    differences += _of_cases(told, filed)
    return Rehearsal(outcomes=tuple(outcomes), filed=tuple(filed), differences=tuple(differences))


def _of_cases(told: Story, filed: Sequence[Mapping[str, Any]]) -> Iterator[Difference]:
    if told.messages_from_firm is not None and told.messages > told.messages_from_firm:
        yield Difference(step=None, part="messages_from_firm", expected=told.messages_from_firm, found=told.messages)
    wanted = told.filed if told.filed is not None else len(told.expected_cases) or None
    if wanted is not None and wanted != len(filed):
        yield Difference(step=None, part="filed", expected=wanted, found=len(filed))
        return
    for found, expected in zip(filed, told.expected_cases, strict=False):
        for part, value, held in unmet_case(found, expected):
            yield Difference(step=None, part=part, expected=value, found=held)


def _do(stage: _Stage, step: Step, slots: Mapping[str, str]) -> None:
    """What one step makes happen, until all is at rest."""
    if step.at is not None:
        stage.now = max(stage.now, step.at)
    if step.wait is not None:
        _wait(stage, stage.now + timedelta(seconds=step.wait))
        return
    texts = step.burst or (step.text(slots) or "",)
    fresh = []
    for at, text in enumerate(texts):
        stage.position += 1
        key = _key(stage, step.key, at)
        if key not in stage.keys:
            stage.keys.add(key)
            fresh.append(_message(stage, step, key, text))
    if fresh:
        _pump(stage, tuple(fresh))


def _key(stage: _Stage, named: str | None, at: int) -> str:
    if named is None:
        return f"line-{stage.position}"
    return f"{named}.{at + 1}" if at else named


def _message(stage: _Stage, step: Step, key: str, text: str) -> Message:
    if step.official is not None:
        return Message(channel=CHANNEL, chat=CHAT, key=key, sender="official", event=step.official)
    return Message(
        channel=CHANNEL, chat=CHAT, key=key, position=stage.position, text=text, choice=step.choice,
        edits=step.edit, sent_at=step.at,
    )  # fmt: skip


def _wait(stage: _Stage, until: datetime) -> None:
    """Let time pass; what falls due on the way happens at its own moment."""
    for _ in range(ROUNDS):
        due = min((at for at in (stage.wake_at, stage.taken_until) if at is not None), default=None)
        if due is None or due > until:
            break
        stage.now = max(stage.now, due)
        event = None if due == stage.wake_at else "handed_back"
        stage.wake_at, stage.taken_until = (None, stage.taken_until) if event is None else (stage.wake_at, None)
        clock = Message(channel=CHANNEL, chat=CHAT, key=f"clock:{due.timestamp():.0f}", sender="clock")
        _pump(stage, (replace(clock, event="handed_back") if event else clock,))
    stage.now = until


def _pump(stage: _Stage, messages: tuple[Message, ...]) -> None:
    """Take a turn, and those that come of it."""
    waiting = [messages]
    for _ in range(ROUNDS):
        if not waiting:
            return
        _take(stage, waiting.pop(0))
        waiting += [(message,) for message in stage.heard]
        stage.heard = []


def _take(stage: _Stage, messages: tuple[Message, ...]) -> None:
    stage.turns += 1
    code = f"{stage.turns:016}"
    spaced = " ".join(code[at : at + 4] for at in range(0, len(code), 4))
    references = tuple(f"PV-{stage.now.year}-{stage.turns:04}{part}-0" for part in range(REFERENCES))
    turn = Turn(
        messages=messages,
        understanding=_understood(stage, messages),
        at=stage.now,
        late=0 < messages[0].position < stage.known.position,
        supplies=Supplies(references=references, code_hash=code),
        cases=tuple(_cases(stage, messages)),
    )
    stage.known, effects = advance(stage.script, stage.known, turn)
    for effect in effects:
        _apply(stage, effect, spaced)


def _understood(stage: _Stage, messages: tuple[Message, ...]) -> Understanding:
    """What the classifier makes of what a person wrote; all else is clear as it is."""
    head, text = messages[0], "\n".join(message.text for message in messages)
    if head.sender != "person" or head.choice is not None or head.event is not None or not text.strip():
        return Understanding()
    asked = expecting(stage.script, stage.known)
    ask = Ask(
        text=text,
        at=head.sent_at or stage.now,
        expecting=Expecting(asking=asked[0], kind=asked[1], options=asked[2]) if asked else None,
        language=stage.known.language,
    )
    return stage.nlu.understand_many([ask])[0]


def _cases(stage: _Stage, messages: Sequence[Message]) -> Iterator[KnownCase]:
    """The cases filed here, and those whose reference and code these messages give."""
    own = [name for name in stage.cases if name in stage.known.filed]
    for reference in own:
        yield _known(stage, reference, own=True)
    for reference, code in references_wanted(stage.known, messages):
        if reference not in own and code is not None and stage.codes.get(reference) == code:
            yield _known(stage, reference, own=False)


def _known(stage: _Stage, reference: str, *, own: bool) -> KnownCase:
    case = stage.cases[reference]
    return KnownCase(reference=reference, status=stage.statuses[reference], filed_at=case.filed_at, own=own)


def _apply(stage: _Stage, effect: Effect, code: str) -> None:
    match effect:
        case Say():
            secret = code if effect.secret == "access_code" else ""  # noqa: S105  # The name of what fills the slot.
            stage.said.append(replace(effect, text=effect.text.replace("{secret}", secret)))
        case FileCase(case=case):
            stage.cases[case.reference], stage.statuses[case.reference] = case, "submitted"
        case AmendCase():
            _amend(stage, effect)
        case WakeLater(after=after):
            stage.wake_at = stage.hours(stage.now + after) if after is not None else None
        case Hear(key=key, text=text):
            stage.heard.append(Message(channel=CHANNEL, chat=CHAT, key=key, text=text))
        case TakeOver():
            stage.taken_until = stage.now + LASTS
        case HandBack():
            stage.taken_until = None
        case Erase(references=()):
            stage.wake_at = None
        case _:
            pass


def _amend(stage: _Stage, effect: AmendCase) -> None:
    case = stage.cases.get(effect.reference)
    if case is None:
        return
    fields, told = {**case.fields, **effect.fields}, (*case.narrative, *effect.narrative)
    stage.cases[effect.reference] = replace(case, fields=fields, narrative=told)
    if effect.status:
        stage.statuses[effect.reference] = effect.status
    if effect.code_hash:
        stage.codes[effect.reference] = effect.code_hash
