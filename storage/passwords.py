"""Passwords: made, judged, and kept so that who reads the database cannot log in."""

from __future__ import annotations

import asyncio
import re
import secrets
import unicodedata
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import Literal

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

Refusal = Literal["wrong", "short", "long", "login", "same", "weak", "differ"]

SHORTEST, LONGEST, FEWEST_LETTERS = 12, 256, 6
WEAK = re.compile(r"mot.?de.?passe|passw|azerty|qwert|12345|portevoix|(.)\1{3}")
READABLE = "23456789abcdefghjkmnpqrstvwxyz"


def one_time() -> str:
    """A fresh password that can be read out on the telephone: 78 bits."""
    return "-".join("".join(secrets.choice(READABLE) for _ in range(4)) for _ in range(4))


def objection(login: str, *, current: str, new: str) -> Refusal | None:
    """Why this may not be the new password; None where it may."""
    folded = _normal(new).casefold()
    if len(folded) < SHORTEST:
        return "short"
    if len(folded) > LONGEST:
        return "long"
    if login.casefold() in folded:
        return "login"
    if folded == _normal(current).casefold():
        return "same"
    return "weak" if len(set(folded)) < FEWEST_LETTERS or WEAK.search(folded) else None


async def digest(password: str) -> str:
    """What is kept of a password: argon2id with its salt."""
    return await asyncio.get_running_loop().run_in_executor(_workers(), _hasher().hash, _normal(password))


async def fits(kept: str | None, password: str) -> bool:
    """Whether this is the password; as slow where there is no account to verify it against."""
    return await asyncio.get_running_loop().run_in_executor(_workers(), _fits, kept, password)


def _fits(kept: str | None, password: str) -> bool:
    try:
        right = _hasher().verify(kept or _nobodys(), _normal(password[:LONGEST]))
    except (VerificationError, InvalidHashError):
        return False
    return right and kept is not None


def _normal(password: str) -> str:
    """The same password however the keyboard composed its accents."""
    return unicodedata.normalize("NFKC", password)


@cache
def _hasher() -> PasswordHasher:
    return PasswordHasher(time_cost=3, memory_cost=32 * 1024, parallelism=1)


@cache
def _workers() -> ThreadPoolExecutor:
    """At most two passwords at once: a flood of log-ins takes neither the memory nor the threads of others."""
    return ThreadPoolExecutor(max_workers=2, thread_name_prefix="passwords")


@cache
def _nobodys() -> str:
    return _hasher().hash(secrets.token_urlsafe(16))
