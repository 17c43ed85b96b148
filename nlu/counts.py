"""Numbers of people and jobs; with them, how long before a measure the firm was told."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

from nlu.notice import read_notice
from nlu.numbers import NUMBER, read_number, read_quantity
from nlu.page import Mention, Page

_STAFF = (
    r"(?:salarie\w{0,2}|employe\w{0,2}|collaborat\w{3,6}|temps pleins?|personnes? (?:en tout|au total|a payer|"
    r"employees?|salariees?|"
    r"dans (?:l'equipe|l'entreprise|la boite)|travaill(?:ent|ons|ant))|"
    r"emplois|postes|gars|apprentis?|cdi|etp|employees|staff|workers|full[- ]timers?|(?:people|"
    r"persons) (?:in (?:all|total)|on (?:the )?(?:payroll|staff)|"
    r"working|work(?= here| for (?:me|us)| with (?:me|us))|"
    r"employed|to pay)|jobs)"
)
_SIZE = re.compile(
    rf"(?<![a-z])(?:(?:nous (?:ne )?sommes(?: plus)?(?: que)?|on est|we are|we're|there are|team of|staff of|"
    rf"equipe de|nous employons|"
    rf"on emploie|i employ|we employ|"
    rf"j'emploie) (?P<n1>{NUMBER})(?: of us| people| persons| personnes| salaries| employees)?(?= ?(?:$|"
    rf"[.,;!?\n)]| (?:et|and|to|"
    rf"a|dans|chez|in|avec|with|sur)(?![a-z])))"
    rf"|(?:(?<=^)|(?<=[.!?] ))(?P<n6>{NUMBER}) of us(?= (?:make|run|work|sell|build|produce|craft|live|share|do|in|"
    rf"at)(?![a-z]))"
    rf"|(?:on|nous) (?:travaille|travaillons|bosse|bossons|tourne|tournons) a (?P<n7>{NUMBER})(?= ?(?:$|[.,;!?\n)]))"
    rf"|(?P<n2>{NUMBER}|une?(?= salarie| employe)) (?:\w{{3,12}} )?{_STAFF}(?![a-z])"
    rf"|(?P<gone>licenci(?:e|er|ee?s?|era|erai|erons|eront)|remerci"
    rf"(?:e|er)|vire|renvoye|me separer de|nous separer de|let|laid off|fired|"
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
_OF_WHICH = re.compile(r" (?:dont|including|of which|of whom) ")
"""All of them, of whom fewer are at risk."""
_PART_OF = re.compile(
    rf"(?P<jobs>(?P<part>{NUMBER})(?: (?:jobs|postes|emplois|salaries|employes))?) (?:of|out of|sur|des)(?: (?:the|our|"
    rf"les|nos|mes|my))? "
    rf"(?P<all>{NUMBER})(?: (?:jobs|staff|employees|workers|people|postes|emplois|salaries|employes))?"
    r"(?= (?:jobs |staff |postes |emplois |salaries )?"
    r"(?:go|will|would|are|have|were|vont|sont|est|is|seront|ont|sautent|"
    r"a)(?![a-z]))"
)
_GO = re.compile(
    r" (?:(?:will|would|are going to|vont|va|doivent|devront|have to|must) )?(?:go(?:ing)?|sauter|partir|"
    r"sautent)(?![a-z])"
)
_GONE = re.compile(
    r" (?:have (?:gone|left)|are gone|were (?:cut|lost|let go)|ont (?:saute|disparu|ete supprim\w{1,3})|sont partis)"
)
_LOST = re.compile(
    r"(?<![a-z])(?:(?:ai|a|avons|ont) (?:du |deja )?(?:licenci\w{1,5}|me separer de|supprim\w{1,3})|had to (?:lay|"
    r"let)|laid off|let go|already fired|perdu)(?![a-z])"
)
_WERE_LOST = re.compile(r" (?:perdue?s?|partie?s?|lost)(?![a-z])")
"""After the people whom the firm has no more: "les 2 salariés perdus"."""
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
_SUMMED = re.compile(
    rf"(?<![\w.,])(?P<number>{NUMBER}|an?) (?:(?:temps )?(?:pleins?|partiels?)|mi-temps|full[- ]timers?|"
    rf"part[- ]timers?|apprentie?s?|"
    rf"apprentices?|alternante?s?|stagiaires?|salariee?s?|employee?s?|employees?|vendeu\w{{1,4}}|saisonniers?|interimaires?|cdi|cdd|"
    rf"temps|interns?|associee?s?|partners?|gerante?s?|personnes?)(?![a-z])(?P<joint> ?(?:,|et|and|plus|\+|"
    rf",? (?:et|and))(?= ))?"
)
"""Kinds of people that make a staff together: "trois temps pleins, un apprenti"."""
_EMPLOY = re.compile(r"(?<![a-z])(?:emploie|employons|employ|equipe de|team of|staff of)(?: \w+)? ?$")
_COUNTED = ("n1", "n2", "n3", "n4", "n5", "n6", "n7")
_MOST_PEOPLE = 100_000


def read_counts(page: Page) -> list[Mention]:
    """Jobs and notice."""
    notice = list(read_notice(page))
    return [*notice, *_jobs(page.without(notice))]


def _jobs(page: Page) -> Iterator[Mention]:
    if total := _summed(page):
        yield total
        return
    parts = list(_parts(page))
    yield from parts
    yield from _numbers(page.without(parts))


def _summed(page: Page) -> Mention | None:
    found = [*_SUMMED.finditer(page.folded)]
    joined = all(one["joint"] and page.folded[one.end() :].startswith(f" {other[0]}") for one, other in pairwise(found))
    if len(found) < 2 or not joined:  # noqa: PLR2004  # Nothing to add up.
        return None
    if page.asking != "jobs_total" and not _EMPLOY.search(page.before(found[0].start(), 20)):
        return None
    number = int(sum(read_quantity(one["number"])[0] for one in found))
    return Mention(field="jobs_total", value=number, start=found[0].start(), end=found[-1].end())


def _parts(page: Page) -> Iterator[Mention]:
    """Some jobs of all: "trois postes sur six", "five of the eight jobs"."""
    for found in _PART_OF.finditer(page.folded):
        part, all_jobs = read_number(found["part"]), read_number(found["all"])
        after = page.after(found.end(), 25)
        if not 0 < part <= all_jobs <= _MOST_PEOPLE or not (_AT_RISK.search(after) or _GO.match(after)):
            continue
        lost = _LOST.search(after) is not None or _GONE.match(after) is not None
        field = "jobs_lost" if lost else "jobs_at_risk"
        yield Mention(field=field, value=int(part), start=found.start("part"), end=found.end("jobs"))
        yield Mention(field="jobs_total", value=int(all_jobs), start=found.start("all"), end=found.end())


def _numbers(page: Page) -> Iterator[Mention]:
    for found in _SIZE.finditer(page.folded):
        number = read_number(next(found[name] for name in _COUNTED if found[name]))
        if found["n2"] and _FIRMS.search(page.before(found.start(), 30)):
            continue
        if number == 1 and found["n2"] and not _OWN.search(page.before(found.start(), 20)):
            continue
        if number > _MOST_PEOPLE or number != int(number) or _NOT_STAFF.search(page.before(found.start(), 20)):
            continue
        yield Mention(field=_jobs_field(page, found), value=int(number), start=found.start(), end=found.end())


def _jobs_field(page: Page, found: re.Match[str]) -> str:
    if found["n1"] or found["n6"] or found["n7"]:
        return "jobs_total"
    if found["n4"]:
        return "jobs_at_risk"
    if found["n5"]:
        return "jobs_lost" if found["job"].startswith(("lost", "ont", "a ")) else "jobs_at_risk"
    if found["n3"]:
        to_come = found["gone"].endswith(("ra", "rai", "rons", "ront"))
        return "jobs_at_risk" if to_come or _TO_COME.search(page.before(found.start(), 20)) else "jobs_lost"
    before, after = page.before(found.start(), 35), page.after(found.end(), 25).partition(",")[0]
    if _OF_WHICH.match(after):
        return "jobs_total"
    if _LOST.search(before) or _WERE_LOST.match(after):
        return "jobs_lost"
    return "jobs_at_risk" if _GO.match(after) or _AT_RISK.search(before) or _AT_RISK.search(after) else "jobs_total"
