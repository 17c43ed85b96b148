"""Readers of what an operator sets, and what is said where it cannot be used."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from datetime import timedelta
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit

T = TypeVar("T")

YES = frozenset({"1", "true", "yes", "on"})
NO = frozenset({"0", "false", "no", "off"})
HIGHEST_PORT = 65535
LONGEST_MONTHS = 36
"""For as long as three years at most are accesses kept."""
ORIGIN = re.compile(r"[A-Za-z0-9.-]+(:[0-9]{1,5})?")
LOOPBACK = frozenset({"localhost", "127.0.0.1"})
"""Where a page may be tried without https."""
DATABASES = frozenset({"sqlite", "sqlite+aiosqlite", "postgres", "postgresql", "postgresql+asyncpg"})


class CommandError(Exception):
    """What was asked for cannot be done: one line that says why, and the remedy."""


class SettingError(CommandError):
    """A setting cannot be used: its name, and what it must be."""


def database(text: str) -> str:
    """Check the address of a database. Raises ValueError, without the address: it may hold a password."""
    scheme, separator, rest = text.partition("://")
    if not separator or scheme not in DATABASES:
        raise ValueError("must begin with sqlite:/// or postgresql://")
    if scheme.startswith("sqlite") and not (rest.startswith("/") and len(rest) > 1):
        raise ValueError("must name a file: sqlite:///folder/portevoix.db")
    return text


def read(given: Mapping[str, str], name: str, reader: Callable[[str], T], default: T) -> T:
    """A setting as its reader takes it. Raises SettingError, with its name and what it must be."""
    if name not in given:
        return default
    try:
        return reader(given[name])
    except ValueError as error:
        raise SettingError(f"{name} {error}") from error


def port(text: str) -> int:
    if not text.isascii() or not text.isdigit() or int(text) > HIGHEST_PORT:
        raise ValueError(f"must be a whole number from 0 to {HIGHEST_PORT}")
    return int(text)


def count(text: str) -> int:
    if not text.isascii() or not text.isdigit() or int(text) < 1:
        raise ValueError("must be a whole number from 1 up")
    return int(text)


def months(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= LONGEST_MONTHS:
        raise ValueError(f"must be a whole number of months from 1 to {LONGEST_MONTHS}")
    return int(text)


def seconds(text: str) -> timedelta:
    problem = "must be a number of seconds, 0 or more, at most a day"
    try:
        number = float(text)
    except ValueError as error:
        raise ValueError(problem) from error
    if not math.isfinite(number) or not 0 <= number <= timedelta(days=1).total_seconds():
        raise ValueError(problem)
    return timedelta(seconds=number)


def switch(text: str) -> bool:
    if text.lower() in YES:
        return True
    if text.lower() in NO:
        return False
    raise ValueError("must be yes or no")


def web_address(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError("must be a web address that begins with http:// or https://")
    return text.rstrip("/")


def origins(text: str) -> tuple[str, ...]:
    return tuple(_origin(one) for one in text.split())


def _origin(text: str) -> str:
    parts = urlsplit(text)
    secure = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK)
    if not secure or text != f"{parts.scheme}://{parts.netloc}" or not ORIGIN.fullmatch(parts.netloc):
        raise ValueError("must be addresses like https://www.example.fr, with a space between them and no path")
    return text.lower()


def secret(text: str) -> str:
    if not text.isascii() or not text.isprintable() or " " in text:
        raise ValueError("must be printable ASCII without spaces")
    return text


def folder(text: str) -> Path:
    found = Path(text).expanduser()
    if not found.is_dir():
        raise ValueError("must name a folder that exists")
    return found


def one_of(*names: str) -> Callable[[str], str]:
    """A reader of one of these words."""

    def reader(text: str) -> str:
        if text not in names:
            raise ValueError(f"must be one of {', '.join(names)}, and it is {text!r}")
        return text

    return reader
