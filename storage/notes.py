"""Notes of officials on a case: sealed, with every version kept, and calls to colleagues."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, delete, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from storage import colleagues
from storage.access import Official, may, seen_by
from storage.crypto import KeyRing
from storage.desk_tables import CaseRow, MentionRow, NoteRow, NoteVersionRow, OfficialRow
from storage.handling import MeanwhileError, RefusedError
from storage.ids import IDS
from storage.inbox import INSERT

LONGEST = 10_000
"""Characters of a note."""
CALL = re.compile(r"(?<![\w.@])@([a-z0-9][a-z0-9._@+-]{1,63})", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """What a note said from a moment on."""

    at: datetime
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """A note as its readers may see it."""

    id: int
    author_id: int
    author: str
    login: str
    private: bool
    removed_at: datetime | None
    versions: tuple[Version, ...]
    """Oldest first; the last one holds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mention:
    """A call that its official has not read yet."""

    reference: str
    author: str
    at: datetime


def read_by(official: Official) -> ColumnElement[bool]:
    """Which rows of `notes` this official may read, on the cases that they may: a mediator's own are no one else's."""
    own = and_(NoteRow.private, NoteRow.author_id == official.id)
    return or_(~NoteRow.private, own) if may(official.role, "handle_cases") else own


async def of_case(session: AsyncSession, ring: KeyRing, case_id: int, reader: Official) -> list[Note]:
    """The notes on a case, oldest first."""
    wanted = (
        select(
            NoteRow.id, NoteRow.author_id, OfficialRow.name.label("author"), OfficialRow.login, NoteRow.private,
            NoteRow.removed_at, NoteVersionRow.id.label("version"), NoteVersionRow.at, NoteVersionRow.text,
        )
        .join(OfficialRow, OfficialRow.id == NoteRow.author_id)
        .join(NoteVersionRow, NoteVersionRow.note_id == NoteRow.id)
        .where(NoteRow.case_id == case_id, read_by(reader))
        .order_by(NoteRow.id, NoteVersionRow.id)
    )  # fmt: skip
    found: dict[int, Note] = {}
    for row in await session.execute(wanted):
        said = Version(at=row.at, text=ring.open("note_versions", "text", row.version, row.text).decode())
        earlier = found[row.id].versions if row.id in found else ()
        found[row.id] = Note(
            id=row.id, author_id=row.author_id, author=row.author, login=row.login, private=row.private,
            removed_at=row.removed_at, versions=(*earlier, said),
        )  # fmt: skip
    return list(found.values())


async def write(
    session: AsyncSession, ring: KeyRing, case_id: int, author: Official, text: str, *, at: datetime
) -> int:  # fmt: skip
    """Keep a note, private where its author writes no other; its id. Raises RefusedError."""
    note = NoteRow(
        id=IDS.new(at), case_id=case_id, author_id=author.id, private=may(author.role, "note_privately"),
        created_at=at, removed_at=None,
    )  # fmt: skip
    session.add(note)
    await session.flush()
    await _say(session, ring, note, text, at)
    return note.id


async def rewrite(
    session: AsyncSession, ring: KeyRing, note_id: int, text: str, *, case_id: int, by: Official, at: datetime,
    version: int,
) -> None:  # fmt: skip
    """Give one's own note a new text; the earlier ones stay readable.

    `version`: how many texts it had when it was read. Raises RefusedError, and MeanwhileError.
    """
    note = await _own(session, note_id, case_id, by)
    said = await session.scalar(select(func.count()).where(NoteVersionRow.note_id == note.id))
    if said != version:
        raise MeanwhileError
    await _say(session, ring, note, text, at)


async def remove(session: AsyncSession, note_id: int, *, case_id: int, by: Official, at: datetime) -> None:
    """Take one's own note back: that there was one stays visible, and so does what it said. Raises RefusedError."""
    note = await _own(session, note_id, case_id, by)
    note.removed_at = at
    await session.execute(delete(MentionRow).where(MentionRow.note_id == note.id, MentionRow.seen_at.is_(None)))


async def unseen(session: AsyncSession, official: Official) -> list[Mention]:
    """The calls that an official has not read yet, newest first, on cases that they may still read."""
    wanted = (
        select(CaseRow.reference, OfficialRow.name, NoteRow.created_at)
        .join(NoteRow, NoteRow.case_id == CaseRow.id)
        .join(MentionRow, MentionRow.note_id == NoteRow.id)
        .join(OfficialRow, OfficialRow.id == NoteRow.author_id)
        .where(MentionRow.official_id == official.id, MentionRow.seen_at.is_(None), seen_by(official))
        .order_by(NoteRow.id.desc())
    )
    return [Mention(reference=row[0], author=row[1], at=row[2]) for row in await session.execute(wanted)]


async def calls(session: AsyncSession, case_id: int, official: Official) -> bool:
    """Whether a note on this case calls the official, who has not read it yet."""
    found = select(MentionRow.note_id).where(*_unread(case_id, official)).limit(1)
    return await session.scalar(found) is not None


async def see(session: AsyncSession, case_id: int, official: Official, at: datetime) -> None:
    """The official read the notes on this case."""
    await session.execute(update(MentionRow).where(*_unread(case_id, official)).values(seen_at=at))


def called(text: str) -> set[str]:
    """The logins that a text calls: `@c.fictive`."""
    return {login.casefold().rstrip(".") for login in CALL.findall(text)}


def _unread(case_id: int, official: Official) -> tuple[ColumnElement[bool], ...]:
    here = select(NoteRow.id).where(NoteRow.case_id == case_id)
    return MentionRow.official_id == official.id, MentionRow.seen_at.is_(None), MentionRow.note_id.in_(here)


async def _own(session: AsyncSession, note_id: int, case_id: int, author: Official) -> NoteRow:
    wanted = select(NoteRow).where(NoteRow.id == note_id, NoteRow.case_id == case_id, NoteRow.author_id == author.id)
    note = await session.scalar(wanted.with_for_update())
    if note is None or note.removed_at is not None:
        raise RefusedError("not_yours")
    return note


async def _say(session: AsyncSession, ring: KeyRing, note: NoteRow, text: str, at: datetime) -> None:
    text = text.strip()
    if not text or len(text) > LONGEST:
        raise RefusedError("note", most=LONGEST)
    wanted = set() if note.private else called(text)
    able = {one.login: one.id for one in await colleagues.at_work(session, note.case_id)} if wanted else {}
    if strangers := wanted - able.keys():
        raise RefusedError("strangers", logins=", ".join(sorted(strangers)))
    row_id = IDS.new(at)
    sealed = ring.seal("note_versions", "text", row_id, text.encode())
    session.add(NoteVersionRow(id=row_id, note_id=note.id, at=at, text=sealed))
    await session.flush()
    await _call(session, note, {able[login] for login in wanted} - {note.author_id})
    await session.execute(update(CaseRow).where(CaseRow.id == note.case_id).values(indexed_at=None))


async def _call(session: AsyncSession, note: NoteRow, officials: Collection[int]) -> None:
    new = INSERT[session.get_bind().dialect.name](MentionRow.__table__).on_conflict_do_nothing()
    for official_id in officials:
        await session.execute(new, {"note_id": note.id, "official_id": official_id, "seen_at": None})
