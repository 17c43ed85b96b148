"""The look of the console: neutral, unless the operator may use the State's."""

from __future__ import annotations

import importlib.util

import pytest

from bot.settings import read
from bot.values import SettingError
from console.theme import mounts, policy

INSTALLED = importlib.util.find_spec("dsfr") is not None


def test_the_look_is_neutral_unless_another_is_set() -> None:
    assert read({}).theme == "neutral"
    assert mounts("neutral") == []
    with pytest.raises(SettingError, match="THEME must be"):
        read({"THEME": "rose"})


@pytest.mark.skipif(INSTALLED, reason="django-dsfr is installed here")
def test_the_look_of_the_state_without_its_package_names_the_remedy() -> None:
    with pytest.raises(SettingError, match="django-dsfr"):
        read({"THEME": "dsfr"})


@pytest.mark.skipif(not INSTALLED, reason="django-dsfr is not installed")
def test_the_look_of_the_state_brings_its_files() -> None:
    assert read({"THEME": "dsfr"}).theme == "dsfr"
    assert [mount.path for mount in mounts("dsfr")] == ["/static/dsfr"]


def test_only_the_look_of_the_state_loads_fonts() -> None:
    usual = "default-src 'none'; img-src 'self'"
    assert policy("neutral", usual) == usual
    assert policy("dsfr", usual) == "default-src 'none'; img-src 'self' data:; font-src 'self'"
