"""Whatever officials read or do is in the audit log, in ids; what cannot be recorded is not shown."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select, text

from storage import audit, references
from storage.audit_tables import AuditRow
from storage.desk_tables import CaseRow
from tests.console import firm
from tests.console.conftest import Desk

REFERENCE = references.new(2026, b"fiction")


async def entries(desk: Desk) -> list[tuple[str, str]]:
    async with desk.database.read() as session:
        found = await session.execute(select(AuditRow.act, AuditRow.subject).order_by(AuditRow.id))
        return [(row.act, row.subject) for row in found]


async def case_id(desk: Desk) -> int:
    async with desk.database.read() as session:
        return (await session.scalars(select(CaseRow.id).where(CaseRow.reference == REFERENCE))).one()


async def test_every_reading_of_a_case_is_recorded(desk: Desk) -> None:
    lane = await firm.file(desk.database, desk.ring, firm.case(REFERENCE), firm.WITH_FILES)
    file = await firm.send_file(desk.database, desk.ring, desk.files, lane, b"x", media_type="image/jpeg")
    await desk.log_in()
    await desk.open("/cases?status=submitted")
    await desk.open(f"/cases/{REFERENCE}")
    await desk.open(f"/cases/{REFERENCE}/files/{file}")
    await desk.open("/cases/PV-2026-00000-0")
    own = f"case:{await case_id(desk)}"
    assert await entries(desk) == [("read.cases", "cases:1"), ("read.case", own), ("read.case.files", own)]


async def test_what_cannot_be_recorded_is_not_shown(desk: Desk) -> None:
    await firm.file(desk.database, desk.ring, firm.case(REFERENCE))
    await desk.log_in()
    async with desk.database.begin() as session:
        await session.execute(text("DROP TABLE audit"))
    page = await desk.open(f"/cases/{REFERENCE}")
    assert page.status_code == 500
    assert "amazone" not in page.text


async def test_log_ins_refused_and_granted_and_log_outs_are_recorded(desk: Desk) -> None:
    given = await desk.log_in()
    await desk.open("/login")
    await desk.post("/login", login="c.fictive", password="pas celui-là")
    await desk.post("/login", login="personne", password="pas celui-là")
    await desk.post("/login", login="c.fictive", password=given)
    await desk.post("/logout")
    acts = [(act, subject.partition(":")[0]) for act, subject in await entries(desk) if not act.startswith("read")]
    assert acts == [("log_in.failed", "official"), ("log_in.failed", ""), ("log_in", ""), ("log_out", "")]


async def test_the_log_is_read_by_who_watches_over_the_desk_alone(desk: Desk) -> None:
    await firm.file(desk.database, desk.ring, firm.case(REFERENCE))
    await desk.log_in("dpo_admin")
    async with desk.database.begin() as session:
        for number in range(60):
            about = {"act": "read.case", "reference": REFERENCE, "at": desk.now - timedelta(days=number)}
            await audit.record(session, desk.ring, audit.Entry(official_id=None, **about))  # type: ignore[arg-type]
    page = await desk.open("/audit")
    assert page.text.count(f"Dossier {REFERENCE}") == 50
    assert "amazone" not in page.text
    assert (await desk.open("/cases")).status_code == 403


@pytest.mark.parametrize(
    ("query", "rows"),
    [
        ("", 4),
        (f"subject={REFERENCE.lower()}", 3),
        ("subject=PV-2026-00000-0", 0),
        ("act=log_out", 1),
        ("since=2026-11-23", 3),
        ("until=2026-11-22", 1),
        ("official=7", 0),
        ("since=jamais&until=&official=abc&before=-1", 4),
    ],
)
async def test_the_log_is_searched_by_official_act_case_and_period(desk: Desk, query: str, rows: int) -> None:
    await firm.file(desk.database, desk.ring, firm.case(REFERENCE))
    await desk.log_in("dpo_admin")
    async with desk.database.begin() as session:
        for days in range(3):
            at = desk.now - timedelta(days=days)
            await audit.record(
                session, desk.ring, audit.Entry(official_id=None, act="read.case", reference=REFERENCE, at=at)
            )
        await audit.record(session, desk.ring, audit.Entry(official_id=None, act="log_out", at=desk.now))
    page = await desk.open(f"/audit?{query}")
    assert page.status_code == 200
    assert page.text.count('role="rowheader"') == rows
