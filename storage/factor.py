"""The second factor of an account: codes that an app makes of the time, each good once, and a few that stand in."""

from __future__ import annotations

import base64
import hmac
from dataclasses import dataclass
from datetime import datetime

import pyotp
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from storage import officials, passwords
from storage.crypto import KeyRing
from storage.database import Database
from storage.desk_tables import OfficialRow
from storage.officials import SignedIn

ISSUER = "Portevoix"
SECRET_BYTES = 20
DRIFT = (0, -1, 1)
"""Steps of 30 seconds by which the clock of a telephone may be wrong."""
RECOVERY_CODES = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Enrolled:
    """A second factor that has just been set."""

    token: str
    """Of a new session: the others are over."""
    codes: tuple[str, ...]
    """They stand in for the app, each once; kept nowhere."""


def offered(ring: KeyRing, reader: SignedIn) -> str:
    """The secret that this session may set, in base 32: the same on each page of it, and kept nowhere until it is."""
    return base64.b32encode(ring.blind("totp", reader.csrf)[:SECRET_BYTES]).decode()


def address(secret: str, login: str) -> str:
    """What the app reads from the QR code."""
    return pyotp.TOTP(secret).provisioning_uri(name=login, issuer_name=ISSUER)


async def enrol(
    database: Database, ring: KeyRing, reader: SignedIn, code: str, *, now: datetime, browser: str | None
) -> Enrolled | None:
    """Set the offered secret, once a code proves that the app has it; None for a wrong code."""
    secret = offered(ring, reader)
    step = _step(secret, code, now)
    if step is None:
        return None
    official = reader.official.id
    async with database.begin() as session:
        row = await _account(session, official)
        row.totp, row.totp_step = ring.seal("officials", "totp", official, secret.encode()), step
        codes = _new_codes(ring, row)
        await officials.end_sessions(session, official)
        return Enrolled(token=officials.start_session(session, official, now, browser), codes=codes)


async def prove(
    database: Database, ring: KeyRing, waiting: SignedIn, code: str, *, now: datetime, browser: str | None
) -> str | None:
    """The token of the proven session that takes the place of this one; None for a wrong code."""
    if not await accepts(database, ring, waiting, code, now=now):
        return None
    async with database.begin() as session:
        await officials.end_sessions(session, waiting.official.id, only=waiting.id)
        return officials.start_session(session, waiting.official.id, now, browser)


async def accepts(database: Database, ring: KeyRing, reader: SignedIn, code: str, *, now: datetime) -> bool:
    """Whether this code is good, which uses it up. Wrong ones are counted, and lock the account, as passwords do."""
    if await officials.count_attempt(database, reader.official.login, now) is None:
        return False
    async with database.begin() as session:
        row = await _account(session, reader.official.id)
        if not _use(ring, row, code, now):
            return False
        row.failed, row.locked_until = 0, None
        return True


async def new_codes(database: Database, ring: KeyRing, official_id: int) -> tuple[str, ...]:
    """Fresh recovery codes; the old ones no longer hold."""
    async with database.begin() as session:
        return _new_codes(ring, await _account(session, official_id))


async def codes_left(session: AsyncSession, official_id: int) -> int:
    return len((await _account(session, official_id)).recovery or ())


async def _account(session: AsyncSession, official_id: int) -> OfficialRow:
    return (await session.scalars(select(OfficialRow).where(OfficialRow.id == official_id).with_for_update())).one()


def _use(ring: KeyRing, row: OfficialRow, code: str, now: datetime) -> bool:
    if row.totp is None:
        return False
    step = _step(ring.open("officials", "totp", row.id, row.totp).decode(), code, now)
    if step is not None and (row.totp_step is None or step > row.totp_step):
        row.totp_step = step
        return True
    used = _kept(ring, row.id, code)
    if used not in (row.recovery or ()):
        return False
    row.recovery = [one for one in row.recovery or () if one != used]
    return True


def _step(secret: str, code: str, now: datetime) -> int | None:
    """The time step whose code this is; None where it is none."""
    totp, typed = pyotp.TOTP(secret), "".join(code.split())
    steps = (totp.timecode(now) + drift for drift in DRIFT)
    return next((step for step in steps if hmac.compare_digest(totp.generate_otp(step).encode(), typed.encode())), None)


def _new_codes(ring: KeyRing, row: OfficialRow) -> tuple[str, ...]:
    codes = tuple(passwords.one_time() for _ in range(RECOVERY_CODES))
    row.recovery = [_kept(ring, row.id, code) for code in codes]
    return codes


def _kept(ring: KeyRing, official_id: int, code: str) -> str:
    """What is kept of a recovery code; spaces, dashes and capitals in it do not count."""
    plain = "".join(letter for letter in code.casefold() if letter.isalnum())
    return ring.blind("recovery", f"{official_id} {plain}").hex()
