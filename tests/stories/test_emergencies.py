"""Emergencies and distress are found by rule, in both languages, and idioms are not taken for them."""

from __future__ import annotations

import re
from collections.abc import Mapping

import pytest

from stories.folding import fold
from stories.plain import sentences
from tests.stories.talk import script

MEANT: Mapping[str, tuple[str, ...]] = {
    "exhaustion": (
        "je vais tout lâcher",
        "j'en peux plus",
        "je n’en peux vraiment plus, c'est trop",
        "je vais craquer",
        "je suis au bout du rouleau",
        "je suis à bout",
        "on n'en peut plus ma femme et moi",
        "je ne dors plus depuis trois semaines",
        "je suis en dépression à cause d'eux",
        "je pleure tous les soirs",
        "j'ai plus la force de me battre",
        "je vais tout lâcher chez eux et vendre ailleurs",
        "je vais tout arrêter",
        "je fais un burn-out",
        "je suis désespérée",
        "I can't take it any more",
        "I can't go on",
        "I'm at the end of my tether",
        "I can't cope",
        "I haven't slept in days",
        "I am on the verge of a nervous breakdown",
        "I've lost all hope",
        "I'm ready to give up everything",
        "I'm having panic attacks",
        "my mental health is destroyed",
        "I can't do this anymore",
        "I feel hopeless",
        "I'm crying as I write",
        "I'm so stressed I can't eat",
        "I can't sleep",
        "I'm at breaking point",
        "I'm losing it",
        "I am exhausted and can't go on like this",
        "je n'ai plus goût à rien",
        "je fais des crises d'angoisse",
        "mes nerfs lâchent",
        "je craque",
        "je me sens tellement seul",
        "je suis en train de couler, moralement",
    ),
    "suicide": (
        "j'ai envie d'en finir",
        "Je veux en finir avec la vie",
        "parfois je pense au suicide",
        "je vais me foutre en l'air",
        "j'ai des idées noires depuis qu'ils ont fermé mon compte",
        "mon mari parle de se suicider",
        "je n'ai plus envie de vivre",
        "autant mourir",
        "je veux mettre fin à mes jours",
        "mes enfants seraient mieux sans moi",
        "je vais me pendre dans l'entrepôt",
        "je veux plus vivre",
        "je voudrais disparaître",
        "I want to kill myself",
        "I just want to end it all",
        "I don't want to live any more",
        "my family would be better off without me",
        "honestly I want to die",
        "feeling suicidal since they closed us",
        "j'ai pris des cachets",
        "there's no point living anymore",
        "i wanna die",
        "my husband said he wants to kill himself",
        "I have been having suicidal thoughts",
        "life isn't worth living",
        "I feel like killing myself",
        "sometimes I think about jumping off a bridge",
        "I want to disappear forever",
        "I don't see a reason to live",
        "I'd rather be dead",
        "thinking about ending my life",
        "I'm thinking of ending it",
        "je vé me tuer",
        "jvais me suicider",
        "adieu, occupez-vous de mes enfants",
        "je vais passer à l'acte",
        "je vais faire une connerie",
    ),
    "threats": (
        "on me menace de mort",
        "il menace de venir frapper mon fils",
        "il a menacé ma famille",
        "un acheteur m'a agressé devant la boutique",
        "I get death threats from a buyer",
        "he threatened to hurt my kids",
        "il sait où j'habite et me menace",
        "I am being threatened with violence",
        "a buyer says he'll come to my house",
        "someone threatened to kill me",
        "on a menacé de brûler mon magasin",
        "je me suis fait agresser",
        "il dit qu'il va venir chez moi",
        "il a dit qu'il allait me tuer",
    ),
    "hacked": (
        "compte piraté, le RIB a été changé et les ventes partent ailleurs",
        "je me suis fait pirater mon compte vendeur",
        "un hacker a pris le contrôle de la boutique",
        "account hacked, bank details changed, payouts went elsewhere",
        "hacker changed my bank account, a hacker did it",
        "un escroc a changé mes coordonnées bancaires",
        "fraudster took over my account",
        "I clicked a phishing link",
        "on a usurpé l'identité de ma société",
        "usurpation d'identité",
        "we've been hacked",
        "someone hacked into my seller account",
        "mon compte a été hacké",
    ),
    "cessation": (
        "on est en cessation de paiement",
        "je vais déposer le bilan",
        "je ne peux plus payer mes salariés",
        "je n'ai plus de tréso",
        "on va mettre la clé sous la porte",
        "si ça continue c'est la faillite",
        "I can't pay my staff this month",
        "we are going out of business",
        "facing bankruptcy",
        "je ne peux pas payer l'urssaf",
        "en dépôt de bilan",
        "je suis ruiné",
        "we have no money left",
        "I cannot pay my suppliers any more",
        "we'll have to close the business",
        "I can't make payroll",
        "we're going bankrupt",
        "my company will go under",
        "on va couler",
        "je vais licencier mes deux salariés",
    ),
    "stock_destruction": (
        "ils vont détruire ma marchandise si je ne paie pas le retrait",
        "mon stock sera détruit lundi",
        "pay for removal or they destroy the goods",
        "they will dispose of my inventory on Friday",
        "stock liquidé de force la semaine prochaine",
        "mes palettes partent à la benne",
        "they're about to destroy my products",
        "ils vont jeter toute ma marchandise",
        "my goods are going to be destroyed",
        "Amazon will destroy my FBA inventory in 7 days",
    ),
    "deadline": (
        "nouvelles CGV à accepter sous 24 h sinon boutique fermée",
        "48h pour fournir un certificat CE, mon fabricant est fermé en août",
        "je dois répondre avant demain",
        "il me reste deux jours pour faire appel",
        "dernier délai ce soir minuit",
        "l'audience est demain",
        "two days to supply a CE certificate in August",
        "new terms, accept within a day or lose the shop",
        "I must appeal by tomorrow",
        "sous 24h sinon ils ferment",
        "we only have two days left to reply",
        "fermeture sous 48h",
        "plus que deux jours pour répondre",
        "il me reste 3 jours",
        "my account closes in 24 hours",
        "hearing is tomorrow",
        "deadline is tonight",
        "I have 48 hours to appeal",
        "they gave me 24 hours",
        "I have until tomorrow",
        "le compte ferme ce soir",
    ),
}
"""What people write, by the emergency it must be taken for."""
NOT_MEANT = (
    "mort de rire, leur réponse",
    "je peux plus sortir mes factures pour le comptable et personne répond",
    "ces commissions vont me tuer",
    "c'est du suicide commercial",
    "ce serait un suicide commercial",
    "vendre à ce prix c'est suicidaire",
    "mon DVD Suicide Squad a été retiré",
    "je veux en finir avec ce litige",
    "au bout de trois semaines toujours rien",
    "ils vont me supprimer mon compte",
    "les clients craquent pour nos bougies, je craque pour ce savon",
    "notre force de vente n'a plus de force commerciale",
    "je vends mieux sans eux",
    "ça tue mon chiffre",
    "mes annonces vont disparaître",
    "je veux arrêter de vendre sur Cdiscount",
    "I'm dying to know why",
    "that would be commercial suicide",
    "I can't go on the site since Monday",
    "I give up my claim against the courier",
    "can't download last year's invoices",
    "menace de suspension de mon compte",
    "un acheteur me fait du chantage à la mauvaise note",
    "c'est du racket",
    "buyer threatens a bad rating unless I refund",
    "des copies pirates de nos DVD",
    "un vendeur a hijacké ma fiche",
    "someone hijacked my listing and ships junk under it",
    "growth hacking",
    "liquidation de stock en janvier",
    "mes virements sont bloqués et je dois payer mes fournisseurs",
    "compte fermé donc plus aucun document pour clôturer mon bilan",
    "the new delivery-date reserve has killed my cash flow",
    "ça détruit mon activité",
    "colis arrivé détruit par le transporteur",
    "je vous écris demain",
    "délai de livraison 24h imposé, impossible pour un artisan",
    "leur support répond sous 48h",
    "ils retirent l'annonce contrefaite, elle revient le lendemain",
    "on livre sous 24h",
    "counterfeit gets removed then is back the next day",
    "amazone m'a viré début octobre du jour au lendemain, j'ai perdu environ 20% du chiffre",
    "le comptable veut les factures avant le 30",
    "j'en ai marre de leurs robots",
    "personne au bout du fil, on parle à un mur",
    "I'll send the rest tomorrow",
    "tout le compte. et le 20% c'est sur octobre seulement",
    "late shipment rate blown up by a postal strike",
    "réponse sous 48h promise, rien depuis 3 semaines",
    "la vérification a pris 48h",
    "the case was closed within 24 hours",
    "we closed the ticket",
    "I need cash flow forecasts",
    "solde en liquidation",
    "liquidation totale avant fermeture",
    "ils ont mis mon stock en quarantaine",
    "le stock a été bloqué",
    "stock épuisé",
    "ils détruisent le marché",
    "promo destruction de prix",
    "logiciel piraté vendu par un concurrent",
    "un vendeur pirate vend mes photos",
    "threatened to remove my listings",
    "they threatened to suspend my account",
    "menacé de déréférencement",
    "ils ont coupé les prix",
    "mon comptable passe demain",
    "je vous rappelle demain",
    "le colis arrive demain",
    "colis perdu, ils remboursent sous 3 jours",
    "we reply within 24 hours to all buyers",
    "delivered within 48 hours as required",
    "le remboursement est fait en 48h",
    "nous répondons aux clients sous 24h",
    "la facture était due hier",
    "compte suspendu depuis hier",
    "il faut en finir avec ces abus",
    "j'ai fini de tout envoyer",
    "I could kill for an answer",
    "my shop is dead",
    "they killed my listing",
    "this is killing my margins",
    "stock détruit sans mon accord",
    "mon compte n'a pas été piraté et mes papiers sont en règle",
    "they told me my goods arrived destroyed",
)


