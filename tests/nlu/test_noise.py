"""Texts are spoilt as phones spoil them, and always in the same way."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlu.noise import ABBREVIATED, TYPOS, noised
from stories.types import Language

STORY = (
    "Bonjour, je suis désolé : l’œuvre a été retirée, pourquoi ? Quelque chose m'échappe.\nRépondez, s'il vous plaît."
)
MANY = range(400)


@given(st.text(), st.sampled_from(["fr", "en"]), st.integers())
def test_the_same_text_and_seed_give_the_same_noise(text: str, language: Language, seed: int) -> None:
    assert noised(text, language, seed) == noised(text, language, seed)


def test_other_seeds_and_other_texts_get_other_noise() -> None:
    assert len({noised(STORY, "fr", seed) for seed in MANY}) > 300
    assert noised("marchandise", "fr", 1) * 2 != noised("marchandise marchandise", "fr", 1)


def test_no_accent_is_left_and_lines_and_signs_stay() -> None:
    spoilt = noised(STORY, "fr", 3)
    assert not any(unicodedata.combining(char) for char in unicodedata.normalize("NFD", spoilt))
    assert spoilt.count("\n") == 1
    assert [char for char in spoilt if char in ",:?."] == [char for char in STORY if char in ",:?."]


@pytest.mark.parametrize(
    ("language", "said", "short"),
    [
        ("fr", "je suis", "jsuis"),
        ("fr", "Quelque chose", "qqch"),
        ("fr", "POURQUOI", "pk"),
        ("fr", "c’est", "c"),
        ("fr", "problème", "pb"),
        ("en", "please", "pls"),
        ("en", "I am", "im"),
    ],
)
def test_half_of_what_has_a_shorthand_is_written_so(language: Language, said: str, short: str) -> None:
    written = sum(noised(f"{said} {at}", language, at).startswith(f"{short} ") for at in MANY)
    assert abs(written / len(MANY) - ABBREVIATED) < 0.08


def test_about_one_long_word_in_seven_gets_one_typing_error() -> None:
    words = [noised("marchandise", "fr", seed) for seed in range(4000)]
    wrong = [word for word in words if word != "marchandise"]
    assert abs(len(wrong) / len(words) - TYPOS) < 0.02
    assert {len(word) for word in wrong} == {10, 11, 12}


def test_a_letter_hit_beside_is_the_next_key_of_the_language() -> None:
    french, english = ({noised("aaaa", language, seed) for seed in range(2000)} for language in ("fr", "en"))
    assert {word for word in french if "z" in word}
    assert {word for word in english if "s" in word}
    assert not {word for word in english if "z" in word}


def test_short_words_and_numbers_are_left_as_they_are() -> None:
    assert all(noised("mon sac 123456 FR7630006", "fr", seed) == "mon sac 123456 FR7630006" for seed in MANY)
