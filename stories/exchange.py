"""One turn being worked on: what we know, with what this turn adds, and what we say and do about it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from stories.effects import Effect, Say
from stories.script import Script
from stories.types import Answer, Choice, Conversation, Language, Secret, Turn
from stories.wording import button, platform_name, word


@dataclass(slots=True, kw_only=True)
class Exchange:
    """The only mutable thing of the core; it lives for one call of `advance`."""

    script: Script
    turn: Turn
    known: Conversation
    effects: list[Effect] = field(default_factory=list)
    before: Conversation = field(default_factory=Conversation)
    """What we knew when the turn began."""
    alerted: bool = False
    """Help that cannot wait was named in this turn: an answer in itself."""
    heard: bool = False
    """Something of this turn was understood, so that "I did not understand" is not owed."""

    @property
    def language(self) -> Language:
        return self.known.language

    @property
    def category(self) -> str | None:
        """The main problem, once it is settled."""
        main = self.known.answers.get("primary_category")
        return str(main.value) if main else None

    @property
    def platform(self) -> str:
        return platform_name(self.script, self.known)

    def set(self, **changes: Any) -> None:  # noqa: ANN401  # Fields of Conversation, checked by it.
        self.known = replace(self.known, **changes)

    def word(self, key: str, **values: str) -> str:
        return word(self.script, self.language, key, **{"platform": self.platform, **values})

    def say(
        self,
        key: str,
        *,
        text: str | None = None,
        choices: Iterable[Choice] = (),
        asking: str | None = None,
        secret: Secret | None = None,
        values: Mapping[str, str] | None = None,
    ) -> None:
        """Say the sentence of a key; `text` where it is composed."""
        words = self.word(key, **(values or {})) if text is None else text
        self.effects.append(Say(key=key, text=words, choices=tuple(choices), asking=asking, secret=secret))

    def buttons(self, *ids: str) -> tuple[Choice, ...]:
        return tuple(button(self.script, self.language, one, platform=self.platform) for one in ids)

    def know(self, name: str, answer: Answer) -> None:
        """Keep an answer."""
        self.known = replace(self.known, answers={**self.known.answers, name: answer})
        self.heard = True

    def changes(self) -> dict[str, Answer]:
        """The answers that this turn gave another value or state."""
        was = self.before.answers
        return {
            name: answer
            for name, answer in self.known.answers.items()
            if name not in was or (was[name].value, was[name].state) != (answer.value, answer.state)
        }

    def forget(self, name: str) -> None:
        self.known = replace(self.known, answers={k: v for k, v in self.known.answers.items() if k != name})

    def given(self, name: str) -> Any:  # noqa: ANN401  # An answer's value is any JSON.
        """The value of a field that was given, else None."""
        answer = self.known.answers.get(name)
        return answer.value if answer is not None and answer.state == "given" else None

    def has_told(self, what: str) -> bool:
        """Whether this was told before; from now on it was."""
        told = what in self.known.told
        if not told:
            self.set(told=(*self.known.told, what))
        return told

    @property
    def elsewhere(self) -> bool:
        """The person was shown another door, and did not come back as a seller."""
        return any(one.startswith("door:") for one in self.known.told) and "i_sell" not in self.known.told

    def located(self, answer: Answer) -> Answer:
        """An answer whose span counts in the turn's text, with the message that holds it."""
        if answer.start is None or answer.end is None:
            return replace(answer, message=self.turn.head.key)
        message, start, end = self.turn.locate(answer.start, answer.end)
        return replace(answer, message=message, start=start, end=end)
