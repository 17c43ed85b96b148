"""While an official speaks: the program keeps what is said, and speaks only of help and of what became of a file."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from stories import asking, learning
from stories.effects import HandBack, Say, Silence, TakeOver
from stories.exchange import Exchange
from stories.files import NEWS, fetch_files, show_transcript
from stories.folding import words
from stories.opening import alert
from stories.types import Passage

TELLS = 4
"""So many words tell something; fewer are an answer to the official, and stay in the transcript alone."""


def change_hands(x: Exchange) -> None:
    """Give the conversation to an official, or take it back; the person is told each time."""
    if x.turn.head.event == "taken":
        x.effects.append(TakeOver(by=x.turn.text))
        if not x.known.taken:
            x.set(taken=True)
            x.say("taken_over")
        return
    x.effects.append(HandBack())
    if not x.known.taken:
        return
    x.set(taken=False)
    x.say("handed_back")
    if x.known.transcript is not None:
        show_transcript(x, x.known.transcript)
    else:
        asking.ask_next(x)


def listen(x: Exchange) -> None:
    """Keep what a person says; only help that cannot wait is answered."""
    alert(x)
    _name_the_program(x)
    fetch_files(x)
    if x.turn.head.choice is None and len(words(x.turn.text)) >= TELLS:
        _add(x)
    if not any(isinstance(effect, Say) for effect in x.effects):
        x.effects.append(Silence(because="taken_over"))


def hush(x: Exchange, happens: Callable[[Exchange], object]) -> None:
    """Let something happen, and say of it, while an official speaks, no more than what became of a file."""
    happens(x)
    if not x.known.taken:
        return
    told = {f"files.{news}" for news in NEWS}
    x.effects = [effect for effect in x.effects if not isinstance(effect, Say) or effect.key in told]
    _name_the_program(x)
    if not any(isinstance(effect, Say) for effect in x.effects):
        x.effects.append(Silence(because="taken_over"))


def _name_the_program(x: Exchange) -> None:
    name = x.word("program_speaks")
    x.effects = [
        replace(effect, text=f"{name}\n{effect.text}") if isinstance(effect, Say) else effect for effect in x.effects
    ]


def _add(x: Exchange) -> None:
    """To a filed case, the words as they are: an official reads them. In a draft, what they tell is noted too."""
    if x.known.filed:
        said = (Passage(message=one.key, text=one.text) for one in x.turn.messages if one.text.strip())
        x.set(narrative=(*x.known.narrative, *said))
        return
    learning.learn_values(x, [])
    learning.learn_story(x)
