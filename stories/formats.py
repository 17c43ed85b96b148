"""Values as a person reads them: money, shares, dates, lists, in French and English."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from stories.types import Language

PARIS = ZoneInfo("Europe/Paris")

_MONTHS: Mapping[Language, Sequence[str]] = {
    "fr": [
        "janvier",
        "février",
        "mars",
        "avril",
        "mai",
        "juin",
        "juillet",
        "août",
        "septembre",
        "octobre",
        "novembre",
        "décembre",
    ],
    "en": [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ],
}
_DAYS: Mapping[Language, Sequence[str]] = {
    "fr": ["lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche"],
    "en": ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"],
}
_PARTS: Sequence[tuple[str, Mapping[Language, str]]] = (
    (r"\b(?:d[ée]but|early|beginning|start of)\b", {"fr": "début", "en": "early"}),
    (r"\b(?:mi|mid|milieu)\b", {"fr": "mi-", "en": "mid-"}),
    (r"\b(?:fin|late|end of)\b", {"fr": "fin", "en": "late"}),
)


def money(value: float, language: Language) -> str:
    """Euros: `15 000 €`, `€15,000`; cents only where there are any."""
    digits = f"{value:,.2f}" if value != int(value) else f"{int(value):,}"
    if language == "en":
        return f"€{digits}"
    return digits.replace(",", " ").replace(".", ",") + " €"


def percent(value: float, language: Language) -> str:
    """A share, of at most one decimal."""
    digits = f"{value:.1f}".rstrip("0").rstrip(".")
    return f"{digits.replace('.', ',')} %" if language == "fr" else f"{digits}%"


def weight(size: int, language: Language) -> str:
    """How large a file is: `1,2 Mo`, `340 kB`."""
    thousands = max(1, round(size / 1000))
    unit = "o" if language == "fr" else "B"
    if thousands < 1000:  # noqa: PLR2004  # Then it is a million.
        return f"{thousands} k{unit}"
    digits = f"{size / 1_000_000:.1f}".removesuffix(".0")
    return f"{digits.replace('.', ',') if language == 'fr' else digits} M{unit}"


def partial_date(value: Mapping[str, Any], language: Language, raw: str = "") -> str:
    """A day, a month or a year, with "début", "mi-" or "fin" where it was said so."""
    pieces = [int(piece) for piece in str(value["value"]).split("-")]
    if len(pieces) == 3:  # noqa: PLR2004  # Year, month, day.
        return day(date(*pieces), language)
    text = str(pieces[0]) if len(pieces) == 1 else f"{_MONTHS[language][pieces[1] - 1]} {pieces[0]}"
    for pattern, words in _PARTS:
        if re.search(pattern, raw, re.IGNORECASE):
            part = words[language]
            return part + text if part.endswith("-") else f"{part} {text}"
    return text


def day(value: date, language: Language) -> str:
    """`le 8 octobre 2026`, `8 October 2026`."""
    month = _MONTHS[language][value.month - 1]
    if language == "en":
        return f"{value.day} {month} {value.year}"
    return f"le {'1er' if value.day == 1 else value.day} {month} {value.year}"


def moment(at: datetime, language: Language) -> str:
    """Day and hour in Paris: `lundi 23 novembre 2026 à 22 h 58`."""
    at = at.astimezone(PARIS)
    weekday, month = _DAYS[language][at.weekday()], _MONTHS[language][at.month - 1]
    if language == "en":
        return f"{weekday} {at.day} {month} {at.year} at {at:%H:%M} (Paris time)"
    return f"{weekday} {'1er' if at.day == 1 else at.day} {month} {at.year} à {at.hour} h {at.minute:02}"


def listing(items: Sequence[str], language: Language) -> str:
    """Several things in one line."""
    return (" ; " if language == "fr" else "; ").join(items)


def first_day(value: Mapping[str, Any]) -> date:
    """The earliest day a partial date may mean."""
    pieces = [int(piece) for piece in str(value["value"]).split("-")]
    return date(*[*pieces, 1, 1][:3])


def is_future(value: Mapping[str, Any], at: datetime) -> bool:
    """Whether a partial date lies wholly after the day of `at` in Paris."""
    return first_day(value) > at.astimezone(PARIS).date()


def within(value: date, at: datetime, days: int) -> bool:
    """Whether a day comes within so many days from `at`."""
    today = at.astimezone(PARIS).date()
    return today <= value <= today + timedelta(days=days)
