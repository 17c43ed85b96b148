"""Messages to be labelled: drawn by chance, masked, kept apart by person, decided, and withdrawn for good."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from nlu.masking import mask
from storage import cases, drawing, handling, officials, relabelling, samples, withdrawing
from storage.agreement import kappa
from storage.chances import WHYS, Candidate, chances, number
from storage.corrections import Labelled
from storage.crypto import KeyRing, new_ring
from storage.database import Database
from storage.desk_tables import CaseRow
from storage.drawing import FIRST
from storage.handling import Change, MeanwhileError
from storage.samples import Decision
from storage.training_tables import ReadingRow, SampleRow
from stories.types import Answer
from tests.storage.chats import NOW, Chat, drawn


async def official(database: Database, login: str = "c.fictive") -> int:
    await officials.create(database, login=login, name="Claire Fictive", role="administrator", now=NOW)
    async with database.read() as session:
        return await officials.named(session, login)


async def labels(database: Database, ring: KeyRing) -> list[Labelled]:
    async with database.read() as session:
        return await samples.labelled(session, ring)


def pool_of(size: int) -> tuple[list[Candidate], list[str]]:
    """Messages of which one in ten means `rare`, the less sure the likelier; and what each means."""
    pool, meant = [], []
    for at in range(size):
        rare = at % 10 == 0
        odds = 0.2 + 0.7 * ((at * 7919) % 997) / 997
        told = "common" if at % 3 else "other"
        pool.append(
            Candidate(
                turn_id=at, language="fr", problem=told, odds=odds / 2 if rare else odds, act=None, act_odds=0.0,
                story=True, unknown=0.5 if rare else 0.1, differs=at % 17 == 0,
            )
        )  # fmt: skip
        meant.append("rare" if rare else told)
    return pool, meant


def test_weighed_by_their_chances_drawn_messages_tell_the_share_of_a_label_without_bias() -> None:
    """Though the rare label is uncertain, and so drawn far too often: over many draws the mean error vanishes."""
    pool, meant = pool_of(600)
    estimates, plain, found = [], [], chances(pool, FIRST.shares, 60)
    for trial in range(400):
        numbers = [number(trial.to_bytes(4), one.turn_id) for one in pool]
        taken = {at: chance.whole for at, chance in enumerate(found) if chance.why(numbers[at])}
        estimates.append(sum(1 / chance for at, chance in taken.items() if meant[at] == "rare") / len(pool))
        plain.append(sum(meant[at] == "rare" for at in taken) / len(taken))
    mean = sum(estimates) / len(estimates)
    error = math.sqrt(sum((one - mean) ** 2 for one in estimates) / len(estimates)) / math.sqrt(len(estimates))
    assert abs(mean - 0.1) < 3 * error
    assert error < 0.01
    assert sum(plain) / len(plain) > 0.12


def test_every_message_has_a_chance_and_as_many_are_expected_as_are_asked_for() -> None:
    pool, _ = pool_of(300)
    for expected in (1, 30, 200, 300, 500):
        found = [chance.whole for chance in chances(pool, FIRST.shares, expected)]
        assert min(found) > 0
        assert sum(found) == pytest.approx(min(expected, len(pool)), rel=0.01)
    assert chances([], FIRST.shares, 5) == []


def test_a_round_that_asks_for_more_keeps_what_was_drawn_and_reasons_come_in_their_shares() -> None:
    pool, _ = pool_of(600)
    few, many = ([chance.why(number(b"k", one.turn_id)) for one, chance in zip(pool, found, strict=True)]
                 for found in (chances(pool, FIRST.shares, 60), chances(pool, FIRST.shares, 300)))  # fmt: skip
    assert all(after is not None for before, after in zip(few, many, strict=True) if before)
    counts = {why: many.count(why) for why in WHYS}
    assert counts["uncertain"] > counts["diverse"]
    assert all(counts.values())


async def test_what_is_drawn_is_masked_and_says_why_and_how_likely(database: Database, ring: KeyRing) -> None:
    async with database.begin() as session:
        named = {"legal_name": Answer(value="Éditions du Moulin")}
        await Chat(database, ring, "a", answers=named).keep(session)
    (row,) = await drawn(database, ring)
    text = ring.open("samples", "text", row.id, row.text).decode()
    assert text.startswith("Ils ont fermé mon compte. Écrivez à [e-mail], [entreprise], commande [")
    assert not any(word in text for word in ("paul", "Moulin", "4459982"))
    assert (row.reason in WHYS, row.chance, row.status) == (True, 1.0, "waiting")
    assert row.told == {"by": "tiny-1", "problems": {"account_suspension": 0.6}, "acts": {}}
    assert row.asked == {"asking": "story", "kind": "text", "options": []}


async def test_nobody_who_objects_or_asks_to_be_erased_is_drawn(database: Database, ring: KeyRing) -> None:
    refused = {"training": Answer(value=False)}
    async with database.begin() as session:
        await Chat(database, ring, "draft", answers=refused).keep(session)
        await (await Chat(database, ring, "case").keep(session)).file(session, **refused)
        erased = await Chat(database, ring, "erased").keep(session)
        await erased.file(session)
        await cases.ask_erasure(session, ["PV-erased"], NOW)
        await Chat(database, ring, "old", at=NOW - timedelta(days=100)).keep(session)
        fine = await Chat(database, ring, "fine").keep(session)
    assert {row.turn_id for row in await drawn(database, ring)} == {fine.turn}


async def test_one_persons_messages_are_all_learnt_from_or_all_tested_on(database: Database) -> None:
    """Two conversations of one firm go together by its number; over many persons one in five is tested on."""
    ring = new_ring()
    by = await official(database)
    async with database.begin() as session:
        for at in range(60):
            siren = {"siren": Answer(value=f"{at // 2:09}")}
            await (await Chat(database, ring, f"n{at}", text=f"message {at}").keep(session)).file(session, **siren)
        await drawing.set_plan(session, replace(FIRST, size=200), by=by, now=NOW)
    rows = await drawn(database, ring)
    parts: dict[bytes, set[str]] = {}
    for row in rows:
        parts.setdefault(row.person, set()).add(row.part)
    assert len(rows) == 60
    assert len(parts) == 30
    assert all(len(part) == 1 for part in parts.values())
    tested = sum(part == {"test"} for part in parts.values())
    assert 0 < tested < 15


async def test_a_person_keeps_its_part_when_its_number_becomes_known(database: Database, ring: KeyRing) -> None:
    async with database.begin() as session:
        first = await Chat(database, ring, "first").keep(session)
    (before,) = await drawn(database, ring)
    async with database.begin() as session:
        siren = {"siren": Answer(value="000000042")}
        await first.file(session, **siren)
        await (await Chat(database, ring, "second", text="autre chose").keep(session)).file(session, **siren)
    _, after = await drawn(database, ring)
    assert (after.person, after.part) == (before.person, before.part)


async def test_decisions_are_kept_undone_and_handed_to_who_learns(database: Database, ring: KeyRing) -> None:
    async with database.begin() as session:
        await Chat(database, ring, "a").keep(session)
    (row,) = await drawn(database, ring)
    by = await official(database)
    said = Decision(labels=("funds_withheld", "no_human_contact"), spans=("platform_id:0:3",))
    async with database.begin() as session:
        await samples.decide(session, row.id, said, by=by, version=0, now=NOW)
    (one,) = await labels(database, ring)
    assert (one.labels, one.act, one.chance, one.part) == (said.labels, None, 1.0, row.part)
    assert one.asked == row.asked
    async with database.begin() as session:
        assert await samples.undo(session, by=by, now=NOW) == row.id
        assert await samples.undo(session, by=by, now=NOW) is None
    assert await labels(database, ring) == []
    async with database.begin() as session:
        again = await samples.following(session, ring)
        assert again is not None
        assert (again.id, again.version) == (row.id, 2)
        await samples.decide(session, row.id, Decision(), by=by, version=2, now=NOW)
        assert (await samples.progress(session, by=by, since=NOW)).skipped == 1
    assert await labels(database, ring) == []


async def test_who_decides_second_is_told_and_the_first_decision_stands(database: Database, ring: KeyRing) -> None:
    async with database.begin() as session:
        await Chat(database, ring, "a").keep(session)
    (row,) = await drawn(database, ring)
    first, second = await official(database), await official(database, "d.fictive")
    async with database.begin() as session:
        await samples.decide(session, row.id, Decision(labels=("other",)), by=first, version=0, now=NOW)
    with pytest.raises(MeanwhileError):
        async with database.begin() as session:
            await samples.decide(session, row.id, Decision(labels=("nothing",)), by=second, version=0, now=NOW)
    assert [one.labels for one in await labels(database, ring)] == [("other",)]
    async with database.begin() as session:
        await samples.decide(session, row.id, Decision(labels=("nothing",)), by=second, version=1, now=NOW)
        assert len(await samples.decisions(session, row.id)) == 2
    assert [one.labels for one in await labels(database, ring)] == [("nothing",)]


async def test_an_official_who_names_the_problem_anew_has_labelled_the_story(database: Database, ring: KeyRing) -> None:
    await official(database)
    async with database.begin() as session:
        chat = await Chat(database, ring, "a").keep(session)
        await chat.file(session)
        case_id = (await session.scalars(select(CaseRow.id))).one()
        listed = [{"id": "funds_withheld"}, {"id": "account_suspension"}, {"id": "fees_commissions"}]
        made = Change(
            deed="reclassified", by="c.fictive", at=NOW + timedelta(hours=1),
            fields={"primary_category": Answer(value="funds_withheld", by="official"),
                    "categories": Answer(value=listed, by="official")},
            about={"new": "funds_withheld", "added": ["funds_withheld"], "removed": []},
        )  # fmt: skip
        await handling.change(session, ring, case_id, made)
    for _ in range(2):
        async with database.begin() as session:
            renamed = await relabelling.pending(session, ring, NOW + timedelta(hours=2))
            await relabelling.learn(session, ring, mask, renamed, NOW + timedelta(hours=2))
    (one,) = await labels(database, ring)
    assert (one.labels, one.chance) == (("funds_withheld", "account_suspension"), 1.0)
    async with database.read() as session:
        (row,) = await session.scalars(select(SampleRow))
        assert (row.reason, row.case_id) == ("corrected", case_id)
        assert len(await samples.decisions(session, row.id)) == 1


def test_kappa_is_that_of_the_textbook() -> None:
    """20 of 50 both yes, 15 both no, 5 and 10 otherwise: 0.4."""
    pairs = [("yes", "yes")] * 20 + [("yes", "no")] * 5 + [("no", "yes")] * 10 + [("no", "no")] * 15
    assert kappa(pairs) == pytest.approx(0.4)
    assert kappa([]) is None
    assert kappa([("yes", "yes")]) is None


async def withdrawn(database: Database) -> tuple[Sequence[Any], int]:
    async with database.read() as session:
        rows = (await session.execute(select(SampleRow.status, SampleRow.text))).all()
        return [tuple(row) for row in rows], len((await session.scalars(select(ReadingRow.turn_id))).all())


async def test_an_objection_of_a_filed_case_empties_what_was_drawn_of_it(database: Database, ring: KeyRing) -> None:
    async with database.begin() as session:
        await (await Chat(database, ring, "a").keep(session)).file(session)
    (row,) = await drawn(database, ring)
    by = await official(database)
    async with database.begin() as session:
        await samples.decide(session, row.id, Decision(labels=("other",)), by=by, version=0, now=NOW)
        case_id = (await session.scalars(select(CaseRow.id))).one()
        made = Change(deed="corrected", by="c.fictive", at=NOW, fields={"training": Answer(value=False)})
        await handling.change(session, ring, case_id, made)
    assert await withdrawn(database) == ([("withdrawn", b"")], 0)
    assert await labels(database, ring) == []
    assert await drawn(database, ring) != []
    with pytest.raises(LookupError):
        async with database.begin() as session:
            await samples.decide(session, row.id, Decision(labels=("other",)), by=by, version=None, now=NOW)


async def test_withdrawing_tells_which_messages_it_took_away(database: Database, ring: KeyRing) -> None:
    async with database.begin() as session:
        one = await Chat(database, ring, "a").keep(session)
        await Chat(database, ring, "b").keep(session)
    rows = await drawn(database, ring)
    async with database.begin() as session:
        gone = await withdrawing.withdraw_conversation(session, one.conversation)
        assert await withdrawing.withdraw_conversation(session, one.conversation) == []
    assert gone == [row.id for row in rows if row.turn_id == one.turn]
