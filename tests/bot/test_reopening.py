"""Back to a case from any browser: by its reference and access code, and by nothing less."""

from __future__ import annotations

import re
import time
from pathlib import Path

import httpx
import pytest
from sqlalchemy import update

from bot.reopening import read_code, read_reference
from bot.visit import Front
from storage import cases, references
from storage.crypto import KeyRing
from storage.database import Database
from storage.desk_tables import CaseRow
from stories.script import Script
from tests.bot.site import STORY, Site, buttons_of, copied, opened, received, words_of
from tests.bot.test_receipt import file_by_buttons
from tests.console import firm

CODE = "1234 5678 9012 3456"
ELSEWHERE = references.new(2026, b"telegram")


async def give_code(site: Site, reference: str) -> None:
    async with site.app.database.begin() as session:
        known = update(CaseRow).where(CaseRow.reference == reference)
        await session.execute(known.values(code_hash=site.app.ring.hash_code(CODE)))


async def file_elsewhere(site: Site) -> None:
    """A case that was filed on Telegram."""
    await firm.file(site.app.database, site.app.ring, firm.case(ELSEWHERE, channel="telegram"), told=())
    await give_code(site, ELSEWHERE)


async def reopen(browser: httpx.AsyncClient, reference: str, code: str = CODE) -> httpx.Response:
    return await browser.post("/reprendre", data={"reference": reference, "code": code})


async def test_reference_and_code_open_the_conversation_in_another_browser(site: Site) -> None:
    async with site.browser() as browser, site.browser() as other:
        _, reference = await file_by_buttons(browser)
        page = await browser.post("/messages", data={"text": "mon code"})
        code = re.search(r"\d{4} \d{4} \d{4} \d{4}", words_of(page.text))
        assert code
        page = await reopen(other, f" {reference.lower().replace('-', ' ')} ", code[0].replace(" ", "-"))
        assert page.url.path == "/"
        assert "amazon m'a viré" in words_of(page.text)
        assert (await other.get(f"/recu/{reference}")).status_code == 200
        page = await other.post("/messages", data={"text": "ils ont aussi bloqué 45 000 € de stock hier soir"})
        assert "ajouté à votre dossier" in words_of(page.text)


async def test_a_case_of_another_app_is_taken_up_in_a_fresh_conversation(
    database: Database, ring: KeyRing, script: Script
) -> None:
    async with opened(database, ring, script) as site, site.browser() as browser:
        await file_elsewhere(site)
        page = await reopen(browser, ELSEWHERE)
        said = words_of(page.text)
        assert f"Dossier {ELSEWHERE}" in said
        assert "Transmis" in said or "reçu" in said
        assert "conversation d'où vous l'avez envoyé" in said
        assert (await browser.get(f"/recu/{ELSEWHERE}")).status_code == 200
        page = await browser.post("/messages", data={"text": "où en est mon dossier ?"})
        assert words_of(page.text).count(f"Dossier {ELSEWHERE}") == 2
        page = await browser.post(
            "/messages", data={"text": "depuis hier ils bloquent aussi mes virements de novembre"}
        )
        assert f"ajouté à votre dossier {ELSEWHERE}" in words_of(page.text)
        async with database.read() as session:
            filed = await cases.show(session, ring, ELSEWHERE)
        assert filed
        assert "virements de novembre" in filed.case.narrative[-1].text
        assert filed.case.narrative[0].text == firm.STORY
        assert filed.case.fields["loss_pct_turnover"].value == 20
        assert len(await listed(database)) == 1
        assert (await reopen(browser, ELSEWHERE)).url.path == "/"
        assert await received(site) == 3


async def listed(database: Database) -> list[cases.CaseLine]:
    async with database.read() as session:
        return await cases.find(session)


async def test_a_taken_up_case_can_be_withdrawn_and_its_erasure_asked_for(site: Site) -> None:
    async with site.browser() as browser:
        await file_elsewhere(site)
        await reopen(browser, ELSEWHERE)
        page = await browser.post("/messages", data={"text": "je veux retirer mon dossier"})
        await browser.post("/messages", data={"choice": buttons_of(page.text)[0]})
        await browser.post("/messages", data={"text": "effacer mon dossier"})
    (line,) = await listed(site.app.database)
    assert line.status == "withdrawn"
    assert line.erasure_requested_at is not None


