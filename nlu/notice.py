"""How many days before a measure the firm was told, if at all."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from nlu.numbers import QUANTITY, read_quantity
from nlu.page import Mention, Page

_NOTICE_LENGTH = re.compile(
    rf"(?<![\w'])(?P<quantity>{QUANTITY}) ?(?P<unit>heures?|hours?|h|jours?|j|days?|semaines?|weeks?|mois|"
    rf"months?)(?:'s|s'|')?(?: ouvres?)?"
    r"(?P<notice> (?:de preavis|d'avance|a l'avance|de delai de prevenance|notice|in advance|beforehand|warning|"
    r"d'avertissement))"
)
_NOTICE_OF = re.compile(
    rf"(?<![a-z])(?:preavis|notice|prevenance)(?: period)? ?(?:de|d'|of|:) ?(?P<quantity>{QUANTITY}) ?"
    r"(?P<unit>heures?|hours?|h|jours?|j|days?|semaines?|weeks?|mois|months?)(?![a-z])(?! (?:prevus?|required|due))"
)
_NOT_GIVEN = re.compile(
    r"(?<![a-z])(?:sans|pas|without|no|not|au lieu|instead|doi\w{1,4}|devai\w{1,3}|aurai\w{1,3}|"
    r"should)(?: \w+){0,3} ?$"
)
_TOLD_BEFORE = re.compile(
    rf"(?<![a-z])(?:prevenus?|avertis?|informes?|annoncee?s?|told|warned|notified|announced)(?: me| us|"
    rf" nous)? (?P<quantity>{QUANTITY}) ?"
    r"(?P<unit>heures?|hours?|h|jours?|j|days?|semaines?|weeks?|mois|months?) (?:avant|plus tot|before|"
    r"earlier)(?![a-z])"
)
_BEFORE_MEASURE = re.compile(
    rf"(?<![a-z])(?:prev\w{{2,5}}|avert\w{{1,3}}|inform\w{{1,8}}|annon\w{{1,5}}|recue?s?|arrivee?s?|mail|courrier|"
    rf"message|notifi\w{{1,7}}|told|warn\w{{0,3}}|announce\w{{0,4}}|e?mail(?:ed)?|wrote|letter|notice|came|informed)"
    rf"(?: [\w']+){{0,4}} (?P<quantity>{QUANTITY}) ?"
    r"(?P<unit>heures?|hours?|h|jours?|j|days?|semaines?|weeks?|mois|months?) (?:avant (?:la (?:mise|hausse|fermeture|"
    r"date|coupure|suspension)|l'(?:entree|application)|que (?:ca|cela|la|le|ce|les)|le (?:changement|debut|passage)|"
    r"leur)|before (?:it|they|the (?:change|increase|rise|hike|new|cut|closure|start|rule)))(?![a-z])"
)
_NO_NOTICE = re.compile(
    r"(?<![a-z])(?:(?:applicables?|en vigueur|valables?|effecti\w{1,3}|effective|applies|in force)(?: \w+)? "
    r"(?:aujourd'hui|ce jour|immediatement|tout de suite|le jour meme|immediately|today|the same day|at once|that day)|"
    r"(?:avec )?effet immediat|(?:with )?immediate effect|"
    r"(?:sans|ss|san) (?:rien |un |meme un |le moindre |aucun )(?:me |nous )?(?:dire(?! a )|coup de fil|"
    r"appel|mail|mot(?! sur| d'ex)|courrier|message)(?! de (?:refus|confirmation))|"
    r"pas (?:meme )?(?:eu|recu) (?:un |le moindre |de |d')(?:seul )?(?:mail|courrier|message|avertissement|"
    r"coup de fil|appel|mot|avis)(?= ?(?:$|[.,;!]|avant|pour))|"
    r"personne (?:ne |n')?(?:m'a|nous a|m'avait|nous avait|me|nous) (?:jamais )?(?:prev|avert|"
    r"inform)\w{1,4}(?! pourquoi| que (?:je|on) pouv)|"
    r"du ?jour (?:au|o|ay|a) lendem\w{1,3}|du soir au (?:matin|lendemain)|"
    r"sans (?:aucun |le moindre |un )?(?:preavis|avertissement|avis prealable|signe avant-coureur|sommation)|"
    r"sans (?:(?:meme |jamais |rien |avoir |m'avoir |nous avoir |m'en |nous en |qu'on |etre |avoir ete |me |nous ))"
    r"{0,3}"
    r"(?:prevenir|avertir|prevenue?s?|avertie?s?|previens?|previenne|crier gare|annoncer|informer|informee?s?)|"
    r"sans rien (?:me |nous )?dire(?! a )|sans un mot (?:avant|d'avertissement)|par surprise|en douce|en catimini|"
    r"devant le fait accompli|sans autre forme de proces|"
    r""
    r"(?:aucun|zero|0|pas de|pas le moindre|pas d'|pas un(?: seul)?|ni)(?: |')?(?:preavis|avertissement)|"
    r"(?:aucun |pas de |pas un |meme pas un )(?:seul )?(?:mail|courrier|message|mot) "
    r"(?:avant|pour (?:me |nous )?prevenir|d'avertissement|d'annonce|d'info)|jamais prevenus?|"
    r"(?:pas|jamais|rien|meme pas|aucunement)(?: (?:meme|ete|m'a|nous a|m'avaient|nous avaient|on))* (?:prevenue?s?|"
    r"avertie?s?|informee?s?|annonce)(?! (?:mes|nos|les?|la|l'|du? (?:motif|pourquoi)|pourquoi))|"
    r"(?:l'ai|l'avons|on l'a|je l'ai|on l'a|nous l'avons|l'a|j'ai|on a) (?:appris|decouvert|su|vu|constate)(?: ca|"
    r" cela)? "
    r"(?:par (?:un|une|hasard|la presse|des|d'autres|les? autres?|facebook)|sur (?:un|la facture|mes? \w+|facebook|"
    r"les reseaux|le forum)|"
    r"apres coup|en (?:voyant|regardant|recevant|lisant|decouvrant|consultant)|quand (?:j'ai|on a|un client|"
    r"une cliente)|"
    r"apres coup|en (?:me connectant|ouvrant|recevant ma|allant))|"
    r"no e?mail, (?:no|not a) (?:call|letter|message|word|note|warning|phone call)|overnight(?! (?:deliver\w*|"
    r"ship\w*|courier|stay\w*|guests?))|without (?:any |a |so much as a |even a |prior )?"
    r"(?:notice|warning|heads-up|heads up|word beforehand)|"
    r"without (?:being |even |ever |once ){0,2}(?:told|warned|warning|notified|telling|notifying|informing|informed)"
    r"(?! (?:me |us )?(?:why|what|how|which|the reason))|"
    r"(?:no|zero|not a|never a|never any|never (?:got|had|received|given)(?: an?| any)?) (?:prior |advance |"
    r"single |word of )?(?:notice|warning|heads-up|heads up)"
    r"(?! of (?:why|what))|"
    r"(?:nobody|no one|they never|never|they didn't|nobody ever|didn't even|were not|weren't|was not|wasn't|not) "
    r"(?:even |ever |been )?(?:told|warned|warn|notified|notify|informed)(?: me| us)?(?= ?(?:$|[.,;!]|about|of|before|"
    r"beforehand|in advance|first|it was|they))|"
    r"not (?:even )?(?:an email|a word|a message|a letter) (?:before|beforehand|to warn|of warning|in advance)|"
    r"out of (?:the blue|nowhere)|from one day to the next|"
    r"without (?:so much as |even )(?:an? )?(?:e?mail|call|word|letter|message|note)|"
    r"(?:only|first) (?:found out|learn(?:ed|t)|heard|knew|noticed|realised|realized|discovered)(?: about it| of it|"
    r" it)? "
    r"(?:when|from|by|through|because|after))(?![a-z])"
)
_BEFORE_DAY = r"(?:day|night|afternoon|evening|morning) before(?! yesterday)"
_DAY_BEFORE = re.compile(
    r"(?<![a-z])(?:(?:annonc\w{1,4}|prevenue?s?|avertie?s?|informee?s?|recue?s?|ecrit|envoyee?s?|notifiee?s?|appris\w?|"
    r"mail|message|bandeau)(?: (?!pas)[\w']+){0,5} la veille|"
    r"(?:told|warned|notified|announced|e?mailed|wrote|informed|know|found out|learn(?:ed|t)|letter|email|message|"
    rf"notice)(?: [\w']+){{0,7}} (?:the|on the|only the) {_BEFORE_DAY}|"
    rf"(?:only )?the {_BEFORE_DAY}(?= (?:it|they|the (?:change|increase|hike|rise|new|cut|rule)))|"
    r"la veille pour le lendemain|"
    r"(?:a signer|a accepter|a valider|applicables?|en vigueur) (?:pour |des |avant |d'ici )?demain)(?![a-z])"
)
_LETTER_AND_START = re.compile(
    r"(?<![a-z])(?:recue?s?|mail|courrier|message|annonc\w{1,4}|prev\w{2,5}|avert\w{1,3}|"
    r"notifi\w{1,4})(?: \w+){0,2}? le "
    r"(?P<letter>\d{1,2})(?: \w{3,9})?,? (?:pour (?:une )?|et )?(?:application|applicables?|mise en place|"
    r"effecti\w{1,3}|"
    r"entree en vigueur|en vigueur|applique\w{0,2})(?: des| a partir)?(?: le| du| au)? (?P<start>\d{1,2})(?!\d)"
)
_START_AND_LETTER = re.compile(
    r"(?<![a-z])(?:au|le|des le|du|from|on) (?P<start>\d{1,2})(?: \w{3,9})?[,;:]? (?:et )?(?:on (?:a |"
    r"nous a )?)?(?:je l'ai )?"
    r"(?:le )?(?P<by>mail|courrier|message|bandeau|prevenue?s?|avertie?s?|informee?s?|annonce\w{0,2}|su|"
    r"appris)(?: \w+){0,2} le "
    r"(?P<letter>\d{1,2})(?!\d)"
)
_BY_OTHERS = re.compile(
    r"(?<![a-z])(?:fournisseur|livreur|transporteur|client|cliente|acheteur|acheteuse|salarie|voisin|proprietaire|"
    r"landlord|supplier|courier|driver|buyer|customer|banque|bank)s?(?![a-z])[^,;:]{0,40}$"
)
_HYPOTHESIS = re.compile(
    r"(?<![a-z])(?:peur|crain\w{1,5}|peut|peuvent|pourrai\w{1,3}|risque\w{0,3}|menac\w{1,4}|droit|si|afraid|scared|"
    r"fear|"
    r"worried|could|might|can|may|threat\w{0,7}|if)(?:[ ']\w+){0,7}[ ']?$"
)
"""What may come is no measure yet: "j'ai peur qu'ils me coupent du jour au lendemain"."""
_AT_MOST = (0, 1)
_NO_DAYS = re.compile(r"(?<![a-z])(?:pas|aucun|rien|zero|0|meme|veille|not|none|nothing|no|same|before)(?![a-z])")
_DAYS = {"h": 1 / 24, "j": 1, "d": 1, "s": 7, "w": 7, "m": 30}


def read_notice(page: Page) -> Iterator[Mention]:
    for pattern in (_NOTICE_LENGTH, _TOLD_BEFORE, _BEFORE_MEASURE, _NOTICE_OF):
        for found in pattern.finditer(page.folded):
            if pattern is _NOTICE_OF and _NOT_GIVEN.search(page.before(found.start(), 30)):
                continue
            amount, about = read_quantity(found["quantity"])
            days = int(amount * _DAYS[found["unit"][0]])
            yield Mention(field="notice_days", value=days, start=found.start(), end=found.end(), approx=about)
            return
    if between := next(_days_between(page), None):
        yield between
    elif eve := _told(page, _DAY_BEFORE):
        yield Mention(field="notice_days", value=1, start=eve.start(), end=eve.end(), confidence=0.8)
    elif none := _told(page, _NO_NOTICE):
        yield Mention(field="notice_days", value=0, start=none.start(), end=none.end())


def _days_between(page: Page) -> Iterator[Mention]:
    """From the day of the letter to the day of the measure: "reçu le 14, application le 15"."""
    for found in (*_LETTER_AND_START.finditer(page.folded), *_START_AND_LETTER.finditer(page.folded)):
        days = int(found["start"]) - int(found["letter"])
        if days > 0:
            start = found.start("by") if found.re is _START_AND_LETTER else found.start()
            yield Mention(field="notice_days", value=days, start=start, end=found.end(), confidence=0.8)


def no_notice(page: Page) -> Iterator[Mention]:
    """The flag that goes with it."""
    yield from (replace(x, field="facets.no_notice", value="yes") for x in _days_between(page) if x.value == 1)
    for pattern in (_NO_NOTICE, _DAY_BEFORE):
        if found := _told(page, pattern):
            yield Mention(field="facets.no_notice", value="yes", start=found.start(), end=found.end())
            return


def no_notice_answered(page: Page, values: Sequence[Mention], cues: Sequence[Mention]) -> Iterator[Mention]:
    """The flag, where a day at most is answered to how many there were."""
    known = any(one.field == "facets.no_notice" for one in cues)
    days = next((one for one in values if one.field == "notice_days"), None)
    if page.asking == "notice_days" and days and not known and days.value in _AT_MOST and _NO_DAYS.search(page.folded):
        yield replace(days, field="facets.no_notice", value="yes")


def _told(page: Page, pattern: re.Pattern[str]) -> re.Match[str] | None:
    """The first that is told as a fact."""
    if page.stems.isdisjoint(_NOTICE_STEMS):
        return None
    return next((x for x in pattern.finditer(page.folded) if not _is_else(page, x.start())), None)


def _is_else(page: Page, start: int) -> bool:
    before = page.before(start, 60)
    return _HYPOTHESIS.search(before) is not None or _BY_OTHERS.search(before) is not None


_NOTICE_STEMS = frozenset(
    """
    jour lend mati prea aver prev avis sign somm crie douc cati fait proc foun lear hear knew mail cour appe
    coup cons anno info dire mot surp appr deco hasa over noti warn head word told tell blue nowh next veil day
    nigh afte even morn vigu vali acce emai mess lett dema appl effe imme forc
    """.split()  # noqa: SIM905  # Words read best as a line of words.
)
