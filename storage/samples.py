"""Messages that are labelled by officials: shown masked, decided, undone, and handed to those who learn from them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import ColumnElement, case, func, select, true, update
from sqlalchemy.ext.asyncio import AsyncSession

from storage.conversations import Line, transcript
from storage.corrections import Labelled
from storage.crypto import KeyRing
from storage.desk_tables import OfficialRow
from storage.handling import MeanwhileError
from storage.ids import IDS, id_at
from storage.people import Person, people
from storage.tables import ConversationRow, TurnRow
from storage.training_tables import DecisionRow, ReadingRow, SampleRow
from stories.types import Language

Status = Literal["waiting", "labelled", "skipped", "withdrawn"]
UNDONE_WITHIN = timedelta(hours=12)
BESIDE = 3
"""So many lines are shown before a message, and after it."""
STANDING = DecisionRow.undone_at.is_(None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """A message to be labelled."""

    id: int
    status: Status
    version: int
    part: str
    reason: str
    language: Language
    text: str
    """Masked."""
    told: Mapping[str, Any]
    """As the row has it."""
    asked: Mapping[str, Any] | None
    said_at: datetime
    turn_id: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What a message means. Neither labels nor act: it was skipped."""

    labels: tuple[str, ...] = ()
    """Problems, the main one first; `nothing` alone: none of these."""
    act: str | None = None
    spans: tuple[str, ...] = ()
    """Values in the masked text, each `name:start:end`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """A decision, and whose it is."""

    id: int
    official_id: int
    name: str
    at: datetime
    decision: Decision


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far the labelling has come."""

    today: int
    """Decisions of this official since then."""
    waiting: int
    skipped: int


async def following(session: AsyncSession, ring: KeyRing, *, only: Collection[int] | None = None) -> Sample | None:
    """The message to be labelled next, of all or `only` of these: the one of which the classifier was least sure."""
    sure = func.coalesce(case((ReadingRow.story, ReadingRow.odds), else_=ReadingRow.act_odds), 0)
    waiting = (
        select(SampleRow)
        .outerjoin(ReadingRow, ReadingRow.turn_id == SampleRow.turn_id)
        .where(SampleRow.status == "waiting", true() if only is None else SampleRow.id.in_(only))
        .order_by(sure, SampleRow.id)
        .limit(1)
    )
    row = (await session.scalars(waiting)).first()
    return _sample(ring, row) if row else None


async def find(session: AsyncSession, ring: KeyRing, sample_id: int) -> Sample | None:
    """A message; None where there is none of this id, or its words are gone."""
    row = await session.get(SampleRow, sample_id)
    return _sample(ring, row) if row and row.text else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Around:
    """What was said before and after a message, not masked yet, and who said it."""

    before: tuple[Line, ...]
    after: tuple[Line, ...]
    person: Person


async def around(session: AsyncSession, ring: KeyRing, turn_id: int) -> Around | None:
    """The lines beside a message; None where its conversation is gone."""
    columns = (TurnRow.n, ConversationRow.id, ConversationRow.lane)
    of = select(*columns).join(ConversationRow, ConversationRow.id == TurnRow.conversation_id)
    found = (await session.execute(of.where(TurnRow.id == turn_id))).first()
    if found is None:
        return None
    n, conversation_id, lane = found
    lines = [line for line in await transcript(session, ring, lane) if line.text or line.choice]
    own = [line.id for line in lines if line.turn == n and line.sender == "person"]
    if not own:
        return None
    person = (await people(session, ring, [conversation_id], hold=False))[conversation_id]
    before = [line for line in lines if line.id < min(own)]
    after = [line for line in lines if line.id > max(own)]
    return Around(before=tuple(before[-BESIDE:]), after=tuple(after[:BESIDE]), person=person)


async def decisions(session: AsyncSession, sample_id: int) -> list[Decided]:
    """What was said of a message and not undone, oldest first."""
    said = (
        select(DecisionRow, OfficialRow.name)
        .join(OfficialRow, OfficialRow.id == DecisionRow.official_id)
        .where(DecisionRow.sample_id == sample_id, STANDING)
        .order_by(DecisionRow.id)
    )
    return [
        Decided(id=row.id, official_id=row.official_id, name=name, at=row.at, decision=_decision(row))
        for row, name in await session.execute(said)
    ]


async def decide(
    session: AsyncSession, sample_id: int, made: Decision, *, by: int, version: int | None, now: datetime
) -> None:
    """Say what a message means, or that it is left open.

    `version`: of the sample that the official had read; None where it does not matter. Raises MeanwhileError where
    somebody else decided since, and LookupError where its words are gone.
    """
    row = await _held(session, sample_id)
    if version is not None and row.version != version:
        raise MeanwhileError
    session.add(
        DecisionRow(
            id=IDS.new(now), sample_id=sample_id, official_id=by, at=now, labels=list(made.labels), act=made.act,
            spans=list(made.spans),
        )
    )  # fmt: skip
    await session.flush()
    await _move(session, row)


async def undo(session: AsyncSession, *, by: int, now: datetime) -> int | None:
    """Take back the last decision of an official; the message it was about; None where there is none of late."""
    found = await _last(session, by, now)
    if found is None:
        return None
    row = await _held(session, found.sample_id)
    found.undone_at = now
    await session.flush()
    await _move(session, row)
    return row.id


async def last(session: AsyncSession, *, by: int, now: datetime) -> Decision | None:
    """The decision that an official may undo."""
    found = await _last(session, by, now)
    return _decision(found) if found else None


