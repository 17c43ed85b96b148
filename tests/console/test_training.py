"""An administrator trains, compares, puts into service and rolls back; what is told comes from the rows."""

from __future__ import annotations

import hashlib
import io
import json
import re
import zipfile
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, update

from nlu.comparison import Check, Flip, Period, Replay, Verdict
from storage import jobs, models, officials, references
from storage.audit_tables import AuditRow
from storage.desk_tables import CaseRow, OfficialRow
from storage.training_tables import JobRow, ModelRow, PromotionRow, SampleRow
from tests.console import classifier, firm
from tests.console.classifier import CANDIDATE, LIVE, REFUSED, comparison
from tests.console.conftest import Desk
from tests.nlu.conftest import write_examples

PAGE = f"/models/{CANDIDATE}"


async def open_desk(desk: Desk, **made: object) -> None:
    """An administrator before a model in use and a candidate."""
    await desk.log_in("administrator")
    async with desk.database.begin() as session:
        await classifier.put_in(session, desk.now, **made)  # type: ignore[arg-type]


async def press(desk: Desk, action: str, **fields: str) -> None:
    """Send the form of the shown page that posts there."""
    form = re.search(rf'<form[^>]*action="/console{re.escape(action)}".*?</form>', desk.page.text, re.DOTALL)
    assert form, action
    nonce = re.search(r'name="nonce" value="([^"]*)"', form[0])
    await desk.post(action, nonce=nonce[1] if nonce else "", **fields)


async def second_administrator(desk: Desk) -> None:
    """Somebody else sits down before the browser."""
    given = await officials.create(
        desk.database, login="d.fictif", name="Denis Fictif", role="administrator", now=desk.now
    )
    async with desk.database.begin() as session:
        await session.execute(update(OfficialRow).values(must_change=False))
    token = await officials.log_in(desk.database, login="d.fictif", password=given, now=desk.now)
    desk.browser.cookies.clear()
    desk.carry(token or "")


async def in_use(desk: Desk) -> str | None:
    async with desk.database.read() as session:
        return await models.live(session)


async def test_the_page_says_first_which_model_answers_and_whether_there_is_enough_to_learn_from(desk: Desk) -> None:
    await open_desk(desk)
    async with desk.database.begin() as session:
        session.add_all(classifier.drawn(desk.ring, at, "texte", desk.now, status="labelled") for at in range(1, 14))
        session.add(classifier.drawn(desk.ring, 20, "texte", desk.now, status="labelled", part="test"))
        session.add(classifier.drawn(desk.ring, 21, "texte", desk.now))
        await session.flush()
        session.add_all(classifier.learnt_from(LIVE, 13))
    page = (await desk.open("/models")).text
    assert "Modèle du 04/11/2026" in page
    assert "par le programme" in page
    assert "Exemples depuis son entraînement : 12 sur 40. C’est trop peu pour conclure." in page


async def test_one_button_asks_for_a_training_once(desk: Desk) -> None:
    await open_desk(desk)
    await desk.open("/models")
    await press(desk, "/models/train", notes="  la caution   carbone ")
    async with desk.database.read() as session:
        (job,) = await jobs.every(session)
    assert (job.kind, job.status, job.notes) == ("embedded", "waiting", "la caution carbone")
    assert "Attend son tour" in desk.page.text
    assert 'action="/console/models/train"' not in desk.page.text


async def test_a_training_under_way_shows_how_far_it_is_and_can_be_cancelled(desk: Desk) -> None:
    await open_desk(desk)
    async with desk.database.begin() as session:
        now = desk.now
        log = [f"{now.isoformat()}\tsnapshot", f"{now.isoformat()}\ttraining"]
        session.add(JobRow(id=7, kind="embedded", status="running", stage="training", share=0.25, log=log,
                           created_at=now, started_at=now))  # fmt: skip
    desk.wait(seconds=90)
    page = (await desk.open("/models")).text
    for told in (
        "Apprend des exemples",
        "25 %",
        "Depuis 1 min 30 s.",
        "Encore environ 4 min 30 s.",
        '<meta http-equiv="refresh"',
    ):
        assert told in page
    assert '<progress aria-label="Avancement de l’entraînement" max="100" value="25">' in page
    assert "http-equiv" not in (await desk.open("/models?still=1")).text
    await press(desk, "/models/jobs/7/cancel")
    assert "Arrêt en cours" in desk.page.text


