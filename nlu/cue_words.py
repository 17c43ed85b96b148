"""What stands for what in the patterns of the cues, and who is meant by them."""

from __future__ import annotations

import re

from nlu.numbers import WORDS
from nlu.page import Page

ORDER = (
    r"(?:rendez|redonnez|debloquez|liberez|remboursez|rouvrez|retablissez|reactivez|remettez|restituez|versez|reversez|"
    r"payez|(?:r)?envoyez|transmettez|retirez|supprimez|virez|annulez|levez|expliquez|indemnisez|dedommagez|"
    r"(?:(?<=^)|(?<=[.!?] )|(?<=please )|(?<=just )|(?<= and ))(?:give|pay|release|refund|reinstate|reopen|"
    r"restore|unblock|send|"
    r"remove|explain|tell|compensate)(?= (?:me|us|my|our|the|these|this|it)))(?![a-z])"
)
"""What the platform is told to do: "remboursez-moi ces frais", "Pay us"."""
WISH = (
    r"(?:(?:je|on|nous) ne (?:veux|veut|voulons|demande|demandons|souhaite|souhaitons) (?:qu'une (?:seule )?chose|"
    r"rien d'autre que|que)|"
    r"(?:je|j'|j|on|nous) ?(?:veux|veut|voulons|voudrais|voudrait|voudrions|demande|demandons|souhaite|"
    r"souhaitons|souhaiterais|souhaiterions|aimerais|aimerait|aimerions|exige|exigeons|reclame|reclamons|attends|"
    r"attendons|espere|esperons|cherche|cherchons|sollicite|sollicitons|desire|desirons|veu|voudrai|vx)|"
    r"(?:notre|ma|mon|la) (?:cliente?|societe|mandante) "
    r"(?:veut|voudrait|demande|souhaite|sollicite|souhaiterait|exige|reclame)|"
    r"(?:il )?faut(?: juste| absolument| vraiment)? qu(?:e |')(?:on|ils|amazon|cdiscount)|"
    r"comment(?: faire pour| (?:je|on) (?:fais|peux|fait|peut)(?: pour)?)?(?= recup| retrouv| ravoir| rouvr| debloq)|"
    r"j'ai (?:juste |seulement |simplement )?(?:envie|besoin)|"
    r"(?:mon|notre|le|l')[ ']?(?:seul )?(?:but|souhait|objectif)|(?:il )?(?:me|nous) faut|"
    r"ce (?:que|qu')[ ']?(?:je|on|nous) (?:veux|veut|voulons|demande|voudrais|attends)|"
    r"(?:rendez|debloquez|remboursez|rouvrez|retablissez|reactivez|laissez|aidez|faites)(?:[- ](?:moi|nous))?|"
    r"(?:(?<=^)|(?<=[.!,;?] )|(?<= et )|(?<= juste ))(?:qu'(?:ils?|on)|que(?= (?:ce|cette|ces|les?|la|mes|mon|ma|nos|"
    r"notre|leurs?) [^.!?]{2,50} (?:soi(?:t|ent)|disparai\w{2,6}|revien\w{2,4})(?![a-z])))|merci de|"
    r"(?<!pas )pour que|"
    r"que l'on (?:me|nous)|(?:pouvez|"
    r"pourriez)[- ]vous|(?:can|could) you|"
    r"(?:i|we|my client|our client)(?:'d| would)? ?(?:just |only |really |simply )?(?:wants?|like|love|needs?|"
    r"asks? for|demands?|expect|wish|hope)|"
    r"(?:(?<=, )|(?<=but )|(?<=mais ))(?:just|juste|simplement|only)(?= (?:an?|une?|des|my|mon|ma|mes|some) )|"
    r"(?:(?<=^)|(?<=[.!?] ))(?:just )?need(?= (?:my|our|the|some|an?) )|"
    r"(?:i|we)(?:'d| would) (?:be (?:happy|glad|content)|settle|appreciate)|all (?:i'm|we're|i am|we are) after|"
    r"what (?:i|we) (?:really |actually )?(?:want|need)|how (?:do|can) (?:i|we)(?= get| have| recover)|"
    r"all (?:i|we) (?:want|need|ask)|my (?:goal|aim|wish)|(?<!to )give (?:me|us)|"
    r"please(?= (?:re|re-)\w+| un\w+| release| pay| give| get))"
)
SHORTHAND = {
    "account": (
        r"(?:compte|cpte?|compt|boutique|boutik|acces|account|shop|store|profil|magasin|je suis|j'ai ete|i was|i'm|"
        r"i am|"
        r"m'ont|m'a|"
        r"nous a|nous ont|on a ete|we were|we are)(?:[ ']\w{1,14}){0,4}?[ ']"
    ),
    "shop": (
        r"(?:mon|notre|ma|mes|nos|le|la|les|my|our|the|l')[ ']?(?:\w{2,14} ){0,2}?"
        r"(?:comptes?|cpte?s?|compt|boutiques?|acces|accounts?|shops?|stores?|storefronts?|"
        r"profil)(?! (?:bancaire|en banque))"
    ),
    "noun": (
        r"(?:comptes?|cpte?s?|boutiques?|boutik|espace (?:vendeur|pro)|profil vendeur|magasin en ligne|accounts?|"
        r"acct|shop|store|storefront)"
    ),
    "art": r"(?:(?:mon|notre|ma|le|la|my|our|the) )?",
    "adv": (
        r"(?:(?:def|direct|carrement|cash|net|d'un coup|d'office|encore|toujours|hier|aussi|toute?s?|tous|bien|tres|"
        r"simplement|just|also|now|still|very|suddenly|whole|all|juste|(?!comp|vet|docu|aliment|vrai)\w{3,12}ment|"
        r"\w{3,12}ly|du jour au lendemain) ){0,2}"
    ),
    "struck": (
        r"(?:suspendu|ferme|bloque|banni|restreint|limite|sanctionne|desactive|susp|suspended|closed|blocked|banned|"
        r"restricted|deactivated|sanctioned|punished|limited|touche|penalise|inquiete)(?:e?s?)"
    ),
    "start": r"(?:(?<=^)|(?<=[.!?,:\n])|(?<=[.!?,:\n] )|(?<=bonjour )|(?<=bonsoir )|(?<=says )|(?<=dit ))",
    "took": (
        r"(?:retir\w{1,4}|supprim\w{1,4}|desactiv\w{1,5}|suspen\w{1,5}|ferm(?:e|es|ee|ees|ent)|dereferenc\w{1,6}|"
        r"enlev\w{1,4}|vire\w{0,2}|saute\w{0,2}|degage\w{0,2}|efface\w{0,2}|vidange\w{0,2}|"
        r"blo[qk]\w{1,4}|coup(?:e|es|ee|ees|ent)|disparu\w{0,2}|masqu\w{1,4}|invisibles?|inactives?|removed?|"
        r"took down|taken down|takes? down|hid|deleted|delisted|suspended|pulled|vanished|deactivated|hidden|"
        r"blocked|gone|disappeared|wiped)"
    ),
    "blow": (
        r"(?:suspen\w{1,5}|ferm(?:e|es|ee|ees|ent|eture)|clo(?:s|se|tur\w{1,3})|blo[qk]\w{1,4}|retir\w{1,3}|"
        r"supprim\w{1,3}|desactiv\w{1,5}|depubli\w{1,3}|dereferenc\w{1,5}|refus\w{0,3}|rejet\w{0,4}|"
        r"coup(?:e|es|ee|ees)|vire\w{0,2}|sorti(?:e|s|es)?|gel(?:e|es|ee|ees)|restrei\w{1,4}|retenu\w{0,2}|"
        r"(?:en )?reserve|"
        r"banni\w{0,2}|radie\w{0,2}|closed?|shuts?|froze\w?|freez\w{1,3}|removed?|pulled|(?:taken|took) down|"
        r"blocked|banned|deactivated|reject\w{0,3}|bounced?|terminated|withh\w{2,6}|h[eo]ld|restricted|delisted)"
    ),
    "number": rf"(?:\d{{1,3}}|{WORDS})",
    "some": (
        r"(?:\d{1,5}|certaine?s|quelques(?:-une?s)?|une partie|plusieurs|(?:la |une bonne )?moitie|(?:un|le) tiers|"
        r"(?:un|le) quart|une (?:dizaine|vingtaine|trentaine|cinquantaine|centaine)|deux|trois|quatre|cinq|six|dix|"
        r"some|half|a (?:third|quarter|few|dozen)|part|several|two|three|four|five|ten|twenty)"
    ),
    "want": (
        rf"(?:{WISH}(?! (?:pas|plus|not)(?![a-z]))"
        rf"(?: ?[,:?]? (?:'?[a-z0-9'-]{{1,14}})|'[a-z]{{1,14}}){{0,12}}?(?: ?[,:?])?[ ']|(?={ORDER}))"
    ),
    "money": (
        r"(?:argent|fonds|solde|sommes?|sous|thunes?|fric|pognon|tresorerie|treso|paiements?|versements?|virements?|"
        r"cagnotte|ventes|money|funds|payouts?|balance|cash|earnings|payments?)(?! (?:de commission|fees?))"
    ),
    "fee": (
        r"(?:frais|commissions?|penalites?|amendes?|abonnements?|prelevements?|trop[- ]percu|fees?|charges|"
        r"penalt(?:y|ies)|subscriptions?|commission)"
    ),
    "papers": (r"(?:factures?|releves?|justificatifs?|attestations?|invoices?|statements?|tax documents?|paperwork)"),
    "listing": (
        r"(?:an?nonces?|fiches?|produits?|offres?|references?|articles?|catalogue|pages?|listings?|items?|products?|"
        r"offers?|ads)"
    ),
    "back": (
        r"(?:rend\w{0,3}|retrouve\w{0,2}|recup\w{0,4}|re?ouvr\w{1,4}|(?:re)?activ\w{1,3}|debloqu\w{1,4}|ravoir|"
        r"liber\w{1,4}|revers\w{1,4}|vers\w{1,3}|toucher|avoir|revoir|obtenir|recevoir|retabli\w{0,5}|rembours\w{1,3}|"
        r"remett\w{1,3}|remis\w{0,2}|dispose\w{0,1}|redonn\w{1,3}|restitu\w{1,3}|reinstate|reopen|restore|unblock|"
        r"reactivate|release|"
        r"pay|get|give|have|return|refund|receive|download|telecharger|acceder a)"
        r"(?:[ -](?:moi|nous|me|us|en ligne|en vente|back|l'acces a|acces a|access to))?"
        r"(?: (?:mon|ma|mes|notre|nos|le|la|les|my|our|the) \w{3,14}(?: (?:et|and)|,))? "
    ),
}
"""What stands for what in the patterns, in braces."""
_OTHERS = re.compile(
    r"(?<![a-z])(?:cousine?s?|soeurs?|freres?|beau-frere|belle-soeur|voisine?s?|copains?|copines?|potes?|amie?s?|"
    r"collegues?|concurrente?s?|confreres?|consoeurs?|fournisseurs?|"
    r"(?:autres?|certains|des|un|une|pleins?(?: de| d')?) (?:autres )?vendeu(?:rs?|ses?)|friends?|mates?|neighbou?rs?|"
    r"colleagues?|competitors?|rivals?|suppliers?|brother(?:s|-in-law)?|sister(?:s|-in-law)?|cousins?|"
    r"(?:other|another|some|many|a banned) sellers?)(?![a-z])"
)
_OURS = re.compile(r"(?<![a-z])(?:m'|j'|me|moi|nous|mon|ma|mes|notre|nos|je|my|our|us|i|we|on)(?![a-z])")
_THEIR = re.compile(r"(?<![a-z])(?:son|sa|ses|leurs?|his|her|their)(?: \w+)? ?$")
_THROUGH = re.compile(
    r"(?<![a-z])(?:cause d[e']|a cause|because of|due to|par|by|contre|against|faute|grace a|plainte d[e']|de la part)"
    r"(?: (?:un|une|mon|ma|my|an?|des))? ?$"
)
"""Before others who did it to the firm."""


def is_about_others(page: Page, start: int, end: int) -> bool:
    """Whether what is said there is said of someone else: "la boutique de ma cousine est fermée"."""
    if page.stems.isdisjoint(_OTHER_STEMS):
        return False
    inside, before = page.folded[start:end], page.before(start, 90)
    if _OTHERS.search(inside) or _OTHERS.search(page.after(end, 24).partition(",")[0]):
        return True
    if _THEIR.search(page.folded[max(0, start - 20) : start]) and _OTHERS.search(before):
        return True
    who = next(iter([*_OTHERS.finditer(before)][-1:]), None)
    if who is None or _THROUGH.search(before, 0, who.start()) or _OURS.search(inside):
        return False
    return _OURS.search(before, who.end()) is None


_OTHER_STEMS = frozenset(
    """
    cous soeu frer beau bell vois copa copi pote ami amie amis coll conc conf cons four gros sous vend frie mate neig
    comp riva supp brot sist sell
    """.split()  # noqa: SIM905  # Words read best as a line of words.
)
