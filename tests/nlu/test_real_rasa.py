"""A real Rasa 3.6 reads what we export, and a chain goes on without it."""

from __future__ import annotations

from pathlib import Path

import pytest

from nlu import default_data, latest, load
from nlu.backend import Ask
from nlu.chain import Chain
from nlu.examples import read
from nlu.exchange import PREFIXES, write_rasa_project
from nlu.rasa import RasaNLU
from tests.nlu import real_rasa
from tests.nlu.conftest import ACTS, NOW, PLATFORMS, PROBLEMS

pytestmark = pytest.mark.full


def test_rasa_reads_every_example_with_its_intent(tmp_path: Path) -> None:
    write_rasa_project(default_data(), tmp_path)
    ours = {(example.text, f"{PREFIXES[example.task]}{example.labels[0]}") for example in read(default_data())}
    assert real_rasa.read_examples(tmp_path) == ours


def test_the_embedded_model_reads_on_where_the_server_is_killed(rasa_project: Path, models: Path) -> None:
    folder = latest(models)
    assert folder is not None
    with real_rasa.serving(rasa_project) as running:
        rasa = RasaNLU(running.url, platforms=PLATFORMS, problems=PROBLEMS, acts=ACTS, patience=20)
        chain = Chain(rasa, load(folder, PLATFORMS))
        asks = [Ask(text="ils gardent mon argent", at=NOW), Ask(text="oui", at=NOW)]
        before = chain.understand_many(asks)
        running.process.kill()
        running.process.wait()
        after = chain.understand_many(asks)
    assert [u.by.partition("/")[0] for u in (*before, *after)] == ["rasa", "rasa", "embedded", "embedded"]
    assert [u.problems[0].id for u in (before[0], after[0])] == ["funds_withheld", "funds_withheld"]
