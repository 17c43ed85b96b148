"""What is found wrong with training examples, each with its place and what to do."""

from __future__ import annotations

from pathlib import Path

import pytest

from nlu import default_data
from nlu.acts import ACTS
from nlu.alike import normal, pairs
from nlu.annotations import annotation_problem, plain
from nlu.doubts import doubts
from nlu.examples import NOTHING, Example, Task, read
from nlu.validation import Finding, leaks, validate
from stories.script import default_folder, load

FROZEN = "ils gardent mon argent sur mon compte depuis trois semaines"
KNOWN: dict[Task, frozenset[str]] = {
    "problems": frozenset({"funds_withheld", "fees_commissions", NOTHING}),
    "acts": frozenset({"affirm", "deny", "inform"}),
}


def write(folder: Path, name: str, *intents: tuple[str, str]) -> Path:
    """An example file of intents, each with its examples, one a line."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    items = "".join(
        f"- intent: {intent}\n  examples: |\n" + "".join(f"    - {text}\n" for text in texts.split("\n"))
        for intent, texts in intents
    )
    path.write_text(f'version: "3.1"\nnlu:\n{items}', encoding="utf-8")
    return folder


def found(folder: Path) -> list[Finding]:
    """What is found but for labels with too few examples."""
    return [one for one in validate(folder, KNOWN)[1] if "are needed" not in one.problem]


def test_the_examples_that_come_with_portevoix_have_no_error() -> None:
    known: dict[Task, frozenset[str]] = {
        "problems": frozenset({*load(default_folder()).categories, NOTHING}),
        "acts": ACTS,
    }
    _, findings = validate(default_data(), known)
    assert [str(one) for one in findings if one.error] == []


def test_the_same_text_with_other_labels_is_an_error(tmp_path: Path) -> None:
    write(tmp_path, "fr/problems/a.yml", ("funds_withheld", FROZEN))
    write(tmp_path, "fr/problems/b.yml", ("fees_commissions", f"autre chose\n{FROZEN.upper()} !"))
    (one,) = found(tmp_path)
    assert (one.file, one.line, one.error) == ("fr/problems/b.yml", 6, True)
    assert "funds_withheld at fr/problems/a.yml:5" in one.problem
    assert str(one).startswith("fr/problems/b.yml:6: error: fees_commissions here")


def test_nearly_the_same_text_with_other_labels_is_worth_a_look(tmp_path: Path) -> None:
    write(tmp_path, "fr/problems/a.yml", ("funds_withheld", FROZEN), ("fees_commissions", f"{FROZEN} déjà"))
    (one,) = found(tmp_path)
    assert (one.line, one.error) == (8, False)
    assert "nearly the same text" in one.problem


def test_the_same_text_twice_under_a_label_is_worth_a_look(tmp_path: Path) -> None:
    write(tmp_path, "fr/problems/a.yml", ("funds_withheld", f"{FROZEN}\n{FROZEN}."))
    (one,) = found(tmp_path)
    assert (one.line, one.error) == (6, False)


def test_the_same_answer_to_other_questions_may_mean_other_things(tmp_path: Path) -> None:
    path = write(tmp_path, "fr/acts/a.yml", ("deny", "non merci")) / "fr/acts/a.yml"
    asked = "- intent: inform\n  examples:\n  - text: non merci\n    metadata: {asking: lawyer, kind: yes_no}\n"
    path.write_text(path.read_text(encoding="utf-8") + asked, encoding="utf-8")
    assert found(tmp_path) == []


def test_a_text_told_as_a_problem_and_as_an_act_is_worth_a_look(tmp_path: Path) -> None:
    write(tmp_path, "fr/problems/a.yml", ("funds_withheld", "rendez-moi mon argent"))
    write(tmp_path, "fr/acts/a.yml", ("deny", "rendez-moi mon argent"))
    (one,) = found(tmp_path)
    assert (one.file, one.error) == ("fr/acts/a.yml", False)


def test_every_bad_line_is_found(tmp_path: Path) -> None:
    write(tmp_path, "fr/acts/a.yml", ("deny", "non"), ("refuse", "nan\n[Ama](platform_id)zon\n[](platform_id) non"))
    write(tmp_path, "fr/acts/b.yml", ("affirm", "   "))
    (tmp_path / "en/acts").mkdir(parents=True)
    (tmp_path / "en/acts/c.yml").write_text("nlu: [", encoding="utf-8")
    (tmp_path / "en/acts/d.yml").write_text("nlu:\n- intent: deny\n  examples: |\n", encoding="utf-8")
    (tmp_path / "en/acts/deep.yml").write_text("nlu: " + "[" * 100_000, encoding="utf-8")
    (tmp_path / "fr/act").mkdir()
    (tmp_path / "fr/act/e.yml").write_text("", encoding="utf-8")
    places = [(one.file, one.line, one.problem.split(":")[0]) for one in found(tmp_path)]
    assert places == [
        ("en/acts/c.yml", 2, "not YAML"),
        ("en/acts/d.yml", 2, "the intent deny has no examples"),
        ("en/acts/deep.yml", 1, "not examples"),
        ("fr/act/e.yml", 1, "not read"),
        ("fr/acts/a.yml", 8, "unknown label 'refuse'"),
        ("fr/acts/a.yml", 9, "the entity [Ama](platform_id) begins or ends within a word"),
        ("fr/acts/a.yml", 10, "the entity [](platform_id) marks no words"),
        ("fr/acts/b.yml", 5, "the example is empty"),
    ]


def test_a_label_with_too_few_examples_is_an_error_where_it_stands(tmp_path: Path) -> None:
    write(tmp_path, "fr/problems/a.yml", ("funds_withheld", "\n".join(f"{n} fois {'a' * n}" for n in range(1, 80))))
    findings = {one.file: one for one in validate(tmp_path, KNOWN)[1]}
    assert findings["fr/problems/a.yml"].problem == "79 examples of funds_withheld, and 80 are needed: write 1 more"
    assert (findings["fr/problems/a.yml"].line, findings["fr/problems/a.yml"].error) == (5, True)
    assert "0 examples of affirm, and 30 are needed" in findings["en/acts/affirm.yml"].problem


def test_a_test_message_that_is_learnt_from_is_a_leak(tmp_path: Path) -> None:
    write(tmp_path, "fr/problems/a.yml", ("funds_withheld", FROZEN), ("nothing", "oui oui"))
    examples = validate(tmp_path, KNOWN)[0]
    texts = ["une tout autre histoire", f"{FROZEN} !", f"{FROZEN} déjà", "Oui, oui."]
    same, near, short = leaks(examples, [("test.jsonl", at, text) for at, text in enumerate(texts, 1)])
    assert (same.line, same.error) == (2, True)
    assert "the same as the example at fr/problems/a.yml:5" in same.problem
    assert (near.line, near.error, near.problem.startswith("nearly the same")) == (3, True, True)
    assert (short.line, short.error) == (4, False)


def test_a_label_that_the_other_examples_contradict_is_doubted(data: Path) -> None:
    money = [f"ils gardent mon argent {word}" for word in ("hier", "encore", "toujours", "ici", "partout", "exprès")]
    told = [("funds_withheld", text) for text in money]
    told += [
        ("account_suspension", "ils gardent mon argent sans raison"),
        (NOTHING, "je vends des bougies depuis 2015"),
    ]
    added = [
        Example(text=text, labels=(label,), language="fr", task="problems", file="a.yml", line=at)
        for at, (label, text) in enumerate(told, 1)
    ]
    doubted = doubts([*read(data), *added], lambda _share: None)
    assert [(one.line, one.error) for one in doubted if one.file == "a.yml"] == [(7, False)]
    assert "labelled account_suspension, and the other examples make it funds_withheld" in doubted[0].problem


def test_texts_are_the_same_but_for_case_accents_punctuation_and_numbers() -> None:
    assert normal("Réglé le 12/10, ENFIN !") == normal("regle le 3 11... enfin")
    assert normal("20 %") != normal("30 %")
    assert normal("👍") != normal("👎")
    assert [(one.one, one.other, one.same) for one in pairs(["abc", "abd", "Abc!"])] == [(0, 2, True)]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ('[Amazon](platform_id) et l\'[autre]{"entity": "platform_id"}', None),
        ("un [crochet] et (rien)", None),
        ("[Amazon ](platform_id)", "begins or ends with a space"),
        ("m[Amazon](platform_id)", "within a word"),
        ("[Amazon]()", "has no name"),
        ("[Amazon]{entity}", "has no name"),
        ("[Amazon](platform_id", "marked wrongly"),
        ("[Amazon(platform_id)", "marked wrongly"),
    ],
)
def test_an_entity_must_be_marked_whole(text: str, problem: str | None) -> None:
    said = annotation_problem(text)
    assert said is None if problem is None else problem in (said or "")


def test_a_marked_text_is_read_without_its_marks() -> None:
    assert plain('chez [Amazon](platform_id) et [eBay]{"entity": "platform_id"}') == "chez Amazon et eBay"
