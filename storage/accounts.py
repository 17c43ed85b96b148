"""What those who manage accounts see and change of them, and the cases that an account leaves behind."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from sqlalchemy import func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from storage import handling, officials
from storage.access import MAY, ROLES, Official, Role, seen_by
from storage.crypto import KeyRing
from storage.desk_tables import CaseRow, OfficialRow, OfficialSessionRow
from storage.handling import Change
from storage.officials import OfficialError

IN_TEAMS = frozenset({"agent", "supervisor"})
"""The roles that belong to a team."""
WITH_CASES = MAY["handle_cases"]
"""The roles to which cases can be assigned."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """An official's account as it is managed."""

    id: int
    login: str
    name: str
    role: Role
    team_id: int | None
    must_change: bool
    factor: bool
    linked: bool
    """Logs in through OpenID Connect too."""
    locked_until: datetime | None
    closed_at: datetime | None
    created_at: datetime
    seen_at: datetime | None
    """When it last opened a page in a session that still runs."""
    cases: int
    """How many are assigned to it."""

    def official(self) -> Official:
        return Official(id=self.id, login=self.login, name=self.name, role=self.role, team_id=self.team_id)

    def is_locked(self, now: datetime) -> bool:
        return self.locked_until is not None and self.locked_until > now


async def every(session: AsyncSession, *, only: int | None = None) -> list[Account]:
    """All accounts, open ones first, by name; `only` one of them."""
    seen = select(func.max(OfficialSessionRow.seen_at)).where(OfficialSessionRow.official_id == OfficialRow.id)
    assigned = select(func.count()).select_from(CaseRow).where(CaseRow.assignee_id == OfficialRow.id)
    wanted = select(OfficialRow, seen.scalar_subquery(), assigned.scalar_subquery())
    wanted = wanted.order_by(OfficialRow.closed_at.is_not(None), OfficialRow.name, OfficialRow.id)
    if only is not None:
        wanted = wanted.where(OfficialRow.id == only)
    return [_account(*row) for row in await session.execute(wanted)]


async def show(session: AsyncSession, official_id: int) -> Account | None:
    return next(iter(await every(session, only=official_id)), None)


async def somebody_reads(session: AsyncSession) -> bool:
    """Whether there is an open account that may read cases as they come in."""
    role = or_(OfficialRow.role == "supervisor", (OfficialRow.role == "agent") & OfficialRow.team_id.is_not(None))
    found = select(OfficialRow.id).where(OfficialRow.closed_at.is_(None), role).limit(1)
    return await session.scalar(found) is not None


def checked_team(role: str, team_id: int | None) -> int | None:
    """The team of an account of this role. Raises OfficialError."""
    if role not in IN_TEAMS:
        return None
    if role == "agent" and team_id is None:
        raise OfficialError("an agent needs a team: name one", "no_team")
    return team_id


async def change(session: AsyncSession, official_id: int, *, name: str, role: str, team_id: int | None) -> None:
    """Change who an official is at the desk. Raises OfficialError."""
    if role not in ROLES:
        raise OfficialError(f"{role} is no role: choose one of {', '.join(ROLES)}", "role")
    if role != "administrator":
        await _keep_an_administrator(session, official_id)
    given = {"name": name.strip(), "role": role, "team_id": checked_team(role, team_id)}
    if not given["name"]:
        raise OfficialError("an account needs a name", "no_name")
    await _set(session, official_id, **given)


async def close(session: AsyncSession, official_id: int, now: datetime) -> None:
    """Nobody logs in to it any more; who is, is logged out. Raises OfficialError."""
    await _keep_an_administrator(session, official_id)
    await _set(session, official_id, closed_at=now)
    await officials.end_sessions(session, official_id)


async def reopen(session: AsyncSession, official_id: int) -> None:
    await _set(session, official_id, closed_at=None)


async def unlock(session: AsyncSession, official_id: int) -> None:
    await _set(session, official_id, failed=0, locked_until=None)


async def drop_factor(session: AsyncSession, official_id: int) -> None:
    """Take the second factor off an account."""
    await _set(session, official_id, totp=None, totp_step=None, recovery=[])


async def link(session: AsyncSession, official_id: int, subject: bytes | None) -> None:
    """Let an account log in as this subject of the identity provider, or as none. Raises OfficialError."""
    if subject is not None:
        others = select(OfficialRow.id).where(OfficialRow.subject == subject, OfficialRow.id != official_id)
        if await session.scalar(others) is not None:
            raise OfficialError("this identity belongs to another account: remove it there", "linked")
    await _set(session, official_id, subject=subject)


async def of_subject(session: AsyncSession, subject: bytes) -> OfficialRow | None:
    """The open account that logs in as this subject."""
    wanted = select(OfficialRow).where(OfficialRow.subject == subject, OfficialRow.closed_at.is_(None))
    return await session.scalar(wanted)


@dataclass(frozen=True, slots=True, kw_only=True)
class HandedOver:
    """What became of the cases of an account."""

    moved: int
    left: int
    """Cases that the official they were meant for may not read."""


async def hand_over(
    session: AsyncSession, ring: KeyRing, account: Account, to: Account | None, *, by: Official, now: datetime
) -> HandedOver:
    """Give the cases of an account to another official, or back to their teams' queues."""
    assigned = select(CaseRow.id).where(CaseRow.assignee_id == account.id)
    readable = assigned if to is None else assigned.where(seen_by(to.official()))
    cases: Sequence[int] = (await session.scalars(readable.order_by(CaseRow.id))).all()
    about = {"from": account.login, "to": to.login if to else None}
    for case_id in cases:
        columns = {"assignee_id": to.id if to else None}
        made = Change(deed="assigned", by=by.login, at=now, columns=columns, about=about)
        await handling.change(session, ring, case_id, made)
    return HandedOver(moved=len(cases), left=account.cases - len(cases))


async def _keep_an_administrator(session: AsyncSession, official_id: int) -> None:
    """Raises OfficialError where this is the last account that can make others."""
    wanted = select(OfficialRow.id).where(OfficialRow.role == "administrator", OfficialRow.closed_at.is_(None))
    open_ones = (await session.scalars(wanted.with_for_update())).all()
    if list(open_ones) == [official_id]:
        raise OfficialError("this is the last administrator: make another one first", "last_administrator")


async def _set(session: AsyncSession, official_id: int, **values: object) -> None:
    await session.execute(update(OfficialRow).where(OfficialRow.id == official_id).values(**values))


def _account(row: OfficialRow, seen_at: datetime | None, cases: int) -> Account:
    return Account(
        id=row.id,
        login=row.login,
        name=row.name,
        role=cast("Role", row.role),
        team_id=row.team_id,
        must_change=row.must_change,
        factor=row.totp is not None,
        linked=row.subject is not None,
        locked_until=row.locked_until,
        closed_at=row.closed_at,
        created_at=row.created_at,
        seen_at=seen_at,
        cases=cases,
    )
