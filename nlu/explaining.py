"""Why a model read a message as it did: what each word weighed, and which examples are nearest."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np

from nlu.backend import Ask
from nlu.embedded import LONG_STORY, READ, EmbeddedNLU, Passages
from nlu.examples import Task
from nlu.features import count_words, letter_grams, spelled, tells_story, word_grams, words
from nlu.kernel import STORIES, TURNS, Array
from stories.script import Assistant
from stories.types import Label, Language, Understanding

SURE: float = Assistant.model_fields["sure"].default
LIKELY: float = Assistant.model_fields["likely"].default
NEAREST = 5

Zone = Literal["sure", "confirm", "open", "answer"]
"""The main problem is noted; offered to be confirmed; asked for openly; or not looked for: the text answers a question
that no problem answers."""
Rule = Literal["denied", "long_story"]
"""`denied`: the text says of a problem that the firm does not have it. `long_story`: so long a text informs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Weight:
    """A word of the message, and what it adds to the score of a label; below 0: it speaks against it."""

    word: str
    weight: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Near:
    """An example by its name, and how alike it is; 1 where it is the same."""

    name: str
    likeness: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """Where the score of a label comes from: the sum of `words`, `whole` and `asked`."""

    label: str
    words: tuple[Weight, ...]
    """What weighed most first. Every platform is called Amazon."""
    whole: float
    """What the sense of the whole text adds, by its sentence vector."""
    asked: float
    """What it adds that this was asked."""
    nearest: tuple[Near, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """What a model read, and why."""

    by: str
    language: Language | None
    problems: tuple[Label, ...]
    acts: tuple[Label, ...]
    problem: Reason | None
    """Of the likeliest problem."""
    act: Reason | None
    """Of the likeliest act."""
    zone: Zone
    rules: tuple[Rule, ...]


def explain(model: EmbeddedNLU, ask: Ask) -> Trace:
    read = model.understand_many([ask])[0]
    sight = _Sight.of(model, ask, read.language or "fr")
    passages = Passages.of(ask.text)
    rules: tuple[tuple[Rule, bool], ...] = (
        ("denied", bool(passages.denials)),
        ("long_story", count_words(ask.text[:READ]) >= LONG_STORY),
    )
    return Trace(
        by=read.by,
        language=read.language,
        problems=read.problems,
        acts=read.acts,
        problem=sight.reason("problems", read.problems[0].id) if read.problems else None,
        act=sight.reason("acts", read.acts[0].id) if read.acts else None,
        zone=_zone(ask, read),
        rules=tuple(rule for rule, holds in rules if holds),
    )


def _zone(ask: Ask, read: Understanding) -> Zone:
    if not tells_story(ask.text, ask.expecting):
        return "answer"
    odds = read.problems[0].probability if read.problems else 0.0
    return "sure" if odds >= SURE else "confirm" if odds >= LIKELY else "open"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sight:
    """What the model sees of a message, and how alike each example is."""

    model: EmbeddedNLU
    text: str
    language: Language
    shares: Array
    near: Array
    asked: Array

    @classmethod
    def of(cls, model: EmbeddedNLU, ask: Ask, language: Language) -> _Sight:
        passages = Passages.of(ask.text)
        text = passages.texts[0]
        return cls(
            model=model,
            text=text,
            language=language,
            shares=model.learnt.shares(*model.vocabulary.vector(text, language)),
            near=model.nearness([ask], [passages])[0],
            asked=model.asked(ask),
        )

    def reason(self, task: Task, label: str) -> Reason:
        """The measure is k + k², which is k times (k + 1): of each part of k, its share of that."""
        measure = STORIES if task == "problems" else TURNS
        likeness = measure.mean(self.shares, self.near, self.asked)
        pull = self.model.duals(task, label) * (likeness + 1) / np.float32(measure.total)
        among = np.flatnonzero(self.model.learns(task))
        nearest = among[np.argsort(-likeness[among], kind="stable")[:NEAREST]].tolist()
        names = self.model.names()
        return Reason(
            label=label,
            words=tuple(self._words(pull)),
            whole=measure.sentence * float(self.near @ pull),
            asked=measure.asked * float(self.asked @ pull),
            nearest=tuple(Near(name=names[at], likeness=float(likeness[at])) for at in nearest),
        )

    def _words(self, pull: Array) -> list[Weight]:
        """A gram's weight goes to the words it occurs in, in equal parts."""
        rows, values = self.model.vocabulary.vector(self.text, self.language)
        weighs = dict(zip(rows.tolist(), (values * self.model.learnt.pulls(rows, pull)).tolist(), strict=True))
        places = defaultdict[int, list[int]](list)
        for gram, found in self._grams():
            if (row := self.model.vocabulary.row(gram)) is not None:
                places[row] += found
        tokens, sums = spelled(self.text), defaultdict[str, float](float)
        for row, held in places.items():
            for token in held:
                sums[tokens[token].lower()] += weighs[row] / len(held)
        told = [Weight(word=word, weight=weight) for word, weight in sums.items()]
        return sorted(told, key=lambda one: (-abs(one.weight), one.word))

    def _grams(self) -> Iterator[tuple[str, list[int]]]:
        """Each gram of the text, again where it occurs again, with the places of its words."""
        tokens = words(self.text)
        grams = word_grams(self.text, self.language)
        for at, gram in enumerate(grams):
            first = at if at < len(tokens) else at - len(tokens)
            yield gram, [first] if at < len(tokens) else [first, first + 1]
        for at, token in enumerate(tokens):
            for gram in letter_grams(token):
                yield gram, [at]
