"""The ways a date is said, each a pattern over folded text and what it means."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

from nlu.calendar import (
    FEASTS,
    LONGEST,
    MONTHS,
    SEASONS,
    UNITS,
    UNSURE_MONTHS,
    WEEKDAYS,
    Aim,
    Partial,
    feast,
    full_year,
    last_day,
    months_from,
    moved,
    nearest_day,
    nearest_month,
    nearest_weekday,
    unit_of,
)
from nlu.numbers import QUANTITY, read_quantity
from nlu.page import Page

NO_DATE = Partial(day=date.min, precision="day")
"""What a builder returns where the words are no date after all."""

_UNTIL = (
    r"(?P<until>avant(?: le| la| les| l')?|d'ici(?: a)?(?: le| la)?|d ici(?: le| la)?|jusqu'(?:au|a la|a|en)|"
    r"au plus tard(?: le)?|pour le|date limite ?:? ?(?:le|au|est le|du)?|deadline ?(?:is|:)?(?: on)?(?: the)?|"
    r"before(?: the)?|by(?: the)?|until(?: the)?|no later than(?: the)?|due(?: on| by)?(?: the)?)"
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
_YEAR = _YEAR_DIGITS + r"(?!\d|[.,]\d|%| %| €|€)"
_DAY = r"(?P<day>1er|premier|\d{1,2}(?:st|nd|rd|th)?)"
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
_NEAR_DAYS = {
    "avant-hier": -2, "avant hier": -2, "the day before yesterday": -2, "hier": -1, "yesterday": -1, "last night": -1,
    "la nuit derniere": -1, "cette nuit": 0, "apres-demain": 2, "apres demain": 2, "demain": 1,
    "the day after tomorrow": 2, "tomorrow": 1, "aujourd'hui": 0, "aujourdhui": 0, "ajd": 0, "ce matin": 0,
    "ce midi": 0, "ce soir": 0, "today": 0, "this morning": 0, "tonight": 0, "this afternoon": 0,
    "cet apres-midi": 0, "cet aprem": 0,
}  # fmt: skip
_OF_DAY = r"(?: (?:soir|matin|midi|apres-midi|aprem|nuit|morning|evening|night|afternoon))?"
_NEAR = "|".join(sorted(_NEAR_DAYS, key=len, reverse=True))
_WEEKDAY = "|".join(WEEKDAYS)
_FEAST = "|".join(sorted(FEASTS, key=len, reverse=True))
_MONTHS_IN_YEAR = 12

_NOT_A_DAY = re.compile(r" ?(?:%|€|/|:|h(?![a-z])|k(?![a-z])|,\d|pour cent|euros|\d)")
_THING_FOLLOWS = re.compile(
    r" ?(?!(?:et|mais|donc|j|je|il|ils|on|au|sans|a|pour|par|mon|ma|mes|dernier|and|but|they|i|my|we|he|at|without|"
    r"vers|dans|ce|le|la|c|puis|puisque|d|depuis|que|qui|ou|or|of|until|suite|matin|soir|amazon|cdiscount|"
    r"cette)(?![a-z]))[a-z]"
)

_AT = re.compile(r"(?<![a-z])(?:a|apres|pendant|durant|over|after|at|during) $")

Builder = Callable[[re.Match[str], Page, Aim], "Partial | None"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """One way of saying a date. A builder returns None where no calendar has the date."""

    pattern: re.Pattern[str]
    build: Builder
    hint: frozenset[str] | None
    """Words one of which the page must have; None: a digit."""


def _iso(found: re.Match[str], _page: Page, _aim: Aim) -> Partial:
    return Partial(day=date(int(found["year"]), int(found["m"]), int(found["d"])), precision="day")


def _numeric(found: re.Match[str], page: Page, _aim: Aim) -> Partial:
    day, month = int(found["d"]), int(found["m"])
    if month > _MONTHS_IN_YEAR >= day and page.language == "en":
        day, month = month, day
    return Partial(day=date(full_year(found["y"]), month, day), precision="day")


def _numeric_no_year(found: re.Match[str], page: Page, aim: Aim) -> Partial | None:
    """A day such as "le 8/10"; without a word before it, it might as well be a fraction."""
    if not (found["until"] or found["since"] or page.kind == "partial_date"):
        return NO_DATE
    day, month = int(found["d"]), int(found["m"])
    near = nearest_day(day, month, page.today, aim) if 1 <= month <= _MONTHS_IN_YEAR else None
    return Partial(day=near, precision="day") if near else None


def _day_month(found: re.Match[str], page: Page, aim: Aim) -> Partial | None:
    day, month = _day_number(found["day"]), MONTHS[found["month"]]
    about = found[0].startswith(("vers", "autour", "around"))
    if found["year"]:
        return Partial(day=date(int(found["year"]), month, day), precision="day", approx=about)
    near = nearest_day(day, month, page.today, aim)
    return Partial(day=near, precision="day", approx=about) if near else None


def _month_only(found: re.Match[str], page: Page, aim: Aim) -> Partial:
    name, part, year = found["month"], found["part"], found["year"]
    led = part or year or found["until"] or found["since"] not in {None, "the", "le", "ce", "cette", "au", "du", "on"}
    asked = page.kind == "partial_date" and len(page.folded) == len(found[0])
    if name in UNSURE_MONTHS and not (led or asked):
        return NO_DATE
    first = date(int(year), MONTHS[name], 1) if year else nearest_month(MONTHS[name], page.today, aim)
    if found["until"] and aim == "future":
        return Partial(day=_limit(first, part or ""), precision="day", approx=True)
    about = bool(part or found["until"]) or found[0].startswith(("vers", "around", "courant"))
    return Partial(day=first, precision="month", approx=about)


def _limit(first: date, part: str) -> date:
    """The day by which something "before that month" has to be done."""
    if any(word in part for word in ("fin", "late", "end")):
        return last_day(first)
    return first.replace(day=15) if "mi" in part else first


def _year_only(found: re.Match[str], page: Page, _aim: Aim) -> Partial:
    led = found["part"] or found["until"] or found["since"] in {"depuis", "en", "since", "in", "courant", "des"}
    asked = len(page.folded) == len(found[0]) and page.kind == "partial_date"
    if not (led or asked):
        return NO_DATE
    about = bool(found["part"]) or found["since"] == "courant"
    return Partial(day=date(int(found["year"]), 1, 1), precision="year", approx=about)


def _near_day(found: re.Match[str], page: Page, _aim: Aim) -> Partial:
    return Partial(day=page.today + timedelta(days=_NEAR_DAYS[found["word"]]), precision="day")


def _weekday(found: re.Match[str], page: Page, aim: Aim) -> Partial:
    which = (found["which"] or found["lead"] or "").strip()
    if which in {"prochain", "next", "qui vient"}:
        aim = "future"
    elif which in {"dernier", "last", "passe"}:
        aim = "past"
    day = nearest_weekday(WEEKDAYS[found["weekday"]], page.today, aim, strict=bool(which) or aim == "future")
    return Partial(day=day, precision="day")


def _length(found: re.Match[str], page: Page, aim: Aim) -> Partial:
    amount, about = _amount(found)
    about = about or bool(found["approx"] or found["more"])
    unit = unit_of(found["unit"])
    if amount > LONGEST[unit]:
        return NO_DATE
    if aim == "future":
        return Partial(day=moved(page.today, amount, unit), precision="day", approx=about)
    day = moved(page.today, -amount, unit)
    if unit == "year":
        return Partial(day=day.replace(month=1, day=1), precision="year", approx=True)
    if unit == "month":
        return Partial(day=day.replace(day=1), precision="month", approx=True)
    return Partial(day=day, precision="day", approx=about or unit == "week")


def _amount(found: re.Match[str]) -> tuple[float, bool]:
    amount, about = read_quantity(found["quantity"])
    return (amount + 0.5 if found["half"] else amount), about


def _fortnight(found: re.Match[str], page: Page, aim: Aim) -> Partial:
    """A fortnight: "une quinzaine", without its days."""
    days = 8 if "huitaine" in found[0] else 14 if "fortnight" in found[0] else 15
    return Partial(day=page.today + timedelta(days=days if aim == "future" else -days), precision="day", approx=True)


def _feast(found: re.Match[str], page: Page, aim: Aim) -> Partial:
    led = found.start() < found.start("feast") or _AT.search(page.before(found.start(), 12))
    if not (led or page.kind == "partial_date"):
        return NO_DATE
    return feast(found["feast"], page.today, aim)


def _before_feast(found: re.Match[str], page: Page, _aim: Aim) -> Partial:
    """A time before a feast: "deux semaines avant Noël"."""
    amount, _ = _amount(found)
    unit = unit_of(found["unit"])
    if amount > LONGEST[unit]:
        return NO_DATE
    day = moved(feast(found["feast"], page.today, "past").day, -amount, unit)
    ahead = moved(feast(found["feast"], page.today, "future").day, -amount, unit)
    return Partial(day=ahead if ahead <= page.today else day, precision="day", approx=True)


def _period(found: re.Match[str], page: Page, _aim: Aim) -> Partial:
    which = (found["which"] or found["lead"] or "").strip()
    if not which:
        return NO_DATE
    unit = unit_of(found["period"])
    step = 1 if which in {"prochain", "prochaine", "next"} else 0 if which in {"ce", "cette", "this"} else -1
    if unit == "week":
        return Partial(day=page.today + timedelta(weeks=step), precision="day", approx=True)
    day = months_from(page.today, step * (12 if unit == "year" else 1))
    if unit == "year":
        return Partial(day=day.replace(month=1, day=1), precision="year")
    return Partial(day=day.replace(day=1), precision="month")


def _season(found: re.Match[str], page: Page, aim: Aim) -> Partial:
    """A season by the month in its middle; "été" alone is rather a verb."""
    month = SEASONS[found["season"]]
    return Partial(day=nearest_month(month, page.today, aim), precision="month", approx=True)


def _part_of_year(found: re.Match[str], page: Page, _aim: Aim) -> Partial:
    """A part of this year or the last one: "début de l'année", "fin de l'année dernière"."""
    year = page.today.year - (1 if any(found[group] for group in ("last", "last2", "last3")) else 0)
    return Partial(day=date(year, 1, 1), precision="year", approx=True)


def _end_of(found: re.Match[str], page: Page, _aim: Aim) -> Partial:
    match unit_of(found["what"]):
        case "week":
            day = nearest_weekday(4, page.today, "future")
        case "year":
            day = page.today.replace(month=12, day=31)
        case _:
            day = last_day(page.today)
    return Partial(day=day, precision="day", approx=True)


def _day_alone(found: re.Match[str], page: Page, aim: Aim) -> Partial | None:
    """The day of a month: "le 8", unless a thing is counted or the number goes on."""
    firm = found["until"] or (found["since"] or "").startswith(("depuis", "since"))
    asked = page.kind == "partial_date" and len(page.folded) == len(found[0])
    follows = page.after(found.end(), 14)
    if not (firm or asked or found["since"]) or _NOT_A_DAY.match(follows):
        return NO_DATE
    if not firm and _THING_FOLLOWS.match(follows):
        return NO_DATE
    near = nearest_day(_day_number(found["day"]), None, page.today, aim)
    return Partial(day=near, precision="day") if near else None


def _day_number(text: str) -> int:
    return 1 if text in {"1er", "premier"} else int(re.sub(r"\D", "", text))


def _form(pattern: str, build: Builder, *hint: str) -> Form:
    return Form(pattern=re.compile(pattern), build=build, hint=frozenset(hint) if hint else None)


_UNIT_WORDS = tuple(f"{unit}{plural}" for unit in UNITS for plural in ("", "s"))
_FEAST_WORDS = ("an", *(word for name in FEASTS for word in re.findall("[a-z]{4,}", name)))
_NEAR_WORDS = tuple(word for name in _NEAR_DAYS for word in re.findall("[a-z]{3,}", name))
_PERIOD_WORDS = ("semaine", "mois", "annee", "an", "week", "month", "year")
FORMS = (
    _form(rf"{_LEAD}(?<!\d){_YEAR_DIGITS}-(?P<m>\d{{1,2}})-(?P<d>\d{{1,2}})(?!\d)", _iso),
    _form(
        rf"{_LEAD}(?<![\d/.-])(?P<d>\d{{1,2}})[/.-](?P<m>\d{{1,2}})[/.-](?P<y>\d{{4}}|\d{{2}})(?![\d/])",
        _numeric,
    ),
    _form(rf"{_LEAD}(?<![\d/.-])(?P<d>\d{{1,2}})/(?P<m>\d{{1,2}})(?![\d/])", _numeric_no_year),
    _form(
        rf"{_LEAD}(?:(?:{_WEEKDAY}),? (?:le |the )?)?(?<![\d.,]){_DAY} ?(?:of )?{_MONTH}(?:,? {_YEAR})?",
        _day_month,
        *MONTHS,
    ),
    _form(
        rf"{_LEAD}(?:(?:{_WEEKDAY}),? )?(?<![a-z]){_MONTH} (?:the )?(?P<day>\d{{1,2}}(?:st|nd|rd|th)?)"
        rf"(?!\d|[.,]\d| ?%| ?[€k])(?:,? {_YEAR})?",
        _day_month,
        *MONTHS,
    ),
    _form(
        rf"{_LEAD}{_PART}{_OF_MONTH}(?<![a-z]){_MONTH}(?: (?:dernier|passe|prochain)(?![a-z])|"
        rf"(?: (?:de l'annee )?{_YEAR})?)",
        _month_only,
        *MONTHS,
    ),
    _form(rf"{_LEAD}{_PART}(?<![\d.,/-]){_YEAR}(?!-)", _year_only),
    _form(rf"{_LEAD}(?<![a-z])(?P<aimed>(?P<word>{_NEAR})){_OF_DAY}(?![a-z])", _near_day, *_NEAR_WORDS),
    _form(
        rf"{_LEAD}(?P<lead>last |next |this )?(?<![a-z])(?P<weekday>{_WEEKDAY})"
        rf"(?P<which> (?:dernier|passe|prochain|qui vient))?{_OF_DAY}(?![a-z])",
        _weekday,
        *WEEKDAYS,
    ),
    _form(rf"(?<!\w){_AGO} {_LENGTH}(?: deja| now)?", _length, *_UNIT_WORDS),
    _form(rf"(?P<ago>(?<![\w'])){_LENGTH} (?:ago|plus tot|earlier|en arriere)(?![a-z])", _length, *_UNIT_WORDS),
    _form(rf"(?<![\w']){_WITHIN} {_LENGTH}(?! de preavis)", _length, *_UNIT_WORDS),
    _form(rf"(?P<within>(?<![\w'])){_LENGTH}(?= (?:pour|to|restants?|left)(?![a-z]))", _length, *_UNIT_WORDS),
    _form(
        r"(?<![\w'])(?P<ago>il y a|y a|ca fait|depuis) (?:environ )?une (?:petite |bonne )?(?:quinzaine|"
        r"huitaine)(?![a-z])(?! d)",
        _fortnight,
        "quinzaine",
        "huitaine",
    ),
    _form(r"(?<![\w'])(?P<ago>)a fortnight ago", _fortnight, "fortnight"),
    _form(
        r"(?<![\w'])(?P<within>sous|dans|within) (?:une |a )(?:quinzaine|huitaine|fortnight)(?![a-z])(?! d)",
        _fortnight,
        "quinzaine",
        "huitaine",
        "fortnight",
    ),
    _form(rf"{_LEAD}(?:la |l'|the )?(?<![a-z])(?P<feast>{_FEAST})(?![a-z])", _feast, *_FEAST_WORDS),
    _form(
        rf"(?<![\w'])(?P<aimed>{_LENGTH} (?:avant|before)) (?:la |the |l')?(?P<feast>{_FEAST})(?![a-z])",
        _before_feast,
        *_FEAST_WORDS,
    ),
    _form(
        r"(?:(?<![\w'])(?:depuis|since|des) )?(?:la |le |l')?(?P<lead>(?<![a-z])(?:ce|cette|last|next|this) )?"
        rf"(?P<aimed>(?<![a-z])(?P<period>{'|'.join(_PERIOD_WORDS)})(?![a-z]))"
        r"(?P<which> (?:derniere?|passee?|prochaine?)(?![a-z]))?(?:[- ]ci(?![a-z]))?",
        _period,
        *_PERIOD_WORDS,
    ),
    _form(
        r"(?<![\w'])(?:(?:depuis|since|pendant|durant|en|a|in|during) )?(?:cet |l'|cette |le |au |this |last |the )"
        rf"(?P<season>{'|'.join(SEASONS)})(?: (?:dernier|passe))?(?![a-z])",
        _season,
        *SEASONS,
    ),
    _form(
        r"(?<![\w'])(?:(?:depuis|since) )?(?:le )?(?:(?:debut|milieu|mi) (?:de )?l'annee(?P<last> (?:derniere|"
        r"passee))?|"
        r"fin (?:de )?l'annee (?P<last2>derniere|passee)|(?:early|late) (?P<last3>last) year|(?:early|"
        r"beginning of) this year)(?![a-z])",
        _part_of_year,
        "annee",
        "year",
    ),
    _form(
        rf"(?:(?<![\w']){_UNTIL} ?)?(?:la |the )?(?P<aimed>(?<![a-z])(?:fin (?:du|de|de la|de l')|end of (?:the )?)) ?"
        r"(?P<what>mois|semaine|annee|month|week|year)(?![a-z])",
        _end_of,
        "fin",
        "end",
    ),
    _form(rf"{_LEAD}(?<![\d.,/-])(?P<day>1er|\d{{1,2}}(?:st|nd|rd|th)?)(?!\w)", _day_alone),
)
