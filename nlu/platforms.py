"""Platforms named in a message: by name, alias, tool, address or misspelling; ordinary words by context."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from nlu.calendar import MONTHS, WEEKDAYS
from nlu.everyday import NO_NAME, ORDINARY, PLACES
from nlu.folding import fold
from nlu.page import Mention, Page
from stories.script import Platform, Platforms

_TOKEN = re.compile(r"[a-z0-9]+")
_LONGEST_NAME = 4
_HOST = re.compile(
    r"(?<![\w@.-])(?:[a-z0-9-]{1,60}\.){1,4}(?:fr|com|co\.uk|de|es|it|eu|be|nl|pl|leclerc|ie|uk)(?![a-z0-9-])"
)
_SEARCHED = re.compile(
    r"(?:^|[^a-z])(?:annonces?|ads?|publicites?|pubs?|recherches?|resultats?|avis|fiches?|mots?[- ]cles?|campagnes?|"
    r"abonnes?|followers?|fans|photos?|videos?|communaute|groupes?|pages?|comptes?|liens?|posts?|stories|search(?:es)?|"
    r"reviews?|results|listing)(?: (?:sur|de|on))? ?$"
)
"""Before a network's name: advertising, a search or a page there, not the place where one sells."""
_EMAIL = re.compile(r"[\w.+-]{1,64}@[\w.-]{1,80}")
_BEFORE = re.compile(
    r"(?:^|[^a-z'])(?:chez|sur|marketplace|place de marche|plateforme|site|on|at|with|via|platform|from|avec|par|"
    r"c'est|it's|contre|de chez|chez les)[ :]*$"
)
_SURE_BEFORE = re.compile(
    r"(?:^|[^a-z'])(?:chez|sur|marketplace|place de marche|plateforme|on|via|vendeur|seller|contre|avec)[ :]*$"
)
_AFTER = re.compile(
    r"^(?:\.fr|\.com| marketplace| pro(?![a-z])| ?(?:m'|n'|s')[a-z]| (?:nous a|me|se|nous|a|ont|vient|veut|refuse|"
    r"bloque|garde|retient|ferme|coupe|supprime|retire|exige|impose|prend|doit|ne|has|have|closed|won't|keeps|"
    r"blocked|"
    r"suspended|removed|took|wants|charges|is|owes)(?![a-z]))"
)
_DATES = WEEKDAYS.keys() | MONTHS.keys()
_PLAIN_AFTER = re.compile(r"^ (?:de|du|des|d'|entre|pas cher|collectif|price|prices|depuis)(?![a-z])|^ à ")
"""Over the words as typed: "à Lyon" is a place, "a fermé" is a verb."""
_ARTICLE = re.compile(
    r"(?:^|[^a-z'])(?:un|une|le|la|les|du|des|au|mon|ma|mes|notre|je|j|on|nous|tu|a|the|my|petit|metier)[ ']*$"
)
_DENIED = re.compile(
    r"(?:^|[^a-z])(?:pas|non|not|plutot que|rather than|isn't)(?: (?:chez|sur|on|avec|with|de))?[ :]*$"
)
_LEAD = re.compile(
    r"^(?:(?:bonjour|c'est|c est|cest|ce sont|sur|chez|avec|la plateforme(?: est)?|le site(?: est)?|en fait|alors|"
    r"euh|il s'agit de|"
    r"ca s'appelle|une plateforme qui s'appelle|je vends sur|it's|it is|its|on|with|the platform is|called|i sell on|"
    r"the)[ :,]+)+"
)
_TRADES = re.compile(
    r"(?<![a-z])(?:ven(?:d|t|te|tes|ds|dons|du)|boutiques?|marketplace|shops?|stores?|sell\w{0,3}|sold)(?![a-z])"
)
_INTRODUCES = re.compile(
    r"(?<![a-z])(?:(?:plateforme|site|marketplace|place de marche|platform|website)(?: de vente)? (?:qui s'appelle|"
    r"s'appelle|"
    r"nommee?|appelee?|called|named)|"
    r"(?:boutique|compte vendeur|compte pro|compte|shop|store|seller account|account) (?:sur|chez|on|with)|"
    r"(?:la |the )?(?:marketplace|place de marche)) (?=[a-z])"
)
_PROPER = re.compile(r"[A-ZÀ-Ý][\w'’&.-]{2,24}(?<!\.)(?: [A-ZÀ-Ý][\w'’&-]{1,24})?")
_FREE_WORDS = 3
_MOST_PLAIN = 50_000
_FUZZY_LEAST = 5
_FUZZY_ALIAS = 7
_SLIPS = 2
_LONG_NAME = 8
_MOST_FUZZY_WORDS = 2
_LEAST_PART = 3
_LEAST_STEM = 4
"""Shorter labels of web addresses are too common to be names."""
_NETWORKS = frozenset({"google_shopping", "meta_marketplace", "tiktok_shop"})
_FRENCH = frozenset({"boulanger", "boulangere", "carrefour", "redoute", "vestiaire", "etsi"})
"""Ordinary words in French only."""
_BOOKS = re.compile(r"^ (?:a|an|the|my|our|your|fees?|system|tables?|rooms?|of|was|is|it)(?![a-z])")
"""After "booking", where it is what guests do."""
_COMMON = frozenset({"venteprivee", "clemarche", "boncoin", "boulange"})
"""Names that are also said with an article in ordinary speech."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Index:
    """A script's platforms by what people write, squeezed: folded, without spaces and signs."""

    source: Platforms
    names: dict[str, str]
    hosts: dict[str, str]
    ambiguous: dict[str, tuple[str, ...]]
    software: frozenset[str]
    starts: frozenset[str]
    """How names begin, to any length."""
    by_letter: dict[str, tuple[str, ...]]
    shapes: frozenset[tuple[str, int]]
    """First letters and lengths that a slip of a name may have."""
    plain: set[tuple[str, ...]]
    """Words seen that name nothing, at most _MOST_PLAIN: most words of most messages."""


