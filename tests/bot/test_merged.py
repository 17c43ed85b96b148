"""A firm whose case was merged or split is answered truly, whatever reference and code it gives."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from sqlalchemy import select, update

from storage import cases, joining, references, splitting
from storage.access import Official
from storage.desk_tables import CaseRow
from storage.joining import Pair
from storage.splitting import Matter
from tests.bot.site import Site, words_of
from tests.bot.test_receipt import file_by_buttons
from tests.bot.test_reopening import CODE, ELSEWHERE, file_elsewhere, reopen

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
BOSS = Official(id=1, login="c.fictive", name="Claire Fictive", role="supervisor")
SECOND = references.new(2026, b"second one")


async def ids(site: Site) -> dict[str, int]:
    async with site.app.database.read() as session:
        return {row.reference: row.id for row in await session.execute(select(CaseRow.reference, CaseRow.id))}


async def merge_elsewhere(site: Site, kept: str) -> None:
    """Merge the case of another app into the one that was filed here, which is under review."""
    known = await ids(site)
    async with site.app.database.begin() as session:
        await session.execute(update(CaseRow).where(CaseRow.reference == kept).values(status="in_review"))
        pair = Pair(one=known[ELSEWHERE], other=known[kept])
        await joining.merge(session, site.app.ring, site.app.script, pair, by=BOSS, at=NOW, words="Mêmes faits.")


async def test_the_code_of_a_merged_case_tells_the_status_of_the_kept_one(site: Site) -> None:
    async with site.browser() as browser, site.browser() as other:
        await file_elsewhere(site)
        _, kept = await file_by_buttons(browser)
        await merge_elsewhere(site, kept)
        page = words_of((await browser.post("/messages", data={"text": f"où en est {ELSEWHERE} ? {CODE}"})).text)
        assert f"{ELSEWHERE} , envoyé" in page
        assert "En cours d'examen" in page
        assert f"a rejoint votre dossier {kept}" in page
        page = words_of((await reopen(other, ELSEWHERE)).text)
        assert "En cours d'examen" in page
        receipt = await other.get(f"/recu/{ELSEWHERE}")
        assert receipt.status_code == 200
        assert (await browser.get(f"/recu/{kept}")).status_code == 200


async def test_what_the_firm_adds_to_a_merged_case_calls_the_kept_one(site: Site) -> None:
    async with site.browser() as browser, site.browser() as other:
        await file_elsewhere(site)
        _, kept = await file_by_buttons(browser)
        await merge_elsewhere(site, kept)
        await reopen(other, ELSEWHERE)
        await other.post("/messages", data={"text": "depuis hier ils bloquent aussi mes virements de novembre"})
    async with site.app.database.read() as session:
        filed = await cases.show(session, site.app.ring, kept)
    assert filed is not None
    assert filed.line.firm_at is not None
    assert filed.line.firm_at > filed.line.filed_at


async def test_a_case_that_was_split_off_is_the_firms_too(site: Site) -> None:
    async with site.browser() as browser, site.browser() as other:
        _, first = await file_by_buttons(browser)
        code = re.search(
            r"\d{4} \d{4} \d{4} \d{4}",
            words_of((await browser.post("/messages", data={"text": "mon code"})).text),
        )
        assert code is not None
        known = await ids(site)
        async with site.app.database.begin() as session:
            matter = Matter(reference=SECOND, category="invoicing_documents", platform_id="amazon")
            version = await session.scalar(select(CaseRow.version))
            await splitting.split(
                session, site.app.ring, site.app.script, known[first], matter, by=BOSS, at=NOW, words="Deux affaires.",
                version=version or 0,
            )  # fmt: skip
        page = words_of((await browser.post("/messages", data={"text": "où en est mon dossier ?"})).text)
        assert f"{first} , envoyé" in page
        assert f"{SECOND} , envoyé" in page
        assert (await browser.get(f"/recu/{SECOND}")).status_code == 200
        assert (await reopen(other, SECOND, code[0])).url.path == "/"
        page = words_of((await browser.post("/messages", data={"text": "je veux retirer mon dossier"})).text)
        await browser.post("/messages", data={"choice": "withdraw_yes"})
    async with site.app.database.read() as session:
        assert {line.status for line in await cases.find(session)} == {"withdrawn"}
