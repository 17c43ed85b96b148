"""The country sites on which a firm sells: "amazon.de", "Amazon Italie", "je vends en Espagne", "the German site"."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from nlu.page import Mention, Page

_NAMES = {
    "FR": "france|francaise?|french",
    "DE": "allemagne|allemande?|germany|german",
    "ES": "espagne|espagnole?|spain|spanish",
    "IT": "italie|italienn?e?|italy|italian",
    "BE": "belgique|belge|belgium|belgian",
    "NL": "pays-bas|hollande|neerlandaise?|netherlands|dutch",
    "GB": "royaume[- ]uni|angleterre|anglaise?|united kingdom|uk|gb|britain|british",
    "PL": "pologne|polonaise?|poland|polish",
    "SE": "suede|suedoise?|sweden|swedish",
    "IE": "irlande|irlandaise?|ireland|irish",
    "PT": "portugal|portugaise?|portuguese",
    "US": "etats[- ]unis|usa|us|americaine?|american",
    "CH": "suisse|switzerland|swiss",
    "AT": "autriche|autrichienn?e?|austria|austrian",
}
_DOMAINS = {"co.uk": "GB", "uk": "GB", "com.be": "BE"} | {
    code.lower(): code for code in _NAMES if code not in {"GB", "US"}
}
_COUNTRY = "|".join(f"(?P<{code}>{words})" for code, words in _NAMES.items())
_ONE = re.compile(rf"(?<![a-z])(?:{_COUNTRY})(?![a-z])")
_ANY = "(?:" + "|".join(_NAMES.values()) + ")"
_AND = r"(?:,|,? (?:et|and|ou|or|mais aussi|but also))"
_ROW = rf"{_ANY}(?![a-z])(?:{_AND} (?:en |au |aux |sur |in |on |the |la |le |l')*{_ANY}(?![a-z])){{0,6}}"
_SITES = r"(?:sites?|marketplaces?|stores?)"
_SOLD = re.compile(
    rf"(?<![a-z])(?:(?:ven(?:d|t|te|tes|ds|dons|dais|du)|present\w{{0,2}}|sell(?:ing)?|sold)"
    rf"(?: [a-z0-9'-]{{1,14}}){{0,4}}? (?:en|au|aux|in|on|sur)(?: (?:le |la |les |the )?{_SITES})?"
    rf"|(?<!un )(?<!an )(?<!autre )(?:{_SITES}|plateforme|boutique)) (?P<row>{_ROW})"
    rf"|(?<![a-z])(?:(?:on|from|to|their) )?the (?P<row2>{_ROW}) {_SITES}"
)
_AFTER_NAME = re.compile(rf" (?P<row>{_ROW})")
_HINT = frozenset(word[:4] for words in _NAMES.values() for word in re.findall("[a-z]+", words))


def read_countries(page: Page, platforms: Iterable[Mention]) -> Iterator[Mention]:
    """All countries in one mention, at the first that says one."""
    named = [mention for mention in platforms if mention.field == "platform_id" and mention.value != "other"]
    found = sorted({*_of_hosts(page, named), *_of_words(page, named)}, key=lambda one: one[1])
    if found:
        codes = list(dict.fromkeys(code for code, _, _ in found))
        yield Mention(field="country_site", value=codes, start=found[0][1], end=found[0][2], confidence=0.9)


def _of_hosts(page: Page, named: list[Mention]) -> Iterator[tuple[str, int, int]]:
    """Every address on a site of a platform that is named by its address."""
    for mention in named:
        host = page.folded[mention.start : mention.end]
        stem, dot, _ = host.removeprefix("www.").partition(".")
        if not dot:
            continue
        for found in re.finditer(
            rf"(?<![a-z0-9]){re.escape(stem)}\.(com\.be|co\.uk|[a-z]{{2}})(?![a-z0-9-])", page.folded
        ):
            if code := _DOMAINS.get(found[1]):
                yield code, found.start(), found.end()


def _of_words(page: Page, named: list[Mention]) -> Iterator[tuple[str, int, int]]:
    if page.stems.isdisjoint(_HINT):
        return
    rows = [found.span("row" if found["row"] else "row2") for found in _SOLD.finditer(page.folded)]
    rows += [found.span("row") for mention in named if (found := _AFTER_NAME.match(page.folded, mention.end))]
    for start, end in rows:
        for found in _ONE.finditer(page.folded, start, end):
            yield found.lastgroup or "", found.start(), found.end()
