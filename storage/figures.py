"""What the desk counts: what waits for whom this morning, and what grows, per platform and per problem."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, case, func, literal_column, or_, select, true
from sqlalchemy.ext.asyncio import AsyncSession

from storage.access import Official, counted_by, seen_by
from storage.calendar import PARIS
from storage.desk_tables import CaseRow, MentionRow, NoteRow, OfficialRow, TeamRow
from storage.lifecycle import OVER
from storage.tables import ConversationRow

IS_OPEN = CaseRow.status.not_in([literal_column(f"'{status}'") for status in OVER])
"""In the very words of the index of open cases, or it is not used."""
UNCOUNTED = ("merged", "withdrawn")
"""Told twice, or taken back: they stand in no figure."""
BEFORE = 4
"""With how many weeks the last one is compared."""
MONTH = timedelta(days=30)
FEWEST_TO_GROW = 3
MINE = 8
"""How many cases of the queue the first page shows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Morning:
    """How many open cases wait, and why."""

    mine: int
    unassigned: int
    overdue: int
    asked: int
    """The firm was asked something."""
    asked_late: int
    """The same, and its date has passed."""
    wrote: int
    human: int
    critical: int
    new: int
    """Filed since the last visit, or its firm wrote since."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """A case in an official's own queue."""

    reference: str
    platform_id: str | None
    primary_category: str | None
    urgency_level: str | None
    status: str
    due_at: datetime | None
    firm_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Mention:
    """A note on a case that calls an official."""

    reference: str
    by: str
    """Name of who wrote it."""
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Flow:
    """The new cases of the last seven days, and of the four weeks before, of one kind."""

    platform_id: str | None
    category: str | None
    problem_id: int | None
    now: int
    before: int

    @property
    def mean(self) -> float:
        """A week, over the four before."""
        return self.before / BEFORE


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """A problem in figures."""

    cases: int
    open: int
    firms: int
    """Distinct ones of the last thirty days."""
    now: int
    before: int


NO_CASES = Tally(cases=0, open=0, firms=0, now=0, before=0)


def week(now: datetime, back: int = 0) -> datetime:
    """Midnight in Paris at which the last seven days began, today's included; `back`: so many weeks earlier."""
    day = now.astimezone(PARIS).date() - timedelta(days=6 + 7 * back)
    return datetime.combine(day, time(), PARIS)


def grows(now: int, before: int) -> bool:
    """Whether a week has clearly more cases than the four before it let expect.

    Twice the spread of a Poisson count above its mean; of fewer than three cases nothing is concluded.
    """
    mean = before / BEFORE
    return now >= FEWEST_TO_GROW and now > mean + 2 * mean**0.5


async def morning(session: AsyncSession, reader: Official, now: datetime) -> Morning:
    """What waits among the cases that this official may read."""
    visited = await session.scalar(select(OfficialRow.visited_at).where(OfficialRow.id == reader.id))
    wanting = select(ConversationRow.id).where(ConversationRow.wants_human)
    counted = {
        "mine": CaseRow.assignee_id == reader.id,
        "unassigned": CaseRow.assignee_id.is_(None),
        "overdue": CaseRow.due_at < now,
        "asked": CaseRow.status == "needs_info",
        "asked_late": and_(CaseRow.status == "needs_info", CaseRow.asked_until < now),
        "wrote": CaseRow.firm_at.is_not(None),
        "human": CaseRow.conversation_id.in_(wanting),
        "critical": CaseRow.urgency_level == "critical",
        "new": true() if visited is None else or_(CaseRow.filed_at > visited, CaseRow.firm_at > visited),
    }
    sums = [_times(condition).label(name) for name, condition in counted.items()]
    found = (await session.execute(select(*sums).where(seen_by(reader), IS_OPEN))).one()
    return Morning(**found._asdict())


async def mentions(session: AsyncSession, reader: Official) -> list[Mention]:
    """Notes that call this official, unread so far, newest first."""
    called = (
        select(CaseRow.reference, OfficialRow.name, NoteRow.created_at)
        .select_from(MentionRow)
        .join(NoteRow, NoteRow.id == MentionRow.note_id)
        .join(OfficialRow, OfficialRow.id == NoteRow.author_id)
        .join(CaseRow, CaseRow.id == NoteRow.case_id)
        .where(MentionRow.official_id == reader.id, MentionRow.seen_at.is_(None), NoteRow.removed_at.is_(None))
        .where(seen_by(reader))
        .order_by(NoteRow.id.desc())
    )
    rows = await session.execute(called)
    return [Mention(reference=reference, by=name, at=at) for reference, name, at in rows]


