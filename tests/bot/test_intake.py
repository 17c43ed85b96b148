"""A message that is kept becomes a turn: once, whole, in order, whatever fails on the way."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from bot.app import App
from bot.channels.channel import Channel
from bot.intake import take_turns
from nlu.backend import Ask, NLUError
from storage import cases, conversations, inbox
from storage.crypto import KeyRing
from storage.database import Database
from storage.desk_tables import CaseRow
from storage.outbox import hand_over
from storage.tables import ConversationRow, InboxRow
from stories.types import Message, Understanding
from tests.bot.tiny import NOW, Clock, Reader, advance, tiny_app


@pytest.fixture
def app(database: Database, ring: KeyRing) -> App:
    return tiny_app(database, ring)


def said(text: str, *, chat: str = "a", key: str | None = None, position: int = 0, **more: Any) -> Message:
    return Message(channel="box", chat=chat, key=key or text, text=text, position=position, **more)


async def tell(app: App, *texts: str, chat: str = "a") -> None:
    """Say these, one after the other, each answered before the next."""
    for text in texts:
        await app.door.receive([said(text, chat=chat)], app.clock())
        await take_turns(app)


async def answers(app: App, chat: str = "a", channel: str = "box") -> list[str]:
    async with app.database.read() as session:
        lines = await conversations.transcript(session, app.ring, app.ring.lane(f"{channel}:{chat}"))
    return [line.text for line in lines if line.sender == "bot"]


async def test_what_is_said_is_answered(app: App) -> None:
    await app.door.receive([said("Bonjour")], app.clock())
    assert await take_turns(app) == 1
    assert await answers(app) == ["1: Bonjour"]
    assert await take_turns(app) == 0


async def test_messages_of_a_lane_are_taken_in_the_order_of_their_channel(app: App) -> None:
    await app.door.receive([said("third", position=3), said("first", position=1), said("second", position=2)], NOW)
    assert await take_turns(app) == 3
    assert await answers(app) == ["1: first", "2: second", "3: third"]


async def test_answers_stand_in_the_order_of_turns_though_the_clock_of_the_door_runs_ahead(app: App) -> None:
    ahead = NOW + timedelta(hours=3)
    await app.door.receive([said("second", position=2)], ahead)
    await app.door.receive([said("first", position=1)], ahead)
    assert isinstance(app.clock, Clock)
    app.clock.pass_(4 * 3600)
    assert await take_turns(app) == 2
    assert await answers(app) == ["1: first", "2: second"]


async def test_many_lanes_are_understood_in_one_pass(app: App) -> None:
    await app.door.receive([said("Bonjour", chat=str(at)) for at in range(10)], NOW)
    assert await take_turns(app) == 10
    assert isinstance(app.nlu, Reader)
    assert app.nlu.passes == [10]


async def test_a_button_is_not_read(app: App) -> None:
    await app.door.receive([said("Oui", choice="yes")], NOW)
    await take_turns(app)
    assert isinstance(app.nlu, Reader)
    assert app.nlu.passes == []


async def test_a_message_that_comes_after_its_successor_is_an_addition(app: App) -> None:
    await app.door.receive([said("second", position=2)], NOW)
    await take_turns(app)
    await app.door.receive([said("first", position=1)], NOW)
    await take_turns(app)
    async with app.database.read() as session:
        known = await conversations.state(session, app.ring, app.ring.lane("box:a"))
    assert known is not None
    assert known.told == ("late",)
    assert [passage.text for passage in known.narrative] == ["second", "first"]


async def test_short_texts_told_in_a_burst_are_one_turn(database: Database, ring: KeyRing) -> None:
    clock = Clock()
    app = tiny_app(database, ring, clock=clock, burst=timedelta(seconds=1.5))
    for text in ("Bonjour", "mon compte est fermé", "depuis lundi"):
        await app.door.receive([said(text)], clock())
        assert await take_turns(app) == 0
        clock.pass_(1)
    clock.pass_(1)
    assert await take_turns(app) == 1
    assert await answers(app) == ["3: Bonjour\nmon compte est fermé\ndepuis lundi"]


async def test_a_burst_without_end_is_answered_all_the_same(database: Database, ring: KeyRing) -> None:
    clock = Clock()
    app = tiny_app(database, ring, clock=clock, burst=timedelta(seconds=1.5))
    taken = 0
    for at in range(10):
        await app.door.receive([said(f"et {at}")], clock())
        taken += await take_turns(app)
        clock.pass_(1)
    assert taken >= 1


async def test_a_button_ends_the_wait_of_a_burst(database: Database, ring: KeyRing) -> None:
    clock = Clock()
    app = tiny_app(database, ring, clock=clock, burst=timedelta(seconds=1.5))
    await app.door.receive([said("Bonjour")], clock())
    await app.door.receive([said("Envoyer", choice="send")], clock())
    assert await take_turns(app) == 2


async def test_a_turn_that_fails_holds_back_its_own_lane_only(app: App) -> None:
    await app.door.receive([said("break"), said("after"), said("Bonjour", chat="b")], NOW)
    assert await take_turns(app) == 1
    assert await answers(app, "b") == ["1: Bonjour"]
    assert await answers(app) == ["Reçu et gardé."]
    assert await take_turns(app) == 0


async def test_a_message_that_fails_too_often_is_failed_and_shown_and_its_lane_goes_on(
    database: Database, ring: KeyRing
) -> None:
    clock = Clock()
    app = tiny_app(database, ring, clock=clock, attempts=3)
    await app.door.receive([said("break"), said("after")], NOW)
    for _ in range(4):
        await take_turns(app)
        clock.pass_(600)
    assert await answers(app) == ["Reçu et gardé.", "1: after"]
    async with database.read() as session:
        counted = await inbox.ledger(session)
        (row,) = await session.scalars(select(InboxRow).where(InboxRow.status == "failed"))
    assert counted.failed == (row.id,)
    assert row.error is not None
    assert row.error.startswith("RuntimeError tiny.py:")
    assert not counted.balances


async def test_a_row_that_cannot_be_opened_does_not_hold_the_others(database: Database, ring: KeyRing) -> None:
    clock = Clock()
    app = tiny_app(database, ring, clock=clock, attempts=2)
    await app.door.receive([said("Bonjour")], NOW)
    async with database.begin() as session:
        await session.execute(update(InboxRow).values(payload=b"0000" + bytes(40)))
    await app.door.receive([said("après"), said("Bonjour", chat="b")], NOW)
    taken = 0
    for _ in range(3):
        taken += await take_turns(app)
        clock.pass_(60)
    assert taken == 2
    assert await answers(app, "b") == ["1: Bonjour"]
    async with database.read() as session:
        assert len((await inbox.ledger(session)).failed) == 1


async def test_when_nothing_can_be_read_every_message_waits(database: Database, ring: KeyRing) -> None:
    class Mute(Reader):
        def understand_many(self, asks: Sequence[Ask]) -> list[Understanding]:
            raise NLUError(str(len(asks)))

    clock = Clock()
    app = tiny_app(database, ring, clock=clock, nlu=Mute())
    await app.door.receive([said("Bonjour"), said("Bonsoir", chat="b")], NOW)
    assert await take_turns(app) == 0
    assert await answers(app) == ["Reçu et gardé."]
    clock.pass_(10)
    assert await take_turns(tiny_app(database, ring, clock=clock)) == 2


async def test_one_turn_may_file_several_linked_cases(app: App) -> None:
    await tell(app, "file 2")
    async with app.database.read() as session:
        rows = list(await session.scalars(select(CaseRow).order_by(CaseRow.part)))
    assert [row.part for row in rows] == [0, 1]
    assert rows[0].filed_by == rows[1].filed_by


async def test_a_filed_case_is_found_opened_and_amended_with_its_history(app: App) -> None:
    await tell(app, "story")
    fields = {"platform_id": "amazon", "email": "Zoe@example.org"}
    await app.door.receive([said("file", fields=fields)], NOW)
    await take_turns(app)
    await tell(app, "amend La Belle Boutique", "status")
    async with app.database.read() as session:
        (line,) = await cases.find(session, limit=10)
        case = await cases.show(session, app.ring, line.reference)
        (row,) = await session.scalars(select(CaseRow))
    assert line.platform_id == "amazon"
    assert row.email == app.ring.blind("email", "zoe@EXAMPLE.org ")
    assert case is not None
    assert case.case.fields["shop_name"].value == "La Belle Boutique"
    assert case.lane == app.ring.lane("box:a")
    assert [change.changes.before for change in case.changes] == [{"shop_name": None}]
    assert (await answers(app))[-1] == f"{line.reference}=submitted"


async def test_a_case_opens_from_elsewhere_with_its_reference_and_code_only(app: App) -> None:
    await tell(app, "file", "code")
    code = (await answers(app))[-1].removeprefix("Code : ")
    async with app.database.read() as session:
        (line,) = await cases.find(session, limit=10)
    wrong = "0000 0000 0000 0000"
    await app.door.receive(
        [said(f"status {line.reference} {wrong}", chat="b"), said(f"status {line.reference} {code}", chat="c")], NOW
    )
    await take_turns(app)
    assert await answers(app, "b") == ["none"]
    assert await answers(app, "c") == [f"{line.reference}=submitted"]


async def test_an_access_code_is_blanked_once_it_was_shown(app: App) -> None:
    await tell(app, "file", "code")
    async with app.database.begin() as session:
        lines = await conversations.transcript(session, app.ring, app.ring.lane("box:a"))
        await hand_over(session, app.ring, [line.id for line in lines])
    assert (await answers(app))[-1] == "Code : •••• •••• •••• ••••"


async def test_a_resume_link_opens_its_chat(app: App) -> None:
    await tell(app, "link")
    token = (await answers(app))[-1].rpartition("/")[2]
    async with app.database.read() as session:
        assert await conversations.resumable(session, app.ring, token) == ("box", "a")
        assert await conversations.resumable(session, app.ring, "other") is None


async def test_an_erased_draft_leaves_no_words_and_the_ledger_balances(app: App) -> None:
    await tell(app, "un secret", "encore", "erase")
    assert await answers(app) == ["Effacé."]
    async with app.database.read() as session:
        assert not [row for row in await session.scalars(select(InboxRow)) if row.payload]
        assert await conversations.turns(session, app.ring, app.ring.lane("box:a")) == []
        assert (await inbox.ledger(session)).balances
    await tell(app, "nouveau")
    assert (await answers(app))[-1] == "1: nouveau"


async def test_a_demand_to_erase_a_filed_case_is_recorded(app: App) -> None:
    await tell(app, "file", "erase")
    async with app.database.read() as session:
        (line,) = await cases.find(session, limit=10)
    assert line.erasure_requested_at == NOW


async def test_turns_are_read_back_exactly_as_they_were_taken(app: App) -> None:
    await tell(app, "story", "file")
    await app.door.receive([said("late", position=0), said("x", choice="yes", position=9)], NOW)
    await take_turns(app)
    lane = app.ring.lane("box:a")
    async with app.database.read() as session:
        stored = await conversations.turns(session, app.ring, lane)
        known = await conversations.state(session, app.ring, lane)
    from stories.types import Conversation

    again = Conversation()
    for one in stored:
        again, _ = advance(app.script, again, one.turn)
    assert again == known
    assert [one.n for one in stored] == [1, 2, 3, 4]
    assert {one.script_hash for one in stored} == {app.script.digest}
    assert stored[0].by == "tiny-1"


async def test_silence_has_its_reason_in_the_ledger(app: App) -> None:
    await tell(app, "Bonjour", "hush")
    async with app.database.read() as session:
        counted = await inbox.ledger(session)
    assert (counted.received, counted.answered, counted.unanswered) == (2, 1, {"nothing_due": 1})
    assert counted.balances


async def test_a_person_who_asks_for_a_human_is_marked(app: App) -> None:
    await tell(app, "human", "Bonjour")
    async with app.database.read() as session:
        (row,) = await session.scalars(select(ConversationRow))
    assert row.wants_human


async def test_a_worker_whose_lease_was_taken_over_writes_nothing(database: Database, ring: KeyRing) -> None:
    clock = Clock()
    fast = tiny_app(database, ring, clock=clock)

    class Slow(Reader):
        def understand_many(self, asks: Sequence[Ask]) -> list[Understanding]:
            import asyncio

            clock.pass_(120)
            asyncio.run_coroutine_threadsafe(take_turns(fast), loop).result()
            return super().understand_many(asks)

    import asyncio

    loop = asyncio.get_running_loop()
    slow = tiny_app(database, ring, clock=clock, nlu=Slow())
    await slow.door.receive([said("Bonjour")], clock())
    assert await take_turns(slow) == 0
    assert await answers(fast) == ["1: Bonjour"]


async def test_unreadable_halves_of_characters_do_not_stop_a_message(app: App) -> None:
    await tell(app, "a\ud800b\x00c")
    assert await answers(app) == ["1: a\ufffdb\x00c"]


def test_the_doubles_are_channels(app: App) -> None:
    channels: list[Channel] = list(app.channels.values())
    assert channels
