"""What a firm agreed to: in two cases taken together the stricter one holds, and what is taken back takes effect."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from storage.desk_tables import CaseRow
from storage.training_tables import StoryDraftRow
from stories.types import Answer, Case

CONSENTS: Mapping[str, Sequence[Any]] = {
    "share_platform": ("no", "anonymised", "named"),
    "share_mediateur": (False, True),
    "share_dgccrf": (False, True),
    "quote_anonymised": (False, True),
    "training": (False, True),
}
"""The values of each, least first."""
UNLESS_REFUSED = frozenset({"training"})
"""Said by default, with a way to object."""
Unquotable = Literal["not_agreed", "withdrawn", "erasure"]
"""Why a firm may not be quoted: it did not agree, took its case back, or asked for its data to be erased."""


def stricter(own: Mapping[str, Answer], other: Mapping[str, Answer]) -> dict[str, Answer]:
    """What must be set in the one case so that it allows no more than the other; nothing where it does not."""
    found = {}
    for name, steps in CONSENTS.items():
        least = min(_rank(name, own.get(name)), _rank(name, other.get(name)))
        if least < _rank(name, own.get(name)):
            found[name] = Answer(value=steps[least], by="rule")
    return found


def allowed(name: str, answer: Answer | None) -> Sequence[Any]:
    """The values of a consent that share no more than the firm agreed to, least first."""
    return CONSENTS[name][: _rank(name, answer) + 1]


def agrees(name: str, answer: Answer | None) -> bool:
    """Whether the firm agreed to more than the least."""
    return _rank(name, answer) > 0


def refuses(fields: Mapping[str, Answer]) -> bool:
    """Whether these answers object to being learnt from."""
    answer = fields.get("training")
    return answer is not None and answer.state == "given" and answer.value is False


def _rank(name: str, answer: Answer | None) -> int:
    steps = CONSENTS[name]
    if answer is None or answer.state != "given" or answer.value not in steps:
        return len(steps) - 1 if name in UNLESS_REFUSED else 0
    return steps.index(answer.value)


def unquotable(case: Case, status: str, erasure_requested_at: datetime | None) -> Unquotable | None:
    """Why the firm of a case may not be quoted without its name; None where it may."""
    agreed = case.fields.get("quote_anonymised")
    if erasure_requested_at is not None:
        return "erasure"
    if status == "withdrawn":
        return "withdrawn"
    return None if agreed is not None and agreed.state == "given" and agreed.value is True else "not_agreed"


def takes_back_quotation(fields: Mapping[str, Answer], status: str | None) -> bool:
    """Whether a change of a case ends the agreement to be quoted."""
    agreed = fields.get("quote_anonymised")
    return status == "withdrawn" or (agreed is not None and agreed.value is not True)


async def empty_stories(session: AsyncSession, cases: Collection[int], now: datetime) -> None:
    """Empty the conversation tests that were made of these cases, and of those that were merged into them."""
    of = select(CaseRow.id).where(or_(CaseRow.id.in_(cases), CaseRow.merged_into.in_(cases)))
    kept = update(StoryDraftRow).where(StoryDraftRow.case_id.in_(of), StoryDraftRow.status != "withdrawn")
    emptied = {"text": b"", "status": "withdrawn", "updated_at": now, "version": StoryDraftRow.version + 1}
    await session.execute(kept.values(emptied))
