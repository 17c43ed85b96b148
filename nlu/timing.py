"""What happened on the dates of a message: the incident, a deadline, the first sale, a complaint, a reply."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from nlu.dates import When, find_dates
from nlu.page import Mention, Page

_SELLS = re.compile(
    r"(?<![a-z])(?:ven(?:ds|dons|dais|dait|dions|deurs?|deuse|du|te)|inscrite?s?|clients?|partenaires?|membre|"
    r"present\w{0,2}|chez eux|travaill\w{1,5}|radie\w?|sold|sell(?:ing|er|ers)?|trading|been on|joined|registered|"
    r"member|on there|with them|banned|"
    r"(?:had|have|ai) (?:the|my|an|a|this|un|mon|ce|le|une|ma|cette) (?:compte|boutique|account|shop|store))(?![a-z])"
)
_PRESENT = re.compile(r"(?<![a-z])(?:boutique|(?:sur|on) (?:la |leur |the )?\w{3,20}) ?$")
"""Says that one sells there only together with years."""
_SELLS_AFTER = re.compile(
    r"^ (?:que (?:je |j ?'?|on |nous )?(?:ven\w{1,4}|suis vendeu\w{1,3}|(?:suis|est|sommes) (?:dessus|chez eux|"
    r"inscrit\w{0,2}))|de vente|de presence|on there|"
    r"with them|of selling|as a seller|sur (?:amazon|la plateforme|la marketplace))"
)
_SELLS_NO_MORE = re.compile(
    r"(?<![a-z])(?:plus|impossible|arret\w{1,3}|pas|rien|0|zero|aucune|can't|cannot|no longer|stopped|unable|"
    r"couldn't|suspendu\w?|"
    r"bloque\w?|ferme\w?)(?![a-z])"
)
_COMPLAINED = re.compile(
    r"(?<![a-z])(?:contest\w{1,3}|fait appel|fait un recours|recours|reclamation|appeal(?:ed)?|complain(?:ed|"
    r"t)|disputed)(?: \w{1,12}){0,4} ?$"
)
_REPLIED = re.compile(r"(?<![a-z])(?:repondu|reponse|replied|answered|reply|answer)(?: \w{1,12}){0,3} ?$")
_PAPERS = re.compile(
    r"(?<![a-z])(?:factures?|commandes?|releves?|bilan|exercice|comptes|invoices?|orders?|accounts|"
    r"statements?)(?: \w{1,12}){0,2} ?(?:de|du|d'|des|for|from|of|en)? ?$"
)
_LATELY = 90
_FEW_WORDS = 3
_BEGAN = re.compile(
    r"(?<![a-z])(?:ouvert (?:ma|mon|notre|une|un) (?:boutique|compte|shop)|inscrite?s?|commence|debute|demarre|rejoint|"
    r"joined|opened (?:my|our|a) (?:shop|store|account)|started selling|signed up|registered)(?: \w{1,15}){0,4} ?$"
)
_FOUNDED = re.compile(
    r"(?<![a-z])(?:entrepreneu\w{1,3}|cree\w?|fondee?|ouverte?|founded|started|opened)(?: \w{1,12}){0,3} ?$"
)
_BLOW = re.compile(
    r"ferm|suspen|coup|bloqu|retir|supprim|vir[ee]|banni|radi[ee]|desactiv|arriv|pass[ee]|clos|shut|remov|blocked|"
    r"banned|"
    r"deactiv|happened|lost|perdu|date|refus|retien|gard"
)
_THIS = re.compile(r"(?:ce|cette|this) (?:mois|annee|month|year)")
_AHEAD = re.compile(
    r"(?<![a-z])(?:audience|convo\w{2,8}|rendez-vous|rdv|echeance|date limite|deadline|hearing|due|detrui\w{2,4}|"
    r"sera|seront|vont|"
    r"va etre|aura lieu|passe(?:rai)? (?:au|devant)|court|doi[ts]|dois|will|going to|must|have to|expires?|"
    r"expire)(?![a-z])"
)
_PAST_DEED = re.compile(
    r"(?<![a-z])(?:juste|just|suspendue?s?|fermee?s?|coupee?s?|vire\w?|bloquee?s?|desactive\w{0,2}|shut|closed|"
    r"suspended|deactivated|banned|blocked|semaines?|jours?|weeks?|days?) ?$"
)
_FARTHEST = 200
"""Days: a limit without a year that would be farther off lies in the past."""
_GRAVEST = frozenset({"stock_destruction", "court"})
"""Whatever else the sentence speaks of, this is what the day is feared for."""
_DEADLINE = re.compile(
    r"(?<![a-z])(?:(?P<stock_destruction>detrui\w{1,4}|destruction|destroy\w{0,3}|dispose[ds]?|pilonn\w{1,3})"
    r"|(?P<court>tribunal|audience|juge|justice|assign\w{1,5}|refere|court|hearing|judge|lawsuit)"
    r"|(?P<tax>comptables?|comptabilite|tva|impots?|(?<!deposer le )(?<!depot de )(?<!deposer )bilan|fiscal\w?|urssaf|"
    r"declaration|fisc|accountant|vat|tax(?:es)?|bookkeeper)"
    r"|(?P<appeal>appel|recours|contest\w{1,3}|appeal\w{0,3}|plan d'action|plan of action))(?![a-z])"
)
_NOT_LIMITS = re.compile(r"(?<![a-z])(?:livr\w{1,6}|expedi\w{2,5}|deliver\w{0,3}|ship\w{0,5}|retours?)(?![a-z])")
_COVERED = re.compile(r"^ (?:seulement|uniquement|only|alone)(?![a-z])")
"""The time that a loss covers, not when something happened."""


def read_timing(page: Page) -> list[Mention]:
    """Dates with what they are dates of."""
    found = list(_settled(page))
    first = next((at for at, mention in enumerate(found) if mention.field == "incident_date"), None)
    return [
        replace(mention, field="date") if mention.field == "incident_date" and at != first else mention
        for at, mention in enumerate(found)
    ]


def _settled(page: Page) -> Iterator[Mention]:
    for when in find_dates(page):
        if when.partial is None:
            yield Mention(field="date_invalid", value=page.source(when.start, when.end), start=when.start, end=when.end)
            continue
        if _COVERED.match(page.after(when.end, 14)):
            continue
        if when.ahead and _is_deadline(page, when):
            yield from _deadline(page, replace(when, partial=when.ahead))
        elif (field := _field(page, when)) is not None:
            unsure = field == "date"
            yield when.mention(field, 0.3 if when.partial.day > page.today else 0.5 if unsure else 1.0)


def _is_deadline(page: Page, when: When) -> bool:
    if page.asking == "deadline_date":
        return True
    if when.ahead and (when.ahead.day - page.today).days > _FARTHEST and when.ahead != when.partial:
        return False
    before = page.before(when.start, 50)
    if when.until:
        return (bool(when.duration) or not _PAST_DEED.search(before)) and not _NOT_LIMITS.search(before)
    if when.since or when.partial is None:
        return False
    if when.ahead is None or when.ahead.day < page.today or when.partial.precision != "day":
        return False
    return (when.aimed and when.partial.day > page.today) or _AHEAD.search(before) is not None


def _deadline(page: Page, when: When) -> Iterator[Mention]:
    if when.partial is None or when.partial.day < page.today:
        yield when.mention("date", 0.4)
        return
    partial = when.partial if when.partial.precision == "day" else replace(when.partial, precision="day", approx=True)
    yield replace(when, partial=partial).mention("deadline_date")
    start, end = page.sentence(when.start, when.end)
    said = [*_DEADLINE.finditer(page.folded, start, end)]
    if said:
        nearest = min(
            said,
            key=lambda found: (
                found.lastgroup not in _GRAVEST,
                min(abs(found.start() - when.end), abs(when.start - found.end())),
            ),
        )
        yield Mention(field="deadline_kind", value=nearest.lastgroup, start=nearest.start(), end=nearest.end())
    elif not page.asking:
        yield Mention(field="deadline_kind", value="other", start=when.start, end=when.end, confidence=0.5)


def _field(page: Page, when: When) -> str | None:
    """The field of a date in the past, or None where it is only a length of time."""
    if page.kind == "partial_date" and page.asking not in {"incident_date", "date"}:
        return page.asking
    before, after = page.before(when.start, 45), page.after(when.end, 30)
    words = page.folded[when.start : when.end]
    if when.partial and when.partial.day > page.today:
        return "date"
    if _sells(page, when, before, after):
        return "seller_since"
    if words.startswith(("for ", "after ", "apres ", "au bout ")):
        return "incident_date" if words.startswith("for ") and not after.startswith(" after") else None
    if _COMPLAINED.search(before):
        return "internal_complaint_date"
    if _REPLIED.search(before):
        return "reply_date"
    if (
        (_PAPERS.search(before) and not when.since)
        or _FOUNDED.search(before)
        or _THIS.match(words)
        or _long_past(page, when)
    ):
        return "date"
    return "incident_date"


def _long_past(page: Page, when: When) -> bool:
    """A year gone by that comes without a blow is background: "en 2019 j'ai fait 300 000 €"."""
    if when.since or when.partial is None or when.partial.precision != "year" or len(page.words) <= _FEW_WORDS:
        return False
    start, end = page.sentence(when.start, when.end, 80)
    return when.partial.day.year < page.today.year - 1 and not _BLOW.search(page.folded, start, end)


def _sells(page: Page, when: When, before: str, after: str) -> bool:
    if when.partial is None or when.duration in {"hour", "day", "week"}:
        return False
    if when.partial.precision == "day" and (page.today - when.partial.day).days < _LATELY:
        return False
    if _BEGAN.search(before):
        return True
    words = page.folded[when.start : when.end]
    long = when.since or words.startswith(("after", "apres", "au bout", "for "))
    if _SELLS_AFTER.match(after) and when.duration == "year":
        return True
    sells = _SELLS.search(before) or (when.partial.precision == "year" and _PRESENT.search(before))
    return bool(long and sells) and not _SELLS_NO_MORE.search(before[-32:])
