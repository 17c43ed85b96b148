"""The console says everything in both languages, and nothing that no page says."""

from __future__ import annotations

import re
import string
from collections import Counter
from pathlib import Path

import pytest
import yaml

import console
from console import labels
from console.fields import ORDER
from console.wording import Words, sentences
from stories.script import LANGUAGES
from tests.console.conftest import script

FOLDER = Path(console.__file__).parent
SOURCES = "\n".join(
    path.read_text(encoding="utf-8") for pattern in ("*.py", "templates/**/*.html") for path in FOLDER.glob(pattern)
)
LISTS = {
    "field",
    "facet",
    "value",
    "group",
    "by",
    "mark",
    "menu",
    "urgency",
    "reason",
    "deadline",
    "channel",
    "language",
    "role",
}
LISTS |= {"ask", "bulk", "column", "list", "sort", "view"}
LISTS |= {"can", "account_refused", "account_done", "own_done", "team_refused", "kept_field", "eligibility"}
LISTS |= {"came", "file", "state", "share", "answer", "password", "error", "log_in"}
LISTS |= {"act", "audit", "export"}
LISTS |= {"step", "standing", "refused", "sign", "stays"}
LISTS |= {"does", "drawn", "drawing", "decided", "unlabelled"}
LISTS |= {"script_tab", "script_topic", "script_within", "script_names", "script_scope", "script_part", "script_file"}
LISTS |= {
    "script_kind",
    "script_refused",
    "script_remark",
    "script_done",
    "script_faq",
    "script_new",
    "trial_sender",
    "trial_of",
}
LISTS |= {"deed", "done", "waits", "timeline", "due", "story"}
LISTS |= {"gate", "stage", "job", "model_status", "exchange", "model_refused", "model_done", "metric", "advice"}
LISTS |= {"figures", "flips", "card", "drift", "matrix", "cost", "tryout"}
"""Words for members of a list, looked up by the member's name."""


def test_both_languages_have_the_same_sentences() -> None:
    french, english = sentences("fr"), sentences("en")
    assert french.keys() == english.keys()
    for key, text in french.items():
        slots = [{name for _, name, _, _ in string.Formatter().parse(said) if name} for said in (text, english[key])]
        assert slots[0] == slots[1], key


@pytest.mark.parametrize("language", ["fr", "en"])
def test_no_sentence_has_the_key_of_another(language: str) -> None:
    topics = sorted((FOLDER / "words" / language).glob("*.yml"))
    keys = [key for topic in topics for key in yaml.safe_load(topic.read_text(encoding="utf-8"))]
    assert [key for key, times in Counter(keys).items() if times > 1] == []


def test_every_sentence_asked_for_exists_and_every_other_is_gone() -> None:
    asked = set(re.findall(r"""(?:\bt|said|words)\(\s*["']([a-z_0-9.]+)["']""", SOURCES)) - {"by.model.name"}
    known = sentences("fr")
    begun = {"cases.others", "closure.", "column.", "role.", "mark.", "menu.", "timeline.", "field.hint."}
    assert asked - known.keys() <= begun, asked - known.keys()
    for key in known:
        named = f'"{key}"' in SOURCES or f"'{key}'" in SOURCES or key.removesuffix(".many") in SOURCES
        assert named or key.split(".")[0] in LISTS, key


def test_no_sentence_is_long_and_none_promises_too_much() -> None:
    for language in LANGUAGES:
        for key, text in sentences(language).items():
            for sentence in re.split(r"[.:;!?](?:\s|$)", text):
                assert len(sentence.split()) <= 20, key
            assert not re.search(r"\b(?:jamais|anonyme|totalement|never|anonymous)\b", text, re.IGNORECASE), key


def test_every_field_of_the_script_and_what_it_may_hold_has_a_name_in_words() -> None:
    french = Words("fr", script())
    named = {"level": "urgency", "reasons": "reason", "deadline_kind": "deadline"}
    for key, field in script().fields.items():
        assert field.group in ORDER
        known = french.knows(f"field.{key}") or script().question(key) is not None
        assert known or field.type == "map" or key == "summary_validated", key
        for value in field.values:
            told = french.knows(f"{named[key]}.{value}") if key in named else labels.value(french, key, value) != value
            assert told or value == "service" or key == "headcount_band", (key, value)
