"""One conversation led in this process: a line in, the turns it causes, and what was said in each."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select

from bot.app import App
from bot.channels.terminal import Clock, Line, Terminal
from bot.delivery import deliver
from bot.intake import take_turns
from storage import conversations, takeovers
from storage.inbox import Door
from storage.reminders import wake
from storage.tables import ConversationRow, InboxRow
from stories.effects import Say
from stories.types import Conversation

BURST = timedelta(seconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Over:
    """A turn that is over."""

    n: int
    """Which turn of the conversation, from 1."""
    said: Sequence[Say]
    asking: str | None


class Talk:
    """What one person does, through the same inbox, turns and outbox as on every channel."""

    def __init__(self, app: App, terminal: Terminal, clock: Clock, chat: str) -> None:
        """`app` speaks through this terminal and goes by this clock."""
        self._app, self._terminal, self._clock, self._chat = app, terminal, clock, chat
        self._bursts = Door(app.database, app.ring, burst=BURST, limit=app.burst_limit)
        self._position = 0
        self.lane = app.ring.lane(f"{Terminal.name}:{chat}")

    async def take(self, line: Line) -> AsyncIterator[Over]:
        """Do what the line says; gives each turn that comes of it."""
        if line.moment is not None:
            self._clock.turn_to(line.moment)
        if line.wait is not None:
            async for over in self._wait(self._clock() + timedelta(seconds=line.wait)):
                yield over
        elif await self._receive(line):
            async for over in self._pump():
                yield over
        else:
            known = await self.known()
            yield Over(n=await self._turns(), said=(), asking=known.asking)

    async def known(self) -> Conversation:
        """What is known of the conversation now."""
        async with self._app.database.read() as session:
            return await conversations.state(session, self._app.ring, self.lane) or Conversation()

    async def _receive(self, line: Line) -> bool:
        """Keep the messages of a line; whether one of them was new."""
        messages = line.messages(self._chat, self._position + 1)
        self._position += len(messages)
        door = self._app.door if line.burst is None else self._bursts
        return any(await door.receive(messages, self._clock()))

    async def _pump(self) -> AsyncIterator[Over]:
        """Take and deliver until nothing waits: neither the end of a burst nor another attempt."""
        while True:
            before = await self._turns()
            taken = await take_turns(self._app)
            while await deliver(self._app):
                pass
            async for over in self._overs(before):
                yield over
            if taken:
                continue
            due = await self._waiting()
            if due is None or due <= self._clock():
                return
            self._clock.turn_to(due)

    async def _overs(self, before: int) -> AsyncIterator[Over]:
        """Give the turns after that one, each with its lines; a line of no turn goes with the last."""
        said, after, known = self._terminal.said(), await self._turns(), await self.known()
        if said and after == before:
            yield Over(n=after, said=said, asking=known.asking)
        numbers = await self._numbers(len(said)) if after > before + 1 else [after] * len(said)
        for n in range(before + 1, after + 1):
            here = [say for say, number in zip(said, numbers, strict=True) if number == n]
            asked = known.asking if n == after else next((say.asking for say in reversed(here) if say.asking), None)
            yield Over(n=n, said=here, asking=asked)

    async def _numbers(self, last: int) -> list[int | None]:
        """Tell the turns of the lines said last."""
        async with self._app.database.read() as session:
            lines = await conversations.transcript(session, self._app.ring, self.lane)
        numbers = [line.turn for line in lines if line.sender != "person"]
        return [*[None] * (last - len(numbers)), *numbers[len(numbers) - last :]][:last]

    async def _wait(self, until: datetime) -> AsyncIterator[Over]:
        """Let time pass; what falls due on the way happens at its own moment."""
        while (due := await self._due()) is not None and due <= until:
            self._clock.turn_to(due)
            async with self._app.database.begin() as session:
                await wake(session, self._app.ring, self._clock())
            async for over in self._pump():
                yield over
        self._clock.turn_to(until)
        async for over in self._pump():
            yield over

    async def _waiting(self) -> datetime | None:
        """When the next message of this conversation can be taken; None where none waits."""
        waiting = select(func.min(InboxRow.due_at)).where(InboxRow.lane == self.lane, InboxRow.status == "waiting")
        async with self._app.database.read() as session:
            return await session.scalar(waiting)

    async def _due(self) -> datetime | None:
        async with self._app.database.read() as session:
            return await takeovers.woken_at(session, self.lane)

    async def _turns(self) -> int:
        async with self._app.database.read() as session:
            turns = await session.scalar(select(ConversationRow.turns).where(ConversationRow.lane == self.lane))
            return turns or 0
