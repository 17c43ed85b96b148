"""What a story plainly says of the case besides values: flags, the state of the account, steps taken, who writes."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cache
from importlib import resources

import yaml
from pydantic import BaseModel, ConfigDict

from nlu.counts import no_notice
from nlu.page import STEM, Mention, Page

_SHEETS = ("facets", "account", "steps", "people", "wishes")
_WISH = (
    r"(?:(?:je|j'|j|on|nous) ?(?:veux|veut|voulons|voudrais|voudrait|voudrions|demande|demandons|souhaite|"
    r"souhaitons|souhaiterais|souhaiterions|aimerais|aimerait|aimerions|exige|exigeons|reclame|reclamons|attends|"
    r"attendons|espere|esperons|cherche|cherchons)|j'ai (?:juste |seulement |simplement )?(?:envie|besoin)|"
    r"(?:mon|notre|le|l')[ ']?(?:seul )?(?:but|souhait|objectif)|(?:il )?(?:me|nous) faut|ce que je veux|"
    r"(?:rendez|debloquez|remboursez|rouvrez|retablissez|reactivez|laissez|aidez|faites)(?:[- ](?:moi|nous))?|"
    r"(?:(?<=^)|(?<=[.!,;?] ))qu'ils? (?:me|nous)|merci de|(?<!pas )pour que|"
    r"(?:i|we)(?:'d| would)? ?(?:just |only |really )?(?:want|like|love|need|ask for|demand|expect|wish|hope)|"
    r"all (?:i|we) (?:want|need|ask)|my (?:goal|aim|wish)|(?<!to )give (?:me|us)|"
    r"please(?= (?:re|re-)\w+| un\w+| release| pay| give| get))"
)
_SHORTHAND = {
    "account": (
        r"(?:compte|boutique|acces|account|shop|store|profil|magasin|je suis|j'ai ete|i was|i'm|i am|m'ont|m'a|"
        r"nous a|nous ont|on a ete|we were|we are)(?:[ ']\w{1,14}){0,4}?[ ']"
    ),
    "shop": (
        r"(?:mon|notre|ma|mes|nos|le|la|les|my|our|the|l')[ ']?(?:\w{2,14} ){0,2}?"
        r"(?:comptes?|boutiques?|acces|accounts?|shops?|stores?|profil)(?! (?:bancaire|en banque))"
    ),
    "start": r"(?:(?<=^)|(?<=[.!?,:\n])|(?<=[.!?,:\n] )|(?<=bonjour )|(?<=bonsoir )|(?<=says )|(?<=dit ))",
    "took": (
        r"(?:retir\w{1,4}|supprim\w{1,4}|desactiv\w{1,5}|suspen\w{1,5}|ferm(?:e|es|ee|ees|ent)|dereferenc\w{1,6}|"
        r"enlev\w{1,4}|vire\w{0,2}|saute\w{0,2}|degage\w{0,2}|efface\w{0,2}|vidange\w{0,2}|"
        r"blo[qk]\w{1,4}|coup(?:e|es|ee|ees|ent)|disparu\w{0,2}|masqu\w{1,4}|invisibles?|inactives?|removed?|"
        r"took down|taken down|takes? down|hid|deleted|delisted|suspended|pulled|vanished|deactivated|hidden|"
        r"blocked|gone|disappeared|wiped)"
    ),
    "some": (
        r"(?:\d{1,5}|certaine?s|quelques(?:-une?s)?|une partie|plusieurs|(?:la |une bonne )?moitie|(?:un|le) tiers|"
        r"(?:un|le) quart|une (?:dizaine|vingtaine|trentaine|cinquantaine|centaine)|deux|trois|quatre|cinq|six|dix|"
        r"some|half|a (?:third|quarter|few|dozen)|part|several|two|three|four|five|ten|twenty)"
    ),
    "want": (
        rf"{_WISH}(?! (?:pas|plus|not)(?![a-z]))"
        rf"(?: ?[,:]? (?:'?[a-z0-9'-]{{1,14}})|'[a-z]{{1,14}}){{0,12}}?(?: ?[,:])?[ ']"
    ),
    "back": (
        r"(?:rend\w{0,3}|retrouve\w{0,2}|recupere\w{0,2}|re?ouvr\w{1,4}|(?:re)?activ\w{1,3}|debloqu\w{1,4}|ravoir|"
        r"liber\w{1,4}|revers\w{1,4}|vers\w{1,3}|toucher|avoir|revoir|obtenir|recevoir|retabli\w{0,5}|rembours\w{1,3}|"
        r"remett\w{1,3}|remis\w{0,2}|redonn\w{1,3}|restitu\w{1,3}|reinstate|reopen|restore|unblock|reactivate|release|"
        r"pay|get|give|have|return|refund|receive|download|telecharger|acceder a)"
        r"(?: (?:me|us|en ligne|en vente|back|l'acces a|acces a|access to))?"
        r"(?: (?:mon|ma|mes|notre|nos|le|la|les|my|our|the) \w{3,14}(?: (?:et|and)|,))? "
    ),
}
"""What stands for what in the patterns, in braces."""
_WISHES = re.compile(rf"(?<![a-z]){_WISH}")
_SETS = frozenset({"outcomes", "authority_reported"})


class Cue(BaseModel):
    """One thing that can be said of a case, and the ways to say it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    field: str
    value: str | bool
    patterns: tuple[str, ...]
    hint: str
    unless: str = ""
    confidence: float = 1.0


