"""Names that are clearly introduced: the person who writes, and the firm."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from nlu.page import Mention, Page

_PERSON = re.compile(
    r"(?<![a-z])(?:je m'appelle|mon nom(?: complet)? (?:est|:|c'est)|my name is|my name's|i am called) (?=[a-z])"
)
_SIGNED = re.compile(r"(?<![a-z])(?:moi c'est|ici) (?=[a-z])")
_NAME = re.compile(r"[A-ZÀ-Ý][\w'’-]{1,30}(?: (?:de |du |d'|le |la )?[A-ZÀ-Ý][\w'’-]{0,30}){0,2}")
_PLAIN_NAME = re.compile(r"[^\W\d_]{2,20}(?: [^\W\d_]{2,20})?(?=$|[.,;!\n]| et | and )")
_FIRM = re.compile(
    r"(?<![a-z])(?:(?:ma|notre|la|my|our|the) (?:societe|entreprise|boutique|boite|maison|marque|company|firm|"
    r"business|shop|store|brand)(?: (?:s'appelle|est|se nomme|is called|is|called|c'est))? ?:?|"
    r"(?:societe|entreprise|raison sociale|company(?: name)?|l'entreprise|la societe) ?:?|nous sommes|we are|"
    r"pour) (?=[\"a-z0-9])"
)
_SIGNATURE = re.compile(
    r"(?:^|[.!?\n] ?)(?P<name>[A-ZÀ-Ý][\w'’-]{1,30}(?: (?:de |du |d'|le |la )?[A-ZÀ-Ý][\w'’-]{1,30}){1,2}),? ?(?:- ?)?"
    r"(?:président\w{0,2}|gérant\w?|co-?gérant\w?|direct\w{3,5}|dirigeant\w?|fondat\w{3,5}|artisan\w?|owner|founder|"
    r"director|managing director|manager|PDG|CEO)[^.!?\n]{0,40}[.!]?\s*$"
)
"""Who ends the message with name and office."""
_NOBODY = frozenset(
    {"moi", "toi", "lui", "elle", "nous", "eux", "pareil", "rien", "tout", "le", "la", "les", "l", "un", "une"}
)
_FORM = r"(?:SARL|SASU|SAS|EURL|EIRL|SA|SNC|SCOP|SCIC|EI|Ltd|Limited|LLP|LLC|GmbH|SRL|BV)"
_FIRM_NAME = re.compile(
    rf"\"?(?P<name>(?:{_FORM} )?[A-ZÀ-Ý0-9][\w'’&.-]{{1,30}}(?: (?:(?:de|du|des|la|le|les|et|and|of|&|en|à|au|"
    rf"aux|chez|sur|sous|"
    rf"d') ?)?[A-ZÀ-Ý0-9][\w'’&-]{{0,30}}){{0,5}})\"?"
)
_ANSWERED = re.compile(
    r"(?:(?:oui|alors|yes),? )?(?:(?:elle|il|ca|on|it|she) )?(?:s'appelle|se nomme|c'est|it's(?: called)?|"
    r"called|is called) (?=[\"a-z])"
)
_WITH_FORM = re.compile(
    rf"(?<!\w)(?P<name>(?:{_FORM} (?:[A-ZÀ-Ý][\w'’&-]{{1,30}})(?: (?:(?:de|du|des|la|le|et|and|of|"
    rf"&) )?[A-ZÀ-Ý][\w'’&-]{{0,30}}){{0,4}}"
    rf"|[A-ZÀ-Ý][\w'’&-]{{1,30}}(?: (?:(?:de|du|des|la|le|et|and|of|"
    rf"&) )?[A-ZÀ-Ý][\w'’&-]{{0,30}}){{0,4}} {_FORM}))(?!\w)"
)
_LAST = 120
_SHOP = re.compile(r"(?<![a-z])(?:boutique|marque|shop|store|brand)(?![a-z])")
_NAMING = re.compile(
    r"(?:s'appelle|se nomme|is called|called|raison sociale|company name|c'est|societe ?:?|entreprise ?:?|:) ?$"
)


def read_names(page: Page, platforms: Sequence[Mention]) -> list[Mention]:
    """At most one person, one firm and one shop; a platform is none of these."""
    found: dict[str, Mention] = {}
    named = {(one.start, one.end) for one in platforms}
    for mention in (*_persons(page), *_firms(page)):
        if (mention.start, mention.end) not in named:
            found.setdefault(mention.field, mention)
    return list(found.values())


def _persons(page: Page) -> Iterator[Mention]:
    for lead in _PERSON.finditer(page.folded):
        yield from _at(page, lead.end(), _NAME, "name", 1.0)
        yield from _at(page, lead.end(), _PLAIN_NAME, "name", 0.7)
    if signed := _SIGNATURE.search(page.original[-_LAST:]):
        at = max(0, len(page.original) - _LAST)
        yield from _placed(page, at + signed.start("name"), at + signed.end("name"), "name", 0.8)
    for lead in _SIGNED.finditer(page.folded):
        if not page.folded.startswith("d'", lead.start() - 2):
            yield from (one for one in _at(page, lead.end(), _NAME, "name", 0.7) if one.value.lower() not in _NOBODY)


def _firms(page: Page) -> Iterator[Mention]:
    for found in _WITH_FORM.finditer(page.original):
        yield from _placed(page, found.start("name"), found.end("name"), "legal_name", 1.0)
    if page.asking in {"shop_name", "legal_name"} and (lead := _ANSWERED.match(page.folded)):
        yield from _at(page, lead.end(), _FIRM_NAME, page.asking, 0.9)
    for lead in _FIRM.finditer(page.folded):
        if _NAMING.search(lead[0]):
            yield from _at(page, lead.end(), _FIRM_NAME, "shop_name" if _SHOP.search(lead[0]) else "legal_name", 0.8)


def _at(page: Page, start: int, pattern: re.Pattern[str], field: str, confidence: float) -> Iterator[Mention]:
    """A name in its capitals, which only the original text has."""
    place, _ = page.letters.place(start, start + 1)
    if found := pattern.match(page.original, place):
        group = "name" if "name" in pattern.groupindex else 0
        yield from _placed(page, found.start(group), found.end(group), field, confidence)


def _placed(page: Page, first: int, last: int, field: str, confidence: float) -> Iterator[Mention]:
    """The mention of a span of the original text."""
    start, end = page.letters.find(first, last)
    if start < end:
        yield Mention(field=field, value=page.original[first:last], start=start, end=end, confidence=confidence)
