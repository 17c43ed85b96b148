"""Makes the exports that officials ask for, one after the other, in the background."""

from __future__ import annotations

import asyncio
import secrets
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import ValidationError

from storage import audit, exports
from storage.audit import Entry
from storage.cases import read_case
from storage.crypto import SealError
from storage.exports import Export, Failure, StoppedError
from storage.filestore import digest_of
from storage.search import Asker
from stories import pseudonyms
from stories.pseudonyms import ENOUGH, Cells, Column, Filed

if TYPE_CHECKING:
    from bot.app import App
    from bot.export_files import Table
    from storage.access import Official
    from storage.desk_tables import CaseRow

CHUNK = 250
"""So few cases are held at once, and so short is a look at the database."""


class ImpossibleError(Exception):
    """The export cannot be made, however often it is tried."""

    def __init__(self, because: Failure) -> None:
        super().__init__(because)
        self.because: Failure = because


@dataclass(slots=True)
class Making:
    """An export on its way."""

    app: App
    export: Export
    key: bytes = field(default_factory=lambda: secrets.token_bytes(32))
    """Of its pseudonyms: fresh, and kept nowhere."""
    cells: Cells = field(default_factory=Cells)
    total: int = 0


async def make(app: App) -> int:
    """Make the next export; 0 where none waits."""
    async with app.database.begin() as session:
        export = await exports.claim(session, app.clock())
    if export is None:
        return await _clear(app)
    making = Making(app, export)
    try:
        with suppress(StoppedError):
            await _make(making)
    except (ImpossibleError, SealError, ValidationError) as error:
        async with app.database.begin() as session:
            because = error.because if isinstance(error, ImpossibleError) else "unreadable"
            await exports.fail(session, making.export, app.clock(), because)
    return 1


async def _make(making: Making) -> None:
    """Raises StoppedError, ImpossibleError, and SealError or ValidationError where a case cannot be opened."""
    from console import dictionary

    app, export = making.app, making.export
    async with app.database.read() as session:
        official = await exports.owner(session, export)
    if official is None:
        raise ImpossibleError("refused")
    table = pseudonyms.columns(app.script, named=export.named)
    if not export.named:
        await _count_firms(making, official)
    with _folder(export) as folder:
        file = await _written(making, official, table, folder)
        lines = dictionary.rows(app.script, table)
        notes = dictionary.notes(app.script, named=export.named)
        data = await asyncio.to_thread(file.finish, dictionary.HEADINGS, lines, notes)
    await keep(making, data)


async def _count_firms(making: Making, official: Official) -> None:
    """A first look at all cases: where few firms are, their place will not be told."""

    def count(rows: Sequence[CaseRow]) -> None:
        for filed in _opened(making, rows):
            making.cells.count(filed.case, pseudonyms.firm(making.key, filed))

    async for rows in _chunks(making, official):
        await asyncio.to_thread(count, rows)
        await _tell(making, 0)
    if len(making.cells.firms) < ENOUGH:
        raise ImpossibleError("too_few")


async def _written(making: Making, official: Official, table: Sequence[Column], folder: Path) -> Table:
    from bot import export_files

    script, named = making.app.script, making.export.named
    file = export_files.begin(making.export.form, [column.name for column in table], folder)

    def add(rows: Sequence[CaseRow]) -> None:
        for filed in _opened(making, rows):
            file.add(
                pseudonyms.plain(script, table, filed)
                if named
                else pseudonyms.pseudonymised(script, table, filed, making.key, making.cells)
            )

    done = 0
    async for rows in _chunks(making, official):
        await asyncio.to_thread(add, rows)
        done += len(rows)
        if making.export.form == "xlsx" and done > export_files.MOST_ROWS:
            raise ImpossibleError("too_many")
        await _tell(making, done)
    return file


async def _chunks(making: Making, official: Official) -> AsyncIterator[Sequence[CaseRow]]:
    """The cases of an export in order of their ids: those that are there when it begins."""
    app, export, after = making.app, making.export, 0
    database, asker = app.database, Asker(official=official, ring=app.ring, script=app.script, now=app.clock())
    wanted = exports.chosen(asker, export.query, named=export.named)
    async with database.read() as session:
        making.total, last = await exports.count(session, wanted)
    while True:
        async with database.read() as session:
            rows = await exports.chunk(session, wanted, after=after, last=last, at_most=CHUNK)
        if not rows:
            return
        yield rows
        after = rows[-1].id


def _opened(making: Making, rows: Sequence[CaseRow]) -> Iterator[Filed]:
    for row in rows:
        case = read_case(making.app.ring, row.id, row.document)
        yield Filed(id=row.id, case=case, status=row.status, closure_reason=row.closure_reason)


async def _tell(making: Making, done: int) -> None:
    """Say how far it is, and go on holding the lease. Raises StoppedError."""
    async with making.app.database.begin() as session:
        until = await exports.progress(session, making.export, making.app.clock(), done=done, total=making.total)
    making.export = replace(making.export, lease_until=until)


async def keep(making: Making, data: bytes) -> None:
    """Put the file into the store, sealed, and nothing else under its name. Raises StoppedError, and keeps nothing."""
    app, export, digest = making.app, making.export, digest_of(data)
    await app.files.keep(app.ring, export.lane, digest, data)
    try:
        await _finish(making, digest)
    except StoppedError:
        await app.files.forget(export.lane, {digest})
        raise
    await app.files.forget(export.lane, await app.files.digests(export.lane) - {digest})


async def _finish(making: Making, digest: str) -> None:
    app, export = making.app, making.export
    about = {"digest": digest, "cases": making.total, "query": export.query, "named": export.named}
    made = Entry(
        official_id=export.official_id, act="export.made", subject=f"export:{export.id}", about=about, at=app.clock()
    )
    async with app.database.begin() as session:
        await exports.finish(session, export, app.clock(), digest=digest)
        await audit.record(session, app.ring, made)


async def _clear(app: App) -> int:
    """Delete the files whose week is over; 0, so that the worker rests."""
    async with app.database.begin() as session:
        old = await exports.expire(session, app.clock())
    for export in old:
        await app.files.forget(export.lane, await app.files.digests(export.lane))
        async with app.database.begin() as session:
            await exports.forgotten(session, export)
    return 0


@contextmanager
def _folder(export: Export) -> Iterator[Path]:
    """A place for what a workbook puts aside; what a worker that died left of this export is taken away."""
    folder = Path(tempfile.gettempdir()) / f"portevoix-{export.lane}"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(mode=0o700)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
