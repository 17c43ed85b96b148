"""The draft of the script, and what is in use: nothing overwritten unseen, and a way back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from storage import officials, scripts
from storage.database import Database
from storage.desk_tables import OfficialRow
from storage.handling import MeanwhileError, RefusedError
from storage.scripts import Draft
from stories import editing
from stories.script import Script, default_folder, load, parse

NOW = datetime(2026, 11, 30, 9, tzinfo=UTC)
PACKAGED = load(default_folder())
LAW, PLATFORMS = "law.yml", "platforms.yml"
NOTED = {name: PACKAGED.sources[name] + "\n# noted\n" for name in (LAW, PLATFORMS)}


@dataclass(frozen=True, slots=True)
class Room:
    """The draft, in the hands of one administrator."""

    database: Database
    by: int

    async def draft(self) -> Draft:
        async with self.database.read() as session:
            return await scripts.draft(session, PACKAGED)

    async def edit(self, version: int, files: Mapping[str, str]) -> None:
        async with self.database.begin() as session:
            await scripts.edit(session, PACKAGED, files, version=version, by=self.by, now=NOW)

    async def publish(self, version: int, note: str = "") -> Script:
        script = parse((await self.draft()).sources)
        async with self.database.begin() as session:
            await scripts.publish(session, PACKAGED, script, version=version, by=self.by, note=note, now=NOW)
        return script

    async def back(self, name: str | None, latest: int | None) -> None:
        async with self.database.begin() as session:
            await scripts.put_back(session, name, latest=latest, by=self.by, note="", now=NOW)

    async def used(self) -> str | None:
        async with self.database.read() as session:
            return await scripts.current(session)

    async def past(self) -> list[scripts.Publication]:
        async with self.database.read() as session:
            return await scripts.history(session)


@pytest.fixture
async def room(database: Database) -> Room:
    await officials.create(database, login="a.fictif", name="Alain Fictif", role="administrator", now=NOW)
    async with database.read() as session:
        return Room(database, (await session.scalars(select(OfficialRow.id))).one())


async def test_without_a_publication_the_packaged_script_is_in_use_and_the_draft_is_empty(room: Room) -> None:
    assert await room.used() is None
    draft = await room.draft()
    assert (draft.base.hash, draft.files, draft.version) == (PACKAGED.digest, {}, 0)


async def test_a_draft_keeps_the_files_that_differ_and_forgets_one_that_is_as_before(room: Room) -> None:
    await room.edit(0, {LAW: NOTED[LAW], PLATFORMS: PACKAGED.sources[PLATFORMS]})
    draft = await room.draft()
    assert (draft.files, draft.by) == ({LAW: NOTED[LAW]}, "Alain Fictif")
    await room.edit(1, {LAW: PACKAGED.sources[LAW]})
    assert (await room.draft()).files == {}


async def test_an_older_form_overwrites_nothing(room: Room) -> None:
    await room.edit(0, {LAW: NOTED[LAW]})
    for version in (0, -1, 7):
        with pytest.raises(MeanwhileError):
            await room.edit(version, {PLATFORMS: NOTED[PLATFORMS]})
    assert (await room.draft()).files == {LAW: NOTED[LAW]}


async def test_publishing_puts_the_draft_into_use_and_empties_it(room: Room) -> None:
    await room.edit(0, {LAW: NOTED[LAW]})
    script = await room.publish(1, "essai")
    assert await room.used() == script.digest != PACKAGED.digest
    draft = await room.draft()
    assert (draft.files, draft.base.hash, draft.version) == ({}, script.digest, 2)
    assert [(one.by, one.note) for one in await room.past()] == [("Alain Fictif", "essai")]
    with pytest.raises(RefusedError):
        await room.publish(2)


async def test_what_was_published_is_put_back_by_its_hash_and_so_is_the_packaged_one(room: Room) -> None:
    await room.edit(0, {LAW: NOTED[LAW]})
    first = await room.publish(1)
    await room.edit(2, {PLATFORMS: NOTED[PLATFORMS]})
    await room.publish(3)
    latest = (await room.past())[0].id
    await room.back(first.digest, latest)
    assert await room.used() == first.digest
    with pytest.raises(MeanwhileError):
        await room.back(None, latest)
    await room.back(None, (await room.past())[0].id)
    assert await room.used() is None
    assert len(await room.past()) == 4


async def test_a_draft_whose_base_is_out_of_use_is_brought_over_file_by_file(room: Room) -> None:
    await room.edit(0, {LAW: NOTED[LAW]})
    await room.publish(1)
    await room.edit(2, {LAW: NOTED[LAW] + "# more\n", PLATFORMS: NOTED[PLATFORMS]})
    await room.back(None, (await room.past())[0].id)
    draft = await room.draft()
    assert draft.behind
    with pytest.raises(RefusedError):
        await room.publish(draft.version)
    async with room.database.begin() as session:
        used = await scripts.in_use(session, PACKAGED)
        assert scripts.in_the_way(draft, used) == [LAW]
        await scripts.bring_over(session, PACKAGED, version=draft.version, by=room.by, now=NOW)
    over = await room.draft()
    assert (over.behind, over.base.hash, over.files) == (False, PACKAGED.digest, {PLATFORMS: NOTED[PLATFORMS]})
    await room.publish(over.version)


async def test_an_abandoned_draft_is_empty_and_old_forms_still_clash(room: Room) -> None:
    await room.edit(0, {LAW: NOTED[LAW]})
    async with room.database.begin() as session:
        await scripts.discard(session, version=1, by=room.by, now=NOW)
    assert (await room.draft()).files == {}
    with pytest.raises(MeanwhileError):
        await room.edit(0, {LAW: NOTED[LAW]})


async def test_a_published_alias_survives_with_every_other_byte(room: Room) -> None:
    text = editing.add(PACKAGED.sources[PLATFORMS], ("platforms", "fnac", "aliases"), "l’agitateur 🙂")
    await room.edit(0, {PLATFORMS: text})
    assert (await room.publish(1)).sources[PLATFORMS] == text
