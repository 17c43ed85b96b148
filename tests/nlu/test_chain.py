"""A reader over the network that fails costs nobody an answer."""

from __future__ import annotations

import logging
from collections.abc import Sequence

import pytest

from nlu.backend import Ask, NLUError
from nlu.chain import REST, Chain
from stories.types import Understanding
from tests.nlu.conftest import NOW

ASKS = [Ask(text="oui", at=NOW), Ask(text="compte fermé", at=NOW)]


class Reader:
    def __init__(self, name: str, *, broken: bool = False) -> None:
        self.name, self.broken, self.asked = name, broken, 0

    def understand_many(self, asks: Sequence[Ask]) -> list[Understanding]:
        self.asked += 1
        if self.broken:
            raise NLUError("no answer within 5 s")
        return [Understanding(by=self.name) for _ in asks]


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def read(chain: Chain) -> list[str]:
    return [understanding.by for understanding in chain.understand_many(ASKS)]


def test_the_first_reads_while_it_can() -> None:
    second = Reader("embedded")
    assert read(Chain(Reader("rasa"), second)) == ["rasa", "rasa"]
    assert second.asked == 0


def test_the_second_reads_what_the_first_cannot_and_the_log_says_why(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        assert read(Chain(Reader("rasa", broken=True), Reader("embedded"))) == ["embedded", "embedded"]
    assert caplog.messages == ["embedded reads for 30 s: no answer within 5 s"]


def test_a_reader_that_failed_is_left_alone_for_a_while_and_then_asked_again() -> None:
    first, clock = Reader("rasa", broken=True), Clock()
    chain = Chain(first, Reader("embedded"), clock=clock)
    read(chain)
    first.broken = False
    clock.now = REST - 1
    assert read(chain) == ["embedded", "embedded"]
    assert first.asked == 1
    clock.now = REST
    assert read(chain) == ["rasa", "rasa"]


def test_both_are_named() -> None:
    assert Chain(Reader("rasa"), Reader("embedded/1")).name == "rasa, else embedded/1"
