"""What happened on the dates of a message: the incident, a deadline, the first sale, a complaint, a reply."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from nlu.cue_words import is_about_others
from nlu.dates import When, find_dates
from nlu.deadlines import FARTHEST, anchored, deadline, is_deadline, is_own_bill, is_talk, was_due
from nlu.incidents import clause, ends_clause, only_one_incident, tells_any_blow, tells_blow, tells_step
from nlu.page import Mention, Page

_SELLS = re.compile(
    r"(?<![a-z])(?:(?:suis|est|sommes|etais|comme|tant que) (?:\w+ )?vendeu\w{1,3}|ven(?:ds|d|dons|dais|dait|dions|du|"
    r"te)|inscrite?s?|partenaires?|membre|(?:suis|sommes|etais|etions) (?:\w+ )?(?:chez eux|clients?)|"
    r"(?:suis|sommes|est|etais|etions|am|are|were|was|'m|'re) (?:sur|chez|on|with) (?!hold|strike|pause|leave|"
    r"sale|no |the (?:verge|brink|edge))\w+|present\w{0,2}|travaill\w{1,5}|radie\w?|sold|sell(?:ing|"
    r"er|ers)?|trading|been (?:on|with)|joined|registered|member|on there|with them|banned|"
    r"(?:had|have|ai) (?:the|my|an|a|this|un|mon|ce|le|une|ma|cette) (?:compte|boutique|account|shop|store))(?![a-z])"
)
_SELLER = re.compile(
    r"(?:^ ?|[.,:\n] ?)(?:vendeu\w{1,3}|clients?|chez eux|seller)(?: pro\w{0,11})?(?: (?:chez|sur|on) |"
    r" \w{3,14} ?$| ?$)"
)
_PRESENT = re.compile(r"(?<![a-z])(?:boutique|(?:sur|on) (?:la |leur |the )?\w{3,20}) ?$")
"""Says that one sells there only together with years."""
_ON_THERE = re.compile(r"(?<![a-z])(?:sur|chez)(?: [\w.'-]+){1,6} ?$")
"""So, too, where nothing is told of a blow."""
_SELLS_AFTER = re.compile(
    r"^ (?:que (?:je |j ?'?|on |nous )?(?:y )?(?:(?<= y )(?:suis|est|sommes)|(?<='y )(?:suis|est|sommes)|"
    r"ven\w{1,4}|suis vendeu\w{1,3}|(?:suis|est|sommes) (?:dessus|chez eux|"
    r"inscrit\w{0,2}))|de vente|de presence|d'anciennete|de collaboration|on there|"
    r"with them|of selling|as a seller|sur (?:amazon|la plateforme|la marketplace))"
)
_SELLS_NO_MORE = re.compile(
    r"(?<![a-z])(?:plus|impossible|arret\w{1,3}|pas|rien|(?<!\d)0|zero|aucune|can't|cannot|no longer|stopped|unable|"
    r"couldn't|suspendu\w?|bloque\w?|ferme\w?)(?![a-z])"
)
_COMPLAINED = re.compile(
    r"(?<![a-z])(?:contest\w{1,6}|fait appel|fait un recours|(?:notre|mon|l'|cet) ?appel|recours|reclamation|"
    r"appeal(?:ed)?|complain(?:ed|"
    r"t)|disputed)(?: [\w']{1,12}){0,4} ?$|(?<![a-z])(?:reclamation|complaint)(?: (?!par|de)[\w']{1,12}){5,9} ?$"
)
_REPLIED = re.compile(
    r"(?<![a-z])(?:repondu|reponse|replied|answered|reply|answer|turned (?:it|me|us) down)(?: \w{1,12}){0,3} ?$"
)
_NO_REPLY = re.compile(
    r"(?<![a-z])(?:aucune|pas de|sans|no|without(?: any| a)?) (?:reponse|reply|answer)(?: \w{1,12}){0,3} ?$"
)
_THEN_COMPLAINED = re.compile(
    r",? (?:je |j'|j |on |nous |i |we )(?:l'|les |leur |ai |a |avons |have |had |tout de suite )*"
    r"(?:conteste|reclame|fait appel|(?:fait|depose|adresse|envoye|introduit) (?:une? )?(?:recours|reclamation|appel|"
    r"contestation)|appealed|complained|disputed|filed an? (?:appeal|complaint))(?![a-z])"
)
_THEN_REPLIED = re.compile(
    r",? (?:ils?|elle|on|amazon|cdiscount|they|i|we)(?: \w+){0,2} (?:repondu|refuse mon|replied|answered|"
    r"got (?:a|an|their) (?:reply|answer))(?![a-z])"
)
_PAPERS = re.compile(
    r"(?<![a-z])(?:factures?|commandes?|releves?|bilan|exercice|comptes annuels|invoices?|orders?|accounts|"
    r"statements?)(?: \w{1,12}){0,2} ?(?:de|du|d'|des|for|from|of|en)? ?$"
)
_LATELY = 90
_LONG_REACH = 90
_SOON = 75
_THEN_SELLS = re.compile(
    r",? (?:je |j'|on |nous |i |i'|we |we')(?:(?:ve|have|m|am|d|had|re) )?(?:been )?(?:ven\w{1,4}|sell\w{0,3}|"
    r"trad\w{1,3}|sold|(?:suis|est|sommes) (?:vendeu\w{1,3}|inscri\w{1,3}|presente?s?|sur|chez|partenaires?)|"
    r"travaill\w{1,4})(?![a-z])"
)
_THEN_BLOW = re.compile(
    r" (?:\w{3,14} (?:me|m'|lui|leur|nous|ne|n'|a|has|keeps?|won't|retient|refuse)(?![a-z])|"
    r"ils?|elles?|on (?:me|m'|nous)|je (?:ne|n'|peux|suis|vends? (?:plus|rien))|j'ai (?:plus|perdu)|plus|tout|"
    r"rien|aucune?|mes|mon|ma|nos|notre|leur|le|la|les|l'|c'est|ca|they|my|our|no|nothing|the)(?![a-z])"
)
_OPENS = re.compile(r"(?:^ ?|[,:.] ?|(?<![a-z])(?:et|and|bonjour|bonsoir|hello|moi|alors|car|because) )$")
"""Nothing before in the clause that the time might belong to."""
_REJECTED = re.compile(
    r"(?<![a-z])(?:recours|appel|appeals?|contest\w{1,6}|reclamations?|complaints?|plan d'action|"
    r"plan of action)[^.]{0,60}"
    r"(?<![a-z])(?:rejet\w{1,4}|refus\w{1,4}|rejected|refused|declined|denied)(?: \w+){0,2} ?$"
)
_RESTORED = re.compile(
    r"(?<![a-z])(?:reinstated|restored|reopened|reactivated|unblocked|back (?:up|online|open|on)|retabli\w{0,2}|"
    r"rouvert\w?|reactive\w{0,2}|"
    r"debloque\w{0,2}|(?:ont|a|ete) tout (?:verse|paye|rembourse)|(?:has|have|been|finally) (?:re)?paid|"
    r"valables?|valides?|valid|a (?:ma|notre) demande|at (?:my|our) request|a compter|counted)(?: \w+){0,2} ?$"
)
_NOWADAYS = re.compile(r"aujourd'?hui|ajd|today")
_LATEST = re.compile(r"ce (?:matin|soir|midi)|cette nuit|this morning|tonight|cet aprem")
_HABIT = re.compile(r"(?<![a-z])(?:usually|normally|d'habitude|habituellement|en general|d'ordinaire)(?![a-z])")
_EXAMPLE = re.compile(
    r"(?<![a-z])(?:genre|par exemple|par ex|exemple|for example|for instance|e\.?g|like)(?:[ ,:][^ ]+){0,3} ?$"
)
_THEN_BEGAN = re.compile(
    r",? (?:je |j'|on |nous |i |we )(?:me |m'|s'|nous )?(?:\w+ ){0,2}(?:(?:mis\w{0,2}|commence|"
    r"debute) a (?:\w+ )?vendre|"
    r"(?:commence|debute|demarre)(?: a vendre)? (?:sur|chez) (?:\w+ )?(?:la meme|cette meme) (?:annee|date)|"
    r"ouvert (?:\w+ )?(?:boutique|compte)|inscrit\w{0,2} (?:sur|chez)|lancee?s? sur|started selling|"
    r"opened (?:my|our|a|an) (?:\w+ )?(?:shop|store|account)|joined)(?![a-z])"
)
_ROW = re.compile(r",? ?(?:(?:et|and|puis|then|&|ou|or|a|au|to)(?: encore| again)? ?)?")
_HELD_FOR = re.compile(r"(?<![a-z])(?:is|are|be|will|hold|holds|retained|reserve\w?)(?: \w+){0,4} $")
_COMING = re.compile(
    r"(?<![a-z])(?:va|vont|sera|seront|serai|devra|devront|a partir|des le|prochaine?|annonc\w{1,4}|will|going to|"
    r"from|starting|as of|\w{3,}(?:era|eront|erons|erez))(?![a-z])"
)
_PASSED = re.compile(
    r"(?<![a-z])(?:ont|ai|avons|m'a|ete|etait|avait|nous a|on a|il a|dernier|derniere|passee?|was|were|had|got|went|"
    r"did|lost|fell|took|last|[a-z]{3,}ed|ferme|suspendu|coupe|bloque|vire|retire|supprime|shut)(?![a-z])"
)
_WROTE = re.compile(
    r"(?<![a-z])(?:(?:mon|notre|my|our) (?:avocate?|comptable|lawyer|accountant)(?: leur)?(?: a| has)?|j'ai|j ai|"
    r"je (?:leur|les|lui|vous) ai|on (?:leur |les )?a|nous (?:leur |les )?avons|i|we|i've|we've|i have|"
    r"we have)(?: \w+){0,2} (?:ecrit|relance|appele|telephone|contacte|envoye|renvoye|fourni|transmis|refait|"
    r"uploaded|wrote|called|emailed|phoned|contacted|sent|chased|provided|submitted)(?: [\w']+){0,6} ?$"
    r"|^ ?(?:demandee?s?|envoyee?s?|reclamee?s?|relancee?s?|sent|requested|asked)(?: [\w']+){0,6} ?$"
)
_REPORTED = re.compile(
    r"(?<![a-z])(?:(?:j'ai|on a|nous avons|je l'ai|i|we|i've|we've)(?: \w+){0,2} (?:signale|reported|flagged)"
    r"|^ ?reported)(?: [\w']+){0,4} ?$"
)
_OPEN = frozenset(
    {"", "story", "anything_else", "incident_date", "date", "primary_category", "categories", "confirm_problem"}
)
"""What may be asked where a date told besides is that of what happened."""
_AFTER_YEARS = re.compile(
    r"(?<![a-z])(?:terminat\w{2}|kicked|closed|shut|expelled|exclu\w{0,3}|viree?s?|suspendu\w{0,2}|suspended|ferme\w?|"
    r"radie\w{0,2}|banned|bannis?|dropped|remercie\w{0,2})(?![a-z])"
)
"""Before "after eleven years", which the firm sold there."""
_FOR = ("after", "apres", "au bout", "for ")
_FEW_WORDS = 3
_BARELY = 5
_BEGAN = re.compile(
    r"(?<![a-z])(?:ouvert (?:ma|mon|notre|une|un) (?:boutique|compte|shop)|inscrite?s?|"
    r"(?<!ca a )(?<!cela a )(?<!tout a )(?<!qui )(?<!il )(?<!elle )(?:commence|debute|demarre)|rejoint|"
    r"joined|opened (?:my|our|a) (?:shop|store|account)|started selling|signed up|registered)(?: \w{1,15}){0,4} ?$"
)
_THERE = re.compile(r" (?:sur|chez|on) \w")
_FOUNDED = re.compile(
    r"(?<![a-z])(?:entrepreneu\w{1,3}|cree\w?|fondee?|ouverte?|founded|started|opened)(?: \w{1,12}){0,3} ?$"
)
_BLOW = re.compile(
    r"ferm|suspen|coup|bloqu|retir|supprim|vir[ee]|banni|radi[ee]|desactiv|arriv|pass[ee]|clos|shut|remov|blocked|"
    r"banned|deactiv|happened|lost|perdu|date|refus|retien|gard"
)
_LIFE = re.compile(
    r"(?<![a-z])(?:(?:au|a la|en|le|sous) (?:rsa|chomage|retraite|aah|arret(?: maladie)?|depression|smic|rmi|"
    r"(?:procedure de |plan de )?(?:redressement|liquidation|sauvegarde)(?: judiciaire)?)|malade|enceinte|"
    r"mariee?s?|divorcee?s?|veu(?:f|ve)|j'habite|habitons|installee?s? (?:a|en|dans)|on benefits|unemployed|retired|"
    r"off sick|sick leave|married|live in|living in|lived in|lived here|been here)(?: [\w-]{1,14}){0,3} ?$"
)
"""Before "since", what the person's life is like, and no blow."""
_LAST_YEAR = re.compile(r"(?:depuis )?l'an(?:nee)? (?:passee?|derniere?)|last year")
_EACH_YEAR = re.compile(
    r",? (?:on|je|nous|we|i) (?:vends?|vendons|fais|fait|faisons|sell|make|do) (?:\w+ )?"
    r"(?:deux|trois|quatre|dix|\d+|le double|plus|beaucoup|twice|three|most|more)(?![a-z])"
)
"""After a month, what it is like every year: "en novembre on vend trois fois plus"."""
_THIS = re.compile(r"(?:ce|cette|this) (?:mois|annee|month|year)")
_COVERED = re.compile(r"^ (?:seulement|uniquement|only|alone)(?![a-z])")
"""The time that a loss covers, not when something happened."""


