"""Doubts about labels and about the test: likely errors, near-duplicates that contradict each other, leaks."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from nlu.alike import Pair, normal, pairs
from nlu.comparison import Item
from nlu.examples import Example, Task
from nlu.held import Held, Holdings
from nlu.validation import SHORT
from stories.types import Language

CLEAR = 0.8
"""Probability from which on a label is clearly told, though the example has another."""
UNLIKELY = 0.1
"""Probability up to which the label that the example has is clearly not told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Suspect:
    """An example whose label may be wrong: the others clearly tell another."""

    name: str
    task: Task
    given: str
    told: str
    odds: float
    """Of what is told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Twins:
    """Two messages that say the same, or nearly, and are labelled otherwise; or one of a test and one learnt from."""

    one: str
    other: str
    labels: tuple[str, str]
    likeness: float
    """1 where only case, accents, punctuation and digits differ."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Contradicted:
    """How often what was given for a label is contradicted by the cross-validation."""

    label: str
    of: int
    """Examples that have the label, or clearly seem to."""
    count: int
    """Of them, those that are contradicted; or by how many they have become more."""
    names: tuple[str, ...]


def suspects(held: Holdings) -> list[Suspect]:
    """The most doubtful first."""
    found = [
        Suspect(name=name, task=task, given=one.labels[0], told=one.told, odds=one.odds)
        for task, named in held.items()
        for name, one in named.items()
        if contradicts(one)
    ]
    return sorted(found, key=lambda suspect: (-suspect.odds, suspect.name))


def contradicts(held: Held) -> bool:
    """Whether what was told of an example clearly speaks against all its labels."""
    return held.told not in held.labels and held.odds >= CLEAR and held.given <= UNLIKELY


def contradicted(live: Holdings, candidate: Holdings) -> list[Contradicted]:
    """Of the samples that only the candidate learnt: their labels, the most contradicted first.

    A contradicted sample counts for the label that it was given and for the one that it seems to have, since wrong
    labels may all be of one kind or of many.
    """
    of, names = Counter[str](), defaultdict[str, list[str]](list)
    for task, named in candidate.items():
        for name, one in named.items():
            if not name.startswith("sample:") or name in live[task]:
                continue
            labels = {one.labels[0], one.told} if contradicts(one) else {one.labels[0]}
            of.update(labels)
            for label in labels if contradicts(one) else ():
                names[label].append(name)
    counted = [Contradicted(label=x, of=of[x], count=len(names[x]), names=tuple(names[x])) for x in names]
    return sorted(counted, key=lambda one: (-one.count, one.label))


def risen(live: Holdings, candidate: Holdings) -> list[Contradicted]:
    """Of the examples that both learnt: the labels that the candidate contradicts more often, and the fresh cases."""
    of, rise, names = Counter[str](), Counter[str](), defaultdict[str, list[str]](list)
    for task, named in candidate.items():
        for name, one in named.items():
            if (before := live[task].get(name)) is None:
                continue
            label, now, then = one.labels[0], contradicts(one), contradicts(before)
            of[label] += 1
            rise[label] += now - then
            if now and not then:
                names[label].append(name)
    counted = [
        Contradicted(label=x, of=of[x], count=more, names=tuple(names[x])) for x, more in rise.items() if more > 0
    ]
    return sorted(counted, key=lambda one: (-one.count, one.label))


def twins(examples: Sequence[Example]) -> list[Twins]:
    """Messages of one task and language, asked alike, that hardly differ and are labelled otherwise."""
    asked = defaultdict[tuple[Task, Language, str], list[Example]](list)
    for example in examples:
        asked[example.task, example.language, example.expecting.asking if example.expecting else ""].append(example)
    found = [
        Twins(one=one.name, other=other.name, labels=(one.labels[0], other.labels[0]), likeness=_likeness(pair))
        for group in asked.values()
        for pair in pairs([example.text for example in group])
        for one, other in [(group[pair.one], group[pair.other])]
        if one.labels[0] != other.labels[0]
    ]
    return sorted(found, key=lambda pair: (-pair.likeness, pair.one, pair.other))


def leaks(test: Sequence[Item], learning: Sequence[Example]) -> list[Twins]:
    """Messages of the test that are learnt from too, or nearly; but for what is so short that everybody says it."""
    found = [
        Twins(one=one.name, other=other.name, labels=(one.labels[0], other.labels[0]), likeness=_likeness(pair))
        for pair in pairs([item.text for item in test], [example.text for example in learning])
        for one, other in [(test[pair.one], learning[pair.other])]
        if one.task == other.task and len(normal(one.text).split()) > SHORT
    ]
    return sorted(found, key=lambda pair: (-pair.likeness, pair.one, pair.other))


def _likeness(pair: Pair) -> float:
    return 1.0 if pair.same else min(pair.likeness, 0.99)
