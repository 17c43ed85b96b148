"""What a person may ask at any time, recognised by its words or its dialogue act."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache

from stories.folding import bare, fold, words
from stories.script import Request, Script
from stories.types import Conversation, Message, Understanding

REFERENCE = re.compile(r"\bPV[- ]?(\d{4})[- ]?([0-9A-Z]{5})[- ]?([0-9A-Z*~$=])(?![0-9A-Z])", re.IGNORECASE)
CODE = re.compile(r"(?<!\d)(\d{4})[ .-]?(\d{4})[ .-]?(\d{4})[ .-]?(\d{4})(?!\d)")
SHORT = 14
"""A message of at most so many words may be a request as a whole."""
ASIDE = frozenset({
    "faq_confidential", "faq_recognise", "faq_cost", "faq_duration", "faq_who_reads", "faq_next",
    "faq_program", "faq_deadline",
})  # fmt: skip
"""Questions that are answered even in the middle of a long message."""
SETTLING = frozenset({
    "reply_chat", "reply_email", "reply_phone", "reply_none",
    "consent_mediateur", "consent_dgccrf", "consent_quote", "send",
})  # fmt: skip
"""Choices that are heard in a short sentence of a longer message."""
FEW = 6
"""A message of at most so many words may mean a request it does not word."""
WITH_STORY = SETTLING | {"faq_confidential", "faq_recognise", "language_fr", "language_en", "training_refused"}
"""What is heard beside a story that is being told; its other questions are part of the story."""
_SENTENCE = re.compile(r"[.!?;\n]+|,(?= *(?:et|and|oui|yes|envoy|send|repond|reply)\b)")


def find(script: Script, text: str) -> list[str]:
    """The ids of the requests in a text, in the script's order, by their words."""
    folded, whole = fold(text), bare(text)
    if len(words(folded)) <= SHORT:
        found = [r.id for r in script.requests if whole in _wholes(r.whole.all) or _matches(r, folded)]
    else:
        sentences = [one.strip() for one in _SENTENCE.split(folded) if len(words(one)) <= SHORT]
        found = [
            request.id
            for request in script.requests
            if (request.id in ASIDE and "?" in text and _matches(request, folded))
            or (request.id in SETTLING and any(_matches(request, one) for one in sentences))
        ]
    return _without_rivals(found)


def _without_rivals(found: list[str]) -> list[str]:
    """What goes without saying beside a plainer wish: to send is not to wait, to erase is not to ask about secrecy."""
    rivals = {"send": {"later", "help", "bye"}, "erase": {"faq_confidential", "withdraw"}}
    gone = {rival for one in found for rival in rivals.get(one, ())}
    return [one for one in found if one not in gone]


def meant(script: Script, text: str, understanding: Understanding) -> list[str]:
    """The request that a short text means though it has none of its words, where the NLU is sure of the act."""
    act = _act(script, understanding) if len(words(text)) <= FEW else None
    return [act] if act is not None else []


def is_whole(script: Script, request: str, text: str) -> bool:
    """Whether the message is this request and nothing else."""
    return any(one.id == request and bare(text) in _wholes(one.whole.all) for one in script.requests)


def _act(script: Script, understanding: Understanding) -> str | None:
    """The request that the dialogue act stands for, where the NLU is sure of it."""
    if not understanding.acts or understanding.acts[0].probability < 0.8:  # noqa: PLR2004
        return None
    return next((r.id for r in script.requests if r.act == understanding.acts[0].id), None)


def _matches(request: Request, folded: str) -> bool:
    return any(pattern.search(folded) for pattern in _patterns(request.patterns.all))


@lru_cache(maxsize=512)
def _patterns(patterns: tuple[str, ...]) -> Sequence[re.Pattern[str]]:
    return [re.compile(pattern) for pattern in patterns]


@lru_cache(maxsize=512)
def _wholes(texts: tuple[str, ...]) -> frozenset[str]:
    return frozenset(bare(one) for one in texts)


def found_patterns(patterns: tuple[str, ...], unless: tuple[str, ...], folded: str) -> bool:
    """Whether one of the patterns occurs, and none of those that take it back."""
    hit = any(pattern.search(folded) for pattern in _patterns(patterns))
    return hit and not any(pattern.search(folded) for pattern in _patterns(unless))


def references_wanted(known: Conversation, messages: Iterable[Message]) -> list[tuple[str, str | None]]:
    """The references that the messages ask about, each with the access code given for it."""
    text = "\n".join(message.text for message in messages)
    found = CODE.search(text)
    code = "".join(found.groups()) if found else None
    references = [normal(match) for match in REFERENCE.finditer(text)]
    if not references and code is not None and known.proving is not None:
        references = [known.proving]
    return [(reference, code) for reference in dict.fromkeys(references)]


def beside_references(text: str) -> list[str]:
    """The words of a text that are neither references nor access codes."""
    return words(CODE.sub(" ", REFERENCE.sub(" ", text)))


def only_references(text: str) -> bool:
    """Whether the text says nothing beside references and access codes."""
    return not beside_references(text)


def normal(match: re.Match[str]) -> str:
    """A reference as it is kept: capitals, dashes, and the digits that look like letters."""
    random = match[2].upper().translate(str.maketrans("OIL", "011"))
    return f"PV-{match[1]}-{random}-{match[3].upper()}"
