"""Plays a conversation on a channel, over its fake network, under a fault; counts what was lost or came twice."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any, Literal

from sqlalchemy import func, select

from bot import documents
from bot.app import App
from bot.channels.terminal import Clock, Line, of_official
from bot.delivery import deliver
from bot.intake import take_turns
from storage import conversations, takeovers
from storage.conversations import Line as Said
from storage.reminders import wake
from storage.tables import InboxRow, OutboxRow, TurnRow
from stories.types import Conversation
from tests.conversations.story import Step, Story, given, sent

LEASE = timedelta(seconds=60)
LETTERS = re.compile(r"[^\W\d_]+")
BLANK = "•"
LONG = 4000
"""Characters from which a line may come in parts."""
ROUNDS = 1000
"""Rounds after which a conversation that does not come to rest has failed."""


@dataclass(slots=True, kw_only=True)
class Fault:
    """What goes wrong on the way, each with its share of the chances."""

    name: str
    repeats: float = 0
    """A call of the network comes once more."""
    swaps: float = 0
    """What was sent together comes in another order."""
    busy: float = 0
    """The network says: not so fast."""
    broken: float = 0
    """The network answers with an error of its own."""
    cut: float = 0
    """The connection is dropped: before anything was done, or after all of it was."""
    blocks: float = 0
    """The person blocks us, and lets us in again."""
    slow: bool = False
    """Everything takes a moment."""
    crash: float = 0
    """The worker dies in the middle of what it does."""

    @property
    def tells_otherwise(self) -> bool:
        """What comes in another order, or is said to nobody, may be answered otherwise; it must not be lost."""
        return bool(self.swaps or self.blocks)

    @property
    def hides_buttons(self) -> bool:
        """A button that was never shown cannot be pressed, so that less may be filed than the conversation tells."""
        return bool(self.blocks)


FAULTS: Sequence[Fault] = (
    Fault(name="none"),
    Fault(name="repeats", repeats=0.5),
    Fault(name="swaps", swaps=1, repeats=0.3),
    Fault(name="busy", busy=0.3),
    Fault(name="broken", broken=0.3),
    Fault(name="cut", cut=0.3),
    Fault(name="blocks", blocks=0.2),
    Fault(name="slow", slow=True),
    Fault(name="crash", crash=0.4),
    Fault(name="everything", repeats=0.3, swaps=0.5, busy=0.2, broken=0.2, cut=0.2, crash=0.2),
)


@dataclass(slots=True, kw_only=True)
class Count:
    """What became of one conversation."""

    said: int = 0
    """Messages of the person."""
    lost: list[str] = field(default_factory=list)
    """What the person said and nobody processed, or was owed and never got, in words without theirs."""
    twice: int = 0
    """Cases filed more than once."""
    repeated: int = 0
    """Lines that the person read twice."""
    refused: int = 0
    """Lines that the network did not take, because the person had blocked us."""


class Dead(BaseException):
    """The process has died: nothing in it goes on."""


class Life:
    """The clock of a process, and how often it is still read before the process dies; each step reads it."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.left: int | None = None

    def __call__(self) -> datetime:
        if self.left == 0:
            raise Dead
        self.left = self.left - 1 if self.left is not None else None
        return self.clock()


class Person(ABC):
    """Somebody at a channel, as far as its network shows them."""

    lane: str
    """Of the conversation, before `KeyRing.lane`."""
    faults: frozenset[str] = frozenset({"none", "slow", "crash"})
    """The faults that this channel's network can have."""
    edits: bool = True
    """What was sent can be changed there."""
    blanks: bool = False
    """A message of spaces can be sent there."""

    @abstractmethod
    async def does(self, line: Line, label: Callable[[str], str]) -> None:
        """Do what a line says; `label` is what a button is called."""

    @abstractmethod
    async def read(self) -> list[str]:
        """What was seen so far, in order, one text a line said."""

    async def lets_go_wrong(self, fault: Fault, chance: Random) -> None:  # noqa: B027  # Some networks are good.
        """Draw what goes wrong until the next round."""

    async def recovers(self) -> None:  # noqa: B027  # Nothing to mend there.
        """Nothing goes wrong any more."""


