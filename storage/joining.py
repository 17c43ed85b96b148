"""Cases that belong together: merged where one firm told the same facts twice, linked where one sheds light."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any, Literal

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    CompoundSelect,
    bindparam,
    delete,
    literal,
    or_,
    select,
    union_all,
    update,
)
from sqlalchemy.ext.asyncio import AsyncSession

from storage import problems
from storage.access import Official
from storage.cases import CHANGES, Changes, FiledCase, read_case
from storage.consents import stricter
from storage.crypto import KeyRing
from storage.desk_tables import CaseChangeRow, CaseLinkRow, CaseRow
from storage.handling import Change, RefusedError, change
from storage.lifecycle import OVER
from stories import formats
from stories.script import Script
from stories.types import Answer, Case

Sign = Literal["siren", "conversation", "email", "phone"]
APART = timedelta(days=60)
"""Between two filings of the same facts, where the firm gave no date of theirs."""
MOST = 8
"""How many cases are proposed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Related:
    """Another case that belongs to one."""

    id: int
    reference: str
    status: str
    version: int
    platform_id: str | None
    category: str | None
    filed_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """Another case that may tell the same facts, and what speaks for it being the same firm."""

    case: Related
    signs: tuple[Sign, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Joined:
    """What a case is joined to."""

    into: Related | None
    """The case that it was merged into."""
    merged: tuple[Related, ...]
    """Those that were merged into it."""
    linked: tuple[Related, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """Two cases on which an official acts, with the versions that were read."""

    one: int
    other: int
    one_version: int | None = None
    other_version: int | None = None


COLUMNS = (
    CaseRow.id, CaseRow.reference, CaseRow.status, CaseRow.version, CaseRow.platform_id,
    CaseRow.primary_category.label("category"), CaseRow.filed_at,
)  # fmt: skip

KINDS = ("into", "merged", "linked")
THIS = bindparam("id", type_=BigInteger)
TIES: CompoundSelect[Any] = union_all(
    select(CaseRow.merged_into.label("id"), literal("into").label("kind")).where(CaseRow.id == THIS),
    select(CaseRow.id, literal("merged")).where(CaseRow.merged_into == THIS),
    select(CaseLinkRow.other_id, literal("linked")).where(CaseLinkRow.case_id == THIS),
    select(CaseLinkRow.case_id, literal("linked")).where(CaseLinkRow.other_id == THIS),
)
"""The ids of the cases that one is joined to, and how: of two ways the first in KINDS counts."""


async def find(session: AsyncSession, reference: str, *, within: ColumnElement[bool]) -> Related | None:
    """A case by its reference; None where the reader may not see it."""
    row = (await session.execute(select(*COLUMNS).where(CaseRow.reference == reference, within))).first()
    return Related(**row._asdict()) if row else None


async def joined(session: AsyncSession, case_id: int, *, within: ColumnElement[bool]) -> Joined:
    """What a case is joined to, as far as the reader may see it."""
    ties = (await session.execute(TIES, {"id": case_id})).all()
    weakest_first = sorted(ties, key=lambda row: KINDS.index(row.kind), reverse=True)
    found = {row.id: row.kind for row in weakest_first if row.id is not None}
    wanted = select(*COLUMNS).where(within, CaseRow.id.in_(found)).order_by(CaseRow.id)
    known = [_related(row) for row in await session.execute(wanted)] if found else []
    into, merged, linked = ([one for one in known if found[one.id] == kind] for kind in KINDS)
    return Joined(into=into[0] if into else None, merged=tuple(merged), linked=tuple(linked))


async def proposals(
    session: AsyncSession, ring: KeyRing, filed: FiledCase, *, within: ColumnElement[bool]
) -> list[Proposal]:
    """Cases that may tell the same facts: a sign of the same firm, the same platform, dates that meet."""
    line, held = filed.line, filed.signs
    own: Mapping[Sign, Any] = {
        "siren": held.siren, "conversation": held.conversation_id, "email": held.email, "phone": held.phone,
    }  # fmt: skip
    columns = {"siren": CaseRow.siren, "conversation": CaseRow.conversation_id, "email": CaseRow.email,
               "phone": CaseRow.phone}  # fmt: skip
    same = [columns[sign] == value for sign, value in own.items() if value is not None]
    if not same or line.platform_id is None:
        return []
    wanted = (
        select(*COLUMNS, CaseRow.document, *(column.label(f"of_{sign}") for sign, column in columns.items()))
        .where(or_(*same), CaseRow.platform_id == line.platform_id, CaseRow.id != line.id)
        .where(CaseRow.status.not_in(OVER), within)
        .order_by(CaseRow.id.desc())
        .limit(MOST)
    )
    found = []
    for other in await session.execute(wanted):
        if _meet(filed.case, read_case(ring, other.id, other.document)):
            signs = tuple(
                sign for sign, value in own.items() if value is not None and getattr(other, f"of_{sign}") == value
            )
            found.append(Proposal(case=_related(other), signs=signs))
    return found


def _related(row: Any) -> Related:  # noqa: ANN401  # A row that has COLUMNS.
    return Related(**{column.key: getattr(row, column.key) for column in COLUMNS})


async def merge(
    session: AsyncSession, ring: KeyRing, script: Script, pair: Pair, *, by: Official, at: datetime, words: str
) -> None:
    """Merge the one case into the other, which is kept. Raises MeanwhileError and RefusedError.

    Nothing is moved: the kept case shows what the other holds, so that both receipts stay true and it can be undone.
    """
    rows = await _both(session, pair)
    gone, kept = rows[pair.one], rows[pair.other]
    _check(script, gone, kept)
    problem = gone.problem_id
    taken = {"problem_id": problem} if kept.problem_id is None and problem is not None else {}
    with_it = list(await session.scalars(select(CaseRow.reference).where(CaseRow.merged_into == gone.id)))
    await session.execute(update(CaseRow).where(CaseRow.merged_into == gone.id).values(merged_into=kept.id))
    about = {
        "into": kept.reference, "with": with_it, "problem": problem,
        "due_at": gone.due_at.isoformat() if gone.due_at else None,
    }  # fmt: skip
    columns = {"merged_into": kept.id, "problem_id": None, "due_at": None}
    left = Change(deed="merged", by=by.login, at=at, status="merged", columns=columns, about=about, words=words)
    await change(session, ring, gone.id, left, version=pair.one_version)
    tightened = stricter(_fields(ring, kept), _fields(ring, gone))
    received = Change(
        deed="merged", by=by.login, at=at, fields=tightened, columns=taken, about={"from": gone.reference}, words=words
    )
    await change(session, ring, kept.id, received, version=pair.other_version)
    if problem is not None:
        problems.note(session, problem, "ungrouped", by=by.login, at=at, case_id=gone.id)
        if taken:
            problems.note(session, problem, "grouped", by=by.login, at=at, case_id=kept.id)


def _check(script: Script, gone: CaseRow, kept: CaseRow) -> None:
    """Raises RefusedError where the two cannot be one."""
    if gone.id == kept.id:
        raise RefusedError("same_case")
    if "merged" not in script.statuses[gone.status].next:
        raise RefusedError("merge_status", reference=gone.reference)
    if kept.status in OVER:
        raise RefusedError("merge_kept", reference=kept.reference)
    if gone.siren is not None and kept.siren is not None and gone.siren != kept.siren:
        raise RefusedError("other_firm")
    if gone.platform_id != kept.platform_id:
        raise RefusedError("other_platform")


async def unmerge(
    session: AsyncSession, ring: KeyRing, pair: Pair, *, by: Official, at: datetime, words: str
) -> list[str]:
    """Take the one case out of the other again; what stays as it is, since it was changed meanwhile.

    A field of consent by its name; `status` where the case has another status by now. Raises MeanwhileError and
    RefusedError.
    """
    rows = await _both(session, pair)
    gone, kept = rows[pair.one], rows[pair.other]
    if gone.merged_into != kept.id:
        raise RefusedError("not_merged")
    left = await _merging(session, ring, gone.id, "into", kept.reference)
    received = await _merging(session, ring, kept.id, "from", gone.reference)
    back, about = gone.status == "merged" and left.status is not None, left.about
    columns: dict[str, Any] = {"merged_into": None}
    if back:
        columns["due_at"] = datetime.fromisoformat(about["due_at"]) if about.get("due_at") else None
    if gone.problem_id is None and about.get("problem") is not None:
        columns["problem_id"] = await problems.whereabouts(session, about["problem"])
        problems.note(session, columns["problem_id"], "grouped", by=by.login, at=at, case_id=gone.id)
    again = update(CaseRow).where(CaseRow.merged_into == kept.id, CaseRow.reference.in_(about.get("with", ())))
    await session.execute(again.values(merged_into=gone.id))
    status = left.status[0] if back and left.status is not None else None
    undone = Change(
        deed="unmerged", by=by.login, at=at, status=status, columns=columns, about={"into": kept.reference}, words=words
    )
    await change(session, ring, gone.id, undone, version=pair.one_version)
    restored = await _restored(session, ring, kept, received)
    stays = [name for name in received.fields if name not in restored] + ([] if back else ["status"])
    freed = Change(
        deed="unmerged", by=by.login, at=at, fields=restored, about={"from": gone.reference, "stays": stays},
        words=words,
    )  # fmt: skip
    await change(session, ring, kept.id, freed, version=pair.other_version)
    return stays


async def _restored(session: AsyncSession, ring: KeyRing, kept: CaseRow, received: Changes) -> dict[str, Answer]:
    """The consents that the merger had tightened, as far as nothing else holds them tight."""
    now = _fields(ring, kept)
    loosened = {
        name: before
        for name, before in received.before.items()
        if before is not None and now.get(name) == received.fields[name]
    }
    held = select(CaseRow.id, CaseRow.document).where(CaseRow.merged_into == kept.id)
    others = [read_case(ring, row.id, row.document).fields for row in await session.execute(held)]
    tight = {name for other in others for name in stricter({**now, **loosened}, other)}
    return {name: answer for name, answer in loosened.items() if name not in tight}


async def link(session: AsyncSession, ring: KeyRing, pair: Pair, *, by: Official, at: datetime, words: str) -> None:
    """Tie two cases together. Raises MeanwhileError and RefusedError."""
    rows = await _both(session, pair)
    if pair.one == pair.other:
        raise RefusedError("same_case")
    first, second = sorted((pair.one, pair.other))
    if await session.get(CaseLinkRow, (first, second)) is not None:
        raise RefusedError("linked_already")
    session.add(CaseLinkRow(case_id=first, other_id=second))
    await _tell_both(session, ring, pair, rows, Change(deed="linked", by=by.login, at=at, words=words))


async def unlink(session: AsyncSession, ring: KeyRing, pair: Pair, *, by: Official, at: datetime, words: str) -> None:
    """Raises MeanwhileError, and RefusedError where they are not linked."""
    rows = await _both(session, pair)
    first, second = sorted((pair.one, pair.other))
    tie = delete(CaseLinkRow).where(CaseLinkRow.case_id == first, CaseLinkRow.other_id == second)
    if (await session.execute(tie.returning(CaseLinkRow.case_id))).first() is None:
        raise RefusedError("not_linked")
    await _tell_both(session, ring, pair, rows, Change(deed="unlinked", by=by.login, at=at, words=words))


async def _tell_both(
    session: AsyncSession, ring: KeyRing, pair: Pair, rows: Mapping[int, CaseRow], made: Change
) -> None:
    for own, other, version in (
        (pair.one, pair.other, pair.one_version),
        (pair.other, pair.one, pair.other_version),
    ):
        about = {"case": rows[other].reference}
        await change(session, ring, own, replace(made, about=about), version=version)


async def _both(session: AsyncSession, pair: Pair) -> dict[int, CaseRow]:
    """Both cases, locked in the order of their ids. Raises LookupError."""
    wanted = select(CaseRow).where(CaseRow.id.in_((pair.one, pair.other))).order_by(CaseRow.id).with_for_update()
    rows = {row.id: row for row in await session.scalars(wanted)}
    if len(rows) < len({pair.one, pair.other}):
        raise LookupError(pair)
    return rows


async def _merging(session: AsyncSession, ring: KeyRing, case_id: int, key: str, reference: str) -> Changes:
    """What the latest merger with that case changed."""
    merged = (
        select(CaseChangeRow)
        .where(CaseChangeRow.case_id == case_id, CaseChangeRow.act == "merged")
        .order_by(CaseChangeRow.id.desc())
    )
    for row in await session.scalars(merged):
        changes = CHANGES.validate_json(ring.open("case_changes", "changes", row.id, row.changes))
        if changes.about.get(key) == reference:
            return changes
    return Changes(fields={}, before={})


def _fields(ring: KeyRing, row: CaseRow) -> Mapping[str, Answer]:
    return read_case(ring, row.id, row.document).fields


def _meet(one: Case, other: Case) -> bool:
    """Whether the incidents may be the same: the days they may mean overlap; else, whether they were filed close."""
    first, second = _days(one), _days(other)
    if first is None or second is None:
        return abs(one.filed_at - other.filed_at) <= APART
    return first[0] <= second[1] and second[0] <= first[1]


def _days(case: Case) -> tuple[date, date] | None:
    """The first and the last day that the date of an incident may mean."""
    answer = case.fields.get("incident_date")
    if answer is None or answer.state != "given" or not isinstance(answer.value, Mapping):
        return None
    since = formats.first_day(answer.value)
    pieces: Sequence[str] = str(answer.value["value"]).split("-")
    match len(pieces):
        case 1:
            until = date(since.year, 12, 31)
        case 2:
            until = (since.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)
        case _:
            until = since
    return since, until
