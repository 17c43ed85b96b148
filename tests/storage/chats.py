"""Conversations in which one thing was said and understood, kept as their turns would keep them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from nlu.masking import mask
from storage import cases, drawing, inbox, outbox, readings, turns
from storage.conversations import CONVERSATION
from storage.crypto import KeyRing
from storage.database import Database
from storage.desk_tables import CaseRow
from storage.ids import IDS
from storage.outbox import Owed
from storage.readings import Reading
from storage.tables import ConversationRow, InboxRow, OutboxRow, TurnRow
from storage.training_tables import SampleRow
from storage.turns import Held
from stories.effects import Say
from stories.script import Script
from stories.types import Answer, Case, Conversation, Entity, Label, Message, Passage, Turn, Understanding
from tests.stories.talk import script

NOW = datetime(2026, 11, 24, 8, tzinfo=UTC)
SCRIPT = Script.model_construct(sources={"assistant.yml": "tiny"})
STORY = "Ils ont fermé mon compte. Écrivez à paul@moulin.example, Éditions du Moulin, commande 171-4459982-0012345"
MAIL = Entity(field="email", value="paul@moulin.example", text="paul@moulin.example", start=36, end=55)


@dataclass(slots=True)
class Chat:
    """A conversation in which one thing was said, as a turn would keep it."""

    database: Database
    ring: KeyRing
    name: str
    text: str = STORY
    question: str = ""
    """What the program had said before it."""
    problem: str = "account_suspension"
    odds: float = 0.6
    answers: Mapping[str, Answer] = field(default_factory=dict)
    at: datetime = NOW
    conversation: int = 0
    turn: int = 0

    @property
    def lane(self) -> str:
        return self.ring.lane(f"webchat:{self.name}")

    async def keep(self, session: AsyncSession) -> Chat:
        self.conversation, self.turn, asked = IDS.new(self.at), IDS.new(self.at), ("story", "text", ())
        known = Conversation(answers=self.answers)
        session.add(
            ConversationRow(
                id=self.conversation, lane=self.lane, channel="webchat", language="fr", listening=False,
                address=self.ring.seal("conversations", "address", self.conversation, b"x"),
                state=self.ring.seal("conversations", "state", self.conversation, CONVERSATION.dump_json(known)),
                created_at=self.at, updated_at=self.at,
            )
        )  # fmt: skip
        await session.flush()
        if self.question:
            owed = Owed(chat=self.name, say=Say(key="ask.story", text=self.question))
            said = outbox.row(self.ring, owed, lane=self.lane, channel="webchat", now=self.at)
            await session.execute(insert(OutboxRow).values(said))
        message = Message(channel="webchat", chat=self.name, key="m1", text=self.text)
        await inbox.receive(session, self.ring, [message], now=self.at)
        of = (await session.scalars(select(InboxRow.id).where(InboxRow.lane == self.lane))).one()
        told = Understanding(
            language="fr", problems=(Label(id=self.problem, probability=self.odds),), by="tiny-1",
            entities=(MAIL,) if self.text == STORY else (),
        )  # fmt: skip
        turn = Turn(messages=(message,), understanding=told, at=self.at)
        row = turns.row(
            self.ring, self.turn, Held(id=self.conversation, lane=self.lane), turn, script=SCRIPT, messages=(of,),
            outcome="answered", asked=asked,
        )  # fmt: skip
        await session.execute(insert(TurnRow), [row])
        await session.execute(update(InboxRow).where(InboxRow.id == of).values(turn_id=self.turn, status="done"))
        await self.read(session)
        return self

    async def read(self, session: AsyncSession) -> None:
        reading = Reading(
            turn_id=self.turn, at=self.at, language="fr", by="tiny-1", problem=self.problem, odds=self.odds, act=None,
            act_odds=0.0, story=True, abstained=False, unknown=0.0,
        )  # fmt: skip
        await readings.keep(session, [reading])

    async def file(self, session: AsyncSession, **fields: Answer) -> Case:
        """File a case of it."""
        main = Answer(value="account_suspension", by="model:tiny-1", confidence=0.6)
        listed = [{"id": "account_suspension", "confidence": 0.6}]
        given = {"primary_category": main, "categories": Answer(value=listed), **self.answers, **fields}
        filed = Case(
            reference=f"PV-{self.name}", language="fr", channel="webchat", filed_at=self.at, fields=given,
            narrative=(Passage(message="m1", text=self.text),),
        )  # fmt: skip
        row = cases.row(self.ring, script(), filed, filed_by=self.turn, part=0, conversation_id=self.conversation)
        await session.execute(insert(CaseRow).values(row))
        return filed


async def drawn(database: Database, ring: KeyRing, *, now: datetime = NOW) -> list[SampleRow]:
    """A round of drawing; all samples there are then."""
    async with database.read() as session:
        picked = await drawing.pick(session, ring, now)
    async with database.begin() as session:
        await drawing.keep(session, ring, mask, picked, now)
        return list(await session.scalars(select(SampleRow).order_by(SampleRow.id)))
