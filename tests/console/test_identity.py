"""Where a reason is asked for, whose case it is stays hidden until one is given; and the mediator's first questions."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from sqlalchemy import update

from console import eligibility
from console.wording import Words
from storage import identity, officials, references
from storage.access import Role
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