def found(text: str) -> set[str]:
    """The ids whose patterns match, and whose exceptions do not."""
    folded = fold(text)
    return {
        one.id
        for one in script().emergencies
        if any(re.search(p, folded) for p in one.patterns.all) and not any(re.search(p, folded) for p in one.unless.all)
    }


@pytest.mark.parametrize(("emergency", "text"), [(e, text) for e, texts in MEANT.items() for text in texts])
def test_an_emergency_is_heard(emergency: str, text: str) -> None:
    assert emergency in found(text)


@pytest.mark.parametrize("text", NOT_MEANT)
def test_an_idiom_or_a_plain_complaint_is_no_emergency(text: str) -> None:
    assert found(text) == set()


@pytest.mark.parametrize(
    "text", ["JE VEUX EN FINIR", "je   veux  en finir", "j’ai envie d’en finir", "Je veux\nen finir"]
)
def test_capitals_spaces_and_typographic_apostrophes_hide_nothing(text: str) -> None:
    assert "suicide" in found(text)


def test_distress_is_heard_within_a_long_story() -> None:
    story = "Cdiscount a fermé ma boutique en mai. " * 40 + "Franchement j'en peux plus. " + "Rien n'avance. " * 40
    assert found(story) == {"exhaustion"}


def test_an_idiom_beside_it_does_not_hide_distress() -> None:
    assert "suicide" in found("leur réponse, mort de rire... mais j'ai envie d'en finir")


