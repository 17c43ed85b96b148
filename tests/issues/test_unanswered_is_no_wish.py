"""That the platform does not answer was taken for the firm's wish to get no answer: officials could not write back."""

from __future__ import annotations

import pytest

from tests.stories.talk import Talk, ready


@pytest.mark.parametrize(
    "text",
    [
        "They dont answer",
        "They do not reply to my emails",
        "Etsy banned me and don't answer me",
        "support don't reply and don't answer us",
        "you don't answer my emails",
        "don't contact Amazon",
        "I don't want to be contacted by Amazon",
        "ils ne répondent pas",
        "ils ne me répondent pas",
        "Amazon ne me répond pas",
        "vous ne me répondez pas",
        "pas de réponse depuis trois mois",
        "je ne veux pas contacter Amazon",
    ],
)
def test_a_complaint_that_nobody_answers_leaves_the_answer_open(text: str) -> None:
    (filed,) = ready().tell(text).press("send").filed
    assert filed.case.fields["preferred_channel"].value == "chat"


@pytest.mark.parametrize(
    "text",
    [
        "do not answer me",
        "please don't contact me",
        "just send it and don't contact me",
        "I filed this for the record. Don't contact me.",
        "I don't want a reply",
        "I do not want to be contacted",
        "no need to reply",
        "no reply needed",
        "ne me répondez pas",
        "je préfère que vous ne me contactiez pas",
        "merci de ne pas me recontacter",
        "je ne veux pas de réponse",
        "pas de réponse nécessaire de votre part",
    ],
)
def test_a_firm_that_wants_no_answer_is_heard(text: str) -> None:
    assert ready().tell(text).value("preferred_channel") == "code_only"


def test_a_complaint_does_not_answer_how_the_firm_is_to_be_reached() -> None:
    talk = Talk().tell("Cdiscount a fermé mon compte le 8 octobre").tell("corriger").press("change:preferred_channel")
    assert talk.tell("They don't answer my emails").value("preferred_channel") is None
