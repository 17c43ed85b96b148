"""Of a filed case, the deadline became the day on which the firm asked to speak to somebody.

And "vous avez bien noté les 2 salariés perdus ?" made them all the staff it has.
"""

from __future__ import annotations

import pytest

from stories.effects import AmendCase
from tests.stories.talk import CLOSED, Talk

LIMIT = f"{CLOSED}. Date limite pour répondre : le 5 décembre"


def filed() -> Talk:
    talk = Talk().tell(LIMIT).press("share_platform=no").press("send")
    assert talk.value("deadline_date") == "2026-12-05"
    return talk


@pytest.mark.parametrize(
    "text",
    [
        "merci, sinon est ce que je peux parler a un humain demain",
        "est-ce que je peux parler à quelqu'un lundi prochain ?",
        "rappelez-moi dans 3 jours",
        "vous pouvez me répondre avant vendredi ?",
        "merci, à demain",
        "can I talk to someone tomorrow",
        "I would like to speak to a person before Friday",
        "could somebody call me tomorrow?",
    ],
)
def test_the_day_of_a_talk_wished_for_is_no_deadline(text: str) -> None:
    assert Talk().tell(CLOSED).tell(text).value("deadline_date") is None
    assert filed().tell(text).value("deadline_date") == "2026-12-05"


@pytest.mark.parametrize(
    "text",
    [
        "je peux parler à un humain, mon compte sera fermé demain",
        "je peux répondre jusqu'au 24 novembre",
        "I must answer Amazon by tomorrow",
    ],
)
def test_a_limit_beside_a_wish_is_still_one(text: str) -> None:
    assert Talk().tell(CLOSED).tell(text).value("deadline_date") == "2026-11-24"


def test_a_filed_deadline_stays_where_no_message_speaks_of_a_limit() -> None:
    assert filed().tell("le traitement sera fait demain ?").value("deadline_date") == "2026-12-05"


@pytest.mark.parametrize(
    "text",
    [
        "la date limite est finalement le 9 décembre",
        "ils nous ont donné un nouveau délai, je dois répondre avant le 9 décembre",
        "the deadline is now 9 December",
    ],
)
def test_a_filed_deadline_is_replaced_by_another(text: str) -> None:
    talk = filed().tell(text)
    assert talk.value("deadline_date") == "2026-12-09"
    (amended,) = [effect for effect in talk.effects if isinstance(effect, AmendCase)]
    assert amended.fields["deadline_date"].value == "2026-12-09"


@pytest.mark.parametrize("text", ["vous avez bien noté les 2 salariés perdus ?", "did you note the 2 employees lost?"])
def test_people_who_were_lost_are_not_the_staff(text: str) -> None:
    talk = filed().tell(text)
    assert talk.value("jobs_total") is None
    assert talk.value("jobs_lost") == 2
