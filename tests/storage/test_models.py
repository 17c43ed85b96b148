"""The registry of models: which one is in use, who put it there, and how it is exchanged."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from storage import models, officials
from storage.database import Database
from storage.handling import RefusedError
from storage.ids import IDS
from storage.models import Trained
from storage.tables import ConversationRow
from storage.training_tables import SampleRow

NOW = datetime(2026, 11, 30, 9, tzinfo=UTC)
PASSED = {"checks": [{"name": "gain", "passed": True}]}
FAILED = {"checks": [{"name": "gain", "passed": True}, {"name": "labels", "passed": False}]}


async def _candidate(
    database: Database, version: str, *, live: str | None, verdict: dict[str, Any] | None = None, recipe: str = "r"
) -> None:
    trained = Trained(
        version=version, digest=f"digest of {version}", about={"recipe_digest": recipe},
        comparison={"live": live} if live else None, verdict=verdict or PASSED,
    )  # fmt: skip
    async with database.begin() as session:
        await models.register(session, trained, NOW)


async def _does(database: Database, act: Callable[[AsyncSession], Awaitable[Any]]) -> Any:
    async with database.begin() as session:
        return await act(session)


async def _refused(database: Database, act: Callable[[AsyncSession], Awaitable[Any]]) -> str:
    with pytest.raises(RefusedError) as refusal:
        await _does(database, act)
    return refusal.value.because


async def _in_use(database: Database) -> str | None:
    async with database.read() as session:
        return await models.live(session)


@pytest.fixture
async def first(database: Database) -> Database:
    """A database in which the program put its first model in use."""
    trained = Trained(version="v1", digest="digest of v1", about={"recipe_digest": "r"})
    await _does(database, lambda session: models.begin_with(session, trained, NOW, instead_of=None))
    return database


@pytest.fixture
async def two(first: Database) -> tuple[int, int]:
    """Two officials."""
    for login in ("ada", "bob"):
        await officials.create(first, login=login, name=login, role="administrator", now=NOW)
    async with first.read() as session:
        return await officials.named(session, "ada"), await officials.named(session, "bob")


async def test_a_candidate_that_passed_the_gate_is_put_into_service_and_rolled_back(first: Database) -> None:
    await _candidate(first, "v2", live="v1")
    await _does(first, lambda s: models.promote(s, "v2", None, NOW))
    assert await _in_use(first) == "v2"
    assert await _does(first, lambda s: models.roll_back(s, None, NOW, emergency=False)) == "v1"
    assert await _in_use(first) == "v1"
    async with first.read() as session:
        told = [(row.act, row.version, row.before) for row in await models.history(session)]
        status = {row.version: row.status for row in await models.every(session)}
    assert told == [("rolled_back", "v1", "v2"), ("promoted", "v2", "v1"), ("promoted", "v1", None)]
    assert status == {"v1": "live", "v2": "retired"}


@pytest.mark.parametrize(
    ("version", "because"),
    [("never", "model_gone"), ("v1", "model_live"), ("bad", "model_refused"), ("else", "compared_with_another")],
)
async def test_nothing_but_the_gate_lets_a_candidate_through(first: Database, version: str, because: str) -> None:
    await _candidate(first, "bad", live="v1", verdict=FAILED)
    await _candidate(first, "else", live="v0")
    assert await _refused(first, lambda s: models.promote(s, version, None, NOW)) == because
    assert await _in_use(first) == "v1"


async def test_where_two_are_needed_one_proposes_and_another_puts_it_into_service(
    first: Database, two: tuple[int, int]
) -> None:
    ada, bob = two
    await _candidate(first, "v2", live="v1")
    await _does(first, lambda s: models.promote(s, "v2", ada, NOW, alone=False))
    assert await _in_use(first) == "v1"
    async with first.read() as session:
        proposal = (await models.history(session))[0].id
    assert await _refused(first, lambda s: models.promote(s, "v2", bob, NOW, alone=False)) == "proposed_already"
    assert await _refused(first, lambda s: models.second(s, proposal, ada, NOW)) == "same_person"
    await _does(first, lambda s: models.second(s, proposal, bob, NOW))
    assert await _refused(first, lambda s: models.second(s, proposal, bob, NOW)) == "proposal_over"
    async with first.read() as session:
        last = (await models.history(session))[0]
    assert (last.version, last.by, last.seconded_by, last.status) == ("v2", ada, bob, "done")
    assert await _in_use(first) == "v2"


async def test_a_roll_back_goes_back_one_by_one_and_never_to_what_was_taken_out(first: Database) -> None:
    await _candidate(first, "v2", live="v1")
    await _does(first, lambda s: models.promote(s, "v2", None, NOW))
    await _candidate(first, "v3", live="v2")
    await _does(first, lambda s: models.promote(s, "v3", None, NOW))
    back = [await _does(first, lambda s: models.roll_back(s, None, NOW, emergency=False)) for _ in range(2)]
    assert back == ["v2", "v1"]
    assert await _refused(first, lambda s: models.roll_back(s, None, NOW, emergency=False)) == "nothing_before"


async def test_a_roll_back_passes_over_what_this_program_cannot_load(first: Database) -> None:
    await _candidate(first, "other code", live="v1", recipe="older")
    await _does(first, lambda s: models.promote(s, "other code", None, NOW))
    await _candidate(first, "v3", live="other code")
    await _does(first, lambda s: models.promote(s, "v3", None, NOW))
    assert await _does(first, lambda s: models.roll_back(s, None, NOW, emergency=False)) == "v1"


async def _pinned(database: Database, model: str) -> int:
    row_id = IDS.new(NOW)
    async with database.begin() as session:
        session.add(
            ConversationRow(
                id=row_id, lane=str(row_id), channel="box", address=b"", state=b"", language="fr", listening=True,
                model=model, created_at=NOW, updated_at=NOW,
            )
        )  # fmt: skip
    return row_id


async def _model_of(database: Database, row_id: int) -> str | None:
    async with database.read() as session:
        return await session.scalar(select(ConversationRow.model).where(ConversationRow.id == row_id))


async def test_an_emergency_takes_the_version_from_running_conversations(first: Database) -> None:
    await _candidate(first, "v2", live="v1")
    await _does(first, lambda s: models.promote(s, "v2", None, NOW))
    running = await _pinned(first, "v2")
    await _does(first, lambda s: models.roll_back(s, None, NOW, emergency=False))
    assert await _model_of(first, running) == "v2"
    assert await _does(first, lambda s: models.roll_back(s, None, NOW, emergency=True)) == "v1"
    assert await _model_of(first, running) is None
    async with first.read() as session:
        held = await models.in_service(session)
    assert held is not None
    assert (held.live, set(held.digests)) == ("v1", {"v1"})


async def test_the_files_of_the_version_in_use_are_never_deleted(first: Database) -> None:
    assert await _refused(first, lambda s: models.delete_files(s, "v1")) == "model_live"
    await _candidate(first, "v2", live="v1")
    await _does(first, lambda s: models.delete_files(s, "v2"))
    assert await _refused(first, lambda s: models.promote(s, "v2", None, NOW)) == "model_gone"
    async with first.read() as session:
        held = await models.in_service(session)
    assert held is not None
    assert held.gone == {"v2"}
    assert set(held.digests) == {"v1"}


async def test_a_shadow_ends_when_it_is_put_into_service(first: Database) -> None:
    await _candidate(first, "v2", live="v1")
    await _does(first, lambda s: models.set_shadow(s, "v2", None, NOW))
    async with first.read() as session:
        assert await models.shadow(session) == "v2"
    await _does(first, lambda s: models.promote(s, "v2", None, NOW))
    async with first.read() as session:
        assert await models.shadow(session) is None


async def test_of_two_processes_that_start_at_once_the_first_puts_its_model_in_use(first: Database) -> None:
    late = Trained(version="v0", digest="d", about={})
    await _does(first, lambda s: models.begin_with(s, late, NOW, instead_of=None))
    assert await _in_use(first) == "v1"


async def test_the_models_that_learnt_from_erased_words_are_known(first: Database) -> None:
    sample = IDS.new(NOW)
    row = SampleRow(
        id=sample, person=b"p", part="learning", reason="random", chance=1.0, language="fr", text=b"", told={},
        said_at=NOW - timedelta(days=1), drawn_at=NOW,
    )  # fmt: skip
    trained = Trained(version="v2", digest="d", about={}, samples=(sample,))
    async with first.begin() as session:
        session.add(row)
        await session.flush()
        await models.register(session, trained, NOW)
    async with first.read() as session:
        assert [one.version for one in await models.learnt_from(session, [sample])] == ["v2"]
        assert await models.learnt_from(session, [sample + 1]) == []