def test_the_numbers_that_help_are_given_at_once() -> None:
    numbers = {
        "suicide": ("3114", "112"),
        "exhaustion": ("3114", "112", "Apesa"),
        "threats": ("17", "112"),
        "hacked": ("17cyber.gouv.fr",),
        "cessation": ("CODEFI", "45"),
        "stock_destruction": (),
        "deadline": (),
    }
    assert {e.id for e in script().emergencies} == set(numbers)
    for emergency in script().emergencies:
        for said in (emergency.say.fr, emergency.say.en):
            assert all(number in said for number in numbers[emergency.id])
            assert len(sentences(said)) <= 7


def test_distress_comes_first_and_gives_no_urgency_reason() -> None:
    first, second, *others = script().emergencies
    assert {first.counts_as, second.counts_as} == {"distress"}
    assert first.reason is None
    assert all(other.counts_as != "distress" for other in others)


def test_reasons_are_those_of_a_case() -> None:
    reasons = {e.reason for e in script().emergencies if e.reason}
    assert reasons <= set(script().fields["reasons"].values)
    assert {"survival_imminent", "stock_destruction", "deadline_<=7d"} <= reasons


def test_what_stops_no_deadline_says_so() -> None:
    deadline = next(e for e in script().emergencies if e.id == "deadline")
    assert "n'arrête aucun délai" in deadline.say.fr
    assert "stops no deadline" in deadline.say.en


def test_no_pattern_is_slow_on_a_hundred_thousand_characters() -> None:
    text = fold("je vends des livres chez eux et personne ne repond, rien avant demain peut etre " * 1250)
    assert len(text) > 90_000
    found(text)
