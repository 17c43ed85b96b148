"""One touch of "effacer" in a menu erased a whole draft; and "oui" to "Voulez-vous recommencer ?" sent the case."""

from __future__ import annotations

import pytest

from stories.effects import Erase
from stories.types import Attachment
from tests.stories.talk import CLOSED, Talk, ready, sent


@pytest.mark.parametrize("text", ["/effacer", "effacez tout", "/erase"])
def test_a_draft_is_kept_until_its_erasure_is_confirmed(text: str) -> None:
    talk = ready().tell(text)
    assert talk.keys == ["ask.erase"]
    assert talk.choices == ["erase_yes", "keep"]
    assert talk.known.narrative


@pytest.mark.parametrize("text", ["oui", "Oui, effacer", "oui effacez tout", "yes", "1"])
def test_a_typed_yes_erases(text: str) -> None:
    talk = ready().tell("/effacer").tell(text)
    assert Erase() in talk.effects
    assert talk.known.is_empty
    assert talk.filed == []


@pytest.mark.parametrize("text", ["non", "Non, tout garder", "no", "2"])
def test_a_typed_no_keeps_all_and_repeats_the_open_question(text: str) -> None:
    talk = ready().tell("/effacer").tell(text)
    assert talk.keys == ["kept", "ask.send"]
    assert talk.value("loss_eur") == 15_000


def test_a_yes_after_something_else_answers_that() -> None:
    talk = Talk().tell(CLOSED).tell("/effacer").tell("pourquoi cette question ?").tell("oui")
    assert Erase() not in talk.effects
    assert talk.known.narrative


def test_a_button_of_an_earlier_question_erases_no_later_draft() -> None:
    talk = ready().tell("/effacer").press("keep").press("erase_yes")
    assert talk.keys == ["closed", "ask.send"]
    assert talk.known.narrative


def test_a_draft_of_files_alone_is_asked_about_too() -> None:
    photo = Attachment(id="x", kind="photo")
    assert Talk().tell("", attachments=(photo,)).tell("/effacer").keys == ["ask.erase"]


def test_where_nothing_was_told_nothing_is_asked() -> None:
    talk = Talk().tell("bonjour").tell("/effacer")
    assert talk.keys == ["erased"]


@pytest.mark.parametrize(("request_", "done"), [("recommencer", "restarted"), ("/effacer", "erased")])
def test_a_yes_to_the_question_sends_no_case(request_: str, done: str) -> None:
    talk = ready().tell(request_).tell("oui")
    assert talk.filed == []
    assert done in talk.keys


def test_a_case_is_withdrawn_by_a_typed_yes() -> None:
    assert sent().tell("je retire mon dossier").tell("oui").keys == ["withdrawn"]
    assert sent().tell("je retire mon dossier").tell("non").keys == ["kept"]
