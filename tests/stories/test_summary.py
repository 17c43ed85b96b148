"""Corrections that name a line of the summary, in the forms people write."""

from __future__ import annotations

import pytest

from stories.summary import corrections
from stories.types import Conversation

KNOWN = Conversation(lines=tuple(f"field_{n}" for n in range(1, 11)))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("4 : le 8 octobre", [(4, "le 8 octobre")]),
        ("4: le 8 octobre", [(4, "le 8 octobre")]),
        ("ligne 2 : fnac", [(2, "fnac")]),
        ("le 4 c'est le 8 octobre", [(4, "le 8 octobre")]),
        ("le 4, c’est le 8 octobre", [(4, "le 8 octobre")]),
        ("8 oui. envoyer", [(8, "oui")]),
        ("8 oui, 9 oui", [(8, "oui"), (9, "oui")]),
        ("8 oui et 9 non", [(8, "oui"), (9, "non")]),
        ("1: ebay\n4: mai 2025", [(1, "ebay"), (4, "mai 2025")]),
        ("line 3 is 15,000", [(3, "15,000")]),
        ("change 3", [(3, "")]),
        ("change la ligne 3 en 12 000 €", [(3, "12 000 €")]),
        ("15 000", []),
        ("99 : rien", []),
        ("j'ai 3 salariés et 2 apprentis", []),
        ("depuis le 8 octobre", []),
    ],
)
def test_a_line_is_named_by_its_number(text: str, expected: list[tuple[int, str]]) -> None:
    assert [(int(c.field.removeprefix("field_")), c.text) for c in corrections(KNOWN, text)] == expected


def test_the_place_of_the_new_value_is_kept() -> None:
    (one,) = corrections(KNOWN, "4 : le 8 octobre")
    assert "4 : le 8 octobre"[one.start : one.end] == "le 8 octobre"
