"""The officials: their accounts, their passwords, and where they are logged in."""

from __future__ import annotations

import asyncio
import hashlib
import re
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import bindparam, delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from storage import passwords, visits
from storage.access import ROLES, Official, Role
from storage.database import Database
from storage.desk_tables import OfficialRow, OfficialSessionRow
from storage.ids import IDS
from storage.passwords import Refusal

IDLE = timedelta(hours=1)
LONGEST = timedelta(hours=12)
SEEN_EVERY = timedelta(minutes=1)
"""A session that was seen less long ago is not written again."""
FREE_ATTEMPTS = 4
FIRST_LOCK, LONGEST_LOCK = timedelta(seconds=30), timedelta(minutes=30)
REFUSAL_SECONDS = 0.3
"""A refused log-in takes at least this long, whether or not the account exists."""
RUNNING = (
    select(
        OfficialSessionRow.id.label("session_id"), OfficialSessionRow.csrf, OfficialSessionRow.proven,
        OfficialSessionRow.expires_at, OfficialSessionRow.seen_at, OfficialRow.id, OfficialRow.login,
        OfficialRow.name, OfficialRow.role, OfficialRow.team_id, OfficialRow.must_change,
        OfficialRow.totp.is_not(None).label("factor"),
    )
    .join(OfficialRow, OfficialRow.id == OfficialSessionRow.official_id)
    .where(OfficialSessionRow.token_hash == bindparam("token_hash"), OfficialRow.closed_at.is_(None))
)  # fmt: skip
LOGIN = re.compile(r"[a-z0-9][a-z0-9._@+-]{1,63}")


class OfficialError(Exception):
    """The account cannot be made or changed; the message says what to do, `because` names the console's sentence."""

    def __init__(self, message: str, because: str = "") -> None:
        super().__init__(message)
        self.because = because


class PasswordError(OfficialError):
    """The password stays as it is."""

    def __init__(self, because: Refusal) -> None:
        super().__init__(because, because)


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedIn:
    """An official who is logged in, in one browser."""

    id: int
    """Of the session."""
    official: Official
    csrf: str
    """What every form of this session carries."""
    factor: bool
    """The account has a second factor."""
    proven: bool
    """The second factor was given, or there is none: nothing is read before."""


async def any_exist(database: Database) -> bool:
    async with database.read() as session:
        return (await session.scalar(select(OfficialRow.id).limit(1))) is not None


async def create(
    database: Database, *, login: str, name: str, role: Role, now: datetime, team_id: int | None = None
) -> str:
    """Make an account; its one-time password, which is kept nowhere. Raises OfficialError."""
    password = passwords.one_time()
    kept = await passwords.digest(password)
    async with database.begin() as session:
        await add(session, login=login, name=name, role=role, team_id=team_id, kept=kept, now=now)
    return password


async def add(
    session: AsyncSession, *, login: str, name: str, role: str, team_id: int | None, kept: str, now: datetime
) -> int:
    """Make an account with the digest of its one-time password; its id. Raises OfficialError."""
    login = login.strip().casefold()
    if not LOGIN.fullmatch(login):
        raise OfficialError(
            "a login has 2 to 64 letters, digits, or . _ @ + -, and begins with a letter or a digit", "login"
        )
    if role not in ROLES:
        raise OfficialError(f"{role} is no role: choose one of {', '.join(ROLES)}", "role")
    if await session.scalar(select(OfficialRow.id).where(OfficialRow.login == login)):
        raise OfficialError(f"{login} has an account already: reset it to get a new password", "taken")
    row = OfficialRow(
        id=IDS.new(now), login=login, name=name.strip() or login, role=role, team_id=team_id, password_hash=kept,
        must_change=True, failed=0, created_at=now,
    )  # fmt: skip
    session.add(row)
    await session.flush()
    return row.id


async def reset(database: Database, login: str) -> str:
    """A new one-time password for an account that is unlocked and logged out everywhere. Raises OfficialError."""
    password = passwords.one_time()
    kept = await passwords.digest(password)
    async with database.begin() as session:
        await renew(session, await named(session, login), kept)
    return password


async def named(session: AsyncSession, login: str) -> int:
    """The id of an account. Raises OfficialError."""
    found = await session.scalar(select(OfficialRow.id).where(OfficialRow.login == login.strip().casefold()))
    if found is None:
        raise OfficialError(f"{login} has no account: add it", "missing")
    return found


async def renew(session: AsyncSession, official_id: int, kept: str) -> None:
    """Give an account the digest of a one-time password, unlock it and log it out everywhere."""
    given = {"password_hash": kept, "must_change": True, "failed": 0, "locked_until": None}
    await session.execute(update(OfficialRow).where(OfficialRow.id == official_id).values(given))
    await end_sessions(session, official_id)


