"""How near the end of the firm is, where it says that it may not survive."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from nlu.page import Mention, Page

_SURE = re.compile(r"cessation|redressement|liquidation|bankrupt|insolvent|depos\w{1,3} le bilan|plus de treso")
_FEARED = re.compile(
    r"(?<![a-z])(?:si|if|risque\w{0,3}|peut[- ]etre|a terme|finir|pourrai\w{1,3}|may|might|could|eventually|unless|"
    r"sinon)(?![a-z])"
)
_RISK = re.compile(
    r"(?<![a-z])(?:s'ils?(?! (?:ne|n'|me|nous|continue|garde|retien))|if they(?! (?:don't|won't|keep|do not))|"
    r"risqu\w{1,4}|peut[- ]etre|pourrai\w{1,3}|may|might)(?![a-z])"
)
"""What may happen soon is not about to."""
_SOON = re.compile(
    r"(?<![a-z])(?:dans (?:les |la |deux |trois |\d )?(?:jours?|semaines?|mois)|avant (?:noel|la fin|fin|janvier|"
    r"fevrier)|"
    r"d'ici|ce mois|cette semaine|fin (?:du|de) (?:mois|l'annee)|before|by (?:christmas|january|february|the end)|"
    r"within|"
    r"(?:\d{1,2}|deux|trois|quelques|two|three|a few) (?:jours?|semaines?|mois|days?|weeks?|months?)|"
    r"(?:this|next) (?:month|week|winter)|(?:semaine|mois) prochaine?|jusqu'|until|l'hiver|bientot|soon)"
)


def read_survival(page: Page, found: Sequence[Mention]) -> Iterator[Mention]:
    """Imminent where it is said for a near day, or not only as a fear; else possible."""
    danger = next((mention for mention in found if mention.field == "facets.insolvency_risk"), None)
    if danger is None:
        return
    start, end = page.sentence(danger.start, danger.end, 120)
    near = _SOON.search(page.folded, start, end) is not None and not _RISK.search(page.folded, start, danger.end)
    sure = _SURE.search(page.folded, danger.start, danger.end) is not None
    imminent = near or (sure and not _FEARED.search(page.folded, start, end))
    yield replace(danger, field="survival_risk", value="imminent" if imminent else "possible", confidence=0.8)
