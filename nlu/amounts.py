"""Sums of money in a message, and what they are: a loss, money held back, blocked stock, a fee."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from nlu.numbers import NUMBER, NUMBER_WORDS, read_number, read_sum, whole
from nlu.page import Mention, Page
from nlu.sums import FEE, LOSS, MONEY, RATE, SUMS, kind_of

_SCALES = {
    "k": 1e3, "ke": 1e3, "keur": 1e3, "mille": 1e3, "thousand": 1e3, "grand": 1e3, "m": 1e6, "meur": 1e6, "mil": 1e6,
    "million": 1e6, "millions": 1e6, "milliard": 1e9, "milliards": 1e9, "cents": 100, "cent": 100, "bn": 1e9,
}  # fmt: skip
_SIGN = r"(?:[€£$]|(?<![a-z])(?:eur|gbp|usd)(?= ?\d))"
_SCALE = r"(?: ?(?:millions?|milliards?|thousand|grand|mille|cents?|keur|meur|ke|bn|k|m)(?![a-z'-]))"
_CURRENCY = (
    r"(?: ?(?:€|£|\$)| ?(?:d'|de |of )?(?:euros?|eurs?|euors?|eruos?|euro|balles|boules|pounds?|quid|dollars?|"
    r"e)(?![a-z]))"
)
_HUNDREDS_OF = (
    r"(?P<hundreds>une (?:dizaine|vingtaine|trentaine|quarantaine|cinquantaine|centaine) de milliers|un millier|"
    r"une centaine|une dizaine)"
)
APPROX = (
    r"(?:environ|a peu pres|pres de|presque|autour de|aux alentours de|dans les|vers(?: les)?|plus ou moins|"
    r"quasi(?:ment)?|"
    r"plus de|au moins|moins de|a peine|au bas mot|une bonne|facile(?:ment)?|genre|grosso modo|en gros|a la louche|"
    r"quelque chose comme|approx\.?|disons|"
    r"(?:just |well )?(?:about|around|roughly|nearly|almost|over|under)|approximately|close to|more than|less than|"
    r"at least|"
    r"some|like|in the region of|env\.?|~|≈|±)"
)
_TAIL = (
    r"(?: (?:environ|a peu pres|approximativement|a la louche|au moins|minimum|et quelques|et des (?:poussieres|"
    r"brouettes)|ou pas loin|au bas mot|or so|or thereabouts|give or take|roughly|approximately|approx)(?![a-z]))"
)
_AMOUNT = re.compile(
    rf"(?:(?P<approx>(?<![a-z]){APPROX}) ?)?(?P<sign>{_SIGN} ?)?(?P<number>{NUMBER})(?P<scale>{_SCALE})?"
    rf"(?P<currency>{_CURRENCY})?(?P<tail>{_TAIL})?"
)
_SIDE = rf"(?:{_SIGN} ?)?{NUMBER}{_SCALE}?{_CURRENCY}?"
_RANGE = re.compile(
    rf"(?<![a-z])(?:(?:entre|between) (?P<low>{_SIDE}) (?:et|and) (?P<high>{_SIDE})"
    rf"|(?:de |from )?(?P<low2>{_SIDE}) ?(?:a|to|ou|or|-) ?(?P<high2>{_SIDE}))"
)
_PARTS = re.compile(rf"(?P<sign>{_SIGN} ?)?(?P<number>{NUMBER})(?P<scale>{_SCALE})?(?P<currency>{_CURRENCY})?")
_ROUND = re.compile(rf"{_HUNDREDS_OF}{_CURRENCY}")
_ROUND_VALUES = {
    "dizaine": 10,
    "vingtaine": 20,
    "trentaine": 30,
    "quarantaine": 40,
    "cinquantaine": 50,
    "centaine": 100,
}
_THINGS_FOLLOW = re.compile(
    r" ?(?!(?:de|d|du|des|sur|depuis|par|en|et|dans|chez|pour|a|au|ce|cette|la|le|les|mais|donc|qui|que|of|on|since|"
    r"per|in|and|"
    r"from|for|at|this|but|which|that|net|ht|ttc|max|maximum|minimum|environ|plutot|plus|voire|ou|so|they|ils|il|"
    r"elle|je|on|car|"
    r"bloques?|retenus?|perdus?|geles?|dus?|dehors|immobilises?|gardes?|i|me|with|held|lost|each|pas|not|chaque|tous|toutes|mensuels?|avec|sans|"
    r"c|c'est|twice|once|every|deux fois|"
    r"par|or|is|"
    r"was|were|sont|est|blocked|frozen|stuck|alors|mini|a peu|a priori|svp|merci|please|thanks)(?![a-z]))[a-z]"
)
_A_DAY = re.compile(
    r" ?(?:(?:par|a|per|chaque|each|every|la|le) |/ ?)(?:(?P<day>jour|soir|soiree|nuit|day|night|evening)|"
    r"(?P<week>semaine|sem|week|wk))(?![a-z])(?! (?:derniere?|passee?|prochaine?|ou|du|de)(?![a-z]))"
)
_MONTHLY = {"day": 30, "week": 52 / 12}
"""How many days and weeks make a month: cases know no shorter period."""
_INSTEAD = re.compile(
    r"(?<![a-z])(?:pas|not|et non|plutot que|instead of|au lieu de|au lieu des|rather than) (?:de )?$"
)
"""Before the sum that it is not: "18 500 pas 18 000"."""
_RATED_ABOUT = re.compile(rf"{RATE.pattern}{_TAIL}")
_MONEY_OF = re.compile(
    r" (?:of|de|d'|des) ?(?:(?:my|our|mes|nos|ses|its|the|mon|ma|notre|la|le|les|leurs?) )?(?:\w+ )?(?:money|sales?|"
    r"ventes?|"
    r"turnover|revenue|income|ca|chiffre|euros?|soldes?|balance|payouts?|argent|commissions?|com|frais|fees?|"
    r"pertes?|loss|"
    r"losses|marchandises?|stock|inventory|goods|virements?|versements?|paiements?|payments?|tresorerie|penalites?|"
    r"penalties|"
    r"benefices?|marge|recettes?|casse|prejudice|manque|factures?|invoices?|commandes|orders|plus|moins|trop|cote|"
    r"retard|"
    r"retenue?s?|fonds|funds|abonnement|remboursements?|refunds?|damages?|dommages|publicite|ads|tva|vat|taxes?|"
    r"loyer|rent)"
    r"(?![a-z])"
)
_OF = re.compile(r" (?:of|de|d'|des)(?![a-z])")
_ORDINAL = re.compile(r"(?<![a-z])(?:le|la|les|mon|ma|notre|un|une|au|du|en) ?$")
CHANGED = re.compile(
    r"(?<![a-z])(?:pass\w{0,3}|mont\w{1,3}|gone|went|rose|up|down|augment\w{1,3}|tomb\w{1,3}|fell) (?:from |de )?$"
)
"""Before "from 2 to 4": two sums, not one between them."""
_OUT_OF = re.compile(r"\w (?:sur|of|parmi) $")
"""Before all of which some are counted: "112 cartons sur 300"."""
_CENTS = re.compile(r"\d[.,]\d\d$")
_PRESENTED = re.compile(
    r"(?:^|[^a-z])(?:c'est|c'etait|ce sont|soit|it's|it is|that's|it was|plutot|rather|mais|but) (?:en fait |de |"
    r"actually )?$"
)
_ENDS = re.compile(r" ?(?:$|[.,;!?)]| (?:pas|not|et|and|au total|en tout|in total|in all)(?![a-z]))")
"""A number said by itself, with nothing counted: "it's Cdiscount, and it's 4,600"."""
_FOREIGN = re.compile(r"[£$]|gbp|usd|pound|quid|dollar")
_SHORT = 8
_FOREIGN_SURE = 0.3
_LEAST_BARE = 100
_LEAST_ALONE = 1000
_CLOSE = 14
"""So near must a word of money stand for a small bare number to be a sum."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sum:
    value: float
    start: int
    end: int
    approx: bool
    sure: bool
    """Says itself that it is money."""
    foreign: bool
    between: bool = False
    """The middle of two sums said; of a fee, it is rather what it was and what it became."""


