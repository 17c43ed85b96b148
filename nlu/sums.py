"""What a sum of money is, by the words around it: a loss, money held back, blocked stock, a fee, or none of these."""

from __future__ import annotations

import re

from nlu.page import Mention, Page

LOSS, FUNDS, STOCK = "loss_eur", "funds_held_eur", "stock_blocked_eur"
FEE = "category_answers.fee_amount_eur"
MONEY = "money"
_CUES = {
    "gone": r"partie?s? (?:ailleurs|chez)|voleurs?|detourn\w{1,4}|vole[es]{0,2}|derobe\w{0,2}|siphonn\w{1,4}|stolen|"
    r"siphoned",
    "other": r"loyers?|rent|salaires?|payroll|wages|emprunts?|credits?|pret|loan|mensualites?|investi\w{0,6}|"
    r"invest(?:ed|ment)?|urssaf|tresorerie de|commandes? prevues?|dette|debt",
    "loss": r"perd(?:u|us|ue|ues|s|re|ons|ent|ez|ais)?|pertes?|manque a gagner|prejudice|en moins|de moins|casse|trou|"
    r"(?:me|nous) (?:bouffe\w{0,2}|mange\w{0,2}|grignote\w?)|(?:ca|nous|m'a|me|m'ont|nous a) cout(?:e|ent|er|es)|"
    r"lost|lose|losing|loss(?:es)?|out of pocket|shortfall|down the drain|up in smoke|a la poubelle|"
    r"(?:part|parti|envol)\w{1,3} en fumee|envolee?s?|evaporee?s?|volatilisee?s?|de ma poche|out of my pocket|"
    r"cost(?:s|ing)? (?:me|us)|damages?|(?:j'y|on y|nous y) (?:ai |a |avons )?laiss\w{1,4}|from (?:my|"
    r"our) (?:own )?pockets?|"
    r"written off",
    "stock": r"stocks?|fulfil?lment cent(?:re|er)s?|depots?|marchandises?|inventaire|palettes?|cartons?|"
    r"pallets?|boxes|goods|inventory|warehouse|"
    r"entrepots?",
    "fee": r"commissions?|com|coms|frais|abonnement|penalites?|amendes?|prelev\w{1,6}|debit\w{1,4}|deduct\w{0,3}|"
    r"deduit\w{0,2}|(?:me|nous|m'ont|nous ont|m'a|nous a) compt(?:e|ent|es)|"
    r"(?<!mes )(?<!nos )(?<!les )(?<!des )(?<!aucune )factur(?:e|es|ent|ee?s?|er)|fees?|charg(?:e|es|ed|ing)|penalty|"
    r"penalties|subscription|fined?",
    "funds": r"reti(?:en|nt)\w{0,5}|reten(?:u|us|ue|ues|ir)|recuper\w{1,3} (?:mes|nos|les)|blo[qk]\w{1,4}|dessus|"
    r"dedans|(?:reste|restent|remain\w{0,3}) (?:sur|on|chez)|leurs? coffres?|"
    r"(?:sur|on) (?:le|mon|notre|the|my|our) (?:compte|account|porte-?monnaie)|il manque|manquent|still missing|"
    r"en attente|(?:on|j'|j|nous) ?attend\w{0,3}|(?:pas|jamais|rien)(?: encore)? (?:recus?|touche)|waiting for|"
    r"gard(?:e|ent|es|er|ee?s?)|gel(?:e|es|ent|ees?)|doi(?:t|vent)|doivs?|devaient|devait|soldes?|versements?|"
    r"vers(?:e|es|er|ent|ez|ees?)|revers\w{1,4}|virements?|cagnotte|porte-?monnaie|de mes ventes|mes ventes|me paye?r?|"
    r"pay(?:e|ent) (?:pas|plus)|(?:jamais|pas|non)(?: ete)? pay\w{1,3}|conserv\w{1,4}|confisqu\w{1,4}|dorment|"
    r"coinc\w{1,4}|dort|(?:ne )?rentr(?:e|ent) pas|n'arriv(?:e|ent) pas|(?:rolling )?reserve|built up|accumul\w{1,4}|"
    r"(?:can't|cannot|couldn't|can not) (?:be )?"
    r"(?:pa(?:id|y)|withdrawn?|released|access(?:ed)?|touch(?:ed)?|reach(?:ed)?)|suspendus?|argent|fonds|tresorerie|"
    r"held|hold(?:s|ing)?|withh\w{2,7}|ow(?:e|es|ed|ing)|"
    r"immobilis\w{1,4}|en suspens|dehors|outstanding|tied up|froz(?:e|en)|freez\w{1,4}|keep(?:s|ing)?|kept|"
    r"stuck|balance|payouts?|(?:sitting|sat|sits?) on|unpaid|pending|"
    r"disbursements?|retain(?:ed|s|ing)?|locked|(?:won't|don't|not|never|hasn't|haven't|didn't|doesn't)(?: been)? "
    r"pa(?:y|id|ying)|my money|our money|funds|won't release|blocked",
    "worth": r"valeur|vaut|valent|worth|y en a pour|il y a pour",
    "turnover": r"chiffre|ca(?! (?:fait|faisait|represente|me|nous|ne|a|va|y|coute|peut|dure|monte)(?![a-z])| [mn]')|"
    r"turnover|revenue|marge|margin|panier|prix|price",
}
SUMS = re.compile("|".join(rf"(?P<{name}>(?<![a-z])(?:{words})(?![a-z]))" for name, words in _CUES.items()))
"""The words that say what a sum is, each in the group of its kind."""
_FIELDS = {"loss": LOSS, "gone": LOSS, "funds": FUNDS, "stock": STOCK, "fee": FEE}
_EACH = re.compile(
    r" ?(?:each|apiece|(?:la |l')?(?:piece|unite|un|une)(?![a-z])|(?:per|par|a|/) ?(?:unit|item|article|piece|vente|"
    r"sale|order|commande|nuit|night|colis|parcel|kilo|kg|m2|course|livre|heure|hour|modele))(?![a-z])"
)
"""The price of one."""
RATE = re.compile(r" ?(?:(?:par|a|per|chaque|each|every|/) ?(?:mois|month|an|year|semaine|week|jour|day))(?![a-z])")
"""What comes month by month is not what is held."""
_GONE = re.compile(
    r" (?:is |are |was |just |all )*(?:gone(?! (?:up|to|down|from|back))|(?:down|short)(?= ?(?:$|[.,;!])))"
)
_AT_COST = re.compile(
    r" ?(?:(?:au |en )?(?:prix|valeur) (?:de revient|d'achat|coutant)|at cost(?: price)?(?![a-z])|"
    r"(?:worth )?of (?:goods|stock|inventory|merchandise|products))"
)
"""What stock is worth."""
_TO_GET_BACK = re.compile(
    r" (?:pour (?:me |nous |m'en |les )?(?:recuperer|sortir|reprendre|enlever|retirer|renvoyer|rapatrier)|"
    r"to (?:remove|send|ship|give|get|retrieve|collect|"
    r"return))(?! (?:mon|mes|l'|my|our) ?(?:argent|fonds|ventes|compte|money|funds|account))"
)
_TAKEN_FROM = re.compile(r" (?:is |are |was |were )?(?:taken|deducted|charged|prelev\w{1,3}|debit\w{1,4})(?![a-z])")
_EVERY = re.compile(r"(?<![a-z])(?:each|every|chaque|line|ligne|tous les|monthly|mensuel\w{0,3})(?![a-z])")
_OF_BALANCE = re.compile(r" (?:de|of|in|en) (?:solde|balance|payouts?|ventes|sales)(?![a-z])")
_PRICE_OF = re.compile(
    r"(?<![a-z])(?:un|une|des|les|mes|nos|ces|a|an|the|my|our) (?P<thing>(?:[a-z'-]+ ){1,4})(?:a|at) $"
)
"""Before the price of a thing: "un frigo à 400 €"."""
_DEBTOR = re.compile(
    r"(?<![a-z])(?:clients?|cliente|customers?|locataire|tenant|employeur|employer|patron|boss|assureur|assurance|insurer|"
    r"fournisseur|supplier)(?![a-z])[^.!?]{0,60}(?<![a-z])(?:me |nous )?(?:doi(?:t|vent)|owes?)(?![a-z])"
)
"""Who owes it is no platform."""
_TIMES = re.compile(r"\d ?(?:x|fois|times|\*) ?$")
_REFUNDED = re.compile(
    r"(?:(?:acheteu\w{1,3}|clients?|cliente?s?|buyers?|customers?)\b.{0,40}(?:rembours\w{1,4}|refund\w{0,3})|"
    r"(?:rembours\w{1,4}|refund\w{0,3})\b.{0,25}(?:acheteu\w{1,3}|clients?|cliente?s?|buyers?|customers?)|"
    r"refunded (?:her|him|them)|"
    r"(?:had|have|made me|m'oblige\w{0,2}|du|dois) (?:to |a )?(?:rembours\w{1,4}|refund\w{0,3}))[^.]{0,40}$"
)
_GAP = "#"
_REFUNDS = re.compile(
    rf"(?:rembours\w{{1,4}}|refund\w{{0,3}})(?: [a-z]+)? {_GAP}.{{0,20}}(?:acheteu|client|buyer|customer)"
)
_REPAID = re.compile(r"(?<![a-z])(?:m'a|nous a|m'ont|nous ont|me|refunded (?:me|us)) ?(?:rembours|$)")
"""What a buyer got back is lost; what the firm got back is not."""
_FEE_OF = re.compile(
    r" (?:de|d'|en|of|in) ?(?:frais|retrait|stockage|penalites?|amende|abonnement|pub|publicite|fees?|storage|"
    r"removal|ads)(?![a-z])"
)
_TOOK = re.compile(
    r"(?<![a-z])(?:took|taken|takes|claw(?:ed|s)(?: back)?|grabbed|repris|repren\w{1,3}|pris|ponctionn\w{1,3}|"
    r"pioch\w{1,3})"
    r"(?: (?:me|nous|back|encore|aussi|about|around|environ))* ?$"
)
_OUT_OF = re.compile(
    r" (?:back )?(?:from|out of|off|sur|dans|de) (?:my|our|the|mon|mes|ma|notre|nos|le) (?:\w+ )?(?:balance|payouts?|"
    r"payment|"
    r"account|sales|money|next|versements?|solde|virements?|ventes|compte|paiements?|argent|prochain)"
)
"""Taken out of what was the firm's."""
_BACK = re.compile(r" back(?![a-z])")
_OWN = re.compile(r"(?<![a-z])(?:mes|nos|my|our) $")
"""Before a sum of which nothing else is said: it is the firm's, and not in its hands."""
_CLAUSE = re.compile(r",|(?<![a-z])(?:et|mais|donc|and|but|so)(?![a-z])")
_REACH = 70
_REACH_AFTER = 55
_SHORTLY = 30
_JOINED = 6
"""So near is a sum joined to the one before: "3 000 € et 2 000 €"."""
_LEAST = 50
"""Less is the price of a thing, and no loss or stock that makes a case."""


