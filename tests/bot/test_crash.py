"""Workers are killed at any moment, messages come twice and in disorder: nothing is lost, wrong or filed twice."""

from __future__ import annotations

import asyncio
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import select

from bot.app import App
from storage import conversations, inbox
from storage.crypto import KeyRing, keep_ring
from storage.database import Database
from storage.desk_tables import CaseRow
from storage.tables import ConversationRow
from stories.types import Conversation, Message
from tests.bot.tiny import advance, tiny_app

CHATS, MESSAGES, FILED = 50, 24, 2
EVERY = 6
"""Each so-manieth message files cases."""
WORKERS, PATIENCE = 3, 60.0


class Crew:
    """Worker processes, killed one by one and replaced."""

    def __init__(self, url: str, keys: Path, world: Path) -> None:
        self._command = [sys.executable, "-m", "tests.bot.crash_worker", url, str(keys), str(world)]
        self._log = (world.parent / "workers.log").open("w")
        self._processes = [self._start() for _ in range(WORKERS)]
        self.killed = 0

    async def kill_now_and_then(self) -> None:
        while True:
            await asyncio.sleep(random.uniform(0.5, 1.5))  # noqa: S311
            at = random.randrange(WORKERS)  # noqa: S311
            self._end(self._processes[at])
            self._processes[at] = self._start()
            self.killed += 1

    def end(self) -> None:
        for process in self._processes:
            self._end(process)
        self._log.close()

    def _start(self) -> subprocess.Popen[bytes]:
        return subprocess.Popen(self._command, stdout=self._log, stderr=self._log)

    def _end(self, process: subprocess.Popen[bytes]) -> None:
        process.send_signal(signal.SIGKILL)
        process.wait()


@asynccontextmanager
async def harassed(crew: Crew) -> AsyncIterator[None]:
    killing = asyncio.create_task(crew.kill_now_and_then())
    try:
        yield
    finally:
        killing.cancel()


def channel_of(chat: int) -> str:
    return "post" if chat % 2 else "box"


def spoken() -> list[list[Message]]:
    """What every chat says, in order."""
    return [
        [
            Message(
                channel=channel_of(chat),
                chat=str(chat),
                key=f"k{at}",
                position=at,
                text=f"file {FILED} {chat}" if at % EVERY == 0 else f"words {chat} {at}",
            )
            for at in range(1, MESSAGES + 1)
        ]
        for chat in range(CHATS)
    ]


def in_disorder(said: list[list[Message]]) -> list[list[Message]]:
    """As a bad network brings it: neighbours exchanged, every second message twice, in gusts."""
    arriving = [
        (at + random.uniform(0, 3), message)  # noqa: S311
        for lane in said
        for at, message in enumerate(lane)
        for _ in range(random.choice((1, 2)))  # noqa: S311
    ]
    ordered = [message for _, message in sorted(arriving, key=lambda one: one[0])]
    return [ordered[at : at + 40] for at in range(0, len(ordered), 40)]


async def settled(app: App) -> inbox.Ledger:
    """Wait until everything was processed and handed over, or patience ends."""
    until = time.monotonic() + PATIENCE
    while True:
        async with app.database.read() as session:
            counted = await inbox.ledger(session)
        if counted.balances or time.monotonic() > until:
            return counted
        await asyncio.sleep(0.2)


async def test_nothing_is_lost_wrong_or_filed_twice_whenever_workers_die(
    database: Database, database_url: str, ring: KeyRing, tmp_path: Path
) -> None:
    keys, world = tmp_path / "keys.json", tmp_path / "world"
    keep_ring(ring, keys)
    world.touch()
    app = tiny_app(database, ring, clock=lambda: datetime.now(UTC))
    said = spoken()
    crew = Crew(database_url, keys, world)
    try:
        async with harassed(crew):
            for gust in in_disorder(said):
                await app.door.receive(gust, app.clock())
                await asyncio.sleep(0.3)
        counted = await settled(app)
    finally:
        crew.end()
    assert crew.killed >= WORKERS
    assert counted.balances, counted
    assert (counted.received, counted.answered) == (CHATS * MESSAGES, CHATS * MESSAGES)
    for lane in said:
        await assert_right(app, lane)
    await assert_filed_once(app)
    assert_all_reached(await answers(app), Counter(world.read_text().splitlines()))


async def assert_right(app: App, said: list[Message]) -> None:
    """Each message was taken once, in order but for those that came too late, and replay gives the same state."""
    lane = app.ring.lane(said[0].lane)
    async with app.database.read() as session:
        known = await conversations.state(session, app.ring, lane)
        stored = await conversations.turns(session, app.ring, lane)
    assert known is not None
    taken = [int(passage.message[1:]) for passage in known.narrative]
    assert sorted(taken) == list(range(1, MESSAGES + 1))
    late = sum(position < max(taken[: at + 1]) for at, position in enumerate(taken))
    assert Counter(known.told)["late"] == late
    again = Conversation()
    for one in stored:
        again, _ = advance(app.script, again, one.turn)
    assert again == known


async def assert_filed_once(app: App) -> None:
    async with app.database.read() as session:
        rows = list(await session.scalars(select(CaseRow)))
        lanes = dict((await session.execute(select(ConversationRow.id, ConversationRow.lane))).all())
        filed = Counter(lanes[row.conversation_id] for row in rows if row.conversation_id)
        known = {lane: await conversations.state(session, app.ring, lane) for lane in filed}
    assert set(filed.values()) == {MESSAGES // EVERY * FILED}
    assert len(filed) == CHATS
    assert {row.reference for row in rows} == {of for state in known.values() if state for of in state.filed}


async def answers(app: App) -> Counter[str]:
    """Every answer in the transcripts; each chat's are checked to count up from 1."""
    owed: Counter[str] = Counter()
    for chat in range(CHATS):
        async with app.database.read() as session:
            lines = await conversations.transcript(session, app.ring, app.ring.lane(f"{channel_of(chat)}:{chat}"))
        echoes = [line.text for line in lines if line.key == "echo"]
        assert [int(text.split(":")[0]) for text in echoes] == list(range(1, MESSAGES + 1))
        if channel_of(chat) == "post":
            owed.update(f"{chat}\t{text}" for text in echoes)
    return owed


def assert_all_reached(owed: Counter[str], reached: Counter[str]) -> None:
    """Every line was sent, and hardly any twice."""
    assert not owed - reached
    assert sum((reached - owed).values()) < sum(owed.values()) // 2
