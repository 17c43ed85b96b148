"""Comparing two models: which items count how, what is told with few of them, and the figures."""

import math
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest

from nlu.certainty import f1_change, mcnemar, share
from nlu.comparing import compare, compare_read, shipped
from nlu.comparison import COMPARISON, Item, Period
from nlu.examples import read
from stories.types import Label, Understanding
from tests.nlu.conftest import NOW, PLATFORMS
from tests.nlu.retraining import LABELS, NEW, Folder, batch, items

BASE = {label: slice(0, 2) for label in LABELS if label != NEW}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Folder:
    return Folder(path=tmp_path_factory.mktemp("comparing"))


@pytest.fixture(scope="module")
def live(folder: Folder) -> Path:
    return folder.train("live", BASE)


@pytest.fixture(scope="module")
def taught(folder: Folder) -> Path:
    return folder.train("taught", BASE, batch(NEW, slice(3, 6)))


def test_the_same_model_beside_itself_is_no_better_and_no_worse(live: Path) -> None:
    comparison = compare(live, live, list(items(batch(NEW, slice(0, 3)), "test")), platforms=PLATFORMS)
    assert (comparison.better, comparison.worse, comparison.odds, comparison.advice) == (0, 0, 1.0, "keep")
    assert len(comparison.both_wrong) == 48
    assert (comparison.fixed, comparison.broken) == ((), ())
    assert [(figures.f1, figures.change) for figures in comparison.labels if figures.label == NEW] == [
        ((0.0, 0.0), (0.0, 0.0)),
        ((0.0, 0.0), (0.0, 0.0)),
    ]


def test_what_the_candidate_learnt_it_answers_as_if_it_had_not(live: Path, taught: Path) -> None:
    learnt = [replace(item, text="rien de tout cela") for item in items(batch(NEW, slice(3, 6)), "learning")]
    comparison = compare(live, taught, learnt, platforms=PLATFORMS)
    assert comparison.better == 48
    assert {flip.candidate for flip in comparison.fixed} == {NEW}


def test_examples_count_where_both_models_know_them(live: Path, taught: Path, folder: Folder) -> None:
    known = [shipped(example, NOW) for example in read(folder.path / "live" / "data")]
    unknown = replace(known[0], name="shipped:0000000000000000")
    comparison = compare(live, taught, [*known, unknown], platforms=PLATFORMS)
    assert sum(cell.texts for cell in comparison.labels if cell.language is None) == len(known)
    assert (comparison.labelled, comparison.advice) == (0, "too_few")


def test_forty_labelled_messages_are_needed_to_conclude(live: Path, taught: Path) -> None:
    few = list(items(batch(NEW, slice(0, 3)), "test"))
    assert compare(live, taught, few[:39], platforms=PLATFORMS).advice == "too_few"
    assert compare(live, taught, few[:40], platforms=PLATFORMS).advice == "promote"
    assert compare(taught, live, few[:40], platforms=PLATFORMS).advice == "keep"


@pytest.mark.parametrize(("forgotten", "advice"), [(0, "promote"), (50, "promote"), (90, "keep")])
def test_what_firms_wrote_speaks_for_a_candidate_unless_the_examples_clearly_speak_against_it(
    live: Path, folder: Folder, forgotten: int, advice: str
) -> None:
    real = list(items(batch(NEW, slice(0, 3)), "test"))[:40]
    known = [item for one in read(folder.path / "live" / "data") if (item := shipped(one, NOW)).task == "problems"]
    wrong = [replace(item, labels=("nothing",)) for item in known[:forgotten]]
    told = [reading(item.labels[0]) for item in (*real, *wrong, *known[forgotten:])]
    comparison = compare_read(live, "elsewhere", [*real, *known], told, platforms=PLATFORMS)
    assert (comparison.better, comparison.worse, comparison.advice) == (40, forgotten, advice)


def reading(label: str) -> Understanding:
    problems = () if label == "nothing" else (Label(id=label, probability=0.9),)
    return Understanding(language="fr", problems=problems, by="elsewhere")


def test_a_label_that_one_model_knows_has_figures_all_the_same(live: Path, taught: Path) -> None:
    comparison = compare(live, taught, list(items(batch(NEW, slice(6, 8)), "test")), platforms=PLATFORMS)
    figures = next(one for one in comparison.labels if one.label == NEW and one.language is None)
    assert (figures.texts, figures.f1, figures.recall) == (32, (0.0, 1.0), (0.0, 1.0))
    assert figures.change == (1.0, 1.0)
    assert figures.odds < 0.001


def test_a_message_that_was_drawn_seldom_stands_for_many(live: Path, taught: Path) -> None:
    rare = [replace(item, chance=0.1) for item in items(batch(NEW, slice(0, 1)), "test")]
    common = list(items(batch("funds_withheld", slice(6, 7), first=100), "test"))
    (french,) = compare(live, taught, [*rare, *common], platforms=PLATFORMS).languages
    before, after = french.accuracy
    assert before.value == pytest.approx(1 / 11)
    assert after.value == pytest.approx(1.0)
    assert before.low < before.value < before.high
    assert before.of == 32


