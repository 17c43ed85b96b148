"""An official's morning, by keyboard alone: in, ten cases, three answers, a merge, a live talk, an export, out."""

from __future__ import annotations

import csv
import zipfile
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest
from playwright.async_api import Browser, BrowserContext, Page, expect
from sqlalchemy import func, select

from console.forms import SESSION_COOKIE
from storage.audit_tables import AuditRow
from storage.crypto import KeyRing
from storage.database import Database
from storage.desk_tables import CaseRow, CaseTagRow, ExportRow, OfficialSessionRow
from storage.tables import ConversationRow
from stories.script import Script
from tests.browser.morning import Desk, Keyboard, desk_of, seated
from tests.browser.test_firms import tell

pytestmark = [pytest.mark.full, pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)]
MANY = 10


@pytest.fixture
async def desk(database: Database, ring: KeyRing, script: Script) -> AsyncIterator[Desk]:
    async with desk_of(database, ring, script, cases=MANY) as desk:
        yield desk


async def triage(at: Keyboard) -> None:
    """Take each case, which begins its examination."""
    for place in range(1, MANY + 1):
        await at.open_row(place)
        await at.jump("act")
        await at.use(at.button("Je prends ce dossier"))
        await at.done("Ce dossier est à vous.")
        await expect(at.page.locator(".heading .status")).to_have_text("En cours d'examen")


async def qualify(at: Keyboard, reference: str) -> None:
    await at.find(reference)
    await at.jump("act")
    await at.use(at.part("Changer l’état"))
    await at.pick(at.page.locator("#status-qualified"))
    await at.use(at.page.locator("#form-status button.main"))
    await at.done("L’état est changé.")


async def reclassify(at: Keyboard, reference: str) -> None:
    await at.find(reference)
    await at.jump("act")
    await at.use(at.part("Corriger les problèmes"))
    await at.to(at.page.locator("#reclassify-main"))
    await at.write("Facture")
    await at.use(at.button("Corriger"))
    await at.done("Problèmes corrigés. La correction est gardée.")


async def tag(at: Keyboard, reference: str) -> None:
    await at.find(reference)
    await at.jump("act")
    await at.use(at.part("Étiquettes"))
    await at.to(at.page.locator("#tag-tag"))
    await at.write("urgent-noël")
    await at.press("Enter")
    await at.done("Étiquettes enregistrées.")


async def answer(at: Keyboard, reference: str, text: str, *, canned: str = "") -> None:
    """Answer in one's own words, or by a ready answer that these words follow."""
    await at.find(reference)
    await at.jump("answer")
    field = at.page.locator("#answer-text")
    if canned:
        await at.use(at.part("réponse"))
        await at.use(at.link(canned))
        await expect(field).to_be_focused()
    await at.to(field)
    await at.write(text)
    await at.use(at.page.locator(".write button.main"))
    await expect(at.page.locator(".sent .excerpt").first).to_contain_text(
        text.strip()[:40] if not canned else "Bonjour"
    )


async def merge(at: Keyboard, kept: str, gone: str) -> None:
    await at.find(kept)
    await at.jump("answer")
    await at.use(at.link("Réunir, séparer ou lier"))
    await at.pick(at.page.locator(f'input[name=other][value="{gone}"]'))
    await at.to(at.page.locator("#why-merge"))
    await at.write("Même entreprise, mêmes faits")
    await at.to(at.page.locator("input[name=sure]"))
    await at.press("Space")
    await at.use(at.button("Réunir"))
    await expect(at.page.locator("#joined")).to_contain_text(gone)


async def call(firm: Page, address: str) -> None:
    """A firm asks for a person."""
    await firm.goto(address)
    await tell(firm, "bonjour, je veux parler à une personne")
    await expect(firm.locator(".line.us").last).to_be_visible()


