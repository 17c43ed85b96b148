"""How often the firm got in touch with the platform ("relancé 12 fois", "9 mails"), and how often it happened."""

from __future__ import annotations

import re
from collections.abc import Iterator

from nlu.numbers import NUMBER, QUANTITY, read_quantity
from nlu.page import Mention, Page

_REACHED = (
    r"(?:relanc\w{1,4}|appel(?:e|es|ee|er)|rappel(?:e|er)|telephone\w?|contact(?:e|es|er|ed|ing)|ecri[ts]{0,2}|ecrire|"
    r"sollicite\w?|signale|reclame|redemande\w?|repondu|explique|conteste|chased?|called|rang|phoned|emailed|mailed|"
    r"written|wrote|messaged|asked|complained|appealed|reported|replied|reached out|got in touch)"
)
_TIMES = re.compile(
    rf"(?<![a-z]){_REACHED}(?: (?:them|to them|with them|him|seller support|amazon|le support|leur support|au moins|"
    rf"deja|plus de|about|over|at least|some|nearly|environ|bien|quelque|the support|support|par mail|le service))"
    rf"{{0,3}} (?:a )?(?P<quantity>{QUANTITY}) ?(?:fois|x|times|reprises)(?![a-z])"
)
_LETTERS = (
    r"(?:e-?mails?|mails?|courriels?|courriers?|lettres?|messages?|tickets?|relances?|appels?|coups de (?:fil|tel\w*)|"
    r"signalements?|reclamations?|recours|plans? d'action|demandes?|letters?|calls?|reminders?|appeals?|"
    r"complaints?|cases?|"
    r"plans? of action)"
)
_MANY = re.compile(
    rf"(?P<sent>(?<![a-z])(?:(?:r?envoy|ouver|ecri|pass|fai|depos|adress|sen|open|mad|fil|submitt|rais|wrot|writt)"
    rf"\w{{0,3}}(?: (?:plus de|au moins|over|more than|at least|deja|already))? ))?"
    rf"(?<![\w.,])(?P<quantity>{NUMBER}|{QUANTITY}) ?(?:de |d'|of )?{_LETTERS}(?![a-z])"
    r"(?P<gone> (?:r?envoye|ouvert|ecrit|passe|depose|reste|ferme|sans reponse|sans suite|sent|opened|made|"
    r"unanswered|closed|filed)\w{0,2}(?: sans (?:reponse|suite))?(?![a-z]))?"
)
_PLAIN = re.compile(r"(?:tickets?|relances?|signalements?|appels?|recours|reminders?|appeals?|calls?)$")
"""What is only ever the firm's own, even where nothing says that it sent them."""
_OURS = re.compile(r"(?<![a-z])(?:mes|nos|my|our) $")
_IN_ALL = re.compile(
    rf"(?<![a-z])(?:so|donc|soit|total(?: of)?|ca fait) (?P<quantity>{QUANTITY}) ?(?:fois|times|contacts|"
    rf"tentatives|attempts)(?![a-z])"
)
"""What the ways add up to."""
_ROW = re.compile(rf",? ?(?:et |and |plus |\+ )?{NUMBER} {_LETTERS}(?![a-z])")
"""Ways of getting in touch that are counted one after the other."""
_AGAINST = re.compile(r" (?:contre (?:moi|nous|mon|ma|notre)|against (?:me|us|my|our)|a mon|sur mon)")
_FROM_OTHERS = re.compile(
    r"(?<![a-z])(?:recu\w?|recois|recevons|recoit|ils|elle|amazon|received|got|get|they|leurs?|their|clients?|"
    r"acheteurs?|buyers?|customers?|sur|of|out of|parmi)(?: [\w']+){0,2} ?$"
)
_TO_US = re.compile(r"(?<![a-z])(?:m'a|m'ont|nous a|nous ont|ils ont|on m'a|they|they've|they have)(?: deja)? ?$")
"""Before what the platform did, not the firm."""
_NTH = {
    "deuxieme": 2, "seconde": 2, "second": 2, "troisieme": 3, "third": 3, "quatrieme": 4, "fourth": 4, "cinquieme": 5,
    "fifth": 5, "sixieme": 6, "sixth": 6, "septieme": 7, "seventh": 7, "huitieme": 8, "eighth": 8, "dixieme": 10,
    "tenth": 10,
}  # fmt: skip
_HAPPENED = re.compile(
    rf"(?<![a-z])(?:(?:m'est|nous est|m'etait|s'est|c'est) (?:deja )?(?:arrivee?|produite?)|happened(?: to (?:me|us))?|"
    rf"(?:fait|font|did) (?:le coup|it|this)(?: to (?:me|us))?)(?: (?:deja|already|now|bien|au moins|at least))?"
    rf" (?P<quantity>{QUANTITY}|twice)(?: (?:fois|times)|(?<=twice))(?![a-z])"
    rf"|(?<![a-z])(?:c'est|it is|it's|that's|this is|voila|deja) (?:deja |now |already )?(?:la |the |my |our )"
    rf"(?P<nth>{'|'.join(_NTH)}|\d{{1,2}}(?:e|eme|st|nd|rd|th)) (?:fois|time)(?= ?(?:$|[.,;!]|que|qu'|cette|en|"
    rf"this|that|it|in))"
)
"""How often it happened."""
_MOST = 2000


def read_contacts(page: Page) -> list[Mention]:
    """The greatest number said, as the ways of getting in touch may overlap; and how often it happened."""
    return [*_contacts(page), *_occurrences(page)]


def _occurrences(page: Page) -> Iterator[Mention]:
    if page.words.isdisjoint(("fois", "time", "times", "twice")):
        return
    for found in _HAPPENED.finditer(page.folded):
        nth = found["nth"]
        number = int(re.sub(r"\D", "", nth) or _NTH.get(nth, 0)) if nth else _quantity(found["quantity"])
        if number > 1:
            yield Mention(field="occurrences", value=number, start=found.start(), end=found.end(), confidence=0.9)
            return


def _quantity(words: str) -> int:
    return 2 if words == "twice" else int(read_quantity(words)[0])


def _contacts(page: Page) -> list[Mention]:
    found = [*_times(page), *_letters(page), *(one for told in _IN_ALL.finditer(page.folded) for one in _mention(told))]
    return [max(found, key=lambda mention: (mention.value, -mention.start))] if found else []


def _times(page: Page) -> Iterator[Mention]:
    for found in _TIMES.finditer(page.folded):
        if _TO_US.search(page.before(found.start(), 16)):
            continue
        yield from _mention(found)


def _letters(page: Page) -> Iterator[Mention]:
    for found in _MANY.finditer(page.folded):
        before = page.before(found.start(), 24)
        own = (
            found["sent"]
            or found["gone"]
            or _ROW.match(page.after(found.end(), 30))
            or _OURS.search(before)
            or _PLAIN.search(found[0].removesuffix(found["gone"] or ""))
        )
        if own and not _FROM_OTHERS.search(before) and not _AGAINST.match(page.after(found.end(), 20)):
            yield from _mention(found)


def _mention(found: re.Match[str]) -> Iterator[Mention]:
    amount, about = read_quantity(found["quantity"])
    if found["quantity"] not in {"a", "an", "un", "une"} and amount == int(amount) and amount <= _MOST:
        yield Mention(
            field="contacts_count",
            value=int(amount),
            start=found.start(),
            end=found.end(),
            approx=about,
            confidence=0.9,
        )
