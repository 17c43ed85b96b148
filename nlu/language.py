"""Which language a message is in, by the words that the other does not have."""

from __future__ import annotations

import re

from stories.types import Language

READ = 2000
"""Characters looked at."""
_SURE = 2
"""Points by which a message must speak for the other language than the conversation's."""

_TOKEN = re.compile(r"[^\W\d_]+'?")
_ACCENTED = re.compile(r"[àâçèéêëîïôùûœ]")

_FRENCH = frozenset(
    """
    je tu il elle nous vous ils elles le la les un une des du de au aux ce cet cette ces mon ma mes ton ta tes
    leur leurs notre nos votre vos et ou où mais donc est sont suis sommes etes ai avons avez ont était étais
    sera serai fait faut peux peut pouvez veux veut voudrais dois doit pas plus rien personne jamais aucun
    aucune que qui quoi quand comment pourquoi combien quel quelle dans sur sous sans avec pour par chez depuis
    pendant avant après vers entre très trop aussi encore toujours déjà même tout tous toute toutes autre alors
    parce puis ici là oui merci bonjour bonsoir salut svp stp jsp jpp ça ca cela celui lui eux moi toi soi été
    être avoir faire dire ya chui jai cest pcq pk tjs tjrs bcp j' l' d' c' n' s' m' t' qu' jusqu' lorsqu'
    puisqu' aujourd' compte boutique vendeur vente ventes facture factures annonce annonces argent clients
    commande commandes virement versement frais avis retrait bloqué bloquée fermé fermée suspendu suspendue
    société entreprise euros mois jour jours semaine semaines année ans hier demain environ aucune réponse
    problème dossier effacer envoyer
    """.split()  # noqa: SIM905 - words are read, and mended, more easily than a list of strings
)
_ENGLISH = frozenset(
    """
    i you he she it we they the an this that these those my your his her its our their and or so because is are
    was were be been am has have had do does did can can't could will would should must not no never nothing
    nobody none what who which when where how why in of to for with without from at by into about since until
    after before than then there here very too also still always already even all any some other if yes yeah
    hello hi hey thanks thank please don' doesn' didn' isn' aren' wasn' won' can' couldn' hasn' haven' it' i'
    that' they' we' you' he' she' there' what' im cant wont u ur pls every says unless myself they'd says took
    asked account seller sales invoice invoices listing listings money customer customers order orders
    payout payouts fee fees review reviews blocked closed frozen removed company business euro month months week
    weeks day days year years yesterday tomorrow today ago about answer problem human skip help send delete
    """.split()  # noqa: SIM905 - words are read, and mended, more easily than a list of strings
)


def detect(text: str, conversation: Language | None = None) -> Language | None:
    """The language of the text, the conversation's where the text tells nothing: names and numbers tell nothing."""
    lowered = text[:READ].lower().replace("’", "'")
    tokens = _TOKEN.findall(lowered)
    french = sum(token in _FRENCH for token in tokens) + sum(1 for _ in _ACCENTED.finditer(lowered))
    english = sum(token in _ENGLISH for token in tokens)
    if french == english or (conversation is not None and abs(french - english) < _SURE):
        return conversation
    return "fr" if french > english else "en"
