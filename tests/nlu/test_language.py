"""Telling French from English, and knowing when a text tells nothing."""

import pytest

from nlu.language import detect
from stories.types import Language

FRENCH = (
    "mes virements sont bloqués",
    "boutique fermée hier soir",
    "jai plus acces a rien",
    "ils veulent encore mon Kbis",
    "toujours pas payé",
    "le support répond pas",
    "c'est quoi la suite",
    "des faux avis partout",
    "mon stock est perdu",
    "je sais pas",
)
ENGLISH = (
    "my payouts are frozen",
    "shop closed last night",
    "cant log in any more",
    "they want my papers again",
    "still not paid",
    "support never answers",
    "what happens next",
    "fake reviews everywhere",
    "my stock is lost",
    "i dont know",
)


def test_short_sentences_tell_their_language() -> None:
    right = [detect(text) == "fr" for text in FRENCH] + [detect(text) == "en" for text in ENGLISH]
    assert sum(right) >= 19


@pytest.mark.parametrize(
    "text", ["Amazon", "Cdiscount", "TikTok Shop", "20 %", "15 000 €", "12/10/2026", "ok", "", "😀"]
)
@pytest.mark.parametrize("conversation", ["fr", "en", None])
def test_what_tells_nothing_is_in_the_language_of_the_conversation(text: str, conversation: Language | None) -> None:
    assert detect(text, conversation) == conversation


def test_one_word_does_not_turn_the_conversation() -> None:
    assert detect("yes", "fr") == "fr"
    assert detect("merci", "en") == "en"


def test_a_sentence_in_the_other_language_does() -> None:
    assert detect("I would rather write in English", "fr") == "en"
    assert detect("je préfère écrire en français", "en") == "fr"
