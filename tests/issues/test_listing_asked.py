"""Asked which offers are affected, a firm that answered with an ASIN broke its turn: the answer was kept as a text."""

from __future__ import annotations

from stories.summary import plain
from tests.stories.talk import Talk, script

STORY = "Cdiscount a retiré mes annonces le 8 octobre, j'ai perdu 15 000 €"


def _asked(field: str) -> Talk:
    talk = Talk().tell(STORY)
    return talk.tell("corriger").press(f"change:{field}")


def test_identifiers_are_kept_as_such() -> None:
    talk = _asked("listing_ids").tell("B0C9KD71QF, et sinon l'EAN 3760123456784")
    listed = talk.known.answers["listing_ids"]
    assert listed.value == [{"kind": "asin", "value": "B0C9KD71QF"}, {"kind": "ean", "value": "3760123456784"}]
    assert plain(script(), "fr", "listing_ids", listed) == "B0C9KD71QF ; 3760123456784"


def test_an_answer_without_an_identifier_stands_in_its_own_words() -> None:
    talk = _asked("listing_ids").tell("toutes mes bougies parfumées")
    assert talk.known.answers["listing_ids"].value == [{"kind": "words", "value": "toutes mes bougies parfumées"}]


def test_a_case_number_of_the_platform_is_a_list_too() -> None:
    assert _asked("ticket_ids").tell("4482910").known.answers["ticket_ids"].value == ["4482910"]
