"""The names of months, weekdays and feasts, and the partial dates made of them."""

from __future__ import annotations

import calendar
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

Precision = Literal["day", "month", "year"]
Aim = Literal["past", "future"]

MONTHS = {
    "janvier": 1, "janvie": 1, "janv": 1, "jan": 1, "january": 1,
    "fevrier": 2, "fevrie": 2, "fevr": 2, "fev": 2, "feb": 2, "february": 2, "febuary": 2,
    "mars": 3, "mar": 3, "march": 3,
    "avril": 4, "avr": 4, "apr": 4, "april": 4,
    "mai": 5, "may": 5,
    "juin": 6, "jun": 6, "june": 6,
    "juillet": 7, "juilet": 7, "juiller": 7, "juill": 7, "juil": 7, "jul": 7, "july": 7,
    "aout": 8, "aoutt": 8, "aug": 8, "august": 8,
    "septembre": 9, "setembre": 9, "septembr": 9, "septenbre": 9, "sept": 9, "sep": 9, "september": 9,
    "octobre": 10, "octobr": 10, "octbre": 10, "octombre": 10, "oct": 10, "october": 10, "ocotber": 10,
    "novembre": 11, "novenbre": 11, "novembr": 11, "nov": 11, "november": 11,
    "decembre": 12, "decenbre": 12, "desembre": 12, "decembr": 12, "dec": 12, "december": 12,
}  # fmt: skip
UNSURE_MONTHS = frozenset(
    "jan feb mar mai may march avr apr jun jul juil aug august sept sep oct nov dec fev".split()  # noqa: SIM905  # Words read best as a line of words.
)
"""Too short, or words of their own: read as months only beside a day, a year or a word of time."""
_UNITS_SAID = (
    "un deux trois quatre cinq six sept huit neuf dix onze douze treize quatorze quinze seize dix-sept dix-huit"
)
_DAYS_SAID = (*_UNITS_SAID.split(), "dix-neuf", "vingt", "vingt-et-un", "vingt-deux", "vingt-trois", "vingt-quatre")
_DAYS_SAID += ("vingt-cinq", "vingt-six", "vingt-sept", "vingt-huit", "vingt-neuf", "trente", "trente-et-un")
DAY_WORDS = {word: day for day, said in enumerate(_DAYS_SAID, 1) for word in {said, said.replace("-", " ")}}
"""The days of a month as they are dictated."""
WEEKDAYS = {
    "lundi": 0, "mardi": 1, "mercredi": 2, "jeudi": 3, "vendredi": 4, "samedi": 5, "dimanche": 6,
    "monday": 0, "tuesday": 1, "wednesday": 2, "thursday": 3, "friday": 4, "saturday": 5, "sunday": 6,
}  # fmt: skip
SEASONS = {
    "printemps": 4, "ete": 7, "automne": 10, "hiver": 1, "spring": 4, "summer": 7, "autumn": 10, "winter": 1,
}  # fmt: skip
UNITS = {
    "h": "hour", "heure": "hour", "hour": "hour", "hr": "hour", "jour": "day", "j": "day", "jr": "day", "day": "day",
    "semaine": "week", "sem": "week", "week": "week", "wk": "week", "moi": "month", "month": "month",
    "an": "year", "annee": "year", "year": "year", "yr": "year",
}  # fmt: skip
LONGEST = {"hour": 2000, "day": 5000, "week": 700, "month": 600, "year": 60}
"""Beyond so many of a unit nobody counts back to an incident: it is a slip or a joke."""
_FEASTS = {
    "noel": (12, 25), "christmas": (12, 25), "xmas": (12, 25), "toussaint": (11, 1), "halloween": (10, 31),
    "jour de l'an": (1, 1), "nouvel an": (1, 1), "new year": (1, 1), "new year's": (1, 1), "saint-valentin": (2, 14),
    "saint valentin": (2, 14), "st valentin": (2, 14), "valentine's day": (2, 14), "armistice": (11, 11),
    "assomption": (8, 15), "boxing day": (12, 26),
}  # fmt: skip
_EASTER_DAYS = {"paques": 0, "easter": 0, "ascension": 39, "pentecote": 49}
FEASTS = (*_FEASTS, *_EASTER_DAYS, "black friday", "rentree", "back to school")
_CENTURY = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Partial:
    """A date known to a day, a month or a year; `day` is its first day."""

    day: date
    precision: Precision
    approx: bool = False

    def json(self) -> dict[str, object]:
        lengths = {"day": 10, "month": 7, "year": 4}
        return {
            "value": self.day.isoformat()[: lengths[self.precision]],
            "precision": self.precision,
            "approx": self.approx,
        }


