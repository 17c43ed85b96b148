"""The figures of a file of messages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from nlu.measuring import Sample, agrees, differences, measure

NOTHING: Mapping[str, Any] = {
    "primary": None, "labels": [], "scores": {}, "act": None, "facets": {}, "platform_id": None, "entities": {},
}  # fmt: skip


def sample(expected: Mapping[str, Any], language: str = "fr", **told: Any) -> Sample:
    return Sample(id=1, language=language, text="…", expected=expected, told={**NOTHING, **told})


def main(expected: str | None, told: str | None, odds: float = 0.9) -> Sample:
    return sample({"primary": expected}, primary=told, scores={told: odds} if told else {})


def test_only_what_is_expected_is_measured() -> None:
    (figures,) = measure([sample({"act": "affirm"}, act="affirm"), sample({"act": "deny"}, act="inform")])
    assert (figures.act.rate, figures.primary.of, figures.platform.of) == (0.5, 0, 0)
    assert "main problem" not in figures.text()
    assert "1  act: deny → inform" in figures.text()


def test_the_main_problem_is_measured_by_label_too() -> None:
    (figures,) = measure([main("a", "a"), main("a", "b"), main("b", "b"), main(None, None), main(None, "a")])
    assert (figures.primary.right, figures.primary.of) == (2, 3)
    assert (figures.nothing.right, figures.nothing.of) == (1, 2)
    assert figures.macro_f1 == pytest.approx(2 / 3)
    assert figures.confusions == [("primary", "a", "b", 1), ("primary", "None", "a", 1)]


def test_out_of_scope_counts_false_alarms_among_all_messages() -> None:
    outside = "out_of_scope"
    (figures,) = measure([main(outside, outside), main(outside, "a"), main("a", outside), main("a", "a")])
    assert (figures.outside.recall, figures.outside.precision) == (0.5, 0.5)


def test_all_problems_are_measured_together_the_main_one_among_them() -> None:
    told = sample({"primary": "a", "labels": ["b"]}, primary="a", labels=["a", "c"])
    (figures,) = measure([told])
    assert (figures.labels.precision, figures.labels.recall, figures.labels.f1) == (0.5, 0.5, 0.5)
    assert [one.what for one in differences(told)] == ["labels"]


def test_probabilities_that_are_too_high_are_wrong_by_as_much() -> None:
    (figures,) = measure([main("a", "a", 0.95), main("b", "a", 0.95)])
    assert figures.calibration_error == pytest.approx(0.45)


def test_each_language_has_its_figures_and_all_of_them_together() -> None:
    figures = measure([main("a", "a"), sample({"act": "deny"}, language="en", act="deny")])
    assert [(one.language, one.messages) for one in figures] == [("en", 1), ("fr", 1), ("all", 2)]


def test_values_are_measured_by_field() -> None:
    expected = {"entities": {"loss_eur": 15000, "lawyer": None}, "facets": {"no_notice": "yes"}}
    told = sample(expected, entities={"loss_eur": 15000.0, "lawyer": True, "jobs_total": 3})
    (figures,) = measure([told])
    assert {name: (one.right, one.of, one.extra) for name, one in figures.fields.items()} == {
        "facets.no_notice": (0, 1, 0),
        "jobs_total": (0, 0, 1),
        "lawyer": (0, 1, 0),
        "loss_eur": (1, 1, 0),
    }
    assert [one.what for one in differences(told)] == ["lawyer", "facets.no_notice"]


@pytest.mark.parametrize(
    ("expected", "told", "agree"),
    [
        (["a", "b"], ["b", "a"], True),
        (["a"], ["a", "b"], False),
        ({"value": "2026-10"}, {"value": "2026-10", "precision": "month", "approx": True}, True),
        ({"value": "2026-10"}, {"value": "2026-10-08"}, False),
        (1, True, False),
        (True, True, True),
        (None, None, True),
        ({"value": "2026"}, None, False),
    ],
)
def test_values_agree_where_they_say_the_same(expected: object, told: object, agree: bool) -> None:  # noqa: FBT001
    assert agrees(expected, told) is agree
