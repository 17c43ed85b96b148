"""Officials act on a case from its page: once, on what they read, and only as far as they and the firm may."""

from __future__ import annotations

import re
from datetime import timedelta

import httpx
import pytest
from sqlalchemy import select, update

from storage import handling, officials, references, teams
from storage.desk_tables import CaseChangeRow, CaseRow, OfficialRow
from storage.tables import ConversationRow, OutboxRow
from stories.effects import AmendCase
from stories.types import Answer, Passage
from tests.console import firm
from tests.console.conftest import START, Desk

REFERENCE = references.new(2026, b"fiction")
PAGE = f"/cases/{REFERENCE}"
HIDDEN = re.compile(r'name="(nonce|version)" value="([^"]*)"')


async def filed(desk: Desk, **changes: Answer) -> str:
    lane = await firm.file(desk.database, desk.ring, firm.case(REFERENCE, channel="webchat", **changes))
    await desk.log_in()
    await desk.open(PAGE)
    return lane


async def send(desk: Desk, path: str, /, **fields: str) -> str:
    """Send a form of the page that is shown, as it is there."""
    hidden = dict(HIDDEN.findall(desk.page.text))
    desk.wait(minutes=1)
    return (await desk.post(f"{PAGE}/{path}", **{**hidden, **fields})).text


async def row(desk: Desk) -> CaseRow:
    async with desk.database.read() as session:
        return (await session.scalars(select(CaseRow).where(CaseRow.reference == REFERENCE))).one()


def seen(html: str) -> str:
    return " ".join(re.sub(r"<[^>]*>", " ", html).split())


async def colleague(desk: Desk, login: str = "m.exemple", role: str = "agent") -> None:
    await officials.create(desk.database, login=login, name="Marc Exemple", role=role, now=START)  # type: ignore[arg-type]
    async with desk.database.begin() as session:
        team = (await teams.every(session))[0].id
        await session.execute(update(OfficialRow).where(OfficialRow.login == login).values(team_id=team))


async def test_reading_opens_a_case_and_taking_it_begins_its_review(desk: Desk) -> None:
    await filed(desk)
    found = await row(desk)
    assert (found.status, found.opened_at, found.assignee_id) == ("submitted", START, None)
    html = await send(desk, "claim")
    assert "Ce dossier est à vous." in html
    assert "Confié à Claire Fictive" in html
    found = await row(desk)
    assert (found.status, found.version) == ("in_review", 1)
    assert found.due_at is not None
    assert found.due_at > START + timedelta(days=10)


async def test_of_two_who_take_a_case_one_gets_it(desk: Desk) -> None:
    await filed(desk)
    await send(desk, "claim")
    await colleague(desk)
    async with desk.database.begin() as session:
        other = await session.scalar(select(OfficialRow.id).where(OfficialRow.login == "m.exemple"))
        await session.execute(update(CaseRow).values(assignee_id=other))
    html = await send(desk, "claim")
    assert desk.page.status_code == 422
    assert "Un collègue vient de prendre ce dossier." in html


async def test_a_form_sent_twice_acts_once(desk: Desk) -> None:
    await filed(desk)
    nonce = HIDDEN.findall(desk.page.text)[0][1]
    for _ in range(2):
        assert "Étiquettes enregistrées." in await send(desk, "tag", tag="Presse", nonce=nonce, version="0")
    async with desk.database.read() as session:
        assert len((await session.scalars(select(CaseChangeRow))).all()) == 1


async def test_who_saves_late_is_told_what_changed_and_keeps_what_was_typed(desk: Desk) -> None:
    await filed(desk)
    before = desk.page
    await send(desk, "tag", tag="presse")
    desk.page = before
    html = await send(desk, "urgency", level="critical", words="Trois salariés au chômage", nonce="of this form")
    assert desk.page.status_code == 409
    assert "Ce dossier a changé pendant que vous écriviez." in html
    assert "Claire Fictive : Étiquette ajoutée : presse" in seen(html)
    assert "Trois salariés au chômage</textarea>" in html
    assert (await row(desk)).urgency_level == "high"
    await send(desk, "urgency", level="critical", words="Trois salariés au chômage")
    assert (await row(desk)).urgency_level == "critical"


