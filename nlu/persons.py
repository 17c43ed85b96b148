"""Third persons in a text, by the words that introduce a name, and postal addresses, in the text as it was typed."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator

from nlu.calendar import MONTHS, WEEKDAYS
from nlu.everyday import NO_NAME, PLACES
from nlu.folding import fold

Span = tuple[int, int]

_WORD = r"[A-ZÀ-Ý][\w'’-]{1,30}"
_NAME = rf"(?P<who>{_WORD}(?:[ \u00a0](?:(?:de|du|le|la|van|von|da|el)[ \u00a0])?{_WORD}){{0,2}})"
_TITLED = re.compile(
    r"(?<!\w)(?:(?:M\.|Me|Maître|Dr\.?)[ \u00a0](?=[A-ZÀ-Ý])|(?:Mr\.?|Mme\.?|Mlle|Mrs\.?|Ms\.?|"
    r"(?i:monsieur|madame|mademoiselle|mme|mlle|mr|mrs))[ \u00a0])(?!et |ou |and |& )"
    r"(?P<who>[^\W\d_][\w'’-]{1,30}(?:[ \u00a0](?:(?:de|du|le|la|van|von)[ \u00a0])?[A-ZÀ-Ý][\w'’-]{1,30}){0,2})"
)
_ROLE = (
    r"(?i:clients?|clientes?|acheteurs?|acheteuses?|salariée?|employée?|collègue|collaborat(?:eur|rice)|apprentie?|"
    r"conseill(?:er|ère)|interlocut(?:eur|rice)|gestionnaire|téléconseill(?:er|ère)|livreur|associée?|voisine?|"
    r"buyers?|customers?|clients?|employee|colleague|assistant|apprentice|adviser|advisor|agent|rep|representative|"
    r"driver|neighbour|partner)"
)
_CALLED = r"(?i:nommée?|appelée?|dénommée?|du nom de|un certain|une certaine|named|by the name of|a certain)"
_NAMED = r"(?i:qui s['’]appelle|s['’]appelle|called|whose name is)"
_NO_TITLE = r"(?!M\.|M(?:r|me|lle|rs|s)\b|Monsieur|Madame|Mademoiselle|Maître|Me\b|Dr\b)"
_INTRODUCED = re.compile(
    rf"(?<!\w)(?:{_ROLE}[ \u00a0]?[:(]?[ \u00a0]?(?:(?:{_CALLED}|{_NAMED})[ \u00a0])?|{_CALLED}[ \u00a0]|"
    rf"(?:(?i:il|elle|he|she|who)[ \u00a0](?:is[ \u00a0])?{_NAMED}|(?i:his|her)[ \u00a0]name[ \u00a0]is)[ \u00a0])"
    rf"{_NO_TITLE}{_NAME}"
)
_ASIDE = re.compile(rf"(?<!\w){_ROLE},[ \u00a0]{_NO_TITLE}{_NAME}(?=,)")
_OF_SUPPORT = re.compile(
    rf"(?<!\w){_NO_TITLE}{_NAME}(?=,?[ \u00a0](?:du|de|au|from|at|of)(?:[ \u00a0](?:la|le|l['’]|the))?[ \u00a0']?"
    r"(?i:support|service client|service vendeur|sav|assistance|seller support|customer service|hotline)(?!\w))"
)
_ORDERED = re.compile(
    rf"(?i:commande|colis|order|parcel)[ \u00a0](?:[\w#°.-]{{3,25}}[ \u00a0])?(?:de|for|by|par|from|pour)[ \u00a0]"
    rf"{_NO_TITLE}{_NAME}"
)
_STREET = (
    r"(?i:rue|avenue|av|boulevard|bd|place|impasse|allées?|chemin|route|quai|square|résidence|lotissement|faubourg|"
    r"passage)"
)
_PLACE = rf"{_WORD}(?:[ -](?:(?:sur|sous|en|de|du|le|la|les)[ -])?{_WORD}){{0,3}}"
_ADDRESS = re.compile(
    rf"(?<![\w.,])\d{{1,4}}(?:[ \u00a0]?(?:bis|ter|quater|[A-C](?!\w)))?,?[ \u00a0]{_STREET}(?!\w)\.?"
    rf"(?:[ \u00a0](?:de|du|des|la|le|les|d['’]|l['’]|saint|sainte|st|\d{{1,2}}))*[ \u00a0'’]{{0,2}}[\w'’.-]{{2,30}}"
    rf"(?:[ -][A-ZÀ-Ý][\w'’-]{{1,30}}){{0,3}}(?:,?[ \u00a0]\d{{5}}(?:[ \u00a0]{_PLACE})?)?"
)
_POSTCODE = r"[A-Z]{1,2}\d[A-Z\d]?[ \u00a0]?\d[A-Z]{2}"
_ENGLISH_ADDRESS = re.compile(
    rf"(?<![\w.,])\d{{1,4}}[a-zA-Z]?,?[ \u00a0](?:[A-Z][\w'’-]{{1,20}}[ \u00a0]){{1,3}}"
    rf"(?:Street|St|Road|Rd|Lane|Ln|Avenue|Ave|Close|Drive|Court|Way|Terrace|Gardens|Square|Crescent)\b"
    rf"(?:(?:,?[ \u00a0][A-Z][\w-]{{1,20}}){{0,2}},?[ \u00a0]{_POSTCODE}(?!\w))?"
)
_NOT_WHO = frozenset(
    """
    l le la les des et ou ne and has un une the madame monsieur i'd i'm i've i'll pro ups dhl gls dpd rgpd tva rcs
    siret rib id cb fba hs sms ean asin reponse reponses message messages mail mails email emails appel appels
    ticket tickets contact numero adresse retour chat refus lien silence reply answer answers nobody someone people
    agent adviser quelqu'un toujours aide help call calls letter letters demande suite decision noel paques rentree
    commande commandes machin avis autre autres another
    """.split()  # noqa: SIM905  # Words read best as a line of words.
)
_WORDS = frozenset((*_NOT_WHO, *NO_NAME, *PLACES, *MONTHS, *WEEKDAYS))
"""Words in capitals where a name might stand."""


def find_persons(text: str, kept: Collection[str] = ()) -> Iterator[Span]:
    """The names of buyers, employees and others, without their titles; those in `kept`, in small letters, stay."""
    for pattern in (_TITLED, _INTRODUCED, _ASIDE, _OF_SUPPORT, _ORDERED):
        for found in pattern.finditer(text):
            who = found["who"].lower()
            first = fold(who.split()[0]).text
            if who not in kept and first not in kept and first not in _WORDS and not _is_shouted(found):
                yield found.start("who"), found.end("who")


def _is_shouted(found: re.Match[str]) -> bool:
    """Where all is in capitals, a capital makes no name."""
    return found[0].isupper() and found["who"] != found[0]


def find_addresses(text: str) -> Iterator[Span]:
    """Streets with their numbers, and the postcode and place after them."""
    for pattern in (_ADDRESS, _ENGLISH_ADDRESS):
        for found in pattern.finditer(text):
            yield found.span()
