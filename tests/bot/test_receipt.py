"""From a story to a receipt without JavaScript, in the chat and by the form, on both databases."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import AsyncIterator

import httpx
import pytest

from storage.crypto import KeyRing
from storage.database import Database
from stories.script import Script
from tests.bot.site import STORY, Site, buttons_of, opened, words_of


@pytest.fixture
async def both(database: Database, ring: KeyRing, script: Script) -> AsyncIterator[Site]:
    async with opened(database, ring, script) as site:
        yield site


async def file_by_buttons(browser: httpx.AsyncClient) -> tuple[str, str]:
    """Tell the story, press what is offered until it is sent, in at most four messages; the page and the reference."""
    page = await browser.post("/messages", data={"text": STORY})
    for _ in range(3):
        offered = buttons_of(page.text)
        wanted = next((one for one in ("send", "share_platform=no") if one in offered), offered[0])
        page = await browser.post("/messages", data={"choice": wanted})
        if found := re.search(r'href="/recu/(PV-[0-9A-Z-]+)"', page.text):
            return page.text, found[1]
    raise AssertionError(words_of(page.text))


async def test_a_story_is_filed_with_buttons_and_its_receipt_can_be_verified(both: Site) -> None:
    async with both.browser() as browser:
        page, reference = await file_by_buttons(browser)
        assert "C'est envoyé" in words_of(page)
        receipt = await browser.get(f"/recu/{reference}")
        data = (await browser.get(f"/recu/{reference}.json")).json()
    said = words_of(receipt.text)
    assert reference in said
    assert "amazon m'a viré" in said
    assert "ne suspend aucun délai" in said
    plain = json.dumps(data["filed"], sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    assert hashlib.sha256(plain.encode()).hexdigest() == data["sha256"]
    assert data["sha256"] in said


async def test_what_is_added_later_does_not_change_the_receipt(both: Site) -> None:
    async with both.browser() as browser:
        _, reference = await file_by_buttons(browser)
        before = (await browser.get(f"/recu/{reference}.json")).json()
        await browser.post(
            "/messages", data={"text": "en fait nous avons aussi 3 salariés et 45 000 € de stock bloqué"}
        )
        assert (await browser.get(f"/recu/{reference}.json")).json() == before


async def test_a_receipt_is_only_for_the_browser_that_filed(site: Site) -> None:
    async with site.browser() as browser, site.browser() as other:
        _, reference = await file_by_buttons(browser)
        await other.post("/messages", data={"text": "bonjour"})
        for path in (f"/recu/{reference}", f"/recu/{reference}.json", "/recu/PV-2026-00000-0", "/recu/%3Cscript%3E"):
            answer = await other.get(path)
            assert answer.status_code == 404
            assert "viré" not in answer.text


async def test_the_form_is_filed_in_two_pages(both: Site) -> None:
    form = {
        "narrative_original": STORY,
        "platform_id": "Amazon",
        "primary_category": "account_suspension",
        "incident_date": "début octobre 2025",
        "loss_pct_turnover": "environ 20 %",
        "deadline_date": "30 novembre 2027",
        "deadline_kind": "tax",
        "share_platform": "anonymised",
        "share_mediateur": "yes",
        "preferred_channel": "email",
        "email": "elise@boutique.example",
        "siret": "732 829 320 00074",
    }
    async with both.browser() as browser:
        page = await browser.post("/formulaire", data=form)
        assert page.url.path == "/"
        assert "pas encore envoyé" in words_of(page.text)
        assert "send" in buttons_of(page.text)
        page = await browser.post("/messages", data={"choice": "send"})
        reference = re.findall(r'href="/recu/(PV-[0-9A-Z-]+)"', page.text)[0]
        fields = (await browser.get(f"/recu/{reference}.json")).json()["filed"]["fields"]
    assert fields["platform_id"]["value"] == "amazon"
    assert fields["primary_category"]["value"] == "account_suspension"
    assert fields["incident_date"]["value"]["value"] == "2025-10"
    assert fields["loss_pct_turnover"]["value"] == 20
    assert fields["share_platform"]["value"] == "anonymised"
    assert fields["share_mediateur"]["value"] is True
    assert fields["share_dgccrf"]["value"] is False
    assert fields["email"]["value"] == "elise@boutique.example"
    assert fields["siret"]["value"] == "73282932000074"


async def test_a_started_chat_is_continued_in_the_form(site: Site) -> None:
    async with site.browser() as browser:
        await browser.post("/messages", data={"text": STORY})
        page = await browser.get("/formulaire")
        assert "amazon m'a viré" in words_of(page.text)
        assert 'value="Amazon"' in page.text
        page = await browser.post(
            "/formulaire",
            data={"platform_id": "Amazon", "primary_category": "account_suspension", "share_platform": "no"},
        )
    assert words_of(page.text).count("amazon m'a viré") == 1
    assert "send" in buttons_of(page.text)


async def test_the_story_of_a_form_is_read_like_one_told_in_the_chat(site: Site) -> None:
    async with site.browser() as browser:
        page = await browser.post("/formulaire", data={"narrative_original": STORY, "share_platform": "no"})
    said = words_of(page.text)
    assert "Plateforme : Amazon" in said
    assert "environ 20 %" in said


@pytest.mark.parametrize("deadline", ["2027", "novembre 2027", "30 novembre 2027"])
async def test_a_deadline_may_be_a_day_a_month_or_a_year(site: Site, deadline: str) -> None:
    async with site.browser() as browser:
        page = await browser.post("/formulaire", data={"narrative_original": STORY, "deadline_date": deadline})
    assert re.search(r"Date limite : le \S+ (janvier|novembre) 2027", words_of(page.text))


async def test_a_wrong_form_comes_back_with_everything_that_was_typed(site: Site) -> None:
    async with site.browser() as browser:
        page = await browser.post(
            "/formulaire",
            data={"loss_eur": "beaucoup", "name": "<b>Élise</b>", "share_platform": "named", "share_dgccrf": "yes"},
        )
    assert page.status_code == 422
    assert 'href="#narrative_original"' in page.text
    assert 'aria-describedby="loss_eur-help loss_eur-wrong"' in page.text
    assert 'value="beaucoup"' in page.text
    assert "&lt;b&gt;Élise&lt;/b&gt;" in page.text
    assert 'value="named" checked' in page.text
    assert 'name="share_dgccrf" value="yes" checked' in page.text


async def test_the_form_changes_its_language_and_keeps_what_was_typed(site: Site) -> None:
    async with site.browser() as browser:
        page = await browser.post("/formulaire", data={"switch": "en", "langue": "fr", "narrative_original": "hello"})
    assert '<html lang="en">' in page.text
    assert ">hello</textarea>" in page.text.replace("\n", "")


async def test_a_form_in_english_is_answered_in_english(site: Site) -> None:
    async with site.browser() as browser:
        page = await browser.post(
            "/formulaire",
            data={
                "langue": "en",
                "narrative_original": "they closed my shop and nobody answers",
                "platform_id": "etsy",
            },
        )
    assert '<html lang="en">' in page.text
    assert "Platform: Etsy" in words_of(page.text)
