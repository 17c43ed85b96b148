"""Understanding by a language model, held to closed lists and to words that are in the text."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from nlu.backend import Ask, NLUError
from nlu.completions import Completions
from nlu.embedded import LONG_STORY
from nlu.entities import read as read_entities
from nlu.features import count_words, tells_story
from nlu.folding import fold
from nlu.language import detect
from nlu.masking import mask_in_place
from stories.script import Script
from stories.types import Entity, Label, Language, Understanding

READ = 8000
"""Characters of one message that the model is shown; values are read from all of it."""
PROPOSED = 0.4
"""The most that a platform counts which only the model sees: it may answer a question, and fills no field unasked."""

Lists = Mapping[str, tuple[str, ...]]
"""The ids that may be named, by what they are: acts, problems, facets, platforms."""


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)


class _Guide(_Part):
    """What the model is told besides the script."""

    instructions: str
    acts: Mapping[str, str]
    facets: Mapping[str, str]


class _Found(_Part):
    """Something that the model says is in the text. Its confidence is its own word, and not calibrated."""

    id: str
    confidence: float = Field(allow_inf_nan=False)
    quote: str


class _Reply(_Part):
    act: str
    confidence: float = Field(allow_inf_nan=False)
    problems: tuple[_Found, ...]
    facets: tuple[_Found, ...]
    platforms: tuple[_Found, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Shown:
    """A text, what the rules read in it, and the masked copy that the model is shown, whose spans are the text's."""

    ask: Ask
    language: Language | None
    entities: tuple[Entity, ...]
    masked: str

    def find(self, quote: str) -> tuple[int, int] | None:
        """Where it says so in whole words, whatever their case and accents."""
        page, words = fold(self.masked.replace("\n", " ")), fold(quote.replace("\n", " ")).text.strip()
        found = re.search(rf"(?<!\w){re.escape(words)}(?!\w)", page.text) if words else None
        return page.place(*found.span()) if found else None


class LanguageModel:
    """Problems, act and facets come from the model; sums, dates and numbers from `nlu.entities`, as everywhere."""

    def __init__(self, script: Script, *, url: str, model: str, key: str | None = None, patience: float) -> None:
        """`url` is what stands before `/chat/completions`; `patience`: seconds that a batch of messages has in all."""
        self.name = f"llm/{model}"
        self._platforms = script.platforms
        guide = _guide()
        self._lists: Lists = {
            "acts": tuple(guide.acts),
            "problems": tuple(script.offered),
            "facets": tuple(guide.facets),
            "platforms": tuple(script.by_platform),
        }
        self._model = Completions(
            url,
            model=model,
            key=key,
            instructions=_instructions(guide, script),
            schema=_schema(self._lists),
            patience=patience,
        )

    def understand_many(self, asks: Sequence[Ask]) -> list[Understanding]:
        """One Understanding a text. Raises NLUError, with none of their words, where one has no usable answer."""
        shown = [self._show(ask) for ask in asks]
        worded = [at for at, one in enumerate(shown) if count_words(one.ask.text)]
        answers = self._model.answer_many([_told(shown[at]) for at in worded])
        replies = {at: _parse(answer) for at, answer in zip(worded, answers, strict=True)}
        return [self._understand(one, replies.get(at)) for at, one in enumerate(shown)]

    def _show(self, ask: Ask) -> _Shown:
        language = detect(ask.text, ask.language)
        entities = read_entities(
            ask.text,
            at=ask.at,
            language=language or "fr",
            platforms=ask.platforms or self._platforms,
            expecting=ask.expecting,
        )
        masked = mask_in_place(ask.text, entities)[:READ]
        return _Shown(ask=ask, language=language, entities=entities, masked=masked)

    def _understand(self, shown: _Shown, reply: _Reply | None) -> Understanding:
        if reply is None:
            return Understanding(language=shown.language, entities=shown.entities, by=self.name)
        if reply.act not in self._lists["acts"]:
            raise NLUError("the language model named an act that is not in its list")
        told = tells_story(shown.ask.text, shown.ask.expecting)
        added = [*self._platform(shown, reply), *(self._facets(shown, reply) if told else ())]
        return Understanding(
            language=shown.language,
            acts=(_act(shown, reply),),
            problems=tuple(self._said(shown, "problems", reply.problems)) if told else (),
            entities=tuple(sorted((*shown.entities, *added), key=lambda entity: (entity.start, entity.end))),
            by=self.name,
        )

    def _said(self, shown: _Shown, kind: str, found: Iterable[_Found]) -> list[Label]:
        """What is on the list and quotes the text, each once, likeliest first."""
        likeliest: dict[str, Label] = {}
        for one in sorted(found, key=lambda one: (-one.confidence, one.id)):
            span = shown.find(one.quote)
            if span and one.confidence > 0 and one.id in self._lists[kind]:
                label = Label(id=one.id, probability=_clipped(one.confidence), start=span[0], end=span[1])
                likeliest.setdefault(one.id, label)
        return list(likeliest.values())

    def _platform(self, shown: _Shown, reply: _Reply) -> Iterator[Entity]:
        """The likeliest platform, where the rules read none."""
        if not any(entity.field == "platform_id" for entity in shown.entities):
            for label in self._said(shown, "platforms", reply.platforms)[:1]:
                yield self._entity(shown, "platform_id", label.id, label, most=PROPOSED)

    def _facets(self, shown: _Shown, reply: _Reply) -> Iterator[Entity]:
        """Those that the rules did not read."""
        known = {entity.field for entity in shown.entities}
        for label in self._said(shown, "facets", reply.facets):
            if f"facets.{label.id}" not in known:
                yield self._entity(shown, f"facets.{label.id}", "yes", label)

    def _entity(self, shown: _Shown, field: str, value: str, label: Label, *, most: float = 1.0) -> Entity:
        return Entity(
            field=field,
            value=value,
            text=shown.ask.text[label.start : label.end],
            start=label.start,
            end=label.end,
            confidence=min(most, label.probability),
            by=f"model:{self.name}",
        )


