"""How far officials who label the same message agree: one message in five is labelled by a second one, blind."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from sqlalchemy import ColumnElement, exists, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from storage.crypto import KeyRing
from storage.samples import STANDING, Sample, find
from storage.training_tables import DecisionRow, SampleRow

EVERY = 5
"""One message of so many is labelled twice; the last digits of their ids are random."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """Two officials on the same messages, by their main labels."""

    pairs: int
    agreed: int
    kappa: float | None
    """Cohen's: 1 where they always agree, 0 where as often as by chance; none: it cannot be told."""


async def second(session: AsyncSession, ring: KeyRing, *, by: int) -> Sample | None:
    """A message that another official labelled and that this one is to label too."""
    found = await session.scalar(select(SampleRow.id).where(*_open(by)).order_by(SampleRow.id).limit(1))
    return await find(session, ring, found) if found is not None else None


async def seconds(session: AsyncSession, *, by: int) -> int:
    """How many such messages there are."""
    return await session.scalar(select(func.count()).select_from(SampleRow).where(*_open(by))) or 0


async def agreement(session: AsyncSession) -> Agreement:
    """Over the messages that two officials labelled: the first decision of each of the first two."""
    said = (
        select(DecisionRow.sample_id, DecisionRow.official_id, DecisionRow.labels, DecisionRow.act)
        .join(SampleRow, SampleRow.id == DecisionRow.sample_id)
        .where(STANDING, SampleRow.status == "labelled")
        .order_by(DecisionRow.id)
    )
    by_sample: dict[int, dict[int, str]] = {}
    for row in await session.execute(said):
        main = row.labels[0] if row.labels else f"act:{row.act}" if row.act else None
        if main is not None:
            by_sample.setdefault(row.sample_id, {}).setdefault(row.official_id, main)
    pairs = [tuple(of.values())[:2] for of in by_sample.values() if len(of) > 1]
    agreed = sum(one == other for one, other in pairs)
    return Agreement(pairs=len(pairs), agreed=agreed, kappa=kappa([(one, other) for one, other in pairs]))


def kappa(pairs: list[tuple[str, str]]) -> float | None:
    """Cohen's kappa (1960) of two who label."""
    if not pairs:
        return None
    first, other = (Counter(one) for one in zip(*pairs, strict=True))
    by_chance = sum(first[label] * other[label] for label in first) / len(pairs) ** 2
    observed = sum(one == two for one, two in pairs) / len(pairs)
    return (observed - by_chance) / (1 - by_chance) if by_chance < 1 else None


def _open(by: int) -> tuple[ColumnElement[bool], ...]:
    of = (DecisionRow.sample_id == SampleRow.id, STANDING)
    officials = select(func.count(DecisionRow.official_id.distinct())).where(*of).scalar_subquery()
    return (
        SampleRow.status == "labelled",
        SampleRow.id % EVERY == 0,
        ~exists().where(*of, DecisionRow.official_id == by),
        officials == 1,
    )
