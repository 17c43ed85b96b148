"""A turn as the answer to what was asked."""

from __future__ import annotations

from dataclasses import replace

from stories.answers import Unclear, read
from stories.exchange import Exchange
from stories.folding import words
from stories.learning import FEW, LISTS, keep, said
from stories.script import Question
from stories.types import Answer


def learn_answer(x: Exchange, question: Question, field: str) -> Unclear | bool:
    """Take the turn as an answer to what was asked; True where it is one."""
    answer = read(x.script, question, said(x, x.turn.text, x.turn.understanding.entities))
    if isinstance(answer, Unclear) and question.kind == "company" and _is_name(x.turn.text):
        name = Answer(value=x.turn.text.strip(), raw=x.turn.text, message=x.turn.head.key, confirmed=True)
        x.know("legal_name", name)
        answer = Answer(state="unknown", raw=x.turn.text)
    if isinstance(answer, Unclear):
        return answer
    if answer is None:
        return False
    if field in LISTS:
        return _learn_list(x, field, answer)
    whole = answer if answer.start is not None else replace(answer, start=0, end=len(x.turn.text))
    keep(x, field, replace(x.located(whole), confirmed=True))
    return True


def _learn_list(x: Exchange, field: str, answer: Answer) -> bool:
    """Take what was asked as a list: the numbers that the text holds are learnt as any values; else its words stand."""
    if answer.state == "given" and any(entity.field == field for entity in x.turn.understanding.entities):
        return True
    told = {"kind": "words", "value": answer.raw.strip()} if field == "listing_ids" else answer.raw.strip()
    given = replace(answer, value=[told]) if answer.state == "given" else answer
    keep(x, field, replace(x.located(given), confirmed=True))
    return True


def _is_name(text: str) -> bool:
    """A few words without a digit, where a company's number was asked: its name."""
    return 0 < len(words(text)) <= FEW and not any(c.isdigit() for c in text) and not text.rstrip().endswith("?")
