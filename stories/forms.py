"""The plain form: the same questions answered at once, each read by the same reader as in the chat."""

from __future__ import annotations

from dataclasses import replace

from stories import learning
from stories.answers import Said, Unclear, read
from stories.exchange import Exchange
from stories.types import Answer


def fill_form(x: Exchange) -> bool:
    """Keep every field of a form, then go on as after a story; what cannot be read is said, the rest is kept."""
    x.heard = True
    if x.turn.text.strip():
        learning.learn_values(x, [])
        learning.learn_story(x)
    for field, typed in x.turn.head.fields.items():
        if typed.strip():
            _fill(x, field, typed.strip())
    return False


def _fill(x: Exchange, field: str, typed: str) -> None:
    if field == "primary_category" and typed in x.script.offered:
        learning.settle(x, typed, raw=typed)
        return
    question = x.script.question(field, x.category)
    if question is None:
        return
    answer = read(x.script, question, Said(text=typed, entities=(), at=x.turn.at, language=x.language))
    if isinstance(answer, Unclear):
        x.say(answer.key, values=dict(answer.values))
    elif answer is not None:
        learning.keep(x, field, _from_form(x, answer))


def _from_form(x: Exchange, answer: Answer) -> Answer:
    return replace(answer, by="form", message=x.turn.head.key, start=None, end=None, confirmed=True)
