"""What an official does to many cases at once: told before it is done, and undone where nothing changed since."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Literal

from pydantic import TypeAdapter
from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import defer

from storage import handling, problems
from storage.access import Official, seen_by
from storage.desk_tables import CaseRow, CaseTagRow, OfficialRow, ProblemRow, TeamRow
from storage.handling import Change, Deed, MeanwhileError
from storage.ids import IDS
from storage.lifecycle import OVER
from storage.search import Asker
from storage.search_tables import BulkRow

Act = Literal["claim", "assign", "move", "tag", "snooze", "close", "group"]
MOST = 1_000
LONGEST_TAG = 40
UNDONE_WITHIN = timedelta(hours=1)
DEEDS: Mapping[Act, Deed] = {
    "claim": "claimed", "assign": "assigned", "move": "moved", "tag": "tagged", "snooze": "snoozed",
    "close": "status", "group": "grouped",
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What is to be done to each of many cases."""

    act: Act
    value: Any = None
    """An official's, a team's or a problem's id, a tag, a moment, or a reason for closing."""
    words: str = ""
    """Why, as the official wrote it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """A case as the official saw it."""

    id: int
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """A case that stays as it is, and the word for why."""

    reference: str
    because: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What would happen."""

    wish: Wish
    name: str
    """What the value is called: of a person, a team, a problem; else empty."""
    will: tuple[Chosen, ...]
    references: tuple[str, ...]
    """Of these cases."""
    refused: tuple[Refused, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Before:
    """What of a case may change here, as it was."""

    status: str
    assignee_id: int | None
    team_id: int | None
    problem_id: int | None
    closure_reason: str | None
    due_at: datetime | None
    due_left: int | None
    asked_until: datetime | None
    snoozed_until: datetime | None
    firm_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """A case that was changed."""

    id: int
    reference: str
    version: int
    """After the change."""
    before: Before


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """What happened."""

    act: Act
    name: str
    value: str | int | datetime | None
    items: tuple[Item, ...]
    refused: tuple[Refused, ...]
    kept: tuple[str, ...] = field(default=())
    """References of cases that were not undone: they had changed since."""


DONE = TypeAdapter(Done)


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """What an official did, as it is kept."""

    id: int
    at: datetime
    undone_at: datetime | None
    done: Done

    def may_be_undone(self, now: datetime) -> bool:
        return self.undone_at is None and now < self.at + UNDONE_WITHIN


async def plan(session: AsyncSession, asker: Asker, wish: Wish, ids: Collection[int]) -> Plan:
    """What would change, and what would be refused why. Raises LookupError where the value names nothing."""
    named = await _named(session, wish)
    tagged = await _tagged(session, wish, ids)
    will, references, refused = list[Chosen](), list[str](), list[Refused]()
    for row in await _rows(session, asker, ids):
        because = _objection(asker, wish, named, row, tagged=row.id in tagged)
        if because is not None:
            refused.append(Refused(reference=row.reference, because=because))
            continue
        will.append(Chosen(id=row.id, version=row.version))
        references.append(row.reference)
    return Plan(
        wish=wish, name=named.name, will=tuple(will), references=tuple(references), refused=tuple(refused)
    )  # fmt: skip


async def carry_out(session: AsyncSession, asker: Asker, wish: Wish, chosen: Sequence[Chosen]) -> int:
    """Do it to the cases that are as the official saw them; the id of what was done. Raises LookupError."""
    named = await _named(session, wish)
    now_so = await plan(session, asker, wish, [one.id for one in chosen])
    seen = {one.id: one.version for one in chosen}
    rows = {row.id: row for row in await _rows(session, asker, seen)}
    items, refused = list[Item](), list(now_so.refused)
    for one in now_so.will:
        row = rows[one.id]
        before = Before(**{name: getattr(row, name) for name in Before.__slots__})
        try:
            version = await _change(session, asker, wish, named, row=row, version=seen[one.id])
        except MeanwhileError:
            refused.append(Refused(reference=row.reference, because="meanwhile"))
            continue
        items.append(Item(id=row.id, reference=row.reference, version=version, before=before))
    row_id = IDS.new(asker.now)
    done = Done(act=wish.act, name=named.name, value=wish.value, items=tuple(items), refused=tuple(refused))
    record = DONE.dump_python(done, mode="json")
    session.add(BulkRow(id=row_id, official_id=asker.official.id, at=asker.now, record=record))
    return row_id


async def find(session: AsyncSession, official: Official, bulk_id: int) -> Kept | None:
    """What this official did under that id."""
    row = await session.scalar(select(BulkRow).where(BulkRow.id == bulk_id, BulkRow.official_id == official.id))
    if row is None:
        return None
    return Kept(id=row.id, at=row.at, undone_at=row.undone_at, done=DONE.validate_python(row.record))


async def undo(session: AsyncSession, asker: Asker, bulk_id: int) -> None:
    """Put back what has not changed since. Raises LookupError where it is too late, or nothing of theirs."""
    kept = await find(session, asker.official, bulk_id)
    if kept is None or not kept.may_be_undone(asker.now):
        raise LookupError(bulk_id)
    stays = list[str]()
    for item in kept.done.items:
        columns = asdict(item.before)
        made = Change(
            deed="undone", by=asker.official.login, at=asker.now, status=columns.pop("status"), columns=columns,
            about={"act": kept.done.act},
        )  # fmt: skip
        try:
            await handling.change(session, asker.ring, item.id, made, version=item.version)
        except (MeanwhileError, LookupError):
            stays.append(item.reference)
            continue
        if kept.done.act == "group" and isinstance(kept.done.value, int):
            _note(session, asker, item.id, out_of=kept.done.value, into=item.before.problem_id)
        if kept.done.act == "tag":
            tag = (CaseTagRow.case_id == item.id, CaseTagRow.tag == kept.done.value)
            await session.execute(delete(CaseTagRow).where(*tag))
    record = DONE.dump_python(replace(kept.done, kept=tuple(stays)), mode="json")
    await session.execute(update(BulkRow).where(BulkRow.id == bulk_id).values(undone_at=asker.now, record=record))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Named:
    """What a wish's value is: its name, and of a person the login, the role and the team."""

    name: str = ""
    login: str = ""
    role: str = ""
    team_id: int | None = None
    closed: bool = False

    def sees(self, row: CaseRow) -> bool:
        """Whether the person may read the case; nobody is no objection."""
        everywhere = not self.role or (self.role == "supervisor" and self.team_id is None)
        return everywhere or self.team_id == row.team_id


async def _named(session: AsyncSession, wish: Wish) -> _Named:
    """Raises LookupError."""
    match wish.act:
        case "claim" | "assign" if wish.value is not None:
            person = await session.get(OfficialRow, wish.value)
            if person is not None and person.closed_at is None and person.role in {"agent", "supervisor"}:
                return _Named(name=person.name, login=person.login, role=person.role, team_id=person.team_id)
        case "move":
            if (team := await session.get(TeamRow, wish.value)) is not None:
                return _Named(name=team.name)
        case "group":
            if (problem := await session.get(ProblemRow, wish.value)) is not None:
                return _Named(name=problem.title, closed=problem.closed_at is not None)
        case _:
            return _Named()
    raise LookupError(wish.value)


async def _rows(session: AsyncSession, asker: Asker, ids: Collection[int]) -> Sequence[CaseRow]:
    held = select(CaseRow).where(CaseRow.id.in_(ids), seen_by(asker.official)).order_by(CaseRow.id)
    return (await session.scalars(held.options(defer(CaseRow.document)))).all()


async def _tagged(session: AsyncSession, wish: Wish, ids: Collection[int]) -> frozenset[int]:
    if wish.act != "tag":
        return frozenset()
    held = select(CaseTagRow.case_id).where(CaseTagRow.case_id.in_(ids), CaseTagRow.tag == wish.value)
    return frozenset(await session.scalars(held))


def _objection(asker: Asker, wish: Wish, named: _Named, row: CaseRow, *, tagged: bool) -> str | None:
    """Why a case must stay as it is, the plainest reason first."""
    status = asker.script.statuses.get(row.status)
    over = row.status in OVER
    reasons: Mapping[Act, Mapping[str, bool]] = {
        "claim": {"over": over, "taken": row.assignee_id is not None},
        "assign": {"over": over, "same": row.assignee_id == wish.value, "other_team": not named.sees(row)},
        "move": {"same": row.team_id == wish.value},
        "tag": {"same": tagged},
        "snooze": {"over": over, "same": row.snoozed_until == wish.value},
        "close": {
            "over": over, "unopened": row.opened_at is None,
            "not_next": status is None or "closed" not in status.next,
        },
        "group": {
            "closed_problem": named.closed, "merged": row.status == "merged", "same": row.problem_id == wish.value,
        },
    }  # fmt: skip
    return next((because for because, holds in reasons[wish.act].items() if holds), None)


async def _change(
    session: AsyncSession, asker: Asker, wish: Wish, named: _Named, *, row: CaseRow, version: int
) -> int:  # fmt: skip
    """Do it to one case; its new version. Raises MeanwhileError."""
    columns, about = await _made(session, wish, named, row)
    status = "closed" if wish.act == "close" else None
    made = Change(
        deed=DEEDS[wish.act], by=asker.official.login, at=asker.now, status=status,
        columns={"firm_at": row.firm_at, **columns}, about=about, words=wish.words,
    )  # fmt: skip
    changed = await handling.change(session, asker.ring, row.id, made, version=version)
    if wish.act == "tag":
        session.add(CaseTagRow(case_id=row.id, tag=wish.value))
    if wish.act == "group":
        _note(session, asker, row.id, out_of=row.problem_id, into=wish.value)
    return changed


def _note(session: AsyncSession, asker: Asker, case_id: int, *, out_of: int | None, into: int | None) -> None:
    """Write on the timelines of problems that a case went from one to another."""
    by, at = asker.official.login, asker.now
    if out_of is not None:
        problems.note(session, out_of, "ungrouped", by=by, at=at, case_id=case_id)
    if into is not None:
        problems.note(session, into, "grouped", by=by, at=at, case_id=case_id)


async def _made(
    session: AsyncSession, wish: Wish, named: _Named, row: CaseRow
) -> tuple[dict[str, Any], dict[str, Any]]:  # fmt: skip
    """The columns that a case gets, and what the timeline says of it."""
    match wish.act:
        case "claim":
            return {"assignee_id": wish.value}, {}
        case "assign":
            had = await session.get(OfficialRow, row.assignee_id) if row.assignee_id is not None else None
            about = {"from": had.login if had else None, "to": named.login or None}
            return {"assignee_id": wish.value}, about
        case "move":
            return {"team_id": wish.value, "assignee_id": None}, {"to": named.name}
        case "tag":
            return {}, {"added": wish.value}
        case "snooze":
            return {"snoozed_until": wish.value}, {"until": wish.value.isoformat()}
        case "close":
            nothing_due = dict.fromkeys(("due_at", "due_left", "asked_until", "snoozed_until", "firm_at"))
            return {**nothing_due, "closure_reason": wish.value}, {"reason": wish.value}
        case "group":
            had_problem = await session.get(ProblemRow, row.problem_id) if row.problem_id is not None else None
            about = {"problem": wish.value, "title": named.name, "before": had_problem.title if had_problem else None}
            return {"problem_id": wish.value}, about
