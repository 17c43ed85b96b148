"""A connected Rasa server is trained on our examples, asked as a candidate, and given back as it was."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import httpx
import pytest
import yaml

from nlu import rasa_training
from nlu.backend import NLUError
from nlu.comparison import Item
from nlu.rasa_training import Asked, project, train_and_ask
from tests.fakes import rasa as fake
from tests.fakes.rasa import Trainable
from tests.nlu import real_rasa
from tests.nlu.conftest import ACTS, NOW, PLATFORMS, PROBLEMS
from tests.nlu.subset import write_subset

ITEMS = tuple(
    Item(name=f"sample:{at}", pool="test", text=text, language="fr", task="problems", labels=(label,), at=NOW)
    for at, (text, label) in enumerate(
        [("ils ont suspendu mon compte", "account_suspension"), ("ils gardent mon argent", "funds_withheld")] * 20
    )
)


def quiet(_step: str, _share: float) -> None:
    """Tell nobody."""


def ask(url: str, data: Path, items: Sequence[Item] = ITEMS, samples: Path | None = None) -> Asked:
    return train_and_ask(url, "secret", data, samples, items, quiet, platforms=PLATFORMS)


def test_it_is_trained_asked_and_given_back(data: Path) -> None:
    server, steps = Trainable(), list[tuple[str, float]]()
    with fake.serving(server) as running:
        asked = train_and_ask(
            running.url, "secret", data, None, ITEMS, lambda *step: steps.append(step), platforms=PLATFORMS
        )
        assert all(one.query["token"] == ["secret"] for one in running.asked)
    assert asked.model == "20261124-090000-bold-heron"
    assert [one.problems[0].id for one in asked.predictions] == [item.labels[0] for item in ITEMS]
    assert {one.by for one in asked.predictions} == {f"rasa/{asked.model}"}
    assert server.loaded == f"{fake.MODEL}.tar.gz"
    shares = [share for _, share in steps]
    assert shares == sorted(shares)
    assert (steps[0], steps[-1]) == (("training", 0.0), ("asking", 1.0))


def test_it_learns_all_our_examples_and_the_labelled_messages(data: Path, tmp_path: Path) -> None:
    samples = tmp_path / "samples.jsonl"
    line = {"id": 1, "text": "[nom](x) garde\nmon argent", "language": "fr", "task": "problems",
            "labels": ["funds_withheld"], "asked": None}  # fmt: skip
    samples.write_text(json.dumps(line) + "\n")
    body, problems, acts = project(data, samples)
    read = yaml.safe_load(body)
    assert set(problems) == set(PROBLEMS)
    assert set(acts) == set(ACTS)
    texts = {
        (entry["intent"], text.strip().removeprefix("- "))
        for entry in read["nlu"]
        if isinstance(entry["examples"], str)
        for text in entry["examples"].splitlines()
    }
    ours = {
        (f"problem_{label}", text.strip())
        for label, languages in PROBLEMS.items()
        for told in languages.values()
        for text in told.split("\n")
    }
    assert ours <= texts
    assert read["nlu"][-1] == {"intent": "problem_funds_withheld", "examples": [{"text": "[nom] (x) garde mon argent"}]}
    assert {f"act_{act}" for act in ACTS} <= set(read["intents"])
    assert [component["name"] for component in read["pipeline"]][-1] == "FallbackClassifier"


@pytest.mark.parametrize(
    ("training", "problem"),
    [
        (fake.told({"reason": "no"}, status=401), "RASA_TOKEN"),
        (fake.told({"reason": "TrainingError"}, status=500), "status 500"),
        (fake.Answer(body=b"model"), "did not name the model"),
        (fake.Answer(body=b"model", headers={"filename": "../x.tar.gz"}), "did not name the model"),
        (fake.Answer(body=b"", hangs_up=True), "RemoteProtocolError"),
    ],
)
def test_a_server_that_cannot_be_trained_keeps_its_model(data: Path, training: fake.Answer, problem: str) -> None:
    server = Trainable(training=training)
    with fake.serving(server) as running, pytest.raises(NLUError, match=problem):
        ask(running.url, data)
    assert server.loaded == f"{fake.MODEL}.tar.gz"


def test_a_server_without_a_model_may_be_trained(data: Path) -> None:
    server = Trainable(loaded=None)
    with fake.serving(server) as running:
        assert ask(running.url, data, ITEMS[:1]).predictions[0].problems[0].id == "account_suspension"


def test_a_line_that_is_no_sample_is_named_without_its_words(data: Path, tmp_path: Path) -> None:
    (tmp_path / "samples.jsonl").write_text('{"text": "secret", "task": "problems"}\n')
    with pytest.raises(NLUError, match=r"^samples.jsonl:1: this line is no sample$"):
        project(data, tmp_path / "samples.jsonl")


class StoppedError(Exception):
    """Somebody cancelled."""


def test_a_training_that_is_cancelled_is_waited_for_no_longer(data: Path) -> None:
    def stop(step: str, share: float) -> None:
        if share:
            raise StoppedError(step)

    server = Trainable(training=fake.Answer(body=b"x", headers={"filename": "late.tar.gz"}, late=3.0))
    with fake.serving(server) as running, pytest.raises(StoppedError):
        train_and_ask(running.url, None, data, None, ITEMS, stop, platforms=PLATFORMS)
    assert server.loaded == f"{fake.MODEL}.tar.gz"
    assert rasa_training.EVERY < 3  # The seconds above.


@pytest.mark.full
def test_a_real_rasa_is_trained_over_the_wire_and_given_back(rasa_project: Path, tmp_path: Path) -> None:
    write_subset(tmp_path / "data")
    config = tmp_path / "config.yml"
    config.write_text(rasa_training.CONFIG.read_text().replace("epochs: 100", "epochs: 15"))
    with real_rasa.serving(rasa_project) as running:
        before = httpx.get(f"{running.url}/status").json()["model_file"]
        asked = train_and_ask(
            running.url, None, tmp_path / "data", None, ITEMS, quiet, platforms=PLATFORMS, config=config
        )
        after = httpx.get(f"{running.url}/status").json()["model_file"]
    right = sum(one.problems[0].id == item.labels[0] for one, item in zip(asked.predictions, ITEMS, strict=True))
    assert right == len(ITEMS)
    assert before == after != f"{asked.model}.tar.gz"
