"""What a turn makes happen: a closed union of plain values, carried out by the shell."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Literal

from stories.types import Answer, Attachment, Case, Choice, Passage, Secret


@dataclass(frozen=True, slots=True, kw_only=True)
class Say:
    """One thing said to the person."""

    key: str
    """The name of the wording it is made of, for tests and replay."""
    text: str
    choices: tuple[Choice, ...] = ()
    asking: str | None = None
    secret: Secret | None = None
    """The shell replaces `{secret}` in the text by it, once, and blanks it after delivery."""
    signed: str = ""
    """Who says it, where it is an official."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FileCase:
    """File this case. `part` counts the cases filed by this turn from 0."""

    case: Case
    part: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class AmendCase:
    """Change a filed case: fields set, words added, or a status the firm may cause (`withdrawn`)."""

    reference: str
    fields: Mapping[str, Answer] = field(default_factory=dict)
    narrative: tuple[Passage, ...] = ()
    status: str | None = None
    code_hash: str | None = None
    """Hash of the access code given just now; it replaces the one before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WakeLater:
    """Come back after this long with a clock message, at an hour people may be disturbed; None: not any more."""

    after: timedelta | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LookUpCompany:
    """Ask the company register; its answer comes in through the inbox."""

    number: str
    """SIREN (9 digits) or SIRET (14)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeepAttachment:
    """Fetch this file and keep it with the conversation."""

    message: str
    """The key of the message it came with."""
    attachment: Attachment


@dataclass(frozen=True, slots=True, kw_only=True)
class Hear:
    """Take these words, which the person confirmed, as a message of its own."""

    key: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CallHuman:
    """Show officials that a person is asked for here."""

    references: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeOver:
    """Let an official speak here from now on; what the program has not yet sent is dropped."""

    by: str
    """The official's id."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HandBack:
    """Let the program speak here again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Erase:
    """Erase the draft now; for filed cases, record the demand for officials to answer."""

    references: tuple[str, ...] = ()
    """The filed cases concerned; none: the draft itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Silence:
    """No answer is owed, because…: recorded, so that the ledger balances."""

    because: Literal["nothing_due", "recorded", "group", "not_addressed", "blocked", "unblocked", "taken_over"]


Effect = (
    Say | FileCase | AmendCase | WakeLater | LookUpCompany | KeepAttachment | Hear | CallHuman | TakeOver | HandBack
    | Erase | Silence
)  # fmt: skip
