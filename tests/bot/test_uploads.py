"""Files on the page and the form: kept with their message, refused in words, and nothing typed is lost."""

from __future__ import annotations

import tracemalloc
from collections.abc import AsyncIterator
from dataclasses import replace

import httpx
import pytest
from sqlalchemy import select

from bot.web import create
from storage import attachments, conversations
from storage.tables import InboxRow
from stories.types import Attachment
from tests.bot.site import STORY, Site, buttons_of, listening, received, words_of
from tests.bot.test_web import SCRIPT

PDF = b"%PDF-1.4 facture"
PICTURE = b"\x89PNG\r\n\x1a\n" + b"\0" * 2000


@pytest.fixture
def small(site: Site) -> Site:
    """A site that keeps files of at most a hundred kilobytes."""
    app = replace(site.app, most=100_000)
    settings = site.web.state.front.settings
    return Site(app=app, web=create(app, settings, patience=30))


def brought(*files: tuple[str, bytes]) -> list[tuple[str, tuple[str, bytes]]]:
    return [("file", file) for file in files]


async def attached(site: Site) -> list[Attachment]:
    """The files of all messages, as they lie in the inbox."""
    async with site.app.database.read() as session:
        lanes = [row.lane for row in await session.scalars(select(InboxRow))]
        lines = [
            line for lane in dict.fromkeys(lanes)
            for line in await conversations.transcript(session, site.app.ring, lane)
        ]  # fmt: skip
    return [file for line in lines for file in line.attachments]


async def test_files_are_kept_with_their_message_and_shown_with_it(small: Site) -> None:
    async with small.browser() as browser:
        page = await browser.post(
            "/messages", data={"text": STORY}, files=brought(("facture.pdf", PDF), (r"C:\photos\capture.png", PICTURE))
        )
    said = words_of(page.text)
    assert "amazon m'a viré" in said
    assert "facture.pdf 1 ko" in said
    assert "capture.png 2 ko" in said
    assert "2 fichiers sont bien reçus" in said
    first, second = await attached(small)
    assert (first.name, first.size, second.name) == ("facture.pdf", len(PDF), "capture.png")
    async with small.app.database.read() as session:
        kept = await attachments.get(session, small.app.ring, int(second.id.partition(":")[2]))
    assert kept
    assert kept.digest
    assert await small.app.files.read(small.app.ring, kept.lane, kept.digest) == PICTURE


async def test_a_file_needs_no_words(small: Site) -> None:
    async with small.browser() as browser:
        page = await browser.post("/messages", data={"text": ""}, files=brought(("facture.pdf", PDF)))
    assert "Votre fichier est bien reçu" in words_of(page.text)
    assert '<div class="said" dir="auto"></div>' not in page.text


async def test_an_empty_field_for_files_is_no_file(small: Site) -> None:
    async with small.browser() as browser:
        page = await browser.post("/messages", data={"text": "bonjour"}, files=brought(("", b"")))
        assert page.status_code == 200
        assert await attached(small) == []
        page = await browser.post("/messages", data={"text": ""}, files=brought(("", b"")))
        assert page.status_code == 422


@pytest.mark.parametrize(
    ("files", "told"),
    [
        ([("film.mp4", b"x" * 100_001), ("facture.pdf", PDF)], "« film.mp4 » est trop gros. La limite est de 100 ko."),
        ([("vide.txt", b"")], "« vide.txt » est vide."),
        ([(f"{n}.pdf", PDF) for n in range(6)], "Vous avez choisi 6 fichiers. La limite est de 5 à la fois."),
        ([("film.mp4", b"x" * 3_000_000)], "« film.mp4 » est trop gros."),
    ],
)
async def test_what_is_wrong_is_said_of_each_file_and_the_text_stays(
    small: Site, files: list[tuple[str, bytes]], told: str
) -> None:
    async with small.browser() as browser:
        page = await browser.post("/messages", data={"text": STORY}, files=brought(*files))
        assert page.status_code == 422
        said = words_of(page.text).replace("\u00a0", " ")
        assert told in said
        assert "choisissez de nouveau les fichiers" in said
        assert f">{STORY.replace(chr(39), '&#39;')}</textarea>" in page.text
        assert await received(small) == 0
        answer = await browser.post("/messages", data={"text": STORY}, files=brought(*files), headers=SCRIPT)
        assert told in answer.json()["problem"].replace("\u00a0", " ")
        assert "set-cookie" not in answer.headers


async def test_a_message_with_files_sent_twice_is_kept_once_and_other_files_are_another(small: Site) -> None:
    async with small.browser() as browser:
        for _ in range(2):
            await browser.post("/messages", data={"text": "", "key": "k"}, files=brought(("a.pdf", PDF)))
        assert len(await attached(small)) == 1
        await browser.post("/messages", data={"text": "", "key": "k"}, files=brought(("b.pdf", PDF)))
        assert [file.name for file in await attached(small)] == ["a.pdf", "b.pdf"]