@pytest.mark.parametrize(
    "error", ["memory", "disk", "time", "killed", "interrupted", "examples", "no_model", "broken", "new"]
)
async def test_a_failure_says_why_and_that_nothing_has_changed(desk: Desk, error: str) -> None:
    await open_desk(desk)
    async with desk.database.begin() as session:
        session.add(JobRow(id=7, kind="embedded", status="failed", error=error, log=[], created_at=desk.now))
    page = (await desk.open("/models")).text
    assert "Le modèle en service n’a pas changé." in page
    assert ("La cause n’est pas connue." in page) == (error == "new")


async def test_the_page_of_a_candidate_opens_with_one_sentence(desk: Desk) -> None:
    await open_desk(desk)
    assert "23 messages mieux compris, 4 moins bien. Conseil : mettre en service." in (await desk.open(PAGE)).text
    assert f"{PAGE}/promote" in desk.page.text


async def test_of_few_messages_nothing_is_concluded(desk: Desk) -> None:
    await open_desk(desk, made=comparison(labelled=12, advice="too_few"))
    assert "Exemples : 12 sur 40. C’est trop peu pour conclure." in (await desk.open(PAGE)).text


async def test_a_candidate_that_the_gate_refuses_says_why_and_has_no_button(desk: Desk) -> None:
    await open_desk(desk, verdict=REFUSED)
    page = (await desk.open(PAGE)).text
    assert "« Fonds retenus ou versements bloqués » est moins bien reconnu : F1 de 91 % à 72 %." in page
    assert f"{PAGE}/promote" not in page
    await desk.open(f"{PAGE}/messages?check=labels&label=funds_withheld")
    assert desk.page.status_code == 200


async def test_every_check_of_the_gate_is_a_sentence(desk: Desk) -> None:
    counts = {"of": 30, "missed": 2, "leaks": 1, "contradicted": 6, "conversations": 200, "changed": 3, "routed": 20,
              "questions": 4, "played": 90, "failed": 2}  # fmt: skip
    measures = {"before": 0.9, "after": 0.5, "candidate": 9.5, "most": 25.0}
    values: dict[str, str | int | float] = {"label": "other", "language": "fr", **counts, **measures}
    names = ("labels", "must_pass", "leaks", "new_labels", "known_labels", "time", "size", "replay", "stories")
    checks = [Check(name=name, passed=passed, values=values) for name in names for passed in (True, False)]
    await open_desk(desk, verdict=Verdict(checks=tuple(checks)))
    page = (await desk.open(PAGE)).text
    assert "Contrôle «" not in page
    assert "Trop lent : 9,5 ms par message, 25 ms au plus." in page


async def test_what_of_the_test_was_learnt_too_is_told_and_listed_without_its_words(desk: Desk) -> None:
    told = Flip(item="sample:8", expected="fees_commissions", live="other", candidate="fees_commissions")
    await open_desk(desk, made=comparison(aside=(told,)))
    async with desk.database.begin() as session:
        session.add(classifier.drawn(desk.ring, 8, "secret du test", desk.now, status="labelled", part="test"))
    assert "1 message du jeu de test n’est pas compté" in (await desk.open(PAGE)).text
    page = (await desk.open(f"{PAGE}/messages?of=aside")).text
    assert "il reste scellé" in page
    assert "Sens réel : Commissions" in page
    assert "secret du test" not in page


async def test_whether_the_gain_holds_for_what_firms_write_now_is_told(desk: Desk) -> None:
    since = datetime(2026, 10, 26, 12, tzinfo=UTC)
    lately, before = Period(since=since, texts=30, right=(18, 24)), Period(since=None, texts=20, right=(15, 16))
    await open_desk(desk, made=comparison(periods=(lately, before)))
    page = re.sub(r"<[^>]*>|\s", " ", (await desk.open(PAGE)).text)
    assert re.search(r"depuis le 26/10/2026 +30 +18 +→ +24 +avant le 26/10/2026 +20 +15 +→ +16 ", page)


async def test_putting_into_service_is_done_by_one_and_written_down(desk: Desk) -> None:
    await open_desk(desk)
    await desk.open(PAGE)
    await press(desk, f"{PAGE}/promote")
    assert await in_use(desk) == CANDIDATE
    assert "Ce modèle est en service." in desk.page.text
    async with desk.database.read() as session:
        done = await session.scalar(select(AuditRow).where(AuditRow.act == "do.models.promote"))
    assert done is not None
    assert done.subject == f"model:{CANDIDATE}"


