"""Lines of JSON: what a line asks, what it may not hold, and what is answered."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from functools import cache
from typing import Any

import pytest

from nlu.backend import Ask, Expecting
from nlu.parsing import LineError, Request, askable, read_request
from stories.script import Script, default_folder, load

NOW = datetime(2026, 11, 23, 21, 47, tzinfo=UTC)
TWO = "je vends sur eBay et Cdiscount, et Cdiscount a fermé mon compte"


@cache
def script() -> Script:
    return load(default_folder())


def line(**parts: Any) -> Request:
    return read_request(json.dumps(parts).encode(), 7, askable(script()), NOW)


def test_a_line_needs_only_its_text() -> None:
    asked = line(text="bonjour")
    assert (asked.number, asked.id) == (7, None)
    assert asked.ask == Ask(text="bonjour", at=NOW)


def test_what_was_asked_is_known_by_its_name_alone() -> None:
    assert line(text="15k", expecting="loss_eur").ask.expecting == Expecting(asking="loss_eur", kind="money")
    sharing = line(text="B", expecting="share_platform").ask.expecting
    assert sharing == Expecting(asking="share_platform", kind="choice", options=("no", "anonymised", "named"))
    own = line(text="3", expecting="category_answers.appeals").ask.expecting
    assert own == Expecting(asking="category_answers.appeals", kind="integer")
    assert line(text="ok", expecting="split").ask.expecting == Expecting(asking="split", options=("two", "one"))


def test_everything_the_assistant_asks_may_be_expected() -> None:
    own = {script().path(q.key) for category in script().categories.values() for q in category.questions}
    assert askable(script()).keys() >= {*script().questions, *own, "story", "anything_else", "confirm_problem"}


def test_a_time_without_a_zone_is_in_paris() -> None:
    assert line(text="hier", at="2026-11-23T22:47:00").ask.at.isoformat() == "2026-11-23T22:47:00+01:00"
    assert line(text="hier", at="2026-11-23T21:47:00Z").ask.at == NOW


def test_half_a_character_is_replaced_and_moves_nothing() -> None:
    assert read_request(b'{"text": "a\\ud83d b"}', 1, askable(script()), NOW).ask.text == "a� b"


@pytest.mark.parametrize(
    ("raw", "problem"),
    [
        (b"bonjour", "not JSON"),
        (b"", "the line is empty"),
        (b'"bonjour"', "a JSON object is needed"),
        (b"[" * 100_000, "nested too deeply"),
        (b'{"text": "\xff"}', "not UTF-8"),
        (b'{"text": NaN}', "NaN is no number"),
        (b'{"id": 1}', '"text" must be the message'),
        (b'{"text": 5}', '"text" must be the message'),
        (b'{"text": "a", "lang": "de"}', '"lang" is "de"'),
        (b'{"text": "a", "lang": ["fr"]}', '"lang" is ["fr"]'),
        (b'{"text": "a", "expecting": "loss"}', '"expecting" is "loss"'),
        (b'{"text": "a", "expecting": {}}', '"expecting" is {}'),
        (b'{"text": "a", "at": "hier"}', '"at" is "hier"'),
        (b'{"text": "a", "at": "0001-01-01"}', '"at" is "0001-01-01"'),
        (b'{"text": "a", "at": 5}', '"at" is 5'),
    ],
)
def test_a_bad_line_is_an_error_that_says_which_and_why(raw: bytes, problem: str) -> None:
    with pytest.raises(LineError) as raised:
        read_request(raw, 3, askable(script()), NOW)
    assert str(raised.value).startswith("line 3: ")
    assert problem in str(raised.value)


def test_a_bad_line_keeps_its_id() -> None:
    with pytest.raises(LineError) as raised:
        line(id="b7", text=None)
    assert raised.value.name == "b7"
