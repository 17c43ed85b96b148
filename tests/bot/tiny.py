"""A tiny conversation for tests of the shell: it keeps what is said, and files a case when it is told to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.app import App, Dialogue
from bot.channels.channel import Channel
from nlu.backend import Ask
from storage.crypto import KeyRing
from storage.database import Database
from stories.effects import AmendCase, CallHuman, Effect, Erase, FileCase, LookUpCompany, Say, Silence, WakeLater
from stories.requests import references_wanted
from stories.script import Platforms, Script
from stories.types import Answer, Case, Conversation, Passage, Turn, Understanding

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
SCRIPT = Script.model_construct(
    sources={"assistant.yml": "tiny"},
    platforms=Platforms(platforms=()),
    statuses={},
    wording={"fr": {"saved_will_answer": "Reçu et gardé."}, "en": {"saved_will_answer": "Received and kept."}},
)


def advance(  # noqa: C901, PLR0912  # A list of what it may be told.
    script: Script, known: Conversation, turn: Turn
) -> tuple[Conversation, Sequence[Effect]]:
    """Keep the words, and do what they say."""
    del script
    words = turn.text
    said = replace(
        known,
        narrative=(*known.narrative, *(Passage(message=m.key, text=m.text) for m in turn.messages)),
        position=max(known.position, *(m.position for m in turn.messages)),
        told=(*known.told, "late") if turn.late else known.told,
    )
    echo = Say(key="echo", text=f"{len(said.narrative)}: {words}")
    match words.split(" "):
        case ["break", *_]:
            raise RuntimeError(words)
        case ["file", *rest]:
            references = turn.supplies.references[: int(rest[0]) if rest else 1]
            filed = replace(said, filed=(*said.filed, *references))
            return filed, (*(FileCase(case=_case(r, said, turn), part=at) for at, r in enumerate(references)), echo)
        case ["amend", *rest]:
            answer = Answer(value=" ".join(rest), by="person")
            return said, (AmendCase(reference=known.filed[-1], fields={"shop_name": answer}), echo)
        case ["code"]:
            given = Say(key="code", text="Code : {secret}", secret="access_code")
            return said, (AmendCase(reference=known.filed[-1], code_hash=turn.supplies.code_hash), given)
        case ["link"]:
            return said, (Say(key="link", text="Lien : {secret}", secret="resume_link"),)
        case ["erase"] if known.filed:
            return said, (Erase(references=known.filed), echo)
        case ["erase"]:
            return Conversation(), (Erase(), Say(key="erased", text="Effacé."))
        case ["wake"]:
            return said, (WakeLater(after=timedelta(hours=1)), echo)
        case ["look", number]:
            return said, (LookUpCompany(number=number), echo)
        case ["human"]:
            return said, (CallHuman(), echo)
        case ["hush"]:
            return said, (Silence(because="nothing_due"),)
        case ["status", *_]:
            seen = " ".join(f"{case.reference}={case.status}" for case in turn.cases)
            return said, (Say(key="status", text=seen or "none"),)
        case _ if turn.head.sender == "clock":
            return said, (Say(key="reminder", text="Toujours là ?"),)
        case _:
            return said, (echo,)


def _case(reference: str, said: Conversation, turn: Turn) -> Case:
    fields = {name: Answer(value=value) for name, value in turn.head.fields.items()}
    return Case(
        reference=reference, language=said.language, channel=turn.head.channel, filed_at=turn.at,
        fields=fields, narrative=said.narrative,
    )  # fmt: skip


DIALOGUE = Dialogue(
    advance=advance,
    expecting=lambda _script, _known: None,
    listening=lambda known: len(known.narrative) < 50,
    references_wanted=references_wanted,
)


class Reader:
    """An NLU that counts what it reads."""

    name = "tiny-1"

    def __init__(self) -> None:
        self.passes: list[int] = []

    def understand_many(self, asks: Sequence[Ask]) -> list[Understanding]:
        self.passes.append(len(asks))
        return [Understanding(by=self.name, language="fr") for _ in asks]


class Mailbox(Channel):
    """A channel whose people come to read."""

    name = "box"
    mailbox = True
    shows_notice = True
    resumes = True

    async def send(self, chat: str, say: Say) -> None:
        raise AssertionError((chat, say))


class Postman(Channel):
    """A channel that sends, and keeps what it sent; `trouble` is raised once for each line that it names."""

    name = "post"
    reminds = True

    def __init__(self) -> None:
        self.sent: list[tuple[str, str]] = []
        self.trouble: dict[str, list[Exception]] = {}

    async def send(self, chat: str, say: Say) -> None:
        if troubles := self.trouble.get(say.text):
            raise troubles.pop(0)
        self.sent.append((chat, say.text))


class Clock:
    """Time that a test moves."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now

    def seconds(self) -> float:
        return self.now.timestamp()

    def pass_(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


def tiny_app(database: Database, ring: KeyRing, **settings: Any) -> App:
    """A whole shell round the tiny conversation."""
    given: dict[str, Any] = {
        "script": SCRIPT,
        "nlu": Reader(),
        "channels": {"box": Mailbox(), "post": Postman()},
        "clock": Clock(),
        "dialogue": DIALOGUE,
        "burst": timedelta(),
    }
    return App(database=database, ring=ring, **{**given, **settings})
