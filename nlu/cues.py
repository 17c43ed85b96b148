"""What a story plainly says of the case besides values: flags, the state of the account, steps taken, who writes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from nlu.counts import no_notice
from nlu.page import Mention, Page


@dataclass(frozen=True, slots=True, kw_only=True)
class _Cue:
    field: str
    value: object
    pattern: re.Pattern[str]
    hint: frozenset[str]
    """Words one of which the page must have."""
    unless: re.Pattern[str] | None = None
    """What, just before, means that it is not so."""
    confidence: float = 1.0


def _cue(field: str, value: object, pattern: str, hint: str, unless: str = "", confidence: float = 1.0) -> _Cue:
    return _Cue(
        field=field,
        value=value,
        pattern=re.compile(rf"(?<![a-z])(?:{pattern})(?![a-z])"),
        hint=frozenset(hint.split()),
        unless=re.compile(rf"(?<![a-z])(?:{unless})(?![a-z])(?:[ ']\w{{1,12}}){{0,3}}[ ']?$") if unless else None,
        confidence=confidence,
    )


_ACCOUNT = r"(?:compte|boutique|acces|account|shop|store|profil|magasin|je suis|j'ai ete|i was|i'm|i am|m'ont|m'a|nous a|nous ont|on a ete|we were|we are)"
_GAP = r"(?:[ ']\w{1,14}){0,4}?[ ']"
_UNLESS_STATUS = r"pas|not|n't|sinon|si|if|risque|menace|unless|otherwise|jamais|never|ni|peur|vont|va"
_CUES = (
    _cue("facets.no_reason_given", "yes",
         r"sans (?:aucune? |la moindre |donner d'|donner de )?(?:explications?|raisons?|motifs?|justifications?)(?: valable)?|(?:aucune?|zero|0) (?:explications?|raisons?|motifs?|justifications?)|"
         r"pas (?:d'explications?|de (?:raisons?|motifs?|justifications?))|(?:on ne|je ne|on|je|j'|ne) ?(?:sait|sais|comprends?) (?:toujours |meme )?pas pourquoi|"
         r"sans (?:me |nous )?(?:dire|savoir|comprendre) pourquoi|no (?:reason|explanation)s?(?: given| at all)?|without (?:any |a |giving (?:a |any )?)?(?:reason|explanation)s?|"
         r"(?:nobody|no one|they) (?:will|would|won't|wouldn't|can|can't) (?:say|tell me|explain) why|(?:don't|do not) know why|never (?:said|told me|explained) why",
         "explication explications raison raisons motif motifs justification justifications pourquoi reason reasons explanation explanations why"),
    _cue("facets.complaint_unanswered", "yes",
         r"(?:personne|nul) (?:ne |n'y |n')?(?:me |nous )?rep(?:ond|on|ons|onds)|(?:aucune?|zero|pas de|jamais de|sans|0) (?:la moindre )?(?:reponses?|retour|nouvelles?)|"
         r"(?:ne |n')?(?:m'|me |nous )?repond(?:ent|s)? (?:pas|plus|jamais|rien|meme pas)|silence radio|(?:restee?s?|laissee?s?) sans (?:reponse|suite)|fermes? sans reponse|"
         r"(?:no|never an?|without (?:an?|any)) (?:reply|answer|response)|(?:nobody|no one|noone|no-one|none) (?:ever )?(?:answers|replies|responds|answered|replied|responded)|"
         r"(?:never|don't|doesn't|won't|didn't|not) (?:even )?(?:answer|reply|respond|heard back|hear back|answering|replying|responding)(?:ed|s)?|unanswered|radio silence|ignor(?:e|ing) (?:me|us|my)",
         "repond repon repons reponds repondent reponse reponses retour nouvelles nouvelle silence suite reply answer response answers replies responds answered replied "
         "responded respond heard hear answering replying responding unanswered ignore ignoring", confidence=0.95),
    _cue("facets.retaliation_fear", "yes",
         r"(?:j'ai |on a |ai )?(?:tres |trop )?peur (?:qu'ils?|que|qu'on|des? represailles|de la suite|des consequences|d'etre|de me faire|de les)|represailles|(?:ne veux|veux) pas qu'ils sachent|"
         r"se veng\w{1,4}|(?:afraid|scared|worried|fear) (?:that )?(?:they|of (?:retaliation|reprisals)|amazon)|retaliat\w{1,4}|reprisals|come after (?:me|us)",
         "peur represailles sachent venger vengent afraid scared worried fear retaliation retaliate retaliating reprisals come", unless="pas|not|no|aucune"),
    _cue("facets.seasonal_peak", "yes",
         r"(?:en pleine |pendant la |periode |saison )(?:periode )?(?:de |des )?(?:noel|fetes|soldes|fin d'annee)|(?:avant|pour|a) noel|(?:pleine|haute|grosse) (?:saison|periode)|black friday|"
         r"pendant les (?:fetes|soldes)|fin d'annee|(?:before|over|for|at|during) (?:christmas|xmas|the holidays)|(?:peak|high|busy|holiday|busiest) (?:season|period|time)|q4|christmas (?:season|rush|period)",
         "noel fetes soldes saison periode friday annee christmas xmas holidays season period time q4 q"),
    _cue("facets.insolvency_risk", "yes",
         r"depot de bilan|depos\w{1,3} (?:le|mon|notre) bilan|faillite|liquidation|redressement(?: judiciaire)?|cessation de paiements?|cle sous la porte|clef sous la porte|"
         r"(?:je|on|nous) (?:vais |va |allons )?(?:coul\w{1,3})|mettre la cle|plus de (?:tresorerie|treso)|(?:ne )?(?:vais|va|pourrai|tiendrai|tiendra|tiens) (?:pas|plus) tenir|(?:tiendrai|tiendra|tiendrons) pas|"
         r"fermer (?:mon entreprise|l'entreprise|ma boite|la boite|ma societe)|bankrupt\w{0,3}|insolven\w{1,2}|go(?:ing)? (?:under|bust|out of business)|out of business|close (?:my|the) (?:company|business)|"
         r"(?:won't|can't|not) survive",
         "bilan faillite liquidation redressement cessation cle clef coule couler coulons tresorerie treso tenir tiendrai tiendra tiendrons fermer bankrupt bankruptcy insolvent insolvency under bust "
         "business close survive", unless="pas|not|no"),
    _cue("facets.court_pending", "yes",
         r"(?:procedure|proces|instance|action|affaire)(?: judiciaire| en justice)? en cours|(?:j'ai|on a|nous avons|avons) (?:saisi|assigne)(?: \w+){0,2} (?:tribunal|justice|juge|refere)?|audience|en refere|"
         r"(?:court|legal) (?:case|proceedings|action) (?:is )?(?:pending|ongoing|under way)|(?:i'm|we're|i am|we are) suing|court hearing|hearing|lawsuit|filed suit|taken them to court",
         "procedure proces instance affaire saisi assigne audience refere court legal suing hearing lawsuit suit action"),
    _cue("facets.automated_decision_suspected", "yes",
         r"(?:un |leur |le |par un |par leur )?(?:robot|algorithme|algo|bot|ia|logiciel)(?: qui| m'| me| nous)?(?: a| ont)? (?:bloque|classe|decide|supprime|suspend|ferme|retire|detecte|refuse|a)\w{0,2}|"
         r"(?:c'est |par |decision de )(?:l'algorithme|l'algo|l'ia|un robot|leur robot|un algorithme|un bot|une ia)|(?:classe|bloque|refuse|supprime|suspendu|ferme)\w{0,2} par (?:un|leur|le|l')[ ']?(?:robot|bot|algorithme|algo|ia)|"
         r"par (?:leur|leurs|le|les) (?:robots?|bots?|algorithmes?)|(?:decision|suspension|fermeture|blocage) automati\w{3,5}|automatiquement (?:bloque|suspendu|supprime|ferme)\w{0,2}|"
         r"(?:a|the|their|some|by a) (?:bot|algorithm|robot|ai) (?:has )?(?:flagged|decided|closed|suspended|removed|pulled|blocked|rejected)|automated (?:decision|system|check)|automatically (?:flagged|closed|suspended|removed|blocked)|"
         r"an? algorithm",
         "robot robots algorithme algorithmes algo bot bots ia logiciel automatique automatiquement automatisee bot algorithm ai automated automatically"),
    _cue("facets.foreign_entity", "yes", r"droit (?:luxembourgeois|irlandais|anglais|lituanien)|(?:societe|entite|siege|contrat)(?: \w+){0,3} (?:au luxembourg|en irlande|a dublin|a singapour)",
         "luxembourgeois irlandais anglais lituanien luxembourg irlande dublin singapour", confidence=0.9),
    _cue("account_status", "reinstated", rf"(?:{_ACCOUNT}{_GAP})(?:reactivee?|retablie?|rouverte?|reouverte?|debloquee?|reinstated|reactivated|restored|unblocked|back (?:online|up))",
         "reactive reactivee retabli retablie rouvert rouverte reouvert reouverte debloque debloquee reinstated reactivated restored unblocked back", unless=_UNLESS_STATUS + "|non|veux|want", confidence=0.9),
    _cue("account_status", "suspended", rf"(?:{_ACCOUNT}{_GAP})(?:suspendue?|susp|desactivee?|suspended|deactivated|disabled|frozen)|suspend\w{{1,4}} (?:de )?(?:mon|notre|le|my|our) (?:compte|account|boutique|shop)|(?:deactivated|disabled|suspended) (?:my|our) (?:\w+ )?(?:account|shop|store)|desactive (?:mon|le|notre) compte|depuis (?:la|ma|leur|cette) suspension|since (?:the|my) suspension",
         "suspendu suspendue susp desactive desactivee suspended deactivated disabled frozen suspension suspendent suspendre", unless=_UNLESS_STATUS + "|non", confidence=0.9),
    _cue("account_status", "closed", rf"(?:{_ACCOUNT}{_GAP})(?:fermee?|clos|close|cloturee?|resiliee?|bannie?|radiee?|supprimee?|closed|terminated|banned|shut(?: down)?|deleted)(?! (?:mes|des|une|my|some|les|sans reponse))|(?:ferme|clos|cloture|resilie|supprime) (?:mon|notre|ma|le) (?:compte|boutique)|"
         r"(?:closed|shut|terminated|banned|deleted) (?:down )?(?:my|our) (?:\w+ )?(?:account|shop|store)|permanently banned|radiee? de",
         "ferme fermee clos close cloture cloturee resilie resiliee banni bannie radie radiee supprime supprimee closed terminated banned shut deleted", unless=_UNLESS_STATUS + "|non", confidence=0.9),
    _cue("account_status", "restricted", rf"(?:{_ACCOUNT}{_GAP})(?:restreinte?|limitee?|bridee?|restricted|limited)", "restreint restreinte limite limitee bride bridee restricted limited", unless=_UNLESS_STATUS, confidence=0.8),
    _cue("internal_complaint", "yes",
         r"(?:j'ai|on a|nous avons|ai) (?:deja |bien |tout de suite |aussi |meme )?(?:conteste|fait (?:un )?(?:appel|recours)|fait (?:une|des|plusieurs|\w+) reclamations?|reclame|depose (?:une|un) (?:reclamation|recours)|"
         r"(?:r?envoye|ouvert|fait|ecrit) (?:\w+ ){0,2}(?:plans? d'action|tickets?|appels?|recours|reclamations?))|\d+ tickets? (?:ouverts?|fermes?)|"
         r"(?:i|we|i've|we've)(?: have)?(?: already)? (?:appealed|complained|sent \w+ (?:appeals?|complaints?|plans of action)|filed (?:an?|\w+) (?:appeals?|complaints?)|opened \w+ (?:tickets?|cases?)|disputed)|(?:sent|filed) \w+ (?:appeals|complaints)",
         "conteste appel recours reclamation reclamations reclame plan plans ticket tickets appealed complained appeal appeals complaint complaints cases case disputed"),
    _cue("role", "accountant", r"(?:je suis|en tant qu(?:e |'))(?: )?(?:l'|son |leur |le |la |un |une )?(?:expert[- ]?e?[- ]?comptable|comptable)|(?:expert[- ]comptable) (?:de|d')|i(?:'m| am) (?:the|his|her|their|an) (?:accountant|bookkeeper)",
         "comptable accountant bookkeeper"),
    _cue("role", "lawyer", r"(?:je suis|en tant qu(?:e |'))(?: )?(?:l'|son |leur |un |une )?avocate?|(?:votre consoeur|avocate? (?:de|d') (?:la societe|l'entreprise|mon client))|i(?:'m| am) (?:the|his|her|their|a) (?:lawyer|solicitor|attorney)",
         "avocat avocate consoeur lawyer solicitor attorney"),
    _cue("role", "federation", r"(?:je represente|nous representons|au nom de|pour|nous sommes|je suis (?:a |de |dans )?)(?: )?(?:la |une |notre |le |un )?(?:federation|syndicat|association|union professionnelle|chambre)|(?:notre|nos) (?:federation|syndicat|adherents)|(?:i|we) represent (?:a |the )?(?:federation|trade association|union)|(?:our|of our) members",
         "federation syndicat association union chambre adherents members"),
    _cue("role", "other", r"je suis (?:son |sa |le |la )(?:mari|femme|epou\w{1,2}|conjoint\w?|compagn\w{1,2}|fils|fille|frere|soeur|pere|mere|ami\w?)(?: (?:de|du|d'))?|(?:j'ecris|je vous ecris|j ecris) (?:pour|a la place de) (?:mon|ma) \w+|(?:i'm|i am) (?:his|her|their|the owner's) (?:husband|wife|son|daughter|partner|friend|brother|sister)|(?:i'm |i am )?writing (?:for|on behalf of) my \w+",
         "mari femme epoux epouse conjoint conjointe compagne compagnon fils fille frere soeur pere mere ami amie ecris husband wife son daughter partner friend brother sister writing"),
    _cue("role", "employee", r"je suis (?:salariee?|employee?|assistante?|responsable (?:e-?commerce|marketplace\w?|web))(?! \w+ (?:chez|d') (?:amazon|eux))|(?:i'm|i am) (?:an employee|the e-?commerce manager|an assistant)", "salarie salariee employe employee assistant assistante responsable manager", confidence=0.8),
    _cue("role", "owner", r"je suis (?:le |la )?(?:patronn?e?|dirigeante?|fondat\w{3,4}|proprietaire|gerante?|chef d'entreprise)|(?:i'm|i am) the (?:owner|founder|director)", "patron patronne dirigeant dirigeante fondateur fondatrice proprietaire gerant gerante chef owner founder director", confidence=0.9),
    _cue("represents_several_firms", "yes", r"(?:plusieurs|\d+|nos|de nos|une? (?:dizaine|vingtaine|centaine) d[e']) ?(?:adherents?|membres|entreprises|vendeurs|clients) (?:concernes?|touchee?s?|qui|sont|ont)|nos adherents|(?:several|\d+|many|our|of our) (?:members|firms|companies|sellers) (?:are|have|affected|who)|our members",
         "adherents membres entreprises vendeurs clients members firms companies sellers"),
)  # fmt: skip


def read_cues(page: Page) -> list[Mention]:
    """Each flag or state once, at its first clear mention."""
    found: dict[str, Mention] = {}
    for mention in (*no_notice(page), *(mention for cue in _CUES for mention in _first(page, cue))):
        found.setdefault(mention.field, mention)
    return list(found.values())


def _first(page: Page, cue: _Cue) -> Iterator[Mention]:
    if page.words.isdisjoint(cue.hint):
        return
    for said in cue.pattern.finditer(page.folded):
        if cue.unless and (cue.unless.search(page.before(said.start(), 30)) or cue.unless.search(_inside(said[0]))):
            continue
        yield Mention(field=cue.field, value=cue.value, start=said.start(), end=said.end(), confidence=cue.confidence)
        return


def _inside(words: str) -> str:
    """The words before the last one: "compte pas suspendu" denies itself."""
    return words.rpartition(" ")[0]
