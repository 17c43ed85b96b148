"""Numbers in digits and in words, French and English, in folded text."""

from __future__ import annotations

import re

_SMALL = {
    "zero": 0, "un": 1, "une": 1, "deux": 2, "trois": 3, "quatre": 4, "cinq": 5, "six": 6, "sept": 7, "huit": 8,
    "neuf": 9, "dix": 10, "onze": 11, "douze": 12, "treize": 13, "quatorze": 14, "quinze": 15, "seize": 16,
    "vingt": 20, "vingts": 20, "trente": 30, "quarante": 40, "cinquante": 50, "soixante": 60, "septante": 70,
    "huitante": 80, "octante": 80, "nonante": 90,
    "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "seven": 7, "eight": 8, "nine": 9, "ten": 10, "eleven": 11,
    "twelve": 12, "thirteen": 13, "fourteen": 14, "fifteen": 15, "sixteen": 16, "seventeen": 17, "eighteen": 18,
    "nineteen": 19, "twenty": 20, "thirty": 30, "forty": 40, "fourty": 40, "fifty": 50, "sixty": 60, "seventy": 70,
    "eighty": 80, "ninety": 90,
}  # fmt: skip
_HUNDREDS = frozenset({"cent", "cents", "hundred"})
_GREAT = {"mille": 1_000, "milles": 1_000, "thousand": 1_000, "million": 1_000_000, "millions": 1_000_000}
_GREAT |= {"milliard": 1_000_000_000, "milliards": 1_000_000_000, "billion": 1_000_000_000}
_ROUND = {
    "huitaine": 8, "dizaine": 10, "douzaine": 12, "quinzaine": 15, "vingtaine": 20, "trentaine": 30,
    "quarantaine": 40, "cinquantaine": 50, "soixantaine": 60, "centaine": 100, "millier": 1000,
    "dozen": 12, "couple": 2, "few": 3,
}  # fmt: skip
_VAGUE = {"quelques": 3, "quelque": 3, "qq": 3, "qques": 3, "plusieurs": 3, "several": 3, "few": 3}

_WORD = "(?:" + "|".join(sorted((*_SMALL, *_HUNDREDS, *_GREAT), key=len, reverse=True)) + ")"
WORDS = (
    rf"(?:a (?=hundred|thousand|million))?{_WORD}(?![a-z])"
    rf"(?:(?:-| |-et-| et (?=une?\b|onze\b)|(?<=hundred) and |(?<=thousand) and ){_WORD}(?![a-z])){{0,12}}"
)
DIGITS = r"(?<![\d.,])(?:\d{1,3}(?:[ .,']\d{3}){1,3}(?:[.,]\d{1,2})?(?!\d)|\d{1,12}(?:[.,]\d{1,2})?(?!\d))"
NUMBER = rf"(?:{DIGITS}|(?<![a-z]){WORDS})"
QUANTITY = (
    rf"(?:(?<![a-z])(?:une |a )?(?:petite |bonne |good )?(?:{'|'.join(_ROUND)})(?![a-z])(?: de(?![a-z])| d'|"
    rf" of(?![a-z]))?|{NUMBER}|"
    rf"(?<![a-z])(?:{'|'.join(_VAGUE)}|an?)(?![a-z]))"
)
"""A number, a round one ("une quinzaine de"), or a vague one ("quelques")."""
NUMBER_WORDS = frozenset((*_SMALL, *_HUNDREDS, *_GREAT, *_ROUND, *_VAGUE))
_GROUPED = re.compile(r"\d{1,3}(?:[ .,']\d{3})+(?:[.,](\d{1,2}))?")
_HUNDREDS_LEFT_OUT = re.compile(r"(?<=mille )(deux|trois|quatre|cinq|six|sept|huit|neuf)$")
_ROUND_WORD = re.compile(rf"({'|'.join(_ROUND)})(?![a-z])")


def read_number(text: str) -> float:
    """The value of a text that `NUMBER` matched."""
    return _digits(text) if text[0].isdigit() else _words(text)


def read_sum(text: str) -> float:
    """The same of a sum without its currency: "trois mille cinq" is 3500."""
    value = read_number(text)
    said = _HUNDREDS_LEFT_OUT.search(text)
    return value + 99 * _SMALL[said[1]] if said else value


def read_quantity(text: str) -> tuple[float, bool]:
    """The value of a text that `QUANTITY` matched, and whether it is only about that."""
    text = text.strip()
    if found := _ROUND_WORD.search(text):
        return _ROUND[found[1]], True
    if text in _VAGUE:
        return _VAGUE[text], True
    if text in {"a", "an"}:
        return 1, False
    return read_number(text), False


def whole(value: float) -> int | float:
    """An int where nothing is lost by it."""
    return int(value) if value == int(value) else round(value, 2)


def _digits(text: str) -> float:
    grouped = _GROUPED.fullmatch(text)
    if grouped is None:
        return float(text.replace(",", "."))
    cents = grouped[1]
    body = text[: -len(cents) - 1] if cents else text
    return float("".join(char for char in body if char.isdigit()) + ("." + cents if cents else ""))


def _words(text: str) -> float:
    total = current = 0
    for word in re.findall(r"[a-z]+", text):
        if word in _GREAT:
            total += max(current, 1) * _GREAT[word]
            current = 0
        elif word in _HUNDREDS:
            current = max(current, 1) * 100
        elif word in {"vingt", "vingts"} and current % 100 == 4:  # noqa: PLR2004  # quatre-vingts is four twenties.
            current += 76
        else:
            current += _SMALL.get(word, 0)
    return float(total + current)
