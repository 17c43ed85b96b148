"""The web chat without JavaScript, and its stream."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator
from html import unescape
from pathlib import Path

import httpx
import pytest
from sqlalchemy import update

from bot.channels import webchat
from storage.crypto import KeyRing
from storage.tables import ConversationRow
from stories.script import Script
from tests.bot.site import STORY, Site, buttons_of, copied, listening, received, words_of
from tests.bot.test_receipt import file_by_buttons

SCRIPT = {"accept": "application/json"}
"""How the page's own script asks."""


async def test_the_notice_stands_before_the_field_and_before_any_cookie(site: Site) -> None:
    async with site.browser() as browser:
        page = await browser.get("/")
    said = page.text
    assert said.index("programme informatique") < said.index("<textarea")
    assert said.index("rares exceptions") < said.index("<textarea")
    assert "set-cookie" not in page.headers
    assert 'lang="fr"' in said


async def test_the_browser_chooses_the_first_language(site: Site) -> None:
    async with site.browser() as browser:
        page = await browser.get("/", headers={"accept-language": "en-GB,en;q=0.9,fr;q=0.5"})
    assert '<html lang="en">' in page.text
    assert "not writing to a person" in page.text or "not talking to a person" in page.text


async def test_a_story_is_answered_on_the_page_without_javascript(site: Site) -> None:
    async with site.browser() as browser:
        page = await browser.post("/messages", data={"text": STORY, "key": "one"})
    said = words_of(page.text)
    assert page.status_code == 200
    assert page.url.path == "/"
    assert "amazon m'a viré début octobre" in said
    assert "Plateforme : Amazon" in said
    assert buttons_of(page.text)


async def test_the_cookie_is_closed_to_scripts_and_to_other_sites(site: Site) -> None:
    async with site.browser() as browser:
        page = await browser.post("/messages", data={"text": "bonjour"}, follow_redirects=False)
    cookie = page.headers["set-cookie"]
    assert page.status_code == 303
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie


async def test_a_forged_cookie_opens_nothing(site: Site) -> None:
    async with site.browser() as browser:
        await browser.post("/messages", data={"text": STORY})
        chat, _, proof = browser.cookies["portevoix"].partition(".")
    for forged in (f"{chat}.", f"{chat}.{'0' * 64}", f"x{chat}.{proof}", "", ".", "é.é"):
        async with site.browser() as other:
            page = await other.get("/", headers={b"cookie": f"portevoix={forged}".encode()})
            assert "viré" not in page.text


async def test_a_button_is_pressed_without_javascript(site: Site) -> None:
    async with site.browser() as browser:
        page = await browser.post("/messages", data={"text": STORY})
        label, choice = "", buttons_of(page.text)[0]
        label = page.text.split(f'value="{choice}"')[1].split(">")[1].split("<")[0]
        page = await browser.post("/messages", data={"choice": choice, "key": "two"})
    assert page.text.count(label) >= 2
    assert "disabled>" in page.text


async def test_a_double_click_is_kept_once_and_changed_words_are_another_message(site: Site) -> None:
    async with site.browser() as browser:
        await browser.post("/messages", data={"text": STORY, "key": "same"})
        await asyncio.gather(*(browser.post("/messages", data={"text": "bonjour", "key": "k"}) for _ in range(3)))
        assert await received(site) == 2
        await browser.post("/messages", data={"text": "bonsoir", "key": "k"})
        assert await received(site) == 3


async def test_the_language_is_switched_and_the_answers_stay(site: Site) -> None:
    async with site.browser() as browser:
        await browser.post("/messages", data={"text": STORY})
        page = await browser.post("/messages", data={"choice": "language:en"})
    assert '<html lang="en">' in page.text
    assert "Amazon" in words_of(page.text)


async def test_every_page_leads_to_the_form_and_to_the_privacy_notice(site: Site) -> None:
    async with site.browser() as browser:
        for path in ("/", "/formulaire", "/confidentialite", "/accessibilite", "/reprendre", "/nowhere"):
            page = await browser.get(path)
            assert 'href="/formulaire"' in page.text, path
            assert 'href="/confidentialite' in page.text, path


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize("path", ["/confidentialite", "/accessibilite", "/formulaire", "/reprendre"])
async def test_pages_exist_in_both_languages(site: Site, path: str, language: str) -> None:
    async with site.browser() as browser:
        page = await browser.get(path, params={"langue": language})
    assert page.status_code == 200
    assert f'<html lang="{language}">' in page.text


