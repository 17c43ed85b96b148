"""What the training data must be, before anything is learnt from it."""

from __future__ import annotations

import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable
from functools import cache
from pathlib import Path

import pytest
import yaml

import nlu
from nlu.examples import LANGUAGES, NOTHING, TASKS, Example, Task, read
from nlu.features import levelled
from stories.script import Script, default_folder, load
from stories.types import Language

DATA = Path(nlu.__file__).parent / "data"
ACTS = {
    "affirm", "deny", "correct", "skip_prefer_not", "dont_know", "later_pause", "resume", "cancel", "restart",
    "undo_back", "help", "why_ask", "faq_confidential", "faq_who_reads", "faq_cost", "faq_duration",
    "faq_what_happens_next", "human", "status", "add_information", "withdraw", "erase_my_data", "change_language",
    "greet", "thanks", "bye", "inform", "insult", "chitchat",
}  # fmt: skip
LEAST: dict[tuple[Task, Language], int] = {
    ("problems", "fr"): 80,
    ("problems", "en"): 50,
    ("acts", "fr"): 35,
    ("acts", "en"): 30,
}
FALLBACK = {"other", "out_of_scope", NOTHING}
DEFINITIONS = "definitions"
"""The file of what each label means, beside those of what people say."""
PLAIN = 9
"""Words up to which a text is a plain statement."""
LONG = 60
"""Words from which on a text is a story told at length."""


@cache
def script() -> Script:
    return load(default_folder())


@cache
def examples() -> tuple[Example, ...]:
    return tuple(read(DATA))


def of(task: Task, language: Language) -> list[Example]:
    return [example for example in examples() if (example.task, example.language) == (task, language)]


def plain(text: str) -> str:
    """Without accents, capitals, punctuation."""
    bare = "".join(c for c in unicodedata.normalize("NFD", text.lower()) if not unicodedata.combining(c))
    return " ".join("".join(c if c.isalnum() or c == "%" else " " for c in bare).split()) or text


def alike(task: Task, them: Iterable[Example]) -> Iterable[list[Example]]:
    """The examples of a task, grouped by what was said after what question."""
    found: defaultdict[tuple[str, str, str], list[Example]] = defaultdict(list)
    for one in them:
        if one.task == task:
            found[one.language, one.expecting.asking if one.expecting else "", plain(one.text)].append(one)
    return found.values()


def places(them: Iterable[Example]) -> str:
    return ", ".join(f"{one.file}:{one.line}" for one in them)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("task", TASKS)
def test_every_label_has_its_file_and_enough_examples(task: Task, language: Language) -> None:
    wanted = ACTS if task == "acts" else {*script().categories, NOTHING}
    counted = Counter(example.labels[0] for example in of(task, language) if Path(example.file).stem != DEFINITIONS)
    assert set(counted) == wanted
    assert {label: n for label, n in counted.items() if n < LEAST[task, language]} == {}
    named = [one for one in of(task, language) if Path(one.file).stem in wanted]
    assert places(one for one in named if Path(one.file).stem != one.labels[0]) == ""


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_problem_is_told_at_length_too(language: Language) -> None:
    long = {example.labels[0] for example in of("problems", language) if len(example.text.split()) >= LONG}
    assert long >= {*script().categories} - FALLBACK


def test_a_fifth_of_the_french_stories_beyond_plain_statements_tells_several_problems() -> None:
    told = [example for example in of("problems", "fr") if Path(example.file).stem != DEFINITIONS]
    stories = [one for one in told if one.labels[0] not in FALLBACK and len(one.text.split()) > PLAIN]
    assert sum(len(example.labels) > 1 for example in stories) >= len(stories) / 5


@pytest.mark.parametrize("task", TASKS)
def test_the_same_text_after_the_same_question_means_one_thing(task: Task) -> None:
    meant = [them for them in alike(task, examples()) if len({one.labels[0] for one in them}) > 1]
    assert [places(them) for them in meant] == []


@pytest.mark.parametrize("task", TASKS)
def test_no_text_stands_twice(task: Task) -> None:
    said = [one for one in examples() if Path(one.file).stem != DEFINITIONS]
    assert [places(them) for them in alike(task, said) if len(them) > 1] == []


def test_what_is_out_of_scope_is_nothing_else() -> None:
    assert [places([one]) for one in examples() if "out_of_scope" in one.labels and len(one.labels) > 1] == []


def test_silence_is_never_the_main_of_several_problems() -> None:
    silent = [one for one in examples() if one.labels[0] == "no_human_contact" and len(one.labels) > 1]
    assert places(silent) == ""


def test_what_was_asked_is_a_question_of_the_script() -> None:
    asked = {*script().questions, "story", "anything_else", "confirm_problem", "split", "confirm_summary"}
    assert {one.expecting.asking for one in examples() if one.expecting} <= asked


def test_each_file_says_its_version() -> None:
    versions = {path.name: yaml.safe_load(path.read_text("utf-8"))["version"] for path in DATA.rglob("*.yml")}
    assert set(versions.values()) == {"3.1"}


def test_what_tells_nothing_is_told_by_no_problem() -> None:
    assert [places([one]) for one in examples() if NOTHING in one.labels and len(one.labels) > 1] == []


def test_neither_a_platforms_name_nor_capitals_make_a_difference() -> None:
    assert levelled("Temu a fermé ma boutique") == levelled("Leroy Merlin a fermé ma boutique")
    assert levelled("ILS GARDENT MON ARGENT") == "ils gardent mon argent"
    assert levelled("discount applied by Amazon Prime") == "discount applied by Amazon Prime"
