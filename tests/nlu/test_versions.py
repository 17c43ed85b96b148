"""Several versions of the classifier held at once."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

import nlu
from nlu.backend import Ask, NLUError
from nlu.versions import PINNED, Versions, Wanted
from tests.nlu.conftest import PLATFORMS

Copy = Callable[[str], str]


@pytest.fixture
def folder(models: Path, tmp_path: Path) -> Path:
    """A models' folder with the encoder alone."""
    made = tmp_path / "models"
    made.mkdir()
    for path in models.iterdir():
        if path.is_dir() and not (path / "manifest.json").exists():
            (made / path.name).symlink_to(path)
    return made


@pytest.fixture
def copy(models: Path, folder: Path) -> Copy:
    """Makes a version of this name; gives the digest that is recorded of it."""

    def make(version: str) -> str:
        trained = nlu.latest(models)
        assert trained is not None
        shutil.copytree(trained, folder / version)
        manifest = folder / version / "manifest.json"
        manifest.write_text(json.dumps(json.loads(manifest.read_text()) | {"version": version}))
        return nlu.digest_manifest(folder / version)

    return make


def by(versions: Versions, *pinned: str | None) -> list[str]:
    at = datetime(2026, 11, 30, tzinfo=UTC)
    told = versions.understand_many([Ask(text="oui", at=at, model=one) for one in pinned])
    return [understanding.by for understanding in told]


def test_each_message_is_read_by_the_version_its_conversation_began_with(folder: Path, copy: Copy) -> None:
    digests = {version: copy(version) for version in ("old", "new")}
    versions = Versions.opened(folder, Wanted(in_use="new", digests=digests), PLATFORMS)
    assert by(versions, None, "old", "new", "old") == ["embedded/new", "embedded/old", "embedded/new", "embedded/old"]


def test_words_are_unknown_to_the_version_in_use(folder: Path, copy: Copy) -> None:
    versions = Versions.opened(folder, Wanted(in_use="new", digests={"new": copy("new")}), PLATFORMS)
    assert versions.unknown("mon compte", "fr") == 0
    assert versions.unknown("mon zblorgnak", "fr") == 1 / 2


def test_a_version_that_cannot_be_loaded_is_stood_in_for(folder: Path, copy: Copy) -> None:
    digests = {"new": copy("new"), "old": copy("old"), "gone": "0" * 64}
    shutil.rmtree(folder / "old")
    versions = Versions.opened(folder, Wanted(in_use="new", digests=digests), PLATFORMS)
    assert by(versions, "old", "gone", "never registered") == ["embedded/new"] * 3


def test_only_the_files_that_were_registered_are_loaded(folder: Path, copy: Copy) -> None:
    digests = {version: copy(version) for version in ("old", "new")}
    (folder / "old" / "vocabulary.txt").write_text("another")
    with pytest.raises(NLUError, match=r"vocabulary\.txt is not the file that was trained"):
        Versions.opened(folder, Wanted(in_use="old", digests=digests), PLATFORMS)
    manifest = folder / "new" / "manifest.json"
    manifest.write_text(manifest.read_text() + " ")
    with pytest.raises(NLUError, match="is not the model that was registered"):
        Versions.opened(folder, Wanted(in_use="new", digests=digests), PLATFORMS)


def test_what_is_in_use_stays_where_the_next_cannot_be_loaded(folder: Path, copy: Copy) -> None:
    digests = {version: copy(version) for version in ("old", "new")}
    old = Versions.opened(folder, Wanted(in_use="old", digests=digests), PLATFORMS)
    (folder / "new" / "duals.npy").write_bytes(b"broken")
    after = old.exchanged(Wanted(in_use="new", digests=digests), PLATFORMS)
    assert (after.version, by(after, None)) == ("old", ["embedded/old"])
    assert "duals.npy" in after.problem


def test_an_exchange_leaves_a_turn_under_way_alone_and_keeps_what_was_read(folder: Path, copy: Copy) -> None:
    digests = {version: copy(version) for version in ("old", "new")}
    old = Versions.opened(folder, Wanted(in_use="old", digests=digests), PLATFORMS)
    new = old.exchanged(Wanted(in_use="new", digests=digests), PLATFORMS)
    shutil.rmtree(folder / "old")
    assert (by(old, None), by(new, None, "old")) == (["embedded/old"], ["embedded/new", "embedded/old"])


def test_few_versions_are_held_and_the_one_used_longest_ago_goes_first(folder: Path, copy: Copy) -> None:
    names = [f"v{number}" for number in range(PINNED + 1)]
    digests = {version: copy(version) for version in (*names, "new")}
    versions = Versions.opened(folder, Wanted(in_use="new", digests=digests), PLATFORMS)
    by(versions, *names)
    for name in names:
        shutil.rmtree(folder / name)
    assert by(versions, *names[1:]) == [f"embedded/{name}" for name in names[1:]]
    assert by(versions, names[0]) == ["embedded/new"]


def test_a_shadow_is_held_beside_and_not_heard(folder: Path, copy: Copy) -> None:
    digests = {version: copy(version) for version in ("tried", "new")}
    versions = Versions.opened(folder, Wanted(in_use="new", shadow="tried", digests=digests), PLATFORMS)
    assert versions.shadow is not None
    assert versions.shadow.version == "tried"
    assert by(versions, None) == ["embedded/new"]
