"""What is done to a filed case: one way to change it, with a version that is checked and a timeline that only grows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from storage import lifecycle
from storage.cases import CHANGES, Changes, open_columns, read_case
from storage.consents import empty_stories, refuses, stricter, takes_back_quotation
from storage.crypto import KeyRing
from storage.desk_tables import CaseChangeRow, CaseRow
from storage.ids import IDS
from storage.tables import ConversationRow
from storage.withdrawing import withdraw_cases
from stories.effects import AmendCase
from stories.types import Answer, Passage
from stories.urgency import but_set_by_officials

Deed = Literal[
    "amended", "status", "claimed", "assigned", "moved", "tagged", "snoozed", "reclassified", "verified", "asked",
    "replied", "merged", "unmerged", "split", "linked", "unlinked", "grouped", "ungrouped", "taken_over",
    "handed_back", "identity", "undone", "corrected",
]  # fmt: skip
"""`amended`: the firm changed it. `moved`: to another team. `verified`: a value was checked on evidence. `corrected`:
an official set a value, other than a problem."""
AUTOMATIC = frozenset({"person", "clock"})
"""Who changes a case and is no official."""

CHANGED = "changed cases"


class MeanwhileError(Exception):
    """Somebody changed the case since it was read: nothing was done."""


class RefusedError(Exception):
    """It cannot be done to this case; `because` names the sentence that says why."""

    def __init__(self, because: str, **values: object) -> None:
        super().__init__(because)
        self.because = because
        self.values = values


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One act on a case, whole."""

    deed: Deed
    by: str
    """person, clock, or the login of an official."""
    at: datetime
    fields: Mapping[str, Answer] = field(default_factory=dict)
    narrative: tuple[Passage, ...] = ()
    status: str | None = None
    columns: Mapping[str, Any] = field(default_factory=dict)
    """Open columns of `cases` to be set besides."""
    about: Mapping[str, Any] = field(default_factory=dict)
    words: str = ""


async def change(
    session: AsyncSession, ring: KeyRing, case_id: int, made: Change, *,
    version: int | None = None, turn_id: int | None = None,
) -> int:  # fmt: skip
    """Carry out an act and write it on the timeline; the case's new version.

    `version`: what the case had when it was read; None where it does not matter. Whether the status may follow is for
    the caller to ask. Raises MeanwhileError, and LookupError where there is no such case.
    """
    held = select(CaseRow).where(CaseRow.id == case_id).with_for_update().execution_options(populate_existing=True)
    found = (await session.scalars(held)).first()
    if found is None:
        raise LookupError(case_id)
    if version is not None and found.version != version:
        raise MeanwhileError
    case, before = read_case(ring, found.id, found.document), found.status
    reached = found.version + 1
    columns: dict[str, Any] = {"version": reached, "updated_at": made.at}
    if made.by not in AUTOMATIC and made.deed != "identity":
        columns["firm_at"] = None
    if made.fields or made.narrative:
        changed = replace(case, fields={**case.fields, **made.fields}, narrative=(*case.narrative, *made.narrative))
        columns |= open_columns(ring, found.id, changed, made.at)
    columns |= {"status": made.status or before, **made.columns}
    await session.execute(update(CaseRow).where(CaseRow.id == found.id).values(columns))
    changes = Changes(
        fields=made.fields,
        before={name: case.fields.get(name) for name in made.fields},
        narrative=made.narrative,
        status=None if made.status in {None, before} else (before, str(made.status)),
        about=made.about,
        words=made.words,
    )
    row_id = IDS.new(made.at)
    sealed = ring.seal("case_changes", "changes", row_id, CHANGES.dump_json(changes))
    session.add(
        CaseChangeRow(
            id=row_id, case_id=found.id, turn_id=turn_id, at=made.at, by=made.by, act=made.deed, changes=sealed
        )
    )
    await session.flush()
    if refuses(made.fields):
        await withdraw_cases(session, CaseRow.id == found.id)
    if takes_back_quotation(made.fields, made.status):
        await empty_stories(session, [found.id], made.at)
    session.info.setdefault(CHANGED, []).append(found.id)
    return reached


def changed(session: AsyncSession) -> Sequence[int]:
    """The ids of the cases that were changed in this session so far."""
    return list(session.info.get(CHANGED, ()))


async def amend(session: AsyncSession, ring: KeyRing, amended: AmendCase, *, at: datetime, turn_id: int | None) -> None:
    """Change a filed case as its firm said."""
    held = select(CaseRow.id, CaseRow.document).where(CaseRow.reference == amended.reference)
    found = (await session.execute(held)).first()
    if found is None:
        return
    case_id = found.id
    if amended.code_hash:
        new_code = update(CaseRow).where(CaseRow.id == case_id).values(code_hash=amended.code_hash)
        await session.execute(new_code)
    if amended.fields or amended.narrative or amended.status:
        fields = but_set_by_officials(amended.fields, read_case(ring, case_id, found.document).fields)
        made = Change(
            deed="amended", by="person", at=at, fields=fields, narrative=amended.narrative, status=amended.status,
            columns={"firm_at": at},
        )  # fmt: skip
        await change(session, ring, case_id, made, turn_id=turn_id)
        await _tell_kept(session, ring, case_id, at)


async def _tell_kept(session: AsyncSession, ring: KeyRing, case_id: int, at: datetime) -> None:
    """A case that was merged into another binds that one too: it never allows more than its firm agreed to here."""
    gone = select(CaseRow.id, CaseRow.document, CaseRow.reference, CaseRow.merged_into).where(CaseRow.id == case_id)
    row = (await session.execute(gone)).one()
    if row.merged_into is None:
        return
    await session.execute(update(CaseRow).where(CaseRow.id == row.merged_into).values(firm_at=at))
    document = await session.scalar(select(CaseRow.document).where(CaseRow.id == row.merged_into))
    own = read_case(ring, row.merged_into, document or b"").fields
    fields = stricter(own, read_case(ring, row.id, row.document).fields)
    if fields:
        made = Change(deed="amended", by="person", at=at, fields=fields, about={"from": row.reference})
        await change(session, ring, row.merged_into, made)


async def firm_wrote(session: AsyncSession, ring: KeyRing, conversation_id: int, at: datetime) -> None:
    """Note on the cases of a conversation, filed or taken up there, that their firm wrote again.

    Its words are to be made searchable. A case that waited for the firm is under review again, and its clock goes on.
    """
    taken_up = select(ConversationRow.takes_up).where(ConversationRow.id == conversation_id).scalar_subquery()
    here = or_(CaseRow.conversation_id == conversation_id, CaseRow.reference == taken_up)
    waited = select(CaseRow.id, CaseRow.due_left).where(here, CaseRow.status == "needs_info")
    for row in (await session.execute(waited)).all():
        resumed = Change(
            deed="status", by="clock", at=at, status="in_review", columns=lifecycle.resumed(at, row.due_left)
        )
        await change(session, ring, row.id, resumed)
    wrote = update(CaseRow).where(here)
    await session.execute(wrote.values(firm_at=at, indexed_at=None))
    kept = select(CaseRow.merged_into).where(here, CaseRow.merged_into.is_not(None))
    await session.execute(update(CaseRow).where(CaseRow.id.in_(kept)).values(firm_at=at))