async def log_in(
    database: Database, *, login: str, password: str, now: datetime, browser: str | None = None
) -> str | None:
    """The token of a new session; None where login or password is wrong, or the account locked: which one is not said.

    The attempt is counted before the password is looked at, so that many at once are no way round the lock. Where
    the account has a second factor, the session is not proven, and the count of wrong codes goes on.
    """
    loop = asyncio.get_running_loop()
    began = loop.time()
    account = await count_attempt(database, login.strip().casefold(), now)
    right = await passwords.fits(account.password_hash if account else None, password)
    if account is None or not right:
        await asyncio.sleep(max(0.0, began + REFUSAL_SECONDS - loop.time()))
        return None
    async with database.begin() as session:
        forgiven = 0 if account.totp is None else OfficialRow.failed - 1
        await session.execute(
            update(OfficialRow).where(OfficialRow.id == account.id).values(failed=forgiven, locked_until=None)
        )
        await visits.end(session, seen_before=now - IDLE, now=now)
        return start_session(session, account.id, now, browser, proven=account.totp is None)


async def count_attempt(database: Database, login: str, now: datetime) -> OfficialRow | None:
    """The account, with one more failure on it until it proves right; None where nobody may log in to it now."""
    async with database.begin() as session:
        row = await session.scalar(select(OfficialRow).where(OfficialRow.login == login).with_for_update())
        if row is None or row.closed_at is not None or (row.locked_until is not None and row.locked_until > now):
            return None
        row.failed += 1
        if row.failed > FREE_ATTEMPTS:
            row.locked_until = now + min(FIRST_LOCK * 2 ** min(row.failed - FREE_ATTEMPTS - 1, 10), LONGEST_LOCK)
        return row


async def session(database: Database, token: str, *, now: datetime) -> SignedIn | None:
    """Whose session this is; None once it is over: too long unused, too old, ended, or never begun."""
    async with database.read() as reading:
        found = (await reading.execute(RUNNING, {"token_hash": _token_hash(token)})).one_or_none()
    if found is None or found.expires_at <= now or found.seen_at + IDLE <= now:
        return None
    if found.seen_at + SEEN_EVERY <= now:
        async with database.begin() as writing:
            await writing.execute(
                update(OfficialSessionRow).where(OfficialSessionRow.id == found.session_id).values(seen_at=now)
            )
    return SignedIn(
        id=found.session_id, official=official_of(found), csrf=found.csrf, factor=found.factor, proven=found.proven
    )


async def log_out(database: Database, token: str, *, now: datetime) -> None:
    async with database.begin() as session:
        await visits.leave(session, _token_hash(token), now)
        await session.execute(delete(OfficialSessionRow).where(OfficialSessionRow.token_hash == _token_hash(token)))


async def change_password(
    database: Database, official: Official, *, current: str, new: str, now: datetime, browser: str | None = None
) -> str:
    """Change it and log out everywhere; the token of a new session. Raises PasswordError."""
    refused = passwords.objection(official.login, current=current, new=new)
    if refused is not None:
        raise PasswordError(refused)
    account = await count_attempt(database, official.login, now)
    if account is None or not await passwords.fits(account.password_hash, current):
        raise PasswordError("wrong")
    kept = await passwords.digest(new)
    async with database.begin() as session:
        await session.execute(
            update(OfficialRow)
            .where(OfficialRow.id == official.id)
            .values(password_hash=kept, must_change=False, failed=0, locked_until=None)
        )
        await end_sessions(session, official.id)
        return start_session(session, official.id, now, browser)


def start_session(
    session: AsyncSession, official_id: int, now: datetime, browser: str | None, *, proven: bool = True
) -> str:
    """The token of a new session. `browser`: what the browser calls itself, shortened."""
    token = secrets.token_urlsafe(32)
    session.add(
        OfficialSessionRow(
            id=IDS.new(now), official_id=official_id, token_hash=_token_hash(token), csrf=secrets.token_urlsafe(32),
            proven=proven, browser=browser, created_at=now, seen_at=now, expires_at=now + LONGEST,
        )
    )  # fmt: skip
    return token


async def end_sessions(
    session: AsyncSession, official_id: int, *, only: int | None = None, but: int | None = None
) -> None:
    """Log an official out everywhere, or in one session (`only`), or in all but one (`but`)."""
    ended = delete(OfficialSessionRow).where(OfficialSessionRow.official_id == official_id)
    if only is not None:
        ended = ended.where(OfficialSessionRow.id == only)
    if but is not None:
        ended = ended.where(OfficialSessionRow.id != but)
    await session.execute(ended)


def official_of(row: Any) -> Official:  # noqa: ANN401  # A row that has these columns.
    return Official(
        id=row.id, login=row.login, name=row.name, role=cast("Role", row.role), team_id=row.team_id,
        must_change=row.must_change,
    )  # fmt: skip


def _token_hash(token: str) -> bytes:
    """What is kept of a session token: enough to know it again, useless to who reads the database."""
    return hashlib.sha256(token.encode()).digest()
