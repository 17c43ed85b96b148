"""The loops that note what was understood and draw what is labelled, behind a running conversation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlalchemy import select

from bot import labelling
from bot.app import App, dialogue
from bot.intake import take_turns
from nlu.backend import Ask, NLUError
from storage.crypto import KeyRing
from storage.database import Database
from storage.training_tables import ReadingRow, SampleRow
from stories.script import default_folder, load
from stories.types import Label, Language, Message, Understanding
from tests.bot.tiny import tiny_app

STORY = "Amazon a fermé mon compte, écrivez à paul@moulin.example"


@dataclass(slots=True)
class Teller:
    """A reader that tells one problem, and perhaps another beside it, unheard."""

    problem: str = "account_suspension"
    odds: float = 0.95
    shadow: Teller | Absent | None = None
    name: str = "tiny/1"
    asked: list[Ask] = field(default_factory=list)

    def understand_many(self, asks: Sequence[Ask]) -> list[Understanding]:
        self.asked += asks
        told = Label(id=self.problem, probability=self.odds)
        return [Understanding(by=self.name, language="fr", problems=(told,)) for _ in asks]

    def unknown(self, text: str, language: Language) -> float:
        return 0.5 if text and language == "fr" else 0.0


class Absent:
    """A reader that cannot answer."""

    name = "tiny/3"

    def understand_many(self, asks: Sequence[Ask]) -> list[Understanding]:
        raise NLUError(str(len(asks)))


def app_with(database: Database, ring: KeyRing, nlu: Teller) -> App:
    """The real conversation, understood by a double."""
    return tiny_app(database, ring, nlu=nlu, script=load(default_folder()), dialogue=dialogue())


async def tell(app: App, *texts: str) -> None:
    """Say these one after the other; each is answered, noted and perhaps drawn."""
    for text in texts:
        await app.door.receive([Message(channel="box", chat="a", key=text, text=text)], app.clock())
        await take_turns(app)
        await labelling.read(app)
        await labelling.draw(app)


async def kept(app: App) -> tuple[list[ReadingRow], list[SampleRow]]:
    async with app.database.read() as session:
        readings = await session.scalars(select(ReadingRow).order_by(ReadingRow.turn_id))
        samples = await session.scalars(select(SampleRow).order_by(SampleRow.id))
        return list(readings), list(samples)


async def test_what_was_understood_is_noted_once_with_what_had_been_asked(database: Database, ring: KeyRing) -> None:
    app = app_with(database, ring, Teller())
    await tell(app, STORY)
    (reading,), (sample,) = await kept(app)
    assert (reading.problem, reading.odds, reading.by, reading.unknown) == ("account_suspension", 0.95, "tiny/1", 0.5)
    assert (reading.story, reading.abstained, reading.shadow) == (True, False, None)
    assert sample.turn_id == reading.turn_id
    assert ring.open("samples", "text", sample.id, sample.text).decode().endswith("écrivez à [e-mail]")
    assert await labelling.read(app) == 0
    assert await labelling.draw(app) == 0
    await tell(app, "depuis octobre")
    _, (_, second) = await kept(app)
    assert second.asked is not None
    assert second.asked["asking"]


async def test_a_model_in_the_shadow_reads_the_same_and_is_not_heard(database: Database, ring: KeyRing) -> None:
    shadow = Teller(problem="funds_withheld", name="embedded/7")
    app = app_with(database, ring, Teller(odds=0.1, shadow=shadow))
    await tell(app, STORY)
    (reading,), _ = await kept(app)
    assert (reading.problem, reading.abstained) == ("account_suspension", True)
    assert (reading.shadow, reading.shadow_problem) == ("7", "funds_withheld")
    assert [ask.text for ask in shadow.asked] == [STORY]


async def test_a_shadow_that_cannot_answer_holds_nothing_up(database: Database, ring: KeyRing) -> None:
    app = app_with(database, ring, Teller(shadow=Absent()))
    await tell(app, STORY)
    (reading,), _ = await kept(app)
    assert (reading.problem, reading.shadow) == ("account_suspension", None)


async def test_who_objects_in_the_chat_is_learnt_from_no_more(database: Database, ring: KeyRing) -> None:
    app = app_with(database, ring, Teller())
    await tell(app, STORY)
    await tell(app, "Je refuse que mes messages servent à l'entraînement")
    _, samples = await kept(app)
    assert [(row.status, row.text) for row in samples] == [("withdrawn", b"")]
    await tell(app, "J'ai perdu la moitié de mes ventes")
    _, samples = await kept(app)
    assert {row.status for row in samples} == {"withdrawn"}


async def test_an_erased_conversation_leaves_no_word_and_no_reading(database: Database, ring: KeyRing) -> None:
    app = tiny_app(database, ring, nlu=Teller(), script=load(default_folder()))
    await tell(app, STORY)
    await tell(app, "erase")
    readings, samples = await kept(app)
    assert readings == []
    assert [(row.status, row.text) for row in samples] == [("withdrawn", b"")]
