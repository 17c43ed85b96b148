"""The pieces of a script: a question, a category, a platform, a rule, each as its YAML holds it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from stories.types import Language

Kind = Literal[
    "choice", "yes_no", "text", "money", "percent", "partial_date", "integer", "days",
    "company", "email", "phone", "platform", "problem",
]  # fmt: skip
Group = Literal[
    "company", "contact", "platform", "problem", "impact", "steps", "wish", "consent", "urgency", "evidence"
]


class Part(BaseModel):
    """A piece of the script: unknown keys are errors, values are not changed after loading."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Text(Part):
    """The same words in every language."""

    fr: str
    en: str

    def __getitem__(self, language: Language) -> str:
        return self.fr if language == "fr" else self.en


class Words(Part):
    """Several wordings in every language: typed synonyms of a button, sentences of a list, patterns."""

    fr: tuple[str, ...] = ()
    en: tuple[str, ...] = ()

    def __getitem__(self, language: Language) -> tuple[str, ...]:
        return self.fr if language == "fr" else self.en

    @property
    def all(self) -> tuple[str, ...]:
        return self.fr + self.en


class Option(Part):
    """One of the answers that a question of kind `choice` offers."""

    id: str
    label: Text
    words: Words = Words()
    """What people type instead of pressing it, folded: no capitals, no accents."""


class Question(Part):
    """How a value is asked for and read. `key` is a field of a case, or of `category_answers`."""

    key: str
    kind: Kind
    ask: Text
    why: Text | None = None
    """The honest answer to "why do you ask?"; without one, the general answer is given."""
    short: Text
    """Its name in the numbered summary."""
    options: tuple[Option, ...] = ()
    minimum: float | None = None
    maximum: float | None = None

    @field_validator("options")
    @classmethod
    def _distinct(cls, options: tuple[Option, ...]) -> tuple[Option, ...]:
        ids = [option.id for option in options]
        if len(set(ids)) < len(ids):
            raise ValueError("two options have the same id")
        return options


class FieldOf(Part):
    """A field of a case: its group in the filed document, and how private it is."""

    group: Group
    type: str
    pii: Literal["none", "business", "personal", "secret"] = "none"
    values: tuple[str, ...] = ()


class SubIssue(Part):
    id: str
    label: Text
    retired: bool = False
    """No longer offered; cases that have it keep it."""


class Category(Part):
    """A kind of problem between a seller and a platform."""

    id: str
    label: Text
    """Its full name, for officials and buttons."""
    short: Text
    """As the summary says it to the firm, in a few plain words without a capital."""
    definition: Text
    """One plain sentence under a button."""
    guideline: str = ""
    """The definition for those who label, with its neighbours and how to tell them apart."""
    retired: bool = False
    """No longer offered to firms nor heard in what they write; cases that have it keep it."""
    sub_issues: tuple[SubIssue, ...] = ()
    questions: tuple[Question, ...] = ()
    """Its own questions, the most telling first; keys that are fields of a case fill that field."""
    tonight: Words = Words()
    """What the firm can do tonight, two to four sentences; `{platform}` is replaced."""
    evidence: Words = Words()
    """What to save, two to five short phrases."""
    law: tuple[str, ...] = ()
    """Ids of hooks in law.yml."""
    more: tuple[str, ...] = ()
    """Fields and own questions that weigh most for this problem, asked after filing in this order."""


class Platform(Part):
    id: str
    name: str
    scope: Literal["b2c_goods", "classifieds", "c2c_and_pro", "b2b", "adjacent", "other"]
    aliases: tuple[str, ...] = ()
    misspellings: tuple[str, ...] = ()
    domains: tuple[str, ...] = ()
    entity: str = ""
    entity_confidence: Literal["sourced", "memory"] = "memory"
    charter_2019: bool = False
    gatekeeper: bool = False
    very_large: bool = False
    runs: tuple[str, ...] = ()
    """The channels of ours that it runs, and can read."""
    note: str = ""


class Platforms(Part):
    platforms: tuple[Platform, ...]
    ambiguous: Mapping[str, tuple[str, ...]] = {}
    """Folded tokens that are ordinary words or several platforms: the ids they may mean."""
    software: tuple[str, ...] = ()
    """Shop software that is no marketplace."""


