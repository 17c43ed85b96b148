"""The console's own words, in French and English; what the script names is said in the script's words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources

import yaml

from stories.script import Script
from stories.types import Language


@cache
def sentences(language: Language) -> Mapping[str, str]:
    """Every sentence of the console, by key."""
    folder = resources.files("console").joinpath("words", language)
    read: dict[str, str] = {}
    for topic in sorted(folder.iterdir(), key=lambda file: file.name):
        read |= yaml.safe_load(topic.read_text(encoding="utf-8"))
    return read


@dataclass(frozen=True, slots=True)
class Words:
    """What the reader of a page is told, in the language the reader chose."""

    language: Language
    script: Script

    def __call__(self, key: str, **values: object) -> str:
        return sentences(self.language)[key].format(**values)

    def named(self, kind: str, name: str) -> str:
        """The word for one of a closed list (`status.open`); the bare name where an older list had it."""
        return sentences(self.language).get(f"{kind}.{name}", name)

    def knows(self, key: str) -> bool:
        return key in sentences(self.language)

    def count(self, key: str, count: int) -> str:
        """A sentence with a number, in the plural where the language wants it."""
        plural = count > 1 if self.language == "fr" else count != 1
        return self(f"{key}.many" if plural else key, count=count)
