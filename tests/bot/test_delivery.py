"""What is owed is handed over: in order, at least once, with patience, and nothing overtakes."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import timedelta

import pytest
from sqlalchemy import select, text, update

from bot.app import App
from bot.channels.channel import Retry, Unreachable
from bot.channels.telegram_client import Refused as RefusedByTelegram
from bot.delivery import deliver
from bot.intake import take_turns
from bot.worker import Worker, remind
from storage import conversations, inbox
from storage.crypto import KeyRing
from storage.database import Database
from storage.tables import ConversationRow, OutboxRow
from stories.types import Message
from tests.bot.tiny import Clock, Postman, tiny_app


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def app(database: Database, ring: KeyRing, clock: Clock) -> App:
    return tiny_app(database, ring, clock=clock)


def postman(app: App) -> Postman:
    channel = app.channels["post"]
    assert isinstance(channel, Postman)
    return channel


async def tell(app: App, *texts: str, chat: str = "a", channel: str = "post") -> None:
    for words in texts:
        await app.door.receive([Message(channel=channel, chat=chat, key=words, text=words)], app.clock())
        await take_turns(app)


async def test_answers_are_sent_in_order(app: App) -> None:
    await tell(app, "Bonjour", "un", "deux")
    while await deliver(app):
        pass
    assert postman(app).sent == [("a", "1: Bonjour"), ("a", "2: un"), ("a", "3: deux")]


async def test_a_channel_that_asks_for_patience_gets_it_and_nothing_overtakes(app: App, clock: Clock) -> None:
    postman(app).trouble["1: un"] = [Retry(timedelta(seconds=30))]
    await tell(app, "un")
    assert await deliver(app) == 1
    await tell(app, "deux")
    await tell(app, "trois", chat="b")
    while await deliver(app):
        pass
    assert postman(app).sent == [("b", "1: trois")]
    clock.pass_(31)
    while await deliver(app):
        pass
    assert postman(app).sent == [("b", "1: trois"), ("a", "1: un"), ("a", "2: deux")]


async def test_a_chat_that_blocked_us_does_not_hold_its_lane_and_is_in_the_ledger(app: App) -> None:
    postman(app).trouble["1: un"] = [Unreachable()]
    await tell(app, "un", "deux")
    while await deliver(app):
        pass
    assert postman(app).sent == [("a", "2: deux")]
    async with app.database.read() as session:
        counted = await inbox.ledger(session)
        (row,) = await session.scalars(select(OutboxRow).where(OutboxRow.status == "failed"))
    assert counted.undelivered == (row.id,)


async def test_a_line_whose_sender_died_is_sent_by_another(
    app: App, database: Database, ring: KeyRing, clock: Clock
) -> None:
    await tell(app, "un")
    other = tiny_app(database, ring, clock=clock)
    assert await deliver(other) == 0
    clock.pass_(61)
    assert await deliver(other) == 1
    await deliver(app)
    assert postman(other).sent == [("a", "1: un")]
    async with database.read() as session:
        assert (await inbox.ledger(session)).balances


async def test_an_access_code_is_blanked_once_it_was_sent(app: App) -> None:
    await tell(app, "file", "code")
    while await deliver(app):
        pass
    async with app.database.read() as session:
        lines = await conversations.transcript(session, app.ring, app.ring.lane("post:a"))
    assert lines[-1].text == "Code : •••• •••• •••• ••••"
    assert any(character.isdigit() for character in postman(app).sent[-1][1])


async def test_a_fault_of_a_channel_holds_no_other_lane(app: App, clock: Clock) -> None:
    postman(app).trouble["1: un"] = [ZeroDivisionError()]
    await tell(app, "un")
    await tell(app, "deux", chat="b")
    while await deliver(app):
        pass
    clock.pass_(10)
    await deliver(app)
    assert postman(app).sent == [("b", "1: deux"), ("a", "1: un")]


class Register:
    """A register that is down once."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    async def look_up(self, number: str) -> Mapping[str, str] | None:
        self.asked.append(number)
        if len(self.asked) == 1:
            raise Retry(timedelta(seconds=5))
        return {"legal_name": "Belle Boutique"}


async def test_a_company_is_looked_up_and_the_answer_comes_in_as_a_message(
    database: Database, ring: KeyRing, clock: Clock
) -> None:
    app = tiny_app(database, ring, clock=clock, registry=Register())
    await tell(app, "look 732829320")
    for _ in range(4):
        await deliver(app)
        clock.pass_(6)
    assert await take_turns(app) == 1
    while await deliver(app):
        pass
    assert postman(app).sent[-1] == ("a", '2: {"legal_name": "Belle Boutique"}')


