"""An official takes a conversation over and hands it back: in order, in one transaction, and in words."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from bot.app import App
from bot.channels.channel import Retry
from bot.delivery import deliver
from bot.intake import take_turns
from bot.worker import remind
from storage import conversations, inbox, officials, queue, takeovers
from storage.access import Official
from storage.crypto import KeyRing
from storage.database import Database
from storage.desk_tables import OfficialRow
from storage.handling import RefusedError
from storage.replies import reply
from storage.tables import ConversationRow, InboxRow, OutboxRow, TurnRow
from stories.script import Script
from stories.types import Message
from tests.bot.site import STORY, HearsWords
from tests.bot.tiny import Clock, Postman

LANE = "post:a"


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def post() -> Postman:
    return Postman()


@pytest.fixture
def app(database: Database, ring: KeyRing, script: Script, clock: Clock, post: Postman) -> App:
    return App(
        database=database, ring=ring, script=script, nlu=HearsWords(script), channels={"post": post}, clock=clock,
        burst=timedelta(),
    )  # fmt: skip


@pytest.fixture
async def official(app: App) -> Official:
    await officials.create(app.database, login="a.gent", name="Anne Gent", role="agent", now=app.clock())
    async with app.database.read() as session:
        number = await session.scalar(select(OfficialRow.id))
    return Official(id=number or 0, login="a.gent", name="Anne Gent", role="agent")


async def tell(app: App, *texts: str) -> None:
    for words in texts:
        await app.door.receive([Message(channel="post", chat="a", key=words, text=words)], app.clock())
        await work(app)


async def work(app: App) -> None:
    while await take_turns(app) or await deliver(app):
        pass


async def take(app: App, official: Official, key: str = "take") -> None:
    async with app.database.begin() as session:
        await takeovers.take(session, app.ring, app.ring.lane(LANE), official, key=key, now=app.clock())


async def hands(app: App) -> takeovers.Hands:
    async with app.database.read() as session:
        return await takeovers.hands(session, app.ring.lane(LANE))


def said(post: Postman) -> list[str]:
    return [text for _, text in post.sent]


async def test_it_is_told_in_words_and_the_program_is_silent_until_the_timer(
    app: App, official: Official, clock: Clock, post: Postman
) -> None:
    await tell(app, STORY)
    await take(app, official)
    assert (await hands(app)).changing
    await work(app)
    assert said(post)[-1].startswith("Un agent du service vous écrit maintenant")
    assert (await hands(app)).by == official.id
    before = len(post.sent)
    await tell(app, "merci beaucoup de votre aide madame", "mes droits")
    assert len(post.sent) == before
    async with app.database.read() as session:
        outcomes = (await session.scalars(select(TurnRow.outcome).order_by(TurnRow.n))).all()
        counted = await inbox.ledger(session)
    assert outcomes[-2:] == ["taken_over", "taken_over"]
    assert counted.balances
    clock.pass_(takeovers.LASTS.total_seconds() + 1)
    assert await remind(app) == 1
    assert await remind(app) == 0
    await work(app)
    assert "Vous parlez de nouveau à Portevoix" in "".join(said(post)[before:])
    assert (await hands(app)).by is None


async def test_what_the_program_has_not_sent_is_dropped_with_the_take_over(
    app: App, official: Official, clock: Clock, post: Postman
) -> None:
    await tell(app, "bonjour")
    await app.door.receive([Message(channel="post", chat="a", key="s", text=STORY)], app.clock())
    await take_turns(app)
    async with app.database.read() as session:
        rows = (await session.scalars(select(OutboxRow).where(OutboxRow.status == "waiting"))).all()
    assert rows
    async with app.database.read() as session:
        lines = await conversations.transcript(session, app.ring, app.ring.lane(LANE))
    waiting = {line.text for line in lines if line.came == "waiting"}
    post.trouble = {text: [Retry(timedelta(minutes=2))] for text in waiting}
    await deliver(app)
    await take(app, official)
    await work(app)
    clock.pass_(300)
    await work(app)
    assert not waiting & set(said(post))
    assert said(post)[-1].startswith("Un agent du service")
    async with app.database.read() as session:
        assert (await inbox.ledger(session)).balances


async def test_a_take_over_is_kept_with_its_turn_or_not_at_all(
    app: App, official: Official, database: Database, clock: Clock
) -> None:
    await tell(app, STORY)
    await take(app, official)
    async with database.begin() as session:
        claim = await queue.claim(session, InboxRow, now=clock(), lease=app.lease, at_most=9)
    assert len(claim.ids) == 1
    assert await take_turns(app) == 0
    assert (await hands(app)).by is None
    clock.pass_(61)
    await work(app)
    assert (await hands(app)).by == official.id


async def test_lines_of_an_official_name_their_writer_on_a_network_and_prolong(
    app: App, official: Official, clock: Clock, post: Postman
) -> None:
    await tell(app, STORY)
    await take(app, official)
    await work(app)
    clock.pass_(600)
    lane = app.ring.lane(LANE)
    async with app.database.begin() as session:
        await reply(session, app.ring, lane, "Bonjour", now=clock(), signed="Le service")
        await takeovers.prolong(session, lane, official, clock())
    await work(app)
    assert said(post)[-1] == "**Le service**\nBonjour"
    assert (await hands(app)).until == clock() + takeovers.LASTS


async def test_distress_is_answered_by_the_rules_and_the_program_says_its_name(
    app: App, official: Official, post: Postman
) -> None:
    await tell(app, STORY)
    await take(app, official)
    await work(app)
    await tell(app, "je n'en peux plus, j'ai envie d'en finir")
    assert said(post)[-1].startswith("Portevoix, le programme :")
    assert "3114" in said(post)[-1]


async def test_another_official_must_wait_and_a_lapsed_one_need_not_be_asked(
    app: App, official: Official, clock: Clock
) -> None:
    await tell(app, STORY)
    await take(app, official)
    await work(app)
    await officials.create(app.database, login="b.gent", name="Ben Gent", role="agent", now=clock())
    async with app.database.read() as session:
        number = await session.scalar(select(OfficialRow.id).where(OfficialRow.login == "b.gent"))
    other = Official(id=number or 0, login="b.gent", name="Ben Gent", role="agent")
    with pytest.raises(RefusedError, match="taken"):
        await take(app, other, "other")
    clock.pass_(takeovers.LASTS.total_seconds() + 1)
    await take(app, other, "other")
    await work(app)
    assert (await hands(app)).by == other.id


async def test_an_answer_to_who_blocked_us_waits_until_it_writes(app: App, clock: Clock, post: Postman) -> None:
    await tell(app, STORY)
    async with app.database.begin() as session:
        await session.execute(update(ConversationRow).values(unreachable_at=clock()))
        await reply(session, app.ring, app.ring.lane(LANE), "Bonjour", now=clock())
    await work(app)
    assert "Bonjour" not in said(post)
    async with app.database.read() as session:
        lines = await conversations.transcript(session, app.ring, app.ring.lane(LANE))
    assert lines[-1].came == "away"
    await tell(app, "je suis de retour")
    assert "Bonjour" in said(post)
