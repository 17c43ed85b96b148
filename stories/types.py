"""The words the whole product shares: plain frozen values, no I/O, no framework."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

Language = Literal["fr", "en"]
Sender = Literal["person", "clock", "registry", "files", "official"]
AttachmentKind = Literal["photo", "document", "voice", "audio", "video"]
Event = Literal[
    "opened", "contact", "location", "sticker", "unsupported", "group", "not_addressed", "blocked", "unblocked",
    "taken", "handed_back",
]  # fmt: skip
"""What is done without words; those of the network, from `group` to `unblocked`, are no messages to us.

`opened`: the reference in the message's text was given with its access code. `taken`: an official, whose id is the
message's text, speaks here from now on; `handed_back`: the program does again.
"""
AnswerState = Literal["given", "declined", "unknown"]
Secret = Literal["access_code", "resume_link"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """A file that came with a message."""

    id: str
    """How the channel names it when we fetch it; of a page, its id in our own store."""
    lasting: str = ""
    """What tells it from other files wherever it comes again, where `id` may then be another one."""
    kind: AttachmentKind
    name: str = ""
    """As the person's device calls it."""
    media_type: str = ""
    """As the channel says; what it really is shows when it is here."""
    size: int | None = None
    """Bytes, as the channel says."""
    seconds: int | None = None
    """How long a voice message, sound or film lasts."""

    @property
    def identity(self) -> str:
        return self.lasting or self.id


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """What was said to us, the same for every channel."""

    channel: str
    chat: str
    key: str
    """The channel's own id of this message, unique in its lane: a redelivery has the same one."""
    position: int = 0
    """The channel's own sequence: unprocessed messages of a lane are taken in this order."""
    sender: Sender = "person"
    text: str = ""
    choice: str | None = None
    """The id of the button pressed, as the `Choice` that offered it had it."""
    fields: Mapping[str, str] = field(default_factory=dict)
    """What a plain form brought, by field name, as typed."""
    edits: str | None = None
    """The key of the earlier message of which this is the edited version."""
    attachments: tuple[Attachment, ...] = ()
    album: str | None = None
    """Messages of one album are one turn."""
    event: Event | None = None
    """What was done instead of writing."""
    press: str | None = None
    """What the channel needs to answer the button pressed, and to take its buttons away."""
    sent_at: datetime | None = None

    @property
    def lane(self) -> str:
        """Name the conversation: messages of one lane are taken one turn at a time, in order."""
        return f"{self.channel}:{self.chat}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """One thing the text may be about, with its calibrated probability and the passage that says it best."""

    id: str
    probability: float
    start: int = 0
    end: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Entity:
    """A value read from the text: `text[start:end]` says it."""

    field: str
    """The field of a case that it fills (`loss_eur`); `money`, `percent`, `date` or `number` where nothing tells."""
    value: Any
    """JSON: euros, a percentage 0..100, a partial date `{"value", "precision", "approx"}`, an id, a text."""
    text: str
    start: int
    end: int
    approx: bool = False
    confidence: float = 1.0
    by: str = "rule"
    """Who read it, as in `Answer.by`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Understanding:
    """What the NLU made of a text. Spans count characters of the turn's text."""

    language: Language | None = None
    acts: tuple[Label, ...] = ()
    """Dialogue acts, likeliest first."""
    problems: tuple[Label, ...] = ()
    """Problem categories, likeliest first; several may hold at once."""
    entities: tuple[Entity, ...] = ()
    """Values in the order of the text; facets too, as `facets.no_notice` with "yes" or "no"."""
    by: str = ""
    """The backend and model that said so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Supplies:
    """What is random, drawn at the edge and handed in, so that the core stays pure."""

    references: tuple[str, ...] = ()
    """Fresh case references, as many as one turn may file."""
    code_hash: str = ""
    """Hash of the fresh access code that the shell puts where a `Say` has `secret="access_code"`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownCase:
    """A filed case that the person may ask about in this turn: its own, or one opened by reference and code."""

    reference: str
    status: str
    filed_at: datetime
    own: bool = True
    """Filed from this conversation, or opened here for good; otherwise the code given in this turn opened it."""
    joined: str | None = None
    """The reference of the case that it was merged into, whose status it has."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """Everything the dialogue may know of this moment; nothing else is read."""

    messages: tuple[Message, ...]
    understanding: Understanding = Understanding()
    at: datetime
    late: bool = False
    """Its successor was processed before: an addition, never a rewrite of the past."""
    supplies: Supplies = Supplies()
    cases: tuple[KnownCase, ...] = ()
    opened: Case | None = None
    """The case, filed elsewhere, that is taken up here from this turn on."""
    registry: bool = False
    """A company register can be asked."""
    notice_shown: bool = False
    """The channel showed the notice itself, before the text field (the web page does)."""
    remindable: bool = True
    """The channel lets us write first, so a draft left alone may be reminded."""
    resumable: bool = False
    """A link can bring the person back here: it is offered at the first pause."""
    transcribes: bool = False
    """A voice message will be turned into text, which comes in as news of a file."""
    flooded: bool = False
    """More messages waited than a person writes: they are taken together."""
    page: str = ""
    """The address of our own page, where the same conversation can be had; none: there is none."""

    @property
    def text(self) -> str:
        """Join the texts of a burst, one a line; spans of the Understanding count in it."""
        return "\n".join(message.text for message in self.messages)

    @property
    def head(self) -> Message:
        """Give the first message: a turn with a choice, a form or a sender other than a person has only this one."""
        return self.messages[0]

    def locate(self, start: int, end: int) -> tuple[str, int, int]:
        """Find the key of the message that holds `text[start:end]`, and the span within that message."""
        offset = 0
        for message in self.messages:
            if start <= offset + len(message.text):
                return message.key, max(0, start - offset), min(end - offset, len(message.text))
            offset += len(message.text) + 1
        return self.messages[-1].key, 0, len(self.messages[-1].text)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A value that we keep, and how we came to it. A field that has none was not asked."""

    value: Any = None
    state: AnswerState = "given"
    raw: str = ""
    """What was typed."""
    by: str = "person"
    """person, form, rule, registry, default, official, or `model:` with its name and version."""
    message: str | None = None
    """The key of the message it came from."""
    start: int | None = None
    end: int | None = None
    confidence: float = 1.0
    confirmed: bool = False
    """The firm saw it in a summary or chose it, and let it stand."""
    approx: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """A part of the firm's story, in its own words, never rewritten."""

    message: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One of several linked cases told in one story: what differs between them."""

    platform: str
    problems: tuple[str, ...]
    """The main one first; none where the text does not say."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What one turn changed, to undo it."""

    asking: str | None
    answers: Mapping[str, Answer | None]
    """The answers replaced, as they were; None where there was none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Transcript:
    """What a voice message seems to say: it counts once the person confirms it."""

    message: str
    text: str
    asking: str | None
    """What had been asked when it came."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversation:
    """What we know, not where we are: the next question follows from it.

    New fields need a default, so that states stored by an older version still load.
    """

    language: Language = "fr"
    language_chosen: bool = False
    """Chosen by the person: messages in the other language no longer change it."""
    noticed: bool = False
    """The notice was given."""
    narrative: tuple[Passage, ...] = ()
    answers: Mapping[str, Answer] = field(default_factory=dict)
    """By field of a case, `category_answers.KEY` for the questions of a category."""
    asking: str | None = None
    """What the last thing we said asks for."""
    offered: tuple[str, ...] = ()
    """The choice ids under that question."""
    confirming: Literal["erase", "restart", "withdraw"] | None = None
    """What cannot be undone and was asked about last: a yes or no typed now answers that, not `asking`."""
    asked: tuple[str, ...] = ()
    """Every question asked so far, in order: none is asked twice of its own accord."""
    lines: tuple[str, ...] = ()
    """The fields behind the numbers of the last summary shown."""
    told: tuple[str, ...] = ()
    """What is said at most once: emergencies, advice, doors."""
    parts: tuple[Part, ...] = ()
    """The linked cases, where the person agreed to split; else none."""
    filed: tuple[str, ...] = ()
    """References of the cases filed here, or taken up here."""
    filed_at: datetime | None = None
    ended: Literal["withdrawn", "erasing"] | None = None
    paused: bool = False
    reminders: int = 0
    """Reminders sent for this draft."""
    reminders_stopped: bool = False
    position: int = 0
    """The position of the last message processed."""
    said_at: datetime | None = None
    """When the last message processed was sent, where the channel says so."""
    files: tuple[str, ...] = ()
    """The identities of the files that came."""
    transcript: Transcript | None = None
    steps: tuple[Step, ...] = ()
    """The last answers, newest last, for "back"."""
    proving: str | None = None
    """The reference for which an access code is awaited."""
    taken: bool = False
    """An official speaks here, and the program is silent."""

    @property
    def is_empty(self) -> bool:
        """Whether the person would lose nothing if all of it were forgotten."""
        return not (self.narrative or self.answers or self.files or self.transcript)


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """A button. Its label, and the synonyms of the wording, may be typed instead."""

    id: str
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """What a firm files: the flat fields of `scripts/fields.yml`, each with its provenance."""

    reference: str
    language: Language
    channel: str
    filed_at: datetime
    fields: Mapping[str, Answer]
    narrative: tuple[Passage, ...]
    linked: tuple[str, ...] = ()
    """References of the other cases filed by the same turn."""
