"""What we say, as safe HTML: paragraphs, lists, **strong** words, links, French spaces that do not break."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import groupby

from markupsafe import Markup, escape

from stories.types import Language

_NUMBERED = re.compile(r"\s*(\d{1,3})[.)] +(.*)")
_DASHED = re.compile(r"\s*[-•–] +(.*)")
STRONG = re.compile(r"\*\*(\S(?:.*?\S)?)\*\*")
_REFERENCE = re.compile(r"\bPV-\d{4}-[0-9A-Z]{5}-[0-9A-Z]\b")
_BEFORE = re.compile(r" (?=[:;?!»€%])")
_AFTER = re.compile(r"(?<=«) |(?<=\d) (?=\d{3}\b)")
LINK = re.compile(r"https?://[^\s<>\"']*[^\s<>\"'.,;:!?)»]")


def markup(text: str, language: Language) -> Markup:
    """Blocks of our own text; whatever a person typed into it stays text."""
    return Markup("\n").join(_blocks(held(text) if language == "fr" else text))


def held(text: str) -> str:
    """French text whose marks do not begin a line."""
    return _AFTER.sub("\u00a0", _BEFORE.sub("\u00a0", text))


def plain(text: str) -> Markup:
    """Somebody else's words, exactly as they are."""
    return escape(text)


def _blocks(text: str) -> Iterator[Markup]:
    for kind, group in groupby(text.strip().splitlines(), _kind):
        lines = list(group)
        if kind == "numbered":
            yield _list("ol", [Markup('<li value="{}">').format(n) + _inline(said) for n, said in map(_number, lines)])
        elif kind == "dashed":
            yield _list("ul", [Markup("<li>") + _inline(_DASHED.sub(r"\1", line)) for line in lines])
        elif kind == "words":
            yield Markup("<p>{}</p>").format(Markup("<br>").join(map(_inline, lines)))


def _kind(line: str) -> str:
    if not line.strip():
        return "space"
    if _NUMBERED.fullmatch(line):
        return "numbered"
    return "dashed" if _DASHED.fullmatch(line) else "words"


def _number(line: str) -> tuple[str, str]:
    found = _NUMBERED.fullmatch(line)
    return (found[1], found[2]) if found else ("", line)


def _list(tag: str, items: list[Markup]) -> Markup:
    return Markup(f"<{tag}>") + Markup("</li>").join(items) + Markup(f"</li></{tag}>")  # noqa: S704  # The tag is ours.


def _inline(line: str) -> Markup:
    done, at = Markup(), 0
    for found in LINK.finditer(line):
        done += _strong(line[at : found.start()]) + Markup('<a href="{0}" rel="noopener">{0}</a>').format(found[0])
        at = found.end()
    return done + _strong(line[at:])


def _strong(text: str) -> Markup:
    marked = STRONG.sub(r"<strong>\1</strong>", str(escape(text)))
    return Markup(_REFERENCE.sub(r'<b class="whole">\g<0></b>', marked))  # noqa: S704  # Escaped before.
