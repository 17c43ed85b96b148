"""An official asks for an export, a worker makes it, and its owner alone takes it away, for a week."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from bot import audit, exports
from bot.app import App
from storage import exports as export_rows
from storage import officials, references
from storage.access import Role
from storage.audit_tables import AuditRow
from storage.desk_tables import ExportRow, OfficialRow
from storage.exports import KEPT, LEASE, StoppedError
from stories.types import Answer
from tests.bot.tiny import tiny_app
from tests.console import firm
from tests.console.conftest import Desk, script

REASON = "Réunion avec la plateforme le 3 décembre"


def worker(desk: Desk) -> App:
    return tiny_app(desk.database, desk.ring, script=script(), clock=lambda: desk.now, files=desk.files)


async def file_cases(desk: Desk, count: int = 6) -> None:
    for number in range(count):
        reference = references.new(2026, number.to_bytes(4))
        siren = Answer(value=f"{number:09}", by="person")
        await firm.file(desk.database, desk.ring, firm.case(reference, siren=siren), ())


async def asked(desk: Desk, role: Role = "supervisor", form: str = "csv", **fields: str) -> str:
    """Ask for an export; the page that shows it."""
    await desk.log_in(role)
    await desk.open("/exports")
    nonce = re.search(r'name="nonce" value="([^"]*)"', desk.page.text)
    await desk.post("/exports", form=form, nonce=nonce[1] if nonce else "", **fields)
    return desk.page.url.path.removeprefix("/console")


async def table(desk: Desk, page: str) -> list[dict[str, str]]:
    file = await desk.open(f"{page}/file")
    assert file.status_code == 200
    text = zipfile.ZipFile(io.BytesIO(file.content)).read("cases.csv").decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text), delimiter=";"))


async def test_an_export_is_made_in_the_background_and_names_nobody(desk: Desk) -> None:
    await file_cases(desk)
    page = await asked(desk)
    assert "En attente" in desk.page.text
    assert desk.page.headers["Refresh"] == "3"
    assert await exports.make(worker(desk)) == 1
    assert "Prêt" in (await desk.open(page)).text
    assert "Refresh" not in desk.page.headers
    rows = await table(desk, page)
    assert len(rows) == 6
    said = repr(rows)
    for secret in ("PV-2026", "Moulin Fictif", "moulin-fictif.example", "amazone m'a", "000000001"):
        assert secret not in said
    assert rows[0]["platform_id"] == "amazon"


async def test_names_need_a_reason_and_the_right(desk: Desk) -> None:
    await file_cases(desk, 1)
    page = await asked(desk, named="on", reason="parce que")
    assert page == "/exports"
    assert "parce que</textarea>" in desk.page.text
    nonce = re.search(r'name="nonce" value="([^"]*)"', desk.page.text)
    await desk.post("/exports", form="csv", named="on", reason=REASON, nonce=nonce[1] if nonce else "")
    page = desk.page.url.path.removeprefix("/console")
    await exports.make(worker(desk))
    (row,) = await table(desk, page)
    assert row["legal_name"] == "Éditions du Moulin Fictif"
    async with desk.database.read() as session:
        kept = (await session.scalars(select(ExportRow))).one()
    assert desk.ring.open("exports", "reason", kept.id, kept.reason or b"").decode() == REASON


@pytest.mark.parametrize("role", ["agent", "analyst"])
async def test_who_has_not_the_right_gets_no_names(desk: Desk, role: Role) -> None:
    await asked(desk, role, named="on", reason=REASON)
    assert desk.page.status_code == 403


async def test_an_analyst_exports_what_no_team_is_asked_for_and_an_agent_the_own_team_s(desk: Desk) -> None:
    await file_cases(desk)
    page = await asked(desk, "analyst")
    await exports.make(worker(desk))
    assert len(await table(desk, page)) == 6
    async with desk.database.begin() as session:
        await session.execute(update(OfficialRow).values(role="agent", team_id=None))
        await session.execute(update(ExportRow).values(status="waiting"))
    await exports.make(worker(desk))
    assert "moins de cinq entreprises" in (await desk.open(page)).text


async def test_too_few_firms_are_not_hidden_by_pseudonyms(desk: Desk) -> None:
    await file_cases(desk, 4)
    page = await asked(desk)
    await exports.make(worker(desk))
    assert "moins de cinq entreprises" in (await desk.open(page)).text
    assert (await desk.open(f"{page}/file")).status_code == 404


async def test_an_export_is_its_owner_s_alone(desk: Desk) -> None:
    await file_cases(desk)
    page = await asked(desk)
    await exports.make(worker(desk))
    await desk.post("/logout")
    given = await officials.create(desk.database, login="a.nother", name="Autre", role="supervisor", now=desk.now)
    async with desk.database.begin() as session:
        await session.execute(update(OfficialRow).values(must_change=False))
    desk.carry(await officials.log_in(desk.database, login="a.nother", password=given, now=desk.now) or "")
    for path in (page, f"{page}/file"):
        assert (await desk.open(path)).status_code == 404


async def test_a_file_is_gone_after_a_week_and_when_it_is_removed(desk: Desk) -> None:
    await file_cases(desk)
    page = await asked(desk)
    await exports.make(worker(desk))
    lane = f"export-{page.rpartition('/')[2]}"
    assert len(await desk.files.digests(lane)) == 1
    password = await officials.reset(desk.database, "c.fictive")
    desk.now += KEPT
    desk.carry(await officials.log_in(desk.database, login="c.fictive", password=password, now=desk.now) or "")
    async with desk.database.begin() as session:
        await session.execute(update(OfficialRow).values(must_change=False))
    assert (await desk.open(f"{page}/file")).status_code == 404
    assert await exports.make(worker(desk)) == 0
    assert await desk.files.digests(lane) == set()
    assert "Supprimé" in (await desk.open("/exports")).text


async def test_a_killed_worker_s_export_is_taken_up_by_another(desk: Desk) -> None:
    await file_cases(desk)
    page = await asked(desk)
    async with desk.database.begin() as session:
        taken = await export_rows.claim(session, desk.now)
    assert taken is not None
    assert await exports.make(worker(desk)) == 0
    desk.now += LEASE + timedelta(seconds=1)
    assert await exports.make(worker(desk)) == 1
    assert len(await table(desk, page)) == 6
    async with desk.database.begin() as session:
        with pytest.raises(StoppedError):
            await export_rows.progress(session, taken, desk.now, done=1, total=6)
    with pytest.raises(StoppedError):
        await exports.keep(exports.Making(worker(desk), taken), b"too late")
    assert len(await table(desk, page)) == 6


async def test_a_cancelled_export_is_not_made(desk: Desk) -> None:
    await file_cases(desk)
    page = await asked(desk)
    async with desk.database.begin() as session:
        taken = await export_rows.claim(session, desk.now)
    assert taken is not None
    nonce = re.search(r'name="nonce" value="([^"]*)"', desk.page.text)
    await desk.post(f"{page}/drop", nonce=nonce[1] if nonce else "")
    assert "Annulé" in desk.page.text
    async with desk.database.begin() as session:
        with pytest.raises(StoppedError):
            await export_rows.finish(session, taken, desk.now, digest="x")


async def test_an_export_is_asked_for_once_and_all_of_it_is_in_the_audit_log(desk: Desk) -> None:
    await file_cases(desk)
    page = await asked(desk)
    subject = f"export:{page.rpartition('/')[2]}"
    await exports.make(worker(desk))
    await table(desk, page)
    async with desk.database.read() as session:
        held = await session.scalars(select(AuditRow).where(AuditRow.subject == subject).order_by(AuditRow.id))
        assert [row.act for row in held] == ["do.exports", "export.made", "export.downloaded"]
    desk.now += timedelta(seconds=2)
    assert await audit.seal(worker(desk)) == 3
