"""The script that is in use, the one draft in which administrators change it, and every publication so far."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from storage import turns
from storage.desk_tables import OfficialRow
from storage.handling import MeanwhileError, RefusedError
from storage.ids import IDS
from storage.inbox import INSERT
from storage.tables import ScriptRow
from storage.training_tables import DecisionRow, DraftRow, ModelRow, PublicationRow
from stories.script import Script

THE_DRAFT = 1
"""All administrators change the same draft, under this id; without a changed file it is empty."""
LONGEST_NOTE = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Archived:
    """The files of a script, by path."""

    hash: str
    sources: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A script in the making."""

    base: Archived
    """The script that it began from."""
    files: Mapping[str, str]
    """Those that differ from it, by path."""
    version: int
    behind: bool = False
    """Another script came into use since."""
    by: str = ""
    at: datetime | None = None
    """When it was changed last, and by whom."""

    @property
    def sources(self) -> Mapping[str, str]:
        """The whole script, as the draft has it."""
        return {**self.base.sources, **self.files}


@dataclass(frozen=True, slots=True, kw_only=True)
class Publication:
    """A script that came into use."""

    id: int
    at: datetime
    hash: str | None
    """None: the one that comes with Portevoix."""
    by: str
    note: str


async def current(session: AsyncSession) -> str | None:
    """The hash of the published script; None where the one that comes with Portevoix is in use."""
    latest = select(PublicationRow.hash).order_by(PublicationRow.id.desc()).limit(1)
    return (await session.scalars(latest)).first()


async def sources(session: AsyncSession, name: str) -> Mapping[str, str] | None:
    """The files of an archived script."""
    found = await session.scalar(select(ScriptRow.sources).where(ScriptRow.hash == name))
    return None if found is None else dict(found)


async def in_use(session: AsyncSession, packaged: Script) -> Archived:
    """The script that firms talk to; `packaged`: the one that comes with Portevoix."""
    name = await current(session)
    return await _archived(session, packaged, name or packaged.digest)


async def history(session: AsyncSession) -> list[Publication]:
    """Every publication, the latest first."""
    rows = await session.execute(
        select(PublicationRow, OfficialRow.name)
        .join(OfficialRow, OfficialRow.id == PublicationRow.by)
        .order_by(PublicationRow.id.desc())
    )
    return [Publication(id=row.id, at=row.at, hash=row.hash, by=name, note=row.note) for row, name in rows]


async def draft(session: AsyncSession, packaged: Script) -> Draft:
    """The draft as it stands; an empty one follows the script in use."""
    used = await in_use(session, packaged)
    wanted = select(DraftRow, OfficialRow.name).join(OfficialRow, OfficialRow.id == DraftRow.owner_id)
    found = (await session.execute(wanted.where(DraftRow.id == THE_DRAFT))).first()
    if found is None:
        return Draft(base=used, files={}, version=0)
    row, name = found
    if not row.sources:
        return Draft(base=used, files={}, version=row.version)
    base = used if row.base == used.hash else await _archived(session, packaged, row.base)
    return Draft(
        base=base, files=dict(row.sources), version=row.version, behind=base.hash != used.hash, by=name,
        at=row.updated_at,
    )  # fmt: skip


async def edit(
    session: AsyncSession, packaged: Script, files: Mapping[str, str], *, version: int, by: int, now: datetime
) -> None:
    """Give files of the draft other texts. Raises MeanwhileError where somebody else has changed the draft."""
    row = await _hold(session, version, by=by, now=now)
    used = await in_use(session, packaged)
    base = used if not row.sources or row.base == used.hash else await _archived(session, packaged, row.base)
    if base.hash == packaged.digest:
        await turns.archive(session, packaged, now)
    changed = {**row.sources, **files}
    row.base, row.sources = base.hash, {path: text for path, text in changed.items() if base.sources.get(path) != text}
    await session.flush()


async def discard(session: AsyncSession, *, version: int, by: int, now: datetime) -> None:
    """Begin again from the script in use. Raises MeanwhileError."""
    row = await _hold(session, version, by=by, now=now)
    row.sources = {}
    await session.flush()


