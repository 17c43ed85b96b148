"""Percentages and fractions in a message: of turnover lost, of sales made through the platform, of the catalogue."""

from __future__ import annotations

import re
from collections.abc import Iterator

from nlu.amounts import APPROX, CHANGED
from nlu.numbers import NUMBER, read_number, whole
from nlu.page import Mention, Page

_SIGN = r" ?(?:%|pour ?cents?|prct|pct|pourcents?|pourcents? |per ?cent|p\. ?100)(?![a-z])"
_LED = rf"(?:(?P<approx>(?<![a-z]){APPROX}) ?)?"
_TAIL = r"(?: (?:environ|a peu pres|or so|roughly|approximately)(?![a-z]))"
_PERCENT = re.compile(rf"{_LED}(?P<minus>(?<![\w-])[-+] ?)?(?P<number>{NUMBER}){_SIGN}(?P<tail>{_TAIL})?")
_RANGE = re.compile(
    rf"{_LED}(?<![a-z])(?:entre |between |de |from )?(?P<low>{NUMBER})(?:{_SIGN})? ?(?:a|et|-|ou|to|and|"
    rf"or) ?(?P<high>{NUMBER}){_SIGN}"
)
_FRACTIONS = (
    (r"(?:les )?quatre cinquiemes|four[- ]fifths", 80),
    (r"(?:les )?trois[- ]quarts?|three[- ]quarters|3/4", 75),
    (r"(?:les )?deux[- ]tiers|two[- ]thirds|2/3", 67),
    (r"(?:la |une )?(?:bonne )?moitie|(?:a )?half|1/2", 50),
    (r"(?:un |le )?(?:bon |petit )?tiers|(?:a |one )third|1/3", 33),
    (r"(?:un |le )?(?:bon |petit )?quart|(?:a |one )quarter|1/4", 25),
    (r"(?:un |le )?cinquieme|(?:a |one )fifth|1/5", 20),
    (r"(?:un |le )?sixieme|(?:a |one )sixth", 17),
    (r"(?:un |le )?dixieme|(?:a |one )tenth", 10),
    (r"(?:presque|quasi(?:ment)?|pratiquement) (?:tout|tous|toutes?|la totalite)|(?:la )?quasi[- ]totalite", 95),
    (r"(?:almost|nearly|practically) (?:all|everything)", 95),
    (r"(?:la )?totalite", 100),
)
_FRACTION_WORDS = "|".join(f"(?P<f{at}>{words})" for at, (words, _) in enumerate(_FRACTIONS))
_FRACTION = re.compile(rf"(?<!\w){_LED}(?<![\w/])(?:{_FRACTION_WORDS})(?![\w/])")
_FRACTION_HINT = frozenset(
    """
    moitie tiers quart quarts cinquieme cinquiemes sixieme dixieme tout tous toute toutes totalite fifth
    fifths quarter quarters third thirds half tenth all everything 3 2 1 divise divises divisee divisees halved coupe
    """.split()  # noqa: SIM905  # Words read best as a line of words.
)
_LOSS = re.compile(
    r"(?<![a-z])(?:perd(?:u|us|ue|ues|s|re|ons|ent|ez)?|pertes?|baiss\w{1,4}|chut\w{1,4}|recul\w{0,4}|"
    r"degringol\w{1,4}|"
    r"effondr\w{1,4}|"
    r"plong\w{1,4}|tomb\w{1,4}|divis\w{1,4}|diminu\w{1,6}|en moins|de moins|moins|lost|lose|losing|loss(?:es)?|down|"
    r"drop(?:ped|s)?|"
    r"fell|fallen|less|decrease\w?|cut(?! (?:me|us|off|our|my))|plummet\w{0,3}|wiped|gone|vanished|disparue?s?|"
    r"envolee?s?|"
    r"evaporee?s?)(?![a-z])"
)
_TURNOVER = re.compile(
    r"(?<![a-z])(?:chiffre|ca|ventes|activite|revenus?|business|turnover|revenue|sales|income|commandes|orders|trade|"
    r"recettes|income|nuitees|nights|reservations|bookings)(?![a-z])"
)
_SALES = re.compile(r"€|(?<![a-z])(?:euros?|k|chiffre|ca|ventes|factur\w{1,5}|turnover|revenue|sales|invoice)(?![a-z])")
_THROUGH = re.compile(
    r"(?<![a-z])(?:pass(?:e|ent|ait|aient|es|ees)|fait|fais|faisait|faisais|faisons|represent\w{1,4}|pes(?:e|ent|ait)|"
    r"depen\w{1,4}|"
    r"realis\w{1,4}|"
    r"proven\w{1,5}|vien(?:t|nent)|"
    r"c'est|c'etait|goes|go|come|comes|came|went|made|make|through|via|from|depend\w{0,3}|grace a|is|was|on|sur|"
    r"avec)(?![a-z])"
)
_CATALOGUE = re.compile(
    r"^ (?:de |of )?(?:mes|nos|mon|notre|my|our|ma|the|du|des) (?:\w+ )?(?:fiches?|an?nonces?|produits?|references?|"
    r"catalogue?|list?i?ngs?|offres?|articles?|livres|titres|products|items|ads)"
)
_OTHER = re.compile(
    r"(?<![a-z])(?:commissions?|com|coms|frais|tva|taxes?|reserve|retien\w{1,3}|retenu\w{0,2}|retenue|garde(?:nt)?|"
    r"keeps?|kept|withh\w{2,6}|hold(?:s|ing)?|held|remise|promo\w{0,4}|marge|taux|defauts?|retards?|defects?|"
    r"late|note|notation|fees?|discount|vat|rate|"
    r"margin|valeur|value|"
    r"rembours\w{1,5}|refund\w{0,3}|penalites?|augment\w{1,6}|hausse|increase\w?|rais\w{1,3}|charg\w{1,3})(?![a-z])"
)
_NOT_TURNOVER = re.compile(
    r"^ ?(?:des? |d'|du |of )?(?:ma |mes |my |la |leur |the )?(?:reservations directes|direct bookings|visibilite|vues|"
    r"trafic|"
    r"clients|avis|note|ecart|difference|gap|visibility|views|"
    r"traffic|reviews|prix|price|valeur|value)"
)
_OF_THING = re.compile(r"^ ?(?:de |of |d')?(?:mes|nos|mon|ma|notre|my|our|leurs?|les|des|their) (?P<thing>[a-z]+)")
_SOLD = r"(?:ventes?|commandes?|sales|orders)"
_OF_TEN = re.compile(
    rf"(?<![\w.,])(?P<part>{NUMBER}) ?(?:(?P<thing>{_SOLD}) )?(?:sur |out of |in |/ ?)"
    rf"(?P<all>dix|cent|ten|a hundred|10|100)(?:e|eme)?(?![\w%])"
    rf"(?: (?:de |of )?(?:mes |nos |my |our )?(?P<things>{_SOLD}))?"
)
"""Sales counted by the ten: "9 ventes sur 10"."""
_TENS = frozenset({"dix", "cent", "ten", "hundred", "10", "100"})
_AMONG = re.compile(r"(?<![a-z])(?:dont|of which) $")
_THERE = re.compile(r"^ (?:sur|chez|via|on|through|from|with) ")
_WHICH_IS = re.compile(r"(?:ce qui (?:represente|fait)|soit|which is|that is|i\.e\.?)(?: \w+)? ?$")
_DEPENDS = re.compile(
    r"(?<![a-z])(?:depen\w{1,4} (?:d'eux|d'elle|d'\w+|de \w+)(?: \w+)? a|(?:depend\w{0,3}|rel(?:y|ies)) on (?:them|"
    r"it|\w+) for) "
    r"(?:(?:plus|pres) de |about |over )?$"
)
"""Before the share of sales that a platform makes."""
_NTH = re.compile(
    r" (?:pages?|fois|place|position|rang|jour|mois|semaine|annee|message|mail|ticket|relance|time|day|week|month|year|"
    r"email|part(?:y|ies)|place)(?![a-z])"
)
"""After "cinquième" or "third" that only counts: "la cinquième page"."""
_LEVEL = re.compile(
    r"(?<![a-z])(?:tomb\w{1,4}|descend\w{1,3}|pass\w{1,3}|mont\w{1,4}|fell|fallen|dropped|down|up|went|gone|rose)"
    r"(?: \w+)? (?:a|to)(?: (?:pres de|moins de|under|below))? $"
)
"""What it came to, not how much went."""
_CLAUSE = re.compile(r",|(?<![a-z])(?:et|mais|and|but)(?![a-z])")
_HELD = re.compile(
    r"(?<![a-z])(?:reserves?|retenir|retien\w{1,3}|retenu\w{0,2}|parked|stuck|withh\w{2,6}|on hold)(?![a-z])"
)
"""Of sales kept back, not of those made there."""
_DIVIDED = re.compile(
    r"(?<![a-z])(?:divise\w{0,2} (?:quasi(?:ment)? )?par (?P<by>deux|trois|quatre|cinq|dix|[2-9])|halved|"
    r"coupee? en deux)(?![a-z\d])"
)
_WHOLE_LOST = re.compile(
    r"(?<![a-z])(?:perdu|lost) (?P<all>(?:tout|toute|all)(?= (?:mon|notre|my|our|of my) (?:chiffre|ca|activite|"
    r"turnover|sales|revenue)))"
)
_OF_TURNOVER = re.compile(
    r" (?:de |of )?(?:tout )?(?:ce (?:que|qu')[ ']?(?:nous|on|je) (?:faisons|fait|fais|ven\w{1,4}|realis\w{1,4})|"
    r"what (?:we|i) (?:do|make|made|sell|sold|did|earn\w{0,2}))(?![a-z])|"
    r" (?:(?:de |d'|of )?(?:mon|ma|mes|notre|nos|my|our|the) |du (?=ca|chiffre)|des (?=ventes)|de (?=ca |chiffre)|"
    r"of (?=sales|turnover|revenue))(?:chiffre|ca|ventes|activite|turnover|sales|revenue|business|income|revenus?|"
    r"recettes|commandes|orders|reservations|bookings)(?![a-z])"
)
_LOSSES = frozenset({"loss_eur", "loss_pct_turnover"})
_MOST = 100
_CLOSE = 25
_LITTLE = 6