def kind_of(page: Page, start: int, end: int, *, value: float, previous: Mention | None, ceiling: int) -> str:
    """The field of a sum; `previous` is the sum before it, the next number begins at `ceiling`."""
    field = _by_words(page, start, end, previous, ceiling)
    after = page.after(end, 16)
    monthly = RATE.match(after) is not None
    if field != FEE and _EACH.match(after):
        return MONEY
    if field in {LOSS, STOCK} and value < _LEAST and not monthly:
        return MONEY
    if (field == FUNDS and monthly) or _TIMES.search(page.before(start, 8)):
        return MONEY
    return field


def _by_words(page: Page, start: int, end: int, previous: Mention | None, ceiling: int) -> str:
    """By the nearest word before, in the same sentence and after the sum before; else by the first word after."""
    floor = previous.end if previous else 0
    before = page.before(start, min(_REACH, start - floor))
    after = page.after(end, min(_REACH_AFTER, ceiling - end))
    said, coming = _names(before), _names(after)
    if field := _plainly(before, page.after(end, _REACH_AFTER), after, (said, coming)):
        return field
    ends = _CLAUSE.search(after)
    nearby = _names(after[: ends.start()]) if ends else coming
    if "turnover" in (said[-1:] or coming[:1]) + coming[:1] and "loss" in (*said[-2:], *nearby[:2]):
        return LOSS
    direct = SUMS.match(after, 1)
    if direct and direct.lastgroup in {"funds", "loss"} and (previous or said[-1:] != [direct.lastgroup]):
        return _FIELDS[direct.lastgroup or ""]
    if not said and not coming and previous and start - floor <= _JOINED:
        return previous.field
    if _FEE_OF.match(after):
        return FEE
    if _TOOK.search(before) and _OUT_OF.match(after):
        return LOSS
    if _TAKEN_FROM.match(after) and _EVERY.search(before):
        return FEE
    if _AT_COST.match(after) and "loss" not in said[-1:]:
        return STOCK
    if _BACK.match(after) and said[-1:] not in (["fee"], ["loss"]):
        return FUNDS
    return _nearest(said, coming, nearby, own=_OWN.search(before) is not None)


