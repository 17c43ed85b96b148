"""Files of messages with what should be understood of them."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from nlu.expected import Wanted, read_wanted
from nlu.parsing import askable
from stories.script import default_folder, load

NOW = datetime(2026, 11, 23, tzinfo=UTC)
SCRIPT = load(default_folder())


def read(path: Path) -> tuple[list[Wanted], list[str]]:
    wanted, wrong = read_wanted(path, SCRIPT, askable(SCRIPT), NOW)
    return wanted, [str(one) for one in wrong]


def written(folder: Path, text: str, name: str = "test.jsonl") -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def test_what_a_line_does_not_say_is_not_expected(tmp_path: Path) -> None:
    ((one,), wrong) = read(
        written(tmp_path, '{"id": "a", "text": "oui", "lang": "fr", "act": "affirm", "note": "…"}\n')
    )
    assert (one.expected, one.language, wrong) == ({"act": "affirm"}, "fr", [])


def test_examples_of_our_form_are_expected_as_they_are_labelled(tmp_path: Path) -> None:
    text = (
        "nlu:\n- intent: funds_withheld\n  examples: |\n    - payez-moi\n- intent: nothing\n  examples: |\n    - bien\n"
    )
    (first, second), _ = read(written(tmp_path, text, "fr/problems/a.yml"))
    assert first.expected == {"primary": "funds_withheld", "labels": ["funds_withheld"]}
    assert (first.request.id, first.request.ask.language) == ("a.yml:4", "fr")
    assert second.expected == {"primary": None, "labels": []}
    (act,), _ = read(written(tmp_path, "nlu:\n- intent: deny\n  examples: |\n    - no\n", "en/acts/b.yml"))
    assert act.expected == {"act": "deny"}


@pytest.mark.parametrize(
    ("expected", "problem"),
    [
        ("", "nothing is expected"),
        (', "primary": "funds"', "'funds' is no problem"),
        (', "labels": "funds_withheld"', '"labels" must be a list'),
        (', "labels": [["other"]]', "['other'] is no problem"),
        (', "act": "yes"', "'yes' is no dialogue act"),
        (', "act": []', "[] is no dialogue act"),
        (', "platform_id": "amazone"', "'amazone' is no platform"),
        (', "entities": []', "must be objects"),
        (', "entities": {"loss": 3}', "'loss' is no field of a case"),
        (', "entities": {}, "lang": "de"', '"lang" is "de"'),
    ],
)
def test_every_line_that_cannot_be_used_is_named(tmp_path: Path, expected: str, problem: str) -> None:
    good, bad = '{"text": "oui", "act": "affirm"}', f'{{"text": "oui"{expected}}}'
    wanted, wrong = read(written(tmp_path, f"{bad}\n{good}\n{bad}\n"))
    assert len(wanted) == 1
    assert [one.split(":")[0] for one in wrong] == ["line 1", "line 3"]
    assert problem in wrong[0]


def test_yaml_elsewhere_does_not_say_what_it_is(tmp_path: Path) -> None:
    wanted, wrong = read(written(tmp_path, "nlu: []", "a.yml"))
    assert wanted == []
    assert "fr/problems/NAME.yml" in wrong[0]


def test_a_null_is_an_expectation_too(tmp_path: Path) -> None:
    expected: dict[str, Any] = {"primary": None, "act": None, "platform_id": None}
    (one,), _ = read(written(tmp_path, '{"text": "…", "primary": null, "act": null, "platform_id": null}'))
    assert one.expected == expected
