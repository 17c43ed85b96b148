"""Samples: real messages with their labels, learnt beside the examples, without what one person alone says."""

import json
import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from nlu import encoder, latest, load, needs_training
from nlu.backend import Ask
from nlu.examples import ExampleError, read
from nlu.held import read_held
from nlu.samples import read_samples
from nlu.training import main, train
from tests.nlu.conftest import NOW, PLATFORMS, write_examples

NEW = "dropshipping_ban"


def sample(number: int, text: str, label: str = NEW, **more: object) -> dict[str, Any]:
    return {"id": number, "text": text, "language": "fr", "task": "problems", "labels": [label], **more}


def write(path: Path, samples: Sequence[object]) -> Path:
    path.write_text("".join(json.dumps(one, ensure_ascii=False) + "\n" for one in samples), encoding="utf-8")
    return path


SAMPLES = [
    sample(1, "ils interdisent la livraison directe par Beauvoisin", person="aa"),
    sample(2, "livraison directe interdite, dit Beauvoisin", person="aa"),
    sample(3, "la vente sans stock est interdite selon Beauvoisin", person="aa"),
    sample(4, "plus le droit à la livraison directe", person="bb"),
    sample(5, "la livraison directe est bannie", person="cc"),
    sample(5, "je vous informe", "inform", task="acts", person="cc"),
]


def beside(models: Path, folder: Path) -> Path:
    """A folder for models that has the encoder already."""
    folder.mkdir()
    name = encoder.available()
    if name is not None:
        (folder / name).symlink_to(models / name)
    return folder