_indexes: list[_Index] = []
"""The last scripts seen: a server has one, a replay a few."""


def read_platforms(page: Page, platforms: Platforms) -> list[Mention]:
    """Each platform once, at its surest mention; an unknown name is `other` when the platform was asked for."""
    index = _index(platforms)
    text = _EMAIL.sub(lambda found: "\x00" * len(found[0]), page.folded) if "@" in page.folded else page.folded
    tokens = list(_TOKEN.finditer(text))
    found = [*_hosts(index, text), *_named(index, page, tokens)]
    surely = any(mention.confidence == 1 and mention.value not in _NETWORKS for mention in found)
    best = _once(
        mention
        for mention in found
        if len(found) == 1 or not (_is_denied(page, mention) or (surely and _is_beside(page, mention)))
    )
    if not best and page.asking == "platform_id":
        best = list(_typed_alone(index, page))
    return best or list(_introduced(index, page))


def _hosts(index: _Index, text: str) -> Iterator[Mention]:
    if "." not in text:
        return
    for found in _HOST.finditer(text):
        labels = found[0].split(".")
        for at in range(len(labels)):
            if platform := index.hosts.get(".".join(labels[at:])) or index.hosts.get(labels[at]):
                yield Mention(field="platform_id", value=platform, start=found.start(), end=found.end())
                break


def _named(index: _Index, page: Page, tokens: list[re.Match[str]]) -> Iterator[Mention]:
    """Names of one to four words, the longest first; each word is used once."""
    words = [token[0] for token in tokens]
    at = 0
    while at < len(words):
        taken = 1
        most = _LONGEST_NAME if words[at] in index.starts else 2 if words[at][:2] in index.starts else 1
        for length in range(min(most, len(words) - at), 0, -1):
            if tuple(words[at : at + length]) in index.plain:
                continue
            start, end = tokens[at].start(), tokens[at + length - 1].end()
            if mentions := list(_match(index, page, words[at : at + length], start, end)):
                yield from mentions
                taken = length
                break
        at += taken


def _match(index: _Index, page: Page, words: list[str], start: int, end: int) -> Iterator[Mention]:
    key = "".join(words)
    if end - start > len(key) + len(words):
        return
    if candidates := index.ambiguous.get(" ".join(words)) or index.ambiguous.get(key):
        confidence = _in_context(page, key, candidates, start, end)
        for candidate in candidates if confidence else ():
            yield Mention(field="platform_id", value=candidate, start=start, end=end, confidence=confidence)
    elif (platform := index.names.get(key)) is not None:
        common = words[0] in {"la", "le"} or key in _COMMON
        booked = key == "booking" and page.language == "en" and _BOOKS.match(page.after(end, 12))
        if not booked and not (common and _ARTICLE.search(page.before(start, 8))):
            yield Mention(field="platform_id", value=platform, start=start, end=end)
    elif (key.removeprefix("h")[:1], len(key)) in index.shapes and (near := _slip(index, key, words)):
        yield Mention(field="platform_id", value=near, start=start, end=end, confidence=0.85)
    elif len(index.plain) < _MOST_PLAIN:
        index.plain.add(tuple(words))


