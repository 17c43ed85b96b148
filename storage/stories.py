"""Conversation tests in the making: transcripts that one official rewrites and another reads, while the firm agrees."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, cast

from sqlalchemy import Select, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from storage import consents
from storage.access import Official, may, seen_by
from storage.cases import read_case
from storage.consents import Unquotable
from storage.crypto import KeyRing
from storage.desk_tables import CaseRow, OfficialRow
from storage.handling import MeanwhileError, RefusedError
from storage.ids import IDS
from storage.training_tables import StoryDraftRow

State = Literal["draft", "proposed", "approved", "withdrawn"]
NAME = re.compile(r"[a-z0-9][a-z0-9_]{2,59}")
"""Of a file, without its ending."""
SHOWN = 200
AUTHOR, READER = aliased(OfficialRow), aliased(OfficialRow)


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """One conversation test in the making."""

    id: int
    case_id: int
    reference: str
    language: str
    name: str
    text: str
    """YAML; empty once withdrawn."""
    state: State
    version: int
    author_id: int
    author: str
    reader: str
    """Who read it and approved; empty: nobody yet."""
    updated_at: datetime


async def begin(
    session: AsyncSession, ring: KeyRing, case_id: int, *, name: str, text: str, by: Official, now: datetime
) -> int:
    """Keep a new draft; its id. Raises RefusedError where the firm does not agree."""
    _must(may(by.role, "write_stories"), "role")
    await _consent(session, ring, case_id)
    kept = select(StoryDraftRow.name).where(StoryDraftRow.case_id == case_id)
    taken = set((await session.scalars(kept)).all())
    row_id = IDS.new(now)
    session.add(
        StoryDraftRow(
            id=row_id, case_id=case_id, author_id=by.id, name=_free(checked(name), taken),
            text=_sealed(ring, row_id, text), created_at=now, updated_at=now,
        )
    )  # fmt: skip
    await session.flush()
    return row_id


async def revise(
    session: AsyncSession, ring: KeyRing, draft_id: int, *,
    name: str, text: str, by: Official, version: int, now: datetime,
) -> None:  # fmt: skip
    """Give a draft of one's own another text. Raises RefusedError and MeanwhileError."""
    row = await _hold(session, ring, draft_id, version, ("draft",))
    _must(row.author_id == by.id, "not_author")
    if name != row.name:
        others = select(StoryDraftRow.id).where(StoryDraftRow.case_id == row.case_id, StoryDraftRow.name == name)
        _must(await session.scalar(others) is None, "story_name_taken")
    _change(row, now, name=checked(name), text=_sealed(ring, row.id, text))
    await session.flush()


async def propose(
    session: AsyncSession, ring: KeyRing, draft_id: int, *, by: Official, version: int, now: datetime
) -> None:
    """Have one's own draft read by another official. Raises RefusedError and MeanwhileError."""
    row = await _hold(session, ring, draft_id, version, ("draft",))
    _must(row.author_id == by.id, "not_author")
    _change(row, now, status="proposed")
    await session.flush()


async def approve(
    session: AsyncSession, ring: KeyRing, draft_id: int, *, by: Official, version: int, now: datetime
) -> None:
    """Let a draft of somebody else be used. Raises RefusedError and MeanwhileError."""
    row = await _hold(session, ring, draft_id, version, ("proposed",))
    _must(row.author_id != by.id and may(by.role, "write_stories"), "own_draft")
    _change(row, now, status="approved", reader_id=by.id)
    await session.flush()


async def send_back(
    session: AsyncSession, ring: KeyRing, draft_id: int, *, by: Official, version: int, now: datetime
) -> None:
    """Have a draft rewritten, whether it was proposed or approved. Raises RefusedError and MeanwhileError."""
    row = await _hold(session, ring, draft_id, version, ("proposed", "approved"))
    _must(may(by.role, "write_stories"), "role")
    _change(row, now, status="draft", reader_id=None)
    await session.flush()


async def discard(session: AsyncSession, draft_id: int, *, by: Official, version: int, now: datetime) -> None:
    """Empty a draft for good: its author may, and who directs cases. Raises RefusedError and MeanwhileError."""
    row = await _row(session, draft_id, version)
    _must(row.author_id == by.id or may(by.role, "direct_cases"), "not_author")
    _change(row, now, status="withdrawn", text=b"")
    await session.flush()


