"""What a firm may do once its case is filed, on the pure core."""

from __future__ import annotations

from stories.effects import AmendCase, Erase, FileCase, KeepAttachment
from stories.types import Attachment, KnownCase, Message
from tests.stories.talk import START, Talk, sent


def test_the_receipt_says_what_was_sent_what_follows_and_what_it_does_not_do() -> None:
    text = sent().text
    assert "PV-2026-00001-A" in text
    assert "ne suspend aucun délai" in text
    assert "peuvent s'appliquer" in text
    assert "Téléphone" in text


def test_the_access_code_is_given_on_demand_and_only_its_hash_is_known() -> None:
    talk = sent().tell("mon code")
    assert talk.says[0].secret == "access_code"
    assert "{secret}" in talk.says[0].text
    assert AmendCase(reference="PV-2026-00001-A", code_hash="hash") in talk.effects


def test_optional_questions_come_after_filing_and_update_the_case() -> None:
    talk = sent().press("more_questions")
    asked = talk.known.asking
    assert asked is not None
    talk.press(f"decline:{asked}")
    amended = [effect for effect in talk.effects if isinstance(effect, AmendCase)]
    assert amended[0].fields[asked].state == "declined"


def test_what_is_told_after_filing_is_added() -> None:
    talk = sent().tell("j'ai oublié de dire que mon stock est bloqué aussi")
    amended = [effect for effect in talk.effects if isinstance(effect, AmendCase)]
    assert "stock" in amended[0].narrative[0].text
    assert talk.keys[0] == "added"


def test_consent_changes_after_filing() -> None:
    talk = sent().tell("je veux changer le partage")
    talk.press("share_platform=named")
    amended = [effect for effect in talk.effects if isinstance(effect, AmendCase)]
    assert amended[0].fields["share_platform"].value == "named"
    assert "share_changed" in talk.keys


def test_the_erasure_of_a_filed_case_is_recorded_for_officials() -> None:
    assert Erase(references=("PV-2026-00001-A",)) in sent().tell("effacez tout").effects


def test_withdrawal_asks_once() -> None:
    talk = sent().tell("retirer mon dossier")
    assert not [effect for effect in talk.effects if isinstance(effect, AmendCase)]
    assert AmendCase(reference="PV-2026-00001-A", status="withdrawn") in talk.press("withdraw_yes").effects


def test_own_cases_and_those_opened_by_code_show_their_status() -> None:
    talk = sent()
    talk.cases = (KnownCase(reference="PV-2026-00001-A", status="in_review", filed_at=START),)
    assert "En cours d'examen" in talk.tell("statut").text
    stranger = Talk().tell("où en est mon dossier PV-2026-00001-A ?")
    assert stranger.keys[-1] == "status_ask_code"
    assert "status_unknown" in stranger.tell("1234 5678 9012 3456").keys


def test_an_impossible_share_is_explained_and_asked_again() -> None:
    talk = sent().press("more_questions")
    while talk.known.asking != "platform_share_pct":
        talk.press(f"unknown:{talk.known.asking}")
        if talk.known.asking is None:
            talk.press("more_questions")
    assert "unclear.percent" in talk.tell("150 %").keys
    assert talk.known.asking == "platform_share_pct"


OPENED = Message(channel="webchat", chat="2", key="opened", event="opened", text="PV-2026-00001-A")


def test_a_case_opened_elsewhere_goes_on_as_in_its_own_conversation() -> None:
    (filed,) = sent().filed
    status = KnownCase(reference="PV-2026-00001-A", status="in_review", filed_at=START)
    talk = Talk(cases=(status,), opened=filed.case).take(OPENED)
    assert talk.keys == ["status", "taken_up"]
    assert not [effect for effect in talk.effects if isinstance(effect, AmendCase | FileCase)]
    assert talk.known.answers == filed.case.fields
    talk.opened = None
    assert "En cours d'examen" in talk.tell("où en est mon dossier ?").text
    amended = [
        effect
        for effect in talk.tell("mon stock est bloqué aussi depuis hier").effects
        if isinstance(effect, AmendCase)
    ]
    assert [(one.reference, one.narrative[0].text) for one in amended] == [
        ("PV-2026-00001-A", "mon stock est bloqué aussi depuis hier")
    ]
    assert AmendCase(reference="PV-2026-00001-A", code_hash="hash") in talk.tell("mon code").effects


def test_a_withdrawn_case_that_is_opened_stays_withdrawn() -> None:
    (filed,) = sent().filed
    status = KnownCase(reference="PV-2026-00001-A", status="withdrawn", filed_at=START)
    talk = Talk(cases=(status,), opened=filed.case).take(OPENED)
    assert talk.tell("retirer mon dossier").keys == ["withdrawn"]


def test_a_case_that_is_gone_when_it_is_opened_is_told() -> None:
    assert Talk().take(OPENED).keys == ["status_unknown"]


def test_a_form_that_brings_a_file_is_read_like_any_other() -> None:
    talk = Talk().tell("Cdiscount a fermé mon compte, personne répond")
    file = Attachment(id="stored:1", kind="document", name="facture.pdf")
    talk.tell("", fields={"loss_eur": "3000"}, attachments=(file,))
    assert talk.value("loss_eur") == 3000
    assert KeepAttachment(message="m2", attachment=file) in talk.effects
