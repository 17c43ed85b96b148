"""A signed link lets a person bring the file that the messaging app does not hand over."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta

import httpx
import pytest
from sqlalchemy import select

from bot import links
from bot.channels.channel import TooLarge
from bot.delivery import SLOW, deliver
from bot.intake import take_turns
from storage import attachments
from storage.attachments import StoredFile
from storage.crypto import KeyRing
from storage.database import Database
from storage.tables import AttachmentRow
from stories.script import Script
from stories.types import Attachment, Message
from tests.bot.samples import PDF
from tests.bot.site import Site, opened, words_of
from tests.bot.test_files import Carrier


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A link in front of a person, and what it is for."""

    site: Site
    path: str
    id: int

    async def open(self, **more: object) -> httpx.Response:
        async with self.site.browser() as browser:
            return await browser.get(self.path, **more)  # type: ignore[arg-type]

    async def bring(self, *files: tuple[str, bytes], **more: object) -> httpx.Response:
        async with self.site.browser() as browser:
            sent = [("file", (name, data, "image/png")) for name, data in files] or [("file", ("", b"", ""))]
            return await browser.post(self.path, files=sent, **more)  # type: ignore[arg-type]

    async def file(self) -> StoredFile:
        async with self.site.app.database.read() as session:
            file = await attachments.get(session, self.site.app.ring, self.id)
        assert file is not None
        return file


@pytest.fixture
async def link(database: Database, ring: KeyRing, script: Script) -> AsyncIterator[Link]:
    async with opened(database, ring, script, working=False) as site:
        channel = Carrier()
        channel.faults["x"] = [TooLarge(1)]
        site.app.channels["post"] = channel  # type: ignore[index]
        sent = Attachment(id="x", kind="document", name="contrat.pdf")
        await site.app.door.receive(
            [Message(channel="post", chat="a", key="m1", attachments=(sent,))], site.app.clock() - timedelta(minutes=1)
        )
        await take_turns(site.app)
        await deliver(site.app, kinds=SLOW)
        async with site.app.database.read() as session:
            (file,) = await attachments.of_lanes(session, ring, ring.lane("post:a"))
        assert file.status == "too_large"
        yield Link(site=site, path=f"/deposer/{links.token(ring, file.id, site.app.clock())}", id=file.id)


async def test_the_page_asks_for_the_file_in_the_language_of_the_conversation(link: Link) -> None:
    page = await link.open(headers={"accept-language": "en"})
    assert page.status_code == 200
    assert "contrat.pdf" in page.text
    assert "25 Mo" in words_of(page.text)
    assert 'enctype="multipart/form-data"' in page.text
    assert "Upload your file" in (await link.open(params={"langue": "en"})).text


async def test_what_is_brought_is_looked_at_as_any_file(link: Link) -> None:
    page = await link.bring(("contrat signé.pdf", PDF))
    assert "Votre fichier est arrivé" in page.text
    assert (await link.file()).status == "quarantined"
    await deliver(link.site.app, kinds=SLOW)
    file = await link.file()
    assert (file.status, file.name, file.media_type, file.size) == (
        "kept", "contrat signé.pdf", "application/pdf", len(PDF),
    )  # fmt: skip


async def test_a_link_serves_once(link: Link) -> None:
    await link.bring(("a.pdf", PDF))
    await link.bring(("b.pdf", PDF + b"%another"))
    await deliver(link.site.app, kinds=SLOW)
    assert (await link.file()).name == "a.pdf"
    assert "Votre fichier est arrivé" in (await link.open()).text


async def test_a_file_that_never_came_is_brought_in_the_same_way(link: Link) -> None:
    file = await link.file()
    async with link.site.app.database.begin() as session:
        assert await attachments.settle(session, file, "gone")
    await link.bring(("a.pdf", PDF))
    await deliver(link.site.app, kinds=SLOW)
    assert (await link.file()).status == "kept"


async def test_what_may_do_harm_is_refused_there_too(link: Link) -> None:
    await link.bring(("facture.pdf", b"MZ\0"))
    await deliver(link.site.app, kinds=SLOW)
    assert (await link.file()).status == "refused"


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ([], "Choisissez d'abord un fichier."),
        ([("vide.pdf", b"")], "« vide.pdf » est vide."),
        ([("gros.pdf", b"\0" * 26_000_000)], "« gros.pdf » est trop gros. La limite est de 25 Mo."),
    ],
)
async def test_what_cannot_be_taken_is_said_and_the_link_still_works(
    files: list[tuple[str, bytes]], said: str, link: Link
) -> None:
    page = await link.bring(*files)
    assert page.status_code == 422
    assert said in words_of(page.text).replace("\N{NO-BREAK SPACE}", " ").replace("\N{NARROW NO-BREAK SPACE}", " ")
    assert (await link.bring(("a.pdf", PDF))).status_code == 200
    assert (await link.file()).status == "quarantined"


@pytest.mark.parametrize("token", ["x", "A" * 43, "é"])
async def test_a_link_that_nobody_signed_is_not_found(token: str, site: Site) -> None:
    async with site.browser() as browser:
        assert (await browser.get(f"/deposer/{token}")).status_code == 404
        assert (await browser.post(f"/deposer/{token}", files={"file": ("a", b"x")})).status_code == 404


async def test_after_a_day_and_after_erasure_the_link_ends(link: Link) -> None:
    app = link.site.app
    old = links.token(app.ring, link.id, app.clock() - timedelta(hours=25))
    async with link.site.browser() as browser:
        assert (await browser.get(f"/deposer/{old}")).status_code == 404
    async with app.database.begin() as session:
        await attachments.erase(await session.connection(), app.ring.lane("post:a"), select(AttachmentRow.message))
    assert (await link.open()).status_code == 404
    assert (await link.bring(("a.pdf", PDF))).status_code == 404
    assert await app.files.digests(app.ring.lane("post:a")) == set()


async def test_another_site_cannot_bring_a_file(link: Link) -> None:
    page = await link.bring(("a.pdf", PDF), headers={"sec-fetch-site": "cross-site"})
    assert page.status_code == 403
    assert (await link.file()).status == "too_large"


async def test_operators_see_how_many_files_have_each_status(link: Link) -> None:
    async with link.site.browser() as browser:
        told = (await browser.get("/metrics")).text
    assert 'portevoix_files{status="too_large"} 1' in told
    assert 'portevoix_files{status="infected"} 0' in told
