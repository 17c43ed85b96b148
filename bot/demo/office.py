"""The invented officials: their accounts, teams and problems, and how they lay hands on a case."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from random import Random
from typing import TypeVar

from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.app import App
from bot.demo.data import Account, Shares
from bot.demo.firms import Firm
from bot.demo.talk import Talk
from storage import calendar, handling, officials, teams
from storage.desk_tables import CaseRow, CaseTagRow, OfficialRow, ProblemRow, TeamRow
from storage.handling import Change
from storage.ids import IDS

MARK = "démonstration"
"""The tag of every invented case."""
OVER = frozenset({"withdrawn", "merged"})
OPENING, HOURS = 9, 8
T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Filed:
    """A case that lies on the desk."""

    id: int
    firm: Firm
    talk: Talk
    handler: str
    """The login of who works on it."""


class Office:
    """Those who work at the desk during the demonstration."""

    def __init__(self, app: App, shares: Shares, seed: int) -> None:
        self.app, self.shares = app, shares
        self.problems: dict[str, int] = {}
        """Row ids of the recurring problems, by title."""
        self.firsts: dict[str, int] = {}
        """The first case of each firm, by company number."""
        self._chance = Random(seed)  # noqa: S311  # Invented, not secret.
        self._ids: dict[str, int] = {}
        self._handlers: dict[int, list[str]] = {}
        """Logins of the agents of each team."""
        self.supervisor = next(one.login for one in shares.officials if one.role == "supervisor")

    async def open(self) -> list[tuple[Account, str]]:
        """Make the teams, the accounts and the problems; each account with its password."""
        now = self.app.clock()
        passwords = [
            (one, await officials.create(self.app.database, login=one.login, name=one.name, role=one.role, now=now))
            for one in self.shares.officials
        ]
        async with self.app.database.begin() as session:
            await self._seat(session, await self._queues(session, now))
            self._name_problems(session, now)
        return passwords

    async def receive(self, firm: Firm, talk: Talk, reference: str) -> Filed:
        """A case came in: it is marked as invented, and somebody will work on it."""
        async with self.app.database.begin() as session:
            wanted = select(CaseRow.id, CaseRow.team_id).where(CaseRow.reference == reference)
            case_id, team_id = (await session.execute(wanted)).one()
            await session.execute(insert(CaseTagRow), {"case_id": case_id, "tag": MARK})
        return Filed(id=case_id, firm=firm, talk=talk, handler=self.one(self._handlers[team_id or 0]))

    async def act(self, case: Filed, made: Change) -> bool:
        """Carry out an act on a case; False where nothing is done to it any more."""
        async with self.app.database.begin() as session:
            status = await session.scalar(select(CaseRow.status).where(CaseRow.id == case.id))
            if status in OVER:
                return False
            await handling.change(session, self.app.ring, case.id, made)
        return True

    async def tag(self, case: Filed, tag: str) -> None:
        """Put a word on a case."""
        made = Change(deed="tagged", by=case.handler, at=self.app.clock(), about={"added": [tag]})
        if await self.act(case, made):
            async with self.app.database.begin() as session:
                await session.execute(insert(CaseTagRow), {"case_id": case.id, "tag": tag})

    def id_of(self, login: str) -> int:
        return self._ids[login]

    def pause(self, days: int) -> timedelta:
        """Until an hour of work that is so many working days after today."""
        now = self.app.clock()
        day = calendar.due(now, days).date()
        at = datetime.combine(day, time(OPENING, tzinfo=calendar.PARIS)) + self._within(HOURS)
        return at - now if at > now else timedelta(minutes=self._chance.randint(2, 20))

    def happens(self, odds: float) -> bool:
        return self._chance.random() < odds

    def one(self, among: Sequence[T]) -> T:
        return self._chance.choice(among)

    def weighted(self, among: Sequence[T], weights: Sequence[float]) -> T:
        return self._chance.choices(among, weights)[0]

    def _within(self, hours: int) -> timedelta:
        return timedelta(seconds=self._chance.randrange(hours * 3600))

    async def _queues(self, session: AsyncSession, now: datetime) -> list[int]:
        """The ids of the teams; the first that there is takes what no other does."""
        first, *others = self.shares.teams
        await teams.ensure(session, first.name, now)
        ids = [(await teams.every(session))[0].id]
        for one in others:
            ids.append(IDS.new(now))
            session.add(TeamRow(id=ids[-1], name=one.name, platforms=list(one.platforms), created_at=now))
        return ids

    async def _seat(self, session: AsyncSession, queues: Sequence[int]) -> None:
        """Put the accounts into their teams; their passwords stay as they are printed."""
        accounts = await session.execute(select(OfficialRow.login, OfficialRow.id))
        self._ids |= {row.login: row.id for row in accounts}
        for one in self.shares.officials:
            team = None if one.team is None else queues[one.team]
            row = update(OfficialRow).where(OfficialRow.login == one.login)
            await session.execute(row.values(must_change=False, team_id=team))
            if team is not None:
                self._handlers.setdefault(team, []).append(one.login)

    def _name_problems(self, session: AsyncSession, now: datetime) -> None:
        for one in self.shares.recurring:
            row_id = self.problems[one.title] = IDS.new(now)
            about = self.app.ring.seal("problems", "about", row_id, one.about.encode())
            session.add(
                ProblemRow(
                    id=row_id, title=one.title, about=about, platform_id=one.platform, category=one.problem,
                    created_by=self.id_of(self.supervisor), created_at=now,
                )
            )  # fmt: skip
