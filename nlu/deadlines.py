"""Which dates of a message are limits, and what is feared for that day."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta

from nlu.dates import When
from nlu.page import Mention, Page

_OWN_BILLS = re.compile(
    r"(?<![a-z])(?:depos\w{1,3} (?:le|mon|notre) bilan|mettre la cle|run out|out of cash|tenir|tien\w{2,5}|"
    r"(?:go|going) (?:under|bust)|faillite|bankrupt|coul\w{1,4}|sous la porte|tresorerie|loyers?|rent|payroll|"
    r"salaires?|wages|emprunts?|"
    r"loan|mensualites?|"
    r"salarie\w{0,2} a payer|staff to pay|employes a payer)(?![a-z])|\x00 (?:a payer|to pay)(?![a-z])"
)
"""What the firm has to pay by itself is no limit that anyone else set."""
_OWN_END = re.compile(
    r",? (?:(?:we|i)(?:'re|'m| are| am|'ll| will)? (?:be )?(?:finished|fold|done for|dead|bust|close|shut|"
    r"go(?:ing)? under|go(?:ing)? bust)|"
    r"(?:on|je|nous) "
    r"(?:est|suis|sommes|sera|serai|ferme|coule)(?: \w+)?(?: foutue?s?| morte?s?| finie?s?)?)(?![a-z])"
)
_FEASTS = re.compile(r"noel|christmas|xmas|black friday|paques|easter|valentin|halloween|toussaint|rentree|ete$|hiver$")
_TOOK = re.compile(
    r"(?<![a-z])(?:(?:ont|a|ai|avons|m'ont|m'a|ete)(?: \w+){0,2} (?:refuse|rejete|repondu|ferme|suspendu|supprime|"
    r"bloque|"
    r"retire|clos|classe)\w{0,2}|(?:re)?[a-z]{3,}ed|shut|took down|lost|fell|perdu|perd|perdons)(?: [^ .]+){0,6} $"
)
_HAPPENED = re.compile(
    r",? (?:qui ont suivi|suivant\w?|(?:i|we|they|it|sales|orders|our \w+|my \w+)(?: \w+){0,2} "
    r"(?:lost|fell|dropped|went|sold|made|had|\w{3,}ed)(?![a-z]))"
)
_TALK = re.compile(
    r"(?<![a-z])(?:fini(?:rai|s)|continu\w{1,4}|reprend\w{0,3}|reven?i\w{1,4}|rappel\w{1,4}|(?:vous )?enverrai|"
    r"reponds?|repondrai|plus tard|finish|continue|come back|get back|resume|carry on|later)(?![a-z])"
)
"""Of this conversation: "je continue demain"."""
_MEETING = re.compile(
    r"(?<![a-z])(?:(?:peux|puis|on peut|peut[- ]on|pourrais|veux|voudrais|voudrions|souhaite|aimerais|possible de|"
    r"can|could|may|want to|like to|need to)[ -](?:[\w']+[ -]){0,3}?(?:parler|discuter|echanger|rappelee?s?|speak|"
    r"talk)|(?:pouvez|pourriez|(?:can|could) (?:you|somebody|someone)|please)[ -](?:[\w']+[ -]){0,3}?(?:repondre|"
    r"r?appeler|(?:re)?contacter|joindre|answer|reply|call|ring|phone|contact)|rappelez[- ]moi|call me|"
    r"vous (?:(?:me|nous) )?(?:repondez|repondrez|rappelez|rappellerez|(?:re)?contactez))"
    r"(?: (?:me|us|moi|nous|back))?(?: (?:a|au|avec|to|with)(?: [\w']+){1,3}?)?(?: par telephone| by phone)? ?$"
)
"""Before the day on which the firm would like to be spoken to: "je peux parler à un humain demain"."""
_FAREWELL = re.compile(
    r"(?:^|[ ,])(?:merci|ok|bonne \w+|au revoir|thanks|thank you|bye)(?: beaucoup| bien| et)?[ ,]*(?:a |see you )?$"
)
_NEAR = re.compile(r"demain|ce soir|tonight|tomorrow|apres[- ]demain|aujourd'hui|today")
_GENERAL = re.compile(
    r"(?<![a-z])(?:(?:doit|doivent|devait|devaient) se \w+|sells?|ships?|delivers?|arrives?|takes?|se vend\w{0,3}|"
    r"part(?:ent)?|livr(?:e|ons|ent)|expedi(?:e|ons|ent)) ?$"
)
"""Before a time in which something is done whenever it happens."""
_PAYMENT_TERM = re.compile(
    r" (?:pour (?:lire|comprendre|digerer|etre pay|pay|recevoir|toucher|livr|encaiss|rembours|expedi)|"
    r"to (?:read|digest|get|be|pay|deliver|ship|refund|"
    r"receive))"
)
_PLANNED = re.compile(
    r"(?<![a-z])(?:etai(?:t|ent)|avai(?:t|ent) ete|devai(?:t|ent)|was|were|had been)(?: \w+){0,2} (?:prevue?s?|"
    r"fixee?s?|"
    r"programmee?s?|avoir lieu|scheduled|planned|booked|set|due)(?: \w+)? ?(?:for |pour |on |le |au )?$"
)
"""Before a day that is over."""
_AHEAD = re.compile(
    r"'ll(?![a-z])|(?<![a-z])(?:(?:qui|elle|it|which|that|(?:controle|audit|inspection|"
    r"expertise)(?: \w+)?) (?:demarre|commence|debute|starts|begins)|year[- ]end|"
    r"fin d'exercice|which is|ca tombe|a (?:rendre|deposer|declarer|remettre|fournir|renvoyer)|audience|prevue?s?|"
    r"fixee?s?|"
    r"programmee?s?|assign\w{1,5}|scheduled|planned|convo\w{2,8}|"
    r"rendez-vous|rdv|echeance|date limite|deadline|hearing|due|detrui\w{2,4}|"
    r"sera|seront|vont|va (?:me|nous|etre)|"
    r"va etre|aura lieu|passe(?:rai)? (?:au|devant)|court|doi[ts]|dois|will|going to|must|have to|expires?|"
    r"expire)(?![a-z])"
)
_PAST_DEED = re.compile(
    r"(?<![a-z])(?:juste|just|suspendue?s?|fermee?s?|coupee?s?|vire\w?|bloquee?s?|desactive\w{0,2}|shut|closed|"
    r"suspended|deactivated|banned|blocked|semaines?|jours?|weeks?|days?) ?$"
)
FARTHEST = 200
"""Days: a limit without a year that would be farther off lies in the past."""
_GRAVEST = frozenset({"stock_destruction", "court"})
"""Whatever else the sentence speaks of, this is what the day is feared for."""
_DEADLINE = re.compile(
    r"(?<![a-z])(?:(?P<stock_destruction>detrui\w{1,4}|destruction|destroy\w{0,3}|dispose[ds]?|jet(?:er|te|tent|tera|"
    r"teront)|benne|poubelle|scrap\w{0,4}(?! (?:the|my|our) (?:registration|account|application|order))|thrown?|"
    r"pilonn\w{1,3})"
    r"|(?P<court>tribunal|audience|juge|justice|assign\w{1,5}|refere|court|hearing|judge|lawsuit)"
    r"|(?P<tax>comptables?|comptabilite|tva|impots?|(?<!deposer le )(?<!depot de )(?<!deposer )bilan|fiscal\w?|"
    r"urssaf|year[- ]end|exercice|"
    r"declaration|fisc|accountant|vat|tax(?:es)?|bookkeeper)"
    r"|(?P<appeal>appel|recours|repondre|respond|contest\w{1,3}|appeal\w{0,3}|plan d'action|plan of action))(?![a-z])"
)
_NOT_LIMITS = re.compile(r"(?<![a-z])(?:livr\w{1,6}|expedi\w{2,5}|deliver\w{0,3}|ship\w{0,5}|retours?)(?![a-z])")
_LASTS = re.compile(
    r"(?<![a-z])(?:reserves?|held|hold|suspen\w{1,4}|blo[qk]\w{1,4}|gele\w{0,3}|retien\w{1,3}|retenu\w{0,2}|"
    r"gard\w{1,4}|"
    r"ferm\w{1,4}|closed|frozen|withh\w{2,5}|keep\w{0,3}|limit\w{2,4})(?![a-z])"
)
"""What goes on until a day sets no limit to anyone."""
_WAS_DUE = re.compile(
    r"(?<![a-z])(?:was|were|been|etait|etaient|devait|devaient)(?: \w+)? (?:due|pour|avant|before|by)"
)
_RECEIVED = re.compile(
    r"(?<![a-z])(?:recue?s?|mails?|courriels?|courriers?|lettre|message|notifi\w{1,5}|prevenus?|avertis?|"
    r"annonc\w{1,4}|"
    r"received|sent|envoye\w{0,2}|e?mailed|email|letter|notice|notified|told|warned|came|got)(?![a-z])"
)
_FROM_DAY = re.compile(r" (?:a compter|a partir|from|starting|counted from|qui court)(?: on)? ?")
_STILL = re.compile(r"reste|left|plus que|encore|remain")
_LETTER_REACH = 180
_LONG = 30
"""Days: a time so long, told after a day that is past, ran from that day: better a limit too early than too late."""
_LETTER_AGE = 60
"""Days: a limit that runs from a letter so old is over."""


def is_talk(page: Page, when: When) -> bool:
    """The time of the next message, or of a talk that is wished for, not of the story."""
    if page.asking.endswith("date"):
        return False
    before = page.before(when.start, 80)
    if _MEETING.search(before) or _FAREWELL.search(before):
        return True
    start, end = page.sentence(when.start, when.end, 60)
    near = _NEAR.fullmatch(page.folded, when.start, when.end)
    return near is not None and _TALK.search(page.folded, start, end) is not None


def is_deadline(page: Page, when: When) -> bool:
    if page.asking == "deadline_date":
        return True
    if is_own_bill(page, when) or not _is_ahead(page, when):
        return False
    if when.ahead and (when.ahead.day - page.today).days > FARTHEST and when.ahead != when.partial:
        return False
    before = page.before(when.start, 50)
    if was_due(page, when) or _PLANNED.search(before):
        return False
    if when.duration and _GENERAL.search(before):
        return False
    if when.until:
        lasts = page.folded.startswith(("until", "till", "jusqu"), when.start)
        if lasts and _LASTS.search(before):
            return False
        return (bool(when.duration) or not _PAST_DEED.search(before)) and not _NOT_LIMITS.search(before)
    if when.since or when.partial is None:
        return False
    if when.ahead is None or when.ahead.day < page.today or when.partial.precision != "day":
        return False
    return (when.aimed and when.partial.day > page.today) or _AHEAD.search(before) is not None


def was_due(page: Page, when: When) -> bool:
    """A limit that is over."""
    return _WAS_DUE.search(page.before(when.start, 12) + page.folded[when.start : when.end]) is not None


def is_own_bill(page: Page, when: When) -> bool:
    """The day of a rent or of wages, which the firm would pay anyway, or by which it is at its end."""
    after = _OWN_END.match(page.after(when.end, 30))
    return after is not None or _OWN_BILLS.search(page.before(when.start, 50)) is not None


def _is_ahead(page: Page, when: When) -> bool:
    """Not so a wish ("avant Noël"), nor a time that something took: "refused in 2 hours", "in 3 weeks we lost"."""
    words = page.folded[when.start : when.end]
    if when.duration and _PAYMENT_TERM.match(page.after(when.end, 24)):
        return False
    if _FEASTS.search(words):
        start, end = page.sentence(when.start, when.end)
        return any(must.search(page.folded, start, end) for must in (_AHEAD, _DEADLINE))
    if when.duration and words.startswith(("in ", "within ", "dans les ")):
        before = page.before(when.start, 50)
        took = _TOOK.search(before) and not _AHEAD.search(before)
        return not took and not _HAPPENED.match(page.after(when.end, 40))
    return True


def anchored(page: Page, when: When, dates: Sequence[When]) -> When:
    """A time given by a letter runs from the day it came, where that day is said nearby."""
    if when.partial is None or not when.duration or _STILL.search(page.folded, max(0, when.start - 12), when.end + 12):
        return when
    letters = [other for other in dates if _is_letter(page, when, other)]
    if not letters:
        return when
    nearest = min(letters, key=lambda other: abs(other.start - when.start))
    came = nearest.partial.day if nearest.partial else page.today
    day = came + (when.partial.day - page.today)
    return replace(when, partial=replace(when.partial, day=day, approx=True))


def _is_letter(page: Page, when: When, other: When) -> bool:
    """Whether another date is that of a letter of these weeks."""
    if other is when or other.since or other.partial is None or other.partial.precision != "day":
        return False
    if abs(other.start - when.start) > _LETTER_REACH or other.duration:
        return False
    if _FROM_DAY.fullmatch(page.folded, when.end, other.start):
        return True
    age = page.today - other.partial.day
    if not timedelta() < age < timedelta(days=_LETTER_AGE):
        return False
    long = when.partial is not None and (when.partial.day - page.today).days >= _LONG
    return (long and other.start < when.start) or _RECEIVED.search(page.before(other.start, 45)) is not None


def deadline(page: Page, when: When) -> Iterator[Mention]:
    if when.partial is None or when.partial.day < page.today:
        yield when.mention("date", 0.4)
        return
    partial = when.partial if when.partial.precision == "day" else replace(when.partial, precision="day", approx=True)
    yield replace(when, partial=partial).mention("deadline_date")
    start, end = page.sentence(when.start, when.end)
    said = [*_DEADLINE.finditer(page.folded, start, end)]
    if said:
        nearest = min(
            said,
            key=lambda found: (
                found.lastgroup not in _GRAVEST,
                min(abs(found.start() - when.end), abs(when.start - found.end())),
            ),
        )
        yield Mention(field="deadline_kind", value=nearest.lastgroup, start=nearest.start(), end=nearest.end())
    elif not page.asking:
        yield Mention(field="deadline_kind", value="other", start=when.start, end=when.end, confidence=0.5)
