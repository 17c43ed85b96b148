"""Sums of money in a message, and what they are: a loss, money held back, blocked stock, a fee."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from nlu.numbers import NUMBER, NUMBER_WORDS, read_number, whole
from nlu.page import Mention, Page

_SCALES = {
    "k": 1e3, "ke": 1e3, "keur": 1e3, "mille": 1e3, "thousand": 1e3, "grand": 1e3, "m": 1e6, "meur": 1e6, "mil": 1e6,
    "million": 1e6, "millions": 1e6, "milliard": 1e9, "milliards": 1e9, "cents": 100, "cent": 100, "bn": 1e9,
}  # fmt: skip
_SIGN = r"(?:[€£$]|(?<![a-z])(?:eur|gbp|usd)(?= ?\d))"
_SCALE = r"(?: ?(?:millions?|milliards?|thousand|grand|mille|cents?|keur|meur|ke|bn|k|m)(?![a-z]))"
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
    r"plus de|au moins|moins de|a peine|au bas mot|une bonne|facile(?:ment)?|genre|grosso modo|approx\.?|disons|"
    r"(?:just |well )?(?:about|around|roughly|nearly|almost|over|under)|approximately|close to|more than|less than|"
    r"at least|"
    r"some|env\.?|~|≈|±)"
)
_TAIL = (
    r"(?: (?:environ|a peu pres|approximativement|a la louche|au moins|minimum|or so|roughly|approximately|"
    r"approx)(?![a-z]))"
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
    r"bloques?|retenus?|perdus?|geles?|dus?|i|me|with|held|lost|each|pas|not|chaque|tous|toutes|mensuels?|avec|sans|"
    r"c|c'est|"
    r"par|or|is|"
    r"was|were|sont|est|blocked|frozen|stuck|alors|mini|a peu|a priori|svp|merci|please|thanks)(?![a-z]))[a-z]"
)
_CUES = re.compile(
    r"(?P<gone>(?<![a-z])(?:partie?s? (?:ailleurs|chez)|voleurs?|detourn\w{1,4}|vole[es]{0,2}|derobe\w{0,2}|"
    r"siphonn\w{1,4}|stolen|"
    r"siphoned)(?![a-z]))"
    r"|(?P<other>(?<![a-z])(?:loyers?|rent|salaires?|payroll|wages|emprunts?|credits?|pret|loan|mensualites?|"
    r"investi\w{0,6}|invest(?:ed|ment)?|urssaf|tresorerie de|commandes? prevues?|dette|debt)(?![a-z]))"
    r"|(?P<loss>(?<![a-z])(?:perd(?:u|us|ue|ues|s|re|ons|ent|ez|ais)?|pertes?|manque a gagner|prejudice|en moins|"
    r"de moins|casse|trou|"
    r"(?:ca|nous|m'a|me|m'ont|nous a) cout(?:e|ent|er|es)|lost|lose|losing|loss(?:es)?|out of pocket|shortfall|"
    r"cost(?:s|ing)? (?:me|us)|damages?)(?![a-z]))"
    r"|(?P<stock>(?<![a-z])(?:stocks?|marchandises?|inventaire|palettes?|goods|inventory|warehouse|"
    r"entrepots?)(?![a-z]))"
    r"|(?P<fee>(?<![a-z])(?:commissions?|com|coms|frais|abonnement|penalites?|amendes?|prelev\w{1,6}|debit\w{1,4}|"
    r"(?:me|nous|m'ont|nous ont|m'a|nous a) compt(?:e|ent|es)|factur(?:e|es|"
    r"ent|ee?s?|er)|"
    r"fees?|charg(?:e|es|ed|ing)|penalty|penalties|subscription|fined?)(?![a-z]))"
    r"|(?P<funds>(?<![a-z])(?:reti(?:en|nt)\w{0,5}|reten(?:u|us|ue|ues|ir)|recuper\w{1,3} (?:mes|nos|les)|"
    r"blo[qk]\w{1,4}|dessus|dedans|il manque|manquent|still missing|en attente|(?:on|j'|j|"
    r"nous) ?attend\w{0,3}|(?:pas|jamais)(?: encore)? (?:recus?|touche)|waiting for|gard(?:e|ent|"
    r"es|er|ee?s?)|"
    r"gel(?:e|es|ent|ees?)|"
    r"doi(?:t|vent)|doivs?|devaient|devait|soldes?|versements?|vers(?:e|es|er|ees?)|revers\w{1,4}|virements?|"
    r"cagnotte|porte-?monnaie|"
    r"de mes ventes|mes ventes|me paye?r?|pay(?:e|ent) (?:pas|plus)|(?:jamais|pas|non)(?: ete)? pay\w{1,3}|"
    r"conserv\w{1,4}|confisqu\w{1,4}|dorment|coinc\w{1,4}|"
    r"suspendus?|argent|fonds|tresorerie|"
    r"held|hold(?:s|ing)?|withh\w{2,7}|ow(?:e|es|ed|ing)|froz(?:e|en)|freez\w{1,4}|keep(?:s|ing)?|kept|stuck|balance|"
    r"payouts?|"
    r"sitting on|unpaid|pending|disbursements?|retain(?:ed|s|ing)?|locked|(?:won't|don't|not|never|hasn't|haven't|"
    r"didn't|doesn't)(?: been)? pa(?:y|id|ying)|my money|our money|funds|won't release|"
    r"blocked)(?![a-z]))"
    r"|(?P<turnover>(?<![a-z])(?:chiffre|ca(?! (?:fait|faisait|represente|me|nous|ne|a|va|y|coute|peut|dure|"
    r"monte)(?![a-z])| [mn]')|turnover|revenue|marge|margin|panier|prix|price)(?![a-z]))"
)
_FIELDS = {
    "loss": "loss_eur", "funds": "funds_held_eur", "stock": "stock_blocked_eur",
    "fee": "category_answers.fee_amount_eur", "turnover": "money",
    "other": "money", "gone": "loss_eur",
}  # fmt: skip
_A_DAY = re.compile(
    r" ?(?:(?:par|a|per|chaque|each|every) |/ ?)(?:(?P<day>jour|soir|soiree|nuit|day|night|evening)|"
    r"(?P<week>semaine|sem|week|wk))(?![a-z])"
)
_MONTHLY = {"day": 30, "week": 52 / 12}
"""How many days and weeks make a month: cases know no shorter period."""
_INSTEAD = re.compile(
    r"(?<![a-z])(?:pas|not|et non|plutot que|instead of|au lieu de|au lieu des|rather than) (?:de )?$"
)
"""Before the sum that it is not: "18 500 pas 18 000"."""
_TIMES = re.compile(r"\d ?(?:x|fois|times|\*) ?$")
_RATE = re.compile(r" ?(?:(?:par|a|per|chaque|each|every|/) ?(?:mois|month|an|year|semaine|week|jour|day))(?![a-z])")
"""What comes month by month is not what is held."""
_EACH = re.compile(
    r" ?(?:each|apiece|(?:la |l')?(?:piece|unite|un|une)(?![a-z])|(?:per|par|a|/) ?(?:unit|item|article|piece|vente|"
    r"sale|order|"
    r"commande|nuit|night|colis|parcel|kilo|kg|m2|course|livre|heure|hour))(?![a-z])"
)
"""The price of one."""
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
_REFUNDED = re.compile(
    r"(?:(?:acheteu\w{1,3}|clients?|cliente?s?|buyers?|customers?)\b.{0,40}(?:rembours\w{1,4}|refund\w{0,3})|"
    r"(?:rembours\w{1,4}|refund\w{0,3})\b.{0,25}(?:acheteu\w{1,3}|clients?|cliente?s?|buyers?|customers?)|"
    r"(?:had|have|made me|m'oblige\w{0,2}|du|dois) (?:to |a )?(?:rembours\w{1,4}|refund\w{0,3}))[^.]{0,25}$"
)
_BACK = re.compile(r" back(?![a-z])")
_GAP = "#"
_REFUNDS = re.compile(
    rf"(?:rembours\w{{1,4}}|refund\w{{0,3}})(?: [a-z]+)? {_GAP}.{{0,20}}(?:acheteu|client|buyer|customer)"
)
_REPAID = re.compile(r"(?<![a-z])(?:m'a|nous a|m'ont|nous ont|me|refunded (?:me|us)) ?(?:rembours|$)")
"""What a buyer got back is lost; what the firm got back is not."""
_ORDINAL = re.compile(r"(?<![a-z])(?:le|la|les|mon|ma|notre|un|une|au|du|en) ?$")
CHANGED = re.compile(
    r"(?<![a-z])(?:pass\w{0,3}|mont\w{1,3}|gone|went|rose|up|down|augment\w{1,3}|tomb\w{1,3}|fell) (?:from )?$"
)
"""Before "from 2 to 4": two sums, not one between them."""
_FOREIGN = re.compile(r"[£$]|gbp|usd|pound|quid|dollar")
_REACH = 70
_REACH_AFTER = 40
_SHORT = 8
_FOREIGN_SURE = 0.3
_JOINED = 6
"""So near is a sum joined to the one before: "3 000 € et 2 000 €"."""
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
    return read_number(found["number"]) * _SCALES.get((found["scale"] or "").strip(), 1)


def _is_money(page: Page, one: _Sum) -> bool:
    if one.sure:
        return True
    after = page.after(one.end, 20)
    if _OF.match(after) and not _MONEY_OF.match(page.after(one.end, 40)):
        return False
    if one.value < _LEAST_BARE or _THINGS_FOLLOW.match(after) or after.startswith(("%", " %", "/", "-")):
        return False
    year = page.folded[one.start : one.end].isdigit() and 1990 <= one.value <= 2040  # noqa: PLR2004
    before = page.before(one.start, 45)
    if _ORDINAL.search(before[-8:]):
        return False
    cues = [found.end() for found in _CUES.finditer(before)]
    cued = bool(cues) and (one.value >= _LEAST_ALONE or len(before) - cues[-1] <= _CLOSE)
    alone = one.value >= _LEAST_ALONE and len(page.folded.split(maxsplit=_SHORT)) < _SHORT
    return not year and (cued or alone)


def _mention(page: Page, one: _Sum, previous: Mention | None, ceiling: int) -> Mention:
    """The sum with its field; `previous` is the sum before it, the next number begins at `ceiling`."""
    field = "money" if one.foreign else _field(page, one, previous, ceiling)
    if field != _FIELDS["fee"] and _EACH.match(page.after(one.end, 16)):
        field = "money"
    if (field == _FIELDS["fee"] and one.between) or _TIMES.search(page.before(one.start, 8)):
        field = "money"
    if field == _FIELDS["funds"] and _RATE.match(page.after(one.end, 16)):
        field = "money"
    confidence = _FOREIGN_SURE if one.foreign else 1.0 if one.sure else 0.8
    rate = _A_DAY.match(page.after(one.end, 16)) if field == _FIELDS["loss"] else None
    if rate and rate.lastgroup:
        value = whole(round(one.value * _MONTHLY[rate.lastgroup]))
        end = one.end + rate.end()
        return Mention(field=field, value=value, start=one.start, end=end, approx=True, confidence=confidence)
    return Mention(
        field=field, value=whole(one.value), start=one.start, end=one.end, approx=one.approx, confidence=confidence
    )


def _field(page: Page, one: _Sum, previous: Mention | None, ceiling: int) -> str:
    """By the nearest word before, in the same sentence and after the sum before; else by the first word after."""
    floor = previous.end if previous else 0
    before = page.before(one.start, min(_REACH, one.start - floor))
    said = [found.lastgroup or "" for found in _CUES.finditer(before)]
    after = page.after(one.end, min(_REACH_AFTER, ceiling - one.end))
    coming = [found.lastgroup or "" for found in _CUES.finditer(after)]
    follows = coming[0] if coming else ""
    last = said[-1] if said else ""
    if (_REFUNDED.search(before) or _REFUNDS.search(before + _GAP + page.after(one.end, 30))) and not _REPAID.search(
        before
    ):
        return _FIELDS["loss"]
    if "gone" in coming[:3]:
        return _FIELDS["gone"]
    if "turnover" in (last, follows) and "loss" in (*said[-2:], *coming[:2]):
        return _FIELDS["loss"]
    if previous and (direct := _CUES.match(after, 1)) and direct.lastgroup in {"funds", "loss"}:
        return _FIELDS[direct.lastgroup]
    if not said and not follows and previous and one.start - floor <= _JOINED:
        return previous.field
    if _BACK.match(after) and last not in {"fee", "loss"}:
        return _FIELDS["funds"]
    if "stock" in (last, follows) or (last == "funds" and "stock" in said):
        return _FIELDS["loss" if "loss" in (last, *said[-2:-1]) else "stock"]
    return _FIELDS.get(last or follows, "money")
