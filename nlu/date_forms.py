"""The ways a date is said, each a pattern over folded text and what it means."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from nlu import date_meanings as mean
from nlu.calendar import DAY_WORDS, FEASTS, MONTHS, SEASONS, UNITS, WEEKDAYS, Aim, Partial
from nlu.date_meanings import NEAR_DAYS
from nlu.numbers import QUANTITY
from nlu.page import Page

_UNTIL = (
    r"(?P<until>avant(?![ -]hier)(?: le| la| les| l')?|d'ici(?: a)?(?: le| la)?|d ici(?: le| la)?|jusqu'(?:au|a la|a|"
    r"en)|"
    r"au plus tard(?: le)?|pour le|date limite ?:? ?(?:le|au|est le|du)?|deadline ?(?:is|:)?(?: on)?(?: the)?|"
    r"before(?: the)?|by(?: the)?|(?:un)?till?(?: the)?|no later than(?: the)?|due(?: on| by)?(?: the)?)"
)
_SINCE = (
    r"(?P<since>depuis(?: le debut du mois de| le mois de| le| la| l'| les)?|(?:des|a partir)(?: du| de| le)?|"
    r"since(?: the)?|from|starting|le mois de|au mois de|en|courant|in|on(?: the)?|the|ce|cette|le|du|au|vers(?: le|"
    r" la)?|"
    r"autour du|around(?: the)?)"
)
_LEAD = rf"(?:(?<![\w'])(?:{_UNTIL}|{_SINCE}) ?)?"
_MONTH = "(?P<month>" + "|".join(sorted(MONTHS, key=len, reverse=True)) + r")\.?(?![a-z])"
_PART = (
    r"(?:(?<![a-z])(?P<part>(?:tout |toute )?(?:debut|mi|fin|courant|milieu|(?:le |au )?(?:debut|"
    r"milieu)(?: du mois)? de|"
    r"(?:la )?fin(?: du mois)? de)|early|mid|late|(?:the )?(?:beginning|start|middle|end) of)[ -])?"
)
_OF_MONTH = r"(?:(?:du |le |au )?mois (?:de |d'))?"
_YEAR_DIGITS = r"(?P<year>(?:19[89]|20[0-4])\d)"
_OTHER_YEAR = r"(?:19[89]|20[0-4])\d(?!\d)"
_YEAR_WORD = (
    r"(?:et |and )?(?:un|deux|trois|quatre|cinq|six|sept|huit|neuf|dix|onze|douze|treize|quatorze|quinze|seize|vingt|"
    r"one|two|three|four|five|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen|eighteen|"
    r"nineteen|twenty)"
)
_YEAR = _YEAR_DIGITS + r"(?!\d|[.,]\d|%| %| €|€)"
_DAY = rf"(?P<day>1er|premier|{'|'.join(sorted(DAY_WORDS, key=len, reverse=True))}|\d{{1,2}}(?:st|nd|rd|th)?)"
_UNIT = (
    r"(?P<unit>heures?|hours?|hrs?|h|jours?|jrs?|j|days?|semaines?|sem|weeks?|wks?|mois|moi|months?|ans?|annees?|"
    r"years?|yrs?)"
    r"(?P<half> et demie?| and a half)?(?![a-z])"
)
_APPROX = (
    r"(?:(?P<approx>environ|a peu pres|pres de|presque|bientot|quasi|(?:un peu )?(?:plus|moins) de|au moins|about|"
    r"around|"
    r"nearly|almost|over|more than|roughly|at least|the last|the past) |(?P<more>(?:un peu )?(?:plus|moins) d'))?"
)
_LENGTH = rf"{_APPROX}(?P<quantity>{QUANTITY}) ?{_UNIT}"
_AGO = (
    r"(?P<ago>il y a(?: deja)?|il ya|ya|y a|ca fait(?: deja)?|sa fait(?: deja)?|cela fait(?: deja)?|voila|voici|"
    r"depuis|since|"
    r"for(?: the last| the past)?|after|apres|au bout de)"
)
_WITHIN = (
    r"(?P<within>sous(?: les)?|d'ici(?: a)?|dans(?: les| un delai de)?|within(?: the next)?|in(?: the next)?|"
    r"j'ai(?: plus que| encore)?|il (?:me|nous) reste|(?:i|we)(?:'ve| have)(?: got| only)?|given)"
)
_OF_DAY = r"(?: (?:soir|matin|midi|apres-midi|aprem|nuit|morning|evening|night|afternoon))?"
_NEAR = "|".join(sorted(NEAR_DAYS, key=len, reverse=True))
_WEEKDAY = "|".join(WEEKDAYS)
_FEAST = "|".join(sorted(FEASTS, key=len, reverse=True))


Builder = Callable[[re.Match[str], Page, Aim], "Partial | None"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """One way of saying a date. A builder returns None where no calendar has the date."""

    pattern: re.Pattern[str]
    build: Builder
    hint: frozenset[str] | None
    """Words one of which the page must have; None: figures of this shape."""
    shape: re.Pattern[str]


def _form(pattern: str, build: Builder, *hint: str, shape: str = r"\d") -> Form:
    spelled = pattern.replace("depuis", mean.SINCE)
    return Form(
        pattern=re.compile(rf"(?<!\w)(?:{spelled})"), build=build, hint=frozenset(hint) or None, shape=re.compile(shape)
    )


_UNIT_WORDS = tuple(f"{unit}{plural}" for unit in UNITS for plural in ("", "s"))
_FEAST_WORDS = ("an", *(word for name in FEASTS for word in re.findall("[a-z]{4,}", name)))
_NEAR_WORDS = tuple(word for name in NEAR_DAYS for word in re.findall("[a-z]{3,}", name))
_PERIOD_WORDS = ("semaine", "mois", "annee", "an", "week", "month", "year")
FORMS = (
    _form(rf"{_LEAD}(?<!\d){_YEAR_DIGITS}-(?P<m>\d{{1,2}})-(?P<d>\d{{1,2}})(?!\d)", mean.iso, shape=r"\d-\d"),
    _form(
        rf"{_LEAD}(?<![\d/.-])(?P<d>\d{{1,2}})[/.-](?P<m>\d{{1,2}})[/.-](?P<y>\d{{4}}|\d{{2}})(?![\d/])",
        mean.numeric,
        shape=r"\d[/.-]\d",
    ),
    _form(rf"{_LEAD}(?<![\d/.-])(?P<d>\d{{1,2}})/(?P<m>\d{{1,2}})(?![\d/])", mean.numeric_no_year, shape="/"),
    _form(
        rf"{_LEAD}(?:(?:{_WEEKDAY}),? (?:le |the )?)?(?<![\w.,]){_DAY} ?(?:of )?{_MONTH}(?:,? {_YEAR}|"
        rf" (?P<which>dernier|passe|prochain)(?![a-z]))?",
        mean.day_month,
        *MONTHS,
    ),
    _form(
        rf"{_LEAD}(?:(?:{_WEEKDAY}),? )?(?<![a-z]){_MONTH} (?:the )?(?P<day>\d{{1,2}}(?:st|nd|rd|th)?)"
        rf"(?!\d|[.,]\d| ?%| ?[€k])(?:,? {_YEAR})?",
        mean.month_day,
        *MONTHS,
    ),
    _form(
        rf"{_LEAD}{_PART}{_OF_MONTH}(?<![a-z]){_MONTH}(?: (?:dernier|passe|prochain)(?![a-z])|"
        rf"(?: (?:de l'annee )?{_YEAR})?)",
        mean.month_only,
        *MONTHS,
    ),
    _form(
        rf"{_LEAD}{_PART}(?<![\d.,/-]){_YEAR}(?!-)(?P<either> ?(?:ou|or|/) ?(?:en |in )?{_OTHER_YEAR})?",
        mean.year_only,
        shape=r"(?:19|20)\d\d",
    ),
    _form(
        r"(?<![\w'])(?P<since>depuis|en|des|since|in) (?P<words>(?:deux mille|two thousand(?: and)?|twenty)"
        rf"(?:[ -]{_YEAR_WORD})?(?:[ -]{_YEAR_WORD})?)(?![a-z])(?! (?:euros?|balles|pounds))",
        mean.year_in_words,
        "mille",
        "thousand",
        "twenty",
    ),
    _form(rf"{_LEAD}(?<![a-z])(?P<aimed>(?P<word>{_NEAR})){_OF_DAY}(?![a-z])", mean.near_day, *_NEAR_WORDS),
    _form(
        rf"{_LEAD}(?P<lead>last |next |this )?(?<![a-z])(?<!black )(?<!cyber )(?<!good )(?P<weekday>{_WEEKDAY})"
        rf"(?P<which> (?:dernier|passe|prochain|qui vient))?{_OF_DAY}(?![a-z])",
        mean.weekday,
        *WEEKDAYS,
    ),
    _form(rf"(?<!\w){_AGO} {_LENGTH}(?: deja| now)?", mean.length, *_UNIT_WORDS),
    _form(
        rf"(?P<ago>(?<![\w'])){_LENGTH}(?= (?:de presence|d'anciennete|de collaboration|de vente|on there|with them)"
        r"(?![a-z]))",
        mean.length,
        *_UNIT_WORDS,
    ),
    _form(rf"(?<![\w'])(?P<ago>been (?:on |with )?(?:there|them)(?: for)?) {_LENGTH}", mean.length, *_UNIT_WORDS),
    _form(rf"(?P<ago>(?<![\w'])){_LENGTH} (?:ago|plus tot|earlier|en arriere)(?![a-z])", mean.length, *_UNIT_WORDS),
    _form(rf"(?<![\w']){_WITHIN} {_LENGTH}(?! de preavis)", mean.length, *_UNIT_WORDS),
    _form(
        rf"(?P<within>(?<![\w'])){_LENGTH}(?= (?:pour|to|restants?|left)(?![a-z])(?! ?\d))",
        mean.length,
        *_UNIT_WORDS,
    ),
    _form(
        r"(?<![\w'])(?P<ago>il y a|y a|ca fait|depuis) (?:environ )?une (?:petite |bonne )?(?:quinzaine|"
        r"huitaine)(?![a-z])(?! d)",
        mean.fortnight,
        "quinzaine",
        "huitaine",
    ),
    _form(r"(?<![\w'])(?P<ago>)a fortnight ago", mean.fortnight, "fortnight"),
    _form(
        r"(?<![\w'])(?P<within>sous|dans|within) (?:une |a )(?:quinzaine|huitaine|fortnight)(?![a-z])(?! d)",
        mean.fortnight,
        "quinzaine",
        "huitaine",
        "fortnight",
    ),
    _form(rf"{_LEAD}(?:la |l'|the )?(?<![a-z])(?P<feast>{_FEAST})(?![a-z])", mean.on_feast, *_FEAST_WORDS),
    _form(
        rf"(?<![\w'])(?:le |la |the )?(?P<eve>lendemain|veille|day after|day before) (?:de |du |d'|of )?(?:la |le |l')?"
        rf"(?P<feast>{_FEAST})(?![a-z])",
        mean.beside_feast,
        "lendemain",
        "veille",
        "day",
    ),
    _form(
        rf"(?<![\w'])(?P<aimed>{_LENGTH} (?:avant|before)) (?:la |the |l')?(?P<feast>{_FEAST})(?![a-z])",
        mean.before_feast,
        *_FEAST_WORDS,
    ),
    _form(
        r"(?:(?<![\w'])(?P<since>depuis|since|des) )?(?:la |le |l')?(?P<lead>(?<![a-z])(?:ce|cette|last|next|this) )?"
        rf"(?P<aimed>(?<![a-z])(?P<period>{'|'.join(_PERIOD_WORDS)})(?![a-z]))"
        r"(?P<which> (?:derniere?|passee?|prochaine?)(?![a-z]))?(?:[- ]ci(?![a-z]))?",
        mean.period,
        *_PERIOD_WORDS,
    ),
    _form(
        r"(?<![\w'])(?:(?P<since>depuis|since|pendant|durant|en|a|in|during) )?(?:cet |l'|cette |le |au |this |"
        r"last |the )"
        rf"(?P<season>{'|'.join(SEASONS)})(?: (?P<last>dernier|passe)| (?:de )?{_YEAR})?(?![a-z])",
        mean.season,
        *SEASONS,
    ),
    _form(
        r"(?<![\w'])(?:(?:depuis|since) )?(?:le )?(?:(?:debut|milieu|mi) (?:de l'|l'|d')annee(?P<last> (?:derniere|"
        r"passee))?|"
        r"fin (?:de )?l'annee (?P<last2>derniere|passee)|(?:early|late) (?P<last3>last) year|(?:early|"
        r"beginning of) this year)(?![a-z])",
        mean.part_of_year,
        "annee",
        "year",
    ),
    _form(
        rf"(?:(?<![\w']){_UNTIL} ?)?(?:la |the )?(?P<aimed>(?<![a-z])(?:fin (?:du|de|de la|de l')|"
        rf"end of (?:the )?)) ?"
        r"(?P<what>mois|semaine|annee|month|week|year)(?![a-z])",
        mean.end_of,
        "fin",
        "end",
    ),
    _form(
        rf"{_LEAD}(?<![\d.,/-])(?P<day>1er|\d{{1,2}}(?:st|nd|rd|th)?)(?!\w)(?: du mois| de ce mois| courant|"
        rf" of this month)?",
        mean.day_alone,
        shape=r"(?<!\d)\d{1,2}(?!\d)",
    ),
)
