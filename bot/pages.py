"""The web pages of firms: their templates and their words."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import jinja2
import yaml
from markupsafe import Markup

from bot.lines import Line
from bot.markup import held
from stories.script import LANGUAGES, Loader
from stories.types import Language

TEMPLATES = Path(__file__).parent / "templates"
STATIC = Path(__file__).parent / "static"
MAIN_CHOICES = frozenset({"send", "send_now", "resume"})
"""What moves a case forward is the button one sees first."""


@cache
def words(language: Language) -> Mapping[str, str]:
    """What the pages say around the conversation."""
    text = (TEMPLATES / "words" / f"{language}.yml").read_text(encoding="utf-8")
    found: Mapping[str, str] = yaml.load(text, Loader=Loader)  # noqa: S506  # The C twin of SafeLoader.
    return {key: held(said) if language == "fr" else said for key, said in found.items()}


@cache
def version() -> str:
    """Changes whenever a static file does, so that browsers may keep them for long."""
    return hashlib.sha256(b"".join(path.read_bytes() for path in sorted(STATIC.iterdir()))).hexdigest()[:12]


@cache
def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES), autoescape=True, undefined=jinja2.StrictUndefined,
        trim_blocks=True, lstrip_blocks=True, auto_reload=False,
    )  # fmt: skip
    environment.filters["held"] = lambda html: Markup(held(str(html)))  # noqa: S704  # Already safe; only spaces change.
    return environment


def render(name: str, language: Language, **values: Any) -> str:  # noqa: ANN401  # A template shows anything.
    """A page in a language."""
    defaults = {
        "main": MAIN_CHOICES, "here": "", "switch": "", "back": "/", "key": "", "noted": "", "base": "", "home": "/",
    }  # fmt: skip
    return (
        _environment()
        .get_template(name)
        .render({**defaults, "language": language, "words": words(language), "version": version(), **values})
    )


def fragment(line: Line, language: Language, key: str, base: str) -> str:
    """One line alone, for a page that is open already."""
    show: Any = _environment().get_template("line.html").module
    return str(show.show(line, words(language), key, base, live=True, main=MAIN_CHOICES))


def language_of(wanted: str | None, accepted: str) -> Language:
    """The language asked for, else the first of ours that the browser accepts, else French."""
    for given in (wanted or "", *(piece.split(";")[0] for piece in accepted.split(","))):
        for language in LANGUAGES:
            if given.strip().lower().partition("-")[0] == language:
                return language
    return "fr"
