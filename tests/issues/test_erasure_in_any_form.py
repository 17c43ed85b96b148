"""A wish to have all erased was kept as more of the story: "je souhaite que vous supprimiez toutes mes données"."""

from __future__ import annotations

import pytest

from stories.effects import Erase
from tests.stories.talk import ready, sent

WISHES = [
    "effacez tout svp",
    "supprimez toutes mes données",
    "je veux que vous effaciez tout",
    "je souhaite que vous supprimiez toutes mes données",
    "j'aimerais que vous supprimiez mon dossier",
    "je voudrais que mon dossier soit supprimé",
    "Merci. Je voudrais que toutes mes données soient effacées",
    "I want you to delete everything",
    "I'd like you to erase all my data",
    "Please delete all my data",
    "I would like my data to be deleted",
    "I want my case deleted",
    "je demande la suppression de mon dossier",
    "je demande l'effacement",
    "I want the deletion of all my data",
]


@pytest.mark.parametrize("text", WISHES)
def test_a_wish_to_have_all_erased_is_heard(text: str) -> None:
    assert ready().tell(text).keys == ["ask.erase"]
    assert any(isinstance(effect, Erase) for effect in sent().tell(text).effects)


@pytest.mark.parametrize(
    "text",
    [
        "Amazon a supprimé toutes mes données",
        "ils veulent que je supprime mon annonce",
        "je veux qu'Amazon supprime mes données",
        "je voudrais que mon annonce soit supprimée",
        "je voudrais que ça soit supprimé",
        "je ne veux pas que mon dossier soit supprimé",
        "Amazon deleted all my data",
        "they want me to delete my listing",
        "I want Amazon to delete my data",
        "I want it removed",
        "I don't want you to delete everything",
        "je demande la suppression de l'annonce du concurrent",
        "je voudrais la suppression des faux avis",
        "I want the deletion of this fake review",
    ],
)
def test_what_others_erase_or_should_is_no_such_wish(text: str) -> None:
    assert "ask.erase" not in ready().tell(text).keys
    assert not any(isinstance(effect, Erase) for effect in sent().tell(text).effects)
