"""`portevoix rasa export` and `import`, as an operator types them."""

from __future__ import annotations

import shutil
import zipfile
from pathlib import Path

from stories.script import default_folder, load
from tests.bot.test_cli import run


def test_what_was_changed_is_shown_and_goes_to_where_it_belongs(tmp_path: Path) -> None:
    script, told, home = tmp_path / "script", tmp_path / "told", tmp_path / "home"
    shutil.copytree(default_folder(), script)
    told.mkdir()
    settings = {"home": home, "SCRIPT_FOLDER": str(script), "STORIES_FOLDER": str(told)}
    project = tmp_path / "project"
    assert run("rasa", "export", str(project), **settings).returncode == 0  # type: ignore[arg-type]
    said = run("rasa", "import", str(project), **settings)  # type: ignore[arg-type]
    assert said.stdout.decode() == "Nothing is otherwise there.\n"
    for name, old, new in (
        ("data/fr/acts/affirm.yml", "- oui\n", "- oui chef\n"),
        ("domain.yml", load(script).wording["en"]["thanks"], "Thanks to you."),
        ("tests/fr/test_corrections.yml", "12 000 €", "13 000 €"),
        ("config.yml", "epochs: 100", "epochs: 50"),
    ):
        text = (project / name).read_text()
        assert old in text
        (project / name).write_text(text.replace(old, new, 1))
    shown = run("rasa", "import", str(project), "--dry-run", **settings).stdout.decode()  # type: ignore[arg-type]
    assert '+thanks: "Thanks to you."' in shown
    assert not (home / "data").exists()
    assert run("rasa", "import", str(project), **settings).returncode == 0  # type: ignore[arg-type]
    assert "- oui chef" in (home / "data/fr/acts/affirm.yml").read_text()
    assert load(script).wording["en"]["thanks"] == "Thanks to you."
    assert "13 000 €" in (told / "fr/corrections.yml").read_text()
    again = run("rasa", "import", str(project), **settings).stdout.decode()  # type: ignore[arg-type]
    assert again == "Nothing is otherwise there.\n"


def test_a_change_that_has_nowhere_to_go_changes_nothing(tmp_path: Path) -> None:
    archive = tmp_path / "p.zip"
    assert run("rasa", "export", str(archive), home=tmp_path).returncode == 0
    assert run("rasa", "export", str(archive), home=tmp_path).returncode == 2
    with zipfile.ZipFile(archive) as kept:
        kept.extractall(tmp_path / "project")
    domain = tmp_path / "project" / "domain.yml"
    said = load(default_folder()).wording["fr"]["thanks_story"]
    domain.write_text(domain.read_text().replace(said, "Merci à vous."))
    affirm = tmp_path / "project/data/fr/acts/affirm.yml"
    affirm.write_text(affirm.read_text() + "# vu\n")
    done = run("rasa", "import", str(tmp_path / "project"), home=tmp_path)
    assert done.returncode == 2
    assert b"set SCRIPT_FOLDER" in done.stderr
    assert not (tmp_path / "data").exists()
    (tmp_path / "project/actions.py").write_text("import os\n")
    assert b"actions.py:1: cannot be carried" in run("rasa", "import", str(tmp_path / "project"), home=tmp_path).stderr