async def test_a_new_status_is_told_to_the_firm_in_its_own_words(desk: Desk) -> None:
    lane = await filed(desk)
    explain = "Un agent lit votre dossier en ce moment."
    assert explain in desk.page.text
    html = await send(desk, "status", status="in_review", tell="yes", words="Premier examen")
    assert "État : En cours d&#39;examen" in html
    assert "Premier examen" in html
    async with desk.database.read() as session:
        said = await session.scalars(select(OutboxRow).where(OutboxRow.lane == lane, OutboxRow.sender == "official"))
        assert len(said.all()) == 1
    assert explain in (await desk.open(f"{PAGE}?show=answers")).text
    assert "Réponse à l’entreprise" in desk.page.text


async def test_a_consent_is_read_again_when_it_counts(desk: Desk) -> None:
    await filed(desk)
    async with desk.database.begin() as session:
        await session.execute(update(CaseRow).values(status="qualified"))
    await desk.open(PAGE)
    before = desk.page
    withdrawn = AmendCase(reference=REFERENCE, fields={"share_platform": Answer(value="no")})
    async with desk.database.begin() as session:
        await handling.amend(session, desk.ring, withdrawn, at=desk.now, turn_id=None)
    desk.page = before
    await send(desk, "status", status="transmitted_platform")
    assert desk.page.status_code == 409
    html = await send(desk, "status", status="transmitted_platform")
    assert desk.page.status_code == 422
    assert "L’entreprise n’a pas accepté que la plateforme soit informée." in html
    assert (await row(desk)).status == "qualified"


async def test_closing_wants_a_reason_and_reopening_gives_a_new_deadline(desk: Desk) -> None:
    await filed(desk)
    assert "Choisissez un motif." in await send(desk, "status", status="closed")
    html = await send(desk, "status", status="closed", reason="duplicate")
    assert "Motif : Doublon" in html
    found = await row(desk)
    assert (found.closure_reason, found.due_at) == ("duplicate", None)
    await send(desk, "status", status="in_review")
    found = await row(desk)
    assert found.closure_reason is None
    assert found.due_at is not None


async def test_the_clock_goes_on_where_it_stopped_once_the_firm_wrote(desk: Desk) -> None:
    await filed(desk)
    await send(desk, "claim")
    await send(desk, "status", status="needs_info")
    asked = await row(desk)
    assert (asked.due_at, asked.due_left) == (None, 10)
    assert "On attend l’entreprise" in desk.page.text
    desk.wait(minutes=20)
    async with desk.database.begin() as session:
        conversation = (await session.scalars(select(ConversationRow.id))).one()
        await handling.firm_wrote(session, desk.ring, conversation, desk.now)
    found = await row(desk)
    assert (found.status, found.due_left, found.firm_at) == ("in_review", None, desk.now)
    assert "À traiter dans 10 jours ouvrés" in (await desk.open(PAGE)).text
    assert "Portevoix, automatiquement" in desk.page.text


async def test_a_correction_keeps_what_the_machine_had_said(desk: Desk) -> None:
    await filed(desk)
    html = await send(desk, "reclassify", main="invoicing_documents", further="no_human_contact")
    assert "Suspension ou fermeture du compte vendeur (machine, 93 %) → Factures" in seen(html)
    assert (await row(desk)).primary_category == "invoicing_documents"
    async with desk.database.read() as session:
        made = (await session.scalars(select(CaseChangeRow))).one()
    assert made.act == "reclassified"
    assert "Ces problèmes sont déjà ceux du dossier." in await send(
        desk, "reclassify", main="invoicing_documents", further="no_human_contact"
    )


