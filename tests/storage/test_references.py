"""References can be said on the telephone, and a slip is noticed."""

from __future__ import annotations

import secrets

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage import references


@given(st.integers(2020, 2099), st.binary(min_size=4, max_size=8))
def test_a_reference_reads_back_however_it_is_typed(year: int, drawn: bytes) -> None:
    reference = references.new(year, drawn)
    digits = reference[8:].lower().replace("-", "").replace("0", "o").replace("1", "l")
    assert references.read(f" pv {year} {digits} ") == reference


@given(st.binary(min_size=4, max_size=8), st.integers(0, 4), st.sampled_from(references.ALPHABET))
def test_a_wrong_character_is_noticed(drawn: bytes, at: int, other: str) -> None:
    reference = references.new(2026, drawn)
    changed = reference[: 8 + at] + other + reference[9 + at :]
    assert (references.read(changed) is not None) == (changed == reference)


@given(st.binary(min_size=4, max_size=8), st.integers(0, 3))
def test_two_characters_exchanged_are_noticed(drawn: bytes, at: int) -> None:
    reference = references.new(2026, drawn)
    a, b = reference[8 + at], reference[9 + at]
    changed = reference[: 8 + at] + b + a + reference[10 + at :]
    assert (references.read(changed) is not None) == (a == b)


@pytest.mark.parametrize("text", ["", "PV-2026", "PV-2026-UUUUU-0", "n'importe quoi", "PV-2026-00000-0-1"])
def test_what_is_no_reference_is_none(text: str) -> None:
    assert references.read(text) is None


def test_references_differ() -> None:
    assert len({references.new(2026, secrets.token_bytes(8)) for _ in range(100)}) == 100