async def talk(at: Keyboard, firm: Page) -> None:
    """Take the conversation over, answer in it, and hand it back."""
    await at.use(at.link("Conversations"))
    await at.use(at.link("Ouvrir").first)
    await at.use(at.button("Prendre la conversation en main"))
    heard = firm.locator(".line.us")
    await expect(heard.last).to_contain_text("Un agent du service vous écrit maintenant")
    await tell(firm, "merci, mon compte est fermé")
    await expect(at.page.locator("#talk")).to_contain_text("merci, mon compte est fermé", timeout=15_000)
    await at.to(at.page.locator("#answer-text"))
    await at.write("Je lis votre message, un instant.")
    await at.use(at.page.locator(".write button.main"))
    await expect(firm.locator(".line").last).to_contain_text("Je lis votre message, un instant.", timeout=20_000)
    await at.use(at.button("Rendre au programme"))
    await expect(firm.locator("#log")).to_contain_text("Vous parlez de nouveau à Portevoix", timeout=20_000)


async def export(at: Keyboard, folder: Path) -> list[dict[str, str]]:
    """Ask for a table and take its file away."""
    await at.use(at.link("Exports"))
    await at.pick(at.page.locator("input[name=form][value=csv]"))
    await at.use(at.button("Préparer l’export"))
    await expect(at.page.locator("p[role=status]")).to_contain_text("Prêt", timeout=15_000)
    async with at.page.expect_download() as download:
        await at.use(at.link("Télécharger"))
    await (await download.value).save_as(folder / "cases.zip")
    text = zipfile.ZipFile(folder / "cases.zip").read("cases.csv").decode("utf-8-sig")
    return list(csv.DictReader(text.splitlines(), delimiter=";"))


async def test_a_morning_by_keyboard_alone(chromium: Browser, desk: Desk, tmp_path: Path) -> None:
    filed = desk.filed
    account = await desk.account("c.fictive", "Claire Fictive", proven=True)
    context, at = await seated(chromium)
    firm = await (await chromium.new_context(locale="fr-FR")).new_page()
    await at.log_in(desk.address, account)
    await triage(at)
    await qualify(at, filed[5])
    await reclassify(at, filed[0])
    await tag(at, filed[1])
    await answer(at, filed[2], "Bonjour, nous étudions votre dossier.")
    await answer(at, filed[3], "Bonjour, avez-vous reçu une décision écrite ?")
    await answer(at, filed[4], " À bientôt.", canned="Accusé de lecture")
    await merge(at, filed[8], filed[9])
    await call(firm, desk.address)
    await talk(at, firm)
    rows = await export(at, tmp_path)
    await at.use(at.button("Se déconnecter"))
    await expect(at.page.locator("#login")).to_be_focused()
    await at.page.goto(f"{desk.address}/console/cases")
    await expect(at.page.locator("#login")).to_be_visible()
    await firm.context.close()
    await context.close()
    await in_the_database(desk, filed)
    assert len(rows) == MANY
    assert "moulin.example" not in repr(rows)


async def in_the_database(desk: Desk, filed: Sequence[str]) -> None:
    cases = [await desk.case(reference) for reference in filed]
    assert [case.line.status for case in cases] == [*["in_review"] * 5, "qualified", *["in_review"] * 3, "merged"]
    assert len({case.line.assignee_id for case in cases}) == 1
    assert [case.line.primary_category for case in cases[:2]] == ["invoicing_documents", "account_suspension"]
    texts = [[line.text for line in await desk.answers(reference)] for reference in filed[2:5]]
    assert texts[0][-1] == "Bonjour, nous étudions votre dossier."
    assert texts[1][-1] == "Bonjour, avez-vous reçu une décision écrite ?"
    assert texts[2][-1].startswith(f"Bonjour,\nNous avons lu votre dossier {filed[4]}.")
    assert texts[2][-1].endswith(" À bientôt.")
    async with desk.site.app.database.read() as session:
        tags = (await session.execute(select(CaseRow.reference, CaseTagRow.tag).join(CaseTagRow))).all()
        merged = await session.scalar(select(CaseRow.merged_into).where(CaseRow.reference == filed[9]))
        taken = await session.scalar(select(func.count()).where(ConversationRow.taken_by.is_not(None)))
        exports = (await session.scalars(select(ExportRow.status))).all()
        sessions = await session.scalar(select(func.count()).select_from(OfficialSessionRow))
        acts = set(await session.scalars(select(AuditRow.act)))
    assert [tuple(row) for row in tags] == [(filed[1], "urgent-noël")]
    assert merged == cases[8].line.id
    assert (taken, exports, sessions) == (0, ["done"], 0)
    assert {"do.case.claim", "do.case.status", "do.case.answer", "do.case.merge", "export.downloaded"} <= acts