async def test_the_form_brings_files_with_its_answers(small: Site) -> None:
    form = {"narrative_original": STORY, "platform_id": "Amazon", "share_platform": "no", "loss_eur": "3 k€"}
    async with small.browser() as browser:
        page = await browser.post("/formulaire", data=form, files=brought(("facture.pdf", PDF)))
        assert "pas encore envoyé" in words_of(page.text)
        assert "facture.pdf" in page.text
        assert "send" in buttons_of(page.text)
        page = await browser.post("/formulaire", data={"loss_eur": "4 k€"}, files=brought(("releve.csv", b"a;b")))
        assert "4 000 €" in words_of(page.text).replace("\u00a0", " ")
    assert [file.name for file in await attached(small)] == ["facture.pdf", "releve.csv"]


async def test_a_wrong_file_comes_back_on_the_form_beside_its_field_with_all_that_was_typed(small: Site) -> None:
    async with small.browser() as browser:
        page = await browser.post(
            "/formulaire", data={"narrative_original": STORY, "loss_eur": "beaucoup"}, files=brought(("vide.txt", b""))
        )
    assert page.status_code == 422
    assert 'href="#file"' in page.text
    assert 'aria-describedby="file-help file-wrong"' in page.text
    assert "amazon m&#39;a viré" in page.text
    assert 'value="beaucoup"' in page.text
    assert await attached(small) == []


async def test_names_of_files_are_shown_as_text_and_without_folders(small: Site) -> None:
    async with small.browser() as browser:
        name = "../../etc/<img src=x onerror=alert(1)>\u0007é.pdf"
        page = await browser.post("/messages", data={"text": ""}, files=brought((name, PDF)))
    assert "<img" not in page.text
    (file,) = await attached(small)
    assert "/" not in file.name
    assert file.name.endswith("é.pdf")


async def test_a_large_file_is_passed_by_without_being_held(small: Site) -> None:
    async def body() -> AsyncIterator[bytes]:
        yield b'--b\r\nContent-Disposition: form-data; name="text"\r\n\r\nbonjour\r\n'
        yield b'--b\r\nContent-Disposition: form-data; name="file"; filename="film.mp4"\r\n\r\n'
        for _ in range(39):
            yield b"x" * 100_000
        yield b"\r\n--b--\r\n"

    async with listening(small) as address, httpx.AsyncClient(base_url=address, timeout=30) as browser:
        kind = {"content-type": "multipart/form-data; boundary=b", **SCRIPT}
        tracemalloc.start()
        answer = await browser.post("/messages", content=body(), headers=kind)
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert answer.status_code == 422
    assert "film.mp4" in answer.json()["problem"]
    assert most < 3_000_000


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("multipart/form-data", b"text=bonjour"),
        ("multipart/form-data; boundary=b", b"nonsense"),
        ("multipart/form-data; boundary=b", b"--b\r\nContent-Disposition: form-data\r\n\r\nx\r\n--b--\r\n"),
        ("multipart/form-data; boundary=b", b'--b\r\nContent-Disposition: form-data; name="text"\r\n\r\n'
         + b"x" * 1_000_001 + b"\r\n--b--\r\n"),
        ("multipart/form-data; boundary=b", b'--b\r\nContent-Disposition: form-data; name="t"\r\n\r\nx\r\n' * 101
         + b"--b--\r\n"),
    ],
)  # fmt: skip
async def test_what_is_no_form_is_refused_and_leaves_nothing(site: Site, kind: str, body: bytes) -> None:
    async with site.browser() as browser:
        for path in ("/messages", "/formulaire"):
            answer = await browser.post(path, content=body, headers={"content-type": kind})
            assert answer.status_code in {400, 413, 422}
            assert "set-cookie" not in answer.headers
    assert await received(site) == 0


async def test_an_endless_form_is_cut_off(small: Site) -> None:
    async with small.browser() as browser:
        answer = await browser.post("/messages", data={"text": "x"}, files=brought(("film.mp4", b"x" * 4_100_000)))
    assert answer.status_code == 413


async def test_so_many_forms_with_files_come_in_from_one_address_and_no_more(small: Site) -> None:
    coming = small.web.state.front.coming_in
    coming["127.0.0.1"] = 20
    async with small.browser() as browser:
        answer = await browser.post("/messages", data={"text": "x"}, files=brought(("a.pdf", PDF)), headers=SCRIPT)
        assert answer.status_code == 429
        assert (await browser.post("/messages", data={"text": "bonjour"})).status_code == 200
        coming["127.0.0.1"] = 19
        await browser.post("/messages", data={"text": "x"}, files=brought(("a.pdf", PDF)))
    assert coming["127.0.0.1"] == 19
    assert len(await attached(small)) == 1
