"""The time that a loss covers: once, per month, per year, or since the incident."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from nlu.page import Mention, Page

_MONTH = (
    r"(?:janvier|fevrier|mars|avril|mai|juin|juillet|aout|septembre|octobre|novembre|decembre|"
    r"january|february|march|april|may|june|july|august|september|october|november|december)"
)
_IN_MONTH = rf"(?:sur|pour|en|in|for) (?:le mois d'|le mois de )?{_MONTH}"
_PERIOD = re.compile(
    r"(?<![a-z])(?:(?P<per_month>par mois|chaque mois|tous les mois|mensuel(?:s|le|les|lement)?|/ ?mois|per month|"
    r"(?:(?<=\d )|(?<=€ )|(?<=k )|(?<=euros )|(?<=pounds )|(?<=quid ))a month|every month|each month|monthly|/ ?month)"
    r"|(?P<per_year>par an|chaque annee|tous les ans|annuel(?:s|le|les|lement)?|a l'annee|/ ?an|(?:sur|"
    r"dans) l'annee|per year|a year|over (?:the|a) year|"
    r"every year|yearly|per annum)"
    rf"|(?P<one_off>(?:c'est )?{_IN_MONTH} (?:seulement|uniquement|only|alone)|"
    rf"(?:seulement|uniquement|juste|only|just) {_IN_MONTH}|en une (?:seule )?fois|une seule fois|one[- ]off|"
    r"that month (?:alone|only)|ce mois-la|one time)"
    r"|(?P<since_incident>depuis(?: (?:la |le |l'|ma |leur |cette )"
    r"(?:suspension|fermeture|blocage|coupure|debut|incident|retrait))?|en tout depuis|"
    r"since(?: (?:the|my|then))?(?: (?:suspension|closure))?|so far))(?![a-z])"
)
_SHORT = re.compile(
    r"(?:(?:par|a|per|chaque|each|every|la|le) |/ ?)(?:jour|soir|soiree|nuit|day|night|evening|semaine|sem|week|wk)$"
)
"""A loss by the day or the week is told by the month."""
_REACH = 90
_CLOSE = 20
"""So near after another sum, a period says something of that one."""
_LOSSES = frozenset({"loss_eur", "loss_pct_turnover"})
_SUMS = frozenset({"money", "percent"})
_ALL_SUMS = _LOSSES | _SUMS | {"funds_held_eur", "stock_blocked_eur", "category_answers.fee_amount_eur"}


def read_periods(page: Page, found: Iterable[Mention]) -> Iterator[Mention]:
    """At most one: where a loss is said in the same sentence, or a bare sum that is said to be one-off."""
    found = [*found]
    for mention in found:
        asked = mention.field in _SUMS and page.asking in _LOSSES
        if mention.field not in _LOSSES | _SUMS:
            continue
        if mention.field == "loss_eur" and (short := _SHORT.search(page.folded, mention.start, mention.end)):
            yield Mention(field="loss_period", value="per_month", start=short.start(), end=short.end())
            return
        start, end = page.sentence(mention.start, mention.end, _REACH)
        said = [
            one
            for one in _PERIOD.finditer(page.folded, start, end)
            if (mention.field in _LOSSES or asked or one.lastgroup == "one_off") and _is_nearest(mention, one, found)
        ]
        if said:
            nearest = min(said, key=lambda one: (one.lastgroup == "since_incident", abs(one.start() - mention.end)))
            yield Mention(field="loss_period", value=nearest.lastgroup, start=nearest.start(), end=nearest.end())
            return


def _is_nearest(mention: Mention, said: re.Match[str], found: Iterable[Mention]) -> bool:
    """Whether the period goes with this sum, and not with another one just before it."""
    sums = (one for one in found if one.field in _ALL_SUMS and one.end <= said.start())
    owner = max(sums, key=lambda one: one.end, default=None)
    return owner is None or owner is mention or said.start() - owner.end > _CLOSE