def read_shares(page: Page) -> list[Mention]:
    """Shares in per cent, in order. A loss or a part over 100 is `percent_invalid`; a price may well double."""
    signed = any(sign in page.folded for sign in ("%", "cent", "pct", "prct", "p."))
    tens = _of_ten(page) if page.words & _TENS else ()
    found = [*tens, *(_ranges(page) if signed else ())]
    rest = page.without(found)
    found += _percents(rest) if signed else ()
    if page.words & _FRACTION_HINT:
        found += _fractions(rest.without(found))
    return sorted(found, key=lambda mention: mention.start)


def _of_ten(page: Page) -> Iterator[Mention]:
    for found in _OF_TEN.finditer(page.folded):
        part, every = read_number(found["part"]), 100 if found["all"] in {"cent", "a hundred", "100"} else 10
        if (found["thing"] or found["things"]) and part <= every:
            share = whole(100 * part / every)
            lost = _LOSS.search(page.before(found.start(), 40)) or _LOSS.match(page.after(found.end(), 20).lstrip())
            field = "loss_pct_turnover" if lost else "platform_share_pct"
            yield Mention(field=field, value=share, start=found.start(), end=found.end(), confidence=0.8)


def _ranges(page: Page) -> Iterator[Mention]:
    for found in _RANGE.finditer(page.folded):
        low, high = read_number(found["low"]), read_number(found["high"])
        if low >= high or CHANGED.search(page.before(found.start(), 12)):
            continue
        field, confidence = _field(page, found.start(), found.end(), minus=False)
        if high > _MOST and field == "percent":
            continue
        yield Mention(
            field="percent_invalid" if high > _MOST else field,
            value=whole((low + high) / 2),
            start=found.start(),
            end=found.end(),
            approx=True,
            confidence=confidence,
        )


