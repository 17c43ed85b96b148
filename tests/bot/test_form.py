"""The plain form: what it asks, what it refuses, what it posts."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

import pytest

from bot.pages import words
from bot.sheet import Checked, check, fields_of, known_answers, sheet
from stories.script import LANGUAGES, Script
from stories.types import Answer, Conversation, Passage
from tests.bot.site import HearsWords

AT = datetime(2026, 11, 23, 22, 47, tzinfo=UTC)
STORY = {"narrative_original": "ils ont fermé ma boutique"}


def checked(script: Script, typed: Mapping[str, str], known: Conversation | None = None) -> Checked:
    known = known or Conversation()
    return check(script, sheet(script, known.language), typed, HearsWords(script), known=known, at=AT)


@pytest.mark.parametrize("language", LANGUAGES)
def test_it_asks_for_the_story_first_and_for_contact_last(script: Script, language: str) -> None:
    names = list(sheet(script, "fr" if language == "fr" else "en"))
    assert names[:4] == ["narrative_original", "platform_id", "primary_category", "incident_date"]
    assert names.index("deadline_date") < names.index("share_platform") < names.index("preferred_channel")
    assert names[-3:] == ["email", "phone", "name"]


def test_the_pages_say_the_same_things_in_both_languages() -> None:
    assert words("fr").keys() == words("en").keys()
    assert not words("fr").keys() & set(dir({}))


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_sentence_of_the_pages_is_long(language: str) -> None:
    for key, text in words("fr" if language == "fr" else "en").items():
        for sentence in text.replace("?", ".").replace("!", ".").split(". "):
            assert len(sentence.split()) <= 20, key


def test_only_the_story_is_needed(script: Script) -> None:
    assert checked(script, STORY) == Checked(problems={}, plainer={})
    assert list(checked(script, {}).problems) == ["narrative_original"]


def test_a_story_told_in_the_chat_need_not_be_told_again(script: Script) -> None:
    told = Conversation(narrative=(Passage(message="1", text="mon compte est fermé"),))
    assert checked(script, {"incident_date": "2026"}, told).problems == {}


@pytest.mark.parametrize(
    ("field", "typed", "posted"),
    [
        ("incident_date", "début octobre", "2026-10"),
        ("incident_date", "le 8 octobre 2026", "2026-10-08"),
        ("loss_pct_turnover", "environ 20 %", "20"),
        ("loss_eur", "15 000 €", "15 000 €"),
        ("loss_eur", "environ 3 k€", "3000"),
        ("deadline_date", "30 novembre", "2026-11-30"),
        ("siret", "732 829 320 00074", "732 829 320 00074"),
    ],
)
def test_what_only_the_nlu_reads_is_posted_in_plain_form(script: Script, field: str, typed: str, posted: str) -> None:
    found = checked(script, {**STORY, field: typed})
    assert found.problems == {}
    assert fields_of(sheet(script, "fr"), {**STORY, field: typed}, found.plainer)[field] == posted


@pytest.mark.parametrize(
    ("field", "typed"),
    [
        ("incident_date", "bientôt peut-être"),
        ("incident_date", "le 8 octobre 2035"),
        ("loss_pct_turnover", "150 %"),
        ("loss_eur", "beaucoup"),
        ("siret", "123"),
        ("email", "moi@"),
        ("phone", "12"),
        ("primary_category", "no_such_problem"),
        ("share_platform", "<script>"),
        ("name", "x" * 501),
        ("narrative_original", "x" * 20_001),
    ],
)
def test_what_cannot_be_used_is_said_beside_its_field(script: Script, field: str, typed: str) -> None:
    assert list(checked(script, {**STORY, field: typed}).problems) == [field]


@pytest.mark.parametrize("way", ["email", "phone"])
def test_a_way_to_reply_needs_its_address(script: Script, way: str) -> None:
    assert list(checked(script, {**STORY, "preferred_channel": way}).problems) == [way]


def test_a_box_left_open_is_a_no(script: Script) -> None:
    fields = fields_of(sheet(script, "fr"), {**STORY, "share_dgccrf": "yes", "intruder": "x"}, {})
    assert (fields["share_mediateur"], fields["share_dgccrf"]) == ("no", "yes")
    assert "intruder" not in fields


def test_it_is_filled_with_what_the_conversation_knows(script: Script) -> None:
    known = Conversation(
        answers={
            "platform_id": Answer(value="amazon", raw="amazone"),
            "incident_date": Answer(value={"value": "2026-10", "precision": "month"}, raw="début octobre", approx=True),
            "loss_pct_turnover": Answer(value=20.0),
            "share_dgccrf": Answer(value=True),
            "email": Answer(state="declined"),
            "categories": Answer(value=[{"id": "account_suspension"}]),
        }
    )
    assert known_answers(script, known) == {
        "platform_id": "Amazon",
        "incident_date": "début octobre 2026",
        "loss_pct_turnover": "20",
        "share_dgccrf": "yes",
    }
