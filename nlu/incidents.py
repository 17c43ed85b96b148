"""Which of several dates in a message is that of the incident: the one told with the blow."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from nlu.page import Mention, Page

_BLOW = re.compile(
    r"(?<![a-z])(?:reclam(?:e|es|ent) (?:pour|une?|des|les?|la|\d)|exig\w{1,3}|ferm(?:e|es|ee|ees|ent|eture)|"
    r"suspen\w{1,5}|coup(?:e|es|ee|ees|ent|ure)|blo[qk]\w{1,5}|"
    r"retir(?:e|es|ee|ees|ent)|supprim\w{1,4}|vire[es]?|banni\w{0,2}|radie\w{0,2}|resili\w{1,6}|desactiv\w{1,5}|"
    r"dereferenc\w{1,6}|disparu\w{0,2}|enlev\w{1,4}|refus\w{1,4}|retien\w{1,4}|retenu\w{0,2}|gele\w{0,3}|"
    r"confisqu\w{1,4}|prelev\w{1,6}|debit\w{1,4}|deduit\w{0,2}|rembours\w{1,6}|augment\w{1,6}|impos\w{1,4}|"
    r"chang\w{1,5}|modifi\w{1,5}|pass(?:e|es|ee|ees|ent) (?:de|a)|limit\w{1,4}|restrei\w{1,4}|brid\w{1,4}|"
    r"pirat\w{1,4}|"
    r"copi\w{1,4}|chut\w{1,4}|baiss\w{1,4}|effondr\w{1,4}|prend|prennent|factur(?:e|es|ent)|declass\w{1,4}|"
    r"bascul\w{1,4}|"
    r"plus (?:rien|aucune?|de|d'\w+|acces)|ne (?:me |nous )?(?:verse\w{0,2}|pai\w{1,3}|paye\w{0,2})|lanc(?:e|ent|"
    r"ee?s?)|"
    r"mise?s? (?:en|a|sur)|(?:they )?put (?:my|our|me|us)|placed|me prennent|nous prennent|me prend|nous prend|"
    r"closed?|suspended|shut|removed|blocked|banned|deactivated|disabled|terminated|delisted|took down|taken down|"
    r"withheld|withh\w{2,5}|froze\w?|frozen|holding|deducted|charged|refunded|raised|increased|changed|rejected|"
    r"rejet\w{1,3}|fauss?e?s?|erronee?s?|introuvables?|egar\w{1,4}|en panne|decouvertes?|wrong|incorrect|mislaid|"
    r"broken|refused|hacked|copied|dropped|fell|stopped|cut|pulled|vanished|gone|hid(?:den)?|launched)(?![a-z])"
)
_BACKGROUND = re.compile(
    r"(?<![a-z])(?:ouvert\w{0,2} (?:ma|mon|notre|une|un|la|ce)|inscri\w{1,4}|cree\w?|lancee? (?:ma|mon|notre)|"
    r"achetee?s?|"
    r"commande\w{0,2} (?:le|du|passee)|livre\w{0,2} (?:le|contre|en)|expedie\w{0,2}|signe\w{0,2}|opened|joined|"
    r"bought|"
    r"delivered|shipped|signed up|renewed|usually|normally|d'habitude|habituellement|chaque|every)(?![a-z])"
)
_ELSEWHERE = re.compile(
    r"(?<![a-z])(?:(?:que (?:je|on|nous) )?l'(?:ai|avons|a) (?:saisie?|contactee?)|mediat\w{3,4}|mediator|"
    r"jugement|verdict|judge?ment|ruling|dgcc?rf|cnil|police|plainte|"
    r"gendarm\w{1,5}|"
    r"commissariat|avocate?s?|lawyers?|solicitors?)(?![a-z])"
)
"""What the firm did about it outside the platform."""
_CLAUSE = re.compile(r",|:|\(|\)|(?<![a-z])(?:et|mais|alors que|donc|puis|and|but|so|then|while|though)(?![a-z])")
_OF_SALES = re.compile(r"(?<![a-z])(?:ventes?|sales) ?(?:d'|de |du |of |from |for )?$")
"""Before the time of sales, which is not that of the blow where another is told."""
_REACH = 60


def only_one_incident(page: Page, found: Sequence[Mention]) -> list[Mention]:
    """The mentions with one incident at most; the other dates that might have been it are mere dates."""
    candidates = [mention for mention in found if mention.field == "incident_date"]
    if len(candidates) < 2:  # noqa: PLR2004  # Nothing to choose.
        return list(found)
    chosen = max(candidates, key=lambda mention: _weight(page, mention))
    return [
        replace(mention, field="date") if mention.field == "incident_date" and mention is not chosen else mention
        for mention in found
    ]


def tells_blow(page: Page, start: int, end: int) -> bool:
    """Whether the clause around a date says that something was done to the firm."""
    return _BLOW.search(clause(page, start, end)) is not None


def tells_any_blow(page: Page) -> bool:
    """Whether the message says so anywhere."""
    return _BLOW.search(page.folded) is not None


def tells_step(page: Page, start: int, end: int) -> bool:
    """Whether the clause around a date is about a mediator, a judge, an authority or a lawyer."""
    return _ELSEWHERE.search(clause(page, start, end)) is not None


def ends_clause(page: Page, end: int) -> bool:
    """Whether what follows a date begins a clause of its own."""
    return _CLAUSE.match(page.after(end, _REACH).lstrip()) is not None


def _weight(page: Page, mention: Mention) -> int:
    """How much the clause of a date tells of a blow; equal ones leave it to the first."""
    told = clause(page, mention.start, mention.end)
    if (
        _OF_SALES.search(page.before(mention.start, 12))
        or _BACKGROUND.search(told)
        or page.folded.startswith(("jusqu", "until", "till"), mention.start)
    ):
        return 0
    return 2 if _BLOW.search(told) else 1


def clause(page: Page, start: int, end: int) -> str:
    """The words of the clause on both sides of a date."""
    before, after = page.before(start, _REACH), page.after(end, _REACH)
    cuts = [cut.end() for cut in _CLAUSE.finditer(before)]
    near = before[cuts[-1] :] if cuts and before[cuts[-1] :].strip() else before
    ends = _CLAUSE.search(after, 1)
    return near + " " + (after[: ends.start()] if ends else after)
