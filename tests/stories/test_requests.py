"""What a person may ask at any time, in plain words."""

from __future__ import annotations

import pytest

from stories.requests import find, references_wanted
from stories.types import Conversation, Message
from tests.stories.talk import script

LONG = "mon compte est fermé depuis trois semaines, j'ai deux salariés et je ne sais plus quoi faire du tout"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plus tard", ["later"]),
        ("envoyez maintenant svp j'ai pas le temps", ["send"]),
        ("je demande l'effacement de mes données", ["erase"]),
        ("c'est envoyé là ?", ["status"]),
        ("is it sent?", ["status"]),
        ("combien ça coûte ?", ["faq_cost"]),
        ("pourquoi vous demandez ça ?", ["why"]),
        ("répondez-nous par mail", ["reply_email"]),
        ("what happens next?", ["faq_next"]),
        ("je vends du miel", []),
        (LONG, []),
        (f"{LONG}. C'est confidentiel ?", ["faq_confidential"]),
        (f"{LONG}. Répondez-moi ici. Envoyez.", ["reply_chat", "send"]),
        (f"{LONG}. Je continue plus tard", []),
    ],
)
def test_a_request_is_heard(text: str, expected: list[str]) -> None:
    assert find(script(), text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("pv 2026 abcde 1", [("PV-2026-ABCDE-1", None)]),
        ("PV-2026-OIL00-X code 1234 5678 9012 3456", [("PV-2026-01100-X", "1234567890123456")]),
        ("bonjour", []),
    ],
)
def test_a_reference_is_read_however_it_is_typed(text: str, expected: list[tuple[str, str | None]]) -> None:
    assert references_wanted(Conversation(), [Message(channel="t", chat="1", key="1", text=text)]) == expected


def test_a_code_alone_opens_the_case_it_was_asked_for() -> None:
    known = Conversation(proving="PV-2026-00000-A")
    said = Message(channel="t", chat="1", key="1", text="1234-5678-9012-3456")
    assert references_wanted(known, [said]) == [("PV-2026-00000-A", "1234567890123456")]
