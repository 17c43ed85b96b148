"""Draws messages to be labelled: by chance, masked before they are kept, and from nobody who objects."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeAlias

from sqlalchemy import bindparam, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from storage import readings
from storage.chances import LEAST_RANDOM, WHYS, Candidate, Why, chances, number
from storage.crypto import KeyRing
from storage.desk_tables import CaseCategoryRow, CaseRow
from storage.ids import IDS
from storage.inbox import INSERT
from storage.people import Person, part_of, people
from storage.readings import LATELY, Said
from storage.tables import TurnRow
from storage.training_tables import DrawingRow, ReadingRow, SampleRow
from stories.types import Entity, Label

Mask: TypeAlias = Callable[[str, Sequence[Entity]], str]
"""Puts typed placeholders where a text names somebody (`nlu.masking.mask`)."""
POOL = 50_000
"""The messages that are drawn from, at most: the latest."""
SIZES = range(5, 501)
TOLD = 5
"""So many labels are kept of what was understood."""
SAMPLES: Any = SampleRow.__table__
RAISE = (
    update(SAMPLES)
    .where(SAMPLES.c.turn_id == bindparam("of"), SAMPLES.c.chance < bindparam("to"))
    .values(chance=bindparam("to"))
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How messages are drawn."""

    id: int = 0
    """Of its row; 0: nobody has changed anything."""
    size: int = 40
    """So many are kept waiting."""
    shares: Mapping[Why, int]
    """Per cent."""

    @property
    def holds(self) -> bool:
        """Whether it can be followed."""
        whole = sum(self.shares.values()) == 100 and min(self.shares.values()) >= 0  # noqa: PLR2004  # Per cent.
        return whole and self.shares["random"] >= LEAST_RANDOM and self.size in SIZES


FIRST = Plan(shares={"uncertain": 50, "disagreement": 20, "diverse": 15, "random": 15})


async def plan(session: AsyncSession) -> Plan:
    """How messages are drawn now."""
    row = (await session.scalars(select(DrawingRow).order_by(DrawingRow.id.desc()).limit(1))).first()
    return Plan(id=row.id, size=row.size, shares={why: row.shares[why] for why in WHYS}) if row else FIRST


async def set_plan(session: AsyncSession, new: Plan, *, by: int, now: datetime) -> None:
    """Draw so from now on."""
    session.add(DrawingRow(id=IDS.new(now), at=now, by=by, size=new.size, shares=dict(new.shares)))
    await session.flush()


