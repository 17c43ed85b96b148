"""Case references: `PV-2026-7K3QF-D`, five random Crockford characters and one that catches slips."""

from __future__ import annotations

import re

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
LENGTH = 5
BITS = 25
MODULUS = 37
FORM = re.compile(r"PV-?(\d{4})-?([0-9A-Z]{5})-?([0-9A-Z])")
MISREAD = str.maketrans("OIL", "011")


def new(year: int, random_bytes: bytes) -> str:
    """A reference drawn from random bytes, at least four.

    Crockford's check is modulo 37; numbers whose check is one of his five extra signs are passed over, so that a
    reference has only digits and letters that are easy to say on the telephone.
    """
    number = int.from_bytes(random_bytes) % (1 << BITS)
    while _check(year, number) >= len(ALPHABET):
        number = (number + 1) % (1 << BITS)
    digits = "".join(ALPHABET[number >> 5 * place & 31] for place in reversed(range(LENGTH)))
    return f"PV-{year:04}-{digits}-{ALPHABET[_check(year, number)]}"


def read(text: str) -> str | None:
    """The reference as it is kept, however it was typed; None where it is none, or was mistyped."""
    found = FORM.fullmatch(re.sub(r"\s", "", text).upper())
    if found is None:
        return None
    year, digits, check = int(found[1]), found[2].translate(MISREAD), found[3].translate(MISREAD)
    if any(digit not in ALPHABET for digit in digits + check):
        return None
    number = 0
    for digit in digits:
        number = number << 5 | ALPHABET.index(digit)
    return f"PV-{found[1]}-{digits}-{check}" if ALPHABET.index(check) == _check(year, number) else None


def _check(year: int, number: int) -> int:
    return ((year << BITS) + number) % MODULUS