def _slip(index: _Index, key: str, words: list[str]) -> str | None:
    """A misspelled name; in one of several words, no word is a name or too short to be a part of one."""
    if key in index.software:
        return None
    if len(words) > 1 and (
        len(words) > _MOST_FUZZY_WORDS
        or min(map(len, words)) < _LEAST_PART
        or any(word in index.names or word in index.ambiguous for word in words)
    ):
        return None
    return _nearest(id(index), key, several_words=len(words) > 1)


def _in_context(page: Page, key: str, candidates: tuple[str, ...], start: int, end: int) -> float:
    """How sure an ordinary word is a platform here: 0.9, 0.4 for "ask", 0 for "surely not"."""
    before, after = page.before(start, 24), page.after(end, 24)
    typed = page.source(start, end)
    alone = page.asking == "platform_id" and len(page.words) <= _FREE_WORDS
    if candidates[0] in _NETWORKS and _SEARCHED.search(before):
        return 0.0
    if page.language == "en" and key in _FRENCH:
        return 0.9
    led = _BEFORE.search(before) is not None
    sure_led = _SURE_BEFORE.search(before) is not None
    article = _ARTICLE.search(before) is not None and not sure_led
    capital = typed[0].isupper()
    if alone:
        return 0.9 if len(candidates) == 1 and len(key) > 2 else 0.4  # noqa: PLR2004  # Two letters need asking.
    plain = _PLAIN_AFTER.match(page.source(end, min(end + 24, len(page.folded))).lower()) if after else None
    if article or (plain and not sure_led):
        return 0.0
    if len(candidates) > 1 or len(key) <= 2:  # noqa: PLR2004
        return 0.4 if led or _AFTER.match(after) else 0.0
    if key == "but":
        return (
            0.9
            if (sure_led and capital) or after.startswith((".fr", " marketplace"))
            else 0.4 * (typed.isupper() or sure_led)
        )
    if key == "discount":
        return 0.4 if sure_led else 0.0
    if sure_led or after.startswith((".fr", ".com", " marketplace")):
        return 0.9
    if capital and (before.strip() or _AFTER.match(after)):
        return 0.85
    return 0.4 if led or _AFTER.match(after) else 0.0


def _is_denied(page: Page, mention: Mention) -> bool:
    """Said not to be meant: "c'est pas Amazon, c'est Cdiscount"."""
    return _DENIED.search(page.before(mention.start, 16)) is not None


def _is_beside(page: Page, mention: Mention) -> bool:
    """A network named next to a platform, where nothing says that one sells there."""
    if mention.value not in _NETWORKS or mention.confidence == 1:
        return False
    start, end = page.sentence(mention.start, mention.end, 60)
    return _TRADES.search(page.folded, start, end) is None


def _once(mentions: Iterable[Mention]) -> list[Mention]:
    best: dict[str, Mention] = {}
    for mention in mentions:
        known = best.get(mention.value)
        if known is None or mention.confidence > known.confidence:
            best[mention.value] = mention
    return sorted(best.values(), key=lambda mention: mention.start)


def _typed_alone(index: _Index, page: Page) -> Iterator[Mention]:
    """A bare answer to "which platform?": a rough misspelling, or a name that we do not know."""
    lead = _LEAD.match(page.folded)
    start = lead.end() if lead else len(page.folded) - len(page.folded.lstrip(" "))
    end = start + len(page.folded[start:].rstrip(" .!\n"))
    name = page.folded[start:end]
    words = _TOKEN.findall(name)
    if not 1 <= len(words) <= _FREE_WORDS or not any(letter.isalpha() for letter in name) or "?" in name:
        return
    if not NO_NAME.isdisjoint(words) or not index.software.isdisjoint(words):
        return
    if near := _nearest(id(index), "".join(words), several_words=True, rough=True):
        yield Mention(field="platform_id", value=near, start=start, end=end, confidence=0.7)
        return
    yield Mention(field="platform_id", value="other", start=start, end=end, confidence=0.6)
    typed = page.source(start, end)
    yield Mention(field="platform_name_typed", value=typed, start=start, end=end, confidence=0.6)