def read_timing(page: Page) -> list[Mention]:
    """Dates with what they are dates of."""
    return only_one_incident(page, list(_settled(page)))


def _settled(page: Page) -> Iterator[Mention]:
    last: tuple[int, str] = (-FARTHEST, "")
    dates = find_dates(page)
    for when in dates:
        if when.partial is None:
            yield Mention(field="date_invalid", value=page.source(when.start, when.end), start=when.start, end=when.end)
            continue
        if _COVERED.match(page.after(when.end, 14)) or is_talk(page, when) or _is_guess(page, when):
            continue
        if when.ahead and is_deadline(page, when):
            yield from deadline(page, anchored(page, replace(when, partial=when.ahead), dates))
        elif (field := _joined(page, when, *last) or _field(page, when)) is not None:
            last = (when.end, field)
            settled = replace(when, partial=when.ahead) if field == "date" and _is_open_end(page, when) else when
            ahead = settled.partial is not None and settled.partial.day > page.today
            yield settled.mention(field, 0.3 if ahead else 0.5 if field == "date" else 1.0)


def _is_guess(page: Page, when: When) -> bool:
    """An answer such as "dans les 3 semaines" to a question about the past: a length of time, not a limit."""
    asked = page.kind == "partial_date" and page.asking != "deadline_date"
    return asked and bool(when.duration) and page.folded.startswith("dans les", when.start)