def read_amounts(page: Page) -> list[Mention]:
    """Sums in euros, in order."""
    if not page.words & NUMBER_WORDS and not any(word[0].isdigit() for word in page.words):
        return []
    ranges = list(_ranges(page))
    rest = _blanked(page, ranges)
    rounds = list(_rounds(rest))
    rest = _blanked(rest, rounds)
    sums = sorted([*ranges, *rounds, *_singles(rest)], key=lambda one: one.start)
    found: list[Mention] = []
    for at, one in enumerate(sums):
        if _is_money(page, one) and not (found and _INSTEAD.search(page.before(one.start, 16))):
            ceiling = sums[at + 1].start if at + 1 < len(sums) else len(page.folded)
            found.append(
                _mention(
                    page,
                    one,
                    next((last for last in reversed(found[-2:]) if last.confidence > _FOREIGN_SURE), None),
                    ceiling,
                )
            )
    return found


def _ranges(page: Page) -> Iterator[_Sum]:
    for found in _RANGE.finditer(page.folded):
        low = _PARTS.fullmatch(found["low"] or found["low2"])
        high = _PARTS.fullmatch(found["high"] or found["high2"])
        worded = found["low2"] and not found["low2"].strip("€£$eurgbpsd ")[0].isdigit()
        if CHANGED.search(page.before(found.start(), 12)):
            continue
        if low is None or high is None or (worded and "-" in found[0]):
            continue
        first, last = _value(low), _value(high)
        if not low["scale"] and first < last and first * 1000 <= last and (high["scale"] or last >= _LEAST_ALONE):
            first *= 1000
        sure = any(side[part] for side in (low, high) for part in ("sign", "currency")) or bool(high["scale"])
        if not sure and _is_year(low[0]) and _is_year(high[0]):
            continue
        if (sure or last >= _LEAST_ALONE) and first < last:
            yield _Sum(
                value=(first + last) / 2,
                start=found.start(),
                end=found.end(),
                approx=True,
                sure=sure,
                foreign=bool(_FOREIGN.search(found[0])),
                between=True,
            )