async def test_a_wrong_code_and_a_case_that_is_none_are_refused_alike(site: Site) -> None:
    await file_elsewhere(site)
    uncoded = references.new(2026, b"uncoded")
    await firm.file(site.app.database, site.app.ring, firm.case(uncoded), told=())
    pages, times = [], []
    for reference, code in (
        (ELSEWHERE, "0" * 16), (references.new(2026, b"nowhere"), CODE), (uncoded, CODE), (uncoded, "0" * 16),
    ):  # fmt: skip
        async with site.browser() as browser:
            since = time.monotonic()
            page = await reopen(browser, reference, code)
            times.append(time.monotonic() - since)
            pages.append(page.text.replace(reference, "…").replace(code, "…"))
            assert page.status_code == 403
            assert "set-cookie" not in page.headers
            assert f'value="{reference}"' in page.text
    assert len({re.sub(r'name="key" value="[0-9a-f]*"', "", page) for page in pages}) == 1
    assert min(times) >= 0.2


async def test_what_cannot_be_a_reference_or_a_code_is_said_beside_its_field(site: Site) -> None:
    async with site.browser() as browser:
        mistyped = ELSEWHERE[:-1] + ("0" if ELSEWHERE[-1] != "0" else "1")
        page = await reopen(browser, mistyped, "1234")
        assert page.status_code == 422
        assert 'aria-describedby="reference-help reference-wrong"' in page.text
        assert 'aria-describedby="code-help code-wrong"' in page.text
        assert f'value="{mistyped}"' in page.text
        assert (await reopen(browser, "", "")).status_code == 422


async def test_tries_are_slowed_by_reference_and_by_address(
    sqlite_template: Path, tmp_path: Path, ring: KeyRing, script: Script
) -> None:
    async with copied(sqlite_template, tmp_path, ring, script) as site, site.browser() as browser:
        front: Front = site.web.state.front
        nowhere = references.new(2026, b"nowhere")
        for _ in range(10):
            front.tries.allows(f"of {nowhere}")
        refused = await reopen(browser, nowhere)
        assert refused.status_code == 429
        assert "Attendez une minute" in words_of(refused.text)
        for _ in range(10):
            front.tries.allows("from 127.0.0.1")
        await file_elsewhere(site)
        assert (await reopen(browser, ELSEWHERE)).status_code == 429


async def test_another_site_cannot_open_a_case_in_this_browser(site: Site) -> None:
    await file_elsewhere(site)
    async with site.browser() as browser:
        page = await browser.post(
            "/reprendre", data={"reference": ELSEWHERE, "code": CODE}, headers={"sec-fetch-site": "cross-site"}
        )
    assert page.status_code == 403
    assert "set-cookie" not in page.headers


async def test_whoever_has_a_draft_is_told_before_it_is_left(site: Site) -> None:
    async with site.browser() as browser:
        assert "brouillon" not in words_of((await browser.get("/reprendre")).text)
        await browser.post("/messages", data={"text": STORY})
        assert "brouillon pas encore envoyé" in words_of((await browser.get("/reprendre")).text)


async def test_the_page_changes_its_language_and_keeps_what_was_typed(site: Site) -> None:
    async with site.browser() as browser:
        page = await browser.post("/reprendre", data={"switch": "en", "langue": "fr", "reference": "PV-2026"})
    assert '<html lang="en">' in page.text
    assert 'value="PV-2026"' in page.text


@pytest.mark.parametrize("typed", [
    ELSEWHERE, ELSEWHERE.lower(), ELSEWHERE.replace("-", ""), ELSEWHERE.replace("-", " "), ELSEWHERE.replace("-", "–"),
    f"Dossier {ELSEWHERE}, envoyé lundi", ELSEWHERE.removeprefix("PV-"), f"\u00a0{ELSEWHERE}\n",
])  # fmt: skip
def test_a_reference_is_read_however_it_is_pasted(typed: str) -> None:
    assert read_reference(typed) == ELSEWHERE


@pytest.mark.parametrize("typed", [
    CODE, CODE.replace(" ", ""), CODE.replace(" ", "-"), CODE.replace(" ", "\u00a0"), CODE.replace(" ", "\u2011"),
    "١٢٣٤ ٥٦٧٨ ٩٠١٢ ٣٤٥٦", f"Code d'accès pour {ELSEWHERE} : {CODE}.",
])  # fmt: skip
def test_a_code_is_read_however_it_is_pasted(typed: str) -> None:
    assert read_code(typed) == "1234567890123456"


@pytest.mark.parametrize("typed", ["", "1234", "12345678901234567", "douze"])
def test_what_has_not_sixteen_digits_is_no_code(typed: str) -> None:
    assert read_code(typed) is None