async def mine(session: AsyncSession, reader: Official, now: datetime) -> list[Task]:
    """What this official has to do next: what is due first comes first; what they put off is left out."""
    columns = (
        CaseRow.reference, CaseRow.platform_id, CaseRow.primary_category, CaseRow.urgency_level, CaseRow.status,
        CaseRow.due_at, CaseRow.firm_at,
    )  # fmt: skip
    awake = or_(CaseRow.snoozed_until.is_(None), CaseRow.snoozed_until <= now)
    wanted = (
        select(*columns)
        .where(CaseRow.assignee_id == reader.id, IS_OPEN, awake, seen_by(reader))
        .order_by(CaseRow.due_at.is_(None), CaseRow.due_at, CaseRow.id)
        .limit(MINE)
    )
    return [Task(**row._asdict()) for row in await session.execute(wanted)]


async def unqueued(session: AsyncSession) -> int:
    """How many open cases nobody will come upon: in no team, in one without anybody, or of a closed account."""
    staff = select(OfficialRow.role, OfficialRow.team_id).where(
        OfficialRow.closed_at.is_(None), OfficialRow.role.in_(("agent", "supervisor"))
    )
    working = (await session.execute(staff)).all()
    everywhere = any(one.role == "supervisor" and one.team_id is None for one in working)
    manned = {one.team_id for one in working if one.team_id is not None}
    teams = set(await session.scalars(select(TeamRow.id)))
    empty = set() if everywhere else teams - manned
    gone = select(OfficialRow.id).where(OfficialRow.closed_at.is_not(None))
    lost = or_(CaseRow.team_id.is_(None), CaseRow.team_id.in_(empty), CaseRow.assignee_id.in_(gone))
    wanted = select(func.count()).select_from(CaseRow).where(lost, IS_OPEN)
    return await session.scalar(wanted) or 0


async def nothing_yet(session: AsyncSession) -> bool:
    """Whether no case was ever filed."""
    return (await session.scalar(select(CaseRow.id).limit(1))) is None


async def flows(session: AsyncSession, reader: Official, now: datetime) -> list[Flow]:
    """The new cases of five weeks by platform, main category and problem."""
    kind = (CaseRow.platform_id, CaseRow.primary_category, CaseRow.problem_id)
    this, since = week(now), week(now, BEFORE)
    wanted = (
        select(*kind, _times(CaseRow.filed_at >= this), _times(CaseRow.filed_at < this))
        .where(counted_by(reader), CaseRow.filed_at >= since, CaseRow.status.not_in(UNCOUNTED))
        .group_by(*kind)
    )
    return [
        Flow(platform_id=platform, category=category, problem_id=problem, now=new, before=old)
        for platform, category, problem, new, old in await session.execute(wanted)
    ]


async def tallies(session: AsyncSession, reader: Official, now: datetime) -> dict[int, Tally]:
    """Every problem that has cases, in figures over those that stand behind what this official reads."""
    this, since = week(now), week(now, BEFORE)
    told = (counted_by(reader), CaseRow.problem_id.is_not(None), CaseRow.status.not_in(UNCOUNTED))
    whole = select(CaseRow.problem_id, func.count(), _times(IS_OPEN)).where(*told).group_by(CaseRow.problem_id)
    lately = (
        select(
            CaseRow.problem_id,
            firms(CaseRow.filed_at >= now - MONTH).label("firms"),
            _times(CaseRow.filed_at >= this).label("now"),
            _times(CaseRow.filed_at < this).label("before"),
        )
        .where(*told, CaseRow.filed_at >= since)
        .group_by(CaseRow.problem_id)
    )
    latest = {row.problem_id: row for row in await session.execute(lately)}
    found = {}
    for problem_id, cases, is_open in await session.execute(whole):
        new = latest.get(problem_id)
        firms_now, count, before = (new.firms, new.now, new.before) if new else (0, 0, 0)
        found[problem_id] = Tally(cases=cases, open=is_open, firms=firms_now, now=count, before=before)
    return found


def firms(among: ColumnElement[bool]) -> ColumnElement[int]:
    """Count distinct firms: by SIREN, else by conversation, else one a case."""
    bare = and_(among, CaseRow.siren.is_(None))
    return (
        func.count(case((among, CaseRow.siren)).distinct())
        + func.count(case((bare, CaseRow.conversation_id)).distinct())
        + _times(and_(bare, CaseRow.conversation_id.is_(None)))
    )


def _times(condition: ColumnElement[bool]) -> ColumnElement[Any]:
    return func.count(case((condition, 1)))
