"""Cases: filed once, amended with their history, found again."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import lru_cache
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import ColumnElement, Select, bindparam, select, true, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from storage import lifecycle
from storage.consents import empty_stories
from storage.conversations import read_address
from storage.crypto import BlindKind, KeyRing
from storage.desk_tables import CaseChangeRow, CaseRow
from storage.ids import IDS
from storage.tables import ConversationRow
from storage.withdrawing import withdraw_cases
from stories.case import way_to_answer
from stories.script import Script
from stories.types import Answer, Case, KnownCase, Passage

CASE = TypeAdapter(Case)
KEPT = aliased(CaseRow)
"""The case that another was merged into."""
KNOWN = select(
    CaseRow.reference, CaseRow.status, CaseRow.filed_at,
    KEPT.status.label("kept_status"), KEPT.reference.label("kept_reference"),
).outerjoin(KEPT, KEPT.id == CaseRow.merged_into)  # fmt: skip
FIRST_STATUS = "submitted"
ANSWERED = frozenset({"chat", "email", "phone"})
"""The ways to answer that reach the firm."""
BLIND: Mapping[str, BlindKind] = {"siren": "siren", "siret": "siret", "email": "email", "phone": "phone"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """What a change set, and what stood there before."""

    fields: Mapping[str, Answer]
    before: Mapping[str, Answer | None]
    narrative: tuple[Passage, ...] = ()
    status: tuple[str, str] | None = None
    """Before and after."""
    about: Mapping[str, Any] = field(default_factory=dict)
    """What else belongs to the act, by name: ids, names, days."""
    words: str = ""
    """Why, as the official wrote it."""


CHANGES = TypeAdapter(Changes)


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseLine:
    """A case in a list: what stands open of it."""

    id: int
    reference: str
    status: str
    version: int
    language: str
    channel: str
    platform_id: str | None
    primary_category: str | None
    urgency_level: str | None
    urgency_reasons: tuple[str, ...]
    deadline_date: str | None
    filed_at: datetime
    updated_at: datetime
    erasure_requested_at: datetime | None
    team_id: int | None
    assignee_id: int | None
    problem_id: int | None
    opened_at: datetime | None
    firm_at: datetime | None
    due_at: datetime | None
    asked_until: datetime | None
    snoozed_until: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Signs:
    """By which other cases of the same firm are found: blind indexes, and the conversation."""

    siren: bytes | None
    siret: bytes | None
    email: bytes | None
    phone: bytes | None
    conversation_id: int | None


LINE = tuple(getattr(CaseRow, name) for name in CaseLine.__dataclass_fields__)
SIGNS = tuple(getattr(CaseRow, name) for name in Signs.__dataclass_fields__)
HISTORY = (
    select(CaseChangeRow.id, CaseChangeRow.at, CaseChangeRow.by, CaseChangeRow.act, CaseChangeRow.changes)
    .where(CaseChangeRow.case_id == bindparam("case_id"))
    .order_by(CaseChangeRow.id)
)
ELSEWHERE = (
    select(ConversationRow.lane)
    .where(ConversationRow.takes_up == bindparam("reference"))
    .order_by(ConversationRow.id)
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseChange:
    """One change after filing."""

    at: datetime
    by: str
    act: str
    """As `storage.handling.Deed` names it."""
    changes: Changes


@dataclass(frozen=True, slots=True, kw_only=True)
class FiledCase:
    """A case opened."""

    line: CaseLine
    signs: Signs
    case: Case
    """As it is now."""
    changes: tuple[CaseChange, ...]
    """Oldest first."""
    lane: str | None
    """Of its conversation, as `storage.conversations` takes it; none where it was entered by hand."""
    taken_up: tuple[str, ...]
    """The lanes of the conversations in which it was opened by its code, and goes on."""
    digest: str
    """SHA-256 of the canonical JSON of what was filed, hex."""

    @property
    def lanes(self) -> tuple[str, ...]:
        """Wherever the firm tells of it: its own conversation first."""
        return (self.lane, *self.taken_up) if self.lane else self.taken_up


def digest(case: Case) -> str:
    """SHA-256 of a case as JSON with sorted keys and no spaces, hex."""
    plain = json.dumps(CASE.dump_python(case, mode="json"), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(plain.encode()).hexdigest()


def row(
    ring: KeyRing, script: Script, case: Case, *, filed_by: int | None, part: int, conversation_id: int | None
) -> dict[str, Any]:
    """A row for a case as it is filed."""
    row_id, level = IDS.new(case.filed_at), case.fields.get("level")
    return {
        "id": row_id,
        "reference": case.reference,
        "filed_by": filed_by,
        "part": part,
        "conversation_id": conversation_id,
        "channel": case.channel,
        "language": case.language,
        "status": FIRST_STATUS,
        "filed_at": case.filed_at,
        "script_hash": script.digest,
        "digest": digest(case),
        "due_at": lifecycle.due_at(script, FIRST_STATUS, level.value if level else None, case.filed_at),
        **open_columns(ring, row_id, case, case.filed_at),
    }


async def ask_erasure(session: AsyncSession, references: Sequence[str], at: datetime) -> None:
    """Record that a firm asks for these cases to be erased; the first demand counts.

    Quotations end at once, and what it said is learnt from no more, whatever officials answer.
    """
    wanted = update(CaseRow).where(CaseRow.reference.in_(references), CaseRow.erasure_requested_at.is_(None))
    asked = await session.scalars(wanted.values(erasure_requested_at=at).returning(CaseRow.id))
    await empty_stories(session, asked.all(), at)
    await withdraw_cases(session, CaseRow.reference.in_(references))


async def find(
    session: AsyncSession, *, limit: int = 50, before: int | None = None, within: ColumnElement[bool] | None = None
) -> list[CaseLine]:
    """The cases filed last, newest first; `before` is the id of the last one of the page before.

    `within`: which cases the reader may see (`storage.access.seen_by`); none: all.
    """
    wanted = select(CaseRow).where(true() if within is None else within).order_by(CaseRow.id.desc()).limit(limit)
    if before is not None:
        wanted = wanted.where(CaseRow.id < before)
    return [line(found) for found in await session.scalars(wanted)]


async def show(
    session: AsyncSession, ring: KeyRing, reference: str, *, within: ColumnElement[bool] | None = None
) -> FiledCase | None:
    """Open a case; None where there is none of that reference, and where the reader may not see it (`within`)."""
    asked = {"reference": reference}
    held = (await session.execute(_shown(true() if within is None else within), asked)).first()
    if held is None:
        return None
    history = await session.execute(HISTORY, {"case_id": held.id})
    return FiledCase(
        line=line(held),
        signs=Signs(**{name: getattr(held, name) for name in Signs.__dataclass_fields__}),
        case=read_case(ring, held.id, held.document),
        changes=tuple(_change(ring, row) for row in history),
        lane=held.lane,
        taken_up=tuple(await session.scalars(ELSEWHERE, asked)),
        digest=held.digest,
    )  # fmt: skip


async def of_conversation(session: AsyncSession, ring: KeyRing, lane: str) -> list[FiledCase]:
    """Every case filed in a conversation, in order of filing."""
    wanted = (
        select(CaseRow.reference)
        .join(ConversationRow, ConversationRow.id == CaseRow.conversation_id)
        .where(ConversationRow.lane == lane)
        .order_by(CaseRow.filed_at, CaseRow.filed_by, CaseRow.part)
    )
    opened = [await show(session, ring, reference) for reference in (await session.scalars(wanted)).all()]
    return [case for case in opened if case is not None]


async def of(session: AsyncSession, conversations: Collection[int]) -> dict[int, list[KnownCase]]:
    """The cases filed in these conversations, by conversation id, in order of filing."""
    wanted = KNOWN.add_columns(CaseRow.conversation_id).where(CaseRow.conversation_id.in_(conversations))
    found: dict[int, list[KnownCase]] = {}
    for row in await session.execute(wanted.order_by(CaseRow.id)):
        found.setdefault(row.conversation_id, []).append(_known(row))
    return found


async def named(session: AsyncSession, references: Collection[str]) -> dict[str, KnownCase]:
    """These cases, by reference, as their own conversation knows them."""
    found = await session.execute(KNOWN.where(CaseRow.reference.in_(references)))
    return {row.reference: _known(row) for row in found}


async def documents(session: AsyncSession, ring: KeyRing, references: Collection[str]) -> dict[str, Case]:
    """These cases as they are now, by reference."""
    columns = (CaseRow.id, CaseRow.reference, CaseRow.document)
    found = await session.execute(select(*columns).where(CaseRow.reference.in_(references)))
    return {row.reference: read_case(ring, row.id, row.document) for row in found}


@dataclass(frozen=True, slots=True, kw_only=True)
class Home:
    """Where a case was filed."""

    channel: str
    chat: str | None
    """None where it was entered by hand."""


async def home(session: AsyncSession, ring: KeyRing, reference: str, code: str) -> Home | None:
    """Where a case was filed, for whoever gives its access code; None for a wrong code and where there is no case."""
    wanted = (
        select(CaseRow.code_hash, CaseRow.channel, ConversationRow.id, ConversationRow.address)
        .outerjoin(ConversationRow, ConversationRow.id == CaseRow.conversation_id)
        .where(CaseRow.reference == reference)
    )
    row = (await session.execute(wanted)).first()
    if not ring.proves(code, (row and row.code_hash) or "-") or row is None:
        return None
    return Home(channel=row.channel, chat=read_address(ring, row.id, row.address) if row.address else None)


async def proven(
    session: AsyncSession, ring: KeyRing, wanted: Iterable[tuple[str, str | None]]
) -> dict[tuple[str, str | None], KnownCase]:
    """The cases whose reference and access code were given together."""
    given = [(reference, code) for reference, code in wanted if code is not None]
    known = KNOWN.add_columns(CaseRow.code_hash).where(CaseRow.reference.in_({one[0] for one in given}))
    rows = {row.reference: row for row in await session.execute(known)}
    return {
        (reference, code): replace(_known(rows[reference]), own=False)
        for reference, code in given
        if reference in rows and ring.proves(code, rows[reference].code_hash or "")
    }


def _known(row: Any) -> KnownCase:  # noqa: ANN401  # A row of `KNOWN`, with more columns or none.
    """A case as its firm knows it: one that was merged into another stands where that one does."""
    merged = row.status == "merged" and row.kept_status is not None
    return KnownCase(
        reference=row.reference,
        status=row.kept_status if merged else row.status,
        filed_at=row.filed_at,
        joined=row.kept_reference if merged else None,
    )


def read_case(ring: KeyRing, row_id: int, document: bytes) -> Case:
    """The case that a row holds, sealed."""
    return CASE.validate_json(ring.open("cases", "document", row_id, document))


def open_columns(ring: KeyRing, row_id: int, case: Case, at: datetime) -> dict[str, Any]:
    """What of a case officials sort by, and the blind indexes by which it is found."""

    def given(name: str) -> Any:  # noqa: ANN401  # An answer's value is any JSON.
        answer = case.fields.get(name)
        return answer.value if answer is not None and answer.state == "given" else None

    deadline = given("deadline_date")
    return {
        "document": ring.seal("cases", "document", row_id, CASE.dump_json(case)),
        "updated_at": at,
        "platform_id": given("platform_id"),
        "primary_category": given("primary_category"),
        "urgency_level": given("level"),
        "urgency_reasons": list(given("reasons") or ()),
        "deadline_date": deadline.get("value") if isinstance(deadline, Mapping) else deadline,
        "share_platform": given("share_platform"),
        "share_mediateur": given("share_mediateur") is True,
        "share_dgccrf": given("share_dgccrf") is True,
        "answerable": way_to_answer(case) in ANSWERED,
        "loss_band": len(str(int(loss))) if isinstance(loss := given("loss_eur"), int | float) else None,
        "indexed_at": None,
        **{name: ring.blind(kind, str(given(name))) if given(name) else None for name, kind in BLIND.items()},
    }


def line(found: Any) -> CaseLine:  # noqa: ANN401  # A row that has the columns of LINE.
    held = {name: getattr(found, name) for name in CaseLine.__dataclass_fields__}
    return CaseLine(**held | {"urgency_reasons": tuple(found.urgency_reasons)})


@lru_cache(maxsize=64)
def _shown(within: ColumnElement[bool]) -> Select[Any]:
    columns = (*LINE, *SIGNS, CaseRow.document, CaseRow.digest, ConversationRow.lane)
    joined = select(*columns).outerjoin(ConversationRow, ConversationRow.id == CaseRow.conversation_id)
    return joined.where(CaseRow.reference == bindparam("reference"), within)


def _change(ring: KeyRing, found: Any) -> CaseChange:  # noqa: ANN401  # A row of HISTORY.
    changes = CHANGES.validate_json(ring.open("case_changes", "changes", found.id, found.changes))
    return CaseChange(at=found.at, by=found.by, act=found.act, changes=changes)