def shows(seen: str, said: str) -> bool:
    """Whether a text on the screen is this line: its letters count, and what was secret in it was blanked since."""
    read, meant = (" ".join(LETTERS.findall(text)) for text in (seen, said))
    return read.startswith(meant) if BLANK in said or len(said) > LONG else read == meant


class Play:
    """One conversation, from its first line to the end."""

    def __init__(self, make: Callable[[], App], life: Life, person: Person, fault: Fault, seed: str) -> None:
        """`make` starts a process on the same database; a crash ends one and starts the next."""
        self._make, self._life, self._clock, self.person, self._fault = make, life, life.clock, person, fault
        self._chance = Random(f"{seed} {fault.name}")  # noqa: S311  # Faults are drawn, not secrets.
        self.app = make()
        self.lane = self.app.ring.lane(person.lane)
        self._heard = 0
        """Id of the last line of the transcript that was compared."""
        self._changes = 0
        """How often the conversation changed hands."""
        self._looked = 0
        """How many texts were looked at on the screen."""

    def can_tell(self, story: Story) -> bool:
        """Whether all that happens in it can happen on this channel."""
        reminds = all(channel.reminds for channel in self.app.channels.values())
        can_say = (self.person.edits or not story.edits) and (self.person.blanks or not story.blanks)
        return can_say and (reminds or not story.reminds)

    def shows_itself(self, step: Step) -> bool:
        """Whether the page of this channel shows what the step expects, so that it is not said."""
        noticed = any(channel.shows_notice for channel in self.app.channels.values())
        notices = [words["notice"] for words in self.app.script.wording.values()]
        told = step.bot is not None and any(step.bot.strip() in notice for notice in notices)
        offered = any(choice.startswith("language:") for choice in step.choices)
        return noticed and (step.action == "utter_notice" or told or offered)

    async def through(self, story: Story, expect: Callable[[Any, list[Said], Conversation, str], None]) -> None:
        """Play every step; `expect` compares an answer with what the step expects."""
        said: list[Said] = []
        slots: dict[str, str] = {}
        for place, step in enumerate(story.steps, 1):
            if step.is_said:
                said = await self.take(sent(step, slots))
                slots |= given("\n".join(await self._seen()))
            else:
                expect(step, said, await self.known(), f"step {place}")

    async def take(self, line: Line) -> list[Said]:
        """Do what a line says, wait until all is at rest, and give what was said meanwhile."""
        if line.moment is not None:
            self._clock.turn_to(line.moment)
        if line.wait is not None:
            await self._wait(self._clock() + timedelta(seconds=line.wait))
        else:
            labels = {choice.id: choice.label for one in await self.transcript() for choice in one.choices}
            await self.person.lets_go_wrong(self._fault, self._chance)
            if line.official is not None:
                await self._of_official(line.official)
            else:
                await self.person.does(line, lambda choice: labels.get(choice, choice))
            await self._rest()
        return await self._new()

    async def _of_official(self, event: Literal["taken", "handed_back"]) -> None:
        channel, _, chat = self.person.lane.partition(":")
        self._changes += 1
        await self.app.door.receive([of_official(channel, chat, f"official-{self._changes}", event)], self._clock())

    async def known(self) -> Conversation:
        async with self.app.database.read() as session:
            return await conversations.state(session, self.app.ring, self.lane) or Conversation()

    async def transcript(self) -> list[Said]:
        async with self.app.database.read() as session:
            return await conversations.transcript(session, self.app.ring, self.lane)

    async def filed(self) -> list[Mapping[str, Any]]:
        async with self.app.database.read() as session:
            return list(await documents.of_conversation(session, self.app.ring, self.app.script, self.lane))

    async def end(self) -> None:
        """Let the last process go."""
        await self.app.database.close()

    async def count(self, cases: int | None) -> Count:
        """What was lost, filed twice or repeated in all, where so many cases were to be filed."""
        counted = Count()
        async with self.app.database.read() as session:
            rows = (await session.execute(select(InboxRow.status, InboxRow.sender, InboxRow.error))).all()
            turns = await session.scalar(select(func.count()).select_from(TurnRow)) or 0
            owed = (await session.execute(select(OutboxRow.kind, OutboxRow.status, OutboxRow.error))).all()
            erased = await session.scalar(select(OutboxRow.id).where(OutboxRow.kind == "say", OutboxRow.payload == b""))
        counted.said = sum(sender == "person" for _, sender, _ in rows)
        counted.lost += [f"a message is {status}: {error}" for status, _, error in rows if status != "done"]
        counted.lost += [] if turns else ["no turn was taken"]
        counted.refused = sum(status == "failed" and error == "Unreachable" for _, status, error in owed)
        ended = {"done", "dropped"}
        counted.lost += [
            f"a {kind} is {status}: {error}"
            for kind, status, error in owed
            if status not in ended and error != "Unreachable"
        ]
        said = [one for one in await self.transcript() if one.sender == "bot"]
        seen = await self.person.read()
        for one in said:
            shown = sum(shows(text, one.text) for text in seen)
            meant = sum(shows(other.text, one.text) for other in said)
            if shown < meant - counted.refused:
                counted.lost.append(f"the line {one.key} was not shown")
            counted.repeated += shown > meant and not erased and BLANK not in one.text
        counted.twice = max(0, len(await self.filed()) - cases) if cases is not None else 0
        return counted

    async def _new(self) -> list[Said]:
        new = [one for one in await self.transcript() if one.sender != "person" and one.id > self._heard]
        self._heard = max([self._heard, *(one.id for one in new)])
        return new

    async def _seen(self) -> list[str]:
        """What came onto the screen since the last look."""
        seen = await self.person.read()
        new, self._looked = seen[self._looked :], len(seen)
        return new

    async def _rest(self) -> None:
        """Let the process work until nothing waits."""
        for _ in range(ROUNDS):
            await self.person.lets_go_wrong(self._fault, self._chance)
            if self._fault.crash and self._chance.random() < self._fault.crash:
                await self._crash()
                continue
            if await take_turns(self.app) or await deliver(self.app):
                continue
            due = await self._due()
            if due is None:
                await self.person.recovers()
                while await take_turns(self.app) or await deliver(self.app):
                    pass
                return
            self._clock.turn_to(max(due, self._clock() + timedelta(seconds=1)))
        raise AssertionError("the conversation does not come to rest")

    async def _crash(self) -> None:
        """Die between two steps of a round; another process goes on once the leases are over."""
        self._life.left = self._chance.randrange(6)
        with suppress(Dead):
            while await take_turns(self.app) or await deliver(self.app):
                pass
        await self.app.database.close()
        self._life.left = None
        self.app = self._make()
        self._clock.turn_to(self._clock() + LEASE + timedelta(seconds=1))

    async def _wait(self, until: datetime) -> None:
        """Let time pass; what falls due on the way happens at its own moment."""
        while (due := await self._woken()) is not None and due <= until:
            self._clock.turn_to(due)
            async with self.app.database.begin() as session:
                await wake(session, self.app.ring, self._clock())
            await self._rest()
        self._clock.turn_to(until)
        await self._rest()

    async def _woken(self) -> datetime | None:
        async with self.app.database.read() as session:
            return await takeovers.woken_at(session, self.lane)

    async def _due(self) -> datetime | None:
        """When something that waits can go on; None where nothing waits."""
        async with self.app.database.read() as session:
            found = [
                await session.scalar(select(func.min(table.due_at)).where(table.status == "waiting"))
                for table in (InboxRow, OutboxRow)
            ]
        return min((one for one in found if one is not None), default=None)