def in_the_way(old: Draft, used: Archived) -> list[str]:
    """The files that the draft changed and that another publication changed meanwhile."""
    return [path for path in sorted(old.files) if used.sources.get(path) != old.base.sources.get(path)]


async def bring_over(session: AsyncSession, packaged: Script, *, version: int, by: int, now: datetime) -> None:
    """Put the draft on the script in use; files that were changed there meanwhile are left as they are there.

    Raises MeanwhileError.
    """
    row = await _hold(session, version, by=by, now=now)
    used = await in_use(session, packaged)
    base = await _archived(session, packaged, row.base)
    left = in_the_way(Draft(base=base, files=row.sources, version=version), used)
    row.base, row.sources = used.hash, {path: text for path, text in row.sources.items() if path not in left}
    await session.flush()


async def publish(
    session: AsyncSession, packaged: Script, script: Script, *, version: int, by: int, note: str, now: datetime
) -> None:
    """Put the draft into use. `script`: what was read from it, and checked.

    Raises MeanwhileError, and RefusedError where another script came into use since the draft was begun.
    """
    row = await _hold(session, version, by=by, now=now)
    if not row.sources:
        raise RefusedError("script.nothing")
    if row.base != (await current(session) or packaged.digest):
        raise RefusedError("script.behind")
    await turns.archive(session, script, now)
    await _add(session, script.digest, by=by, note=note, now=now)
    row.base, row.sources = script.digest, {}
    await session.flush()


async def put_back(
    session: AsyncSession, name: str | None, *, latest: int | None, by: int, note: str, now: datetime
) -> None:
    """Put an earlier script into use again; None: the one that comes with Portevoix.

    `latest`: the id of the publication that was in use when this was asked. Raises MeanwhileError.
    """
    await _mutex(session, by=by, now=now)
    newest = await session.scalar(select(PublicationRow.id).order_by(PublicationRow.id.desc()).limit(1))
    if newest != latest:
        raise MeanwhileError
    await _add(session, name, by=by, note=note, now=now)


async def examples(session: AsyncSession, label: str) -> int:
    """How many decisions say that a message is about this problem."""
    held = await session.scalars(select(DecisionRow.labels).where(DecisionRow.undone_at.is_(None)))
    return sum(label in labels for labels in held)


async def learnt(session: AsyncSession) -> frozenset[str] | None:
    """The problems that the model in use tells; None where no model is registered as in use."""
    about = await session.scalar(select(ModelRow.about).where(ModelRow.status == "live"))
    return None if about is None else frozenset(about.get("problems", ()))


async def _add(session: AsyncSession, name: str | None, *, by: int, note: str, now: datetime) -> None:
    session.add(PublicationRow(id=IDS.new(now), at=now, hash=name, by=by, note=note[:LONGEST_NOTE]))
    await session.flush()


async def _archived(session: AsyncSession, packaged: Script, name: str) -> Archived:
    if name == packaged.digest:
        return Archived(hash=name, sources=packaged.sources)
    found = await sources(session, name)
    if found is None:
        raise LookupError(name)
    return Archived(hash=name, sources=found)


async def _hold(session: AsyncSession, version: int, *, by: int, now: datetime) -> DraftRow:
    """The draft, for us alone until the transaction ends. Raises MeanwhileError."""
    row = await _mutex(session, by=by, now=now)
    if row.version != version:
        raise MeanwhileError
    row.version, row.owner_id, row.updated_at = version + 1, by, now
    return row


async def _mutex(session: AsyncSession, *, by: int, now: datetime) -> DraftRow:
    new = INSERT[session.get_bind().dialect.name](DraftRow.__table__).on_conflict_do_nothing()
    empty = {"id": THE_DRAFT, "owner_id": by, "base": "", "sources": {}, "version": 0}
    await session.execute(new, {**empty, "created_at": now, "updated_at": now})
    held = select(DraftRow).where(DraftRow.id == THE_DRAFT).with_for_update().execution_options(populate_existing=True)
    return (await session.scalars(held)).one()
