"""Numbers of people and jobs, and how many days before a measure the firm was told."""

from __future__ import annotations

import re
from collections.abc import Iterator

from nlu.numbers import NUMBER, QUANTITY, read_number, read_quantity
from nlu.page import Mention, Page

_STAFF = (
    r"(?:salarie\w{0,2}|employe\w{0,2}|collaborat\w{3,6}|personnes? (?:a payer|employees?|salariees?|"
    r"dans (?:l'equipe|l'entreprise|la boite)|travaill(?:ent|ons|ant))|"
    r"emplois|postes|gars|apprentis?|cdi|etp|employees|staff|workers|people (?:on (?:the )?(?:payroll|staff)|"
    r"working|work(?= here| for (?:me|us)| with (?:me|us))|"
    r"employed|to pay)|jobs)"
)
_SIZE = re.compile(
    rf"(?<![a-z])(?:(?:nous sommes|on est|we are|we're|there are|team of|staff of|equipe de|nous employons|"
    rf"on emploie|i employ|we employ|"
    rf"j'emploie) (?P<n1>{NUMBER})(?: of us| people| personnes| salaries| employees)?(?= ?(?:$|[.,;!?\n)]| (?:et|and|"
    rf"a|dans|chez|in|avec|with|sur)(?![a-z])))"
    rf"|(?P<n2>{NUMBER}|une?(?= salarie| employe)) (?:\w{{3,12}} )?{_STAFF}(?![a-z])"
    rf"|(?P<gone>licenci(?:e|er|ee?s?)|remerci(?:e|er)|vire|renvoye|me separer de|nous separer de|let|laid off|fired|"
    rf"lay off|made)"
    rf" (?P<n3>{NUMBER})(?: (?:personnes?|gars|people|of them|staff|workers?|others)(?: (?:go|redundant))?)?"
    rf"(?= ?(?:$|[.,;!?\n)]| (?:d'entre|of (?:them|us)|et|and|depuis|since|en|in|last|a|par|faute|because)(?![a-z])))"
    rf"|(?P<n5>{NUMBER})(?: (?:of us|of them|people|personnes?|salaries|employes))? (?:(?:might|may|will|could|"
    rf"are going to|"
    rf"vont|va|risquent de|pourraient) )?(?P<job>(?:lose|perdre|lost|ont perdu|a perdu) (?:their|leur|son) "
    rf"(?:jobs?|emplois?|postes?|boulot|travail))"
    rf"|(?:(?<=dont )|(?<=including )|(?<=of which ))(?P<n4>{NUMBER})(?= (?:sont |are )?"
    rf"(?:en danger|menac|en peril|en jeu|a risque|at risk|in danger|sur la sellette|on the line)))"
)
_LOST = re.compile(
    r"(?<![a-z])(?:(?:ai|a|avons|ont) (?:du |deja )?(?:licenci\w{1,5}|me separer de|supprim\w{1,3})|had to (?:lay|"
    r"let)|laid off|let go|already fired|perdu)(?![a-z])"
)
_AT_RISK = re.compile(
    r"(?<![a-z])(?:menac\w{1,4}|en jeu|en danger|en peril|licenci\w{2,6}|chomage|risque\w{0,3}|supprim\w{1,3}|"
    r"at risk|at stake|lay off|"
    r"laying off|redundan\w{1,3}|fire|let go|in danger|sauter|sur la sellette|on the line)(?![a-z])"
)
_OWN = re.compile(
    r"(?<![a-z])(?:ai|avons|on a|avec|emploie|embauche|have|employ|with|plus|et|and|dont|only|que|est|menace|perdu|"
    r"lose|"
    r"lost|sauver)(?: \w+)? ?$"
)
"""Before a single one, who else might be anyone's: "un employé de chez eux"."""
_TO_COME = re.compile(
    r"(?<![a-z])(?:pense|pensons|probably|compte|vais|va|vont|allons|devoir|devrai|devrons|faudra|risque\w{0,2}|will|"
    r"'ll|going to|might|may|"
    r"have to|must)(?: \w+)? ?$"
)
"""Before "licencier 2 personnes": that is still to come."""
_NOT_STAFF = re.compile(
    r"(?<![a-z])(?:leurs?|their|entrepots?|amazon a|(?:concurrent|fournisseur|competitor|rival|supplier|client)e?s?"
    r"(?: \w+)?(?: (?:a|ont|avec|has|have|with|de|of))?)(?: \w+)? ?$"
)
_FIRMS = re.compile(
    r"(?<![a-z])(?:entreprises?|societes?|companies|firms|businesses) (?:de|d'|of|with)(?: \w+){0,2} ?(?:a )?$"
)
"""Before a number of people that says what firms are meant."""
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
    r"(?<![a-z])(?:du ?jour (?:au|o|ay|a) lendem\w{1,3}|du soir au (?:matin|lendemain)|"
    r"sans (?:aucun |le moindre |un )?(?:preavis|avertissement|avis prealable|signe avant-coureur|sommation)|"
    r"sans (?:(?:meme |jamais |rien |avoir |m'avoir |nous avoir |m'en |nous en |qu'on |etre |avoir ete |me |nous ))"
    r"{0,3}"
    r"(?:prevenir|avertir|prevenue?s?|avertie?s?|previens?|previenne|crier gare|annoncer|informer|informee?s?)|"
    r"sans rien (?:me |nous )?dire(?! a )|sans un mot (?:avant|d'avertissement)|par surprise|"
    r"(?:aucun|zero|0|pas de|pas le moindre|pas d'|pas un(?: seul)?|ni)(?: |')?(?:preavis|avertissement)|"
    r"(?:aucun |pas de |pas un |meme pas un )(?:seul )?(?:mail|courrier|message|mot) "
    r"(?:avant|pour (?:me |nous )?prevenir|d'avertissement|d'annonce|d'info)|jamais prevenus?|"
    r"(?:pas|jamais|rien|meme pas|aucunement)(?: (?:meme|ete|m'a|nous a|m'avaient|nous avaient|on))* (?:prevenue?s?|"
    r"avertie?s?|informee?s?|annonce)(?! (?:mes|nos|les?|la|l'|du? (?:motif|pourquoi)|pourquoi))|"
    r"(?:l'ai|l'avons|je l'ai|on l'a|nous l'avons|l'a|j'ai|on a) (?:appris|decouvert|su|vu)(?: ca| cela)? "
    r"(?:par (?:un|une|hasard|la presse|des|d'autres|les? autres?|facebook)|sur (?:un|facebook|les reseaux|le forum)|"
    r"apres coup|en (?:me connectant|ouvrant|recevant ma|allant))|"
    r"overnight(?! (?:deliver\w*|ship\w*|courier|stay\w*|guests?))|without (?:any |a |so much as a |even a |prior )?"
    r"(?:notice|warning|heads-up|heads up|word beforehand)|"
    r"without (?:being |even |ever |once ){0,2}(?:told|warned|warning|notified|telling|notifying|informing|informed)"
    r"(?! (?:me |us )?(?:why|what|how|which|the reason))|"
    r"(?:no|zero|not a|never a|never any) (?:prior |advance |single |word of )?(?:notice|warning|heads-up|heads up)"
    r"(?! of (?:why|what))|"
    r"(?:nobody|no one|they never|never|they didn't|nobody ever|didn't even|were not|weren't|was not|wasn't|not) "
    r"(?:even |ever |been )?(?:told|warned|warn|notified|notify|informed)(?: me| us)?(?= ?(?:$|[.,;!]|about|of|before|"
    r"beforehand|in advance|first|it was|they))|"
    r"not (?:even )?(?:an email|a word|a message|a letter) (?:before|beforehand|to warn|of warning|in advance)|"
    r"out of (?:the blue|nowhere)|from one day to the next)(?![a-z])"
)
_BEFORE_DAY = r"(?:day|night|afternoon|evening|morning) before(?! yesterday)"
_DAY_BEFORE = re.compile(
    r"(?<![a-z])(?:(?:annonc\w{1,4}|prevenue?s?|avertie?s?|informee?s?|recue?s?|ecrit|envoyee?s?|notifiee?s?|appris\w?|"
    r"mail|message|bandeau)(?: (?!pas)[\w']+){0,5} la veille|"
    r"(?:told|warned|notified|announced|e?mailed|wrote|informed|know|found out|learn(?:ed|t)|letter|email|message|"
    rf"notice)(?: [\w']+){{0,7}} (?:the|on the|only the) {_BEFORE_DAY}|"
    rf"(?:only )?the {_BEFORE_DAY}(?= (?:it|they|the (?:change|increase|hike|rise|new|cut|rule)))|"
    r"(?:a signer|a accepter|a valider|applicables?|en vigueur) (?:pour |des |avant |d'ici )?demain)(?![a-z])"
)
_HYPOTHESIS = re.compile(
    r"(?<![a-z])(?:peur|crain\w{1,5}|peut|peuvent|pourrai\w{1,3}|risque\w{0,3}|menac\w{1,4}|droit|si|afraid|scared|fear|"
    r"worried|could|might|can|may|threat\w{0,7}|if)(?:[ ']\w+){0,7}[ ']?$"
)
"""What may come is no measure yet: "j'ai peur qu'ils me coupent du jour au lendemain"."""
_DAYS = {"h": 1 / 24, "j": 1, "d": 1, "s": 7, "w": 7, "m": 30}
_MOST_PEOPLE = 100_000


