"""Who else looks at a case just now, and who writes in it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from storage.desk_tables import CaseVisitRow, OfficialRow
from storage.inbox import INSERT

LASTS = timedelta(seconds=90)
"""After so long without a sign of life, somebody has left; an open page gives one every 20 seconds."""
VISITS: Any = CaseVisitRow.__table__


@dataclass(frozen=True, slots=True, kw_only=True)
class Other:
    """Another official at the same case."""

    name: str
    writes: bool


async def stamp(session: AsyncSession, case_id: int, official_id: int, now: datetime, *, writes: bool = False) -> None:
    """Note that an official is at a case."""
    seen: dict[str, Any] = {"seen_at": now, **({"writing_at": now} if writes else {})}
    insert = INSERT[session.get_bind().dialect.name](VISITS)
    made = insert.values(case_id=case_id, official_id=official_id, **seen)
    await session.execute(made.on_conflict_do_update(index_elements=["case_id", "official_id"], set_=seen))


async def others(session: AsyncSession, case_id: int, official_id: int, now: datetime) -> list[Other]:
    """Who else is there, by name."""
    here = (CaseVisitRow.case_id == case_id, CaseVisitRow.official_id != official_id)
    wanted = (
        select(OfficialRow.name, CaseVisitRow.writing_at)
        .join(CaseVisitRow, CaseVisitRow.official_id == OfficialRow.id)
        .where(*here, CaseVisitRow.seen_at > now - LASTS)
        .order_by(OfficialRow.name)
    )
    found = await session.execute(wanted)
    return [Other(name=name, writes=at is not None and at > now - LASTS) for name, at in found]
