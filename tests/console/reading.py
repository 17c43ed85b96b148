"""A classifier for pages that play conversations: values by the rules of the product, problems by a few words."""

from __future__ import annotations

from collections.abc import Sequence

from nlu import entities
from nlu.backend import Ask
from stories.folding import fold
from stories.script import Platforms
from stories.types import Label, Understanding

CUES = {"account_suspension": ("vire", "ferme", "suspend"), "funds_withheld": ("argent", "verse", "paye")}


class Reader:
    """Reads what it knows, and nothing else."""

    name = "few words"

    def __init__(self, platforms: Platforms) -> None:
        self._platforms = platforms

    def understand_many(self, asks: Sequence[Ask]) -> list[Understanding]:
        return [self._understand(ask) for ask in asks]

    def _understand(self, ask: Ask) -> Understanding:
        folded = fold(ask.text)
        found = [problem for problem, words in CUES.items() if any(word in folded for word in words)]
        return Understanding(
            language="fr",
            acts=(Label(id="inform", probability=0.9, end=len(ask.text)),),
            problems=tuple(Label(id=problem, probability=0.95, end=len(ask.text)) for problem in found),
            entities=entities.read(
                ask.text, at=ask.at, language="fr", platforms=self._platforms, expecting=ask.expecting
            ),
            by=self.name,
        )
