"""Why a model read a message as it did."""

import json
from pathlib import Path

import numpy as np
import pytest

from nlu import latest, load
from nlu.backend import Ask, Expecting
from nlu.embedded import EmbeddedNLU, Passages
from nlu.explaining import Trace, explain
from nlu.kernel import STORIES
from tests.nlu.conftest import NOW, PLATFORMS


@pytest.fixture(scope="module")
def model(models: Path) -> EmbeddedNLU:
    folder = latest(models)
    assert folder is not None
    return load(folder, PLATFORMS)


def trace(model: EmbeddedNLU, text: str, expecting: Expecting | None = None) -> Trace:
    return explain(model, Ask(text=text, at=NOW, expecting=expecting, language="fr"))


def test_the_words_that_say_it_weigh_most(model: EmbeddedNLU) -> None:
    reason = trace(model, "Hélas, Cdiscount a SUSPENDU mon compte").problem
    assert reason is not None
    assert reason.label == "account_suspension"
    assert reason.words[0].word in {"suspendu", "compte"}
    assert {"suspendu", "amazon"} <= {weight.word for weight in reason.words}
    assert {weight.word for weight in reason.words} <= {"hélas", "amazon", "a", "suspendu", "mon", "compte"}


def test_what_weighed_sums_to_the_score(model: EmbeddedNLU) -> None:
    text = "ils gardent mon argent, mon argent est retenu"
    reason = trace(model, text).problem
    assert reason is not None
    passages = Passages.of(text)
    shares = model.learnt.shares(*model.vocabulary.vector(text, "fr"))
    near = model.nearness([Ask(text=text, at=NOW)], [passages])[0]
    score = float(STORIES(shares, near) @ model.duals("problems", reason.label))
    assert sum(weight.weight for weight in reason.words) + reason.whole + reason.asked == pytest.approx(score, abs=1e-4)


def test_what_had_been_asked_weighs_for_an_act(model: EmbeddedNLU) -> None:
    reason = trace(model, "20 %", Expecting(asking="loss_pct_turnover", kind="percent")).act
    assert reason is not None
    assert reason.label == "inform"
    assert reason.asked != 0


def test_the_nearest_examples_are_told_by_name(model: EmbeddedNLU, models: Path) -> None:
    reason = trace(model, "compte désactivé sans explication").problem
    assert reason is not None
    folder = latest(models)
    assert folder is not None
    names = json.loads((folder / "examples.json").read_text(encoding="utf-8"))
    assert reason.nearest[0].name in names
    assert reason.nearest[0].likeness == pytest.approx(1.0, abs=0.01)
    likeness = [near.likeness for near in reason.nearest]
    assert likeness == sorted(likeness, reverse=True)
    assert np.all(np.array(likeness) <= 1.01)


def test_it_says_which_zone_and_which_rules_hold(model: EmbeddedNLU) -> None:
    told = trace(model, "mon compte vendeur est suspendu")
    assert told.problems[0].probability == pytest.approx(max(label.probability for label in told.problems))
    odds = told.problems[0].probability
    assert told.zone == ("sure" if odds >= 0.7 else "confirm" if odds >= 0.35 else "open")
    assert trace(model, "20 %", Expecting(asking="loss_pct_turnover", kind="percent")).zone == "answer"
    assert trace(model, "xyz").zone == "open"
    assert trace(model, "pas suspendu, juste pas payé").rules == ("denied",)
    assert trace(model, "oui " + "ils ont fermé ma boutique et gardent tout " * 8).rules == ("long_story",)


def test_an_empty_text_has_no_reason(model: EmbeddedNLU) -> None:
    told = trace(model, "")
    assert (told.problem, told.act) == (None, None)
