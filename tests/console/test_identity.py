"""Where a reason is asked for, whose case it is stays hidden until one is given; and the mediator's first questions."""

from __future__ import annotations

import re
from dataclasses import replace
from urllib.parse import quote

import pytest
from sqlalchemy import update

from console import eligibility
from console.wording import Words
from storage import cases, identity, joining, officials, references
from storage.access import Official, Role
from storage.desk_tables import OfficialRow
from stories.types import Answer
from tests.console import firm
from tests.console.conftest import Desk, script
from tests.console.firm import TOLD, Told

REFERENCE = references.new(2026, b"fiction")
NONCE = re.compile(r'name="nonce" value="([^"]*)"')
WHY = "Il faut joindre l’entreprise aujourd’hui."


async def at_the_case(desk: Desk) -> str:
    desk.console.state.desk = replace(desk.console.state.desk, identity_reason=True)
    told = (
        *TOLD,
        Told(by="bot", text="E-mail : contact@moulin-fictif.example. Tapez « corriger 3 »."),
        Told(by="person", key="m8", text="c'est les éditions du moulin fictif, siren 732 829 320"),
    )
    filed = firm.case(REFERENCE, siren=Answer(value="732829320", by="registry"))
    await firm.file(desk.database, desk.ring, filed, told)
    return (await desk.open(f"/cases/{REFERENCE}")).text


async def test_a_reason_opens_the_identity_for_some_hours_and_stays_with_the_case(desk: Desk) -> None:
    await desk.log_in("agent")
    text = await at_the_case(desk)
    for name in ("Moulin Fictif", "moulin fictif", "moulin-fictif.example", "732 829 320", "732829320"):
        assert name not in text
    assert "Identité masquée" in text
    assert "par e-mail" not in text
    assert "dans la conversation" in text
    nonce = NONCE.findall(text)[0]
    opened = (await desk.post(f"/cases/{REFERENCE}/identity", reason=WHY, nonce=nonce)).text
    assert "Éditions du Moulin Fictif" in opened
    assert "Identité masquée" not in opened
    desk.wait(hours=identity.HOLDS.total_seconds() / 3600 + 1)
    desk.carry(await _log_in_again(desk))
    assert "Moulin Fictif" not in (await desk.open(f"/cases/{REFERENCE}")).text


async def test_no_other_page_of_the_case_tells_what_is_hidden(desk: Desk) -> None:
    await desk.log_in("agent")
    await at_the_case(desk)
    page = await desk.open(f"/cases/{REFERENCE}/fields/legal_name")
    assert page.url.path == f"/console/cases/{REFERENCE}"
    assert "Moulin Fictif" not in page.text
    assert (await desk.open(f"/cases/{REFERENCE}/fields/loss_eur")).status_code == 200
    text = (await desk.open(f"/cases/{REFERENCE}/answer")).text
    assert "Moulin Fictif" not in text
    assert "moulin-fictif.example" not in text


async def test_notes_file_names_and_the_history_do_not_tell_what_is_hidden_and_files_stay_closed(desk: Desk) -> None:
    await desk.log_in("agent")
    desk.console.state.desk = replace(desk.console.state.desk, identity_reason=True)
    filed = firm.case(
        REFERENCE,
        name=Answer(value="Camille Durand", by="form"),
        phone=Answer(value="+33199001234", raw="01 99 00 12 34", by="form"),
        reason_text=Answer(value="plainte contre les éditions du Moulin Fictif", by="form"),
    )
    lane = await firm.file(desk.database, desk.ring, filed, firm.WITH_FILES)
    file_id = await firm.send_file(
        desk.database, desk.ring, desk.files, lane, b"%PDF-1.4", name="kbis_editions-du-moulin-fictif_2026.pdf"
    )
    page = await desk.open(f"/cases/{REFERENCE}")
    note = "Rappeler Mme Durand (+33 1 99 00 12 34), pour les editions du moulin fictif."
    await desk.post(f"/cases/{REFERENCE}/notes", text=note, nonce=NONCE.findall(page.text)[0])
    hidden = (
        "Durand",
        "99 00 12 34",
        "0199001234",
        "moulin-fictif",
        "oulin Fictif",
        "moulin fictif",
    )
    for path in ("", "/fields/loss_eur", "/answer"):
        text = (await desk.open(f"/cases/{REFERENCE}{path}")).text
        assert not [name for name in hidden if name in text], path
    assert "Rappeler Mme ██████" in (await desk.open(f"/cases/{REFERENCE}")).text
    assert "Modifier la note" not in desk.page.text
    assert (await desk.open(f"/cases/{REFERENCE}/fields/reason_text")).url.path == f"/console/cases/{REFERENCE}"
    opened = await desk.open(f"/cases/{REFERENCE}/files/{file_id}")
    assert (opened.url.path, opened.headers["content-type"]) == (
        f"/console/cases/{REFERENCE}", "text/html; charset=utf-8",
    )  # fmt: skip
    await desk.post(f"/cases/{REFERENCE}/identity", reason=WHY, nonce=NONCE.findall(desk.page.text)[0])
    text = desk.page.text
    assert all(name in text for name in ("Mme Durand", "kbis_editions-du-moulin-fictif_2026.pdf"))
    assert "Modifier la note" in text
    assert (await desk.open(f"/cases/{REFERENCE}/files/{file_id}")).content == b"%PDF-1.4"