@pytest.fixture(scope="module")
def learnt(data: Path, models: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A candidate that learnt the samples too, beside a model that is in use."""
    folder = beside(models, tmp_path_factory.mktemp("learnt") / "models")
    train(data, folder, progress=lambda _step, _share: None, at=NOW.replace(year=2025))
    file = write(folder / "samples.jsonl", SAMPLES)
    assert main([str(data), str(folder), "--at", NOW.isoformat(), "--samples", str(file), "--candidate"]) == 0
    in_use = latest(folder)
    (candidate,) = (path.parent for path in folder.glob("*/manifest.json") if path.parent != in_use)
    return candidate


def manifest(folder: Path) -> dict[str, Any]:
    return dict(json.loads((folder / "manifest.json").read_text(encoding="utf-8")))


def test_a_candidate_does_not_become_the_latest(learnt: Path) -> None:
    assert learnt.is_dir()
    assert latest(learnt.parent) not in {None, learnt}


def test_a_candidate_says_which_samples_it_learnt_and_its_digest_covers_them(learnt: Path, data: Path) -> None:
    about = manifest(learnt)
    assert about["samples"] == {"count": 5, "ids": [1, 2, 3, 4, 5]}
    in_use = latest(learnt.parent)
    assert in_use is not None
    assert about["data_digest"] != manifest(in_use)["data_digest"]
    assert about["lineage"]["examples_digest"] == manifest(in_use)["data_digest"]
    assert learnt.name.endswith(about["data_digest"][:8])
    (learnt.parent / "latest").write_text(learnt.name, encoding="utf-8")
    assert not needs_training(learnt.parent, data)
    (learnt.parent / "latest").write_text(in_use.name, encoding="utf-8")


def test_a_label_that_only_samples_have_is_learnt(learnt: Path) -> None:
    nlu = load(learnt, PLATFORMS)
    assert nlu.understand_many([Ask(text="livraison directe interdite", at=NOW)])[0].problems[0].id == NEW


def test_a_name_that_one_person_says_is_in_no_file_of_the_model(learnt: Path) -> None:
    grams = set((learnt / "vocabulary.txt").read_text(encoding="utf-8").split("\n"))
    assert "livraison" in grams
    assert not [gram for gram in grams if "beauvoisin" in gram or gram in {"_beauv", "_oisin", "_voisi"}]
    for path in learnt.iterdir():
        assert b"eauvoisin" not in path.read_bytes().lower()


def test_a_word_that_three_persons_say_is_kept(data: Path, models: Path, tmp_path: Path) -> None:
    said = [sample(at, f"la transhumance du dossier {at}", person=f"p{at}") for at in range(3)]
    assert "transhum" in _vocabulary(data, beside(models, tmp_path / "three"), said)
    assert "transhum" not in _vocabulary(
        data, beside(models, tmp_path / "two"), [{**one, "person": f"p{one['id'] % 2}"} for one in said]
    )


def _vocabulary(data: Path, models: Path, samples: Sequence[object]) -> set[str]:
    file = write(models / "samples.jsonl", samples)
    folder = train(data, models, progress=lambda _step, _share: None, at=NOW, samples=file)
    return set((folder / "vocabulary.txt").read_text(encoding="utf-8").split("\n"))


def test_each_example_is_told_as_if_it_had_not_been_learnt(learnt: Path) -> None:
    held = read_held(learnt)
    assert {name for name in held["problems"] if name.startswith("sample:")} == {f"sample:{at}" for at in range(1, 6)}
    assert set(held["acts"]) > {"sample:5"}
    assert all(name.startswith(("shipped:", "sample:")) for told in held.values() for name in told)
    one = held["problems"]["sample:3"]
    assert (one.labels, one.language) == ((NEW,), "fr")
    assert 0 <= one.given <= one.odds <= 1
    names = json.loads((learnt / "examples.json").read_text(encoding="utf-8"))
    assert names[-1] == "sample:5"
    assert len(names) == manifest(learnt)["examples"]


def test_samples_leave_the_examples_in_their_folds(learnt: Path, data: Path) -> None:
    """So that what changes for an example is what the samples taught, and not which others were held out with it."""
    in_use = latest(learnt.parent)
    assert in_use is not None
    before, after = read_held(in_use)["problems"], read_held(learnt)["problems"]
    told = [name for name in before if before[name].told == after[name].told]
    assert len(told) >= 0.9 * len(before)
    assert len(before) == len([e for e in read(data) if e.task == "problems"])


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"language": "de"}, "language"),
        ({"labels": []}, "labels"),
        ({"labels": [NEW, "never_a_main_one"]}, "never_a_main_one"),
        ({"labels": [NEW, "nothing"]}, "nothing stands alone"),
        ({"task": "acts", "labels": ["affirm", "deny"]}, "one act"),
        ({"text": "  "}, "text"),
        ({"id": "douze"}, "id"),
        ({"id": 1}, "stands twice"),
        ({"wish": 1}, "wish"),
    ],
)
def test_a_bad_line_is_named_without_its_words(tmp_path: Path, change: dict[str, object], problem: str) -> None:
    bad = {**sample(9, "un secret bien gardé"), **change}
    file = write(tmp_path / "samples.jsonl", [SAMPLES[0], bad])
    with pytest.raises(ExampleError, match=rf"samples\.jsonl:2: .*{problem}") as raised:
        read_samples(file, [])
    assert "secret" not in str(raised.value)


def test_a_bad_line_ends_the_command_and_writes_nothing(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "samples.jsonl"
    file.write_text(f"{json.dumps(SAMPLES[0])}\n{{\n", encoding="utf-8")
    models = tmp_path / "models"
    assert main([str(data), str(models), "--at", NOW.isoformat(), "--samples", str(file)]) == 1
    assert capsys.readouterr().out.splitlines()[-1] == "samples.jsonl:2: not JSON"
    assert not models.exists()


def _limit(size: int) -> Callable[[], None]:
    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))

    return limit


def test_a_full_disk_is_a_reason_and_leaves_nothing(data: Path, models: Path, tmp_path: Path) -> None:
    folder = beside(models, tmp_path / "models")
    there = sorted(folder.iterdir())
    command = [sys.executable, "-m", "nlu.training", str(data), str(folder), "--at", NOW.isoformat()]
    done = subprocess.run(command, capture_output=True, text=True, check=False, preexec_fn=_limit(20_000))
    assert done.returncode == 1
    assert done.stdout.splitlines()[-1] == f"no model can be written in {folder}: File too large"
    assert sorted(folder.iterdir()) == there


def test_a_training_that_is_told_to_end_leaves_nothing(tmp_path: Path) -> None:
    script = f"""
import time
from pathlib import Path
from nlu.writing import unfinished
with unfinished(Path({str(tmp_path)!r})) as folder:
    (folder / "half.npy").write_bytes(b"0")
    print("written", flush=True)
    time.sleep(60)
"""
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True) as training:
        assert training.stdout is not None
        assert training.stdout.readline() == "written\n"
        assert [path.name[:12] for path in tmp_path.iterdir()] == [".unfinished."]
        began = time.monotonic()
        os.kill(training.pid, signal.SIGTERM)
        assert training.wait() == 128 + signal.SIGTERM
        assert time.monotonic() - began < 10
    assert list(tmp_path.iterdir()) == []


def test_the_data_alone_are_as_good_as_ever_with_the_same_bytes(models: Path, tmp_path: Path) -> None:
    data = write_examples(tmp_path / "data")
    file = write(tmp_path / "samples.jsonl", [])
    again = train(data, beside(models, tmp_path / "models"), progress=lambda _step, _share: None, at=NOW, samples=file)
    in_use = latest(models)
    assert in_use is not None
    assert (again / "duals.npy").read_bytes() == (in_use / "duals.npy").read_bytes()
