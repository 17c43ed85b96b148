"""What the words of a date mean, by the day of the message: a partial date, or none after all."""

from __future__ import annotations

import re
from datetime import date, timedelta

from nlu.calendar import (
    DAY_WORDS,
    LONGEST,
    MONTHS,
    SEASONS,
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
from nlu.numbers import read_number, read_quantity
from nlu.page import Page

NO_DATE = Partial(day=date.min, precision="day")
"""What a builder returns where the words are no date after all."""

NEAR_DAYS = {
    "avant-hier": -2, "avant hier": -2, "the day before yesterday": -2, "hier": -1, "yesterday": -1, "last night": -1,
    "la nuit derniere": -1, "cette nuit": 0, "apres-demain": 2, "apres demain": 2, "demain": 1,
    "the day after tomorrow": 2, "tomorrow": 1, "aujourd'hui": 0, "aujourdhui": 0, "ajd": 0, "ce matin": 0,
    "ce midi": 0, "ce soir": 0, "today": 0, "this morning": 0, "tonight": 0, "this afternoon": 0,
    "cet apres-midi": 0, "cet aprem": 0,
}  # fmt: skip
SINCE = r"(?:de ?puis|depui[st]?|dpuis|dps)"
_SINCE = re.compile(rf"{SINCE}|since")
_MONTHS_IN_YEAR = 12
_DAYS_IN_MONTH = 31
_TWO_DIGITS = 2
_HALF_MONTH = 15
_VERB = re.compile(r" (?:be|have|not|well|also|get|lose|need|take|go|vary|apply|never|still)(?![a-z])")
_NOT_A_DAY = re.compile(r" ?(?:%|€|/|:|h(?![a-z])|k(?![a-z])|[.,]\d|pour cent|euros|\d)")
_THING_FOLLOWS = re.compile(
    r" ?(?!(?:et|mais|donc|j|je|il|ils|on|au|sans|a|pour|par|mon|ma|mes|dernier|and|but|they|i|my|we|he|at|without|"
    r"vers|dans|ce|le|la|c|puis|pas|not|i|je|non|no|maybe|peut|environ|with|avec|puisque|d|depuis|que|qui|ou|or|of|until|suite|matin|soir|amazon|cdiscount|"
    r"cette)(?![a-z]))[a-z]"
)
_COUNTED = re.compile(r" (?:de|of|worth) (?!delai|plus|moins)| d'(?!attente)")
"""What a length of time is a length of: "j'ai 2 mois de stock" sets no limit."""
_IN_ROW = re.compile(
    rf"(?:,| et| and| au| a| puis|,? (?:et|and|puis)) (?:le |the |du )?\d{{1,2}}(?:er|st|nd|rd|th)?"
    rf"(?:(?:,| et| and) (?:le |the )?\d{{1,2}}(?:er|st|nd|rd|th)?)? (?:of )?(?P<month>{'|'.join(MONTHS)})(?![a-z])"
)
_ANY_WEEK = re.compile(r"(?<![a-z])(?:un|une|on an?|every|each|chaque|tous les|some) ?$")
"""Before a weekday that could be of any week: "un mercredi ordinaire"."""
_WITH_ARTICLE = re.compile(r"(?<![a-z])(?:le|la|les|du|au|ce|cette|the) ?$")
_STREET = re.compile(r"(?<![a-z])(?:rue|avenue|av|place|bd|boulevard|square|street|road) ?$")
_OLD_YEAR = re.compile(r" (?:1[0-8]\d\d|19[0-7]\d)(?!\d)")
"""No case is of that time: a street has the date's name."""
_NOT_OF = re.compile(r"(?<![a-z])pas d'$")
_DENIED = re.compile(r"(?<![a-z])(?:pas|not) (?:en |in )?$")
_CLOCK = re.compile(r"(?<!on)(?<!il)(?<!elle)(?<!qui) (?:a|at) $")
_HOURS_IN_DAY = 24
_AT = re.compile(r"(?<![a-z])(?:a|apres|pendant|durant|over|after|at|during) $")


def iso(found: re.Match[str], _page: Page, _aim: Aim) -> Partial:
    return Partial(day=date(int(found["year"]), int(found["m"]), int(found["d"])), precision="day")


def numeric(found: re.Match[str], page: Page, _aim: Aim) -> Partial:
    day, month = int(found["d"]), int(found["m"])
    if month > _MONTHS_IN_YEAR >= day and page.language == "en":
        day, month = month, day
    meant = found["until"] or found["since"] or page.kind == "partial_date" or len(found["y"]) > _TWO_DIGITS
    if not meant and not (1 <= month <= _MONTHS_IN_YEAR and 1 <= day <= _DAYS_IN_MONTH):
        return NO_DATE
    return Partial(day=date(full_year(found["y"]), month, day), precision="day")


def numeric_no_year(found: re.Match[str], page: Page, aim: Aim) -> Partial | None:
    """A day such as "le 8/10"; without a word before it, it might as well be a fraction."""
    if not (found["until"] or found["since"] or page.kind == "partial_date"):
        return NO_DATE
    day, month = int(found["d"]), int(found["m"])
    near = nearest_day(day, month, page.today, aim) if 1 <= month <= _MONTHS_IN_YEAR else None
    return Partial(day=near, precision="day") if near else None


def day_month(found: re.Match[str], page: Page, aim: Aim) -> Partial | None:
    day, month = _day_number(found["day"]), MONTHS[found["month"]]
    if found["month"] == "may" and not (found["since"] or found["until"]) and _VERB.match(page.after(found.end(), 10)):
        return NO_DATE
    if found["month"] in UNSURE_MONTHS and day > _DAYS_IN_MONTH:
        return NO_DATE
    if _STREET.search(page.before(found.start(), 14)) or _OLD_YEAR.match(page.after(found.end(), 6)):
        return NO_DATE
    about = found[0].startswith(("vers", "autour", "around"))
    if found["year"]:
        return Partial(day=date(int(found["year"]), month, day), precision="day", approx=about)
    near = nearest_day(day, month, page.today, aim)
    return Partial(day=near, precision="day", approx=about) if near else None


def month_day(found: re.Match[str], page: Page, aim: Aim) -> Partial | None:
    """The English order: "October 8th", but not "in March 20 orders"."""
    ordinal = found["day"][-1].isalpha()
    counted = (found["since"] or "").startswith("in") or _THING_FOLLOWS.match(page.after(found.end(), 14))
    if counted and not ordinal:
        return NO_DATE
    return day_month(found, page, aim)


def month_only(found: re.Match[str], page: Page, aim: Aim) -> Partial:
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


def is_since(words: str | None) -> bool:
    """Whether the words before a date say "since", however they are spelled."""
    return _SINCE.match(words or "") is not None


def year_only(found: re.Match[str], page: Page, _aim: Aim) -> Partial:
    led = found["part"] or found["until"] or is_since(found["since"])
    led = led or found["since"] in {"en", "in", "courant", "des"}
    asked = page.kind == "partial_date" and not _THING_FOLLOWS.match(page.after(found.end(), 14))
    if not (led or asked) or _DENIED.search(page.before(found.start(), 8)):
        return NO_DATE
    about = bool(found["part"] or found["either"]) or found["since"] == "courant"
    return Partial(day=date(int(found["year"]), 1, 1), precision="year", approx=about)


def year_in_words(found: re.Match[str], _page: Page, _aim: Aim) -> Partial:
    """The year of a dictation: "deux mille dix-huit", "twenty nineteen"."""
    said = found["words"].removeprefix("twenty ")
    year = int(read_number(said))
    if year < 100 and said != found["words"]:  # noqa: PLR2004  # "twenty nineteen"
        year += 2000
    return Partial(day=date(year, 1, 1), precision="year") if 2000 <= year <= 2040 else NO_DATE  # noqa: PLR2004


def near_day(found: re.Match[str], page: Page, _aim: Aim) -> Partial:
    if _NOT_OF.search(page.before(found.start(), 8)):
        return NO_DATE
    return Partial(day=page.today + timedelta(days=NEAR_DAYS[found["word"]]), precision="day")


def weekday(found: re.Match[str], page: Page, aim: Aim) -> Partial:
    which = (found["which"] or found["lead"] or "").strip()
    any_week = found["since"] in {"le", "the"} or _ANY_WEEK.search(page.before(found.start(), 12))
    if page.kind != "partial_date" and not which and any_week:
        return NO_DATE
    if which in {"prochain", "next", "qui vient"}:
        aim = "future"
    elif which in {"dernier", "last", "passe"}:
        aim = "past"
    day = nearest_weekday(WEEKDAYS[found["weekday"]], page.today, aim, strict=bool(which) or aim == "future")
    return Partial(day=day, precision="day")


def length(found: re.Match[str], page: Page, aim: Aim) -> Partial:
    amount, about = _amount(found)
    about = about or bool(found["approx"] or found["more"])
    unit = unit_of(found["unit"])
    if amount > LONGEST[unit]:
        return NO_DATE
    if found.groupdict().get("within") is not None and (unit == "year" or _COUNTED.match(page.after(found.end(), 12))):
        return NO_DATE
    if unit == "hour" and amount < _HOURS_IN_DAY and _CLOCK.search(page.before(found.start(), 12)):
        return NO_DATE
    if aim == "future":
        return Partial(day=moved(page.today, amount, unit), precision="day", approx=about)
    return ago(page.today, amount, unit, about=about)


def ago(today: date, amount: float, unit: str, *, about: bool) -> Partial:
    """The day so long ago, as precise as the unit it was told in."""
    day = moved(today, -amount, unit)
    if unit == "month" and amount % 1:
        day = moved(moved(today, -int(amount), unit), -_HALF_MONTH, "day")
    if unit == "year":
        return Partial(day=day.replace(month=1, day=1), precision="year", approx=True)
    if unit == "month":
        return Partial(day=day.replace(day=1), precision="month", approx=True)
    return Partial(day=day, precision="day", approx=about or unit == "week")


def _amount(found: re.Match[str]) -> tuple[float, bool]:
    amount, about = read_quantity(found["quantity"])
    return (amount + 0.5 if found["half"] else amount), about


def fortnight(found: re.Match[str], page: Page, aim: Aim) -> Partial:
    """A fortnight: "une quinzaine", without its days."""
    days = 8 if "huitaine" in found[0] else 14 if "fortnight" in found[0] else 15
    return Partial(day=page.today + timedelta(days=days if aim == "future" else -days), precision="day", approx=True)


def on_feast(found: re.Match[str], page: Page, aim: Aim) -> Partial:
    led = found.start() < found.start("feast") or _AT.search(page.before(found.start(), 12))
    if not (led or page.kind == "partial_date"):
        return NO_DATE
    return feast(found["feast"], page.today, aim)


def beside_feast(found: re.Match[str], page: Page, aim: Aim) -> Partial:
    """The day after or before a feast."""
    step = 1 if found["eve"] in {"lendemain", "day after"} else -1
    return Partial(day=feast(found["feast"], page.today, aim).day + timedelta(days=step), precision="day")


def before_feast(found: re.Match[str], page: Page, _aim: Aim) -> Partial:
    """A time before a feast: "deux semaines avant Noël"."""
    amount, _ = _amount(found)
    unit = unit_of(found["unit"])
    if amount > LONGEST[unit]:
        return NO_DATE
    day = moved(feast(found["feast"], page.today, "past").day, -amount, unit)
    ahead = moved(feast(found["feast"], page.today, "future").day, -amount, unit)
    return Partial(day=ahead if ahead <= page.today else day, precision="day", approx=True)


def period(found: re.Match[str], page: Page, _aim: Aim) -> Partial:
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


def season(found: re.Match[str], page: Page, aim: Aim) -> Partial:
    """A season by the month in its middle; "été" alone is rather a verb."""
    month = SEASONS[found["season"]]
    if found[0].startswith(("l'", "le ", "au ", "the ")) and not (
        found["year"] or found["last"] or page.kind == "partial_date"
    ):
        return NO_DATE
    if found["year"]:
        return Partial(day=date(int(found["year"]), month, 1), precision="month", approx=True)
    return Partial(day=nearest_month(month, page.today, aim), precision="month", approx=True)


def part_of_year(found: re.Match[str], page: Page, _aim: Aim) -> Partial:
    """A part of this year or the last one: "début de l'année", "fin de l'année dernière"."""
    year = page.today.year - (1 if any(found[group] for group in ("last", "last2", "last3")) else 0)
    return Partial(day=date(year, 1, 1), precision="year", approx=True)


def end_of(found: re.Match[str], page: Page, _aim: Aim) -> Partial:
    match unit_of(found["what"]):
        case "week":
            day = nearest_weekday(4, page.today, "future")
        case "year":
            day = page.today.replace(month=12, day=31)
        case _:
            day = last_day(page.today)
    return Partial(day=day, precision="day", approx=True)


def day_alone(found: re.Match[str], page: Page, aim: Aim) -> Partial | None:
    """The day of a month: "le 8", unless a thing is counted or the number goes on."""
    firm = found["until"] or is_since(found["since"])
    asked = page.kind == "partial_date" and len(page.folded) == len(found[0])
    follows = page.after(found.end(), 14)
    lead = found[0][: found.start("day") - found.start()]
    if not (asked or _WITH_ARTICLE.search(lead) or not found["day"][-1].isdigit()):
        return NO_DATE
    if not (firm or asked or found["since"]) or _NOT_A_DAY.match(follows):
        return NO_DATE
    if not firm and _THING_FOLLOWS.match(follows):
        return NO_DATE
    row = _IN_ROW.match(page.after(found.end(), 40))
    near = nearest_day(_day_number(found["day"]), MONTHS[row["month"]] if row else None, page.today, aim)
    return Partial(day=near, precision="day") if near else None


def _day_number(text: str) -> int:
    if text in {"1er", "premier"}:
        return 1
    return DAY_WORDS.get(text) or int(re.sub(r"\D", "", text))
