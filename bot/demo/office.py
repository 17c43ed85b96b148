"""The invented officials: their accounts, teams and problems, and how they come to work on a case."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from random import Random
from typing import TypeVar

from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.app import App
from bot.delivery import deliver
from bot.demo.data import Account, Shares
from bot.demo.firms import Firm
from bot.demo.talk import Talk
from storage import calendar, cases, officials, problems, teams
from storage.access import Official
from storage.casework import Work
from storage.desk_tables import CaseRow, CaseTagRow, OfficialRow
from storage.problems import Naming

MARK = "démonstration"
"""The tag of every invented case."""
OPENING, HOURS = 9, 8
T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Filed:
    """A case that lies on the desk."""

    id: int
    reference: str
    firm: Firm
    talk: Talk
    handler: Official
    """Who works on it."""


class Office:
    """Those who work at the desk during the demonstration."""

    supervisor: Official

    def __init__(self, app: App, shares: Shares, seed: int, *, ends: datetime) -> None:
        """`ends`: when the demonstration does."""
        self.app, self.shares, self.ends = app, shares, ends
        self.problems: dict[str, int] = {}
        """Row ids of the recurring problems, by title."""
        self.firsts: dict[str, int] = {}
        """The first case of each firm, by company number."""
        self._chance = Random(seed)  # noqa: S311  # Invented, not secret.
        self._agents: dict[int | None, Official] = {}
        """By team."""

    async def open(self) -> list[tuple[Account, str]]:
        """Make the teams, the accounts and the problems; each account with its password."""
        now = self.app.clock()
        async with self.app.database.begin() as session:
            queues = await self._queues(session, now)
        passwords = []
        for one in self.shares.officials:
            team = None if one.team is None else queues[one.team]
            given = await officials.create(
                self.app.database, login=one.login, name=one.name, role=one.role, now=now, team_id=team
            )
            passwords.append((one, given))
        async with self.app.database.begin() as session:
            await self._seat(session)
            for each in self.shares.recurring:
                naming = Naming(title=each.title, about=each.about, platform_id=each.platform, category=each.problem)
                self.problems[each.title] = await problems.create(
                    session, self.app.ring, naming, by=self.supervisor, at=now
                )
        return passwords

    async def receive(self, firm: Firm, talk: Talk, reference: str) -> Filed:
        """A case came in: it is marked as invented, and somebody will work on it."""
        async with self.app.database.begin() as session:
            wanted = select(CaseRow.id, CaseRow.team_id).where(CaseRow.reference == reference)
            case_id, team_id = (await session.execute(wanted)).one()
            await session.execute(insert(CaseTagRow), {"case_id": case_id, "tag": MARK})
        return Filed(id=case_id, reference=reference, firm=firm, talk=talk, handler=self._agents[team_id])

    @asynccontextmanager
    async def at_work(self, case: Filed, by: Official) -> AsyncIterator[Work]:
        """An official at work on a case, in one transaction."""
        async with self.app.database.begin() as session:
            opened = await cases.show(session, self.app.ring, case.reference)
            if opened is None:
                raise LookupError(case.reference)
            yield Work(
                session=session, ring=self.app.ring, script=self.app.script, by=by, at=self.app.clock(), case=opened,
                version=None,
            )  # fmt: skip

    async def hand_over(self) -> None:
        """Let what officials said reach the firms."""
        while await deliver(self.app):
            pass

    def pause(self, days: int) -> timedelta:
        """Until an hour of work that is so many working days after today."""
        now = self.app.clock()
        day = calendar.due(now, days).date()
        within = timedelta(seconds=self._chance.randrange(HOURS * 3600))
        at = datetime.combine(day, time(OPENING, tzinfo=calendar.PARIS)) + within
        return at - now if at > now else timedelta(minutes=self._chance.randint(2, 20))

    def happens(self, odds: float) -> bool:
        return self._chance.random() < odds

    def one(self, among: Sequence[T]) -> T:
        return self._chance.choice(among)

    def weighted(self, among: Sequence[T], weights: Sequence[float]) -> T:
        return self._chance.choices(among, weights)[0]

    async def _queues(self, session: AsyncSession, now: datetime) -> list[int]:
        """The ids of the teams; the first that there is takes what no other does."""
        first, *others = self.shares.teams
        await teams.ensure(session, first.name, now)
        ids = [(await teams.every(session))[0].id]
        for one in others:
            ids.append(await teams.create(session, one.name, now))
            await teams.change(session, ids[-1], name=one.name, platforms=one.platforms)
        return ids

    async def _seat(self, session: AsyncSession) -> None:
        """Let the accounts keep the passwords that are printed, and know who works where."""
        logins = [one.login for one in self.shares.officials]
        mine = OfficialRow.login.in_(logins)
        await session.execute(update(OfficialRow).where(mine).values(must_change=False))
        for row in await session.scalars(select(OfficialRow).where(mine)):
            official = officials.official_of(row)
            if official.role == "supervisor":
                self.supervisor = official
            elif official.role == "agent" and official.team_id is not None:
                self._agents[official.team_id] = official