async def test_a_reminder_comes_once_when_its_hour_has_come(app: App, clock: Clock) -> None:
    await tell(app, "wake")
    assert await remind(app) == 0
    clock.pass_(3601)
    assert await remind(app) == 1
    assert await remind(app) == 0
    await take_turns(app)
    while await deliver(app):
        pass
    assert postman(app).sent[-1] == ("a", "Toujours là ?")
    async with app.database.read() as session:
        (row,) = await session.scalars(select(ConversationRow))
    assert row.wake_at is None


async def test_a_worker_answers_what_comes_in_and_stops_when_asked(app: App) -> None:
    worker = Worker(app)
    running = asyncio.create_task(worker.run())
    lane = app.ring.lane("box:a")
    with app.hub.watching(lane) as news:
        await app.door.receive([Message(channel="box", chat="a", key="1", text="Bonjour")], app.clock())
        await asyncio.wait_for(news.wait(), 5)
    async with app.database.read() as session:
        lines = await conversations.transcript(session, app.ring, lane)
    assert [line.text for line in lines] == ["Bonjour", "1: Bonjour"]
    worker.stop()
    await asyncio.wait_for(running, 5)


async def test_a_page_in_one_process_is_told_of_lines_written_by_another(
    database_url: str, database: Database, ring: KeyRing
) -> None:
    if database.dialect == "sqlite":
        pytest.skip("SQLite has one process")
    elsewhere = Database(database_url)
    web, worker = tiny_app(database, ring), Worker(tiny_app(elsewhere, ring))
    running = asyncio.create_task(worker.run())
    async with database.listening(web.hub.told):
        with web.hub.watching(ring.lane("box:a")) as news:
            await web.door.receive([Message(channel="box", chat="a", key="1", text="Bonjour")], web.clock())
            await asyncio.wait_for(news.wait(), 5)
    worker.stop()
    await asyncio.wait_for(running, 5)
    await elsewhere.close()


async def test_a_page_is_told_of_lines_after_its_process_lost_the_database(
    database_url: str, database: Database, ring: KeyRing
) -> None:
    if database.dialect == "sqlite":
        pytest.skip("SQLite has one process")
    elsewhere = Database(database_url)
    web, worker = tiny_app(database, ring), tiny_app(elsewhere, ring)
    listening = text(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
        "WHERE query LIKE 'LISTEN%' AND datname = current_database()"
    )
    async with database.listening(web.hub.told):
        for at in range(2):
            async with elsewhere.begin() as session:
                assert (await session.execute(listening)).scalars().all() == [True]
            with web.hub.watching(ring.lane("box:a")) as news:
                await tell(worker, f"during {at}", channel="box")
                await asyncio.wait_for(news.wait(), 2)
                await asyncio.sleep(0.5)
                news.clear()
                await tell(worker, f"after {at}", channel="box")
                await asyncio.wait_for(news.wait(), 0.3)
    await elsewhere.close()


async def test_a_conversation_that_cannot_be_opened_does_not_hold_back_those_due_with_it(
    app: App, clock: Clock
) -> None:
    for chat in ("a", "b", "c"):
        await tell(app, "wake", chat=chat)
    broken = ConversationRow.lane == app.ring.lane("post:b")
    async with app.database.begin() as session:
        sealed = await session.scalar(select(ConversationRow.address).where(broken))
        await session.execute(update(ConversationRow).where(broken).values(address=b"damaged"))
    clock.pass_(3601)
    assert await remind(app) == 2
    assert await remind(app) == 0
    async with app.database.begin() as session:
        await session.execute(update(ConversationRow).where(broken).values(address=sealed))
    clock.pass_(24 * 3600)
    assert await remind(app) == 1
    await take_turns(app)
    while await deliver(app):
        pass
    assert sorted(chat for chat, text in postman(app).sent if text == "Toujours là ?") == ["a", "b", "c"]


async def test_a_line_that_the_network_takes_neither_now_nor_later_lets_its_lane_go_on(
    database: Database, ring: KeyRing
) -> None:
    app = tiny_app(database, ring)
    postman = app.channels["post"]
    assert isinstance(postman, Postman)
    postman.trouble = {"1: eins": [RefusedByTelegram(400, "Bad Request")]}
    for word in ("eins", "zwei"):
        await app.door.receive([Message(channel="post", chat="a", key=word, text=word)], app.clock())
        await take_turns(app)
    while await deliver(app):
        pass
    assert postman.sent == [("a", "2: zwei")]
