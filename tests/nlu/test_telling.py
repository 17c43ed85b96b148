"""What other programs are told of a message."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from typing import Any

import pytest

from nlu.backend import Ask
from nlu.entities import read as read_entities
from nlu.parsing import Request, askable
from nlu.telling import document
from stories.script import Script, default_folder, load
from stories.types import Label, Understanding

NOW = datetime(2026, 11, 23, 21, 47, tzinfo=UTC)
TWO = "je vends sur eBay et Cdiscount, et Cdiscount a fermé mon compte"


@cache
def script() -> Script:
    return load(default_folder())


def answer(text: str, *problems: Label, act: str = "inform", asking: str | None = None) -> dict[str, Any]:
    """What is answered where the model gives these problems and this act."""
    expecting = askable(script())[asking] if asking else None
    ask = Ask(text=text, at=NOW, expecting=expecting, language="fr")
    entities = read_entities(text, at=NOW, language="fr", platforms=script().platforms, expecting=expecting)
    acts = (Label(id=act, probability=0.98765),)
    understood = Understanding(language="fr", acts=acts, problems=problems, entities=entities, by="test")
    return document(script(), Request(number=1, id="a", ask=ask, line={}), understood)


def label(name: str, probability: float, start: int = 0, end: int = 1000) -> Label:
    return Label(id=name, probability=probability, start=start, end=end)


def test_a_story_has_its_main_problem_first_and_at_most_four_others() -> None:
    names = ["listing_removal", "terms_change", "fees_commissions", "other", "funds_withheld", "data_tools_access"]
    told = answer("tout va mal", *(label(name, 0.9 - at / 100) for at, name in enumerate(names)))
    assert told["primary"] == "listing_removal"
    assert told["labels"] == names[:5]
    assert told["scores"]["terms_change"] == 0.89


def test_the_likeliest_problem_of_a_story_is_told_unless_too_doubtful() -> None:
    told = answer("vraiment ils exagèrent trop", label("fees_commissions", 0.4), label("terms_change", 0.2))
    assert (told["primary"], told["labels"]) == ("fees_commissions", ["fees_commissions"])
    assert answer("vraiment ils exagèrent trop", label("fees_commissions", 0.3))["primary"] is None


@pytest.mark.parametrize(
    ("text", "asking", "doubtful", "sure"),
    [("environ 300 balles par mois", "loss_eur", 0.8, 0.95), ("Cdiscount", None, 0.2, 0.6)],
)
def test_a_mere_answer_or_name_tells_no_problem_by_a_guess(
    text: str, asking: str | None, doubtful: float, sure: float
) -> None:
    assert answer(text, label("logistics_fulfilment", doubtful), asking=asking)["primary"] is None
    assert answer(text, label("logistics_fulfilment", sure), asking=asking)["primary"] == "logistics_fulfilment"


@pytest.mark.parametrize("act", ["affirm", "thanks"])
def test_what_only_answers_tells_no_problem(act: str) -> None:
    told = answer("oui", label("fees_commissions", 0.3), act=act)
    assert (told["primary"], told["labels"], told["act"]) == (None, [], act)
    assert told["acts"] == {act: 0.9877}


def test_the_main_problem_is_the_likeliest() -> None:
    frozen = answer("compte fermé", label("funds_withheld", 0.95), label("account_suspension", 0.9))
    assert frozen["labels"] == ["funds_withheld", "account_suspension"]
    assert answer("colis perdu", label("out_of_scope", 0.9), label("other", 0.6))["primary"] == "out_of_scope"


def test_the_platform_is_the_one_that_the_problem_is_told_of() -> None:
    told = answer(TWO, label("account_suspension", 0.9, TWO.index("et Cdiscount a"), len(TWO)))
    assert (told["platform_id"], told["platforms"]) == ("cdiscount", ["ebay", "cdiscount"])
    assert (told["entities"]["platform_id"], told["entities"]["other_platforms"]) == ("cdiscount", ["ebay"])


def test_without_a_problem_the_platform_is_the_first_named() -> None:
    assert answer(TWO)["platform_id"] == "ebay"
    assert answer("merci beaucoup")["platform_id"] is None


def test_values_are_as_a_case_keeps_them() -> None:
    told = answer("depuis le 8 octobre ils gardent 15 000 €, j'ai perdu 20 % de mon chiffre, réf 404-1234567-1234567")
    entities: Mapping[str, Any] = told["entities"]
    assert entities["incident_date"] == {"value": "2026-10-08", "precision": "day", "approx": False}
    assert (entities["funds_held_eur"], entities["loss_pct_turnover"]) == (15000, 20)


def test_every_mention_has_its_place() -> None:
    text = "Amazon garde 15 000 € depuis le 8 octobre"
    spans = answer(text)["spans"]
    assert {"platform_id", "funds_held_eur"} <= {span["field"] for span in spans}
    assert [text[span["start"] : span["end"]] for span in spans] == [span["text"] for span in spans]


def test_an_answer_fills_the_field_that_was_asked() -> None:
    assert answer("15k", asking="loss_eur")["entities"] == {"loss_eur": 15000}
    assert answer("B", asking="share_platform")["entities"] == {"share_platform": "anonymised"}
    assert answer("non", asking="lawyer", act="deny")["entities"] == {"lawyer": False}
    assert answer("récupérer mon argent", asking="outcomes")["entities"] == {"outcomes": ["release_funds"]}
    assert answer("4", asking="category_answers.appeals")["entities"] == {"category_answers.appeals": 4}


@pytest.mark.parametrize("asking", ["split", "confirm_problem", "confirm_summary", "story", "anything_else"])
def test_what_is_no_field_fills_none(asking: str) -> None:
    assert answer("les deux", asking=asking)["entities"] == {}


def test_facets_stand_apart() -> None:
    told = answer("compte fermé sans préavis et sans aucune explication")
    assert told["facets"]["no_reason_given"] == "yes"
    assert not [name for name in told["entities"] if name.startswith("facets")]


def test_a_hundred_kilobytes_are_answered() -> None:
    told = answer("Amazon garde 15 000 € depuis le 8 octobre. " * 2500)
    assert told["entities"]["funds_held_eur"] == 15000
