"""The time that a loss covers: once, per month, per year, or since the incident."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from nlu.page import Mention, Page

_MONTH = r"(?:janvier|fevrier|mars|avril|mai|juin|juillet|aout|septembre|octobre|novembre|decembre|january|february|march|april|may|june|july|august|september|october|november|december)"
_PERIODS = (
    ("per_month", r"par mois|chaque mois|tous les mois|mensuel(?:s|le|les|lement)?|/ ?mois|per month|(?<=\d )a month|(?<=€ )a month|(?<=k )a month|(?<=euros )a month|every month|each month|monthly|/ ?month"),
    ("per_year", r"par an|chaque annee|tous les ans|annuel(?:s|le|les|lement)?|a l'annee|/ ?an|per year|a year|every year|yearly|per annum"),
    ("one_off", rf"(?:c'est )?(?:sur|pour|en|in|for) (?:le mois d'|le mois de )?{_MONTH} (?:seulement|uniquement|only|alone)|(?:seulement|uniquement|juste|only|just) (?:sur|pour|en|in|for) (?:le mois d'|le mois de )?{_MONTH}|en une (?:seule )?fois|une seule fois|one[- ]off|that month (?:alone|only)|ce mois-la|one time"),
    ("since_incident", r"depuis(?: (?:la|le|l'|ma|leur|cette))?(?: (?:suspension|fermeture|blocage|coupure|debut|incident|retrait))?|since(?: (?:the|my|then))?(?: (?:suspension|closure))?|en tout depuis|so far"),
)  # fmt: skip
_PERIOD = re.compile(r"(?<![a-z])(?:" + "|".join(f"(?P<{name}>{words})" for name, words in _PERIODS) + r")(?![a-z])")
_REACH = 90
_LOSSES = frozenset({"loss_eur", "loss_pct_turnover"})
_SUMS = frozenset({"money", "percent"})


def read_periods(page: Page, found: Iterable[Mention]) -> Iterator[Mention]:
    """At most one: where a loss is said in the same sentence, or a bare sum that is said to be one-off."""
    for mention in found:
        asked = mention.field in _SUMS and page.asking in _LOSSES
        if mention.field not in _LOSSES | _SUMS:
            continue
        start, end = page.sentence(mention.start, mention.end, _REACH)
        said = [one for one in _PERIOD.finditer(page.folded, start, end)]
        said = [one for one in said if mention.field in _LOSSES or asked or one.lastgroup == "one_off"]
        if said:
            nearest = min(said, key=lambda one: (one.lastgroup == "since_incident", abs(one.start() - mention.end)))
            yield Mention(field="loss_period", value=nearest.lastgroup, start=nearest.start(), end=nearest.end())
            return
