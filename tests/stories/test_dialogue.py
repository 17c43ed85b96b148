"""What a firm experiences, on the pure core: told once, corrected at any time, sent by its own word."""

from __future__ import annotations

import pytest

from stories.effects import CallHuman, Erase, LookUpCompany, Silence, WakeLater
from stories.types import Message
from tests.stories.talk import CLOSED, Talk, ready, sent

ALERT = (
    "amazone m'a viré début octobre du jour au lendemain, j'ai perdu environ 20% du chiffre, "
    "je peux plus sortir mes factures pour le comptable et personne répond"
)


def test_the_notice_comes_before_anything_is_asked() -> None:
    talk = Talk().tell("bonjour")
    assert talk.keys == ["notice", "ask.story"]
    assert len(talk.says[0].text.splitlines()) == 5


def test_a_story_that_arrives_first_is_used_and_the_summary_comes_at_once() -> None:
    talk = Talk().tell(ALERT)
    assert talk.keys[:2] == ["notice", "opening"]
    assert "1. Plateforme : Amazon" in talk.text
    assert "début octobre 2026, sans préavis" in talk.text
    assert "environ 20 %" in talk.text


def test_the_notice_is_not_repeated_where_the_channel_showed_it() -> None:
    turn_text = Talk()
    turn_text.known = type(turn_text.known)(noticed=True)
    assert "notice" not in turn_text.tell(ALERT).keys


def test_one_question_separates_two_likely_problems() -> None:
    talk = Talk().tell(ALERT)
    assert talk.known.asking == "confirm_problem"
    assert {"confirm_problem=account_suspension", "confirm_problem=listing_removal", "why"} <= set(talk.choices)
    talk.tell("tout le compte. et le 20% c'est sur octobre seulement. le comptable veut les factures avant le 30")
    assert talk.value("primary_category") == "account_suspension"
    assert talk.value("deadline_date") == "2026-11-30"
    assert talk.known.asking == "share_platform"


def test_the_alert_case_is_filed_with_four_messages() -> None:
    talk = (
        Talk()
        .tell(ALERT)
        .tell("tout le compte")
        .tell("B mais ils vont deviner que c'est moi non ? et répondez moi ici")
    )
    assert "faq_recognise_likely" in talk.keys
    assert talk.value("share_platform") == "anonymised"
    number = talk.known.lines.index("share_mediateur") + 1
    talk.tell(f"{number} oui. envoyer")
    case = talk.filed[0].case
    assert case.fields["platform_id"].value == "amazon"
    assert case.fields["primary_category"].value == "account_suspension"
    assert [c["id"] for c in case.fields["categories"].value] == [
        "account_suspension",
        "invoicing_documents",
        "no_human_contact",
    ]
    assert (case.fields["loss_pct_turnover"].value, case.fields["loss_pct_turnover"].approx) == (20, True)
    assert case.fields["share_mediateur"].value is True
    assert case.fields["level"].value == "high"
    assert case.narrative[0].text == ALERT


def test_nothing_is_filed_before_send() -> None:
    talk = Talk().tell(CLOSED)
    assert talk.filed == []
    assert "pas encore envoyé" in talk.press("share_platform=named").text
    assert talk.filed == []


def test_send_before_the_sharing_choice_shows_the_summary_with_its_default() -> None:
    talk = Talk().tell(CLOSED).tell("envoyer")
    assert talk.filed == []
    assert "Cdiscount : rien sur votre dossier" in talk.text
    assert talk.tell("envoyer").filed[0].case.fields["share_platform"].value == "no"


@pytest.mark.parametrize(
    ("words", "field", "value"),
    [
        ("en fait c'est Fnac", "platform_id", "fnac"),
        ("1 : ebay", "platform_id", "ebay"),
        ("plutôt 18 000", "loss_eur", 18_000),
    ],
)
def test_a_correction_replaces_the_value_at_any_time(words: str, field: str, value: object) -> None:
    talk = ready().tell(words)
    assert talk.value(field) == value
    assert talk.known.asking == "confirm_summary"


def test_a_line_is_corrected_by_its_number() -> None:
    talk = ready()
    number = talk.known.lines.index("incident_date") + 1
    talk.tell(f"{number} : le 3 septembre")
    assert talk.value("incident_date") == {"value": "2026-09-03", "precision": "day", "approx": False}


def test_change_asks_for_the_line_named() -> None:
    talk = ready()
    number = talk.known.lines.index("loss_eur") + 1
    talk.tell(f"change {number}")
    assert talk.known.asking == "loss_eur"
    talk.tell("9 000 €")
    assert talk.value("loss_eur") == 9_000
    assert talk.known.asking == "confirm_summary"


