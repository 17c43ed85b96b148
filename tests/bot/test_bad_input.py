"""What the web does with what it should not be given."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.guard import Pace
from storage.crypto import KeyRing
from stories.script import Script
from tests.bot.site import Site, copied, received, words_of


@pytest.mark.parametrize(
    "body",
    [
        b"text=", b"text=+%0A+", b"", b"text", b"&&&=", b"choice=", b"text=%00%01%02",
    ],
)  # fmt: skip
async def test_an_empty_message_gets_a_clear_answer(site: Site, body: bytes) -> None:
    async with site.browser() as browser:
        page = await browser.post("/messages", content=body)
    assert page.status_code == 422
    assert "Le message est vide" in words_of(page.text)
    assert await received(site) == 0


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        (b"caf\xe9 ferm\xe9", "caf\ufffd ferm\ufffd"),
        (b"%ff%fe amazon", "\ufffd\ufffd amazon"),
        (b"a%00b%08c%1bd", "abcd"),
        ("مرحبا أمازون".encode(), "مرحبا أمازون"),
        ("\U0001f600".encode() * 4000, "\U0001f600" * 4000),
        (b"<script>alert(1)</script>", "<script>alert(1)</script>"),
        (b"%27%3B DROP TABLE inbox%3B--", "'; DROP TABLE inbox;--"),
    ],
)
async def test_strange_text_is_kept_shown_as_text_and_answered(site: Site, typed: bytes, kept: str) -> None:
    async with site.browser() as browser:
        page = await browser.post("/messages", content=b"text=" + typed)
    assert page.status_code == 200
    assert kept in words_of(page.text)
    assert "<script>alert" not in page.text
    assert 'class="line us"' in page.text


async def test_a_text_too_long_is_given_back_in_the_field(site: Site) -> None:
    text = "é" * 100_000
    async with site.browser() as browser:
        page = await browser.post("/messages", data={"text": text})
        assert page.status_code == 422
        assert "100000 caractères" in words_of(page.text)
        assert text in page.text
        answer = await browser.post("/messages", data={"text": text}, headers={"accept": "application/json"})
        assert answer.status_code == 422
        assert "deux fois" in answer.json()["problem"]
    assert await received(site) == 0


async def test_a_body_beyond_all_measure_is_refused(site: Site) -> None:
    async def endless() -> AsyncIterator[bytes]:
        while True:
            yield b"x" * 100_000

    async with site.browser() as browser:
        for content in (b"x" * 1_000_001, endless()):
            page = await browser.post("/messages", content=content)
            assert page.status_code == 413
            assert "Rien n'est perdu" in words_of(page.text)


async def test_a_person_who_writes_too_fast_keeps_the_text(
    sqlite_template: Path, tmp_path: Path, ring: KeyRing, script: Script
) -> None:
    pace = Pace(at_once=1, a_minute=0)
    async with copied(sqlite_template, tmp_path, ring, script, pace=pace) as site, site.browser() as browser:
        await browser.post("/messages", data={"text": "bonjour"})
        await browser.post("/messages", data={"text": "encore"})
        page = await browser.post("/messages", data={"text": "et encore"})
    assert page.status_code == 429
    assert ">et encore</textarea>" in page.text


async def test_another_site_cannot_post_for_a_person(site: Site) -> None:
    async with site.browser() as browser:
        for headers in ({"origin": "https://evil.example"}, {"sec-fetch-site": "cross-site"}, {"origin": "null"}):
            page = await browser.post("/messages", data={"text": "envoyer"}, headers=headers)
            assert page.status_code == 403
        assert (
            await browser.post("/messages", data={"text": "ok"}, headers={"origin": "http://site.example"})
        ).is_success
    assert await received(site) == 1


async def test_every_answer_has_strict_headers(site: Site) -> None:
    async with site.browser() as browser:
        for path in ("/", "/nowhere", "/static/chat.css", "/health"):
            headers = (await browser.get(path)).headers
            assert "default-src 'none'" in headers["content-security-policy"]
            assert "unsafe" not in headers["content-security-policy"]
            assert headers["x-content-type-options"] == "nosniff"
            assert headers["referrer-policy"] == "same-origin"
        page = (await browser.get("/")).text
    assert " style=" not in page
    assert "<script>" not in page
    assert " onclick=" not in page


@pytest.mark.parametrize(
    ("method", "path", "status"), [("GET", "/nowhere", 404), ("GET", "/messages", 405), ("PUT", "/", 405)]
)
async def test_what_is_not_there_has_a_kind_page(site: Site, method: str, path: str, status: int) -> None:
    async with site.browser() as browser:
        page = await browser.request(method, path)
    assert page.status_code == status
    assert "Rien n'est perdu" in words_of(page.text)


async def test_what_nobody_foresaw_is_told_without_the_persons_words(
    sqlite_template: Path, tmp_path: Path, ring: KeyRing, script: Script, caplog: pytest.LogCaptureFixture
) -> None:
    async with copied(sqlite_template, tmp_path, ring, script, working=False) as site:
        async with site.app.database.begin() as session:
            await (await session.connection()).exec_driver_sql("DROP TABLE inbox")
        with caplog.at_level(logging.ERROR):
            async with site.browser() as browser:
                page = await browser.post("/messages", data={"text": "mot de passe Zanzibar"})
    assert page.status_code == 500
    assert "rien n'est perdu" in words_of(page.text)
    assert "Zanzibar" not in page.text
    assert "incident" in caplog.text
    assert "Zanzibar" not in "".join(record.getMessage() for record in caplog.records)
