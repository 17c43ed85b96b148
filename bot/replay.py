"""Turns taken again: exactly as they were, or as today's script or model would take them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from nlu.backend import NLU, Ask, Expecting
from stories.dialogue import advance, expecting
from stories.effects import Effect, Say
from stories.script import Script
from stories.types import Conversation, Language, Turn


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What a turn came to."""

    known: Conversation
    effects: Sequence[Effect]

    @property
    def said(self) -> list[str]:
        """The names of the wordings said, or of what was done instead."""
        return [effect.key if isinstance(effect, Say) else type(effect).__name__ for effect in self.effects]


def again(turns: Sequence[Turn], scripts: Sequence[Script]) -> list[Taken]:
    """Take each turn with the script beside it."""
    taken: list[Taken] = []
    known = Conversation()
    for turn, script in zip(turns, scripts, strict=True):
        known, effects = advance(script, known, turn)
        taken.append(Taken(known=known, effects=effects))
    return taken


def reparsed(turns: Sequence[Turn], before: Sequence[Conversation], script: Script, nlu: NLU) -> list[Turn]:
    """Let this classifier understand the turns, each told what was known `before` it."""
    return [
        replace(turn, understanding=nlu.understand_many([_ask(turn, known, script)])[0]) if turn.text else turn
        for turn, known in zip(turns, before, strict=True)
    ]


def differences(then: Taken, now: Taken) -> Iterator[str]:
    """Say where two ways to take the same turn differ, one line each."""
    if then.said != now.said:
        yield f"says {', '.join(now.said)} instead of {', '.join(then.said)}"
    elif then.effects != now.effects:
        yield f"says {', '.join(now.said)} in other words"
    for name in sorted(then.known.answers.keys() | now.known.answers.keys()):
        was, became = (taken.known.answers.get(name) for taken in (then, now))
        if (was and (was.value, was.state)) != (became and (became.value, became.state)):
            yield f"{name}: {_told(became)} instead of {_told(was)}"


def _told(answer: object) -> str:
    value = getattr(answer, "value", None)
    return "nothing" if answer is None else str(value if value is not None else getattr(answer, "state", ""))


def _ask(turn: Turn, known: Conversation, script: Script) -> Ask:
    asked = expecting(script, known)
    wanted = Expecting(asking=asked[0], kind=asked[1], options=tuple(asked[2])) if asked else None
    language: Language = known.language
    return Ask(text=turn.text, at=turn.at, expecting=wanted, language=language, platforms=script.platforms)
