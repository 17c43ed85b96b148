"""Reads messages with a Rasa server: it names the intents, the values are read here as with the embedded model."""

from __future__ import annotations

import ssl
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import httpx

from nlu.backend import Ask, NLUError
from nlu.clauses import Span, denied, split
from nlu.entities import read as read_entities
from nlu.examples import NOTHING, Task
from nlu.exchange import PREFIXES
from nlu.features import CLOSED, count_words, tells_story
from nlu.language import detect
from nlu.rasa_server import Parsed, RasaServer
from stories.script import Platforms
from stories.types import Entity, Label, Understanding

READ = 8000
"""Characters of one message that Rasa is shown; values are read from all of it."""
AT_ONCE = 4
"""Texts that are before the server together."""
CLAUSE = 0.8
"""What a problem counts that a clause tells and the whole does not."""
LEAST = 0.03
"""Labels less likely than this are not told."""
FALLBACK = "nlu_fallback"
"""What Rasa's FallbackClassifier puts first where it is unsure: the confidences below say how unsure."""
VALUES = CLOSED - {"choice", "yes_no"}
"""Kinds of questions whose answer is a value."""


@dataclass(frozen=True, slots=True)
class Odds:
    """How likely the server takes each label to be, for one text."""

    problems: Mapping[str, float]
    acts: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Passage:
    """A part of a message and what the server made of it."""

    span: Span
    text: str
    odds: Odds


class RasaNLU:
    """A server of Rasa 3.6, or of Rasa Pro, that was trained on our examples."""

    name = "rasa"

    def __init__(
        self,
        url: str,
        *,
        platforms: Platforms,
        problems: Iterable[str],
        acts: Iterable[str],
        token: str | None = None,
        patience: float = 5.0,
    ) -> None:
        """`problems`, `acts`: the labels there are. `patience`: seconds for one call of `understand_many`."""
        self._url, self._token, self._patience = url, token, patience
        self._platforms = platforms
        labels: Mapping[Task, Iterable[str]] = {"problems": (*problems, NOTHING), "acts": acts}
        self._meant = {f"{PREFIXES[task]}{label}": (task, label) for task in labels for label in labels[task]}
        self._tls = ssl.create_default_context()

    def understand_many(self, asks: Sequence[Ask]) -> list[Understanding]:
        """One Understanding a text, in order. Raises NLUError, which holds no word of a text."""
        spans = [_spans(ask.text) for ask in asks]
        texts = {ask.text[start:end] for ask, parts in zip(asks, spans, strict=True) for start, end in parts}
        model, parsed = self._parse(sorted(texts))
        odds = {text: self._odds(guesses) for text, guesses in parsed.items()}
        return [
            self._understanding(
                ask, [Passage(span, ask.text[slice(*span)], odds[ask.text[slice(*span)]]) for span in parts], model
            )
            for ask, parts in zip(asks, spans, strict=True)
        ]

    def _parse(self, texts: Sequence[str]) -> tuple[str, Mapping[str, Parsed]]:
        """The name of the server's model, and what it says of each text."""
        token = {"token": self._token} if self._token else None
        with (
            httpx.Client(base_url=self._url, params=token, verify=self._tls) as client,
            ThreadPoolExecutor(AT_ONCE) as threads,
        ):
            server = RasaServer(client, self._patience)
            return server.model(), dict(zip(texts, threads.map(server.parse, texts), strict=True))

    def _odds(self, parsed: Parsed) -> Odds:
        told: dict[Task, dict[str, float]] = {"problems": {}, "acts": {}}
        for guess in parsed.intent_ranking:
            if guess.name in self._meant:
                task, label = self._meant[guess.name]
                told[task][label] = min(guess.confidence, 1.0)
            elif guess.name != FALLBACK:
                remedy = "train it on what `portevoix nlu export --rasa DIR` writes"
                raise NLUError(f"the Rasa server told the intent {guess.name!r}, which is none of ours: {remedy}")
        return Odds(**told)

    def _understanding(self, ask: Ask, passages: Sequence[Passage], model: str) -> Understanding:
        language = detect(ask.text, ask.language)
        entities = read_entities(
            ask.text,
            at=ask.at,
            language=language or "fr",
            platforms=ask.platforms or self._platforms,
            expecting=ask.expecting,
        )
        tells = passages and tells_story(ask.text, ask.expecting)
        return Understanding(
            language=language,
            acts=_acts(ask, passages[0], entities) if passages else (),
            problems=_problems(passages) if tells else (),
            entities=entities,
            by=f"{self.name}/{model}",
        )


def _spans(text: str) -> list[Span]:
    """The whole first, then its clauses where there are several; nothing where there is no word."""
    if not count_words(text[:READ]):
        return []
    clauses = split(text[:READ])
    return [(0, len(text[:READ])), *(clauses if len(clauses) > 1 else ())]


def _acts(ask: Ask, whole: Passage, entities: Iterable[Entity]) -> tuple[Label, ...]:
    """Rasa sees the text alone: what holds the value that was asked for informs, and so does who tells a problem."""
    asked = ask.expecting
    if asked is not None and asked.kind in VALUES and any(entity.field == asked.asking for entity in entities):
        return _likeliest({"inform": (1.0, whole.span)})
    odds = dict(whole.odds.acts)
    odds["inform"] = min(odds.get("inform", 0.0) + sum(whole.odds.problems.values()), 1.0)
    return _likeliest({act: (probability, whole.span) for act, probability in odds.items()})


def _problems(passages: Sequence[Passage]) -> tuple[Label, ...]:
    """Each with the passage that says it best; what a clause denies counts neither there nor in the whole."""
    whole, *clauses = passages
    denials = {passage.span: denied(passage.text) for passage in clauses or [whole]}
    everywhere = frozenset[str]().union(*denials.values())
    found = {
        label: (probability, whole.span)
        for label, probability in whole.odds.problems.items()
        if label not in everywhere
    }
    best: dict[str, tuple[float, Span]] = {}
    for clause in clauses:
        for label, probability in clause.odds.problems.items():
            if label not in denials[clause.span] and probability > best.get(label, (0.0,))[0]:
                best[label] = probability, clause.span
    for label, (probability, span) in best.items():
        found[label] = max(found.get(label, (0.0, span))[0], CLAUSE * probability), span
    found.pop(NOTHING, None)
    return _likeliest(found)


def _likeliest(found: Mapping[str, tuple[float, Span]]) -> tuple[Label, ...]:
    labels = (Label(id=label, probability=p, start=span[0], end=span[1]) for label, (p, span) in found.items())
    return tuple(sorted((x for x in labels if x.probability >= LEAST), key=lambda x: (-x.probability, x.id)))
