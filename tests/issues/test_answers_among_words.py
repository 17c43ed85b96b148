"""An answer stands among other words: "je suis à Schiltigheim, 67300" was kept whole as the postal code."""

from __future__ import annotations

import pytest

from tests.stories.talk import Talk

STORY = "Cdiscount a retiré mes annonces le 8 octobre, j'ai perdu 15 000 €"


def _answered(field: str, text: str) -> object:
    talk = Talk().tell(STORY).tell("corriger").press(f"change:{field}").tell(text)
    answer = talk.known.answers[field]
    return answer.value if answer.state == "given" else answer.state


@pytest.mark.parametrize(
    ("field", "text", "value"),
    [
        ("postal_code", "on est à Vannes, 56000", "56000"),
        ("legal_name", "c'est L'Établi du Golfe", "L'Établi du Golfe"),
        ("shop_name", "ma boutique s'appelle Le Coin à Jouets", "Le Coin à Jouets"),
        ("shop_name", "je préfère garder ça pour moi", "declined"),
        ("shop_name", "I'd rather keep the name out of it, they would know who I am", "declined"),
        ("email", "paul arobase etabli point fr", "paul@etabli.fr"),
        ("turnover_band", "dans les 120 000 euros l'an passé", "50-250k"),
    ],
)
def test_the_answer_is_taken_out_of_the_words_around_it(field: str, text: str, value: str) -> None:
    assert _answered(field, text) == value


def test_nothing_at_all_is_no_choice_of_what_may_be_shared() -> None:
    talk = Talk().tell("Etsy a retiré mes bougies, sans rien du tout comme explication, depuis le 8 octobre")
    assert "share_platform" not in talk.known.answers