def test_refused_unknown_and_not_asked_are_three_states() -> None:
    talk = Talk().tell("ils ont retient mon argent depuis mai et ne disent rien")
    assert talk.known.asking == "platform_id"
    talk.press("decline:platform_id")
    assert talk.known.answers["platform_id"].state == "declined"
    other = Talk().tell("ils ont retient mon argent depuis mai et ne disent rien").tell("je ne sais pas")
    assert other.known.answers["platform_id"].state == "unknown"
    assert "jobs_total" not in other.known.answers


def test_own_words_are_enough_for_the_main_problem() -> None:
    talk = Talk().tell("amazon utilise ma marque dans ses publicités sans rien demander").press("confirm_problem=none")
    assert talk.value("primary_category") == "other"
    assert talk.known.asking == "share_platform"


def test_a_digression_is_answered_and_the_question_comes_again_last() -> None:
    talk = Talk().tell(CLOSED).tell("pourquoi ?")
    assert talk.says[0].key == "why"
    assert talk.says[-1].asking == "share_platform"
    assert "faq_cost" in talk.tell("c'est gratuit ?").keys


def test_advice_and_a_letter_come_before_the_sharing_question() -> None:
    talk = Talk().tell(CLOSED)
    assert talk.keys.index("advice") < talk.keys.index("question.share_platform")
    assert "Cdiscount" in talk.press("letter").text


def test_help_in_distress_comes_first_whatever_was_asked() -> None:
    talk = Talk().tell(CLOSED).tell("je vais tout lâcher, j'en peux plus")
    assert talk.says[0].key == "emergency.exhaustion"
    assert "3114" in talk.says[0].text
    assert talk.says[-1].asking == "share_platform"


def test_a_consumer_is_shown_the_right_door_and_may_go_on() -> None:
    talk = Talk().tell("j'ai commandé un téléphone sur amazon et je ne l'ai jamais reçu")
    assert talk.keys[-1] == "door.consumer"
    assert "i_sell" in talk.choices
    assert "opening" in talk.press("i_sell").keys


def test_two_platforms_make_two_linked_cases() -> None:
    talk = Talk().tell("Amazon a fermé mon compte en mai. Et Cdiscount retient mon argent, 8 000 €")
    assert talk.known.asking == "split"
    talk.press("split=two").press("share_platform=anonymised").press("send")
    first, second = (effect.case for effect in talk.filed)
    assert (first.fields["platform_id"].value, second.fields["platform_id"].value) == ("amazon", "cdiscount")
    assert second.fields["primary_category"].value == "funds_withheld"
    assert first.linked == (second.reference,)


def test_the_language_changes_and_the_answers_stay() -> None:
    talk = Talk().tell(CLOSED).tell("english please")
    assert talk.known.language == "en"
    assert talk.value("platform_id") == "cdiscount"
    assert "What may we tell Cdiscount?" in talk.says[-1].text


def test_a_first_message_in_english_is_answered_in_english() -> None:
    assert "Thank you" in Talk().tell("Amazon closed my account overnight and nobody answers").text


def test_back_undoes_the_last_answer() -> None:
    talk = ready().tell("retour")
    assert talk.known.asking == "share_platform"
    assert "share_platform" not in talk.known.answers


def test_later_keeps_everything_and_says_that_nothing_is_sent() -> None:
    talk = ready().tell("plus tard")
    assert "rien n'est envoyé" in talk.text
    assert "pas encore envoyé" in talk.tell("continuer").text
    assert talk.known.asking == "confirm_summary"


def test_a_resume_link_is_offered_at_the_first_pause_where_one_can_be() -> None:
    talk = Talk(resumable=True).tell(CLOSED).tell("plus tard")
    assert talk.says[-1].secret == "resume_link"
    assert "resume_link" not in talk.tell("plus tard").keys


def test_a_draft_is_erased_once_that_is_confirmed() -> None:
    talk = ready().tell("effacez tout").press("erase_yes")
    assert Erase() in talk.effects
    assert talk.known.narrative == ()


def test_a_draft_is_reminded_twice_then_erased() -> None:
    talk = Talk().tell(CLOSED)
    assert talk.wake().keys == ["reminder"]
    assert talk.wake().keys == ["reminder"]
    assert talk.wake().keys == []
    assert Erase() in talk.effects


def test_no_reminder_after_filing_or_stop_or_without_an_address() -> None:
    assert sent().wake().effects == (Silence(because="nothing_due"),)
    stopped = ready().tell("stop")
    assert WakeLater(after=None) in stopped.effects
    assert stopped.wake().keys == []
    web = Talk(remindable=False).tell(CLOSED)
    assert web.wake().keys == []


