"""Which reader of messages a setting puts in use, and from which examples it learnt."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot import model
from bot.assembly import assembled
from bot.settings import Settings, read
from nlu import encoder
from nlu.backend import NLU, Ask
from nlu.examples import digest
from storage import models
from stories.script import default_folder
from stories.script import load as load_script
from stories.types import Understanding
from tests.bot.test_cli import run
from tests.fakes import rasa
from tests.nlu import static_model
from tests.nlu.conftest import NOW, write_examples

SCRIPT = load_script(default_folder())


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder whose administrator brought in examples."""
    folder = tmp_path_factory.mktemp("home")
    write_examples(folder / "data")
    return folder


def settings(home: Path, **environment: str) -> Settings:
    return read({"PORTEVOIX_HOME": str(home), **environment})


def understand(reader: NLU) -> Understanding:
    return reader.understand_many([Ask(text="oui", at=NOW)])[0]


def test_the_model_learns_from_the_examples_that_were_brought_in(home: Path) -> None:
    reader = model.load(settings(home), SCRIPT, lambda _step: None)
    assert understand(reader).by.endswith(digest(home / "data")[:8])


def test_rasa_is_asked_first_and_the_embedded_model_where_it_does_not_answer(home: Path) -> None:
    with rasa.serving() as server:
        asked = settings(home, NLU_BACKEND="rasa", RASA_URL=server.url)
        reader = model.load(asked, SCRIPT, lambda _step: None)
        assert understand(reader).by == f"rasa/{rasa.MODEL}"
    assert understand(reader).by.startswith("embedded/")
    assert reader.name.startswith("rasa, else embedded/")


def test_an_operator_lists_versions_and_goes_back_to_the_one_before(tmp_path: Path) -> None:
    write_examples(tmp_path / "data")
    trained = [run("nlu", "train", home=tmp_path).stdout.decode().rsplit("/", 1)[-1].strip() for _ in range(2)]
    listed = [line.split()[:2] for line in run("nlu", "models", home=tmp_path).stdout.decode().splitlines()]
    assert listed == [[trained[1], "live"], [trained[0], "retired"]]
    refused = run("nlu", "promote", trained[0], home=tmp_path)
    assert (refused.returncode, b"was not compared" in refused.stderr) == (2, True)
    assert run("nlu", "rollback", home=tmp_path).stdout.decode() == f"{trained[0]} is in use.\n"


async def test_a_live_model_that_is_broken_is_replaced_at_the_next_start(home: Path) -> None:
    async with assembled(settings(home), tell=lambda _step: None) as app:
        before = app.version
    (home / "models" / str(before) / "duals.npy").write_bytes(b"broken")
    told: list[str] = []
    async with assembled(settings(home), tell=told.append) as app:
        assert app.version != before
        async with app.database.read() as session:
            assert await models.live(session) == app.version
    assert any("duals.npy is not the file that was trained" in line for line in told)


async def test_a_server_tells_the_encoder_of_its_model(home: Path) -> None:
    async with assembled(settings(home), tell=lambda _step: None) as app:
        assert app.encoder == encoder.available()


@pytest.mark.parametrize(("candidate", "verdict"), [("knowing", "adopted"), ("ignorant", "not adopted")])
def test_the_figures_of_two_encoders_are_told_and_which_was_adopted(
    tmp_path: Path, candidate: str, verdict: str
) -> None:
    write_examples(tmp_path / "data")
    folder = getattr(static_model, candidate)(tmp_path / candidate)
    done = run("nlu", "train", home=tmp_path, PORTEVOIX_ENCODER=f"model2vec:{folder}")
    *_, shipped, other, last = done.stderr.decode().splitlines()
    assert f"in cross-validation with {encoder.available()} (en: main problem " in shipped
    assert f"in cross-validation with model2vec-{candidate}-" in other
    assert last == f"{folder} is {verdict}."
    assert done.stdout.startswith(b"In use from now on: ")


def test_an_encoder_that_cannot_be_loaded_is_told_in_a_line_and_the_model_stays(tmp_path: Path, home: Path) -> None:
    model.load(settings(home), SCRIPT, lambda _step: None)
    before = sorted(path.name for path in (home / "models").iterdir())
    asked = "model2vec:nobody/nothing"
    hub, kept = "http://127.0.0.1:9", str(tmp_path)
    done = run("nlu", "train", home=home, PORTEVOIX_ENCODER=asked, HF_ENDPOINT=hub, HF_HOME=kept)
    assert done.returncode == 2
    assert b"portevoix: the encoder model2vec:nobody/nothing cannot be loaded: " in done.stderr.splitlines()[-1]
    assert b"Traceback" not in done.stderr
    assert sorted(path.name for path in (home / "models").iterdir()) == before