@pytest.mark.parametrize("language", ["fr", "en"])
async def test_the_privacy_notice_says_who_can_read_a_messaging_app_and_how_to_clear_it(
    site: Site, language: str
) -> None:
    async with site.browser() as browser:
        said = words_of((await browser.get(f"/confidentialite?langue={language}")).text)
    told = {
        "fr": (
            "pas chiffrés de bout en bout",
            "WhatsApp appartient à Meta",
            "sur cette page",
            "Effacer votre copie de la conversation",
        ),
        "en": ("not end-to-end encrypted", "WhatsApp belongs to Meta", "on this page", "Clear your own copy"),
    }
    assert [words for words in told[language] if words not in said] == []
    assert said.count("WhatsApp") > 1
    assert said.count("Telegram") > 1


async def test_the_privacy_notice_makes_no_promise_that_the_law_breaks(site: Site) -> None:
    async with site.browser() as browser:
        said = words_of((await browser.get("/confidentialite")).text).lower()
    for needed in ("article 6.1.e", "article 40", "30 jours", "24 mois", "cnil", "délégué", "améliorer le programme"):
        assert needed in said
    for promise in ("jamais", "anonyme", "totalement confidentiel"):
        assert promise not in said


async def test_no_page_sets_a_cookie_before_the_first_message(site: Site) -> None:
    async with site.browser() as browser:
        for path in (
            "/",
            "/formulaire",
            "/reprendre",
            "/confidentialite",
            "/widget",
            "/widget.js",
            "/events",
            "/nowhere",
        ):
            assert "set-cookie" not in (await browser.get(path)).headers, path


async def test_no_title_says_on_a_shared_screen_what_it_is_about(site: Site) -> None:
    async with site.browser() as browser:
        page, reference = await file_by_buttons(browser)
        pages = [page, *[(await browser.get(path)).text for path in ("/", "/formulaire", f"/recu/{reference}")]]
        pages.append((await browser.post("/messages", data={"text": "x" * 20_001})).text)
    titles = [found[1] for page in pages if (found := re.search(r"<title>(.*)</title>", page))]
    assert len(titles) == len(pages)
    for title in titles:
        assert title.removesuffix(" – Portevoix") in {"Votre conversation", "Le formulaire", "Reçu"}


async def test_a_browser_forgets_the_conversation_and_the_case_stays(site: Site) -> None:
    async with site.browser() as browser:
        assert "Oublier" not in words_of((await browser.get("/confidentialite")).text)
        await browser.post("/messages", data={"text": STORY})
        assert "Oublier la conversation" in words_of((await browser.get("/confidentialite")).text)
        page = await browser.post("/oublier")
        assert "oublié sur cet appareil" in words_of(page.text)
        assert "portevoix" not in browser.cookies
        assert "viré" not in (await browser.get("/")).text
    assert await received(site) == 1


async def test_a_message_that_waits_is_said_to_be_saved(
    sqlite_template: Path, tmp_path: Path, ring: KeyRing, script: Script
) -> None:
    async with copied(sqlite_template, tmp_path, ring, script, working=False) as site, site.browser() as browser:
        page = await browser.post("/messages", data={"text": STORY})
    assert "amazon m'a viré" in words_of(page.text)
    assert "reçu et enregistré" in words_of(page.text)


async def test_a_resume_link_opens_the_conversation_in_another_browser(site: Site) -> None:
    async with site.browser() as browser, site.browser() as other:
        await browser.post("/messages", data={"text": STORY})
        async with site.app.database.begin() as session:
            await session.execute(update(ConversationRow).values(resume_hash=site.app.ring.blind("resume", "token")))
        page = await other.get("/reprendre/token")
        assert page.url.path == "/"
        assert "amazon m'a viré" in words_of(page.text)
        assert (await other.get("/")).text.count("amazon m") == 1


async def test_a_wrong_resume_link_is_told_kindly(site: Site) -> None:
    async with site.browser() as browser:
        page = await browser.get("/reprendre/nonsense")
    assert page.status_code == 404
    assert "lien" in words_of(page.text)
    assert "set-cookie" not in page.headers


async def test_health_and_metrics_tell_counts_and_no_words(site: Site) -> None:
    async with site.browser() as browser:
        await browser.post("/messages", data={"text": STORY})
        health = (await browser.get("/health")).json()
        metrics = (await browser.get("/metrics")).text
    assert health["ready"] is True
    assert health["model"] == "words"
    assert health["encoder"] is None
    assert health["recent_turns"] == {"words": 1}
    assert 'portevoix_recent_turns{by="words"} 1' in metrics
    assert 'portevoix_http_responses_total{page="chat.receive",status="303"} 1' in metrics
    assert 'portevoix_inbox_rows{status="waiting"} 0' in metrics
    assert "amazon" not in metrics


async def test_robots_are_asked_to_stay_away(site: Site) -> None:
    async with site.browser() as browser:
        assert "Disallow: /" in (await browser.get("/robots.txt")).text


async def test_the_console_is_found_under_its_address(site: Site) -> None:
    async with site.browser() as browser:
        page = await browser.get("/console/")
    assert page.status_code == 200
    assert "password" in page.text


