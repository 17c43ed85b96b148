"""Whoever asked for a case by reference and code, before telling another, was taken to tell a story.

The letters of about one reference in seven made the classifier hear a problem.
"""

from __future__ import annotations

from stories.dialogue import advance
from stories.effects import Say
from stories.types import Label, Message, Turn, Understanding
from tests.stories.talk import script, sent

ASKED = "où en est le dossier PV-2026-2W1RR-F ? code 7993 0464 6386 7090"
TOLD = (
    "le dossier PV-2026-2W1RR-F parle d'Amazon, mais cette fois Cdiscount a fermé mon compte en octobre sans rien dire"
)


def said(text: str) -> list[str]:
    """What is answered to a text in which the classifier hears a problem."""
    talk = sent().tell("nouveau dossier")
    heard = Label(id="account_suspension", probability=0.7, start=0, end=len(text))
    message = Message(channel="terminal", chat="1", key="m9", text=text)
    turn = Turn(messages=(message,), understanding=Understanding(language="fr", problems=(heard,)), at=talk.at)
    known, effects = advance(script(), talk.known, turn)
    assert bool(known.narrative) == (text == TOLD)
    return [effect.key for effect in effects if isinstance(effect, Say)]


def test_a_question_for_a_case_is_answered_whatever_its_letters_look_like() -> None:
    keys = said(ASKED)
    assert keys[0].startswith("status")
    assert "opening" not in keys


def test_a_story_that_names_an_earlier_case_is_still_a_story() -> None:
    assert "opening" in said(TOLD)
