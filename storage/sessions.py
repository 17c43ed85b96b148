"""Where an official is logged in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from storage.desk_tables import OfficialSessionRow
from storage.officials import IDLE


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """A browser in which an official is logged in."""

    id: int
    browser: str | None
    created_at: datetime
    seen_at: datetime


async def of(session: AsyncSession, official_id: int, now: datetime) -> list[Session]:
    """The sessions that still run, the one seen last first."""
    wanted = (
        select(OfficialSessionRow)
        .where(
            OfficialSessionRow.official_id == official_id,
            OfficialSessionRow.expires_at > now,
            OfficialSessionRow.seen_at > now - IDLE,
            OfficialSessionRow.proven,
        )
        .order_by(OfficialSessionRow.seen_at.desc(), OfficialSessionRow.id)
    )
    return [
        Session(id=row.id, browser=row.browser, created_at=row.created_at, seen_at=row.seen_at)
        for row in await session.scalars(wanted)
    ]
