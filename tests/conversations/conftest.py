"""The script and the classifier that the conversations are played with: those of the product."""

from __future__ import annotations

from pathlib import Path

import pytest

import nlu
from nlu.backend import NLU
from stories.script import Script, default_folder, load


@pytest.fixture(scope="session")
def script() -> Script:
    return load(default_folder())


@pytest.fixture(scope="session")
def classifier(trained: Path, script: Script) -> NLU:
    folder = nlu.latest(trained / "models")
    assert folder is not None
    return nlu.load(folder, script.platforms)
