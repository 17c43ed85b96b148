"""What the dialogue owes to the channel it is on: numbers that may be typed, and whose channel it is."""

from __future__ import annotations

import pytest

from stories.dialogue import advance
from stories.effects import Say
from stories.types import Conversation, Entity, Message, Turn, Understanding
from tests.stories.talk import CLOSED, START, Talk, script

PAGE = "https://portevoix.example/"


def told(
    channel: str, platform: str, page: str = PAGE, known: Conversation | None = None
) -> tuple[Conversation, list[Say]]:
    """A story on a channel about a platform; what is said to it."""
    text = "Ils ont coupé mes ventes depuis octobre et personne ne répond."
    found = Entity(field="platform_id", value=platform, text="Ils", start=0, end=3)
    turn = Turn(
        messages=(Message(channel=channel, chat="1", key="m1", text=text),),
        understanding=Understanding(language="fr", entities=(found,), by="double"),
        at=START,
        page=page,
    )
    after, effects = advance(script(), known or Conversation(), turn)
    return after, [effect for effect in effects if isinstance(effect, Say)]


def test_a_bare_number_is_the_button_in_that_place() -> None:
    talk = Talk().tell(CLOSED)
    assert talk.known.asking == "share_platform"
    talk.tell("2")
    assert talk.value("share_platform") == talk.known.answers["share_platform"].value == "anonymised"


def test_a_number_counts_the_ways_out_too() -> None:
    talk = Talk().tell(CLOSED)
    place = talk.known.offered.index("why") + 1
    assert "why" in talk.tell(str(place)).keys[0]


@pytest.mark.parametrize("typed", ["0", "99", "2.5", "le 2"])
def test_no_other_number_is_a_button(typed: str) -> None:
    assert Talk().tell(CLOSED).tell(typed).value("share_platform") is None


def test_on_a_channel_of_the_platforms_owner_our_page_is_named_once() -> None:
    known, said = told("whatsapp", "meta_marketplace")
    (named,) = [one for one in said if one.key == "owner.whatsapp"]
    assert PAGE in named.text
    assert "Meta" in named.text
    _, again = told("whatsapp", "meta_marketplace", known=known)
    assert all(one.key != "owner.whatsapp" for one in again)


@pytest.mark.parametrize(
    ("channel", "platform", "page"),
    [("whatsapp", "amazon", PAGE), ("telegram", "meta_marketplace", PAGE), ("whatsapp", "meta_marketplace", "")],
)
def test_elsewhere_it_is_not(channel: str, platform: str, page: str) -> None:
    _, said = told(channel, platform, page)
    assert all(not one.key.startswith("owner.") for one in said)
