"""Messages that officials labelled."""

from __future__ import annotations

from typing import cast

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from storage.corrections import Labelled, Part
from storage.crypto import KeyRing
from storage.training_tables import DecisionRow, SampleRow
from stories.types import Language


async def labelled(session: AsyncSession, ring: KeyRing) -> list[Labelled]:
    """Every labelled message, with the latest decision on it that was not undone."""
    decided = (
        select(SampleRow, DecisionRow)
        .join(DecisionRow, DecisionRow.sample_id == SampleRow.id)
        .where(SampleRow.status == "labelled", DecisionRow.undone_at.is_(None))
        .order_by(DecisionRow.id)
    )
    found = {}
    for sample, decision in await session.execute(decided):
        found[sample.id] = Labelled(
            id=sample.id, person=sample.person.hex(), part=cast("Part", sample.part),
            text=ring.open("samples", "text", sample.id, sample.text).decode(),
            language=cast("Language", sample.language),
            labels=tuple(decision.labels), act=decision.act, asked=sample.asked, chance=sample.chance,
            said_at=sample.said_at,
        )  # fmt: skip
    return list(found.values())