def _is_open_end(page: Page, when: When) -> bool:
    """A limit with no year, of which the nearest day to come is meant: "jusqu'à fin janvier"."""
    if not when.until or when.ahead is None or when.ahead == when.partial or was_due(page, when):
        return False
    return (when.ahead.day - page.today).days <= FARTHEST


def _joined(page: Page, when: When, end: int, field: str) -> str | None:
    """A date in a row with the one before has its meaning: "le 7, le 15 et le 20"."""
    return (
        field
        if field != "seller_since"
        and not page.folded.startswith(_FOR, when.start)
        and 0 <= end <= when.start
        and _ROW.fullmatch(page.folded, end, when.start)
        else None
    )


def _field(page: Page, when: When) -> str | None:
    """The field of a date in the past, or None where it is only a length of time."""
    if page.kind == "partial_date" and page.asking not in {"incident_date", "date"}:
        return page.asking
    before, after = page.before(when.start, 45), page.after(when.end, 30)
    words = page.folded[when.start : when.end]
    if when.partial and (when.partial.day > page.today or _rather_ahead(page, when)):
        return "date"
    if _is_open_end(page, when):
        return "date"
    if when.since and _LIFE.search(before):
        return None
    if _sells(page, when, before, after):
        return "seller_since"
    if words.startswith("for ") and _HELD_FOR.search(before):
        return None
    if words.startswith(("for ", "after ", "apres ", "au bout ")):
        return "incident_date" if words.startswith("for ") and not after.startswith(" after") else None
    if tells_step(page, when.start, when.end) or is_about_others(page, when.start, when.end):
        return "date"
    if step := _step(page, when, before) or _of_answer(page, when):
        return step
    return "date" if _is_background(page, when, before, after) else "incident_date"