async def lines_of(stream: httpx.Response) -> AsyncIterator[dict[str, str]]:
    """The lines of a stream, with their ids."""
    at = ""
    async for line in stream.aiter_lines():
        if line.startswith("id: "):
            at = line[4:]
        if line.startswith("data: "):
            yield {**json.loads(line[6:]), "at": at}


async def until(event: str, events: AsyncIterator[str]) -> None:
    """Wait for an event of a stream."""
    async with asyncio.timeout(5):
        async for line in events:
            if line == event:
                return
    raise AssertionError(event)


async def test_new_lines_come_over_the_stream_and_go_on_after_a_cut(site: Site) -> None:
    async with listening(site) as address, httpx.AsyncClient(base_url=address, timeout=5) as browser:
        assert (await browser.get("/events")).status_code == 204
        kept = await browser.post("/messages", data={"text": STORY, "key": "abc"}, headers=SCRIPT)
        assert kept.status_code == 202
        async with browser.stream("GET", "/events") as stream:
            assert stream.headers["content-type"].startswith("text/event-stream")
            lines = lines_of(stream)
            mine, ours = await anext(lines), await anext(lines)
        assert (mine["who"], mine["key"], ours["who"]) == ("you", "abc", "us")
        assert '<li class="line us"' in ours["html"]
        async with browser.stream("GET", "/events", headers={"last-event-id": ours["at"]}) as stream:
            await browser.post("/messages", data={"text": "c'est gratuit ?", "key": "def"}, headers=SCRIPT)
            async for line in lines_of(stream):
                if line["key"] == "def":
                    break


async def test_an_open_page_is_told_what_a_button_of_an_earlier_line_is_called(site: Site) -> None:
    async with listening(site) as address, httpx.AsyncClient(base_url=address, timeout=5) as browser:
        page = await browser.post("/messages", data={"text": STORY}, follow_redirects=True)
        choice = buttons_of(page.text)[0]
        label = page.text.split(f'value="{choice}"')[1].split(">")[1].split("<")[0]
        async with browser.stream("GET", "/events") as stream:
            await browser.post("/messages", data={"choice": choice, "key": "two"}, headers=SCRIPT)
            pressed = await anext(line async for line in lines_of(stream) if line["key"] == "two")
    assert label in unescape(pressed["html"])


async def test_an_open_page_is_told_that_the_draft_was_erased(site: Site) -> None:
    async with listening(site) as address, httpx.AsyncClient(base_url=address, timeout=5) as browser:
        await browser.post("/messages", data={"text": STORY})
        async with browser.stream("GET", "/events") as stream:
            events = stream.aiter_lines()
            await until("event: line", events)
            page = await browser.post("/messages", data={"choice": "erase"}, follow_redirects=True)
            await browser.post("/messages", data={"choice": buttons_of(page.text)[0]})
            await until("event: erased", events)


async def test_an_erased_draft_leaves_no_word_on_the_page(site: Site) -> None:
    async with site.browser() as browser:
        await browser.post("/messages", data={"text": STORY})
        page = await browser.post("/messages", data={"choice": "erase"})
        for _ in range(2):
            if "viré" not in page.text:
                break
            page = await browser.post("/messages", data={"choice": buttons_of(page.text)[0]})
        assert "viré" not in page.text
        assert "effacé" in words_of(page.text)
        assert "viré" not in (await browser.get("/formulaire")).text


async def test_an_access_code_is_shown_once(site: Site) -> None:
    async with site.browser() as browser:
        page = await browser.post("/messages", data={"text": STORY})
        while "send" in buttons_of(page.text) or "share_platform=no" in buttons_of(page.text):
            wanted = "send" if "send" in buttons_of(page.text) else "share_platform=no"
            page = await browser.post("/messages", data={"choice": wanted})
        page = await browser.post("/messages", data={"text": "mon code"})
        code = r"(?<!\d)\d{4}[ -]?\d{4}[ -]?\d{4}[ -]?\d{4}(?!\d)"
        assert re.search(code, words_of(page.text))
        assert not re.search(code, words_of((await browser.get("/")).text))


async def test_open_streams_do_not_hold_up_a_stop(site: Site) -> None:
    async with asyncio.timeout(5), httpx.AsyncClient(timeout=5) as browser:
        async with listening(site) as address:
            await browser.post(f"{address}/messages", data={"text": "bonjour"}, headers=SCRIPT)
            request = browser.build_request("GET", f"{address}/events")
            stream = await browser.send(request, stream=True)
        await stream.aclose()


def test_a_key_is_short_and_harmless_whatever_was_posted() -> None:
    for nonce in ("", "x" * 10_000, "<script>", "é\0"):
        key = webchat.message_key(nonce, "text")
        assert len(key) < 100
        assert key.replace(".", "").isalnum()
