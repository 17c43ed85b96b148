"""What an official does to one case: each act says what stands in its way, and goes through `storage.handling`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from storage import consents, handling, lifecycle
from storage.access import Official, may
from storage.cases import FiledCase
from storage.crypto import KeyRing
from storage.desk_tables import CaseRow, CaseTagRow, OfficialRow
from storage.handling import Change, Deed, RefusedError
from storage.inbox import INSERT
from stories import urgency
from stories.script import Script
from stories.types import Answer

LONGEST_TAG = 40
MOST_TAGS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """An official at work on a case, in one transaction."""

    session: AsyncSession
    ring: KeyRing
    script: Script
    by: Official
    at: datetime
    case: FiledCase
    """As it is now."""
    version: int | None
    """Of the case that the official had read; None where that does not matter."""

    async def change(self, deed: Deed, **made: Any) -> int:  # noqa: ANN401  # The rest of a `Change`.
        """Write the act down. Raises MeanwhileError."""
        change = Change(deed=deed, by=self.by.login, at=self.at, **made)
        return await handling.change(self.session, self.ring, self.case.line.id, change, version=self.version)

    async def clock(self, status: str) -> dict[str, Any]:
        """The columns of the deadline under this status."""
        line = self.case.line
        left = await self.session.scalar(select(CaseRow.due_left).where(CaseRow.id == line.id))
        return lifecycle.clock(self.script, status, line.urgency_level, at=self.at, due=line.due_at, left=left)

    async def begun(self) -> dict[str, Any]:
        """What else an act makes of a case that nobody examined yet: it is under review from now on."""
        if self.case.line.status != "submitted":
            return {}
        return {"status": "in_review", "columns": await self.clock("in_review")}


async def set_status(work: Work, after: str, *, reason: str = "", words: str = "") -> None:
    """Bring the case further. Raises RefusedError; the consent it needs is that of this moment."""
    line = work.case.line
    because = lifecycle.refusal(work.script, work.case.case, line.status, after, role=work.by.role, reason=reason)
    if because is not None:
        raise RefusedError(because)
    columns = await work.clock(after) | {"closure_reason": reason if after == "closed" else None}
    about = {"reason": reason} if reason else {}
    await work.change("status", status=after, columns=columns, about=about, words=words)


async def claim(work: Work) -> None:
    """Take a case that nobody has: of several who try at once, one gets it. Raises RefusedError."""
    free = update(CaseRow).where(CaseRow.id == work.case.line.id, CaseRow.assignee_id.is_(None))
    taken = await work.session.execute(free.values(assignee_id=work.by.id).returning(CaseRow.id))
    if taken.first() is None:
        raise RefusedError("taken")
    await work.change("claimed", **await work.begun())


async def assign(work: Work, to: Official | None) -> None:
    """Give the case to somebody, or to nobody. Who directs cases may always; others only hand back their own."""
    line = work.case.line
    if not may(work.by.role, "direct_cases") and (to is not None or line.assignee_id != work.by.id):
        raise RefusedError("directed")
    about = {"from": await _login(work.session, line.assignee_id), "to": to.login if to else None}
    await work.change("assigned", columns={"assignee_id": to.id if to else None}, about=about)


async def move(work: Work, team_id: int, name: str) -> None:
    """Put the case into the queue of another team: who had it there has it no longer."""
    if work.case.line.team_id == team_id:
        raise RefusedError("same_team")
    await work.change("moved", columns={"team_id": team_id, "assignee_id": None}, about={"to": name})


async def tag(work: Work, word: str) -> None:
    """Put a word on the case. Raises RefusedError."""
    word = plain_tag(word)
    known = await tags(work.session, work.case.line.id)
    if not word or len(word) > LONGEST_TAG or len(known) >= MOST_TAGS:
        raise RefusedError("tag", longest=LONGEST_TAG, most=MOST_TAGS)
    if word in known:
        return
    new = INSERT[work.session.get_bind().dialect.name](CaseTagRow.__table__).on_conflict_do_nothing()
    await work.session.execute(new, {"case_id": work.case.line.id, "tag": word})
    await work.change("tagged", about={"added": word})


async def untag(work: Work, word: str) -> None:
    gone = delete(CaseTagRow).where(CaseTagRow.case_id == work.case.line.id, CaseTagRow.tag == word)
    if (await work.session.execute(gone.returning(CaseTagRow.tag))).first() is not None:
        await work.change("tagged", about={"removed": word})


async def snooze(work: Work, until: datetime | None) -> None:
    """Put the case out of sight until then; None: back now. Raises RefusedError."""
    if until is not None and until <= work.at:
        raise RefusedError("past")
    about = {"until": until.isoformat() if until else None}
    await work.change("snoozed", columns={"snoozed_until": until}, about=about)


async def reclassify(work: Work, main: str, further: Sequence[str]) -> None:
    """Name the problems anew; what a machine had said, and how sure it was, is kept to learn from."""
    fields = work.case.case.fields
    old, listed = fields.get("primary_category"), fields.get("categories")
    held = listed.value if listed is not None and listed.state == "given" else ()
    entries = {str(entry["id"]): entry for entry in held if isinstance(entry, Mapping)}
    wanted = list(dict.fromkeys([main, *further]))
    if old is not None and old.value == main and set(wanted) == set(entries):
        raise RefusedError("same")
    value = [entries.get(one, {"id": one, "confidence": 1.0, "source": "staff", "confirmed": False}) for one in wanted]
    set_now = {"categories": Answer(value=value, by="official")}
    if old is None or old.value != main:
        set_now["primary_category"] = Answer(value=main, by="official")
    before = {"old": old.value, "by": old.by, "confidence": old.confidence} if old else {}
    about = {**before, "new": main, "added": [one for one in wanted if one not in entries],
             "removed": [one for one in entries if one not in wanted]}  # fmt: skip
    await work.change("reclassified", about=about, **await _with_urgency(work, set_now))


async def correct(work: Work, key: str, answer: Answer, *, words: str = "") -> None:
    """Set a value as an official. Raises RefusedError where that would share more than the firm agreed to."""
    if key in consents.CONSENTS:
        least = consents.allowed(key, work.case.case.fields.get(key))
        if answer.state != "given" or answer.value not in least:
            raise RefusedError("raised")
    await work.change("corrected", words=words, **await _with_urgency(work, {key: answer}))


async def _with_urgency(work: Work, fields: Mapping[str, Answer]) -> dict[str, Any]:
    """New values, and what they make of the urgency and its deadline."""
    line, begun = work.case.line, await work.begun()
    ranked = urgency.again(work.script, work.case.case.fields, fields, work.at)
    if "level" in ranked and line.due_at is not None:
        due = _due(work, ranked["level"].value)
        begun["columns"] = {**begun.get("columns", {}), "due_at": due}
    return {"fields": {**fields, **ranked}, **begun}


def _due(work: Work, level: str) -> datetime | None:
    """When officials owe their next act at this level of urgency."""
    status = "in_review" if work.case.line.status == "submitted" else work.case.line.status
    return lifecycle.due_at(work.script, status, level, work.at)


async def rank(work: Work, level: str, words: str) -> None:
    """Say how urgent the case is, and why; the deadline follows. Raises RefusedError."""
    if not words:
        raise RefusedError("why")
    line, columns = work.case.line, {}
    if line.due_at is not None:
        columns = {"due_at": _due(work, level)}
    begun = await work.begun()
    begun["columns"] = {**begun.get("columns", {}), **columns}
    await work.change("corrected", fields={"level": Answer(value=level, by="official")}, words=words, **begun)


async def verify(work: Work, key: str, *, on: str, words: str, holds: bool) -> None:
    """Mark a value as checked on a file or a note, or take that mark away.

    `on`: `file:` or `note:` and an id.
    """
    about = {"field": key, "on": on, "holds": holds}
    await work.change("verified", about=about, words=words, **await work.begun())


async def open_first(session: AsyncSession, case_id: int, at: datetime) -> None:
    """Note that an official opened the case, the first time."""
    unread = update(CaseRow).where(CaseRow.id == case_id, CaseRow.opened_at.is_(None))
    await session.execute(unread.values(opened_at=at))


def plain_tag(word: str) -> str:
    """A tag as it is kept: small letters, single spaces."""
    return " ".join(word.casefold().split())


async def tags(session: AsyncSession, case_id: int) -> list[str]:
    found = await session.scalars(select(CaseTagRow.tag).where(CaseTagRow.case_id == case_id).order_by(CaseTagRow.tag))
    return list(found)


async def _login(session: AsyncSession, official_id: int | None) -> str | None:
    if official_id is None:
        return None
    login: str | None = await session.scalar(select(OfficialRow.login).where(OfficialRow.id == official_id))
    return login
