"""What the benchmark of intents compares: nobody is asked what was learnt, and the figures are what they say."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from benchmarks.intent_readers import Trained, pipeline, portevoix, training_items
from benchmarks.intent_sets import (
    ASKED,
    DEFAULT,
    SHOTS,
    DataError,
    IntentSet,
    Text,
    draw_own,
    draw_shots,
    hold_out,
    own_texts,
    read_sets,
)
from benchmarks.intents import Figures, Outside, calibration_error, report, tell_outside
from nlu import encoder
from nlu.examples import read

OURS = Figures(
    name="small",
    reader="Portevoix",
    accuracy=0.9,
    macro_f1=0.89,
    noised=0.8,
    calibration_error=0.03,
    trained=Trained(whole=4, fit=1),
    cold=1,
    delays=(0.002, 0.004),
    inside=(0.001, 0.003),
    memory=100,
    outside=None,
)
THEIRS = replace(
    OURS, reader="Rasa DIET", accuracy=0.8, trained=Trained(whole=80, fit=40), cold=20, inside=None, memory=800
)


def texts(intent: str, groups: int, each: int) -> list[Text]:
    return [
        Text(text=f"{intent} {group} {at}", intent=intent, language="fr", group=str(group))
        for group in range(groups)
        for at in range(each)
    ]


def test_shots_are_drawn_from_other_groups_than_what_is_asked() -> None:
    train, test = draw_shots(texts("a", 8, 3) + texts("b", 30, 1))
    assert [sum(text.intent == intent for text in train) for intent in "ab"] == [SHOTS, SHOTS]
    assert test
    assert not {(x.intent, x.group) for x in train} & {(x.intent, x.group) for x in test}


def test_an_intent_with_too_few_texts_is_left_out_of_both_sides() -> None:
    train, test = draw_shots(texts("a", 30, 1) + texts("b", 1, 40) + texts("c", 12, 1))
    assert {x.intent for x in [*train, *test]} == {"a"}


def test_the_same_seed_draws_the_same() -> None:
    drawn = texts("a", 40, 1)
    assert draw_shots(drawn) == draw_shots(list(reversed(drawn)))
    assert draw_shots(drawn) != draw_shots(drawn, seed=1)


def test_of_our_own_data_one_text_of_each_group_is_drawn() -> None:
    several = [replace(x, group=f"{x.intent} {x.group}") for x in texts("a", 50, 2) + texts("b", 15, 2)]
    train, test = draw_own(several)
    assert [sum(x.intent == intent for x in train) for intent in "ab"] == [SHOTS, SHOTS]
    assert [sum(x.intent == intent for x in test) for intent in "ab"] == [ASKED, 5]
    assert len({x.group for x in [*train, *test]}) == len(train) + len(test)


def test_a_fifth_of_the_groups_is_held_out_whole() -> None:
    several = texts("a", 50, 3)
    train, test = hold_out(several)
    assert len(test) == len(several) / 5
    assert not {x.group for x in train} & {x.group for x in test}


def test_near_duplicates_of_our_own_share_a_group_and_no_text_has_markup() -> None:
    ours = own_texts()
    assert len({text.group for text in ours}) < len(ours)
    assert not any(set(text.text) & set("[]{}\n") for text in ours)


@pytest.mark.parametrize("folder", [None, "empty"])
def test_missing_data_say_what_to_set_and_which_files_are_needed(folder: str | None, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"BENCH_DATA.*ha_fr/all\.tsv.*nlpjs_corpus_fr/train\.tsv.*README"):
        read_sets(DEFAULT, str(tmp_path / folder) if folder else None)


def test_a_line_without_an_intent_is_named(tmp_path: Path) -> None:
    (tmp_path / "nlpjs_corpus_fr").mkdir()
    for name in ("train", "test"):
        (tmp_path / f"nlpjs_corpus_fr/{name}.tsv").write_text("text\tintent\nbonjour\tgreet\nsalut\n")
    with pytest.raises(DataError, match=r"train\.tsv:3: a text, a tab and an intent"):
        read_sets(["nlpjs_corpus_fr"], str(tmp_path))


def test_a_set_is_read_as_it_was_split_and_without_signs_of_markup(tmp_path: Path) -> None:
    (tmp_path / "nlpjs_corpus_fr").mkdir()
    for name in ("train", "test"):
        (tmp_path / f"nlpjs_corpus_fr/{name}.tsv").write_text(f"text\tintent\n{name} [un]  deux\tgreet/all\n")
    (made,) = read_sets(["nlpjs_corpus_fr"], str(tmp_path))
    assert made.train == (Text(text="train (un) deux", intent="greet_all", language="fr"),)
    assert made.test[0].text == "test (un) deux"


def test_both_readers_learn_the_very_same_texts(tmp_path: Path) -> None:
    said = ['c\'est : "quoi" ?', "# 20 %", "- non", "l'été", "100 €"]
    learnt = [Text(text=text, intent=f"i{at}", language="fr") for at, text in enumerate(said)]
    path = tmp_path / "fr/acts/texts.yml"
    path.parent.mkdir(parents=True)
    path.write_text(yaml.safe_dump({"version": "3.1", "nlu": training_items(learnt)["fr"]}), encoding="utf-8")
    assert [(e.text, e.labels[0]) for e in read(tmp_path)] == [(x.text, x.intent) for x in learnt]


def test_rasa_learns_as_long_as_it_is_told() -> None:
    (diet,) = [one for one in pipeline("fr", 7)["pipeline"] if one["name"] == "DIETClassifier"]
    assert (diet["epochs"], diet["constrain_similarities"]) == (7, True)


def test_odds_that_come_true_as_often_as_they_say_are_right() -> None:
    assert calibration_error([0.75] * 4, [True, True, True, False]) == 0
    assert calibration_error([0.9] * 10, [True] * 5 + [False] * 5) == pytest.approx(0.4)
    assert calibration_error([1.0], [True]) == 0


def test_what_is_outside_is_told_by_its_low_odds() -> None:
    told = tell_outside([0.9, 0.8, 0.7, 0.6], [0.1, 0.2])
    assert told == Outside(auroc=1.0, recalls=(1.0, 1.0))
    assert tell_outside([0.5, 0.1], [0.5, 0.1]).auroc == 0.5


def test_the_table_says_what_is_missed() -> None:
    _, ratios = report([OURS, THEIRS]).split("\n\n")
    assert ratios.splitlines()[-1] == "| small | 0.5 | 40 (missed) | 20 | 1 (missed) | 0.125 | 0.05 |"


def test_a_fit_that_the_process_did_not_tell_is_not_made_up() -> None:
    table, ratios = report([OURS, replace(THEIRS, trained=Trained(whole=80, fit=None))]).split("\n\n")
    assert "not told / 80.0" in table
    assert "| 0.5 | not told | 20 |" in ratios


def test_alone_it_stands_beside_what_is_published() -> None:
    outside = Outside(auroc=0.96, recalls=(0.8, 0.9))
    _, beside = report([replace(OURS, name="clinc150", outside=outside)]).split("\n\n")
    assert "| clinc150 | DIET, 8 epochs | 0.872 |" in beside
    assert "| clinc150 | Portevoix | 0.900 | 0.890 | 4 | 0.960 | 0.800 / 0.900 |" in beside
    assert "banking77" not in beside


def test_a_set_is_learnt_in_one_process_and_read_in_another(tmp_path: Path) -> None:
    said = {"greet": ("bonjour", "salut", "bonsoir"), "bye": ("au revoir", "à bientôt", "bonne soirée")}
    learnt = tuple(Text(text=x, intent=intent, language="fr") for intent, many in said.items() for x in many)
    of = IntentSet(name="small", train=learnt, test=learnt, task="acts")
    models = tmp_path / "models"
    if kind := encoder.available():
        encoder.prepare(models / kind)
    reader = portevoix(models)
    trained = reader.train(of, tmp_path / "data")
    assert trained.fit is not None
    assert 0 < trained.fit < trained.whole
    with reader.serve(of, tmp_path / "data") as served:
        answers = [served.ask(text) for text in of.test]
    assert [answer.intent for answer in answers] == [text.intent for text in of.test]
    assert all(0 < answer.odds <= 1 and answer.inside for answer in answers)
