"""Reads what the demonstration is made of: shares, officials and courses in firms.yml, words in fr.yml and en.yml."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib import resources
from typing import Annotated, Any, Literal

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict

from storage.access import Role
from stories.types import Language

Reply = Literal["chat", "email", "phone", "code_only"]
Habit = Literal[
    "mediator", "fraud_office", "quote", "aside", "corrects", "in_pieces", "answers_more", "signs", "file",
    "adds", "urgent", "human", "erasure", "withdraws", "tells_again",
]  # fmt: skip


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Rising(_Part):
    """A problem that more and more firms tell of."""

    platform: str
    problem: str
    firms: float
    """Their share among all."""
    weeks: int


class Course(_Part):
    """How a case goes on: each status, with the working days after the one before."""

    share: float
    steps: tuple[tuple[str, int], ...]


class Recurring(_Part):
    """A recurring problem, and which cases belong to it."""

    title: str
    about: str
    platform: str | None
    problem: str


class Account(_Part):
    login: str
    name: str
    role: Role
    team: int | None = None
    """Which of the teams, from 0."""


class Queue(_Part):
    name: str
    platforms: tuple[str, ...]


class Shares(_Part):
    """What firms and officials are like."""

    english: float
    platforms: Mapping[str, float]
    problems: Mapping[str, float]
    rising: Rising
    share: Mapping[str, float]
    reply: Mapping[Reply, float]
    habits: Mapping[Habit, float]
    courses: tuple[Course, ...]
    recurring: tuple[Recurring, ...]
    officials: tuple[Account, ...]
    teams: tuple[Queue, ...]
    tags: tuple[str, ...]
    notes: tuple[str, ...]


def _listed(given: Any) -> Any:  # noqa: ANN401  # Whatever stands in the file.
    return [given] if isinstance(given, str) else given


Texts = Annotated[tuple[str, ...], BeforeValidator(_listed)]
"""One of them is said."""


class Words(_Part):
    """What is said in one language."""

    people: Texts
    firms: Texts
    words: Texts
    goods: Texts
    months: Texts
    since: str
    dated: str
    percent: str
    money: Texts
    told: Mapping[str, Texts]
    rising: Texts
    urgent: Texts
    hello: Texts
    asides: Texts
    shares: Mapping[str, Texts]
    mediator: str
    fraud_office: str
    quote: str
    by_email: str
    by_phone: str
    no_reply: str
    corrects: str
    sends: Texts
    signs: str
    reasons: Texts
    still_blocked: Texts
    unknown: Texts
    with_file: Texts
    files: Texts
    file_says: str
    adds: Texts
    human: str
    erasure: str
    withdraws: str
    thanks: Texts
    replies: Texts
    asked: Texts
    answered: Texts


def shares() -> Shares:
    return Shares.model_validate(_read("firms"))


def words() -> Mapping[Language, Words]:
    languages: Sequence[Language] = ("fr", "en")
    return {language: Words.model_validate(_read(language)) for language in languages}


def _read(name: str) -> object:
    return yaml.safe_load(resources.files("bot.demo").joinpath(f"{name}.yml").read_text(encoding="utf-8"))
