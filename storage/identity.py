"""Who may see which firm a case is about, where a reason must be given for it."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from storage.access import Official
from storage.desk_tables import CaseChangeRow

HOLDS = timedelta(hours=12)
"""How long an official's reason opens the identity of one case to them."""


async def may_open(session: AsyncSession, official: Official, case_id: int, now: datetime) -> bool:
    """Whether this official gave a reason for this case lately."""
    given = select(CaseChangeRow.id).where(
        CaseChangeRow.case_id == case_id,
        CaseChangeRow.act == "identity",
        CaseChangeRow.by == official.login,
        CaseChangeRow.at > now - HOLDS,
    )
    return await session.scalar(given.limit(1)) is not None