async def test_a_merged_case_is_hidden_on_the_page_of_the_kept_one_as_on_its_own(desk: Desk) -> None:
    await desk.log_in("supervisor")
    await at_the_case(desk)
    other = references.new(2026, b"another")
    told = (Told(by="person", key="m1", text="ici la SARL Tissus Inventés, nous avons le même souci"),)
    await firm.file(
        desk.database, desk.ring, firm.case(other, legal_name=Answer(value="SARL Tissus Inventés", by="form")), told
    )
    official = Official(id=1, login="c.fictive", name="Claire Fictive", role="supervisor")
    async with desk.database.begin() as session:
        kept, gone = [await cases.show(session, desk.ring, one) for one in (REFERENCE, other)]
        assert kept is not None
        assert gone is not None
        pair = joining.Pair(one=gone.line.id, other=kept.line.id)
        await joining.merge(session, desk.ring, script(), pair, by=official, at=desk.now, words="doublon")
    page = (await desk.open(f"/cases/{REFERENCE}")).text
    opened = (await desk.post(f"/cases/{REFERENCE}/identity", reason=WHY, nonce=NONCE.findall(page)[0])).text
    assert "Éditions du Moulin Fictif" in opened
    assert "nous avons le même souci" in page
    assert not [text for text in (page, opened) if "Tissus" in text]


async def test_an_address_or_a_number_finds_only_cases_whose_identity_was_opened(desk: Desk) -> None:
    await desk.log_in("agent")
    await at_the_case(desk)
    for typed in ("contact@moulin-fictif.example", "732 829 320"):
        text = (await desk.open(f"/cases?q={quote(typed)}")).text
        assert f"/cases/{REFERENCE}" not in text
        assert "dont vous avez ouvert l’identité" in text
    page = (await desk.open(f"/cases/{REFERENCE}")).text
    await desk.post(f"/cases/{REFERENCE}/identity", reason=WHY, nonce=NONCE.findall(page)[0])
    assert f"/cases/{REFERENCE}" in (await desk.open("/cases?q=732829320")).text
    desk.console.state.desk = replace(desk.console.state.desk, identity_reason=False)
    assert "dont vous avez ouvert l’identité" not in (await desk.open("/cases?q=732829320")).text


async def test_a_reason_is_not_left_out_and_opens_no_case_to_others(desk: Desk) -> None:
    await desk.log_in("agent")
    text = await at_the_case(desk)
    nonce = NONCE.findall(text)[0]
    assert (await desk.post(f"/cases/{REFERENCE}/identity", reason=" ", nonce=nonce)).status_code == 422
    await desk.open(f"/cases/{REFERENCE}")
    await desk.post(f"/cases/{REFERENCE}/identity", reason=WHY, nonce=nonce)
    await officials.create(desk.database, login="m.fictif", name="Marc Fictif", role="mediator", now=desk.now)
    desk.carry(await _log_in_again(desk, "m.fictif"))
    assert "Moulin Fictif" not in (await desk.open(f"/cases/{REFERENCE}")).text


async def test_without_the_setting_nothing_is_hidden(desk: Desk) -> None:
    await desk.log_in("agent")
    await firm.file(desk.database, desk.ring, firm.case(REFERENCE))
    assert "Éditions du Moulin Fictif" in (await desk.open(f"/cases/{REFERENCE}")).text


@pytest.mark.parametrize(
    ("field", "value", "key", "verdict"),
    [
        ("court_case", "none", "court", "clear"),
        ("court_case", "pending", "court", "bars"),
        ("facets.court_pending", "yes", "court", "bars"),
        ("insolvency_status", "liquidation", "liquidation", "bars"),
        ("insolvency_status", "sauvegarde", "liquidation", "clear"),
        ("insolvency_status", "prefer_not", "liquidation", "open"),
        ("lawyer", True, "lawyer", "bars"),
        ("lawyer", False, "lawyer", "clear"),
        ("siren", "732829320", "entities", "clear"),
        ("mediateur_entreprises", "no", "mediation", "clear"),
        ("mediateur_entreprises", "past_failed", "mediation", "bars"),
        ("platform_mediator", "refused", "mediation", "bars"),
    ],
)
def test_each_answer_speaks_for_or_against_mediation(field: str, value: object, key: str, verdict: str) -> None:
    said = Words("fr", script())
    known = {point.key: point.verdict for point in eligibility.points(said, firm.case(REFERENCE))}
    assert known[key] == "open"
    filed = firm.case(REFERENCE)
    answer = Answer(value=value, by="form")
    answered = eligibility.points(said, replace(filed, fields={**filed.fields, field: answer}))
    assert {point.key: point.verdict for point in answered} == known | {key: verdict}


@pytest.mark.parametrize(("role", "seen"), [("mediator", True), ("supervisor", False)])
async def test_the_mediator_sees_at_a_glance_whether_a_case_can_be_taken(desk: Desk, role: Role, *, seen: bool) -> None:
    await desk.log_in(role)
    await firm.file(desk.database, desk.ring, firm.case(REFERENCE))
    assert ("Médiation : recevable" in (await desk.open(f"/cases/{REFERENCE}")).text) == seen


async def _log_in_again(desk: Desk, login: str = "c.fictive") -> str:
    given = await officials.reset(desk.database, login)
    async with desk.database.begin() as session:
        await session.execute(update(OfficialRow).values(must_change=False))
    return await officials.log_in(desk.database, login=login, password=given, now=desk.now) or ""