async def lacking(session: AsyncSession) -> int:
    """How many messages are to be drawn."""
    waiting = select(func.count()).select_from(SampleRow).where(SampleRow.status == "waiting")
    return (await plan(session)).size - (await session.scalar(waiting) or 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Picked:
    """What a round of drawing came to, before it is kept."""

    fresh: Mapping[int, tuple[Why, float]]
    """Reason and chance of each message drawn, by its turn."""
    raised: Mapping[int, float]
    """Chances of those drawn before that have become greater."""


async def pick(session: AsyncSession, ring: KeyRing, now: datetime) -> Picked:
    """Draw as many as are lacking, about."""
    wanted = await lacking(session)
    if wanted <= 0:
        return Picked(fresh={}, raised={})
    pool = await _pool(session, now)
    before = select(SampleRow.turn_id, SampleRow.chance).where(SampleRow.said_at >= now - LATELY)
    drawn = {row.turn_id: row.chance for row in await session.execute(before)}
    known = sum(one.turn_id in drawn for one in pool)
    found = zip(pool, chances(pool, (await plan(session)).shares, known + wanted), strict=True)
    key, fresh, raised = ring.derive("drawing"), dict[int, tuple[Why, float]](), dict[int, float]()
    for one, chance in found:
        why = chance.why(number(key, one.turn_id))
        if one.turn_id in drawn and chance.whole > drawn[one.turn_id]:
            raised[one.turn_id] = chance.whole
        elif one.turn_id not in drawn and why is not None:
            fresh[one.turn_id] = why, chance.whole
    return Picked(fresh=fresh, raised=raised)


async def keep(session: AsyncSession, ring: KeyRing, mask: Mask, picked: Picked, now: datetime) -> int:
    """Keep what was drawn, masked, but of those who object; gives the number of samples."""
    if picked.raised:
        higher = [{"of": of, "to": chance} for of, chance in picked.raised.items()]
        await (await session.connection()).execute(RAISE, higher)
    known = await _locked(session, ring, picked.fresh)
    kept = 0
    for said in await readings.said(session, ring, picked.fresh):
        person, (why, chance) = known[said.conversation_id], picked.fresh[said.turn_id]
        if not person.objects and said.text.strip():
            kept += await add(session, ring, mask, said, person, reason=why, chance=chance, now=now) is not None
    return kept


async def _locked(session: AsyncSession, ring: KeyRing, turns: Collection[int]) -> dict[int, Person]:
    """Who speaks in the conversations of these turns; whoever objects or erases meanwhile waits."""
    of = select(TurnRow.conversation_id).where(TurnRow.id.in_(turns)).distinct()
    return await people(session, ring, (await session.scalars(of)).all())


async def _pool(session: AsyncSession, now: datetime) -> list[Candidate]:
    """All that was read of late, with whether somebody says otherwise."""
    columns = (ReadingRow, TurnRow.conversation_id)
    read = (
        select(*columns)
        .join(TurnRow, TurnRow.id == ReadingRow.turn_id)
        .where(ReadingRow.at >= now - LATELY)
        .order_by(ReadingRow.turn_id.desc())
        .limit(POOL)
    )
    rows = (await session.execute(read)).all()
    named = await _named(session, now)
    return [_candidate(row, named.get(conversation)) for row, conversation in rows]


async def _named(session: AsyncSession, now: datetime) -> dict[int | None, set[str]]:
    """The problems that the cases of each conversation name, as firm and officials left them."""
    since = now - LATELY - timedelta(days=1)
    listed = (
        select(CaseRow.conversation_id, CaseRow.primary_category, CaseCategoryRow.category)
        .outerjoin(CaseCategoryRow, CaseCategoryRow.case_id == CaseRow.id)
        .where(CaseRow.filed_at >= since)
    )
    named: dict[int | None, set[str]] = {}
    for conversation, main, other in await session.execute(listed):
        named.setdefault(conversation, set()).update(one for one in (main, other) if one)
    return named


def _candidate(row: ReadingRow, named: set[str] | None) -> Candidate:
    told = row.problem if row.story and not row.abstained else None
    shadowed = row.shadow is not None and (row.shadow_problem, row.shadow_act) != (row.problem, row.act)
    return Candidate(
        turn_id=row.turn_id, language=row.language, problem=row.problem, odds=row.odds, act=row.act,
        act_odds=row.act_odds, story=row.story, unknown=row.unknown,
        differs=shadowed or bool(told and named and told not in named),
    )  # fmt: skip


async def add(
    session: AsyncSession, ring: KeyRing, mask: Mask, said: Said, person: Person, *,
    reason: str, chance: float, now: datetime,
) -> int | None:  # fmt: skip
    """Keep one message to be labelled; its id; None where it was drawn before."""
    row_id, understanding = IDS.new(now), said.understanding
    text = person.masked(mask(said.text, understanding.entities), understanding.entities)
    asking, kind, options = said.asked or (None, None, ())
    values = {
        "id": row_id,
        "turn_id": said.turn_id,
        "case_id": person.case_id,
        "person": person.blind,
        "part": part_of(ring, person.blind),
        "reason": reason,
        "chance": chance,
        "language": understanding.language or "fr",
        "text": ring.seal("samples", "text", row_id, text.encode()),
        "told": {
            "by": understanding.by,
            "problems": _odds(understanding.problems),
            "acts": _odds(understanding.acts),
        },
        "asked": {"asking": asking, "kind": kind, "options": list(options)} if said.asked else None,
        "said_at": said.at,
        "drawn_at": now,
        "status": "waiting",
        "version": 0,
    }
    new = INSERT[session.get_bind().dialect.name](SAMPLES).on_conflict_do_nothing().returning(SAMPLES.c.id)
    kept: int | None = (await session.execute(new, values)).scalar()
    return kept


def _odds(labels: Sequence[Label]) -> dict[str, float]:
    return {label.id: round(label.probability, 3) for label in labels[:TOLD]}
