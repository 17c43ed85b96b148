"""How Telegram reads the HTML of a message: what it says, or why it refuses it."""

from __future__ import annotations

import re
from html import unescape

TAGS = frozenset(
    {"b", "strong", "i", "em", "u", "ins", "s", "strike", "del", "code", "pre", "tg-spoiler", "blockquote"}
)
_TAG = re.compile(r"<(/?)([a-z-]+)>")
_PIECE = re.compile(r"<[^<>]*>?|[^<]+")


class MalformedError(Exception):
    """Why Telegram cannot read it."""


def visible(html: str) -> str:
    """The text without its marks. Raises MalformedError."""
    said, open_tags = "", list[str]()
    for found in _PIECE.finditer(html):
        piece = found[0]
        if not piece.startswith("<"):
            said += unescape(piece)
            continue
        tag = _TAG.fullmatch(piece)
        if tag is None or tag[2] not in TAGS:
            raise MalformedError(f"Unsupported start tag at byte offset {len(html[: found.start()].encode())}")
        if not tag[1]:
            open_tags.append(tag[2])
        elif not open_tags or open_tags.pop() != tag[2]:
            raise MalformedError(f"Unexpected end tag at byte offset {len(html[: found.start()].encode())}")
    if open_tags:
        raise MalformedError(f'Can\'t find end tag corresponding to start tag "{open_tags[-1]}"')
    return said
