"""The gate, on models that learnt good and bad samples: what it lets through, what it stops and why."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from nlu import load
from nlu.comparing import compare
from nlu.comparison import COMPARISON, VERDICT, Check, Comparison, Replay, Stories, Verdict
from nlu.examples import read
from nlu.gate import Budget, judge, missed, musts
from nlu.held import read_held
from nlu.quality import contradicted, leaks, risen, suspects, twins
from nlu.samples import read_samples
from tests.nlu.conftest import PLATFORMS
from tests.nlu.retraining import LABELS, NEW, Folder, batch, items

BASE = {label: slice(0, 3) for label in LABELS if label != NEW}
LEARNT = slice(3, 6)
TEST = slice(6, 8)
OURS = "funds_withheld"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Folder:
    return Folder(path=tmp_path_factory.mktemp("retraining"))


@pytest.fixture(scope="module")
def live(folder: Folder) -> Path:
    return folder.train("live", BASE)


@pytest.fixture(scope="module")
def taught(folder: Folder) -> Path:
    """Learnt a new practice, and its label."""
    return folder.train("taught", BASE, batch(NEW, LEARNT))


@pytest.fixture(scope="module")
def poisoned(folder: Folder) -> Path:
    """Of the new messages of one label a fifth is labelled as another."""
    return folder.train("poisoned", BASE, batch(OURS, LEARNT, flipped=10, to=["fees_commissions"]))


def unseen() -> list[Any]:
    """Messages of every label that no model learnt."""
    return [one for at, label in enumerate(LABELS) for one in items(batch(label, TEST, first=1000 * (at + 1)), "test")]


def verdict(live: Path, candidate: Path, comparison: Comparison, **more: Any) -> Verdict:
    known, held = read_held(live), read_held(candidate)
    return judge(comparison, missed=[], contradicted=contradicted(known, held), risen=risen(known, held), **more)


def failed(verdict: Verdict) -> list[Check]:
    return [check for check in verdict.checks if not check.passed]


def test_a_gain_goes_through(live: Path, taught: Path) -> None:
    comparison = compare(live, taught, unseen(), platforms=PLATFORMS)
    assert (comparison.better, comparison.worse) == (32, 0)
    assert comparison.advice == "promote"
    judged = verdict(live, taught, comparison)
    assert judged.passed
    assert {check.name for check in judged.checks} == {
        "labels", "must_pass", "leaks", "new_labels", "known_labels", "time", "size",
    }  # fmt: skip


def test_a_poisoned_batch_is_stopped_and_its_label_named(live: Path, poisoned: Path) -> None:
    judged = verdict(live, poisoned, compare(live, poisoned, unseen(), platforms=PLATFORMS))
    checks = {check.values["label"]: check for check in failed(judged) if check.name == "new_labels"}
    assert set(checks) == {OURS, "fees_commissions"}
    assert (checks[OURS].values["contradicted"], checks[OURS].values["of"]) == (10, 48)
    assert set(checks[OURS].items) == {f"sample:{at}" for at in range(1, 11)}


def test_wrong_labels_of_many_kinds_are_stopped_too(live: Path, folder: Folder) -> None:
    scattered = batch(OURS, LEARNT, flipped=10, to=["fees_commissions", "account_suspension"])
    candidate = folder.train("scattered", BASE, scattered)
    found = contradicted(read_held(live), read_held(candidate))
    assert (found[0].label, found[0].count, found[0].of) == (OURS, 10, 48)


def test_likely_label_errors_are_told_the_most_doubtful_first(poisoned: Path) -> None:
    found = suspects(read_held(poisoned))
    assert {one.name for one in found} == {f"sample:{at}" for at in range(1, 11)}
    assert {(one.given, one.told) for one in found} == {("fees_commissions", OURS)}
    assert [one.odds for one in found] == sorted((one.odds for one in found), reverse=True)


def test_a_test_set_that_leaks_is_stopped(live: Path, taught: Path) -> None:
    leaking = list(items(batch(NEW, LEARNT, first=900)[:10], "test"))
    comparison = compare(live, taught, [*leaking, *_apart(taught)], platforms=PLATFORMS, learnt=_learnt(taught))
    judged = verdict(live, taught, comparison)
    assert [check.name for check in failed(judged)] == ["leaks"]
    assert {item.name for item in leaking} == set(failed(judged)[0].items)


def test_a_test_message_that_says_nearly_what_was_learnt_is_set_aside_and_blocks_nothing(
    live: Path, taught: Path
) -> None:
    (learnt, *_) = items(batch(NEW, LEARNT, first=900), "test")
    twin = replace(learnt, text=f"{learnt.text.upper()} !!")
    (pair,) = leaks([twin], _learnt(taught))
    assert (pair.one, pair.likeness) == ("sample:900", 1.0)
    apart = _apart(taught)
    without, with_it = (
        compare(live, taught, of, platforms=PLATFORMS, learnt=_learnt(taught)) for of in (apart, [twin, *apart])
    )
    assert ([flip.item for flip in without.aside], [flip.item for flip in with_it.aside]) == ([], ["sample:900"])
    assert (without.tested, with_it.tested) == (len(apart), len(apart) + 1)
    assert verdict(live, taught, with_it).passed
    assert [of.accuracy for of in with_it.languages] == [of.accuracy for of in without.languages]
    apart_from: dict[str, Any] = {"tested": 0, "aside": (), "languages": (), "milliseconds": (0.0, 0.0)}
    assert replace(with_it, **apart_from) == replace(without, **apart_from)


def _apart(model: Path) -> list[Any]:
    """Unseen messages that say nothing that was learnt."""
    leaking = {pair.one for pair in leaks(unseen(), _learnt(model))}
    return [item for item in unseen() if item.name not in leaking]


def _learnt(model: Path) -> list[Any]:
    return [*read(_data(model, "taught")), *_samples(model, "taught")]


def _data(model: Path, name: str) -> Path:
    return model.parents[1] / name / "data"


def _samples(model: Path, name: str) -> list[Any]:
    return read_samples(model.parents[1] / name / "samples.jsonl", [])


def test_a_candidate_that_is_better_but_much_worse_on_one_label_is_refused(live: Path, folder: Folder) -> None:
    forgetful = {**{label: said for label, said in BASE.items() if label != "account_suspension"}, NEW: slice(0, 3)}
    banned = {**batch("account_suspension", slice(0, 1))[0], "text": "ils m'ont banni à vie"}
    candidate = folder.train("forgetful", forgetful, [banned])
    more = [*unseen(), *items(batch(NEW, slice(3, 6), first=9000), "test")]
    comparison = compare(live, candidate, more, platforms=PLATFORMS)
    assert comparison.better > comparison.worse > 0
    refused = {check.values["label"]: check for check in failed(verdict(live, candidate, comparison))}
    assert "account_suspension" in refused
    check = refused["account_suspension"]
    assert (check.name, check.values["texts"]) == ("labels", 32)
    assert float(check.values["after"]) < float(check.values["before"])
    assert set(check.items) <= {flip.item for flip in comparison.broken}
    assert check.items


def test_what_must_be_understood_is_asked_of_the_labels_that_are_known(live: Path, taught: Path) -> None:
    assert 20 <= len(musts()) <= 40
    models = load(live, PLATFORMS), load(taught, PLATFORMS)
    found = missed(*models)
    assert {one.problem or one.act for one in found} <= {*models[0].manifest["problems"], *models[0].manifest["acts"]}
    judged = judge(compare(live, taught, [], platforms=PLATFORMS), missed=musts()[:1], contradicted=[], risen=[])
    (check,) = failed(judged)
    assert (check.name, check.items) == ("must_pass", (musts()[0].text,))


@pytest.mark.parametrize(
    ("change", "name"),
    [
        ({"milliseconds": (10.0, 40.0)}, "time"),
        ({"megabytes": (40.0, 140.0)}, "size"),
        ({"stories": Stories(played=40, failed=("la boutique fermée",))}, "stories"),
        ({"replay": Replay(conversations=100, changed=(1, 2), routed=tuple(range(6)), questions=0)}, "replay"),
        ({"replay": Replay(conversations=100, changed=(), routed=(), questions=51)}, "replay"),
    ],
)
def test_costs_stories_and_replayed_conversations_have_a_limit(
    live: Path, taught: Path, change: Mapping[str, Any], name: str
) -> None:
    comparison = replace(compare(live, taught, [], platforms=PLATFORMS), **change)
    assert [check.name for check in failed(verdict(live, taught, comparison))] == [name]
    assert VERDICT.validate_json(VERDICT.dump_json(verdict(live, taught, comparison))).passed is False


def test_a_slow_machine_refuses_no_model_that_is_as_slow_as_the_one_in_use(live: Path, taught: Path) -> None:
    comparison = replace(compare(live, taught, [], platforms=PLATFORMS), milliseconds=(80.0, 90.0))
    assert verdict(live, taught, comparison).passed
    assert not verdict(live, taught, comparison, budget=Budget(milliseconds=25.0, growth=1.0)).passed


def test_a_comparison_is_kept_as_json_and_holds_no_words(live: Path, taught: Path) -> None:
    comparison = compare(live, taught, unseen(), platforms=PLATFORMS)
    kept = COMPARISON.dump_json(comparison)
    assert COMPARISON.validate_json(kept) == comparison
    assert b"livraison" not in kept


def test_messages_that_hardly_differ_and_are_labelled_otherwise_are_found(taught: Path) -> None:
    samples = _samples(taught, "taught")
    other = replace(samples[0], sample=77, labels=(OURS,), text=samples[0].text.upper())
    (pair,) = [pair for pair in twins([*samples, other]) if pair.likeness == 1.0]
    assert {pair.one, pair.other} == {samples[0].name, "sample:77"}
    assert set(pair.labels) == {NEW, OURS}