def full_year(text: str) -> int:
    """The year of two or four digits."""
    year = int(text)
    return year + 2000 if year < _CENTURY else year


def nearest_day(day: int, month: int | None, today: date, aim: Aim) -> date | None:
    """The last such day until today, or the first from today; None where no calendar has it."""
    step = -1 if aim == "past" else 1
    start = today.year * 12 + today.month - 1
    for months in range(0, 12 * 9 * step, step):
        year, number = divmod(start + months, 12)
        if month is not None and number + 1 != month:
            continue
        if not 1 <= year <= 9999 or day > calendar.monthrange(year, number + 1)[1]:  # noqa: PLR2004  # The calendar ends.
            continue
        found = date(year, number + 1, day)
        if (found - today).days * step >= 0:
            return found
    return None


def nearest_month(month: int, today: date, aim: Aim) -> date:
    year = today.year
    if aim == "past" and month > today.month:
        year -= 1
    if aim == "future" and month < today.month:
        year += 1
    return date(year, month, 1)


def nearest_weekday(weekday: int, today: date, aim: Aim, *, strict: bool = False) -> date:
    """The last such weekday before today, or the first after; today itself is one unless `strict`."""
    if aim == "past":
        back = (today.weekday() - weekday) % 7
        return today - timedelta(days=7 if strict and not back else back)
    ahead = (weekday - today.weekday()) % 7
    return today + timedelta(days=7 if strict and not ahead else ahead)


def feast(name: str, today: date, aim: Aim) -> Partial:
    """The nearest such feast."""
    if name in {"rentree", "back to school"}:
        return Partial(day=nearest_month(9, today, aim), precision="month", approx=True)
    years = (today.year, today.year - 1) if aim == "past" else (today.year, today.year + 1)
    days = [_feast_day(name, year) for year in years]
    fitting = [day for day in days if (day <= today if aim == "past" else day >= today)]
    return Partial(day=fitting[0] if fitting else days[1], precision="day")


def months_from(day: date, months: int) -> date:
    """That many months later, or earlier; the last day of the month where the day does not exist."""
    year, number = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, number + 1, min(day.day, calendar.monthrange(year, number + 1)[1]))


def unit_of(words: str) -> str:
    """hour, day, week, month or year."""
    return UNITS[words.rstrip("s")]


def moved(day: date, amount: float, unit: str) -> date:
    """The day so much later; a part of a day counts as a whole one."""
    match unit:
        case "hour":
            return day + timedelta(days=(1 if amount > 0 else -1) * max(1, -(-abs(amount) // 24)))
        case "day" | "week":
            return day + timedelta(days=round(amount * (7 if unit == "week" else 1)))
        case _:
            return months_from(day, round(amount * (12 if unit == "year" else 1)))


def last_day(day: date) -> date:
    return day.replace(day=calendar.monthrange(day.year, day.month)[1])


def _feast_day(name: str, year: int) -> date:
    if name == "black friday":
        first = date(year, 11, 1)
        return first + timedelta(days=(3 - first.weekday()) % 7 + 22)
    if name in _EASTER_DAYS:
        return _easter(year) + timedelta(days=_EASTER_DAYS[name])
    return date(year, *_FEASTS[name])


def _easter(year: int) -> date:
    """Easter Sunday by the anonymous Gregorian rule (Meeus, Jones, Butcher)."""
    a, b, c = year % 19, year // 100, year % 100
    h = (19 * a + b - b // 4 - (b - (b + 8) // 25 + 1) // 3 + 15) % 30
    week = (32 + 2 * (b % 4) + 2 * (c // 4) - h - c % 4) % 7
    m = (a + 11 * h + 22 * week) // 451
    month, day = divmod(h + week - 7 * m + 114, 31)
    return date(year, month, day + 1)
