"""What is asked next: the first thing that the script still wants, put with its buttons."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

from stories import filing, learning, problems, summary
from stories.exchange import Exchange
from stories.folding import bare
from stories.problems import Doubt
from stories.script import Question
from stories.types import Choice, Part
from stories.wording import word

NOT_A_FIELD = frozenset({"story", "anything_else", "confirm_problem", "split", "confirm_summary", "confirm_voice"})


BY_BUTTON = frozenset({"confirm_problem", "split", "confirm_voice"})
CHOOSES = frozenset({"choice", "yes_no", "platform"})
"""Kinds of question to which no number is an answer of its own."""


def ask_next(x: Exchange) -> None:
    """Ask for what is wanted next, or repeat what is still open."""
    wanted = next_asked(x)
    match wanted:
        case None:
            x.set(asking=None)
        case "story":
            put(x, "ask.story", "story", ("faq_confidential", "form"))
        case "anything_else":
            put(x, "ask.anything_else", "anything_else", ("later",))
        case "confirm_problem":
            _ask_problem(x)
        case "split":
            _ask_split(x)
        case "confirm_summary":
            _ask_to_send(x)
        case "more_questions":
            _offer_more(x)
        case _:
            ask(x, wanted)


def next_asked(x: Exchange) -> str | None:
    """The name of what is asked next; the order is the whole path to a filed case."""
    answers, open_now = x.known.answers, x.known.asking
    if x.known.filed or x.known.ended:
        return open_now if open_now and (open_now == "anything_else" or open_now not in answers) else None
    if x.elsewhere:
        return None
    if not x.known.narrative:
        return "story"
    if open_now and open_now not in NOT_A_FIELD and open_now not in answers and open_now != "share_platform":
        return open_now
    if "platform_id" not in answers:
        return "platform_id"
    if "primary_category" not in answers:
        return "confirm_problem"
    if "split" not in x.known.told and problems.split(x.script, x.known):
        return "split"
    if "share_platform" not in answers:
        return "share_platform"
    return _address_wanted(x) or "confirm_summary"


def _address_wanted(x: Exchange) -> str | None:
    """The address for the way to reply that was chosen, asked once."""
    channel = x.given("preferred_channel")
    wanted = channel if channel in {"email", "phone"} else None
    return wanted if wanted and wanted not in x.known.answers else None


def numbered(x: Exchange, text: str) -> str | None:
    """The button that a bare number names, as some channels show them; None where a number may be an answer."""
    asked, typed = x.known.asking, bare(text)
    question = x.script.question(asked, x.category) if asked else None
    chooses = x.before.confirming or asked in BY_BUTTON or (question is not None and question.kind in CHOOSES)
    if not chooses or x.turn.late or not typed.isdecimal():
        return None
    place = int(typed[:3]) - 1
    return x.known.offered[place] if 0 <= place < len(x.known.offered) else None


def put(x: Exchange, key: str, asking: str | None, ids: tuple[str, ...]) -> None:
    """Say a question of the wording with its buttons, and remember what is asked."""
    offer(x, key, x.word(key), asking, x.buttons(*ids))


def confirm(x: Exchange, what: Literal["erase", "restart", "withdraw"]) -> bool:
    """Ask before what cannot be undone; the question that was open stays so. The turn is over: True."""
    put(x, f"ask.{what}", x.known.asking, (f"{what}_yes", "keep"))
    x.set(confirming=what)
    return True


def offer(x: Exchange, key: str, text: str, asking: str | None, choices: tuple[Choice, ...]) -> None:
    x.say(key, text=text, choices=choices, asking=asking)
    asked = x.known.asked if asking is None or asking in x.known.asked else (*x.known.asked, asking)
    x.set(asking=asking, asked=asked, offered=tuple(choice.id for choice in choices), confirming=None)


def ask(x: Exchange, field: str) -> None:
    """Ask the question that fills a field, with its options and the ways out."""
    question = x.script.question(field, x.category)
    if question is None:
        x.set(asking=None)
        return
    text = question.ask[x.language].replace("{platform}", _platforms(x) if field == "share_platform" else x.platform)
    offer(x, f"question.{question.key}", text, field, _options(x, field, question) + _ways_out(x, field))


def _platforms(x: Exchange) -> str:
    """Every platform that the sharing choice is about."""
    names = dict.fromkeys(x.script.by_platform[part.platform].name for part in x.known.parts)
    return x.word("and").join(names) if len(names) > 1 else x.platform


def _options(x: Exchange, field: str, question: Question) -> tuple[Choice, ...]:
    if question.kind == "platform":
        names = [x.script.by_platform[one] for one in x.script.assistant.first_platforms]
        return tuple(Choice(id=f"{field}={p.id}", label=p.name) for p in names)
    if question.kind == "yes_no":
        return (
            Choice(id=f"{field}=yes", label=x.word("button.yes")),
            Choice(id=f"{field}=no", label=x.word("button.no")),
        )
    return tuple(Choice(id=f"{field}={o.id}", label=o.label[x.language]) for o in question.options)


def _ways_out(x: Exchange, field: str) -> tuple[Choice, ...]:
    if field == "share_platform":
        return x.buttons("why", "faq_recognise", "letter")
    return (
        Choice(id=f"unknown:{field}", label=x.word("button.unknown")),
        Choice(id=f"decline:{field}", label=x.word("button.decline")),
        *x.buttons("why"),
    )


def _ask_problem(x: Exchange) -> None:
    """One question settles the main problem: the one that separates the likely ones, or a choice with definitions."""
    doubt = problems.decide(x.script, x.known)
    if isinstance(doubt, str):
        doubt = Doubt(guess=doubt, options=(doubt,))
    if doubt.tie is not None:
        text = doubt.tie.ask[x.language].replace("{platform}", x.platform)
        labels = [(answer.problem, answer.label[x.language]) for answer in doubt.tie.answers]
    else:
        key = "ask.problem_is" if doubt.guess and len(doubt.options) == 1 else "ask.problem"
        labels = [(one, x.script.categories[one].label[x.language]) for one in doubt.options]
        colon = " :" if x.language == "fr" else ":"
        told = [f"{chr(65 + n)}. {label}{colon} {_definition(x, one)}" for n, (one, label) in enumerate(labels)]
        text = "\n".join([x.word(key), *told, x.word("ask.problem_none")])
    choices = tuple(Choice(id=f"confirm_problem={one}", label=label) for one, label in labels)
    none = Choice(id="confirm_problem=none", label=x.word("button.none_of_these"))
    offer(x, "ask.problem", text, "confirm_problem", (*choices, none, *_ways_out(x, "confirm_problem")))


def _definition(x: Exchange, problem: str) -> str:
    return x.script.categories[problem].definition[x.language]


def _ask_split(x: Exchange) -> None:
    first, second = problems.split(x.script, x.known)[:2]
    same = first.platform == second.platform
    if same:
        names = [x.script.categories[part.problems[0]].short[x.language] for part in (first, second)]
    else:
        names = [x.script.by_platform[part.platform].name for part in (first, second)]
    key = "ask.split_problems" if same else "ask.split"
    text = x.word(key, first=names[0], second=names[1])
    offer(x, key, text, "split", x.buttons("split=two", "split=one", "why"))


def _ask_to_send(x: Exchange) -> None:
    """The whole summary, said to be not sent yet, with the button that confirms and sends it."""
    x.set(lines=summary.order(x.script, x.known))
    if x.known.parts:
        first = replace(x.known, answers=filing.of_part(x, x.known.parts[0]))
        linked = [_linked(x, part) for part in x.known.parts[1:]]
        blocks = [f"{x.word('ask.send_two')}\n{summary.text(x.script, first)}", *linked]
    else:
        blocks = [f"{x.word('ask.send')}\n{summary.text(x.script, x.known)}"]
    text = "\n\n".join([*blocks, x.word("ask.send_confirms")])
    offer(x, "ask.send", text, "confirm_summary", x.buttons("send", "correct", "later", "erase"))


def _linked(x: Exchange, part: Part) -> str:
    """What the second of two linked cases holds beside what both share."""
    known = replace(x.known, answers=filing.of_part(x, part), lines=())
    own = learning.OWNED | {"primary_category", "categories"}
    name = x.script.by_platform[part.platform].name
    told = [f"• {one.text}" for one in summary.lines(x.script, known) if one.field in own]
    return "\n".join([word(x.script, x.language, "ask.send_linked", platform=name), *told])


def more_wanted(x: Exchange) -> list[str]:
    """The optional questions left, those that weigh most for this problem first."""
    category = x.script.categories.get(x.category or "")
    own = category.more if category else ()
    fields = [x.script.path(key) for key in (*own, *x.script.assistant.more)]
    left = [f for f in dict.fromkeys(fields) if f not in x.known.answers and f not in x.known.asked]
    if {"siret", "siren"} & set(x.known.answers):
        left = [f for f in left if f != "siret"]
    return left


def _offer_more(x: Exchange) -> None:
    put(x, "ask.more", None, ("more_questions", "receipt"))
