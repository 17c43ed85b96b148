"""The chat in pages of other sites: who may frame it, and what its cookie and its script are worth elsewhere."""

from __future__ import annotations

import json
import re
from dataclasses import replace

import pytest

from bot.settings import read
from bot.values import SettingError
from bot.web import create
from tests.bot.site import STORY, Site, buttons_of, received, words_of
from tests.bot.test_web import SCRIPT

HOST = "https://www.federation.example"
PAGES = ("/widget", "/widget/formulaire", "/widget/nowhere", "/widget/recu/PV-2026-00000-0")


@pytest.fixture
def lent(site: Site) -> Site:
    """A site that lends its chat to another."""
    settings = replace(site.web.state.front.settings, widget_origins=(HOST, "https://autre.example"))
    return Site(app=site.app, web=create(site.app, settings))


async def test_only_the_widget_may_be_framed_and_only_by_the_sites_named(lent: Site) -> None:
    async with lent.browser() as browser:
        for path in PAGES:
            page = await browser.get(path)
            assert page.headers["content-security-policy"].endswith(f"frame-ancestors {HOST} https://autre.example")
            assert "x-frame-options" not in page.headers
        for path in ("/", "/formulaire", "/reprendre", "/confidentialite", "/widget.js", "/widgets", "/console/login"):
            page = await browser.get(path)
            assert "frame-ancestors 'none'" in page.headers["content-security-policy"]
            assert page.headers["x-frame-options"] == "DENY"


async def test_without_a_setting_nothing_may_be_framed(site: Site) -> None:
    async with site.browser() as browser:
        for path in PAGES:
            page = await browser.get(path)
            assert "frame-ancestors 'none'" in page.headers["content-security-policy"]
            assert page.headers["x-frame-options"] == "DENY"
        script = await browser.get("/widget.js")
    assert script.text.strip().endswith("([]);")
    assert "console.warn" in script.text


async def test_the_script_may_be_loaded_by_other_sites_and_knows_which_may_use_it(lent: Site) -> None:
    async with lent.browser() as browser:
        script = await browser.get("/widget.js")
    assert script.headers["content-type"].startswith("text/javascript")
    assert script.headers["cross-origin-resource-policy"] == "cross-origin"
    assert "set-cookie" not in script.headers
    called = re.search(r"\((\[[^\]]*\])\);\s*$", script.text)
    assert called
    assert json.loads(called[1]) == [HOST, "https://autre.example"]


async def test_the_frame_sets_its_cookie_with_the_first_message_and_for_that_site_alone(lent: Site) -> None:
    async with lent.browser() as browser:
        assert "set-cookie" not in (await browser.get("/widget")).headers
        page = await browser.post("/widget/messages", data={"text": STORY}, follow_redirects=False)
    assert page.headers["location"] == "/widget#reponse"
    cookie = page.headers["set-cookie"]
    assert cookie.startswith("portevoix_widget=")
    for part in ("HttpOnly", "Path=/widget", "SameSite=None", "Secure", "Partitioned"):
        assert f"; {part}" in cookie


async def test_the_frame_and_the_page_are_two_conversations(lent: Site) -> None:
    async with lent.browser() as browser:
        await browser.post("/messages", data={"text": STORY})
        assert "viré" not in (await browser.get("/widget")).text
        page = await browser.post("/widget/messages", data={"text": STORY}, follow_redirects=False)
        ticket = {"cookie": page.headers["set-cookie"].partition(";")[0]}
    async with lent.browser() as other:
        assert "viré" not in (await other.get("/", headers=ticket)).text
        page = await other.get("/widget", headers=ticket)
        assert "amazon m'a viré" in words_of(page.text)
        assert buttons_of(page.text)
        assert re.findall(r'action="([^"]*)"', page.text)
        assert all(action.startswith("/widget/") for action in re.findall(r'action="([^"]*)"', page.text))
        assert '<body class="chatting framed">' in page.text


async def test_other_sites_cannot_write_through_the_frame(lent: Site) -> None:
    async with lent.browser() as browser:
        for headers in (
            {"sec-fetch-site": "cross-site", "origin": HOST}, {"sec-fetch-site": "same-site"}, {"origin": HOST},
            {"origin": "null"},
        ):  # fmt: skip
            page = await browser.post("/widget/messages", data={"text": STORY}, headers=headers)
            assert page.status_code == 403
        assert await received(lent) == 0
        page = await browser.post(
            "/widget/messages", data={"text": STORY},
            headers={"sec-fetch-site": "same-origin", "origin": "http://site.example", **SCRIPT},
        )  # fmt: skip
        assert page.status_code == 202


async def test_the_form_and_the_language_stay_in_the_frame(lent: Site) -> None:
    async with lent.browser() as browser:
        page = await browser.get("/widget/formulaire")
        assert 'action="/widget/formulaire"' in page.text
        page = await browser.post(
            "/widget/formulaire", data={"narrative_original": STORY, "share_platform": "no"}, follow_redirects=False
        )
        assert page.headers["location"] == "/widget#reponse"
        page = await browser.post("/widget/messages", data={"choice": "language:en"}, follow_redirects=False)
        assert page.headers["location"] == "/widget#reponse"


@pytest.mark.parametrize(
    ("text", "origins"),
    [
        ("https://a.example  https://B.example:8443", ("https://a.example", "https://b.example:8443")),
        ("http://localhost:3000 http://127.0.0.1:8080", ("http://localhost:3000", "http://127.0.0.1:8080")),
        ("", ()),
    ],
)
def test_sites_are_named_by_their_origin(text: str, origins: tuple[str, ...]) -> None:
    assert read({"WIDGET_ORIGINS": text}).widget_origins == origins


@pytest.mark.parametrize(
    "text",
    [
        "http://a.example", "a.example", "https://a.example/", "https://a.example/page", "https://*.example",
        "https://u:p@a.example", "https://a.example; script-src *", "*", "https://a.example,https://b.example",
        "https://é.example", "'self'", "https://a.example:port",
    ],
)  # fmt: skip
def test_what_is_no_secure_origin_stops_the_start(text: str) -> None:
    with pytest.raises(SettingError, match=r"^WIDGET_ORIGINS must"):
        read({"WIDGET_ORIGINS": text})