def _introduced(index: _Index, page: Page) -> Iterator[Mention]:
    """A name that we do not know, where the words before say that it is a platform."""
    for lead in _INTRODUCES.finditer(page.folded):
        first, _ = page.letters.place(lead.end(), lead.end() + 1)
        found = _PROPER.match(page.original, first)
        if not found or not {fold(word).text for word in found[0].split()}.isdisjoint(PLACES | index.software | _DATES):
            continue
        start, end = page.letters.find(found.start(), found.end())
        if start < end:
            yield Mention(field="platform_id", value="other", start=start, end=end, confidence=0.6)
            yield Mention(field="platform_name_typed", value=found[0], start=start, end=end, confidence=0.6)
            return


def _index(platforms: Platforms) -> _Index:
    for index in _indexes:
        if index.source is platforms:
            return index
    index = _build(platforms)
    _indexes.append(index)
    if len(_indexes) > 4:  # noqa: PLR2004
        _indexes.pop(0)
    _nearest.cache_clear()
    return index


def _build(platforms: Platforms) -> _Index:
    names: dict[str, str] = {}
    hosts: dict[str, str] = {}
    for platform in platforms.platforms:
        if platform.id == "other":
            continue
        for name in (*platform.name.split(" / "), *platform.aliases, *platform.misspellings):
            names.setdefault(_squeeze(name), platform.id)
        for host in platform.domains:
            hosts[host] = platform.id
            if len(stem := host.removesuffix(".com").removesuffix(".fr").split(".")[-1]) >= _LEAST_STEM:
                hosts.setdefault(stem, platform.id)
    names.pop("", None)
    ambiguous = {" ".join(_TOKEN.findall(fold(word).text)): tuple(ids) for word, ids in platforms.ambiguous.items()}
    ambiguous |= {_squeeze(word): ids for word, ids in ambiguous.items() if _squeeze(word) not in names}
    fuzzy = {name for platform in platforms.platforms for name in _slipped(platform)} - ambiguous.keys()
    return _Index(
        source=platforms,
        names=names,
        hosts=hosts,
        ambiguous=ambiguous,
        starts=frozenset(name[:length] for name in (*names, *ambiguous) for length in range(1, len(name) + 1)),
        software=frozenset(_squeeze(word) for word in platforms.software),
        shapes=frozenset(
            (name[0], max(_FUZZY_LEAST, len(name) + more)) for name in fuzzy for more in range(-_SLIPS, _SLIPS + 2)
        ),
        by_letter={
            letter: tuple(sorted(name for name in fuzzy if name[0] == letter)) for letter in {name[0] for name in fuzzy}
        },
        plain=set(),
    )


def _slipped(platform: Platform) -> Iterator[str]:
    """Names long enough to be told when misspelled; what is like a misspelling is rather another word."""
    if platform.id == "other":
        return
    for name in (platform.id, *platform.name.split(" / ")):
        if len(_squeeze(name)) >= _FUZZY_LEAST:
            yield _squeeze(name)
    yield from (_squeeze(name) for name in platform.aliases if len(_squeeze(name)) >= _FUZZY_ALIAS)


@lru_cache(maxsize=20_000)
def _nearest(index_id: int, key: str, *, several_words: bool, rough: bool = False) -> str | None:
    """The platform whose name is a slip of the keys away: one letter, two in long names."""
    from rapidfuzz.distance import OSA

    index = next(index for index in _indexes if id(index) == index_id)
    if key in ORDINARY or key.removesuffix("s") in ORDINARY:
        return None
    best: tuple[int, str] | None = None
    for name in index.by_letter.get(key.removeprefix("h")[:1], ()):
        slips = 2 if rough or (len(name) >= _LONG_NAME and not several_words) else 1
        distance = OSA.distance(key, name, score_cutoff=slips)
        if distance <= slips and (best is None or distance < best[0]):
            best = (distance, index.names[name])
    return best[1] if best else None


def _squeeze(text: str) -> str:
    return "".join(_TOKEN.findall(fold(text).text))