def _of_answer(page: Page, when: When) -> str | None:
    """A date told with the answer to another question is that of the answer."""
    if page.asking in _OPEN or when.since or tells_blow(page, when.start, when.end):
        return None
    return "internal_complaint_date" if page.asking == "internal_complaint" else "date"


def _step(page: Page, when: When, before: str) -> str | None:
    """The complaint or its reply, where the words beside the date tell of one."""
    after = page.after(when.end, 50)
    if _COMPLAINED.search(before) or _REPORTED.search(before) or _THEN_COMPLAINED.match(after):
        return "internal_complaint_date"
    if when.since and _NO_REPLY.search(before):
        return "date"
    if _REPLIED.search(before) or _THEN_REPLIED.match(after) or _REJECTED.search(page.before(when.start, 90)):
        return "reply_date"
    return None


def _is_background(page: Page, when: When, before: str, after: str) -> bool:
    """A day on which something else happened than the blow."""
    words = page.folded[when.start : when.end]
    return bool(
        (_PAPERS.search(before) and not when.since)
        or _FOUNDED.search(before)
        or _WROTE.search(before)
        or (_THIS.match(words) and ("an" in words or "year" in words or not tells_blow(page, when.start, when.end)))
        or _EACH_YEAR.match(after)
        or (_LAST_YEAR.fullmatch(words) and after.startswith((" deja", " already")))
        or before.endswith(("entre ", "between "))
        or is_own_bill(page, when)
        or was_due(page, when)
        or (when.since and _THERE.match(after) and not tells_any_blow(page))
        or _EXAMPLE.search(before)
        or _RESTORED.search(before)
        or _HABIT.search(clause(page, when.start, when.end))
        or (_LATEST.fullmatch(words) and len(page.words) > _FEW_WORDS and not tells_any_blow(page))
        or (_NOWADAYS.fullmatch(words) and not tells_blow(page, when.start, when.end))
        or _long_past(page, when)
    )


