"""A conversation goes on when its script is exchanged in the middle of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from stories import editing
from stories.dialogue import advance
from stories.effects import FileCase, Say
from stories.fitting import fit, heard
from stories.script import Script, parse
from stories.types import Answer, Conversation, Label, Message, Part, Turn, Understanding
from tests.stories.talk import CLOSED, START, SUPPLIES, Talk, hear, ready, script

SUSPENSION, INVOICES = "categories/account_suspension.yml", "categories/invoicing_documents.yml"


def changed(**files: str) -> Script:
    return parse({**script().sources, **files})


def edited(file: str, path: editing.Path, value: object) -> Script:
    return parse({**script().sources, file: editing.put(script().sources[file], path, value)})


def retired(file: str) -> Script:
    return edited(file, ("retired",), value=True)


def go_on(new: Script, known: Conversation, *, text: str = "", choice: str | None = None) -> tuple[Conversation, str]:
    """One turn more, with another script: what is known then, and what is said."""
    at = START + timedelta(hours=1)
    turn = Turn(
        messages=(Message(channel="terminal", chat="1", key="later", text=text, choice=choice),),
        understanding=hear(text, at, known) if text else Understanding(),
        at=at,
        supplies=SUPPLIES,
    )
    after, effects = advance(new, known, turn)
    return after, "\n".join(effect.text for effect in effects if isinstance(effect, Say))


def test_what_the_script_still_names_is_left_as_it_is() -> None:
    for known in (Conversation(), Talk().tell(CLOSED).known, ready().known, ready().press("send").known):
        assert fit(script(), known) is known


def test_a_question_that_is_gone_is_asked_no_more_and_the_next_one_is() -> None:
    filed = ready().press("send").press("more_questions").known
    entry = {"key": "own_shop", "kind": "yes_no", "ask": {"fr": "Avez-vous un site ?", "en": "A site of yours?"}}
    text = editing.add(script().sources[SUSPENSION], ("questions",), {**entry, "short": {"fr": "Site", "en": "Site"}})
    known, said = go_on(changed(**{SUSPENSION: text}), filed, choice="change:category_answers.own_shop")
    assert (known.asking, said) == ("category_answers.own_shop", "Avez-vous un site ?")
    after, _ = go_on(script(), known, text="oui")
    assert "category_answers.own_shop" not in after.answers
    after, said = go_on(script(), known, choice="more_questions")
    assert after.asking not in {None, "category_answers.own_shop"}
    assert said


def test_an_option_with_another_label_takes_the_button_of_old() -> None:
    known = Talk().tell(CLOSED).known
    new = edited("questions.yml", ("share_platform", "options", "no", "label", "fr"), "A. Ne rien dire")
    after, said = go_on(new, known, choice="share_platform=no")
    assert after.answers["share_platform"].value == "no"
    assert "Envoyer" in said or "envoy" in said


def test_a_retired_problem_is_heard_no_more_and_one_that_the_firm_chose_stays() -> None:
    new = retired(INVOICES)
    told = Understanding(problems=(Label(id="invoicing_documents", probability=0.9),))
    assert heard(new, told).problems == ()
    assert heard(script(), told) is told
    text = "Amazon me cache mes factures depuis un mois et je ne peux rien déclarer"
    open_one = Talk().tell(text)
    assert open_one.value("primary_category") == "invoicing_documents"
    after, said = go_on(new, open_one.known, text="les factures manquent toujours")
    assert "primary_category" not in after.answers
    assert "confirm_problem=invoicing_documents" not in after.offered
    assert said
    chosen = replace(open_one.known.answers["primary_category"], confirmed=True, by="person")
    known = replace(open_one.known, answers={**open_one.known.answers, "primary_category": chosen})
    assert fit(new, known).answers["primary_category"] == chosen


def test_a_retired_problem_is_not_offered_where_nothing_is_recognised() -> None:
    new = retired("categories/funds_withheld.yml")
    known = Talk().tell("Amazon ne va pas bien du tout, il faut faire quelque chose pour nous").known
    assert "confirm_problem=funds_withheld" in known.offered
    after, _ = go_on(new, known, text="je ne comprends pas ce que vous demandez là")
    assert "confirm_problem=funds_withheld" not in after.offered


def test_a_filed_case_keeps_its_retired_problem() -> None:
    new = retired(SUSPENSION)
    known = ready().press("send").known
    after, _ = go_on(new, known, text="et depuis ils ont aussi bloqué mon stock")
    assert after.answers["primary_category"].value == "account_suspension"


def test_a_platform_that_was_rolled_back_is_asked_for_again() -> None:
    entry = {"id": "bricabrac", "name": "Bricabrac", "scope": "b2c_goods"}
    more = editing.add(script().sources["platforms.yml"], ("platforms",), entry)
    new = changed(**{"platforms.yml": more})
    before = Talk().tell(CLOSED).known
    known = replace(before, answers={**before.answers, "platform_id": Answer(value="bricabrac", confirmed=True)})
    _, said = go_on(new, known, choice="faq_recognise")
    assert "Bricabrac" in said
    after, said = go_on(script(), known, choice="faq_recognise")
    assert "platform_id" not in after.answers
    assert "plateforme" in said
    after, _ = go_on(script(), known, text="c'était chez Cdiscount")
    assert after.answers["platform_id"].value == "cdiscount"


def test_linked_cases_on_a_platform_that_is_gone_become_one() -> None:
    before = Talk().tell(CLOSED).known
    parts = (Part(platform="cdiscount", problems=("account_suspension",)), Part(platform="gone", problems=()))
    fitted = fit(script(), replace(before, parts=parts, told=(*before.told, "split")))
    assert (fitted.parts, "split" in fitted.told) == ((), False)
    other = Answer(value=[{"id": "gone", "message": "m1", "span": [0, 4], "values": {}}])
    assert "other_platforms" not in fit(script(), replace(before, answers={"other_platforms": other})).answers


def test_after_an_exchange_a_case_can_still_be_sent() -> None:
    new = edited("wording/fr.yml", ("ask.send",), "Tout est prêt. Relisez, puis envoyez :")
    turn = Turn(
        messages=(Message(channel="terminal", chat="1", key="later", choice="send"),), at=START, supplies=SUPPLIES
    )
    _, effects = advance(new, ready().known, turn)
    assert [effect.part for effect in effects if isinstance(effect, FileCase)] == [0]
