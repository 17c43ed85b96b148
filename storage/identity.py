"""Who may see which firm a case is about, where a reason must be given for it."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, exists, select
from sqlalchemy.ext.asyncio import AsyncSession

from storage.access import Official
from storage.desk_tables import CaseChangeRow, CaseRow

HOLDS = timedelta(hours=12)
"""How long an official's reason opens the identity of one case to them."""


async def may_open(session: AsyncSession, official: Official, case_id: int, now: datetime) -> bool:
    """Whether this official gave a reason for this case lately."""
    given = select(CaseChangeRow.id).where(CaseChangeRow.case_id == case_id, _given(official, now))
    return await session.scalar(given.limit(1)) is not None


def opened_by(official: Official, now: datetime) -> ColumnElement[bool]:
    """For which rows of `cases` this official gave a reason lately."""
    return exists().where(CaseChangeRow.case_id == CaseRow.id, _given(official, now))


def _given(official: Official, now: datetime) -> ColumnElement[bool]:
    return and_(
        CaseChangeRow.act == "identity", CaseChangeRow.by == official.login, CaseChangeRow.at > now - HOLDS
    )  # fmt: skip
