"""What a message may mean, in words: the labels, what each is taken for, and the key that chooses it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from console.wording import Words
from nlu.acts import ACTS
from storage.samples import Decision, Sample
from stories.formats import percent

ACT = "act:"
"""What stands before an act, where a problem may stand too."""
NOTHING = "nothing"
LETTERS = "abcdefhijklmnopqrtvwxyz"
"""Keys of the problems: s skips, u undoes, g leads to other pages."""
PROPOSED = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Meaning:
    """A label, as whoever labels reads it."""

    value: str
    label: str
    key: str = ""
    """The letter that chooses it."""
    definition: str = ""
    guide: tuple[str, ...] = ()
    """How to tell it from its neighbours, a sentence each."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """What the program takes a message for."""

    key: str
    meaning: Meaning
    odds: str
    """In per cent; none: not to be shown."""


def problems(said: Words) -> list[Meaning]:
    """The problems of the script, in its order."""
    names = {name: category.label[said.language] for name, category in said.script.categories.items()}
    letters = dict(zip(names, LETTERS, strict=False))
    return [
        Meaning(
            value=name, label=names[name], key=letters.get(name, ""), definition=category.definition[said.language],
            guide=_guide(category.guideline, names),
        )
        for name, category in said.script.categories.items()
    ]  # fmt: skip


def acts(said: Words) -> list[Meaning]:
    """What a person may do by a message."""
    named = [Meaning(value=ACT + name, label=said.named("does", name)) for name in ACTS]
    return sorted(named, key=lambda one: one.label.casefold())


def name(said: Words, value: str) -> str:
    """A label in words."""
    if value == NOTHING:
        return said("review.nothing")
    if value.startswith(ACT):
        return said.named("does", value.removeprefix(ACT))
    category = said.script.categories.get(value)
    return category.label[said.language] if category else value


def named(said: Words, decision: Decision) -> str:
    """A decision in words, the main label first."""
    values = [*decision.labels, *([ACT + decision.act] if decision.act else [])]
    return " + ".join(name(said, value) for value in values) or said("review.skipped")


def proposals(said: Words, sample: Sample) -> list[Proposal]:
    """The likeliest labels; of a message that is tested on, by name and without a figure of the program."""
    told: Mapping[str, float] = sample.told["problems"] or {
        ACT + act: odds for act, odds in sample.told["acts"].items()
    }
    known = {one.value: one for one in (*problems(said), *acts(said))}
    likeliest = [(known[value], odds) for value, odds in list(told.items())[:PROPOSED] if value in known]
    blind = sample.part == "test"
    if blind:
        likeliest.sort(key=lambda one: one[0].label.casefold())
    return [
        Proposal(key=str(place), meaning=meaning, odds="" if blind else percent(100 * odds, said.language))
        for place, (meaning, odds) in enumerate(likeliest, 1)
    ]


def possible(said: Words, value: str) -> bool:
    """Whether a message can be labelled so."""
    if value.startswith(ACT):
        return value.removeprefix(ACT) in ACTS
    return value == NOTHING or value in said.script.categories


def _guide(guideline: str, names: Mapping[str, str]) -> tuple[str, ...]:
    """A guideline in sentences, with the names of the problems instead of their ids."""
    ids = re.compile(r"\b(?:" + "|".join(map(re.escape, names)) + r")\b")
    text = ids.sub(lambda found: f"«\u00a0{names[found[0]]}\u00a0»", " ".join(guideline.split()))
    return tuple(sentence for sentence in re.split(r"(?<=\.)\s+", text) if sentence)
