"""`portevoix nlu export` and `import`, as an administrator types them."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.model import data_folder
from bot.settings import read
from nlu import default_data
from nlu.examples import digest
from tests.bot.test_cli import run


def in_use(home: Path) -> str:
    return digest(data_folder(read({"PORTEVOIX_HOME": str(home)})))


def test_examples_are_written_out_edited_and_learnt_from(tmp_path: Path) -> None:
    assert run("nlu", "export", home=tmp_path).returncode == 0
    assert in_use(tmp_path) == digest(default_data())
    with (tmp_path / "data/fr/acts/affirm.yml").open("a", encoding="utf-8") as file:
        file.write("    - oui chef\n")
    assert in_use(tmp_path) == digest(tmp_path / "data") != digest(default_data())


def test_a_rasa_project_comes_back_as_it_went(tmp_path: Path) -> None:
    done = run("nlu", "export", "--rasa", str(tmp_path / "project"), home=tmp_path)
    assert done.returncode == 0, done.stderr
    assert run("nlu", "import", str(tmp_path / "project"), home=tmp_path).returncode == 0
    assert digest(tmp_path / "data") == digest(default_data())


def test_a_file_is_added(tmp_path: Path) -> None:
    (tmp_path / "more.yml").write_text('version: "3.1"\nnlu:\n- intent: affirm\n  examples: |\n    - banco\n')
    assert run("nlu", "import", str(tmp_path / "more.yml"), "--language", "fr", home=tmp_path).returncode == 0
    assert "banco" in (tmp_path / "data/fr/acts/more.yml").read_text()
    assert (tmp_path / "data/en/problems/other.yml").is_file()


def test_a_line_spoilt_by_hand_is_said_before_anything_is_learnt(tmp_path: Path) -> None:
    run("nlu", "export", home=tmp_path)
    with (tmp_path / "data/fr/acts/affirm.yml").open("a", encoding="utf-8") as file:
        file.write("    oui chef\n")
    done = run("nlu", "train", home=tmp_path)
    (line,) = done.stderr.decode().splitlines()
    assert "fr/acts/affirm.yml:" in line
    assert "begins with a dash" in line
    assert done.returncode == 2


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("import", "nowhere"), "nowhere is not there"),
        (("import", "bad.yml", "--language", "fr"), "fr/acts/bad.yml:4: an example begins with a dash"),
        (("import", "bad.yml"), "bad.yml:1: which language is it?"),
        (("export", "--rasa", "."), "name a new folder"),
        (("export", "--rasa", "/proc/nowhere"), "cannot be written"),
    ],
)
def test_what_cannot_be_done_is_said_and_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], said: str
) -> None:
    (tmp_path / "bad.yml").write_text("nlu:\n- intent: affirm\n  examples: |\n    oui\n")
    monkeypatch.chdir(tmp_path)
    done = run("nlu", *arguments, home=tmp_path)
    assert (done.returncode, done.stdout) == (2, b"")
    assert said in done.stderr.decode()
    assert [path.name for path in tmp_path.iterdir()] == ["bad.yml"]