class Reason(Part):
    """Why a case is closed or passed on."""

    id: str
    label: Text
    duty: bool = False
    """The law demands it: no consent is needed."""


class Status(Part):
    id: str
    label: Text
    waits_on: Literal["firm", "officials", "platform", "mediator", "third_party", "nobody"]
    explain: Text
    """One sentence that tells the firm where its case stands."""
    next: tuple[str, ...] = ()
    days: int | None = None
    """Within how many working days officials owe their next act; none: nothing is due."""
    critical_days: int | None = None
    """The same of a critical case; none: as any other."""
    needs: Literal["share_platform", "share_mediateur", "share_dgccrf"] | None = None
    """What the firm must have agreed to before."""
    directed: bool = False
    """Only who directs cases may set it."""
    reasons: tuple[Reason, ...] = ()
    """One of these is to be given."""


class Hook(Part):
    """A rule that may apply, with the dates between which it may be told."""

    id: str
    law: str
    """The text it is in: `Regulation (EU) 2019/1150`."""
    article: str
    say: Text
    """One plain sentence, with "may" or "in general", without an article number."""
    valid_from: date
    valid_to: date | None = None
    gatekeepers_only: bool = False
    consumers_only: bool = False
    """Applies only where the platform also sells to consumers (not `b2b`)."""

    def applies(self, on: date, platform: Platform | None) -> bool:
        """Whether it may be told about this platform on this day."""
        if on < self.valid_from or (self.valid_to is not None and on > self.valid_to):
            return False
        if platform is None:
            return not self.gatekeepers_only
        if self.gatekeepers_only and not platform.gatekeeper:
            return False
        return not (self.consumers_only and platform.scope == "b2b")


class Emergency(Part):
    """A sign of distress or urgency, found by rule before any classifier."""

    id: str
    patterns: Words
    """Regular expressions over the folded text, in every language at once."""
    unless: Words = Words()
    """Where one of these matches too, it is not meant."""
    say: Text
    reason: str | None = None
    """The urgency reason it gives the case."""
    level: Literal["normal", "high", "critical"] = "high"
    counts_as: Literal["urgency", "distress", "crime"] = "urgency"


class Door(Part):
    """Where a person goes whose problem is not a seller's."""

    id: str
    patterns: Words
    unless: Words = Words()
    say: Text


class Request(Part):
    """What a person may ask at any time, and the ways to type it."""

    id: str
    patterns: Words
    """Regular expressions over the folded text."""
    whole: Words = Words()
    """Folded texts that mean it only when they are the whole message."""
    act: str | None = None
    """The dialogue act of the NLU that means the same."""


class TieBreakAnswer(Part):
    problem: str
    label: Text
    words: Words = Words()


class TieBreak(Part):
    """The one question that separates likely problems."""

    between: Annotated[tuple[str, ...], Field(min_length=2)]
    ask: Text
    answers: Annotated[tuple[TieBreakAnswer, ...], Field(min_length=2)]
    exclusive: bool = False
    """Only one of them can hold: the one chosen sets the others aside."""


class Service(Part):
    """Who answers; the operator's own values, shown to every firm."""

    name: Text
    address: str
    email: str
    phone: str
    hours: Text
    delay: Text
    """How long until a person reads: "4 jours ouvrés"."""


class Assistant(Part):
    """What the operator sets for the whole conversation."""

    version: str
    service: Service
    sure: float = 0.7
    """From this probability on a problem is noted without a question."""
    likely: float = 0.35
    """From this probability on a further problem is noted, or offered as a button."""
    more_at_once: int = 3
    reminder_days: tuple[int, ...] = (3, 10)
    """Days after the last message at which a draft is reminded; at most two."""
    draft_days: int = 30
    summary: tuple[str, ...]
    """The order of the lines of the summary."""
    more: tuple[str, ...]
    """Questions for every problem, asked after filing, after the category's own."""
    tie_breaks: tuple[TieBreak, ...] = ()
    precedence: tuple[tuple[str, str], ...] = ()
    """Pairs of problems told together: the first is the main one, the second its consequence."""
    first_problems: tuple[str, ...] = ()
    """Offered where nothing is known of the problem."""
    first_platforms: tuple[str, ...] = ()
