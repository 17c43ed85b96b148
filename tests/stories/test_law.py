"""The rules that may be told to a firm: each exists, is told with caution, from the day it applies."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date

import pytest

from stories.plain import sentences
from tests.stories.talk import script

ARTICLES: Mapping[str, frozenset[str]] = {
    "Regulation (EU) 2019/1150": frozenset(
        [
            "3(1)",
            "3(2)",
            "3(3)",
            "4(1)",
            "4(2)",
            "4(3)",
            "4(5)",
            "5",
            "5(3)",
            "6",
            "7",
            "8",
            "8(a)",
            "9",
            "10",
            "11",
            "12",
            "14",
        ],
    ),
    "Regulation (EU) 2022/2065": frozenset(["12", "16", "17", "17(1)(b)", "20", "21", "23(2)", "27", "30", "31"]),
    "Regulation (EU) 2022/1925": frozenset(["5(3)", "5(6)", "6(2)", "6(5)", "6(10)", "6(13)"]),
    "Regulation (EU) 2023/988": frozenset({"19"}),
    "Regulation (EU) 2016/679": frozenset({"15"}),
    "Code de commerce": frozenset({"L.442-1 I 1°", "L.442-1 I 2°", "L.442-1 II", "L.442-1 III", "L.441-9"}),
    "Code de la consommation": frozenset({"L.111-7-2"}),
    "Code civil": frozenset({"1240"}),
    "Code de la propriété intellectuelle": frozenset({"L.713-4"}),
}
"""The articles that may be told, by the text they stand in."""
APPLIES_FROM: Mapping[str, date] = {
    "Regulation (EU) 2019/1150": date(2020, 7, 12),
    "Regulation (EU) 2022/2065": date(2024, 2, 17),
    "Regulation (EU) 2022/1925": date(2024, 3, 7),
    "Regulation (EU) 2023/988": date(2024, 12, 13),
    "Regulation (EU) 2016/679": date(2018, 5, 25),
}
TODAY = date(2026, 11, 23)


def test_a_rule_told_to_a_firm_stands_in_the_table_of_articles() -> None:
    assert [h.id for h in script().law.values() if h.article not in ARTICLES.get(h.law, frozenset())] == []


def test_a_rule_is_told_with_caution_and_without_its_article() -> None:
    for hook in script().law.values():
        assert re.search(r"en général|\bpeut\b|\bpeuvent\b|\bpouvez\b", hook.say.fr, re.IGNORECASE), hook.id
        assert re.search(r"in general|\bmay\b", hook.say.en, re.IGNORECASE), hook.id
        for text in (hook.say.fr, hook.say.en):
            assert not re.search(r"\d|\barticle\b|règlement|regulation", text), hook.id
            assert len(sentences(text)) == 1, hook.id


def test_a_rule_is_told_from_the_day_it_applies() -> None:
    for hook in script().law.values():
        assert hook.valid_from >= APPLIES_FROM.get(hook.law, date(2016, 1, 1)), hook.id
        assert hook.valid_to is None or hook.valid_to > hook.valid_from, hook.id


def test_rules_for_gatekeepers_are_told_about_gatekeepers_only() -> None:
    gatekeepers = [hook for hook in script().law.values() if hook.gatekeepers_only]
    assert {hook.law for hook in gatekeepers} == {"Regulation (EU) 2022/1925"}
    platforms = script().by_platform
    assert all(hook.applies(TODAY, platforms["amazon"]) for hook in gatekeepers)
    assert not any(hook.applies(TODAY, platforms["cdiscount"]) for hook in gatekeepers)


def test_rules_that_suppose_consumers_are_not_told_about_sales_between_firms() -> None:
    p2b = [hook for hook in script().law.values() if hook.law == "Regulation (EU) 2019/1150"]
    assert all(hook.applies(TODAY, script().by_platform["manomano"]) for hook in p2b)
    assert not any(hook.applies(TODAY, script().by_platform["ankorstore"]) for hook in p2b)


@pytest.mark.parametrize("name", sorted(script().categories.keys() - {"out_of_scope"}))
def test_a_firm_is_told_some_right_whatever_the_platform(name: str) -> None:
    hooks = [script().law[one] for one in script().categories[name].law]
    for platform in script().platforms.platforms:
        assert any(hook.applies(TODAY, platform) for hook in hooks), platform.id