def test_a_person_is_called_with_the_opening_hours() -> None:
    talk = ready().tell("je veux parler à quelqu'un")
    assert CallHuman() in talk.effects
    assert "9 h" in talk.text


def test_a_button_of_a_closed_question_says_where_we_are() -> None:
    talk = ready().press("confirm_problem=listing_removal")
    assert talk.keys == ["closed", "ask.send"]


def test_an_edited_message_amends_the_value_that_came_from_it() -> None:
    talk = Talk().tell(CLOSED)
    talk.tell("Cdiscount a fermé mon compte le 8 octobre, 25 000 € perdus", edits="m1")
    assert talk.value("loss_eur") == 25_000
    assert "edited" in talk.keys


def test_a_late_message_is_an_addition() -> None:
    talk = ready()
    talk.take(Message(channel="terminal", chat="1", key="late", text="fnac"), late=True)
    assert talk.value("platform_id") == "cdiscount"
    assert talk.known.narrative[-1].text == "fnac"


def test_a_form_answers_every_question_at_once() -> None:
    fields = {
        "platform_id": "cdiscount",
        "loss_eur": "15 000",
        "share_platform": "anonymised",
        "incident_date": "2026-10",
    }
    talk = Talk().tell(
        "mon compte est fermé et je perds tout", fields={**fields, "primary_category": "account_suspension"}
    )
    assert talk.known.asking == "confirm_summary"
    assert talk.known.answers["loss_eur"].by == "form"
    assert talk.value("incident_date") == {"value": "2026-10", "precision": "month", "approx": False}


def test_a_valid_company_number_is_looked_up_once() -> None:
    talk = Talk(registry=True).tell(CLOSED + " siret 732 829 320 00074")
    assert LookUpCompany(number="73282932000074") in talk.effects
    talk.take(
        Message(channel="terminal", chat="1", key="r1", sender="registry", text='{"legal_name": "Atelier Fictif"}')
    )
    assert talk.known.answers["legal_name"].by == "registry"


@pytest.mark.parametrize("text", ["", "   ", "😀" * 4000, "\x00\x01", "…!?"])
def test_a_message_without_words_gets_a_clear_answer(text: str) -> None:
    assert "empty" in Talk().tell(CLOSED).tell(text).keys


def test_who_writes_for_the_firm_is_kept_without_another_question() -> None:
    talk = Talk().tell("je suis l'expert-comptable d'un vendeur, Amazon a fermé mon compte client le 8 octobre")
    assert talk.value("role") == "accountant"


def test_linked_cases_hold_what_was_told_of_their_own_platform() -> None:
    talk = Talk().tell("Amazon a fermé mon compte en mai. Et Cdiscount retient mon argent, 8 000 € depuis septembre")
    talk.press("split=two").press("share_platform=anonymised")
    assert "Second dossier, Cdiscount" in talk.text
    first, second = (effect.case.fields for effect in talk.press("send").filed)
    assert "funds_held_eur" not in first
    assert second["funds_held_eur"].value == 8_000
    assert (first["incident_date"].value["value"], second["incident_date"].value["value"]) == ("2026-05", "2026-09")


def test_help_in_distress_comes_in_the_language_of_the_first_words() -> None:
    assert "3114" in Talk().tell("I can't go on like this, I want it all to end. Amazon closed my account").says[0].text
    assert "please talk to a person" in Talk().tell("I want to end my life, they took my account").says[0].text


def test_back_after_the_story_alone_undoes_nothing() -> None:
    talk = Talk().tell(CLOSED).tell("retour")
    assert "back_nothing" in talk.keys
    assert talk.value("platform_id") == "cdiscount"


def test_a_seller_who_comes_back_from_a_door_is_opened_once() -> None:
    talk = Talk().tell("j'ai commandé un téléphone sur amazon et je ne l'ai jamais reçu")
    assert talk.tell("merci").keys == ["thanks"]
    assert talk.tell("non mais je vends en ligne moi").keys.count("opening") == 1
    told = Talk().tell("j'ai commandé un téléphone sur amazon et je ne l'ai jamais reçu")
    told.tell("en fait je vends aussi, Cdiscount a fermé mon compte depuis lundi, ma boutique est coupée")
    assert told.value("platform_id") == "cdiscount"
    assert len(told.known.narrative) == 2


def test_a_name_taken_off_is_a_sharing_choice_and_erases_nothing() -> None:
    talk = Talk().tell(CLOSED).press("share_platform=named").tell("enlevez mon nom")
    assert talk.value("share_platform") == "anonymised"
    assert talk.known.asking == "confirm_summary"
    assert Erase() not in talk.effects
