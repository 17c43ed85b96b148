"""What models learnt from, and what is there to learn from since: masked messages and counts."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from storage.access import Official, seen_by
from storage.crypto import KeyRing
from storage.desk_tables import CaseRow
from storage.models import USE
from storage.training_tables import LookRow, ModelRow, ModelSampleRow, PromotionRow, SampleRow

LABELLED = (SampleRow.part == "learning", SampleRow.status == "labelled")
LATELY = timedelta(days=30)
"""So long a review of old cases is offered after a model was put into service."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Masked:
    """A message that officials labelled, as they saw it."""

    id: int
    text: str
    """Empty where its words were erased, and where it belongs to the sealed test set."""
    sealed: bool
    """It belongs to the test set: whoever reads that learns it by heart."""
    said_at: datetime


async def fresh(session: AsyncSession, version: str | None) -> int:
    """How many labelled messages this model has not learnt from, though it might."""
    learnt = select(ModelSampleRow.sample_id).where(ModelSampleRow.version == version)
    wanted = select(func.count()).select_from(SampleRow).where(*LABELLED, SampleRow.id.not_in(learnt))
    return int(await session.scalar(wanted) or 0)


async def learnt(session: AsyncSession, version: str) -> tuple[int, int]:
    """From how many labelled messages a model learnt, and the words of how many were erased since."""
    of = select(SampleRow.status, func.count()).join(ModelSampleRow, ModelSampleRow.sample_id == SampleRow.id)
    found = await session.execute(of.where(ModelSampleRow.version == version).group_by(SampleRow.status))
    counts: Mapping[str, int] = {row[0]: row[1] for row in found}
    return sum(counts.values()), counts.get("withdrawn", 0)


async def erased(session: AsyncSession) -> dict[str, int]:
    """By version, how many of the messages it learnt from were erased since: these models are to be trained again."""
    of = select(ModelSampleRow.version, func.count()).join(SampleRow, ModelSampleRow.sample_id == SampleRow.id)
    found = await session.execute(of.where(SampleRow.status == "withdrawn").group_by(ModelSampleRow.version))
    return {row[0]: row[1] for row in found}


async def looks(session: AsyncSession) -> int:
    """How often a model was measured on the sealed test set."""
    return int(await session.scalar(select(func.count()).select_from(LookRow)) or 0)


async def masked(session: AsyncSession, ring: KeyRing, ids: Collection[int]) -> dict[int, Masked]:
    """Messages by the id of their sample; those of the test set without their words."""
    rows = await session.scalars(select(SampleRow).where(SampleRow.id.in_(ids)))
    return {
        row.id: Masked(
            id=row.id,
            text="" if row.part == "test" or not row.text else ring.open("samples", "text", row.id, row.text).decode(),
            sealed=row.part == "test",
            said_at=row.said_at,
        )
        for row in rows
    }


async def to_review(session: AsyncSession, official: Official, now: datetime) -> tuple[str, int] | None:
    """The model that was put into service lately, and how many cases of this official it would have filed otherwise."""
    put = select(PromotionRow).where(PromotionRow.status == "done", PromotionRow.act.in_(USE))
    last = await session.scalar(put.order_by(PromotionRow.id.desc()).limit(1))
    if last is None or last.act != "promoted" or last.at < now - LATELY:
        return None
    made = await session.scalar(select(ModelRow.comparison).where(ModelRow.version == last.version))
    ids = otherwise(made)
    seen = select(func.count()).select_from(CaseRow).where(CaseRow.id.in_(ids), seen_by(official))
    count = await session.scalar(seen) if ids else 0
    return (last.version, count) if count else None


def otherwise(comparison: Mapping[str, Any] | None) -> list[int]:
    """The ids of cases that a comparison says would be filed otherwise, or go to another team."""
    replay = (comparison or {}).get("replay") or {}
    return sorted({*replay.get("changed", ()), *replay.get("routed", ())})
