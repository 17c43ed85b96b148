"""Where a text of the script is said, in words that an administrator knows."""

from __future__ import annotations

from dataclasses import dataclass

from console.wording import Words
from stories.phrases import LETTERS, WORDING, Difference, Phrase
from stories.script import Script

FREQUENT = f"{WORDING}#faq_"
"""Answers to questions that are often asked."""
OWN = ("label", "short", "definition", "tonight", "evidence")
"""What is said of a problem itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """What a text belongs to, and which part of it it is."""

    topic: str
    thing: str
    part: str

    @property
    def text(self) -> str:
        return " · ".join(one for one in (self.topic, self.thing, self.part) if one)


def place(said: Words, script: Script, at: str) -> Place:
    file, _, rest = at.partition("#")
    steps = rest.split("/")
    if at.startswith(FREQUENT):
        return Place(topic=said("script.topic.faq"), thing=rest.removeprefix("faq_"), part="")
    if file == WORDING:
        return Place(topic=said("script.topic.wording"), thing=rest, part="")
    if file == LETTERS:
        return Place(topic=said("script.topic.letters"), thing=_problem(said, script, rest), part="")
    if file.startswith("categories/"):
        name = file.removeprefix("categories/").removesuffix(".yml")
        part = _parts(said, script, steps, name)
        return Place(topic=said("script.topic.problems"), thing=_problem(said, script, name), part=part)
    topic = said.named("script_file", file.removesuffix(".yml"))
    if file == "questions.yml":
        return Place(topic=topic, thing=_question(said, script, steps[0], None), part=_parts(said, script, steps[1:]))
    if file == "platforms.yml" and len(steps) > 1:
        known = script.by_platform.get(steps[1])
        return Place(topic=topic, thing=known.name if known else steps[1], part=_parts(said, script, steps[2:]))
    return Place(topic=topic, thing=steps[0] if len(steps) > 1 else "", part=_parts(said, script, steps[1:] or steps))


def differing(said: Words, script: Script, one: Difference) -> str:
    """The place of a difference; that of a list of bare names is the list's."""
    return place(said, script, one.at).text


def matches(phrase: Phrase, topic: str) -> bool:
    """Whether a phrase belongs to a topic of the search."""
    match topic:
        case "faq":
            return phrase.at.startswith(FREQUENT)
        case "":
            return True
        case _:
            return phrase.at.startswith(topic)


def _problem(said: Words, script: Script, name: str) -> str:
    known = script.categories.get(name)
    return known.label[said.language] if known else name


def _question(said: Words, script: Script, key: str, category: str | None) -> str:
    known = script.question(key, category)
    return known.short[said.language] if known else key


def _parts(said: Words, script: Script, steps: list[str], category: str | None = None) -> str:
    """The rest of the way: names of parts in words, names of things as the script calls them."""
    told, above = [], ""
    for step in steps:
        if above == "questions":
            told.append(f"« {_question(said, script, step, category)} »")
        elif step != "questions":
            told.append(said.named("script_part", step))
        above = step
    return " › ".join(told)
