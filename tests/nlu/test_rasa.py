"""What is made of a Rasa server's answers, whatever they are."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from nlu.backend import Ask, Expecting, NLUError
from nlu.rasa import RasaNLU
from nlu.rasa_server import ATTEMPTS, LARGEST
from stories.types import Understanding
from tests.fakes import rasa
from tests.nlu.conftest import ACTS, NOW, PLATFORMS, PROBLEMS

STORY = "Amazon a fermé mon compte vendeur, ils gardent mon argent depuis mai"


@pytest.fixture
def server() -> Iterator[rasa.Server]:
    with rasa.serving() as server:
        yield server


def reader(server: rasa.Server, *, patience: float = 5.0, token: str | None = None) -> RasaNLU:
    return RasaNLU(server.url, platforms=PLATFORMS, problems=PROBLEMS, acts=ACTS, patience=patience, token=token)


def understand(server: rasa.Server, text: str, expecting: Expecting | None = None) -> Understanding:
    return reader(server).understand_many([Ask(text=text, at=NOW, expecting=expecting, language="fr")])[0]


def refused(server: rasa.Server, *, patience: float = 5.0) -> str:
    with pytest.raises(NLUError) as raised:
        reader(server, patience=patience).understand_many([Ask(text=STORY, at=NOW)])
    assert "gardent" not in str(raised.value)
    return str(raised.value)


def parses(given: rasa.Answer) -> rasa.Behaviour:
    """Every text is answered so; the server's status is fine."""
    return lambda asked: rasa.answer(asked) if asked.path == "/status" else given


def test_the_model_that_answered_is_named(server: rasa.Server) -> None:
    assert understand(server, "oui").by == f"rasa/{rasa.MODEL}"


def test_the_whole_and_each_clause_are_asked_each_text_once(server: rasa.Server) -> None:
    reader(server).understand_many([Ask(text=text, at=NOW) for text in (STORY, STORY, "oui")])
    assert sorted(server.texts) == sorted([STORY, *STORY.split(", "), "oui"])


def test_confidences_are_told_as_they_are_and_one_of_a_clause_alone_counts_less(server: rasa.Server) -> None:
    odds = {STORY: ("account_suspension", 0.9), "ils gardent mon argent depuis mai": ("funds_withheld", 0.9)}

    def behave(asked: rasa.Asked) -> rasa.Answer:
        if asked.path == "/status":
            return rasa.answer(asked)
        label, odd = odds.get(asked.text, ("invoicing_documents", 0.01))
        return rasa.parsed(asked.text, {f"problem_{label}": odd})

    server.behaviour = behave
    said = [
        (label.id, round(label.probability, 2), STORY[label.start : label.end])
        for label in understand(server, STORY).problems
    ]
    assert said == [
        ("account_suspension", 0.9, STORY),
        ("funds_withheld", 0.72, "ils gardent mon argent depuis mai"),
    ]


def test_telling_a_problem_informs(server: rasa.Server) -> None:
    assert understand(server, STORY).acts[0].id == "inform"


def test_what_tells_no_problem_is_no_label(server: rasa.Server) -> None:
    server.behaviour = parses(rasa.parsed("", {"problem_nothing": 0.9, "act_affirm": 0.1}))
    understanding = understand(server, "nous vendons des bougies à Lyon")
    assert understanding.problems == ()
    assert [act.id for act in understanding.acts] == ["inform", "affirm"]


def test_a_value_that_answers_the_question_informs(server: rasa.Server) -> None:
    server.behaviour = parses(rasa.parsed("", {"act_deny": 0.9, "act_affirm": 0.1}))
    asked = Expecting(asking="loss_pct_turnover", kind="percent")
    assert [act.id for act in understand(server, "20", asked).acts] == ["inform"]


def test_the_fallback_of_rasa_is_no_intent(server: rasa.Server) -> None:
    server.behaviour = parses(rasa.parsed("", {"nlu_fallback": 0.7, "act_affirm": 0.2, "act_deny": 0.1}))
    assert [act.id for act in understand(server, "hum").acts] == ["affirm", "deny"]


def test_a_text_without_words_is_not_sent(server: rasa.Server) -> None:
    assert understand(server, "😡 !").acts == ()
    assert server.texts == []


def test_the_token_is_sent(server: rasa.Server) -> None:
    reader(server, token="open-sesame").understand_many([Ask(text="oui", at=NOW)])
    assert [asked.query["token"] for asked in server.asked] == [["open-sesame"]] * 2


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        (rasa.Answer(body=b"<html>"), "cannot be used: JSON"),
        (rasa.told({"text": STORY}), "intent_ranking: missing"),
        (rasa.told({"intent": {"name": None, "confidence": 0.0}, "intent_ranking": []}), "intent_ranking: too short"),
        (rasa.told({"intent_ranking": [{"name": "act_affirm", "confidence": 17}]}), "0.confidence: less than equal"),
        (rasa.told({"intent_ranking": [{"name": "act_affirm", "confidence": "sure"}]}), "0.confidence: float parsing"),
        (rasa.Answer(body=b'{"intent_ranking": [{"name": "act_affirm", "confidence": NaN}]}'), "finite number"),
        (rasa.told({"intent_ranking": [{"name": "act_dance", "confidence": 1}]}), "'act_dance', which is none of ours"),
        (rasa.told({"intent_ranking": [{"name": "affirm", "confidence": 1}]}), "nlu export --rasa"),
        (rasa.told({}, status=401), "RASA_TOKEN"),
        (rasa.told({}, status=404), "--enable-api"),
        (rasa.told({}, status=409), "it has no model"),
        (rasa.told({}, status=302), "status 302"),
        (rasa.told({}, status=500), "status 500"),
        (rasa.Answer(body=b"", hangs_up=True), "RemoteProtocolError"),
        (rasa.Answer(body=b" " * (LARGEST + 1)), "longer than"),
    ],
)  # fmt: skip
def test_an_answer_that_cannot_be_used_is_an_error_that_says_why(
    server: rasa.Server, given: rasa.Answer, problem: str
) -> None:
    server.behaviour = parses(given)
    assert problem in refused(server)


@pytest.mark.parametrize("given", [rasa.told({}, status=503), rasa.Answer(body=b"", hangs_up=True)])
def test_what_may_pass_is_tried_again(server: rasa.Server, given: rasa.Answer) -> None:
    left = [given] * (ATTEMPTS - 1)
    server.behaviour = lambda asked: left.pop() if left else rasa.answer(asked)
    assert understand(server, "oui").acts[0].id == "affirm"
    assert [asked.path for asked in server.asked] == ["/status"] * ATTEMPTS + ["/model/parse"]


@pytest.mark.parametrize("given", [rasa.Answer(body=b"{}", late=0.6), rasa.Answer(body=b" " * 40, drip=0.05)])
def test_nobody_waits_longer_than_the_patience(server: rasa.Server, given: rasa.Answer) -> None:
    server.behaviour = parses(given)
    begun = time.monotonic()
    assert refused(server, patience=0.3) == "the Rasa server did not answer within 0.3 s"
    assert time.monotonic() - begun < 0.6


def test_a_server_that_is_not_there_is_an_error() -> None:
    with rasa.serving() as server:
        pass
    assert "ConnectError" in refused(server)