def read_counts(page: Page) -> list[Mention]:
    """Jobs and notice."""
    notice = list(_notice(page))
    return [*notice, *_jobs(page.without(notice))]


def _jobs(page: Page) -> Iterator[Mention]:
    for found in _SIZE.finditer(page.folded):
        number = read_number(found["n1"] or found["n2"] or found["n3"] or found["n4"] or found["n5"])
        if found["n2"] and _FIRMS.search(page.before(found.start(), 30)):
            continue
        if number == 1 and found["n2"] and not _OWN.search(page.before(found.start(), 20)):
            continue
        if number > _MOST_PEOPLE or number != int(number) or _NOT_STAFF.search(page.before(found.start(), 20)):
            continue
        yield Mention(field=_jobs_field(page, found), value=int(number), start=found.start(), end=found.end())


def _jobs_field(page: Page, found: re.Match[str]) -> str:
    if found["n1"]:
        return "jobs_total"
    if found["n4"]:
        return "jobs_at_risk"
    if found["n5"]:
        return "jobs_lost" if found["job"].startswith(("lost", "ont", "a ")) else "jobs_at_risk"
    if found["n3"]:
        return "jobs_at_risk" if _TO_COME.search(page.before(found.start(), 20)) else "jobs_lost"
    before, after = page.before(found.start(), 35), page.after(found.end(), 25).partition(",")[0]
    if _LOST.search(before):
        return "jobs_lost"
    return "jobs_at_risk" if _AT_RISK.search(before) or _AT_RISK.search(after) else "jobs_total"


