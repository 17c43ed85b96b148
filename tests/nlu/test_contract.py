"""What every reader of messages must do: embedded, a Rasa server as the wire knows it, and a real one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from nlu import latest, load
from nlu.backend import NLU, Ask, Expecting
from nlu.rasa import RasaNLU
from stories.types import Understanding
from tests.fakes import rasa as fake_rasa
from tests.nlu.conftest import ACTS, NOW, PLATFORMS, PROBLEMS

STORY = "Amazon a fermé mon compte vendeur, ils gardent mon argent et je ne peux plus télécharger mes factures"


@pytest.fixture(scope="module")
def embedded(models: Path) -> NLU:
    folder = latest(models)
    assert folder is not None
    return load(folder, PLATFORMS)


@pytest.fixture(scope="module")
def rasa() -> Iterator[NLU]:
    with fake_rasa.serving() as server:
        yield asking(server.url)


@pytest.fixture(scope="module")
def real_rasa(rasa_url: str) -> NLU:
    return asking(rasa_url)


def asking(url: str) -> NLU:
    return RasaNLU(url, platforms=PLATFORMS, problems=PROBLEMS, acts=ACTS, patience=20)


@pytest.fixture(
    scope="module", params=["embedded", "rasa", pytest.param("real_rasa", marks=pytest.mark.full)]
)  # fmt: skip
def reader(request: pytest.FixtureRequest) -> NLU:
    found: NLU = request.getfixturevalue(request.param)
    return found


def understand(reader: NLU, text: str, expecting: Expecting | None = None) -> Understanding:
    return reader.understand_many([Ask(text=text, at=NOW, expecting=expecting, language="fr")])[0]


def test_the_reader_says_who_it_is(reader: NLU) -> None:
    backend, _, version = understand(reader, "oui").by.partition("/")
    assert backend == reader.name.partition("/")[0]
    assert version


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("ils ont fermé mon compte vendeur", "account_suspension"),
        ("ils gardent mon argent depuis mai, pas payé", "funds_withheld"),
        ("je ne peux plus télécharger mes factures", "invoicing_documents"),
        ("my seller account is suspended", "account_suspension"),
    ],
)
def test_the_main_problem_comes_first(reader: NLU, text: str, problem: str) -> None:
    assert understand(reader, text).problems[0].id == problem


def test_several_problems_of_one_story_are_found_each_where_it_is_told(reader: NLU) -> None:
    said = {label.id: STORY[label.start : label.end] for label in understand(reader, STORY).problems}
    assert {"account_suspension", "funds_withheld", "invoicing_documents"} <= said.keys()
    assert all(said.values())


def test_a_problem_that_is_denied_is_not_found(reader: NLU) -> None:
    problems = understand(reader, "pas suspendu, juste pas payé").problems
    assert problems[0].id == "funds_withheld"
    assert "account_suspension" not in {label.id for label in problems}


@pytest.mark.parametrize(("text", "act"), [("oui", "affirm"), ("non", "deny"), ("je veux parler à un humain", "human")])
def test_the_likeliest_act_comes_first(reader: NLU, text: str, act: str) -> None:
    assert understand(reader, text).acts[0].id == act


def test_an_answer_is_read_in_the_light_of_its_question(reader: NLU) -> None:
    understanding = understand(reader, "20", Expecting(asking="loss_pct_turnover", kind="percent"))
    assert understanding.acts[0].id == "inform"
    assert understanding.problems == ()
    assert [(entity.field, entity.value) for entity in understanding.entities] == [("loss_pct_turnover", 20)]


def test_probabilities_are_probabilities_of_labels_that_there_are(reader: NLU) -> None:
    understanding = understand(reader, STORY)
    for labels, known in ((understanding.problems, PROBLEMS), (understanding.acts, ACTS)):
        odds = [label.probability for label in labels]
        assert odds == sorted(odds, reverse=True)
        assert all(0 < probability <= 1 for probability in odds)
        assert {label.id for label in labels} <= known.keys()


def test_spans_count_characters_whatever_stands_before(reader: NLU) -> None:
    text = "😡 Éloïse ici : amazone a coupé mon compte, j'ai perdu 20 %"
    entities = understand(reader, text).entities
    assert {text[entity.start : entity.end] for entity in entities} >= {"amazone", "20 %"}
    assert all(text[entity.start : entity.end] == entity.text for entity in entities)


def test_each_text_gets_its_understanding_in_order(reader: NLU) -> None:
    texts = ["oui", "", "ils gardent mon argent, pas payé", "they keep my money", "oui"]
    understood = reader.understand_many([Ask(text=text, at=NOW) for text in texts])
    assert [u.language for u in understood] == ["fr", None, "fr", "en", "fr"]
    assert understood[0].acts[0].id == "affirm"
    assert understood[2].problems[0].id == "funds_withheld"
    assert understood[0].acts[0].id == understood[4].acts[0].id
    assert understood[0].acts[0].probability == pytest.approx(understood[4].acts[0].probability, abs=1e-4)
    assert reader.understand_many([]) == []


@pytest.mark.parametrize(
    "text", ["", " \n", "😡", "?!", "a" * 100_000, "[Etsy](platform) {0} \x00 %s", "- oui\n- non", "oui \ud83d"]
)
def test_any_text_gets_a_calm_answer(reader: NLU, text: str) -> None:
    understanding = understand(reader, text)
    assert all(0 <= label.start <= label.end <= len(text) for label in understanding.problems)