async def test_a_value_is_corrected_and_verified_until_it_changes_again(desk: Desk) -> None:
    await filed(desk)
    await send(desk, "notes", text="Relevé vu au téléphone")
    note = re.search(r'id="note-(\d+)"', desk.page.text)
    assert note is not None
    path = "fields/loss_pct_turnover"
    await desk.open(f"{PAGE}/{path}")
    assert "Il faut un nombre positif" in await send(desk, path, form="value", value="beaucoup")
    assert 'value="beaucoup"' in desk.page.text
    await send(desk, path, form="value", value="22,5 %", approx="yes")
    assert "environ 22,5 %" in desk.page.text
    assert "Choisissez le fichier ou la note" in await send(desk, path, form="verify", holds="yes", on="note:1")
    await send(desk, path, form="verify", holds="yes", on=f"note:{note[1]}", words="Page 2")
    assert 'class="tag verified"' in desk.page.text
    await send(desk, path, form="value", value="30")
    assert 'class="tag verified"' not in desk.page.text


@pytest.mark.parametrize(
    ("key", "value", "status"),
    [("share_platform", "named", 422), ("share_platform", "no", 200), ("share_dgccrf", "yes", 422),
     ("share_mediateur", "no", 200), ("share_platform", "", 422)],
)  # fmt: skip
async def test_officials_narrow_what_a_firm_agreed_to_and_do_not_widen_it(
    desk: Desk, key: str, value: str, status: int
) -> None:
    await filed(desk)
    await send(desk, f"fields/{key}", form="value", value=value)
    assert desk.page.status_code == status


async def test_an_officials_urgency_stands_until_the_firm_gives_a_new_reason(desk: Desk) -> None:
    await filed(desk)
    assert "Dites pourquoi" in await send(desk, "urgency", level="normal")
    await send(desk, "urgency", level="normal", words="Le délai est levé")
    known = ["deadline_<=7d", "account_total"]
    for level, reasons, stands in (
        ("high", known, "normal"), ("critical", [*known, "stock_destruction"], "critical"),
    ):  # fmt: skip
        fields = {"level": Answer(value=level, by="rule"), "reasons": Answer(value=reasons, by="rule")}
        told = AmendCase(reference=REFERENCE, fields=fields)
        async with desk.database.begin() as session:
            await handling.amend(session, desk.ring, told, at=desk.now, turn_id=None)
        assert (await row(desk)).urgency_level == stands


async def test_a_case_is_assigned_moved_and_put_off(desk: Desk) -> None:
    await filed(desk)
    await colleague(desk)
    async with desk.database.begin() as session:
        await teams.ensure(session, "Accueil", desk.now)
    await desk.open(PAGE)
    assert "Cette personne ne peut pas lire ce dossier." in await send(desk, "assign", to="nobody.here")
    assert "Dossier confié à m.exemple" in await send(desk, "assign", to="m.exemple")
    assert "Choisissez un jour à venir." in await send(desk, "snooze", until="2026-11-24")
    assert "Mis de côté jusqu’au 01/12/2026" in await send(desk, "snooze", until="2026-12-01")
    assert "Repris avant la date prévue" in await send(desk, "snooze", back="yes")


async def test_an_agent_leaves_to_supervisors_what_is_theirs(desk: Desk) -> None:
    await firm.file(desk.database, desk.ring, firm.case(REFERENCE))
    await desk.log_in("agent")
    await desk.open(PAGE)
    assert "Réservé aux responsables." in desk.page.text
    for form, fields in (("status", {"status": "closed", "reason": "duplicate"}), ("assign", {"to": "c.fictive"})):
        await send(desk, form, **fields)
        assert desk.page.status_code == 422
    await send(desk, "claim")
    await send(desk, "release")
    assert (await row(desk)).assignee_id is None


