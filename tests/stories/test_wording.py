"""Every sentence exists in both languages, is short, and fills the same slots."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from stories.plain import long_sentences
from stories.script import LANGUAGES
from stories.wording import fill
from tests.stories.talk import script

SLOT = re.compile(r"\{(\w+)\}")
FORBIDDEN = re.compile(r"\b(?:jamais|anonymes?|anonymement|totalement confidentiel\w*|garanti\w*)\b", re.IGNORECASE)
CORE = Path(__file__).parents[2] / "stories"


def test_every_key_has_its_words_in_both_languages() -> None:
    french, english = (set(script().wording[language]) for language in LANGUAGES)
    assert french == english


def test_both_languages_fill_the_same_slots() -> None:
    french, english = (script().wording[language] for language in LANGUAGES)
    assert {k for k in french if set(SLOT.findall(french[k])) != set(SLOT.findall(english[k]))} == set()


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_sentence_has_over_20_words(language: str) -> None:
    words = script().wording["fr" if language == "fr" else "en"]
    assert {key: found for key, text in words.items() if (found := long_sentences(text))} == {}


def test_no_word_promises_what_the_law_does_not() -> None:
    assert [key for key, text in script().wording["fr"].items() if FORBIDDEN.search(text)] == []


def test_every_key_that_the_core_names_exists() -> None:
    named = {key for path in CORE.glob("*.py") for key in _keys(path)}
    assert named - set(script().wording["fr"]) == set()


def _keys(path: Path) -> set[str]:
    """The literal keys given to `say`, `word` and `put` in a module of the core."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute | ast.Name):
            name = node.func.attr if isinstance(node.func, ast.Attribute) else node.func.id
            at = {"say": 0, "word": 0 if isinstance(node.func, ast.Attribute) else 2, "put": 1, "_tell": 0}.get(name)
            composed = any(keyword.arg == "text" for keyword in node.keywords)
            if at is not None and len(node.args) > at and not composed and isinstance(node.args[at], ast.Constant):
                found.add(str(node.args[at].value))  # type: ignore[attr-defined]
    return found


def test_what_a_person_typed_is_never_read_as_a_slot() -> None:
    assert fill("{typed} / {name}", {"typed": "{name}", "name": "x"}) == "{name} / x"
