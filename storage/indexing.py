"""Keeps cases searchable: their words from the masked copies, and every problem that they name."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from storage.cases import read_case
from storage.conversations import Line, transcripts
from storage.crypto import KeyRing, SealError
from storage.desk_tables import CaseCategoryRow, CaseRow, NoteRow, NoteVersionRow
from storage.folding import stems
from storage.inbox import INSERT
from storage.masking import PLACEHOLDER, mask, names_of
from storage.matters import own
from storage.search_tables import WORDS
from storage.tables import ConversationRow
from stories.types import Case

AT_ONCE = 4
"""Cases of one round: SQLite has one writer, and firms wait for it."""
MOST = 200_000
"""Letters of a case that are searched: PostgreSQL takes a megabyte of words with their places."""


async def stale(session: AsyncSession, case_id: int) -> None:
    """What is written about a case has changed: its words are to be made searchable anew."""
    await session.execute(update(CaseRow).where(CaseRow.id == case_id).values(indexed_at=None))


async def waiting(session: AsyncSession) -> bool:
    """Whether a case has words that nobody can search yet."""
    return await session.scalar(select(CaseRow.id).where(CaseRow.indexed_at.is_(None)).limit(1)) is not None


async def index(session: AsyncSession, ring: KeyRing, now: datetime, *, at_most: int = AT_ONCE) -> int:
    """Make the words of some cases searchable; gives their number. What another process has in hand is left to it."""
    wanted = (
        select(CaseRow, ConversationRow.lane)
        .outerjoin(ConversationRow, ConversationRow.id == CaseRow.conversation_id)
        .where(CaseRow.indexed_at.is_(None))
        .order_by(CaseRow.id.desc())
        .limit(at_most)
        .with_for_update(skip_locked=True, of=CaseRow)
    )
    held = [(row, lane) for row, lane in await session.execute(wanted)]
    if not held:
        return 0
    ids = [row.id for row, _ in held]
    notes = await _notes(session, ring, ids)
    said = await _said(session, ring, held)
    opened = [(row.id, _opened(ring, row), said[row.id]) for row, _ in held]
    await _keep_words(session, {of: _words(case, lines, notes.get(of, ())) for of, case, lines in opened})
    await _keep_categories(session, {of: _categories(case) for of, case, _ in opened})
    await session.execute(update(CaseRow).where(CaseRow.id.in_(ids)).values(indexed_at=now))
    return len(held)


async def _said(
    session: AsyncSession, ring: KeyRing, held: Collection[tuple[CaseRow, str | None]]
) -> Mapping[int, list[Line]]:
    """What was said about each of these cases, wherever."""
    ids = [row.id for row, _ in held]
    elsewhere = (
        select(CaseRow.id, ConversationRow.lane)
        .join(ConversationRow, ConversationRow.takes_up == CaseRow.reference)
        .where(CaseRow.id.in_(ids))
        .order_by(ConversationRow.id)
    )
    lanes: list[tuple[int, str, datetime | None]] = [(row.id, lane, row.filed_at) for row, lane in held if lane]
    lanes += [(case_id, lane, None) for case_id, lane in await session.execute(elsewhere)]
    said = await transcripts(session, ring, dict.fromkeys((lane for _, lane, _ in lanes), 0)) if lanes else {}
    found: dict[int, list[Line]] = {case_id: [] for case_id in ids}
    for case_id, lane, filed_at in lanes:
        found[case_id] += own(said[lane], filed_at)
    return found


async def _notes(session: AsyncSession, ring: KeyRing, ids: Collection[int]) -> dict[int, list[str]]:
    """What the notes on these cases say now, but for a mediator's own."""
    version = aliased(NoteVersionRow)
    latest = select(func.max(version.id)).where(version.note_id == NoteRow.id).correlate(NoteRow).scalar_subquery()
    held = (
        select(NoteRow.case_id, NoteVersionRow.id, NoteVersionRow.text)
        .join(NoteVersionRow, NoteVersionRow.id == latest)
        .where(NoteRow.case_id.in_(ids), NoteRow.private.is_(False), NoteRow.removed_at.is_(None))
        .order_by(NoteRow.id)
    )
    found: dict[int, list[str]] = {}
    for case_id, version_id, text in await session.execute(held):
        found.setdefault(case_id, []).append(ring.open("note_versions", "text", version_id, text).decode())
    return found


def _opened(ring: KeyRing, row: CaseRow) -> Case | None:
    """The case; None where its document is spoilt: nobody can read it, and it holds no other up."""
    try:
        return read_case(ring, row.id, row.document)
    except SealError:
        return None


def _words(case: Case | None, lines: Collection[Line], notes: Collection[str]) -> str:
    """Stems in order, an empty line's worth apart."""
    if case is None:
        return ""
    names, words = names_of(case), list[str]()
    left = MOST
    for text in dict.fromkeys(_texts(case, lines, notes)):
        words += stems(PLACEHOLDER.sub(" ", mask(text[:left], names)))
        left -= len(text)
        if left <= 0:
            break
    return " ".join(words)


def _texts(case: Case, lines: Collection[Line], notes: Collection[str]) -> Iterator[str]:
    """All that is searched: each text once, though the narrative and the transcript both have it."""
    yield from (passage.text for passage in case.narrative)
    yield from notes
    for line in lines:
        if line.sender != "bot" and line.secret is None:
            yield line.text
            yield from line.fields.values()
            yield from (file.name for file in line.attachments)


def _categories(case: Case | None) -> set[str]:
    def given(name: str) -> Any:  # noqa: ANN401  # Any JSON.
        answer = case.fields.get(name) if case is not None else None
        return answer.value if answer is not None and answer.state == "given" else None

    named = {str(one["id"] if isinstance(one, Mapping) else one) for one in given("categories") or ()}
    main = given("primary_category")
    return named | ({str(main)} if main else set())


async def _keep_words(session: AsyncSession, words: Mapping[int, str]) -> None:
    new = INSERT[session.get_bind().dialect.name](WORDS)
    on_postgresql = session.get_bind().dialect.name == "postgresql"
    for case_id, text in words.items():
        held = func.to_tsvector("simple", text) if on_postgresql else text
        values = new.values(case_id=case_id, words=held)
        await session.execute(values.on_conflict_do_update(index_elements=["case_id"], set_={"words": held}))


async def _keep_categories(session: AsyncSession, categories: Mapping[int, set[str]]) -> None:
    await session.execute(delete(CaseCategoryRow).where(CaseCategoryRow.case_id.in_(categories)))
    rows = [{"case_id": of, "category": category} for of, named in categories.items() for category in sorted(named)]
    if rows:
        await session.execute(insert(CaseCategoryRow), rows)
