"""A line of the terminal is read whole or refused with the reason, and time only goes forward."""

from __future__ import annotations

import json
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.channel import Unreadable
from bot.channels.terminal import PARIS, Clock, Line, Terminal, read_line, show
from stories.effects import Say
from stories.types import Choice


def line(**parts: Any) -> Line:
    return read_line(json.dumps(parts).encode())


def test_a_text_is_one_message_named_by_its_place() -> None:
    (message,) = line(text="bonjour").messages("chat", 3)
    assert (message.lane, message.position, message.text) == ("terminal:chat", 3, "bonjour")
    assert message.key == line(text="autre").messages("chat", 3)[0].key
    assert message.key != line(text="bonjour").messages("chat", 4)[0].key


def test_a_burst_is_several_messages_in_order() -> None:
    messages = line(burst=["amazon", "m'a viré"], key="k").messages("chat", 1)
    assert [(m.key, m.position, m.text) for m in messages] == [("k", 1, "amazon"), ("k.2", 2, "m'a viré")]


def test_an_edit_names_the_message_it_changes() -> None:
    (message,) = line(edit="k", text="le 8 octobre").messages("chat", 2)
    assert (message.edits, message.text) == ("k", "le 8 octobre")


def test_a_time_without_zone_is_paris_time() -> None:
    assert line(text="a", at="2026-11-23T22:47").moment == datetime(2026, 11, 23, 22, 47, tzinfo=PARIS)
    assert line(text="a", at="2026-11-23T22:47:00Z").moment == datetime(2026, 11, 23, 22, 47, tzinfo=UTC)


@pytest.mark.parametrize(
    "raw",
    [
        b"bonjour",
        b"[]",
        b"{}",
        b'{"text": "\xff"}',
        b'{"text": "\\ud800"}',
        b'{"text": 3}',
        b'{"text": "a", "choice": "b"}',
        b'{"edit": "k"}',
        b'{"edit": "k", "choice": "send"}',
        b'{"burst": []}',
        b'{"wait": -1}',
        b'{"wait": NaN}',
        b'{"wait": 1e300}',
        b'{"text": "a", "at": "tomorrow"}',
        b'{"text": "a", "colour": "red"}',
        b'{"text": "a", "key": ""}',
    ],
)
def test_a_malformed_line_is_refused_with_a_reason(raw: bytes) -> None:
    with pytest.raises(Unreadable, match=r"\w"):
        read_line(raw)


@given(st.binary())
def test_no_line_does_worse_than_to_be_refused(raw: bytes) -> None:
    with suppress(Unreadable):
        read_line(raw)


def test_the_clock_stands_still_until_it_is_turned_and_never_goes_back() -> None:
    clock = Clock(datetime(2026, 11, 23, tzinfo=UTC))
    began = clock()
    clock.turn_to(began + timedelta(days=3))
    clock.turn_to(began)
    assert clock() == began + timedelta(days=3)


async def test_what_is_said_is_shown_once_with_its_choices() -> None:
    terminal = Terminal()
    say = Say(
        key="share", text="Que pouvons-nous dire ?", choices=(Choice(id="no", label="Rien"),), asking="share_platform"
    )
    await terminal.send("chat", say)
    assert [show(one) for one in terminal.said()] == [
        {"say": "Que pouvons-nous dire ?", "choices": [{"id": "no", "label": "Rien"}], "asking": "share_platform"}
    ]
    assert terminal.said() == []