def _guide() -> _Guide:
    return _Guide.model_validate(yaml.safe_load((resources.files("nlu") / "llm.yml").read_text(encoding="utf-8")))


def _instructions(guide: _Guide, script: Script) -> str:
    """The system prompt: what to do, and every id with its definition."""
    lists = {
        "acts": guide.acts,
        "problems": {category.id: category.guideline.strip() for category in script.offered.values()},
        "facets": guide.facets,
        "platforms": {platform.id: platform.name for platform in script.platforms.platforms},
    }
    parts = [guide.instructions.strip()]
    parts += ["\n".join([f"{name}:", *(f"- {id_}: {of}" for id_, of in ids.items())]) for name, ids in lists.items()]
    return "\n\n".join(parts)


def _schema(lists: Lists) -> dict[str, Any]:
    """The form of an answer, in the part of JSON Schema that every endpoint enforces."""

    def mapping(**properties: object) -> dict[str, Any]:
        return {
            "type": "object",
            "properties": properties,
            "required": list(properties),
            "additionalProperties": False,
        }

    def one_of(name: str) -> dict[str, Any]:
        return {"type": "string", "enum": list(lists[name])}

    number, text = {"type": "number"}, {"type": "string"}
    several = {
        name: {"type": "array", "items": mapping(id=one_of(name), confidence=number, quote=text)}
        for name in ("problems", "facets", "platforms")
    }
    return mapping(act=one_of("acts"), confidence=number, **several)


def _told(shown: _Shown) -> str:
    """One JSON object: no text can step out of its string. What was asked goes by its names, not by values."""
    asked = shown.ask.expecting
    question = {"field": asked.asking, "kind": asked.kind, "options": asked.options} if asked else None
    told = json.dumps({"asked": question, "message": shown.masked}, ensure_ascii=False)
    return told.encode("utf-8", "replace").decode()


def _parse(answer: str) -> _Reply:
    try:
        return _Reply.model_validate_json(answer)
    except ValidationError as error:
        raise NLUError("the language model's answer does not have the form that was asked for") from error


def _act(shown: _Shown, reply: _Reply) -> Label:
    """What the model says, but that a long text informs: whoever wrote it, nothing in it gives an order."""
    if count_words(shown.ask.text) >= LONG_STORY:
        return Label(id="inform", probability=1.0, end=len(shown.masked))
    return Label(id=reply.act, probability=_clipped(reply.confidence), end=len(shown.masked))


def _clipped(confidence: float) -> float:
    return min(1.0, max(0.0, confidence))
