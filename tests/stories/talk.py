"""A conversation with the pure core, one line at a time, for tests of the dialogue."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from nlu.backend import Expecting
from nlu.entities import read
from stories.dialogue import advance, expecting
from stories.effects import Effect, FileCase, Say
from stories.folding import fold
from stories.script import Script, default_folder, load
from stories.types import Case, Conversation, KnownCase, Label, Language, Message, Supplies, Turn, Understanding

CLOSED = "Cdiscount a fermé mon compte le 8 octobre, 15 000 € perdus"
START = datetime(2026, 11, 23, 21, 47, tzinfo=UTC)
SUPPLIES = Supplies(references=("PV-2026-00001-A", "PV-2026-00002-B", "PV-2026-00003-C"), code_hash="hash")
PROBLEMS: Sequence[tuple[str, str, float]] = (
    ("account_suspension", "viré", 0.5),
    ("listing_removal", "viré", 0.4),
    ("account_suspension", "fermé mon compte", 0.9),
    ("account_suspension", "closed my account", 0.9),
    ("invoicing_documents", "factures", 0.9),
    ("invoicing_documents", "invoices", 0.9),
    ("no_human_contact", "personne répond", 0.9),
    ("no_human_contact", "nobody answers", 0.9),
    ("funds_withheld", "retient mon argent", 0.9),
    ("out_of_scope", "mon patron", 0.95),
)
"""Passages and the problems that this double of the classifier hears in them."""


@lru_cache
def script() -> Script:
    return load(default_folder())


def hear(text: str, at: datetime, known: Conversation) -> Understanding:
    """The real reader of values, and a classifier that knows a few passages."""
    asked = expecting(script(), known)
    wanted = Expecting(asking=asked[0], kind=asked[1], options=asked[2]) if asked else None
    language: Language = "en" if {"the", "my", "they", "is"} & set(fold(text).split()) else "fr"
    entities = read(text, at=at, language=known.language, platforms=script().platforms, expecting=wanted)
    heard = [
        Label(id=name, probability=p, start=text.index(said), end=text.index(said) + len(said))
        for name, said, p in PROBLEMS
        if said in text
    ]
    ranked = tuple(sorted(heard, key=lambda label: -label.probability))
    return Understanding(language=language, problems=ranked, entities=entities, by="double")


@dataclass(slots=True, kw_only=True)
class Talk:
    """What one person says, and what it gets back."""

    known: Conversation = field(default_factory=Conversation)
    at: datetime = START
    effects: Sequence[Effect] = ()
    cases: tuple[KnownCase, ...] = ()
    opened: Case | None = None
    remindable: bool = True
    resumable: bool = False
    registry: bool = False
    turns: int = 0

    def tell(self, text: str, **message: object) -> Talk:
        """Say something; the effects of the turn are then in `effects`."""
        return self.take(Message(channel="terminal", chat="1", key=self._key(), text=text, **message))  # type: ignore[arg-type]

    def press(self, choice: str) -> Talk:
        return self.take(Message(channel="terminal", chat="1", key=self._key(), choice=choice))

    def wake(self) -> Talk:
        return self.take(Message(channel="terminal", chat="1", key=self._key(), sender="clock"))

    def take(self, *messages: Message, late: bool = False) -> Talk:
        self.turns += 1
        self.at += timedelta(minutes=1)
        text = "\n".join(message.text for message in messages)
        turn = Turn(
            messages=messages,
            understanding=hear(text, self.at, self.known) if text else Understanding(),
            at=self.at,
            late=late,
            supplies=SUPPLIES,
            cases=self.cases,
            opened=self.opened,
            remindable=self.remindable,
            resumable=self.resumable,
            registry=self.registry,
        )
        self.known, self.effects = advance(script(), self.known, turn)
        return self

    def _key(self) -> str:
        return f"m{self.turns + 1}"

    @property
    def says(self) -> list[Say]:
        return [effect for effect in self.effects if isinstance(effect, Say)]

    @property
    def keys(self) -> list[str]:
        return [say.key for say in self.says]

    @property
    def text(self) -> str:
        return "\n".join(say.text for say in self.says)

    @property
    def choices(self) -> list[str]:
        return [choice.id for say in self.says for choice in say.choices]

    @property
    def filed(self) -> list[FileCase]:
        return [effect for effect in self.effects if isinstance(effect, FileCase)]

    def value(self, name: str) -> object:
        """The value of a field as known now."""
        answer = self.known.answers.get(name)
        return answer.value if answer else None


def ready() -> Talk:
    """A conversation that waits for Send."""
    return Talk().tell(CLOSED).press("share_platform=no")


def sent() -> Talk:
    return ready().press("send")