def _nearest(said: list[str], coming: list[str], nearby: list[str], *, own: bool) -> str:
    last = said[-1] if said else ""
    if "stock" in (last, *nearby[:1]) or (last in {"funds", "worth"} and "stock" in said):
        return LOSS if "loss" in (last, *said[-2:-1]) else STOCK
    if not last and own and "loss" not in nearby:
        return FUNDS
    return _FIELDS.get(last or next(iter(coming), ""), MONEY)


def _plainly(before: str, following: str, after: str, names: tuple[list[str], list[str]]) -> str | None:
    """The field that the words right beside a sum say, whatever else is told."""
    said, coming = names
    if _is_refund(before, following[:_SHORTLY]) or "gone" in coming[:3] or _GONE.match(after):
        return LOSS
    if _is_price(before) or _DEBTOR.search(before):
        return MONEY
    if _TO_GET_BACK.match(following):
        return FEE
    return FUNDS if _OF_BALANCE.match(after) and not {"loss", "fee"} & {*said, *coming} else None


def _is_price(before: str) -> bool:
    """Of one thing on sale: no sum is said to be lost or held in its name."""
    found = _PRICE_OF.search(before)
    return found is not None and not SUMS.search(found["thing"])


def _is_refund(before: str, after: str) -> bool:
    """A buyer was paid back at the firm's expense."""
    refunded = _REFUNDED.search(before) or _REFUNDS.search(before + _GAP + after)
    return refunded is not None and not _REPAID.search(before)


def _names(text: str) -> list[str]:
    return [found.lastgroup or "" for found in SUMS.finditer(text)]
