"""A person follows an upload link, with JavaScript and without."""

from __future__ import annotations

import pytest
from playwright.async_api import Browser, expect

from bot import links
from storage import attachments
from storage.outbox import Fetch
from stories.types import Attachment, Message
from tests.bot.samples import PDF
from tests.bot.site import Site, listening
from tests.browser.test_firms import faults, picture

pytestmark = pytest.mark.full


async def awaited(site: Site) -> str:
    """The path of a link for a file that was too large."""
    app, lane = site.app, site.app.ring.lane("webchat:a")
    await app.door.receive([Message(channel="webchat", chat="a", key="m0", text="bonjour")], app.clock())
    app.hub.told("inbox", "")
    sent = Attachment(id="x", kind="document", name="contrat.pdf")
    async with app.database.begin() as session:
        new = attachments.row(app.ring, Fetch(lane=lane, message="m1", ordinal=0, attachment=sent), app.clock())
        await attachments.expect(session, [new])
        file = await attachments.find(session, app.ring, lane, "m1", 0)
        assert file is not None
        await attachments.settle(session, file, "too_large")
    return f"/deposer/{links.token(app.ring, file.id, app.clock())}"


@pytest.mark.parametrize("scripted", [True, False])
async def test_a_person_brings_a_file(scripted: bool, site: Site, chromium: Browser) -> None:  # noqa: FBT001
    async with listening(site) as address:
        context = await chromium.new_context(locale="fr-FR", java_script_enabled=scripted)
        page = await context.new_page()
        await page.goto(address + await awaited(site))
        if scripted:
            assert await faults(page) == []
            await picture(page, "deposit")
        await page.get_by_role("button", name="Déposer").click()
        if not scripted:
            await expect(page.get_by_role("alert")).to_have_text("Choisissez d'abord un fichier.")
        chosen = {"name": "contrat.pdf", "mimeType": "application/pdf", "buffer": PDF * 2000}
        await page.get_by_label("Votre fichier").set_input_files(chosen)  # type: ignore[arg-type]
        await page.get_by_role("button", name="Déposer").click()
        await expect(page.get_by_role("heading", level=1)).to_have_text("Votre fichier est arrivé")
        await context.close()
    async with site.app.database.read() as session:
        (file,) = await attachments.of_lanes(session, site.app.ring, site.app.ring.lane("webchat:a"))
    assert (file.status, file.size) == ("quarantined", 2000 * len(PDF))
