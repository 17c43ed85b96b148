"""Whoever blocked us before the notice arrived, and let us in again, was never shown it."""

from __future__ import annotations

from tests.stories.talk import CLOSED, Talk


def test_after_a_block_the_notice_is_given_again_and_nothing_is_forgotten() -> None:
    talk = Talk().tell(CLOSED)
    assert talk.keys[0] == "notice"
    talk.tell("", event="blocked").tell("", event="unblocked")
    assert talk.keys == []
    talk.tell("me revoilà")
    assert talk.keys[0] == "notice"
    assert talk.value("platform_id") is not None
    assert talk.known.asking == "share_platform"
