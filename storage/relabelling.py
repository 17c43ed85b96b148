"""What officials say of a filed case when they name its problems anew: its story becomes a labelled message."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import exists, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from storage import readings, samples
from storage.cases import CHANGES, read_case
from storage.crypto import KeyRing
from storage.desk_tables import CaseChangeRow, CaseRow, OfficialRow
from storage.drawing import Mask, add
from storage.ids import id_at
from storage.inbox import row_key
from storage.people import people
from storage.samples import Decision
from storage.tables import ConversationRow, InboxRow
from storage.training_tables import DecisionRow, SampleRow

LATELY = timedelta(days=30)
AT_ONCE = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Renamed:
    """A case whose problems an official named anew, and that is no sample with these labels yet."""

    case_id: int
    conversation_id: int
    turn_id: int
    """In which most of its story was told."""
    official_id: int
    at: datetime
    main: str
    added: tuple[str, ...]
    """Problems that the official named besides."""
    others: tuple[str, ...]
    """Further problems that the case names."""

    def labels(self, told: Collection[str]) -> tuple[str, ...]:
        """What the message means: of the further problems, those that it was understood to tell."""
        further = [one for one in self.others if one in told or one in self.added]
        return tuple(dict.fromkeys((self.main, *further)))


async def pending(session: AsyncSession, ring: KeyRing, now: datetime) -> list[Renamed]:
    """Acts of late that were not learnt from, oldest first."""
    known = exists().where(
        SampleRow.case_id == CaseChangeRow.case_id, DecisionRow.sample_id == SampleRow.id,
        DecisionRow.at >= CaseChangeRow.at,
    )  # fmt: skip
    acts = (
        select(CaseChangeRow, CaseRow, ConversationRow.lane, OfficialRow.id)
        .join(CaseRow, CaseRow.id == CaseChangeRow.case_id)
        .join(ConversationRow, ConversationRow.id == CaseRow.conversation_id)
        .join(OfficialRow, OfficialRow.login == CaseChangeRow.by)
        .where(
            CaseChangeRow.id >= id_at(now - LATELY), CaseChangeRow.act == "reclassified", ~known,
            CaseRow.erasure_requested_at.is_(None),
        )
        .order_by(CaseChangeRow.id)
    )  # fmt: skip
    found: dict[int, Renamed] = {}
    for act, case, lane, official_id in await session.execute(acts):
        turn_id = await _told_in(session, ring, case, lane)
        if turn_id is None or case.conversation_id is None:
            continue
        changes = CHANGES.validate_json(ring.open("case_changes", "changes", act.id, act.changes))
        named = changes.fields["categories"].value
        found[case.id] = Renamed(
            case_id=case.id, conversation_id=case.conversation_id, turn_id=turn_id, official_id=official_id, at=act.at,
            main=str(changes.about["new"]), added=tuple(changes.about["added"]),
            others=tuple(str(one["id"]) for one in named),
        )  # fmt: skip
    return list(found.values())[:AT_ONCE]


async def learn(session: AsyncSession, ring: KeyRing, mask: Mask, renamed: Sequence[Renamed], now: datetime) -> int:
    """Keep these as labelled messages, decided by the officials who said so; gives their number.

    Such a message is certain to be kept, so its chance is 1.
    """
    known, learnt = await people(session, ring, {one.conversation_id for one in renamed}), 0
    said = {one.turn_id: one for one in await readings.said(session, ring, [one.turn_id for one in renamed])}
    for one in renamed:
        person = known[one.conversation_id]
        if person.objects or one.turn_id not in said:
            continue
        told = said[one.turn_id]
        sample_id = await add(session, ring, mask, told, person, reason="corrected", chance=1.0, now=now)
        if sample_id is None:
            held = update(SampleRow).where(SampleRow.turn_id == one.turn_id, SampleRow.status != "withdrawn")
            drawn = await session.execute(held.values(chance=1.0, case_id=one.case_id).returning(SampleRow.id))
            sample_id = drawn.scalar()
        if sample_id is not None:
            made = Decision(labels=one.labels({label.id for label in told.understanding.problems}))
            await samples.decide(session, sample_id, made, by=one.official_id, version=None, now=one.at)
            learnt += 1
    return learnt


async def _told_in(session: AsyncSession, ring: KeyRing, case: CaseRow, lane: str) -> int | None:
    """The turn in which most of a case's story was told."""
    story = read_case(ring, case.id, case.document).narrative
    longest = max(story, key=lambda passage: len(passage.text), default=None)
    if longest is None:
        return None
    said = select(InboxRow.turn_id).where(InboxRow.lane == lane, InboxRow.key == row_key(longest.message))
    turn_id: int | None = await session.scalar(said)
    return turn_id
