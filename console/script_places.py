"""Where a text of the script is said, in words that an administrator knows."""

from __future__ import annotations

from dataclasses import dataclass

from console.wording import Words
from stories.phrases import LETTERS, WORDING, Difference, Phrase
from stories.script import Script

FREQUENT = f"{WORDING}#faq_"
"""Answers to questions that are often asked."""
BY_ID = frozenset({"more", "first_problems"})
"""Lists that name problems and questions by their ids."""
JOINED = " › "
NAMED = frozenset({"questions", "options", "sub_issues"})
"""Lists whose entries have names that are read."""
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
        return Place(topic=said("script.topic.faq"), thing=said.named("script_faq", rest.removeprefix("faq_")), part="")
    if file == WORDING:
        return Place(topic=said("script.topic.wording"), thing=rest, part="")
    if file == LETTERS:
        return Place(topic=said("script.topic.letters"), thing=_problem(said, script, rest), part="")
    if file.startswith("categories/"):
        name = file.removeprefix("categories/").removesuffix(".yml")
        part = JOINED.join(_parts(said, script, steps, name))
        return Place(topic=said("script.topic.problems"), thing=_problem(said, script, name), part=part)
    topic = said.named("script_file", file.removesuffix(".yml"))
    if file == "questions.yml":
        thing, *parts = _parts(said, script, ["questions", *steps])
        return Place(topic=topic, thing=thing, part=JOINED.join(parts))
    if file == "platforms.yml" and len(steps) > 1:
        known = script.by_platform.get(steps[1])
        return Place(
            topic=topic, thing=known.name if known else steps[1], part=JOINED.join(_parts(said, script, steps[2:]))
        )
    thing = steps[0] if len(steps) > 1 else ""
    return Place(topic=topic, thing=thing, part=JOINED.join(_parts(said, script, steps[1:] or steps)))


def held(said: Words, script: Script, one: Difference, text: str) -> str:
    """A value as it is read: what a list names by its id is told by its name."""
    if one.at.rpartition("#")[2].rpartition("/")[2] not in BY_ID:
        return text
    names = {name: category.label[said.language] for name, category in script.categories.items()}
    own = [question for category in script.categories.values() for question in category.questions]
    names |= {question.key: question.short[said.language] for question in (*own, *script.questions.values())}
    return "\n".join(names.get(line, line) for line in text.splitlines())


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


def _parts(said: Words, script: Script, steps: list[str], category: str | None = None) -> list[str]:
    """The rest of the way: parts by their names, and questions, answers and finer kinds by what they are called."""
    told, above = list[str](), ""
    for step in steps:
        if above in NAMED:
            told.append(f"« {_called(said, script, steps, step, category)} »")
        elif step != "questions" and not (step == "label" and told):
            told.append(said.named("script_part", step))
        above = step
    return told


def _called(said: Words, script: Script, steps: list[str], step: str, category: str | None) -> str:
    """What a question, an answer or a finer kind is called; its id where it is gone."""
    question = script.question(steps[steps.index("options") - 1], category) if "options" in steps else None
    known = script.categories.get(category or "")
    named = {one.id: one.label for one in known.sub_issues} if known else {}
    named |= {one.id: one.label for one in question.options} if question else {}
    found = named.get(step)
    return found[said.language] if found else _question(said, script, step, category)
