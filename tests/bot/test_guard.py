"""What is read from outside, and how fast."""

from __future__ import annotations

from hypothesis import given, strategies
from starlette.datastructures import Headers

from bot.guard import Pace, clean, is_foreign

OURS = "https://portevoix.example"


@given(strategies.text())
def test_cleaned_text_can_be_kept_anywhere(text: str) -> None:
    cleaned = clean(text)
    cleaned.encode("utf-8")
    assert "\0" not in cleaned
    assert "\r" not in cleaned
    assert clean(cleaned) == cleaned


def test_lines_tabs_emoji_and_right_to_left_text_are_left_alone() -> None:
    text = "un\n\tdeux 😀‍👩 مرحبا"
    assert clean(text.replace("\n", "\r\n")) == text


def test_another_site_is_foreign_and_our_own_is_not() -> None:
    def foreign(**headers: str) -> bool:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return is_foreign(Headers({"host": "inside:8000", **named}), OURS)

    assert foreign(sec_fetch_site="cross-site")
    assert foreign(sec_fetch_site="same-site")
    assert foreign(origin="https://elsewhere.example")
    assert foreign(origin="null")
    assert not foreign(sec_fetch_site="same-origin", origin="null")
    assert not foreign(origin=OURS)
    assert not foreign(origin="http://inside:8000")
    assert not foreign()


def test_a_chat_may_write_in_bursts_but_not_for_ever() -> None:
    pace = Pace(at_once=3, a_minute=60)
    assert [pace.allows("a", 0.0) for _ in range(4)] == [True, True, True, False]
    assert pace.allows("b", 0.0)
    assert pace.allows("a", 1.1)
    assert not pace.allows("a", 1.2)


def test_chats_that_are_quiet_are_forgotten() -> None:
    pace = Pace(at_once=1, a_minute=1, remembered=10)
    for number in range(100):
        assert pace.allows(str(number), 0.0)
    assert len(pace._left) == 10
