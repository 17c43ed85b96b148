"""Who comes to the wrong door is shown the right one; a seller is not sent away."""

from __future__ import annotations

import re
from collections.abc import Mapping

import pytest

from stories.folding import fold
from stories.plain import sentences
from tests.stories.talk import script

MEANT: Mapping[str, tuple[str, ...]] = {
    "consumer": (
        "j'ai acheté un téléphone et il n'est jamais arrivé",
        "j'ai commandé une machine à café sur Cdiscount, jamais reçue",
        "ma commande n'est toujours pas arrivée",
        "je n'ai jamais reçu mon colis",
        "le vendeur refuse de me rembourser",
        "je suis un simple consommateur",
        "I bought a phone and it never came",
        "my parcel hasn't arrived",
        "the seller won't refund me",
        "je suis un client, j'ai acheté sur Amazon et je n'ai rien reçu",
        "order never delivered, what can I do",
    ),
    "job_seeker": (
        "je cherche un emploi",
        "vous recrutez ?",
        "où postuler chez vous ?",
        "I'm looking for a job",
        "are you hiring?",
    ),
    "late_payer": (
        "mon client professionnel ne me paie pas mes factures",
        "un client me doit 4000 euros, facture impayée depuis mars",
        "a business customer won't pay my invoices",
        "notre donneur d'ordre n'a pas payé",
        "the council owes me money on a public contract",
    ),
    "crime": (
        "on m'a volé ma carte bancaire",
        "je me suis fait arnaquer par téléphone, faux conseiller",
        "my credit card was stolen",
        "mon compte facebook a été piraté",
        "carte bleue piratée que faire",
    ),
    "platform_employee": (
        "je travaille chez Amazon et j'ai vu des choses",
        "je suis salarié d'Amazon, on nous demande de supprimer les avis",
        "je veux être lanceur d'alerte",
        "I work for Temu and want to report",
        "I'm a whistleblower",
        "je travaille dans un entrepôt amazon et les conditions sont horribles",
    ),
    "occasional_seller": (
        "j'ai 16 ans et Vinted a bloqué mon compte",
        "je suis un particulier, leboncoin supprime mes annonces",
        "je vends mes vieux vêtements de temps en temps",
        "I'm 15 and vinted banned me",
        "I just sell my old clothes now and then",
    ),
    "personal_data": (
        "ils ont revendu mes données personnelles",
        "comment saisir la CNIL ?",
        "the site refuses to delete my data",
    ),
    "company_creation": (
        "je voudrais créer une entreprise, comment faire ?",
        "comment devenir auto-entrepreneur",
        "how do I register a company?",
        "comment monter ma boîte ?",
        "comment on crée une micro entreprise ?",
    ),
}
"""What people write, by the door it must open."""
NOT_MEANT = (
    "on m'accuse de vendre du faux alors que j'achète chez le grossiste officiel",
    "le client garde le colis et se fait rembourser",
    "mes clients n'ont pas reçu leurs commandes",
    "j'ai acheté du stock chez un fournisseur et la plateforme ne l'a jamais reçu",
    "mon compte vendeur est bloqué, j'ai deux salariés à payer",
    "je suis salarié de la société qui vend sur Amazon",
    "je travaille avec Amazon depuis 8 ans",
    "j'ai 15 ans d'ancienneté sur eBay",
    "j'ai 12 ans de boutique derrière moi",
    "Amazon ne me paie pas mes ventes",
    "la plateforme ne nous a pas payé, factures impayées",
    "effacez mes données",
    "je veux effacer mes données",
    "j'ai créé mon entreprise en 2015",
    "ils refusent l'export de mes statistiques de vente",
    "I am 20 days late",
    "I sell books and my account was closed",
    "my customers ordered and it never came because the platform blocked shipping",
    "compte piraté, le RIB a été changé et les ventes partent ailleurs",
    "I'm 12 weeks into this suspension",
    "we have sold there for 15 years",
    "ils ont embauché un robot",
    "un acheteur a commandé et n'a jamais payé",
    "le vendeur concurrent copie mes fiches",
    "j'ai deux emplois menacés",
    "la plateforme publie mes photos chez un autre vendeur",
    "je vends des vêtements sur Vinted Pro",
    "ma candidature pour vendre sur Decathlon a été acceptée puis annulée",
    "vous vous êtes trompé sur la plateforme",
    "un employé de la plateforme m'a proposé de débloquer des choses contre de l'argent",
    "droit à l'oubli",
    "An employee of the platform offered to unblock things for cash.",
)


def found(text: str) -> set[str]:
    """The ids whose patterns match, and whose exceptions do not."""
    folded = fold(text)
    return {
        one.id
        for one in script().doors
        if any(re.search(p, folded) for p in one.patterns.all) and not any(re.search(p, folded) for p in one.unless.all)
    }


@pytest.mark.parametrize(("door", "text"), [(d, text) for d, texts in MEANT.items() for text in texts])
def test_the_right_door_is_named(door: str, text: str) -> None:
    assert door in found(text)


@pytest.mark.parametrize("text", NOT_MEANT)
def test_a_seller_is_not_sent_away(text: str) -> None:
    assert found(text) == set()


def test_each_door_is_said_in_at_most_three_lines_with_its_address() -> None:
    named = {
        "consumer": "signal.conso.gouv.fr",
        "job_seeker": "francetravail.fr",
        "late_payer": "economie.gouv.fr/mediateur-des-entreprises",
        "crime": "17cyber.gouv.fr",
        "platform_employee": "defenseurdesdroits.fr",
        "occasional_seller": "3018",
        "personal_data": "cnil.fr",
        "company_creation": "formalites.entreprises.gouv.fr",
    }
    assert {door.id for door in script().doors} == set(named)
    for door in script().doors:
        for said in (door.say.fr, door.say.en):
            assert named[door.id] in said
            assert len(said.splitlines()) <= 3
            assert len(sentences(said)) <= 4
