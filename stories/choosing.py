"""A button pressed: an answer, a way out, a request, or a button of a question that is closed."""

from __future__ import annotations

from dataclasses import replace

from stories import asking, learning, problems
from stories.exchange import Exchange
from stories.replies import REPLIES
from stories.script import Question
from stories.sending import send, settle_guess
from stories.types import Answer


def choose(x: Exchange, choice: str) -> bool:
    """Take a button; True where the turn is over."""
    x.heard = True
    name, _, value = choice.partition("=")
    if value:
        return _answer(x, name, value)
    way, _, field = choice.partition(":")
    if way in {"unknown", "decline"}:
        return skip(x, field, declined=way == "decline")
    if way == "change" and x.script.question(field, x.category) is not None:
        asking.ask(x, field)
        return True
    if choice == "send":
        return send(x)
    if choice == "i_sell" and x.known.narrative:
        x.has_told("i_sell")
        return False
    request = f"language_{field}" if way == "language" else choice
    if request in REPLIES:
        return REPLIES[request](x)
    x.say("closed")
    return False


def skip(x: Exchange, field: str, *, declined: bool) -> bool:
    """Keep that a question was refused or could not be answered; the two are not the same."""
    x.heard = True
    if field == "confirm_problem":
        settle_guess(x)
    elif field != x.known.asking and f"decline:{field}" not in x.known.offered:
        x.say("closed")
    else:
        x.know(field, Answer(state="declined" if declined else "unknown", message=x.turn.head.key, confirmed=True))
    return False


def _answer(x: Exchange, name: str, value: str) -> bool:
    if f"{name}={value}" not in x.known.offered and name != x.known.asking and not _is_open(x, name):
        x.say("closed")
        return False
    if name == "confirm_problem":
        if value == "none":
            learning.settle(x, "other", raw=x.turn.text)
            x.say("own_words")
        elif value in x.script.offered:
            learning.settle(x, value)
        return False
    if name == "split":
        split(x, two=value == "two")
        return False
    question = x.script.question(name, x.category)
    answer = _of(question, value) if question else None
    if answer is None:
        x.say("closed")
        return False
    learning.keep(x, name, replace(answer, message=x.turn.head.key, confirmed=True))
    return False


def _is_open(x: Exchange, name: str) -> bool:
    """A question that was put and is not answered yet takes its buttons, whatever was said since."""
    return name in x.known.asked and name not in x.known.answers and x.script.question(name) is not None


def split(x: Exchange, *, two: bool) -> None:
    """Make two linked cases of one story, or keep it in one."""
    x.has_told("split")
    x.heard = True
    if two:
        parts = problems.split(x.script, x.known)
        x.set(parts=parts)
        first = parts[0].problems[:1]
        if first and first[0] != x.category:
            learning.settle(x, first[0], by="rule")


def _of(question: Question, value: str) -> Answer | None:
    """The answer that a button of this question stands for."""
    if question.kind == "yes_no":
        return Answer(value=value == "yes", raw=value) if value in {"yes", "no"} else None
    if question.kind == "choice":
        return Answer(value=value, raw=value) if value in {option.id for option in question.options} else None
    return Answer(value=value, raw=value)