def _blanked(page: Page, sums: list[_Sum]) -> Page:
    return page.without(Mention(field="", value=None, start=one.start, end=one.end) for one in sums)


def _rounds(page: Page) -> Iterator[_Sum]:
    """Round sums: "une centaine d'euros", "une dizaine de milliers d'euros"."""
    for found in _ROUND.finditer(page.folded):
        words = found["hundreds"]
        value = next((number for word, number in _ROUND_VALUES.items() if word in words), 1)
        value *= 1000 if "millier" in words else 1
        yield _Sum(value=value, start=found.start(), end=found.end(), approx=True, sure=True, foreign=False)


def _singles(page: Page) -> Iterator[_Sum]:
    for found in _AMOUNT.finditer(page.folded):
        scaled = bool(found["scale"]) and found["scale"].strip() != "m"
        ordinal = found["currency"] == "e" and _ORDINAL.search(page.before(found.start(), 8)) is not None
        yield _Sum(
            value=_value(found),
            start=found.start(),
            end=found.end(),
            approx=bool(found["approx"] or found["tail"]),
            sure=bool(found["sign"] or (found["currency"] and not ordinal))
            or (scaled and not _THINGS_FOLLOW.match(page.after(found.end(), 20))),
            foreign=bool(_FOREIGN.search(found[0])),
        )


def _value(found: re.Match[str]) -> float:
    number = read_number(found["number"]) if found["currency"] or found["scale"] else read_sum(found["number"])
    return number * _SCALES.get((found["scale"] or "").strip(), 1)


def _is_money(page: Page, one: _Sum) -> bool:
    if page.folded[one.start - 1 : one.start] == "/":
        return False
    if one.sure or (page.asking == "turnover_band" and one.value >= _LEAST_ALONE):
        return True
    if _OUT_OF.search(page.before(one.start, 9)):
        return False
    after = page.after(one.end, 40)
    of_money = _MONEY_OF.match(after) is not None
    if of_money and one.value >= _LEAST_ALONE and not _is_year(page.folded[one.start : one.end]):
        return True
    if _OF.match(after) and not of_money:
        return False
    if _CENTS.search(page.folded, one.start, one.end) and (
        SUMS.search(page.before(one.start, 45)) or SUMS.search(after)
    ):
        return not (_THINGS_FOLLOW.match(after) or CHANGED.search(page.before(one.start, 12)))
    if one.value < _LEAST_BARE or _THINGS_FOLLOW.match(after) or after.startswith(("%", " %", "/", "-")):
        return False
    before = page.before(one.start, 45)
    if _ORDINAL.search(before[-8:]) or _is_year(page.folded[one.start : one.end]):
        return False
    cues = [found.end() for found in SUMS.finditer(before)]
    cued = bool(cues) and (one.value >= _LEAST_ALONE or len(before) - cues[-1] <= _CLOSE)
    alone = one.value >= _LEAST_ALONE and len(page.folded.split(maxsplit=_SHORT)) < _SHORT
    monthly = RATE.match(after) is not None
    return cued or alone or monthly or (_PRESENTED.search(before) is not None and _ENDS.match(after) is not None)


def _is_year(words: str) -> bool:
    return words.isdigit() and 1990 <= int(words) <= 2040  # noqa: PLR2004  # A case tells of no other years.


def _mention(page: Page, one: _Sum, previous: Mention | None, ceiling: int) -> Mention:
    """The sum with its field; `previous` is the sum before it, the next number begins at `ceiling`."""
    field = MONEY
    if not one.foreign:
        field = kind_of(page, one.start, one.end, value=one.value, previous=previous, ceiling=ceiling)
    if field == FEE and one.between:
        field = MONEY
    confidence = _FOREIGN_SURE if one.foreign else 1.0 if one.sure else 0.8
    lost = field == LOSS or (field == MONEY and page.asking == LOSS)
    rate = _A_DAY.match(page.after(one.end, 16)) if lost else None
    if rate and rate.lastgroup:
        value = whole(round(one.value * _MONTHLY[rate.lastgroup]))
        end = one.end + rate.end()
        return Mention(field=field, value=value, start=one.start, end=end, approx=True, confidence=confidence)
    approx = one.approx or one.foreign or _RATED_ABOUT.match(page.after(one.end, 34)) is not None
    return Mention(
        field=field, value=whole(one.value), start=one.start, end=one.end, approx=approx, confidence=confidence
    )
