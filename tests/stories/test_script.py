"""The script loads, and a wrong one stops the start with file, line and problem."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

import pytest

from stories.script import Script, ScriptError, default_folder, load, parse


@lru_cache
def sources() -> dict[str, str]:
    folder = default_folder()
    paths = [path for path in folder.rglob("*") if path.suffix in {".yml", ".md"}]
    return {path.relative_to(folder).as_posix(): path.read_text(encoding="utf-8") for path in paths}


@pytest.fixture(scope="module")
def script() -> Script:
    return load(default_folder())


def test_the_script_that_comes_with_portevoix_loads(script: Script) -> None:
    assert len(script.categories) == 20
    assert len(script.by_platform) == 40


def test_the_archived_sources_give_the_same_script_again(script: Script) -> None:
    again = parse(script.sources)
    assert again == script
    assert again.digest == script.digest


def test_one_changed_letter_changes_the_digest(script: Script) -> None:
    other = parse({**script.sources, "law.yml": script.sources["law.yml"] + "\n# a note"})
    assert other.digest != script.digest


def test_a_folder_without_a_script_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(ScriptError, match="name the folder that holds the script"):
        load(tmp_path)


def test_a_file_that_is_not_utf_8_is_named(tmp_path: Path) -> None:
    (tmp_path / "assistant.yml").write_bytes(b"version: \xff")
    with pytest.raises(ScriptError, match="not UTF-8"):
        load(tmp_path)


def _swap(name: str, old: str, new: str) -> Callable[[dict[str, str]], None]:
    def change(files: dict[str, str]) -> None:
        assert old in files[name]
        files[name] = files[name].replace(old, new, 1)

    return change


def _remove(name: str) -> Callable[[dict[str, str]], None]:
    def change(files: dict[str, str]) -> None:
        del files[name]

    return change


def _put(name: str, text: str) -> Callable[[dict[str, str]], None]:
    def change(files: dict[str, str]) -> None:
        files[name] = text

    return change


BROKEN = {
    "a file is missing": (_remove("law.yml"), "law.yml", None, "missing"),
    "not YAML": (_swap("doors.yml", "- id: consumer", "- id: [consumer"), "doors.yml", None, "not YAML"),
    "a list where names are needed": (_put("fields.yml", "- a\n"), "fields.yml", 1, "names with their content"),
    "names where a list is needed": (_put("law.yml", "a: b\n"), "law.yml", 1, "begins with a dash"),
    "an unknown key": (
        _swap("assistant.yml", "likely: 0.4", "likly: 0.35"),
        "assistant.yml",
        "likly",
        "Extra inputs",
    ),
    "a number that is none": (_swap("assistant.yml", "sure: 0.7", "sure: high"), "assistant.yml", "sure", "number"),
    "a language is missing": (
        _swap("statuses.yml", 'label: {fr: "Brouillon", en: "Draft"}', 'label: {fr: "Brouillon"}'),
        "statuses.yml",
        '{fr: "Brouillon"}',
        "Field required",
    ),
    "an unknown kind of question": (
        _swap("questions.yml", "kind: platform", "kind: plateforme"),
        "questions.yml",
        "kind: plateforme",
        "kind",
    ),
    "two options with one id": (
        _swap("questions.yml", "- id: named", "- id: anonymised"),
        "questions.yml",
        "options:",
        "same id",
    ),
    "a rule that does not exist": (
        _swap("categories/funds_withheld.yml", "law: [dsa_money_reasons", "law: [dsa_money"),
        "categories/funds_withheld.yml",
        "law: [dsa_money",
        "dsa_money is not in law.yml",
    ),
    "a question that does not exist": (
        _swap("categories/other.yml", "more: [loss_eur", "more: [lost_eur"),
        "categories/other.yml",
        "more: [lost_eur",
        "lost_eur is no question",
    ),
    "a problem that does not exist": (
        _swap("assistant.yml", "- problem: listing_removal", "- problem: listing_remove"),
        "assistant.yml",
        "tie_breaks",
        "listing_remove is no category",
    ),
    "a platform that does not exist": (
        _swap("platforms.yml", "  but: [but]", "  but: [butt]"),
        "platforms.yml",
        None,
        "butt is no platform",
    ),
    "a status that does not exist": (
        _swap("statuses.yml", "next: [submitted, withdrawn", "next: [sent, withdrawn"),
        "statuses.yml",
        None,
        "sent is no status",
    ),
    "a category in a file of another name": (
        _swap("categories/other.yml", "id: other", "id: others"),
        "categories/others.yml",
        None,
        "must stand in a file of that name",
    ),
    "a pattern that does not compile": (
        _swap("doors.yml", "lanceu(?:r|se)s?", "lanceu(?:r|se"),
        "doors.yml",
        "lanceu(?:r|se",
        "lanceu",
    ),
    "a date that is none": (
        _swap("law.yml", "valid_from: 2020-07-12", "valid_from: 2020-13-12"),
        "law.yml",
        "2020-13-12",
        "valid_from",
    ),
    "a field of no group": (
        _swap("fields.yml", "legal_name: {group: company", "legal_name: {group: firm"),
        "fields.yml",
        "legal_name",
        "group",
    ),
    "a summary line that is no field": (
        _swap("assistant.yml", "- platform_id", "- platform"),
        "assistant.yml",
        None,
        "platform is no field",
    ),
    "an answer whose button no messaging app carries": (
        _swap("questions.yml", "- id: named", "- id: " + "named_" * 9),
        "questions.yml",
        "named_" * 9,
        "69 bytes",
    ),
    "a question whose buttons no messaging app carries": (
        _swap("categories/account_suspension.yml", "- key: account_status", "- key: account_status" + "_é" * 9),
        "categories/account_suspension.yml",
        "account_status_é",
        "a button of 66 bytes",
    ),
    "a wording that is no text": (
        _put("wording/en.yml", "hello:\n  - a list\n"),
        "wording/en.yml",
        "- a list",
        "hello must be a text",
    ),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_wrong_script_is_refused_with_its_place_and_problem(name: str) -> None:
    change, file, near, problem = BROKEN[name]
    files = dict(sources())
    change(files)
    with pytest.raises(ScriptError) as refused:
        parse(files)
    error = refused.value
    assert error.file == file
    assert problem in error.problem
    assert str(error).startswith(f"{file}:{error.line}: ")
    if isinstance(near, int):
        assert error.line == near
    elif near is not None:
        wanted = next(n for n, line in enumerate(files[file].splitlines(), 1) if near in line)
        assert abs(error.line - wanted) <= 12, f"line {error.line} is far from {wanted}"
