"""When an official was last here: what came since then is new to them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from storage.desk_tables import OfficialRow, OfficialSessionRow


async def end(session: AsyncSession, *, seen_before: datetime, now: datetime) -> None:
    """Forget the sessions that are over: too old, or not seen since `seen_before`. Each was a visit until then."""
    over = or_(OfficialSessionRow.expires_at <= now, OfficialSessionRow.seen_at <= seen_before)
    left = (
        select(func.max(OfficialSessionRow.seen_at))
        .where(OfficialSessionRow.official_id == OfficialRow.id, over)
        .scalar_subquery()
    )
    gone = OfficialRow.id.in_(select(OfficialSessionRow.official_id).where(over))
    later = or_(OfficialRow.visited_at.is_(None), OfficialRow.visited_at < left)
    await session.execute(update(OfficialRow).where(gone, later).values(visited_at=left))
    await session.execute(delete(OfficialSessionRow).where(over))


async def leave(session: AsyncSession, token_hash: bytes, now: datetime) -> None:
    """End the visit of a session that is logged out."""
    whose = select(OfficialSessionRow.official_id).where(OfficialSessionRow.token_hash == token_hash)
    await session.execute(update(OfficialRow).where(OfficialRow.id.in_(whose)).values(visited_at=now))