async def _last(session: AsyncSession, by: int, now: datetime) -> DecisionRow | None:
    made = (
        select(DecisionRow)
        .join(SampleRow, SampleRow.id == DecisionRow.sample_id)
        .where(
            DecisionRow.official_id == by, STANDING, DecisionRow.id >= id_at(now - UNDONE_WITHIN),
            SampleRow.status != "withdrawn",
        )
        .order_by(DecisionRow.id.desc())
        .limit(1)
    )  # fmt: skip
    return (await session.scalars(made)).first()


async def progress(session: AsyncSession, *, by: int, since: datetime) -> Progress:
    """How far an official has come since then."""
    today = select(func.count()).where(DecisionRow.official_id == by, STANDING, DecisionRow.id >= id_at(since))
    held = select(SampleRow.status, func.count()).where(SampleRow.status.in_(("waiting", "skipped")))
    counts = {row.status: row[1] for row in await session.execute(held.group_by(SampleRow.status))}
    return Progress(
        today=await session.scalar(today) or 0, waiting=counts.get("waiting", 0), skipped=counts.get("skipped", 0)
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A message in the list of those that were decided."""

    sample: Sample
    decided: Decided


async def listed(
    session: AsyncSession, ring: KeyRing, *, label: str = "", reason: str = "", status: Status = "labelled",
    official_id: int | None = None, before: int | None = None, limit: int = 50,
) -> list[Listed]:  # fmt: skip
    """What was decided, latest first, one page; `before`: the decision that the page before ended with."""
    latest = _latest(SampleRow.id)
    wanted: list[ColumnElement[bool]] = [SampleRow.status == status, DecisionRow.id == latest]
    wanted += [SampleRow.reason == reason] if reason else []
    wanted += [DecisionRow.official_id == official_id] if official_id is not None else []
    wanted += [DecisionRow.id < before] if before is not None else []
    rows = (
        select(SampleRow, DecisionRow, OfficialRow.name)
        .join(DecisionRow, DecisionRow.sample_id == SampleRow.id)
        .join(OfficialRow, OfficialRow.id == DecisionRow.official_id)
        .where(*wanted)
        .order_by(DecisionRow.id.desc())
    )
    found = []
    for sample, row, name in await session.execute(rows):
        decision = _decision(row)
        if label and label not in (*decision.labels, decision.act):
            continue
        decided = Decided(id=row.id, official_id=row.official_id, name=name, at=row.at, decision=decision)
        found.append(Listed(sample=_sample(ring, sample), decided=decided))
        if len(found) == limit:
            break
    return found


async def labelled(session: AsyncSession, ring: KeyRing) -> list[Labelled]:
    """All that may be learnt from and tested on, oldest first."""
    rows = (
        select(SampleRow, DecisionRow)
        .join(DecisionRow, DecisionRow.id == _latest(SampleRow.id))
        .where(SampleRow.status == "labelled", SampleRow.text != b"")
        .order_by(SampleRow.id)
    )
    return [_labelled(ring, sample, decision) for sample, decision in await session.execute(rows)]


def _labelled(ring: KeyRing, row: SampleRow, decision: DecisionRow) -> Labelled:
    return Labelled(
        id=row.id,
        person=row.person.hex(),
        part="test" if row.part == "test" else "learning",
        text=_text(ring, row),
        language="en" if row.language == "en" else "fr",
        labels=tuple(decision.labels),
        act=decision.act,
        asked=row.asked,
        chance=row.chance,
        said_at=row.said_at,
    )


def _latest(of: ColumnElement[int] | Any) -> Any:  # noqa: ANN401  # A column of an outer query, and a scalar subquery.
    """The decision on a sample that holds."""
    newer = select(func.max(DecisionRow.id)).where(DecisionRow.sample_id == of, STANDING)
    return newer.correlate(SampleRow).scalar_subquery()


async def _held(session: AsyncSession, sample_id: int) -> SampleRow:
    """The row, held until the transaction ends. Raises LookupError where its words are gone."""
    wanted = select(SampleRow).where(SampleRow.id == sample_id).with_for_update()
    row = (await session.scalars(wanted.execution_options(populate_existing=True))).first()
    if row is None or row.status == "withdrawn":
        raise LookupError(sample_id)
    return row


async def _move(session: AsyncSession, row: SampleRow) -> None:
    """Bring the status of a sample in line with what was decided."""
    latest = (await session.scalars(select(DecisionRow).where(DecisionRow.id == _latest(row.id)))).first()
    status = "waiting" if latest is None else "labelled" if latest.labels or latest.act else "skipped"
    moved = update(SampleRow).where(SampleRow.id == row.id)
    await session.execute(moved.values(status=status, version=row.version + 1))


def _sample(ring: KeyRing, row: SampleRow) -> Sample:
    status: Any = row.status
    language: Language = "en" if row.language == "en" else "fr"
    return Sample(
        id=row.id, status=status, version=row.version, part=row.part, reason=row.reason, language=language,
        text=_text(ring, row), told=row.told, asked=row.asked, said_at=row.said_at, turn_id=row.turn_id,
    )  # fmt: skip


def _text(ring: KeyRing, row: SampleRow) -> str:
    return ring.open("samples", "text", row.id, row.text).decode()


def _decision(row: DecisionRow) -> Decision:
    return Decision(labels=tuple(row.labels), act=row.act, spans=tuple(row.spans))