def _percents(page: Page) -> Iterator[Mention]:
    for found in _PERCENT.finditer(page.folded):
        value = read_number(found["number"])
        field, confidence = _field(page, found.start(), found.end(), minus=(found["minus"] or "").startswith("-"))
        whole_message = len(page.folded) - len(found[0]) <= _LITTLE
        if value > _MOST and field == "percent" and not whole_message:
            continue
        yield Mention(
            field="percent_invalid" if value > _MOST else field,
            value=whole(value),
            start=found.start(),
            end=found.end(),
            approx=bool(found["approx"] or found["tail"]),
            confidence=confidence,
        )


def _fractions(page: Page) -> Iterator[Mention]:
    for found in _WHOLE_LOST.finditer(page.folded):
        yield Mention(field="loss_pct_turnover", value=100, start=found.start("all"), end=found.end("all"))
    for found in _DIVIDED.finditer(page.folded):
        around = page.before(found.start(), 60) + page.after(found.end(), 45)
        if _TURNOVER.search(around):
            lost = whole(round(100 - 100 / read_number(found["by"] or "2")))
            yield Mention(field="loss_pct_turnover", value=lost, start=found.start(), end=found.end(), confidence=0.9)
    for found in _FRACTION.finditer(page.folded):
        if _NTH.match(page.after(found.end(), 12)):
            continue
        group = next(name for name, words in found.groupdict().items() if words is not None and name != "approx")
        value = _FRACTIONS[int(group[1:])][1]
        field, confidence = _field(page, found.start(), found.end(), minus=False)
        if field != "percent" or page.kind == "percent":
            approx = bool(found["approx"]) or "presque" in found[0] or value == 95  # noqa: PLR2004  # "nearly all".
            yield Mention(
                field=field, value=value, start=found.start(), end=found.end(), approx=approx, confidence=confidence
            )


