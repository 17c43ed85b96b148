"""Files in a browser: chosen, watched as they leave, stopped, refused; with and without JavaScript."""

from __future__ import annotations

import pytest
from playwright.async_api import Browser, CDPSession, FilePayload, expect

from tests.bot.site import STORY
from tests.browser.test_firms import answered, faults, picture, tell

pytestmark = pytest.mark.full
PDF: FilePayload = {"name": "facture.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.4 facture"}
LARGE: FilePayload = {"name": "relevé.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.4 " + b"x" * 400_000}
BLANK: FilePayload = {"name": "vide.txt", "mimeType": "text/plain", "buffer": b""}


def file_called(name: str) -> FilePayload:
    return {"name": name, "mimeType": "application/pdf", "buffer": b"%PDF-1.4"}


async def slow_down(wire: CDPSession, *, upload: int) -> None:
    """Let so many bytes a second leave."""
    await wire.send(
        "Network.emulateNetworkConditions",
        {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": upload},
    )


async def test_files_leave_with_a_message_and_show_how_far_they_are(chromium: Browser, address: str) -> None:
    context = await chromium.new_context(locale="fr-FR", bypass_csp=True)
    page = await context.new_page()
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    await page.goto(address)
    await page.get_by_label("Joindre des fichiers").set_input_files([PDF, LARGE])
    chosen = page.get_by_role("list", name="Fichiers choisis")
    await expect(chosen.get_by_role("listitem")).to_have_count(2)
    await expect(chosen).to_contain_text("400 ko")
    await chosen.get_by_role("button", name="Retirer facture.pdf").click()
    await expect(chosen.get_by_role("listitem")).to_have_count(1)
    await page.get_by_label("Joindre des fichiers").set_input_files([PDF])
    assert await faults(page) == []
    await picture(page, "files-chosen")
    await slow_down(await context.new_cdp_session(page), upload=200_000)
    await tell(page, STORY)
    bar = page.get_by_role("progressbar")
    await expect(bar).to_be_visible()
    await expect(page.locator(".upload")).to_contain_text("Envoi des fichiers")
    await expect(page.locator(".upload")).not_to_contain_text(" 0 %")
    assert await faults(page) == []
    await picture(page, "files-leaving")
    await expect(bar).to_have_count(0, timeout=20_000)
    await expect(page.locator(".line.us").first).to_be_visible(timeout=20_000)
    await answered(page, 1)
    await expect(chosen).to_be_hidden()
    await expect(page.locator(".line.you .files")).to_contain_text("relevé.pdf")
    await expect(page.locator(".line.us").first).to_contain_text("2 fichiers")
    await picture(page, "files-sent")
    await page.reload()
    await expect(page.locator(".line.you .files")).to_contain_text("facture.pdf")
    await expect(page.locator(".line.you")).to_have_count(1)
    assert complaints == []
    await context.close()


async def test_sending_is_stopped_and_everything_is_kept(chromium: Browser, address: str) -> None:
    page = await chromium.new_page(locale="fr-FR")
    await page.goto(address)
    wire = await page.context.new_cdp_session(page)
    await slow_down(wire, upload=50_000)
    await page.get_by_label("Joindre des fichiers").set_input_files([LARGE])
    await tell(page, STORY)
    await page.get_by_role("button", name="Annuler l'envoi").click()
    await expect(page.get_by_role("status")).to_contain_text("Envoi annulé")
    await expect(page.get_by_label("Votre message")).to_have_value(STORY)
    await expect(page.get_by_role("list", name="Fichiers choisis")).to_contain_text("relevé.pdf")
    await expect(page.locator(".line.you")).to_have_count(0)
    await slow_down(wire, upload=-1)
    await page.get_by_role("button", name="Envoyer le message").click()
    await answered(page, 1)
    await page.close()


async def test_what_cannot_be_sent_is_said_when_it_is_chosen(chromium: Browser, address: str) -> None:
    page = await chromium.new_page(locale="fr-FR")
    await page.goto(address)
    await page.get_by_label("Votre message").fill(STORY)
    await page.locator("#compose").evaluate("form => { form.dataset.most = '100000' }")
    await page.get_by_label("Joindre des fichiers").set_input_files([PDF, LARGE, BLANK])
    state = page.get_by_role("status")
    await expect(state).to_contain_text("« relevé.pdf » est trop gros. La limite est de 25 Mo.")
    await expect(state).to_contain_text("« vide.txt » est vide.")
    await expect(page.get_by_role("list", name="Fichiers choisis").get_by_role("listitem")).to_have_count(1)
    await expect(page.get_by_label("Votre message")).to_have_value(STORY)
    await picture(page, "files-wrong")
    await page.close()


async def test_a_picture_is_pasted_and_sent_with_the_keyboard_alone(chromium: Browser, address: str) -> None:
    page = await chromium.new_page(locale="fr-FR")
    await page.goto(address)
    field = page.get_by_label("Votre message")
    await field.focus()
    await field.evaluate(
        """field => {
          const data = new DataTransfer();
          data.items.add(new File(["x"], "capture.png", { type: "image/png" }));
          field.dispatchEvent(new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true }));
        }"""
    )
    await expect(page.get_by_role("list", name="Fichiers choisis")).to_contain_text("capture.png")
    await page.keyboard.press("Tab")
    await page.keyboard.press("Tab")
    await expect(page.locator("#file")).to_be_focused()
    await page.keyboard.press("Tab")
    await expect(page.get_by_role("button", name="Retirer capture.png")).to_be_focused()
    await field.focus()
    await page.keyboard.press("Enter")
    await expect(page.locator(".line.you .files")).to_contain_text("capture.png")
    await expect(page.locator(".line.us").first).to_contain_text("Votre fichier est bien reçu")
    await page.close()


async def test_files_are_sent_without_javascript(chromium: Browser, address: str) -> None:
    context = await chromium.new_context(locale="fr-FR", java_script_enabled=False)
    page = await context.new_page()
    await page.goto(address)
    await page.get_by_label("Joindre des fichiers").set_input_files([BLANK])
    await page.get_by_label("Votre message").fill(STORY)
    await page.get_by_role("button", name="Envoyer le message").click()
    await expect(page.get_by_label("Votre message")).to_have_value(STORY)
    await expect(page.get_by_role("status")).to_contain_text("« vide.txt » est vide.")
    await picture(page, "files-wrong-no-script")
    await page.get_by_label("Joindre des fichiers").set_input_files([PDF])
    await page.get_by_role("button", name="Envoyer le message").click()
    await expect(page.locator(".line.you .files")).to_contain_text("facture.pdf")
    await page.goto(address + "/formulaire")
    await page.get_by_label("Joindre des fichiers").set_input_files([LARGE])
    await page.get_by_label("Montant perdu, en euros").fill("3 k€")
    await page.get_by_role("button", name="Voir le résumé").click()
    await expect(page.locator(".line.you .files").last).to_contain_text("relevé.pdf")
    await context.close()


async def test_the_form_shows_how_far_its_files_are_and_keeps_them_when_it_comes_back(
    chromium: Browser, address: str
) -> None:
    context = await chromium.new_context(locale="fr-FR", bypass_csp=True)
    page = await context.new_page()
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    await page.goto(address + "/formulaire")
    await page.get_by_label("Joindre des fichiers").set_input_files([LARGE])
    await page.get_by_label("Montant perdu, en euros").fill("beaucoup")
    await page.get_by_role("button", name="Voir le résumé").click()
    await expect(page.get_by_role("alert")).to_contain_text("2 points")
    assert await page.locator("#file").evaluate("input => input.files[0].name") == "relevé.pdf"
    await expect(page.locator("#main")).to_be_focused()
    await expect(page).to_have_title("Erreur\u00a0: Le formulaire – Portevoix")
    assert await faults(page) == []
    await page.get_by_label("Montant perdu, en euros").fill("3 k€")
    await page.get_by_label("Que s'est-il passé ?").fill(STORY)
    await slow_down(await context.new_cdp_session(page), upload=200_000)
    await page.get_by_role("button", name="Voir le résumé").click()
    await expect(page.get_by_role("progressbar")).to_be_visible()
    await picture(page, "form-files-leaving")
    await expect(page.locator(".line.you .files")).to_contain_text("relevé.pdf")
    await expect(page.locator(".line.us").last).to_contain_text("pas encore envoyé")
    assert complaints == []
    await context.close()


@pytest.mark.parametrize("width", [320, 390])
async def test_files_fit_a_small_telephone(chromium: Browser, address: str, width: int) -> None:
    context = await chromium.new_context(
        locale="fr-FR", viewport={"width": width, "height": 640}, has_touch=True, is_mobile=True
    )
    page = await context.new_page()
    await page.goto(address)
    await page.get_by_label("Joindre des fichiers").set_input_files(
        [file_called("x" * 150 + ".pdf"), file_called("une photo de ma boutique.jpg")]
    )
    assert await page.evaluate("document.documentElement.scrollWidth") <= width
    await picture(page, f"phone-{width}-files-chosen")
    await page.get_by_role("button", name="Envoyer le message").tap()
    await expect(page.locator(".line.us").first).to_be_visible()
    assert await page.evaluate("document.documentElement.scrollWidth") <= width
    await picture(page, f"phone-{width}-files-sent")
    await page.goto(address + "/formulaire?langue=en")
    await page.locator("#file").scroll_into_view_if_needed()
    assert await page.evaluate("document.documentElement.scrollWidth") <= width
    await picture(page, f"phone-{width}-form-file")
    await context.close()