async def test_a_case_of_another_team_cannot_be_acted_on(desk: Desk) -> None:
    await filed(desk)
    before = desk.page
    async with desk.database.begin() as session:
        await session.execute(update(OfficialRow).values(role="agent", team_id=None))
    desk.page = before
    await send(desk, "claim")
    assert desk.page.status_code == httpx.codes.NOT_FOUND


async def test_other_cases_of_the_firm_and_similar_ones_are_listed(desk: Desk) -> None:
    own, like, far = (references.new(2026, name) for name in (b"own", b"like", b"far"))
    elsewhere = {"email": Answer(value="autre@exemple.example")}
    ebay = {**elsewhere, "platform_id": Answer(value="ebay")}
    await firm.file(desk.database, desk.ring, firm.case(own), ())
    await firm.file(desk.database, desk.ring, firm.case(like, channel="webchat", **elsewhere), ())
    await firm.file(desk.database, desk.ring, firm.case(far, channel="webchat", **ebay), ())
    await filed(desk)
    firms, alike = (
        re.findall(r'class="reference" href="[^"]*/([^"/]*)"', part)
        for part in re.findall(r'<section class="group" id="(?:firms|alike)".*?</section>', desk.page.text, re.DOTALL)
    )
    assert (firms, alike) == ([own], [like])


async def test_rules_are_those_in_force_when_it_happened(desk: Desk) -> None:
    await filed(desk, incident_date=Answer(value={"value": "2018-11", "precision": "month"}))
    assert "2019/1150" not in desk.page.text
    await filed_again(desk)
    assert "Regulation (EU) 2019/1150, art. 4(1)" in desk.page.text


async def filed_again(desk: Desk) -> None:
    reference = references.new(2026, b"again")
    await firm.file(desk.database, desk.ring, firm.case(reference), ())
    await desk.open(f"/cases/{reference}")


async def test_the_timeline_shows_one_kind_at_a_time(desk: Desk) -> None:
    await filed(desk)
    told = AmendCase(reference=REFERENCE, narrative=(Passage(message="m9", text="encore"),))
    async with desk.database.begin() as session:
        await handling.amend(session, desk.ring, told, at=desk.now, turn_id=None)
    await desk.open(PAGE)
    await send(desk, "tag", tag="presse")
    await desk.open(f"{PAGE}?show=officials")
    events = re.findall(r'<li class="event (\w+)"', desk.page.text)
    assert events == ["officials"]
    await desk.open(f"{PAGE}?show=nonsense")
    assert re.findall(r'<li class="event (\w+)"', desk.page.text) == ["firm", "firm", "officials"]


async def test_a_corrected_value_changes_the_urgency_that_rests_on_it(desk: Desk) -> None:
    await filed(desk)
    await send(desk, "fields/survival_risk", form="value", value="imminent")
    assert (await row(desk)).urgency_level == "critical"
    assert "survival_imminent" in (await row(desk)).urgency_reasons
    await send(desk, "fields/survival_risk", form="value", value="none")
    assert (await row(desk)).urgency_level == "high"
    assert "survival_imminent" not in (await row(desk)).urgency_reasons


async def test_a_corrected_value_leaves_the_urgency_that_an_official_set(desk: Desk) -> None:
    await filed(desk)
    await send(desk, "fields/survival_risk", form="value", value="imminent")
    await send(desk, "urgency", level="normal", words="La trésorerie est revenue")
    await send(desk, "fields/jobs_at_risk", form="value", value="2")
    assert (await row(desk)).urgency_level == "normal"


async def test_the_timeline_tells_no_value_that_stayed_as_it_was(desk: Desk) -> None:
    await filed(desk)
    await send(desk, "urgency", level="high", words="Je confirme")
    page = (await desk.open(f"/cases/{REFERENCE}")).text
    assert "Je confirme" in page
    assert not re.search(r"(élevée)\s*→\s*\1", page)
    await send(desk, "urgency", level="critical", words="Trois salariés au chômage")
    assert "élevée → critique" in (await desk.open(f"/cases/{REFERENCE}")).text