class _Compiled:
    def __init__(self, cue: Cue) -> None:
        self.cue = cue
        ways = "|".join(cue.patterns)
        for name, words in _SHORTHAND.items():
            ways = ways.replace(f"{{{name}}}", words)
        self.said = re.compile(rf"(?<![a-z])(?:{ways})(?![a-z])")
        self.wish = all(way.startswith("{want}") for way in cue.patterns)
        self.hint = frozenset(word[:STEM] for word in cue.hint.split())
        unless = cue.unless.replace("n't", r"\w{0,6}n't")
        denied = rf"(?<![a-z])(?:{unless})(?![a-z])(?:[ ']\w{{1,12}}){{0,3}}[ ']?$"
        self.denied = re.compile(denied) if cue.unless else None

    def mention(self, page: Page, wishes: Sequence[int]) -> Mention | None:
        """Its first mention that nothing before denies; `wishes` says where wishes begin."""
        if page.stems.isdisjoint(self.hint):
            return None
        places = (self.said.match(page.folded, start) for start in wishes)
        for found in filter(None, places) if self.wish else self.said.finditer(page.folded):
            inside = found[0].rpartition(" ")[0]
            if self.denied and (self.denied.search(page.before(found.start(), 30)) or self.denied.search(inside)):
                continue
            return Mention(
                field=self.cue.field,
                value=self.cue.value,
                start=found.start(),
                end=found.end(),
                confidence=self.cue.confidence,
            )
        return None


def read_cues(page: Page) -> list[Mention]:
    """Each flag or state once, at its first clear mention; a set with all that was said of it."""
    found: dict[str, Mention] = {}
    for mention in (*no_notice(page), *_said(page)):
        known = found.get(mention.field)
        if mention.field in _SETS:
            found[mention.field] = _joined(known, mention)
        elif known is None:
            found[mention.field] = mention
    for field, value, implied, so in _IMPLIED:
        said = found.get(field)
        if said is not None and said.value == value and implied not in found:
            found[implied] = replace(said, field=implied, value=so, confidence=min(said.confidence, 0.9))
    if (scope := found.get("measure_scope")) and scope.value == "partial" and _is_shut(found):
        del found["measure_scope"]
    return list(found.values())


_IMPLIED = (
    ("facets.no_reason_given", "yes", "reason_given", "none"),
    ("reason_given", "generic", "facets.no_reason_given", "yes"),
    ("facets.court_pending", "yes", "court_case", "pending"),
)
"""What says one thing says the other too."""


def _joined(known: Mention | None, more: Mention) -> Mention:
    """A set with one more; its words are those of the first, or of all where they run into each other."""
    if known is None:
        return replace(more, value=[more.value])
    first, last = sorted((known, more), key=lambda one: one.start)
    end = max(first.end, last.end) if last.start <= first.end else first.end
    return replace(first, value=[*known.value, more.value], end=end)


def _is_shut(found: Mapping[str, Mention]) -> bool:
    """Offers were taken too, but the account is gone: that is not only a part."""
    status = found.get("account_status")
    return status is not None and status.value in {"suspended", "closed"}


def _said(page: Page) -> Iterator[Mention]:
    wishes = [found.start() for found in _WISHES.finditer(page.folded)]
    for cue in _cues():
        if mention := cue.mention(page, wishes):
            yield mention


@cache
def _cues() -> tuple[_Compiled, ...]:
    """The cues in the order of their files: the first that is said gives a field its value."""
    texts = ((resources.files("nlu") / f"cues_{sheet}.yml").read_text(encoding="utf-8") for sheet in _SHEETS)
    return tuple(_Compiled(Cue.model_validate(item)) for text in texts for item in yaml.safe_load(text))
