"""Every text of a script that people read, by an address that stays: found, changed in both languages, compared."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal

from stories import editing
from stories.editing import Path
from stories.folding import bare
from stories.script import LANGUAGES
from stories.types import Language

NOT_READ = frozenset({"patterns", "unless", "whole", "words"})
"""What people type, not what they are told."""
WORDING, LETTERS = "wording", "letters"
SLOT = re.compile(r"\{(\w+)\}")
OPERATOR = frozenset({"service", "address", "service_email", "service_phone", "hours", "delay", "platform"})
"""Slots that are filled in every sentence of the wording."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Phrase:
    """The same words in both languages."""

    at: str
    """Its address: the file, a #, and the names on the way, with slashes."""
    texts: Mapping[Language, str]
    listed: bool = False
    """It is a list, a line an entry."""

    @property
    def slots(self) -> frozenset[str]:
        """What may be filled in: what is now, the platform, and in the wording what the operator sets."""
        now = {name for text in self.texts.values() for name in SLOT.findall(text)}
        more = OPERATOR if self.at.startswith(f"{WORDING}#") else {"platform"}
        return frozenset(now | more)


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """A value that two scripts have otherwise; an empty text: one of them has none."""

    at: str
    language: Language | None
    before: str
    after: str


def phrases(sources: Mapping[str, str]) -> list[Phrase]:
    """All of a script, file by file."""
    found: list[Phrase] = []
    for file in sorted(sources):
        if file.endswith(".yml") and not file.startswith(f"{WORDING}/"):
            found += _texts(file, _data(sources[file]), ())
    wording = {language: _data(sources[f"{WORDING}/{language}.yml"]) for language in LANGUAGES}
    found += [
        Phrase(at=f"{WORDING}#{key}", texts={language: str(wording[language].get(key, "")) for language in LANGUAGES})
        for key in wording["fr"]
    ]
    letters = sorted(file.rpartition("/")[2] for file in sources if file.startswith(f"{LETTERS}/fr/"))
    for name in letters:
        texts = {language: sources.get(f"{LETTERS}/{language}/{name}", "") for language in LANGUAGES}
        found.append(Phrase(at=f"{LETTERS}#{name.removesuffix('.md')}", texts=texts))
    return found


def below(sources: Mapping[str, str], at: str) -> list[Phrase]:
    """The phrase at an address, or all those of the thing that has it."""
    return [one for one in phrases(sources) if one.at == at or one.at.startswith(f"{at}/")]


def search(sources: Mapping[str, str], wanted: str) -> list[Phrase]:
    """Phrases that hold all the words, whatever their capitals and accents."""
    words = bare(wanted).split()
    return [one for one in phrases(sources) if all(word in _folded(one) for word in words)]


def reworded(sources: Mapping[str, str], phrase: Phrase, texts: Mapping[Language, str]) -> dict[str, str]:
    """The files that change where a phrase gets other words, whole. Raises EditError."""
    changed: dict[str, str] = {}
    for language in LANGUAGES:
        if texts[language] != phrase.texts[language]:
            file, path = place(phrase.at, language)
            text = changed.get(file, sources[file])
            value: object = texts[language]
            if phrase.listed:
                value = [line.strip() for line in texts[language].splitlines() if line.strip()]
            changed[file] = texts[language] if file.endswith(".md") else editing.put(text, path, value)
    return changed


def place(at: str, language: Language) -> tuple[str, Path]:
    """The file that holds a phrase in a language, and the way in it."""
    file, _, rest = at.partition("#")
    if file == WORDING:
        return f"{WORDING}/{language}.yml", (rest,)
    if file == LETTERS:
        return f"{LETTERS}/{language}/{rest}.md", ()
    return file, (*rest.split("/"), language)


def differences(before: Mapping[str, str], after: Mapping[str, str]) -> list[Difference]:
    """What changed, value by value."""
    found = []
    for file in sorted(before.keys() | after.keys()):
        old, new = before.get(file, ""), after.get(file, "")
        if old != new:
            was, now = _values(file, old), _values(file, new)
            found += [
                Difference(
                    at=at, language=language, before=was.get((at, language), ""), after=now.get((at, language), "")
                )
                for at, language in dict.fromkeys([*was, *now])
                if was.get((at, language)) != now.get((at, language))
            ]
    return found


def _values(file: str, text: str) -> dict[tuple[str, Language | None], str]:
    """Every single value of a file as text, by address and language."""
    folder, _, name = file.rpartition("/")
    if file.endswith(".md"):
        return {(f"{LETTERS}#{name.removesuffix('.md')}", _language(folder.rpartition("/")[2])): text} if text else {}
    data = _data(text) if text else {}
    if folder == WORDING:
        return {(f"{WORDING}#{key}", _language(name.removesuffix(".yml"))): str(one) for key, one in data.items()}
    found: dict[tuple[str, Language | None], str] = {}
    for path, value in _leaves(data, ()):
        language = _language(path[-1]) if path else None
        steps = path[:-1] if language else path
        found[f"{file}#{'/'.join(steps)}", language] = value
    return found


def _language(name: str) -> Language | None:
    match name:
        case "fr" | "en":
            return name
    return None


def _leaves(data: Any, path: Path) -> Iterator[tuple[Path, str]]:  # noqa: ANN401  # YAML may hold anything.
    match data:
        case Mapping():
            for key, one in data.items():
                yield from _leaves(one, (*path, str(key)))
        case list() if any(isinstance(one, Mapping | list) for one in data):
            for at, one in enumerate(data):
                yield from _leaves(one, (*path, editing.name(one, at)))
        case list():
            yield path, "\n".join(str(one) for one in data)
        case _:
            yield path, str(data)


def _texts(file: str, data: Any, path: Path) -> Iterator[Phrase]:  # noqa: ANN401  # YAML may hold anything.
    if isinstance(data, Mapping):
        kind = _kind(data)
        if kind is not None:
            texts: dict[Language, str] = {
                one: "\n".join(data[one]) if kind == "list" else data[one] for one in LANGUAGES
            }
            yield Phrase(at=f"{file}#{'/'.join(path)}", texts=texts, listed=kind == "list")
            return
        for key, one in data.items():
            if key not in NOT_READ:
                yield from _texts(file, one, (*path, str(key)))
    elif isinstance(data, list):
        for at, one in enumerate(data):
            yield from _texts(file, one, (*path, editing.name(one, at)))


def _kind(data: Mapping[str, Any]) -> Literal["text", "list"] | None:
    if data.keys() != set(LANGUAGES):
        return None
    if all(isinstance(one, str) for one in data.values()):
        return "text"
    return "list" if all(isinstance(one, list) for one in data.values()) else None


@lru_cache(maxsize=200)
def _data(text: str) -> Any:  # noqa: ANN401  # YAML may hold anything.
    """What a text holds; whoever asks leaves it as it is."""
    return editing.read(text)


@lru_cache(maxsize=5_000)
def _shown(text: str) -> str:
    return bare(text)


def _folded(phrase: Phrase) -> str:
    return " ".join([*(_shown(text) for text in phrase.texts.values()), phrase.at.lower()])
