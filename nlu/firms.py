"""What a message says of the firm in figures: its turnover by the band, the year it was founded, its postal code."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace

from nlu.page import Mention, Page

_BANDS = (
    (50_000, "<50k"), (250_000, "50-250k"), (1_000_000, "250k-1M"), (2_000_000, "1-2M"), (10_000_000, "2-10M"),
    (50_000_000, "10-50M"), (float("inf"), ">50M"),
)  # fmt: skip
_UNDER = re.compile(
    r"(?:(?:juste?|well|un peu) )?(?:en dessous de|moins de|under|less than|presque|nearly|almost|"
    r"pas tout a fait|a peine)"
)
_SUMS = frozenset({"money", "loss_eur", "funds_held_eur"})
_SURE = 0.5
_YEARLY = re.compile(
    r"(?<![a-z])(?:annuel\w{0,3}|par an|l'an (?:dernier|passe)|l'annee (?:derniere|passee)|sur l'annee|exercice|annual|"
    r"yearly|(?:a|per|last) year)(?![a-z])"
)
_TURNOVER = re.compile(
    r"(?<![a-z])(?:chiffre d'affaires?|ca|turnover|revenue|turns? over)(?: (?!perd|baiss|chut|lost|"
    r"fell)[\w']+){0,5} ?:? ?$"
)
_TURNED_OVER = re.compile(
    r" (?:de |d'|of |in )?(?:chiffre d'affaires?|ca|turnover|revenue)(?![a-z])(?! (?:en moins|de moins|perdu|"
    r"lost|less))"
)
_THERE = re.compile(r"(?<![a-z])(?:sur|chez|via|on|through|avec|with) (?!l'annee|un an|une annee|average)[a-z]")
"""A turnover made on one platform is not that of the firm."""
_OTHERS = re.compile(
    r"(?<![a-z])(?:marketplace|plateforme|platform|concurrente?s?|competitors?|amazon|ebay|cdiscount|ils|elles?|they|leur|their)(?![a-z])"
)
"""Whose turnover it is, where it is not the firm's."""
_FIRM = r"(?:entreprise|societe|maison|boite|atelier|affaire|manufacture|fabrique|firm|company|business|workshop)"
_YEAR = r"(?P<year>(?:18|19|20)\d\d)(?!\d)"
_FOUNDED = re.compile(
    rf"(?<![a-z]){_FIRM}(?![a-z])[^.!?;]{{0,50}}(?<![a-z])(?:fondee?|creee?|lancee?|etablie?|nee?|founded|established|"
    rf"set up|started|created)(?: [\w'-]+){{0,3}}? (?P<said>(?:en|depuis|in|since) {_YEAR})"
    rf"|(?<![a-z])(?:(?:(?:notre|mon|ma|our|my) |l')(?:\w+ )?{_FIRM}|existe|existons|existed|been around|in business)"
    rf"(?: (?!ven|sell|sold|sur|chez|on|est|is|presen)[\w'-]+){{0,6}}? "
    rf"(?P<said2>(?:depuis|since) (?P<year2>(?:18|19|20)\d\d)(?!\d))"
)
_POSTCODE = re.compile(
    r"(?:(?<=\()|(?<=code postal )|(?<=code postal : ))(?P<code>(?:0[1-9]|[1-8]\d|9[0-8])\d{3})(?!\d)"
)
_ANY_POSTCODE = re.compile(r"(?<!\d)(?P<code>(?:0[1-9]|[1-8]\d|9[0-8]) ?\d{3})(?!\d)")


def read_firm(page: Page) -> list[Mention]:
    """The year it was founded, and its postal code."""
    return [*_founded(page), *_postcode(page)]


def with_turnover(page: Page, values: Iterable[Mention]) -> Iterator[Mention]:
    """The values, and a sum that is the firm's yearly turnover as its band."""
    for mention in values:
        turnover = mention.field in _SUMS and mention.confidence > _SURE and _is_turnover(page, mention)
        yield replace(mention, field="turnover_band", value=_band(page, mention)) if turnover else mention


def _is_turnover(page: Page, mention: Mention) -> bool:
    if page.asking == "turnover_band":
        return True
    if mention.field != "money":
        return False
    after = page.after(mention.end, 40)
    told = _TURNOVER.search(page.before(mention.start, 60)) or _TURNED_OVER.match(after)
    if not told or _THERE.search(after) or _OTHERS.search(page.before(mention.start, 40)):
        return False
    start, end = page.sentence(mention.start, mention.end, 80)
    return _YEARLY.search(page.folded, start, end) is not None


def _band(page: Page, mention: Mention) -> str:
    value = mention.value * (0.99 if _UNDER.match(page.folded, mention.start) else 1)
    return next(name for limit, name in _BANDS if value < limit)


def _founded(page: Page) -> Iterator[Mention]:
    if not any(len(word) == 4 and word.isdigit() for word in page.words):  # noqa: PLR2004  # A year.
        return
    if found := _FOUNDED.search(page.folded):
        group, year = ("said", "year") if found["said"] else ("said2", "year2")
        if int(found[year]) <= page.today.year:
            start, end = found.span(group)
            yield Mention(field="founded_year", value=int(found[year]), start=start, end=end, confidence=0.9)


def _postcode(page: Page) -> Iterator[Mention]:
    pattern = _ANY_POSTCODE if page.asking == "postal_code" else _POSTCODE
    if found := pattern.search(page.folded):
        code = found["code"].replace(" ", "")
        yield Mention(field="postal_code", value=code, start=found.start("code"), end=found.end("code"))
