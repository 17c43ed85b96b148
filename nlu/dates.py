"""Partial dates said in any of the usual French and English ways, counted from the day of the message."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from nlu.calendar import (
    FEASTS,
    MONTHS,
    UNSURE_MONTHS,
    WEEKDAYS,
    Aim,
    Partial,
    feast,
    full_year,
    last_day,
    months_from,
    nearest_day,
    nearest_month,
    nearest_weekday,
)
from nlu.numbers import NUMBER_WORDS, QUANTITY, read_quantity
from nlu.page import Mention, Page

_ENDS = (
    r"(?P<until>avant(?: le| la| les| l')?|d'ici(?: a)?(?: le| la)?|d ici(?: le| la)?|jusqu'(?:au|a la|a|en)|au plus tard(?: le)?|"
    r"(?<![a-z])pour le|date limite ?:? ?(?:le|au|est le|du)?|deadline ?(?:is|:)?(?: on)?(?: the)?|"
    r"before(?: the)?|by(?: the)?|until(?: the)?|no later than(?: the)?|due(?: on| by)?(?: the)?)"
)
_STARTS = (
    r"(?P<since>depuis(?: le debut du mois de| le mois de| le| la| l'| les)?|(?:des|a partir)(?: du| de| le)?|"
    r"since(?: the)?|from|starting|(?:le mois de|au mois de|en|courant|in|on|the|ce|cette|le|du|au|vers(?: le| la)?|autour du|around(?: the)?))"
)
_LEAD = rf"(?:(?<![\w'])(?:{_ENDS}|{_STARTS}) ?)?"
_MONTH = "(?P<month>" + "|".join(sorted(MONTHS, key=len, reverse=True)) + r")\.?(?![a-z])"
_PART = (
    r"(?P<part>(?:tout |toute )?(?:debut|mi|fin|courant|milieu|(?:le |au )?(?:debut|milieu)(?: du mois)? de|(?:la )?fin(?: du mois)? de)"
    r"|early|mid|late|(?:the )?(?:beginning|start|middle|end) of)"
)
_YEAR_DIGITS = r"(?P<year>(?:19[89]|20[0-4])\d)"
_YEAR = _YEAR_DIGITS + r"(?!\d|[.,]\d|%| %| €|€)"
_DAY = r"(?P<day>1er|premier|\d{1,2}(?:st|nd|rd|th)?)"
_UNITS = {
    "h": "hour", "heure": "hour", "hour": "hour", "hr": "hour", "jour": "day", "j": "day", "jr": "day", "day": "day",
    "semaine": "week", "sem": "week", "week": "week", "wk": "week", "moi": "month", "month": "month",
    "an": "year", "annee": "year", "year": "year", "yr": "year", "ouvre": "day",
}  # fmt: skip
_UNIT = r"(?P<unit>heures?|hours?|hrs?|h|jours?|jrs?|j|days?|semaines?|sem|weeks?|wks?|mois|moi|months?|ans?|annees?|years?|yrs?)(?P<half> et demie?| and a half)?(?![a-z])"
_LONGEST = {"hour": 2000, "day": 5000, "week": 700, "month": 600, "year": 60}


@dataclass(frozen=True, slots=True, kw_only=True)
class When:
    """A date found, before it is known what happened on it."""

    start: int
    end: int
    partial: Partial | None
    """None where no calendar has it."""
    until: bool = False
    """Said as a limit: before, until, within."""
    since: bool = False
    aimed: bool = False
    """Past or future is said by the words themselves, not inferred."""
    duration: str = ""
    """For a length of time: its unit."""

    def mention(self, field: str, confidence: float = 1.0) -> Mention:
        value = self.partial.json() if self.partial else None
        approx = self.partial is not None and self.partial.approx
        return Mention(field=field, value=value, start=self.start, end=self.end, approx=approx, confidence=confidence)


_Build = Callable[[re.Match[str], Page, Aim], "Partial | None"]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Form:
    pattern: re.Pattern[str]
    build: _Build
    hint: frozenset[str] | None
    """Words one of which the page must have; None: a digit."""


_NONE = Partial(day=date.min, precision="day")
"""Not a date after all."""


def find_dates(page: Page, *, aim: Aim = "past") -> list[When]:
    """Every date on the page in order, the longest where several overlap; `aim` settles what is left open."""
    found = [when for form in _FORMS if _may_hold(page, form) for when in _try(form, page, aim)]
    found.sort(key=lambda when: (when.start - when.end, when.start))
    kept: list[When] = []
    for when in found:
        if all(when.end <= other.start or when.start >= other.end for other in kept):
            kept.append(when)
    return sorted(kept, key=lambda when: when.start)


def _may_hold(page: Page, form: _Form) -> bool:
    if form.hint is None:
        return any(word[0].isdigit() for word in page.words)
    return not page.words.isdisjoint(form.hint)


def _try(form: _Form, page: Page, aim: Aim) -> Iterator[When]:
    for found in form.pattern.finditer(page.folded):
        said = found.groupdict()
        until, since = bool(said.get("until")), (said.get("since") or "").startswith(("depuis", "since"))
        within, ago = said.get("within") is not None, said.get("ago") is not None
        looking: Aim = "future" if until or within else "past" if since or ago else aim
        try:
            partial = form.build(found, page, looking)
        except (OverflowError, ValueError):
            partial = None
        if partial is not _NONE:
            yield When(
                start=found.start(),
                end=found.end(),
                partial=partial,
                until=until or within,
                since=since or ago,
                aimed=until or within or since or ago or bool(said.get("year")) or bool(said.get("aimed")),
                duration=_unit(said["unit"]) if said.get("unit") else "",
            )


def _iso(found: re.Match[str], _page: Page, _aim: Aim) -> Partial:
    return Partial(day=date(int(found["year"]), int(found["m"]), int(found["d"])), precision="day")


def _numeric(found: re.Match[str], page: Page, aim: Aim) -> Partial | None:
    day, month = int(found["d"]), int(found["m"])
    if found["y"] is None:
        if not (found["until"] or found["since"] or page.kind == "partial_date"):
            return _NONE
        near = nearest_day(day, month, page.today, aim) if 1 <= month <= 12 else None  # noqa: PLR2004  # Months.
        return Partial(day=near, precision="day") if near else None
    if month > 12 >= day and page.language == "en":  # noqa: PLR2004  # American order.
        day, month = month, day
    return Partial(day=date(full_year(found["y"]), month, day), precision="day")


def _day_month(found: re.Match[str], page: Page, aim: Aim) -> Partial | None:
    day, month = _day_number(found["day"]), MONTHS[found["month"]]
    about = found.group().startswith(("vers", "autour", "around"))
    if found["year"]:
        return Partial(day=date(int(found["year"]), month, day), precision="day", approx=about)
    near = nearest_day(day, month, page.today, aim)
    return Partial(day=near, precision="day", approx=about) if near else None


def _month_only(found: re.Match[str], page: Page, aim: Aim) -> Partial:
    name, part, year = found["month"], found["part"], found["year"]
    led = part or year or found["until"] or (found["since"] not in {None, "the", "le", "ce", "cette", "au", "du"})
    alone = len(page.folded) == len(found[0])
    if name in UNSURE_MONTHS and not (led or (alone and page.kind == "partial_date")):
        return _NONE
    if name == "out" and not year and page.language == "en":
        return _NONE
    month = MONTHS[name]
    first = date(int(year), month, 1) if year else nearest_month(month, page.today, aim)
    about = bool(part) or found.group().startswith(("vers", "around"))
    if found["until"]:
        return Partial(day=_limit(first, part), precision="day", approx=True)
    return Partial(day=first, precision="month", approx=about)


def _limit(first: date, part: str | None) -> date:
    """The day by which something "before that month" has to be done."""
    if part is None or "debut" in part or part in {"early"} or "start" in part or "beginning" in part:
        return first
    if "fin" in part or "late" in part or "end" in part:
        return last_day(first)
    return first.replace(day=15)


def _year_only(found: re.Match[str], page: Page, _aim: Aim) -> Partial:
    led = found["part"] or found["since"] in {"depuis", "en", "since", "in", "courant", "des"} or found["until"]
    alone = len(page.folded) == len(found[0]) and page.kind in {"partial_date", "integer"}
    if not (led or alone):
        return _NONE
    about = bool(found["part"]) or found["since"] == "courant"
    return Partial(day=date(int(found["year"]), 1, 1), precision="year", approx=about)


def _near_day(found: re.Match[str], page: Page, _aim: Aim) -> Partial:
    words = found["word"]
    days = next(days for said, days in _NEAR_DAYS.items() if words.startswith(said))
    return Partial(day=page.today + timedelta(days=days), precision="day")


def _weekday(found: re.Match[str], page: Page, aim: Aim) -> Partial:
    weekday = WEEKDAYS[found["weekday"]]
    which = (found["which"] or found["which2"] or "").strip()
    if which in {"prochain", "next", "qui vient"}:
        aim = "future"
    elif which in {"dernier", "last", "passe"}:
        aim = "past"
    return Partial(day=nearest_weekday(weekday, page.today, aim, strict=bool(which)), precision="day")


def _length(found: re.Match[str], page: Page, aim: Aim) -> Partial:
    words = found["quantity"].removesuffix(" de").removesuffix(" d'").removesuffix(" of").strip()
    amount, about = read_quantity(words)
    unit = _unit(found["unit"])
    if amount > _LONGEST[unit]:
        return _NONE
    if found["half"]:
        amount += 0.5
    about = about or bool(found["approx"])
    return _count(page.today, amount if aim == "future" else -amount, unit, about=about, future=aim == "future")


def _count(today: date, amount: float, unit: str, *, about: bool, future: bool) -> Partial:
    """So many hours, days… from today: to the day for a limit and for weeks, else no finer than the unit."""
    if unit == "hour":
        return Partial(day=today + timedelta(days=_rounded_up(amount / 24)), precision="day", approx=about)
    if unit in {"day", "week"}:
        days = round(amount * (7 if unit == "week" else 1))
        return Partial(
            day=today + timedelta(days=days), precision="day", approx=about or (unit == "week" and not future)
        )
    day = months_from(today, round(amount * (12 if unit == "year" else 1)))
    if future:
        return Partial(day=day, precision="day", approx=about)
    if unit == "year":
        return Partial(day=day.replace(month=1, day=1), precision="year", approx=True)
    return Partial(day=day.replace(day=1), precision="month", approx=True)


def _unit(words: str) -> str:
    return _UNITS[words.rstrip("s")]


def _rounded_up(days: float) -> int:
    whole = int(days)
    return whole if whole == days else whole + (1 if days > 0 else -1)


def _couple_of_weeks(found: re.Match[str], page: Page, aim: Aim) -> Partial:
    """ "Une quinzaine", without its days."""
    days = 15 if "quinzaine" in found[0] or "fortnight" in found[0] else 8
    return Partial(day=page.today + timedelta(days=days if aim == "future" else -days), precision="day", approx=True)


def _feast(found: re.Match[str], page: Page, aim: Aim) -> Partial:
    return feast(found["feast"], page.today, aim)


def _period(found: re.Match[str], page: Page, _aim: Aim) -> Partial:
    unit = _unit(found["period"])
    which = found["which"] or found["which2"] or ""
    if not which:
        return _NONE
    step = 1 if which.strip() in {"prochain", "prochaine", "next"} else 0 if which.startswith(("ce", "this")) else -1
    if unit == "week":
        return Partial(day=page.today + timedelta(weeks=step), precision="day", approx=True)
    day = months_from(page.today, step * (12 if unit == "year" else 1))
    if unit == "year":
        return Partial(day=day.replace(month=1, day=1), precision="year")
    return Partial(day=day.replace(day=1), precision="month")


def _end_of(found: re.Match[str], page: Page, _aim: Aim) -> Partial:
    if found["what"] in {"semaine", "week"}:
        return Partial(day=nearest_weekday(4, page.today, "future"), precision="day", approx=True)
    if found["what"] in {"annee", "year"}:
        return Partial(day=date(page.today.year, 12, 31), precision="day", approx=True)
    return Partial(day=last_day(page.today), precision="day", approx=True)


def _day_alone(found: re.Match[str], page: Page, aim: Aim) -> Partial | None:
    day = _day_number(found["day"])
    whole = found.start() == 0 and found.end() == len(page.folded)
    firm = found["until"] or (found["since"] or "").startswith(("depuis", "since"))
    follows = page.after(found.end(), 14)
    if not (firm or found["since"] or (whole and page.kind == "partial_date")) or follows.startswith(_NOT_A_DAY):
        return _NONE
    if not firm and _NOUN.match(follows):
        return _NONE
    near = nearest_day(day, None, page.today, aim) if day else None
    return Partial(day=near, precision="day") if near else None


def _day_number(text: str) -> int:
    return 1 if text in {"1er", "premier"} else int(re.sub(r"\D", "", text))


_NOT_A_DAY = (
    " %",
    "%",
    " €",
    "€",
    "/",
    ":",
    "h",
    " h",
    " k",
    "k",
    ",",
    " pour cent",
    " euros",
    " 0",
    " 1",
    " 2",
    " 3",
    " 4",
)
_NOUN = re.compile(
    r" ?(?!(?:et|mais|donc|j|je|il|ils|on|amazon|au|sans|a|pour|par|mon|ma|mes|dernier|and|but|they|i|my|we|he|at|without|"
    r"vers|dans|ce|le|la|c|puis|puisque|d|cdiscount|depuis|que|qui|ou|or|of|until|suite|matin|soir)(?![a-z]))[a-z]"
)
_NEAR_DAYS = {
    "avant-hier": -2, "avant hier": -2, "the day before yesterday": -2, "hier": -1, "yesterday": -1, "last night": -1,
    "la nuit derniere": -1, "cette nuit": 0, "apres-demain": 2, "apres demain": 2, "demain": 1, "the day after tomorrow": 2,
    "tomorrow": 1, "aujourd'hui": 0, "aujourdhui": 0, "ajd": 0, "ce matin": 0, "ce midi": 0, "ce soir": 0, "today": 0,
    "this morning": 0, "tonight": 0, "this afternoon": 0, "cet apres-midi": 0, "cet aprem": 0, "tout a l'heure": 0,
}  # fmt: skip
_NEAR = "|".join(sorted(_NEAR_DAYS, key=len, reverse=True))
_OF_DAY = r"(?: (?:soir|matin|midi|apres-midi|aprem|nuit|morning|evening|night|afternoon))?"
_WEEKDAY = "|".join(WEEKDAYS)
_FEAST = "|".join(sorted(FEASTS, key=len, reverse=True))
_APPROX = r"(?:(?P<approx>environ|a peu pres|pres de|presque|plus de|au moins|about|around|nearly|almost|over|more than|roughly|at least|the last|the past) )?"
_AGO = r"(?P<ago>il y a(?: deja)?|ya|y a|ca fait(?: deja)?|sa fait(?: deja)?|cela fait(?: deja)?|voila|voici|depuis|since|for(?: the last| the past)?|after|apres|au bout de)"
_WITHIN = r"(?P<within>sous(?: les)?|d'ici(?: a)?|dans(?: les| un delai de)?|within(?: the next)?|in(?: the next)?|j'ai(?: plus que| encore)?|il (?:me|nous) reste|(?:i|we)(?:'ve| have)(?: got| only)?|given)"
_DIGIT_LIMIT = (
    rf"(?P<within>(?<![\w])){_APPROX}(?P<quantity>\d{{1,3}}) ?{_UNIT}(?= (?:pour|to|restants?|left)(?![a-z]))"
)


def _form(pattern: str, build: _Build, *hint: str) -> _Form:
    return _Form(pattern=re.compile(pattern), build=build, hint=frozenset(hint) if hint else None)


_DAYS_HINT = ("le", "du", "au", "the", "jusqu", "avant", "ici", "by", "before", "until", "on")
_UNIT_WORDS = tuple(f"{unit}{plural}" for unit in _UNITS for plural in ("", "s"))
_FORMS = (
    _form(rf"{_LEAD}(?<!\d){_YEAR_DIGITS}-(?P<m>\d{{1,2}})-(?P<d>\d{{1,2}})(?!\d)", _iso),
    _form(rf"{_LEAD}(?<![\d/.-])(?P<d>\d{{1,2}})[/.-](?P<m>\d{{1,2}})[/.-](?P<y>\d{{4}}|\d{{2}})(?![\d/])", _numeric),
    _form(rf"{_LEAD}(?<![\d/.-])(?P<d>\d{{1,2}})/(?P<m>\d{{1,2}})(?P<y>(?!))?(?![\d/])", _numeric),
    _form(rf"{_LEAD}(?:(?:{_WEEKDAY}),? (?:le |the )?)?(?<![\d.,]){_DAY} ?(?:of )?{_MONTH}(?:,? {_YEAR})?", _day_month, *MONTHS),
    _form(rf"{_LEAD}(?:(?:{_WEEKDAY}),? )?(?<![a-z]){_MONTH} (?:the )?(?P<day>\d{{1,2}}(?:st|nd|rd|th)?)(?!\d| ?%| ?[€k])(?:,? {_YEAR})?", _day_month, *MONTHS),
    _form(rf"{_LEAD}(?:(?<![a-z]){_PART}[ -])?(?<![a-z]){_MONTH}(?: (?:de l'annee )?{_YEAR})?", _month_only, *MONTHS),
    _form(rf"{_LEAD}(?:(?<![a-z]){_PART}[ -])?(?<![\d.,/-]){_YEAR}(?!-)", _year_only),
    _form(rf"{_LEAD}(?<![a-z])(?P<aimed>(?P<word>{_NEAR})){_OF_DAY}(?![a-z])", _near_day, *(said.split("'")[0].split("-")[0].split()[-1] for said in _NEAR_DAYS), "hier", "yesterday", "night"),
    _form(rf"{_LEAD}(?P<which2>last |next |this )?(?<![a-z])(?P<weekday>{_WEEKDAY})(?P<which> (?:dernier|passe|prochain|qui vient))?{_OF_DAY}(?![a-z])", _weekday, *WEEKDAYS),
    _form(rf"(?<![\w']){_AGO} {_APPROX}(?P<quantity>{QUANTITY}) ?{_UNIT}(?: deja| now)?", _length, *_UNIT_WORDS),
    _form(rf"(?P<ago>(?<![\w'])){_APPROX}(?P<quantity>{QUANTITY}) ?{_UNIT} (?:ago|plus tot|earlier|en arriere)(?![a-z])", _length, *_UNIT_WORDS),
    _form(rf"(?<![\w']){_WITHIN} {_APPROX}(?P<quantity>{QUANTITY}) ?{_UNIT}", _length, *_UNIT_WORDS),
    _form(_DIGIT_LIMIT, _length, *_UNIT_WORDS),
    _form(r"(?<![\w'])(?P<ago>il y a|y a|ca fait|depuis) (?:environ )?une (?:petite |bonne )?(?:quinzaine|huitaine)(?![a-z])(?! d)|(?<![\w'])(?P<within>sous|dans|within)? ?(?:une |a )(?:quinzaine|huitaine|fortnight)(?! ago)(?![a-z])(?! d)|(?P<ago2>a fortnight ago)", _couple_of_weeks, "quinzaine", "huitaine", "fortnight"),
    _form(rf"{_LEAD}(?:la |l'|the )?(?<![a-z])(?P<feast>{_FEAST})(?![a-z])", _feast, *(word for name in FEASTS for word in re.findall("[a-z]+", name) if len(word) > 3)),
    _form(r"(?:(?<![\w'])(?:depuis|since|des) )?(?:la |le |l')?(?P<which2>(?<![a-z])(?:ce|cette|last|next|this) )?(?P<aimed>(?<![a-z])(?P<period>semaine|mois|annee|an|week|month|year)(?![a-z]))(?P<which> (?:derniere?|passee?|prochaine?)(?![a-z]))?(?:-ci)?", _period, "semaine", "mois", "annee", "an", "week", "month", "year"),
    _form(rf"(?P<until>(?:{_ENDS.replace('?P<until>', '?:')} ?)?(?:la |the )?)(?P<aimed>(?:fin (?:du|de|de la|de l')|end of (?:the )?)) ?(?P<what>mois|semaine|annee|month|week|year)(?![a-z])", _end_of, "fin", "end"),
    _form(rf"(?:(?<![\w'])(?:{_ENDS}|{_STARTS}) ?)?(?<![\d.,/-])(?P<day>1er|\d{{1,2}}(?:st|nd|rd|th)?)(?![\w])", _day_alone),
)  # fmt: skip