def _rather_ahead(page: Page, when: When) -> bool:
    """A day or month without a year, long ago or soon, in a sentence that tells nothing past: it is to come."""
    if when.since or when.partial is None or when.ahead is None or when.partial == when.ahead:
        return False
    if page.kind == "partial_date" or len(page.words) <= _BARELY:
        return False
    far = (page.today - when.partial.day).days > FARTHEST and (when.ahead.day - page.today).days < _SOON
    start, end = page.sentence(when.start, when.end, 120)
    return far and (
        _COMING.search(page.folded, start, end) is not None
        or _PASSED.search(clause(page, when.start, when.end)) is None
    )


def _long_past(page: Page, when: When) -> bool:
    """A year gone by that comes without a blow is background: "en 2019 j'ai fait 300 000 €"."""
    if when.partial is None or when.partial.precision != "year" or len(page.words) <= _FEW_WORDS:
        return False
    if when.since:
        told = tells_blow(page, when.start, when.end) and not ends_clause(page, when.end)
        return when.partial.day.year < page.today.year - 2 and not told
    start, end = page.sentence(when.start, when.end, 80)
    words = page.folded[when.start : when.end]
    last = _LAST_YEAR.fullmatch(words) is not None
    return when.partial.day.year < page.today.year - 1 + last and not _BLOW.search(page.folded, start, end)


def _sells(page: Page, when: When, before: str, after: str) -> bool:
    if when.partial is None or when.duration in {"hour", "day", "week"}:
        return False
    if when.partial.precision == "day" and (page.today - when.partial.day).days < _LATELY:
        return False
    if _BEGAN.search(before) or _THEN_BEGAN.match(page.after(when.end, 70)):
        return True
    words = page.folded[when.start : when.end]
    if words.startswith("been "):
        return True
    long = when.since or words.startswith(_FOR)
    ended = words.startswith(("after", "apres")) and _AFTER_YEARS.search(before)
    if when.duration == "year" and (ended or _SELLS_AFTER.match(after)):
        return True
    if when.since and _THEN_SELLS.match(after) and _OPENS.search(before):
        return not _SELLS_NO_MORE.search(after)
    if long and _THEN_BLOW.match(after) and (page.today - when.partial.day).days < _LATELY:
        return False
    if "," in before and _THEN_BLOW.match(after):
        before = before.rpartition(",")[2]
    elif when.since and when.partial.day.year < page.today.year:
        before = page.before(when.start, _LONG_REACH)
    sells = (
        _SELLS.search(before)
        or _SELLER.search(before)
        or (when.partial.precision == "year" and _PRESENT.search(before))
        or (_long_past(page, when) and _ON_THERE.search(before))
    )
    return bool(long and sells) and not _SELLS_NO_MORE.search(before[-32:])
