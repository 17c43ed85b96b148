"""Ordinary words and places that are like a platform's name, or stand where one might."""

from __future__ import annotations

NO_NAME = frozenset(
    """
    non oui ok no yes nope ouais pas passer passe skip help aide aider pourquoi why tard later retour back stop
    menu humain agent jsp sais sait know dont idk rien aucun aucune autre autres other others plusieurs several
    toutes tous all none lettre droits effacer envoyer annuler recommencer merci thanks bonjour salut hello hi
    bonsoir plus tot ventes vente stock facture factures avis annonce annonces produit produits personne
    probleme tous quoi comment who qui confidentiel gratuit prefere prefer not repondre answer dire say english
    francais anglais french site internet compte account mail vinaigre je j ne vous tu on nous i you we they ils
    il elle me m mon ma mes my est is are suis am vendu vends sell perdu lost ferme suspendu bloque closed
    suspended blocked euros euro argent money tout compris understood continuer continue suite next suivant
    commencer start dossier code reference statut status ca va faire peur
    """.split()  # noqa: SIM905  # Words read best as a line of words.
)
PLACES = frozenset(
    """
    paris lyon marseille toulouse nice nantes montpellier strasbourg bordeaux lille rennes reims toulon grenoble
    dijon angers nimes brest tours limoges metz rouen nancy caen orleans france bretagne normandie alsace europe
    london berlin internet facebook instagram google web leur mon notre vos votre my their the ils elle elles on
    twitter linkedin whatsapp pinterest youtube paypal stripe rdv rendez bourse belgique suisse allemagne espagne
    """.split()  # noqa: SIM905  # Words read best as a line of words.
)
"""After "sur" and "chez", these are no marketplaces."""
ORDINARY = frozenset(
    """
    party dirty dusty partie parti darte carte looking booked bookings booker vented minted vintage invite
    casting costume castor marche market marketplace marketing discounts discours escompte zalande decalage
    decade etsu temps tenue temus shine sheen chien chine cheat cheap amazing amazone amazing boulangerie
    boulangers carrefours facebook aucun auchans vendu vente ventes vinyle vinted rakes conforme conformes
    conformer confort comforts deliver delivery delivered delivers livraison leclaire eclair uber feries
    boutique butin buttons allo alias alibi rouge roman ankara kings instagram google vestiaires redoutes
    redoutable redouter careful carefully delivre delivres delivrer delivree delivrees delivrent delivrait
    ocean amain theme themes boulogne teeme canto casino casting ratten
    """.split()  # noqa: SIM905  # Words read best as a line of words.
) - {"amazone", "vinted"}