async def test_of_two_who_save_at_once_the_second_is_told_and_nothing_is_lost(chromium: Browser, desk: Desk) -> None:
    reference, typed = desk.filed[0], "La plateforme a répondu hier."
    seats: list[tuple[BrowserContext, Keyboard]] = []
    for login, name in (("c.fictive", "Claire Fictive"), ("d.fictif", "Denis Fictif")):
        context, at = await seated(chromium)
        await at.log_in(desk.address, await desk.account(login, name))
        await at.find(reference)
        await at.jump("act")
        await at.use(at.part("Changer l’urgence"))
        await at.to(at.page.locator("#urgency-level"))
        await at.press("ArrowUp" if seats else "ArrowDown")
        await at.to(at.page.locator("#urgency-words"))
        await at.write(typed if seats else "Le délai est court.")
        seats.append((context, at))
    (_, first), (_, second) = seats
    save = "#form-urgency button.main"
    await first.use(first.page.locator(save))
    await first.done("Urgence enregistrée.")
    kept = await desk.case(reference)
    await second.use(second.page.locator(save))
    wrong = second.page.locator("#wrong")
    await expect(wrong).to_contain_text("Ce dossier a changé pendant que vous écriviez.")
    await expect(wrong).to_contain_text("Claire Fictive")
    await expect(second.page.locator("#urgency-words")).to_have_value(typed)
    assert (await desk.case(reference)).line == kept.line
    await second.use(wrong.get_by_role("link"))
    await second.use(second.page.locator(save))
    await second.done("Urgence enregistrée.")
    assert (await desk.case(reference)).line.version == kept.line.version + 1
    for context, _ in seats:
        await context.close()


async def test_an_answer_sent_again_from_the_page_before_is_sent_once(chromium: Browser, desk: Desk) -> None:
    context, at = await seated(chromium)
    await at.log_in(desk.address, await desk.account("c.fictive", "Claire Fictive"))
    await answer(at, desk.filed[0], "Bonjour, nous étudions votre dossier.")
    await at.page.go_back()
    await expect(at.page.locator("#answer-text")).to_have_value("Bonjour, nous étudions votre dossier.")
    await at.jump("answer")
    await at.use(at.page.locator(".write button.main"))
    await expect(at.page.get_by_role("alert")).to_have_text(
        "Cette réponse est déjà partie. Elle n’a pas été envoyée une seconde fois."
    )
    assert len(await desk.answers(desk.filed[0])) == 1
    await context.close()


async def test_what_is_sent_after_the_session_has_ended_is_kept_and_done_once(chromium: Browser, desk: Desk) -> None:
    context, at = await seated(chromium)
    account = await desk.account("c.fictive", "Claire Fictive")
    await at.log_in(desk.address, account)
    await at.find(desk.filed[0])
    await at.jump("answer")
    await at.to(at.page.locator("#answer-text"))
    await at.write("Bonjour, nous étudions votre dossier.")
    await context.clear_cookies(name=SESSION_COOKIE)
    await at.use(at.page.locator(".write button.main"))
    await expect(at.page.locator("main")).to_contain_text("est gardé")
    await at.prove(account)
    await expect(at.page.locator("dl.kept")).to_contain_text("Bonjour, nous étudions votre dossier.")
    assert await desk.answers(desk.filed[0]) == []
    await at.use(at.page.locator(".kept-acts button.main"))
    await expect(at.page.locator(".sent .excerpt").first).to_contain_text("Bonjour, nous étudions")
    assert [line.text for line in await desk.answers(desk.filed[0])] == ["Bonjour, nous étudions votre dossier."]
    await context.close()
