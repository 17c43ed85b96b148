"""Real conversations, taken again with the model in use and with a candidate: what would have become of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from nlu.backend import NLU, Ask, Expecting
from nlu.comparison import Replay
from storage import conversations, teams
from storage.crypto import KeyRing
from storage.desk_tables import CaseRow
from storage.tables import ConversationRow, TurnRow
from storage.teams import Team
from stories.dialogue import advance, expecting
from stories.effects import FileCase, Say
from stories.script import Script
from stories.types import Case, Conversation, Turn, Understanding

Place = tuple[int, int]
"""Where a case was filed: the number of its turn, and which of the turn's cases it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """A conversation as it was."""

    turns: tuple[Turn, ...]
    cases: Mapping[Place, int]
    """Ids of the cases that were filed in it."""


@dataclass(slots=True)
class Course:
    """How a conversation goes when it is taken again."""

    known: Conversation = field(default_factory=Conversation)
    filed: dict[Place, Case] = field(default_factory=dict)
    questions: int = 0


async def last(session: AsyncSession, ring: KeyRing, at_most: int) -> list[Past]:
    """The conversations that began last, without those that were erased. Raises SealError."""
    wanted = select(ConversationRow.id, ConversationRow.lane).where(ConversationRow.state != b"")
    found = (await session.execute(wanted.order_by(ConversationRow.id.desc()).limit(at_most))).all()
    return [await _past(session, ring, row.id, row.lane) for row in found]


async def _past(session: AsyncSession, ring: KeyRing, conversation_id: int, lane: str) -> Past:
    filed = select(CaseRow.id, CaseRow.part, TurnRow.n).join(TurnRow, TurnRow.id == CaseRow.filed_by)
    cases = await session.execute(filed.where(CaseRow.conversation_id == conversation_id))
    stored = await conversations.turns(session, ring, lane)
    return Past(turns=tuple(one.turn for one in stored), cases={(row.n, row.part): row.id for row in cases})


def replay(past: Sequence[Past], script: Script, live: NLU, candidate: NLU, queues: Sequence[Team]) -> Replay:
    """Take them again with both, by the script in use. Blocking. Raises NLUError."""
    changed: list[int] = []
    routed: list[int] = []
    questions = 0
    for one, was, becomes in zip(past, again(past, script, live), again(past, script, candidate), strict=True):
        questions += becomes.questions - was.questions
        for place, case_id in one.cases.items():
            before, after = was.filed.get(place), becomes.filed.get(place)
            if before is not None and (after is None or _fields(after) != _fields(before)):
                changed.append(case_id)
                if after is not None and _queue(after, queues) != _queue(before, queues):
                    routed.append(case_id)
    return Replay(conversations=len(past), changed=tuple(changed), routed=tuple(routed), questions=questions)


def again(past: Sequence[Past], script: Script, nlu: NLU) -> list[Course]:
    """Take every conversation again; the next turns of all are read in one pass. Raises NLUError."""
    courses = [Course() for _ in past]
    for at in range(max((len(one.turns) for one in past), default=0)):
        going = [(one.turns[at], course) for one, course in zip(past, courses, strict=True) if at < len(one.turns)]
        asks = {place: _ask(script, *both) for place, both in enumerate(going) if _is_text(both[0])}
        told = dict(zip(asks, nlu.understand_many(list(asks.values())), strict=True))
        for place, (turn, course) in enumerate(going):
            _take(script, course, replace(turn, understanding=told.get(place, Understanding())), at + 1)
    return courses


def _take(script: Script, course: Course, turn: Turn, n: int) -> None:
    course.known, effects = advance(script, course.known, turn)
    for effect in effects:
        match effect:
            case Say(asking=asking):
                course.questions += asking is not None
            case FileCase(case=case, part=part):
                course.filed[n, part] = case
            case _:
                pass


def _is_text(turn: Turn) -> bool:
    return (
        turn.head.sender == "person"
        and turn.head.choice is None
        and turn.head.event is None
        and bool(turn.text.strip())
    )


def _ask(script: Script, turn: Turn, course: Course) -> Ask:
    asked = expecting(script, course.known)
    wanted = Expecting(asking=asked[0], kind=asked[1], options=tuple(asked[2])) if asked else None
    return Ask(text=turn.text, at=turn.head.sent_at or turn.at, expecting=wanted, language=course.known.language)


def _fields(case: Case) -> dict[str, Any]:
    """What a case says, whoever read it and however sure they were."""
    return {name: (answer.value, answer.state) for name, answer in case.fields.items()}


def _queue(case: Case, queues: Sequence[Team]) -> int | None:
    platform = case.fields.get("platform_id")
    return teams.taker(queues, platform.value if platform is not None else None)
