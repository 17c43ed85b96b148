"""Short answers: a yes, a no, a way out of a question, an option by its words or by its letter."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from stories.folding import bare
from stories.script import Words

YES = Words(
    fr=("oui", "ouais", "ok", "d'accord", "d accord", "daccord", "bien sur", "oui merci", "c'est bon", "je veux bien"),
    en=("yes", "yep", "yeah", "sure", "ok", "okay", "yes please", "agreed", "i agree"),
)
NO = Words(
    fr=("non", "nan", "non merci", "pas du tout", "surtout pas", "aucun", "aucune", "je refuse"),
    en=("no", "nope", "no thanks", "no thank you", "not at all", "none"),
)
_YES = frozenset(bare(one) for one in YES.all)
_NO = frozenset(bare(one) for one in NO.all)
DECLINED = re.compile(
    r"\b(?:prefere (?:ne )?pas|(?:pas|sans) (?:envie de )?repondre|veux pas (?:le )?(?:dire|repondre)|"
    r"prefere (?:\w+ )?(?:garder|taire)|pour moi(?= ?$)|(?:rather|prefer to|prefer) (?:not|leave|keep|skip)|"
    r"won'?t say|no comment|passe?r? (?:la |cette )?question)\b|"
    r"^(?:passer|skip|next|suivante?)$"
)
UNKNOWN = re.compile(
    r"^(?:je (?:ne )?sais (?:pas|plus)(?: trop| encore)?|sais pas|jsp|chais pas|aucune idee|"
    r"(?:i )?(?:don'?t|do not) know(?: yet)?|no idea|dunno|idk|not sure|pas sure?)\W*$"
)


def is_yes(text: str) -> bool:
    """Whether a text agrees, and says nothing else."""
    return bare(text) in _YES


def is_no(text: str) -> bool:
    """Whether a text refuses, and says nothing else."""
    return bare(text) in _NO


def pick(options: Iterable[tuple[str, Sequence[str]]], text: str, *, loose: int = 8) -> str | None:
    """The option that a text names: exactly, or as the longest of its words that the text holds.

    A single word counts inside a text of at most `loose` words: in a longer one it may mean anything.
    """
    folded, whole = f" {bare(text)} ", bare(text)
    best, length = None, 0
    for name, names in options:
        for one in names:
            wanted = bare(one)
            if wanted == whole:
                return name
            holds = " " in wanted or (len(wanted) > 2 and len(whole.split()) <= loose)  # noqa: PLR2004
            if holds and len(wanted) > length and f" {wanted} " in folded:
                best, length = name, len(wanted)
    return best


def letter(text: str, count: int) -> int | None:
    """The place of the option that a letter names ("B", "c)", "merci. A"); a lower-case a counts only alone."""
    found = re.match(r"\s*[\[(]?([A-Ha-h])[\])]?(?=$|[\s.,:;!?])", text)
    if found is None or (found[1] == "a" and bare(text) != "a"):
        found = re.search(r"(?:^|[.,;:!?\n])\s*([A-H])\s*(?=$|[.,;:!?\n])", text)
    found = found or re.match(
        r"\s*(?:plut[oô]t\s+)?(?:le |la |l'|the )?(?:option |r[eé]ponse |choix |answer |choice )?([A-Ha-h])\W*$",
        text,
        re.IGNORECASE,
    )
    if found is None:
        return None
    place = ord(found[1].upper()) - ord("A")
    return place if place < count else None
