"""The clauses of a message, and which problems a clause denies."""

from __future__ import annotations

import re
from collections.abc import Mapping

from nlu.folding import fold

Span = tuple[int, int]

AT_MOST = 40
"""Clauses of one message; a longer message gets longer clauses."""
LONGEST = 60
"""Words of one clause; dictation has no full stops."""

_BREAK = re.compile(
    r"[.!?;:\n…]+(?=\s|$)|\s[-–—]+\s|[()]"
    r"|,?\s+(?=(?:mais|juste|sauf que|par contre|du coup|en plus|et puis|et aussi|alors que|ainsi que|par ailleurs"
    r"|but|just|and also|then|however|although|because|parce que)\b)"
    r"|,\s*|\s+(?=(?:et|and)\s+\S+\s+\S+)",
    re.IGNORECASE,
)
_WORD = re.compile(r"\w+")
_LEAST = 2

_NOT_FR = (
    r"\b(?:pas|jamais|aucunement|nullement|ni|sans(?: etre| avoir ete)?)"
    r"(?: (?:ete|encore|etre|du tout|vraiment|non plus|la)){0,2} "
)
_NOT_EN = (
    r"(?:\b(?:not|never|(?:was|is|has|have|were|are)nt|without being|without)|n't)"
    r"(?: (?:been|being|yet|even|really|actually|at all|get|gotten|got|a|an|my)){0,2} "
)
_DENIED: Mapping[str, str] = {
    "account_suspension": r"(?:suspen|ferme[es]?\b|cloture|clos[e]?\b|desactiv|radie|banni|vire[es]?\b|exclu"
    r"|deactivat|closed|shut|banned|terminated|blocked)",
    "listing_removal": r"(?:retire|supprime|dereferenc|desactive|removed|taken down|delisted|deleted)",
    "funds_withheld": r"(?:retenu|gele|withheld|frozen|on hold)",
    "counterfeit_unfair_sellers": r"(?:copie|contrefait|copied|counterfeited)",
    "data_tools_access": r"(?:pirate|hacke|hacked)",
}
_DENIALS = {label: re.compile(f"(?:{_NOT_FR}|{_NOT_EN})(?:une? |de |d')?{words}") for label, words in _DENIED.items()}


def split(text: str) -> list[Span]:
    """The clauses in order, without the punctuation around them; only a single clause has less than two words."""
    pieces: list[Span] = []
    start = 0
    for found in _BREAK.finditer(text):
        pieces.append((start, found.start()))
        start = found.end()
    pieces.append((start, len(text)))
    worded = [part for start, end in pieces for part in _short_enough(text, start, end)]
    clauses = [part for start, end in _long_enough(text, worded) for part in _short_enough(text, start, end)]
    return _few_enough(clauses)


def denied(clause: str) -> frozenset[str]:
    """The problems that the clause says the firm does not have: "pas suspendu, juste pas payé"."""
    folded = fold(clause).text
    return frozenset(label for label, pattern in _DENIALS.items() if pattern.search(folded))


def _short_enough(text: str, start: int, end: int) -> list[Span]:
    words = [(found.start(), found.end()) for found in _WORD.finditer(text, start, end)]
    groups = [words[at : at + LONGEST] for at in range(0, len(words), LONGEST)]
    return [(group[0][0], group[-1][1]) for group in groups]


def _long_enough(text: str, pieces: list[Span]) -> list[Span]:
    clauses: list[Span] = []
    for start, end in pieces:
        if clauses and (_too_short(text, start, end) or _too_short(text, *clauses[-1])):
            clauses[-1] = (clauses[-1][0], end)
        else:
            clauses.append((start, end))
    return clauses


def _too_short(text: str, start: int, end: int) -> bool:
    return sum(1 for _ in _WORD.finditer(text, start, end)) < _LEAST


def _few_enough(clauses: list[Span]) -> list[Span]:
    together = -(-len(clauses) // AT_MOST) or 1
    return [
        (clauses[at][0], clauses[min(at + together, len(clauses)) - 1][1]) for at in range(0, len(clauses), together)
    ]