async def test_where_two_are_needed_the_one_who_proposes_cannot_agree(desk: Desk) -> None:
    desk.console.state.desk.two_persons = True
    await open_desk(desk)
    await desk.open(PAGE)
    await press(desk, f"{PAGE}/promote")
    assert await in_use(desk) == LIVE
    assert "Une deuxième personne doit donner son accord." in desk.page.text
    async with desk.database.read() as session:
        proposal = await session.scalar(select(PromotionRow.id).where(PromotionRow.status == "proposed"))
    await desk.post(f"/models/promotions/{proposal}/second", nonce="own")
    assert "une autre personne doit donner son accord" in desk.page.text
    await second_administrator(desk)
    await desk.open(PAGE)
    await press(desk, f"/models/promotions/{proposal}/second")
    assert await in_use(desk) == CANDIDATE
    assert "Claire Fictive, avec l’accord de Denis Fictif" in desk.page.text


async def test_a_proposal_is_declined(desk: Desk) -> None:
    desk.console.state.desk.two_persons = True
    await open_desk(desk)
    await desk.open(PAGE)
    await press(desk, f"{PAGE}/promote")
    async with desk.database.read() as session:
        proposal = await session.scalar(select(PromotionRow.id).where(PromotionRow.status == "proposed"))
    await press(desk, f"/models/promotions/{proposal}/refuse")
    await desk.post(f"/models/promotions/{proposal}/second", nonce="late")
    assert "Cette proposition n’est plus ouverte" in desk.page.text
    assert await in_use(desk) == LIVE


@pytest.mark.parametrize("emergency", [False, True])
async def test_rolling_back_asks_first_and_says_what_an_emergency_does(desk: Desk, emergency: bool) -> None:  # noqa: FBT001
    await open_desk(desk)
    await desk.open(PAGE)
    await press(desk, f"{PAGE}/promote")
    page = (await desk.open("/models/rollback")).text
    assert "En service maintenant : Modèle du 24/11/2026" in page
    assert "les conversations en cours changent aussi de modèle" in page
    await press(desk, "/models/rollback", **({"emergency": "yes"} if emergency else {}))
    assert await in_use(desk) == LIVE
    assert ("Retour en arrière d’urgence" in desk.page.text) == emergency


async def test_nothing_to_go_back_to_is_said(desk: Desk) -> None:
    await open_desk(desk)
    assert (await desk.open("/models/rollback")).status_code == 409
    assert "Aucun modèle n’était en service avant celui-ci." in desk.page.text


async def test_a_model_compared_with_another_than_the_one_in_use_is_not_offered(desk: Desk) -> None:
    await open_desk(desk, made=comparison(live="another"))
    page = (await desk.open(PAGE)).text
    assert "Le modèle en service a changé depuis la comparaison." in page
    await desk.post(f"{PAGE}/promote", nonce="x")
    assert desk.page.status_code == 409
    assert await in_use(desk) == LIVE


async def test_a_model_reads_along_silently_until_it_is_stopped(desk: Desk) -> None:
    await open_desk(desk)
    await desk.open(PAGE)
    await press(desk, f"{PAGE}/shadow", shadow="on")
    assert "Arrêter la lecture en silence" in desk.page.text
    assert "Lit en silence, pour comparer" in (await desk.open("/models")).text
    await desk.open(PAGE)
    await press(desk, f"{PAGE}/shadow", shadow="off")
    async with desk.database.read() as session:
        assert await models.shadow(session) is None


async def test_a_note_is_kept(desk: Desk) -> None:
    await open_desk(desk)
    await desk.open(PAGE)
    await press(desk, f"{PAGE}/note", text="pour la réunion")
    assert 'value="pour la réunion"' in desk.page.text


async def test_a_cell_leads_to_masked_messages_and_those_of_the_test_stay_sealed(desk: Desk, tmp_path: Path) -> None:
    text = "mon compte vendeur est suspendu"
    shipped = f"shipped:{hashlib.sha256(f'problems{text}'.encode()).hexdigest()[:16]}"
    cell = replace(comparison().confusion[0], items=("sample:7", "sample:8", "sample:9", shipped))
    desk.console.state.desk.examples = write_examples(tmp_path)
    await open_desk(desk, made=comparison(confusion=(cell,)))
    async with desk.database.begin() as session:
        session.add(classifier.drawn(desk.ring, 7, "Ma [company] attend", desk.now, status="labelled"))
        session.add(classifier.drawn(desk.ring, 8, "secret du test", desk.now, status="labelled", part="test"))
    link = re.search(r'href="/console(/models/[^"]*expected=[^"]*)"', (await desk.open(PAGE)).text)
    assert link
    page = (await desk.open(link[1].replace("&amp;", "&"))).text
    assert "Ma [company] attend" in page
    assert 'href="/console/review/7"' in page
    assert "secret du test" not in page
    assert "il reste scellé" in page
    assert "Ce message n’existe plus." in page
    assert text in page
    async with desk.database.read() as session:
        assert await session.scalar(select(AuditRow.id).where(AuditRow.act == "read.models.messages"))