def _notice(page: Page) -> Iterator[Mention]:
    for pattern in (_NOTICE_LENGTH, _TOLD_BEFORE, _BEFORE_MEASURE, _NOTICE_OF):
        for found in pattern.finditer(page.folded):
            if pattern is _NOTICE_OF and _NOT_GIVEN.search(page.before(found.start(), 30)):
                continue
            amount, about = read_quantity(found["quantity"])
            days = int(amount * _DAYS[found["unit"][0]])
            yield Mention(field="notice_days", value=days, start=found.start(), end=found.end(), approx=about)
            return
    if eve := _told(page, _DAY_BEFORE):
        yield Mention(field="notice_days", value=1, start=eve.start(), end=eve.end(), confidence=0.8)
    elif none := _told(page, _NO_NOTICE):
        yield Mention(field="notice_days", value=0, start=none.start(), end=none.end())


def no_notice(page: Page) -> Iterator[Mention]:
    """The flag that goes with it."""
    for pattern in (_NO_NOTICE, _DAY_BEFORE):
        if found := _told(page, pattern):
            yield Mention(field="facets.no_notice", value="yes", start=found.start(), end=found.end())
            return


def _told(page: Page, pattern: re.Pattern[str]) -> re.Match[str] | None:
    """The first that is told as a fact."""
    if page.stems.isdisjoint(_NOTICE_STEMS):
        return None
    return next((x for x in pattern.finditer(page.folded) if not _HYPOTHESIS.search(page.before(x.start(), 60))), None)


_NOTICE_STEMS = frozenset(
    """
    jour lend mati prea aver prev avis sign somm crie anno info dire mot surp appr deco hasa over noti warn head word
    told tell blue nowh next veil day nigh afte even morn vigu vali acce emai mess lett dema
    """.split()  # noqa: SIM905  # Words read best as a line of words.
)
