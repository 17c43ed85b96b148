"""The web chat: a person comes to read, so a line that is kept is delivered."""

from __future__ import annotations

import hashlib
import hmac
import secrets

from bot.channels.channel import Channel
from storage.crypto import KeyRing
from stories.effects import Say
from stories.types import Message

NAME = "webchat"
KEY_LENGTH = 64


class Webchat(Channel):
    """The channel of the page and of the form."""

    name = NAME
    mailbox = True
    shows_notice = True
    resumes = True

    async def send(self, chat: str, say: Say) -> None:
        """Nothing leaves the house: the page reads the transcript."""


def new_chat() -> str:
    """A name that nobody can guess."""
    return secrets.token_hex(16)


def ticket(ring: KeyRing, chat: str) -> str:
    """What a browser keeps to be known again: the database alone does not let anyone forge it."""
    return f"{chat}.{_proof(ring, chat)}"


def chat_of(ring: KeyRing, held: str | None) -> str | None:
    """The chat that a ticket opens; None where it opens none."""
    chat, _, proof = (held or "").partition(".")
    known = bool(chat) and hmac.compare_digest(_proof(ring, chat).encode(), proof.encode("utf-8", "replace"))
    return chat if known else None


def lane(chat: str) -> str:
    """The lane of the messages of a chat."""
    return Message(channel=NAME, chat=chat, key="").lane


def message_key(nonce: str, *content: str) -> str:
    """The same words sent twice from one page are one message; changed words are another."""
    drawn = "".join(c for c in nonce if c.isascii() and c.isalnum())[:KEY_LENGTH] or secrets.token_hex(16)
    said = hashlib.sha256("\0".join(content).encode("utf-8", "surrogatepass")).hexdigest()
    return f"{drawn}.{said[:16]}"


def nonce_of(key: str) -> str:
    """What the page named its message."""
    return key.partition(".")[0]


def _proof(ring: KeyRing, chat: str) -> str:
    return hmac.digest(ring.blinding, b"ticket\0" + chat.encode("utf-8", "replace"), "sha256").hex()