def _field(page: Page, start: int, end: int, *, minus: bool) -> tuple[str, float]:
    before, after = page.before(start, 60), page.after(end, 45)
    if page.asking in _LOSSES:
        return "loss_pct_turnover", 0.9
    if _CATALOGUE.match(after):
        return "category_answers.catalogue_share_pct", 0.9
    if _AMONG.search(before) and _THERE.match(after) and _SALES.search(before):
        return "platform_share_pct", 0.8
    if _DEPENDS.search(before):
        return "platform_share_pct", 0.9
    if _NOT_TURNOVER.match(after) or _LEVEL.search(before) or _is_of_thing(after):
        return "percent", 0.5
    if _WHICH_IS.search(before) and _TURNOVER.search(after) and _LOSS.search(page.before(start, 90)):
        return "loss_pct_turnover", 0.9
    _, other, since = before.rpartition("%")
    since = _CLAUSE.split(since)[-1]
    made = _THROUGH.search(since) or _THROUGH.search(after)
    if other and made and _TURNOVER.search(after) and not (_LOSS.search(after) or _LOSS.search(since)):
        return "platform_share_pct", 0.9
    if _HELD.search(before[-_CLOSE:]) or _HELD.search(after):
        return "percent", 0.6
    return _lost_or_made(before, after, minus=minus)


def _is_of_thing(after: str) -> bool:
    """A share of something else than sales: "20 % de nos avis"."""
    thing = _OF_THING.match(after)
    return thing is not None and not _TURNOVER.fullmatch(thing["thing"]) and not _TURNOVER.search(after)


def _lost_or_made(before: str, after: str, *, minus: bool) -> tuple[str, float]:
    lost = _last(_LOSS, before)
    turnover = _TURNOVER.search(after) is not None or _TURNOVER.search(before) is not None
    if _last(_OTHER, before) > lost or (_OTHER.search(after) and not turnover):
        return "percent", 0.5
    lost_after = turnover and _LOSS.search(after[:_CLOSE]) is not None
    lost_at_once = _LOSS.match(after.removeprefix(" de").removeprefix(" en").lstrip())
    if lost >= 0 or lost_after or (minus and turnover) or lost_at_once:
        return "loss_pct_turnover", 1.0
    if turnover and (_THROUGH.search(before) or _THROUGH.search(after)):
        return "platform_share_pct", 0.9
    return ("platform_share_pct", 0.6) if _OF_TURNOVER.match(after) else ("percent", 0.6)


def _last(pattern: re.Pattern[str], text: str) -> int:
    return max((found.start() for found in pattern.finditer(text)), default=-1)