@pytest.mark.parametrize("query", ["", "of=other", "check=nothing", "check=replay", "expected=a"])
async def test_messages_of_nothing_are_not_found(desk: Desk, query: str) -> None:
    await open_desk(desk)
    assert (await desk.open(f"{PAGE}/messages?{query}")).status_code == 404


async def test_an_administrator_sees_of_replayed_cases_their_number_alone(desk: Desk) -> None:
    reference = references.new(2026, b"fiction1")
    await firm.file(desk.database, desk.ring, firm.case(reference))
    async with desk.database.read() as session:
        case_id = (await session.scalars(select(CaseRow.id))).one()
    replay = Replay(conversations=200, changed=(case_id,), routed=(), questions=3)
    await open_desk(desk, made=comparison(replay=replay))
    page = (await desk.open(PAGE)).text
    assert "1 dossier serait classé autrement" in page
    assert reference not in page
    assert str(case_id) not in page
    assert (await desk.open(f"{PAGE}/cases")).status_code == 403


async def test_after_promotion_a_supervisor_is_offered_the_review_of_old_cases_which_stay_as_they_are(
    desk: Desk,
) -> None:
    reference = references.new(2026, b"fiction1")
    await firm.file(desk.database, desk.ring, firm.case(reference))
    async with desk.database.begin() as session:
        case_id, before = (await session.execute(select(CaseRow.id, CaseRow.primary_category))).one()
        replay = Replay(conversations=200, changed=(case_id, 99), routed=(), questions=0)
        await classifier.put_in(session, desk.now, made=comparison(replay=replay))
    await desk.log_in("supervisor")
    assert "classé autrement" not in (await desk.open("/")).text
    async with desk.database.begin() as session:
        await models.promote(session, CANDIDATE, None, desk.now)
    assert "Le modèle a changé : 1 dossier serait classé autrement." in (await desk.open("/")).text
    page = await desk.open(f"{PAGE}/cases")
    assert f"/console/cases/{reference}" in page.text
    async with desk.database.read() as session:
        assert await session.scalar(select(CaseRow.primary_category)) == before
    async with desk.database.begin() as session:
        await session.execute(update(PromotionRow).values(at=desk.now - timedelta(days=31)))
    assert "classé autrement" not in (await desk.open("/")).text
    assert "Claire Fictive" in desk.page.text


async def test_the_card_says_what_it_learnt_from_and_which_words_were_erased_since(desk: Desk) -> None:
    await open_desk(desk)
    async with desk.database.begin() as session:
        for at in (1, 2, 3):
            session.add(classifier.drawn(desk.ring, at, "texte", desk.now, status="labelled"))
        await session.flush()
        session.add_all(classifier.learnt_from(CANDIDATE, 1, 2, 3))
        await session.execute(update(SampleRow).where(SampleRow.id == 2).values(status="withdrawn", text=b""))
    page = (await desk.open(f"{PAGE}/card")).text
    for told in ("étiquetés par des agents : 3", "Il a appris d’1 message effacé depuis.", "83,5 %", "9f5bf5a6"):
        assert told in page
    assert "Il a appris d’1 message effacé depuis." in (await desk.open("/models")).text


async def test_a_model_is_taken_away_whole_and_that_is_written_down(desk: Desk, tmp_path: Path) -> None:
    await open_desk(desk)
    folder = tmp_path / CANDIDATE
    folder.mkdir()
    manifest = json.dumps({"version": CANDIDATE}).encode()
    (folder / "manifest.json").write_bytes(manifest)
    (folder / "vocabulary.txt").write_text("mot", encoding="utf-8")
    desk.console.state.desk.models = tmp_path
    assert (await desk.open(f"{PAGE}/file")).status_code == 404
    async with desk.database.begin() as session:
        own = update(ModelRow).where(ModelRow.version == CANDIDATE)
        await session.execute(own.values(digest=hashlib.sha256(manifest).hexdigest()))
    taken = await desk.open(f"{PAGE}/file")
    assert zipfile.ZipFile(io.BytesIO(taken.content)).namelist() == [
        f"{CANDIDATE}/manifest.json",
        f"{CANDIDATE}/vocabulary.txt",
    ]
    async with desk.database.read() as session:
        assert (
            await session.scalar(select(AuditRow.subject).where(AuditRow.act == "model.downloaded"))
            == f"model:{CANDIDATE}"
        )


async def test_before_the_first_model_is_recorded_the_page_says_so(desk: Desk) -> None:
    await desk.log_in("administrator")
    assert "Aucun modèle n’est encore enregistré." in (await desk.open("/models")).text
    assert (await desk.open(f"/models/{CANDIDATE}")).status_code == 404
