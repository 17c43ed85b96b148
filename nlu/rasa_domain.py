"""The domain of a Rasa project: intents, entities, slots and responses, made of the examples and the script.

Of all this only the sentences can be changed there: they go back to where the script has them, and nothing else moves.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import yaml

from nlu.examples import ExampleError
from stories.script import LANGUAGES, Script
from stories.types import Language

FILE = "domain.yml"
SPOKEN = "preferred_lang"
"""The slot that says in which language a response is given."""
BUTTON = "choice"
"""The intent of a button, and the entity that holds its id."""
Path = tuple[str | int, ...]
_TYPES: Mapping[str, str] = {"text": "text", "bool": "bool", "list": "list", "set": "list"}
_NO_TEXT = ("utter_advice", "utter_letter", "utter_rights", "utter_why")
"""What is put together from several parts of the script when it is said."""
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sentence:
    """A sentence of the script in one language, and where it stands."""

    response: str
    language: Language
    text: str
    file: str
    path: Path


def sentences(script: Script) -> Iterator[Sentence]:
    """Everything that the assistant says as it stands, in both languages."""
    for language in LANGUAGES:
        for key, text in script.wording[language].items():
            yield Sentence(
                response=f"utter_{key}", language=language, text=text, file=f"wording/{language}.yml", path=(key,)
            )
        for at, question in enumerate(script.questions.values()):
            name, place = f"utter_question.{question.key}", (at, "ask", language)
            yield Sentence(
                response=name, language=language, text=question.ask[language], file="questions.yml", path=place
            )
        for category in script.categories.values():
            for at, question in enumerate(category.questions):
                yield Sentence(
                    response=f"utter_question.{category.id}.{question.key}", language=language,
                    text=question.ask[language], file=f"categories/{category.id}.yml",
                    path=("questions", at, "ask", language),
                )  # fmt: skip
        for at, emergency in enumerate(script.emergencies):
            yield Sentence(
                response=f"utter_emergency.{emergency.id}", language=language, text=emergency.say[language],
                file="emergencies.yml", path=(at, "say", language),
            )  # fmt: skip
        for at, door in enumerate(script.doors):
            yield Sentence(
                response=f"utter_door.{door.id}", language=language, text=door.say[language], file="doors.yml",
                path=(at, "say", language),
            )  # fmt: skip


def write(script: Script, intents: Sequence[str], entities: Sequence[str], slots: Sequence[str]) -> str:
    """The domain of these intents and entities; `slots`: names that the conversations use besides the fields."""
    responses: dict[str, list[dict[str, Any]]] = {}
    for one in sorted(sentences(script), key=lambda one: one.response):
        spoken = [{"type": "slot", "name": SPOKEN, "value": one.language}]
        responses.setdefault(one.response, []).append({"condition": spoken, "text": one.text})
    domain = {
        "version": "3.1",
        "intents": sorted({*intents, BUTTON}),
        "entities": sorted({*entities, BUTTON}),
        "slots": dict(_slots(script, slots)),
        "actions": [name for name in _NO_TEXT if name not in responses],
        "responses": responses,
    }
    return str(yaml.dump(domain, Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=100_000))


def read(text: str, script: Script, expected: str, file: str = FILE) -> dict[str, str]:
    """The files of the script in which a sentence changed, with their new texts.

    `expected`: the domain as it would be without a change. Raises ExampleError at whatever else differs from that.
    """
    root = _composed(text, file)
    wanted = yaml.load(expected, Loader=_LOADER)  # noqa: S506  # The C twin of SafeLoader.
    found = {str(key.value): (key, value) for key, value in root.value}
    for name in wanted.keys() - found.keys():
        raise ExampleError(file, 1, f"`{name}` is missing")
    for name, (key, value) in found.items():
        if name not in wanted:
            raise ExampleError(file, _line(key), f"`{name}` cannot be carried: Portevoix has no such thing")
        if name != "responses":
            _must_equal(value, wanted[name], name, file)
    return _changed(script, _told(found["responses"][1], wanted["responses"], file), file)


def _changed(script: Script, told: Mapping[tuple[str, str], tuple[str, int]], file: str) -> dict[str, str]:
    edits: dict[str, list[tuple[Path, str, int]]] = {}
    for one in sentences(script):
        text, line = told[one.response, one.language]
        if text != one.text:
            edits.setdefault(one.file, []).append((one.path, text, line))
    return {name: _patched(script.sources[name], changes, file) for name, changes in edits.items()}


def _told(node: yaml.Node, wanted: Mapping[str, Any], file: str) -> dict[tuple[str, str], tuple[str, int]]:
    """The text of each response in each language, and its line."""
    told: dict[tuple[str, str], tuple[str, int]] = {}
    for key, value in _pairs(node, file):
        if key.value not in wanted:
            raise ExampleError(file, _line(key), f"`{key.value}` is no sentence of the script: it cannot be added here")
        for item in value.value if isinstance(value, yaml.SequenceNode) else ():
            parts = {str(name.value): part for name, part in _pairs(item, file)}
            spoken = _plain(parts["condition"]) if "condition" in parts else None
            language = next((one for one in LANGUAGES if spoken == _condition(one)), None)
            text = parts.get("text")
            if parts.keys() != {"condition", "text"} or language is None or not isinstance(text, yaml.ScalarNode):
                raise ExampleError(
                    file, _line(item), "a sentence has a text and the language it is in, and nothing else"
                )
            if (str(key.value), language) in told:
                raise ExampleError(file, _line(item), f"`{key.value}` is said twice in {language}")
            told[str(key.value), language] = str(text.value), _line(text)
    for name in wanted:
        for language in LANGUAGES:
            if (name, language) not in told:
                raise ExampleError(file, _line(node), f"`{name}` is not said in {language}: it cannot be left out")
    return told


def _condition(language: Language) -> list[dict[str, str]]:
    return [{"type": "slot", "name": SPOKEN, "value": language}]


def _patched(source: str, changes: Sequence[tuple[Path, str, int]], file: str) -> str:
    """A file of the script with other sentences in their places; every other byte stays."""
    root = yaml.compose(source, Loader=_LOADER)
    places = sorted(((_at(root, path), text, line) for path, text, line in changes), key=lambda one: -one[0][0])
    for (start, end), text, line in places:
        old = source[start:end]
        written = json.dumps(text, ensure_ascii=False) + ("\n" if old.endswith("\n") else "")
        if not _is_text(text):
            raise ExampleError(file, line, "the sentence holds a character that no text has")
        source = source[:start] + written + source[end:]
    return source


def _is_text(text: str) -> bool:
    try:
        return bool(yaml.safe_load(json.dumps(text, ensure_ascii=False)) == text)
    except yaml.YAMLError:
        return False


def _at(node: yaml.Node | None, path: Path) -> tuple[int, int]:
    for step in path:
        if isinstance(node, yaml.MappingNode):
            node = next(value for key, value in node.value if key.value == step)
        elif isinstance(node, yaml.SequenceNode) and isinstance(step, int):
            node = node.value[step]
    if node is None:
        raise KeyError(path)
    return node.start_mark.index, node.end_mark.index


def _slots(script: Script, more: Sequence[str]) -> Iterator[tuple[str, dict[str, Any]]]:
    asked = [script.path(question.key) for of in script.categories.values() for question in of.questions]
    for name in sorted({*script.fields, *asked, *more}):
        field = script.fields.get(name)
        kind = _TYPES.get(field.type, "any") if field else "any"
        yield name, {"type": kind, "influence_conversation": False, "mappings": [{"type": "custom"}]}


def _must_equal(node: yaml.Node, wanted: Any, name: str, file: str) -> None:  # noqa: ANN401  # Any YAML.
    """Raises ExampleError at the first part that differs."""
    if _plain(node) == wanted:
        return
    if isinstance(node, yaml.SequenceNode) and isinstance(wanted, list):
        for item in node.value:
            if _plain(item) not in wanted:
                raise ExampleError(
                    file, _line(item), f"`{name}`: {_plain(item)!r} is not there in the examples or the script"
                )
        gone = [one for one in wanted if one not in [_plain(item) for item in node.value]]
        raise ExampleError(
            file, _line(node), f"`{name}`: {gone[0]!r} is missing" if gone else f"`{name}`: keep the order"
        )
    if isinstance(node, yaml.MappingNode) and isinstance(wanted, dict):
        for key, value in node.value:
            if key.value not in wanted or _plain(value) != wanted[key.value]:
                raise ExampleError(file, _line(key), f"`{name}`: {key.value} follows from the script: change it there")
    raise ExampleError(file, _line(node), f"`{name}` follows from the script: change it there")


def _plain(node: yaml.Node) -> Any:  # noqa: ANN401  # Any YAML.
    loader = yaml.SafeLoader("")
    try:
        return loader.construct_document(node)
    finally:
        loader.dispose()


def _composed(text: str, file: str) -> yaml.MappingNode:
    try:
        root = yaml.compose(text, Loader=_LOADER)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise ExampleError(file, mark.line + 1 if mark else 1, f"not YAML: {error.problem}") from error
    except yaml.YAMLError as error:
        raise ExampleError(file, 1, "not YAML: it holds a character that no text has") from error
    if not isinstance(root, yaml.MappingNode):
        raise ExampleError(file, 1, "keys are expected here")
    return root


def _pairs(node: yaml.Node, file: str) -> list[tuple[yaml.Node, yaml.Node]]:
    if not isinstance(node, yaml.MappingNode):
        raise ExampleError(file, _line(node), "keys are expected here")
    return list(node.value)


def _line(node: yaml.Node) -> int:
    return int(node.start_mark.line) + 1


class _Dumper(getattr(yaml, "CSafeDumper", yaml.SafeDumper)):  # type: ignore[misc]  # It has no types.
    """Writes what is the same twice twice, since Rasa reads no aliases."""

    def ignore_aliases(self, _data: object) -> bool:
        return True