async def every(session: AsyncSession, ring: KeyRing, reader: Official) -> list[Draft]:
    """The drafts of all cases that an official may read, the latest first, without their texts."""
    wanted = _drafts(reader).order_by(StoryDraftRow.updated_at.desc(), StoryDraftRow.id.desc()).limit(SHOWN)
    return [_draft(ring, row, opened=False) for row in await session.execute(wanted)]


async def of_case(session: AsyncSession, ring: KeyRing, case_id: int, reader: Official) -> list[Draft]:
    """The drafts of one case, the oldest first, without their texts."""
    wanted = _drafts(reader).where(StoryDraftRow.case_id == case_id).order_by(StoryDraftRow.id)
    return [_draft(ring, row, opened=False) for row in await session.execute(wanted)]


async def get(session: AsyncSession, ring: KeyRing, draft_id: int, reader: Official) -> Draft | None:
    """A draft; None for who may not read its case. Without consent its text is not given."""
    row = (await session.execute(_drafts(reader).where(StoryDraftRow.id == draft_id))).first()
    if row is None:
        return None
    return _draft(ring, row, opened=await unquotable(session, ring, row[0].case_id) is None)


async def unquotable(session: AsyncSession, ring: KeyRing, case_id: int) -> Unquotable | None:
    """Why the firm of a case may not be quoted now, by what it said there and in the case that it was merged into."""
    kept = select(CaseRow.merged_into).where(CaseRow.id == case_id).scalar_subquery()
    rows = await session.scalars(select(CaseRow).where(or_(CaseRow.id == case_id, CaseRow.id == kept)))
    found = [consents.unquotable(read_case(ring, r.id, r.document), r.status, r.erasure_requested_at) for r in rows]
    return next((because for because in found if because is not None), None)


def checked(name: str) -> str:
    """The name of a file. Raises RefusedError."""
    _must(NAME.fullmatch(name) is not None, "story_name")
    return name


def _must(holds: bool, because: str) -> None:  # noqa: FBT001  # Reads as a sentence.
    if not holds:
        raise RefusedError(because)


def _free(name: str, taken: set[str]) -> str:
    return next(one for one in (name, *(f"{name[:56]}_{n}" for n in range(2, 1000))) if one not in taken)


def _sealed(ring: KeyRing, row_id: int, text: str) -> bytes:
    return ring.seal("story_drafts", "text", row_id, text.encode())


def _change(row: StoryDraftRow, now: datetime, **columns: Any) -> None:  # noqa: ANN401  # The columns of a row.
    for name, value in columns.items():
        setattr(row, name, value)
    row.version, row.updated_at = row.version + 1, now


async def _hold(
    session: AsyncSession, ring: KeyRing, draft_id: int, version: int, states: Sequence[State]
) -> StoryDraftRow:
    """The draft, held until the transaction ends, in one of these states and with its firm's consent."""
    row = await _row(session, draft_id, version)
    await _consent(session, ring, row.case_id)
    if row.status not in states:
        raise MeanwhileError
    return row


async def _row(session: AsyncSession, draft_id: int, version: int) -> StoryDraftRow:
    held = select(StoryDraftRow).where(StoryDraftRow.id == draft_id).with_for_update()
    row = (await session.scalars(held.execution_options(populate_existing=True))).first()
    if row is None or row.version != version:
        raise MeanwhileError
    return row


async def _consent(session: AsyncSession, ring: KeyRing, case_id: int) -> None:
    """Read the consent of the firm as it is now. Raises RefusedError."""
    because = await unquotable(session, ring, case_id)
    if because is not None:
        raise RefusedError(f"quote_{because}")


def _drafts(reader: Official) -> Select[StoryDraftRow, str, str, str, str]:
    return (
        select(StoryDraftRow, CaseRow.reference, CaseRow.language, AUTHOR.name, READER.name)
        .join(CaseRow, CaseRow.id == StoryDraftRow.case_id)
        .join(AUTHOR, AUTHOR.id == StoryDraftRow.author_id)
        .outerjoin(READER, READER.id == StoryDraftRow.reader_id)
        .where(seen_by(reader))
    )


def _draft(ring: KeyRing, found: Any, *, opened: bool) -> Draft:  # noqa: ANN401  # A row of `_drafts`.
    row, reference, language, author, reader = found
    text = ring.open("story_drafts", "text", row.id, row.text).decode() if opened and row.text else ""
    return Draft(
        id=row.id, case_id=row.case_id, reference=reference, language=language, name=row.name, text=text,
        state=cast("State", row.status), version=row.version, author_id=row.author_id, author=author,
        reader=reader or "", updated_at=row.updated_at,
    )  # fmt: skip