def test_of_a_language_with_few_messages_of_firms_the_examples_count_too(
    live: Path, taught: Path, folder: Folder
) -> None:
    examples = [shipped(example, NOW) for example in read(folder.path / "live" / "data")]
    wrote = list(items(batch(NEW, slice(0, 3), first=100), "test"))
    few, enough = (
        compare(live, taught, [*examples, *wrote[:many]], platforms=PLATFORMS).languages[0] for many in (3, 40)
    )
    assert (few.texts > 3, few.real) == (True, False)
    assert (enough.texts, enough.real) == (40, True)


def test_of_the_test_alone_what_was_said_lately_is_told_apart(live: Path, taught: Path) -> None:
    new, old = batch(NEW, slice(6, 7)), batch("funds_withheld", slice(6, 7), first=100)
    before = [replace(item, at=NOW - timedelta(days=29)) for item in items(old, "test")]
    learnt = items(batch("funds_withheld", slice(7, 8), first=200), "learning")
    comparison = compare(live, taught, [*items(new, "test"), *before, *learnt], platforms=PLATFORMS)
    assert comparison.periods == (
        Period(since=NOW - timedelta(days=28), texts=16, right=(0, 16)),
        Period(since=None, texts=16, right=(16, 16)),
    )


def test_a_comparison_of_another_time_is_still_read(live: Path) -> None:
    kept = COMPARISON.dump_python(compare(live, live, [], platforms=PLATFORMS), mode="json")
    before = {name: value for name, value in kept.items() if name not in {"tested", "aside", "periods"}}
    assert COMPARISON.validate_python(before) == COMPARISON.validate_python(kept)


def test_confused_labels_are_told_with_their_messages(live: Path) -> None:
    comparison = compare(live, live, list(items(batch(NEW, slice(0, 1)), "test")), platforms=PLATFORMS)
    assert {cell.expected for cell in comparison.confusion} == {NEW}
    assert sum(len(cell.items) for cell in comparison.confusion) == 16
    sizes = [len(cell.items) for cell in comparison.confusion]
    assert sizes == sorted(sizes, reverse=True)


def test_the_surer_the_model_must_be_the_fewer_messages_it_takes(live: Path, taught: Path) -> None:
    both: list[Item] = [
        *items(batch(NEW, slice(0, 2)), "test"),
        *items(batch("funds_withheld", slice(6, 8), first=100), "test"),
    ]
    (french,) = compare(live, taught, both, platforms=PLATFORMS).languages
    for curve in french.curve:
        coverage = [point.coverage for point in curve]
        assert coverage[0] == 1.0
        assert coverage == sorted(coverage, reverse=True)
    assert sum(one.of for one in french.bins) == len(both)
    assert french.calibration_error[1] < french.calibration_error[0]


def test_time_and_size_are_measured(live: Path, taught: Path) -> None:
    comparison = compare(live, taught, list(items(batch(NEW, slice(0, 1)), "test")), platforms=PLATFORMS)
    assert all(0 < taken < 1000 for taken in comparison.milliseconds)
    size = sum(path.stat().st_size for path in taught.iterdir()) / 1e6
    assert comparison.megabytes[1] == pytest.approx(size)


def test_wilson_is_exact_where_the_book_is() -> None:
    """Newcombe, "Two-sided confidence intervals for the single proportion", 1998: 81 of 263."""
    right = np.arange(263) < 81
    of = share(right, np.ones(263))
    assert (round(of.low, 4), round(of.high, 4)) == (0.2553, 0.3662)


def test_uneven_weights_widen_an_interval() -> None:
    right = np.arange(100) % 2 == 0
    even, uneven = share(right, np.ones(100)), share(right, np.where(np.arange(100) < 2, 50.0, 1.0))
    assert uneven.value == pytest.approx(even.value)
    assert uneven.high - uneven.low > even.high - even.low


def test_mcnemar_is_the_sign_test() -> None:
    assert mcnemar(0, 0) == 1.0
    assert mcnemar(10, 0) == pytest.approx(2 / 1024)
    assert mcnemar(6, 4) == pytest.approx(sum(math.comb(10, k) for k in (*range(5), *range(6, 11))) / 1024)


def test_the_interval_of_a_change_holds_it_and_narrows_with_texts() -> None:
    real = np.arange(40) < 20
    live, candidate = real & (np.arange(40) % 4 > 0), real & (np.arange(40) % 2 > 0)
    few = f1_change(real, live, candidate)
    many = f1_change(np.tile(real, 20), np.tile(live, 20), np.tile(candidate, 20))
    assert few == f1_change(real, live, candidate)
    change = 2 * 10 / 30 - 2 * 15 / 35
    assert few[0] < change < few[1]
    assert many[1] - many[0] < few[1] - few[0]
    assert many[1] < 0
