"""Files from the channel to the desk: kept once, looked at first, and whatever cannot be kept is told."""

from __future__ import annotations

import io
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
from obstore.store import MemoryStore
from PIL import Image
from sqlalchemy import select

from bot import links
from bot.app import App
from bot.channels.channel import Gone, Retry, TooLarge
from bot.delivery import AT_ONCE, SLOW, SLOWEST, deliver
from bot.files import discard, gather, sweep, take_upload
from bot.intake import take_turns
from storage import attachments, conversations, inbox
from storage.attachments import StoredFile
from storage.crypto import KeyRing
from storage.database import Database
from storage.filestore import FileStore, in_memory
from storage.tables import AttachmentRow, InboxRow, OutboxRow
from stories.script import Script
from stories.types import Attachment, AttachmentKind, Conversation, Message
from tests.bot.samples import GOOD, OPUS, PDF, archive, picture
from tests.bot.site import HearsWords
from tests.bot.tiny import Clock, Postman
from tests.fakes import clamd

MEGABYTE = 1_000_000


class Carrier(Postman):
    """A channel with files: what each id is, and what goes wrong with it, once each."""

    def __init__(self) -> None:
        super().__init__()
        self.holds: dict[str, bytes] = {}
        self.faults: dict[str, list[Exception]] = {}
        self.fetched: list[str] = []

    async def fetch(self, attachment: Attachment, *, most: int) -> bytes:
        if faults := self.faults.get(attachment.id):
            raise faults.pop(0)
        self.fetched.append(attachment.id)
        if attachment.id not in self.holds:
            raise Gone(attachment.id)
        data = self.holds[attachment.id]
        if len(data) > most:
            raise TooLarge(most)
        return data


class Ear:
    """A transcriber that hears what it is told to."""

    def __init__(self, *heard: str) -> None:
        self.heard = list(heard)
        self.sounds: list[bytes] = []

    def load(self) -> None:
        return

    def words(self, sound: bytes) -> str:
        self.sounds.append(sound)
        return self.heard.pop(0)


class Firm:
    """A firm that sends files, and the shell round it."""

    def __init__(self, app: App, channel: Carrier, clock: Clock) -> None:
        self.pass_ = clock.pass_
        self.app, self.channel, self.position = app, channel, 0
        self.lane = app.ring.lane("post:a")

    async def send(self, *files: tuple[str, bytes | None], kind: AttachmentKind = "document", text: str = "") -> None:
        """One message with these files: name and bytes; the id of each is its name."""
        self.position += 1
        self.channel.holds |= {name: data for name, data in files if data is not None}
        sent = tuple(Attachment(id=name, kind=kind, name=name, media_type="image/png") for name, _ in files)
        await self.receive(Message(
            channel="post", chat="a", key=f"m{self.position}", position=self.position, text=text, attachments=sent,
        ))  # fmt: skip

    async def receive(self, message: Message) -> None:
        await self.app.door.receive([message], self.app.clock())

    async def settle(self) -> None:
        """Take every turn and deliver everything that is due."""
        for _ in range(6):
            self.pass_(3)
            await take_turns(self.app)
            await deliver(self.app, kinds=AT_ONCE)
            await deliver(self.app, kinds=SLOW)
            await deliver(self.app, kinds=SLOWEST)

    async def files(self) -> list[StoredFile]:
        async with self.app.database.read() as session:
            return await attachments.of_lanes(session, self.app.ring, self.lane)

    async def said(self) -> str:
        """All that the firm was told."""
        return "\n".join(text for _, text in self.channel.sent)

    async def known(self) -> Conversation:
        async with self.app.database.read() as session:
            known = await conversations.state(session, self.app.ring, self.lane)
        assert known is not None
        return known

    async def news(self) -> int:
        async with self.app.database.read() as session:
            rows = await session.scalars(select(InboxRow.id).where(InboxRow.sender == "files"))
            return len(rows.all())


@pytest.fixture
def firm(database: Database, ring: KeyRing, script: Script) -> Firm:
    return a_firm(database, ring, script, in_memory())


def a_firm(database: Database, ring: KeyRing, script: Script, store: FileStore, **more: object) -> Firm:
    channel, clock = Carrier(), Clock()
    app = App(
        database=database, ring=ring, script=script, nlu=HearsWords(script), channels={"post": channel},
        clock=clock, burst=timedelta(), files=store, most=25 * MEGABYTE, upload_url="https://x.example/deposer/",
        **more,  # type: ignore[arg-type]
    )  # fmt: skip
    return Firm(app, channel, clock)


async def test_a_picture_is_kept_as_it_came_and_shown_without_its_place(firm: Firm) -> None:
    original = picture(located=True)
    await firm.send(("photo.jpg", original), kind="photo")
    await firm.settle()
    (file,) = await firm.files()
    assert (file.status, file.media_type, file.shown_type, file.size) == (
        "kept",
        "image/jpeg",
        "image/jpeg",
        len(original),
    )
    assert file.digest is not None
    assert file.shown_digest is not None
    assert await firm.app.files.read(firm.app.ring, firm.lane, file.digest) == original
    shown = await firm.app.files.read(firm.app.ring, firm.lane, file.shown_digest)
    assert b"SecretPhone" not in shown
    assert Image.open(io.BytesIO(shown)).size == (40, 30)


async def test_whatever_firms_send_is_kept(firm: Firm) -> None:
    await firm.send(*((f"{kind}.exe", data) for kind, data in GOOD.items()))
    await firm.settle()
    files = await firm.files()
    assert [(file.status, file.media_type) for file in files] == [("kept", kind) for kind in GOOD]


async def test_the_same_file_twice_is_two_files_and_its_bytes_once(firm: Firm) -> None:
    await firm.send(("a.pdf", PDF), ("b.pdf", PDF))
    await firm.settle()
    assert [file.name for file in await firm.files()] == ["a.pdf", "b.pdf"]
    assert len(await firm.app.files.digests(firm.lane)) == 1


async def test_what_may_do_harm_is_refused_told_and_not_kept(firm: Firm) -> None:
    bomb = archive({"a": b"\0" * MEGABYTE}, squeezed=True)
    await firm.send(("facture\u202efdp.exe", b"MZ" + b"\0" * 100), ("vacances.jpg", bomb), ("vide.pdf", b""))
    await firm.settle()
    assert [file.status for file in await firm.files()] == ["refused"] * 3
    assert await firm.app.files.digests(firm.lane) == set()
    said = await firm.said()
    assert "facturefdp.exe" in said
    assert "vacances.jpg" in said
    assert "\u202e" not in said


async def test_of_a_file_refused_and_kept_in_two_guises_the_kept_one_stays(firm: Firm) -> None:
    await firm.send(("bon.pdf", PDF), ("mauvais.pdf", b"MZ\0"))
    await firm.settle()
    kept, refused = await firm.files()
    assert (kept.status, refused.status) == ("kept", "refused")
    assert await firm.app.files.digests(firm.lane) == {kept.digest}


async def test_a_broken_picture_is_kept_not_shown_and_told(firm: Firm) -> None:
    await firm.send(("cassee.png", picture("PNG")[:60]), kind="photo")
    await firm.settle()
    (file,) = await firm.files()
    assert (file.status, file.shown_digest) == ("kept", None)
    assert "cassee.png" in await firm.said()


async def test_a_file_without_a_name_is_called_by_what_it_is(firm: Firm) -> None:
    await firm.receive(Message(
        channel="post", chat="a", key="m1", attachments=(Attachment(id="x", kind="photo"),),
    ))  # fmt: skip
    firm.channel.holds["x"] = b"MZ\0"
    await firm.settle()
    assert "Je ne peux pas garder ce fichier : photo." in await firm.said()


class Failing(FileStore):
    """A store that fails at first."""

    def __init__(self) -> None:
        super().__init__(MemoryStore())
        self.failures = 2

    async def keep(self, ring: KeyRing, lane: str, digest: str, data: bytes) -> None:
        if self.failures:
            self.failures -= 1
            raise ConnectionError
        await super().keep(ring, lane, digest, data)


async def test_what_a_store_did_not_take_is_fetched_again(database: Database, ring: KeyRing, script: Script) -> None:
    firm = a_firm(database, ring, script, Failing())
    await firm.send(("a.png", picture("PNG")))
    for _ in range(4):
        firm.pass_(60)
        await firm.settle()
    (file,) = await firm.files()
    assert file.status == "kept"
    assert file.shown_digest is not None
    assert await firm.app.files.digests(firm.lane) == {file.digest, file.shown_digest}


async def test_over_the_limit_a_link_is_given_and_what_it_brings_is_kept(firm: Firm) -> None:
    await firm.send(("film.pdf", b"\0" * (26 * MEGABYTE)))
    await firm.settle()
    (file,) = await firm.files()
    assert file.status == "too_large"
    link = next(word for word in (await firm.said()).split() if word.startswith("https://x.example/deposer/"))
    token = link.rpartition("/")[2]
    assert links.file_of(firm.app.ring, token, firm.app.clock()) == file.id
    firm.pass_(25 * 3600)
    assert links.file_of(firm.app.ring, token, firm.app.clock()) is None


@pytest.mark.parametrize("token", ["", "a", "é", "x" * 43, "A" * 4000, "=====", "//++"])
def test_a_link_that_nobody_signed_opens_nothing(token: str, ring: KeyRing) -> None:
    assert links.file_of(ring, token, datetime(2026, 11, 23, tzinfo=UTC)) is None


async def test_what_the_channel_no_longer_has_is_told(firm: Firm) -> None:
    await firm.send(("parti.pdf", None))
    await firm.settle()
    (file,) = await firm.files()
    assert file.status == "gone"
    assert await firm.news() == 1


async def test_a_slow_channel_is_asked_again_and_the_news_comes_once(firm: Firm) -> None:
    firm.channel.faults["x"] = [Retry(timedelta(seconds=1)), OSError("broken")]
    await firm.send(("x", b"MZ\0"))
    await firm.settle()
    firm.pass_(60)
    await firm.settle()
    await firm.settle()
    (file,) = await firm.files()
    assert file.status == "refused"
    assert await firm.news() == 1


async def test_a_delivery_that_is_made_again_changes_nothing(firm: Firm) -> None:
    await firm.send(("a.pdf", PDF))
    await take_turns(firm.app)
    await firm.settle()
    async with firm.app.database.begin() as session:
        for row in await session.scalars(select(OutboxRow).where(OutboxRow.kind == "fetch")):
            assert row.payload == b""  # Names of files do not stay behind.
            row.status = "waiting"
    await firm.settle()
    assert firm.channel.fetched == ["a.pdf"]


async def test_a_virus_is_told_and_out_of_reach(database: Database, ring: KeyRing, script: Script) -> None:
    async with clamd.running() as scanner:
        firm = a_firm(database, ring, script, in_memory(), clamd=scanner.address)
        await firm.send(("mail.txt", b"Bonjour " + clamd.EICAR), ("sain.pdf", PDF))
        await firm.settle()
    infected, clean = await firm.files()
    assert (infected.status, infected.shown_digest, clean.status) == ("infected", None, "kept")
    assert "mail.txt" in await firm.said()


@pytest.mark.parametrize("mood", ["drops", "full", "away"])
async def test_until_the_scanner_answers_a_file_is_in_quarantine(
    mood: str, database: Database, ring: KeyRing, script: Script
) -> None:
    async with clamd.running("well" if mood == "away" else mood) as scanner:  # type: ignore[arg-type]
        address = "/nowhere/clamd.sock" if mood == "away" else scanner.address
        firm = a_firm(database, ring, script, in_memory(), clamd=address)
        await firm.send(("a.pdf", PDF))
        await firm.settle()
        (file,) = await firm.files()
        assert (file.status, file.shown_digest) == ("quarantined", None)
        scanner.mood = "slow"
        object.__setattr__(firm.app, "clamd", scanner.address)
        for _ in range(8):
            firm.pass_(120)
            await firm.settle()
    (file,) = await firm.files()
    assert file.status == "kept"
    assert firm.channel.fetched == ["a.pdf"]
    assert scanner.asked[-1] == PDF


async def test_an_upload_is_here_before_its_message(firm: Firm) -> None:
    firm.channel.holds.clear()
    file = await take_upload(firm.app, firm.lane, "up", 0, "relevé.pdf", _chunks(PDF))
    assert file.id.startswith("stored:")
    assert [(one.status, one.name) for one in await firm.files()] == [("quarantined", "relevé.pdf")]
    await firm.receive(Message(channel="post", chat="a", key="up", text="", attachments=(file,)))
    await firm.settle()
    (kept,) = await firm.files()
    assert (kept.status, kept.media_type) == ("kept", "application/pdf")
    assert firm.channel.fetched == []


async def test_an_upload_sent_again_takes_the_place_of_the_first(firm: Firm) -> None:
    await take_upload(firm.app, firm.lane, "up", 0, "a.pdf", _chunks(PDF))
    await take_upload(firm.app, firm.lane, "up", 0, "b.png", _chunks(picture("PNG")))
    (file,) = await firm.files()
    assert file.name == "b.png"
    await discard(firm.app, firm.lane)
    assert await firm.app.files.digests(firm.lane) == {file.digest}


async def test_an_upload_over_the_limit_is_not_held(firm: Firm) -> None:
    with pytest.raises(TooLarge):
        await take_upload(firm.app, firm.lane, "up", 0, "a.pdf", _chunks(*[b"\0" * MEGABYTE] * 26))
    assert await firm.files() == []
    assert await gather(_chunks(b"a", b"", b"b"), 2) == b"ab"


async def test_an_upload_whose_message_never_comes_is_taken_away(firm: Firm) -> None:
    await take_upload(firm.app, firm.lane, "up", 0, "a.pdf", _chunks(PDF))
    assert await sweep(firm.app) == 0
    firm.pass_(25 * 3600)
    assert await sweep(firm.app) == 1
    await firm.settle()
    assert await firm.files() == []
    assert await firm.app.files.digests(firm.lane) == set()


async def test_an_erased_draft_takes_its_files_along_and_nobody_else_s(firm: Firm) -> None:
    other = firm.app.ring.lane("post:b")
    await take_upload(firm.app, other, "up", 0, "b.pdf", _chunks(PDF))
    await firm.send(("a.pdf", PDF), ("b.png", picture("PNG")), text="Amazon m'a viré")
    await firm.settle()
    assert len(await firm.files()) == 2
    for choice in ("erase", "erase_yes"):
        await firm.receive(Message(channel="post", chat="a", key=choice, choice=choice))
        await firm.settle()
    assert await firm.files() == []
    assert await firm.app.files.digests(firm.lane) == set()
    assert len(await firm.app.files.digests(other)) == 1
    async with firm.app.database.read() as session:
        assert (await inbox.ledger(session)).balances


async def test_a_file_that_comes_while_its_draft_is_erased_leaves_nothing(firm: Firm) -> None:
    await firm.send(("a.pdf", PDF), text="Amazon m'a viré")
    await take_turns(firm.app)
    async with firm.app.database.begin() as session:
        await attachments.erase(await session.connection(), firm.lane, select(AttachmentRow.message))
    await firm.settle()
    assert firm.channel.fetched == []
    assert await firm.app.files.digests(firm.lane) == set()


async def test_a_voice_message_counts_once_its_words_are_confirmed(
    database: Database, ring: KeyRing, script: Script
) -> None:
    ear = Ear("amazon m'a viré début octobre")
    firm = a_firm(database, ring, script, in_memory(), transcriber=ear)
    await firm.send(("voix.ogg", OPUS), kind="voice")
    await firm.settle()
    assert ear.sounds == [OPUS]
    assert "amazon m'a viré début octobre" in await firm.said()
    assert (await firm.known()).narrative == ()
    await firm.receive(Message(channel="post", chat="a", key="yes", choice="voice_yes"))
    await firm.settle()
    known = await firm.known()
    assert [passage.text for passage in known.narrative] == ["amazon m'a viré début octobre"]
    assert known.answers["platform_id"].value == "amazon"
    async with database.read() as session:
        assert (await inbox.ledger(session)).balances


async def test_words_not_confirmed_do_not_count(database: Database, ring: KeyRing, script: Script) -> None:
    firm = a_firm(database, ring, script, in_memory(), transcriber=Ear("amazone ma virée"))
    await firm.send(("voix.ogg", OPUS), kind="voice")
    await firm.settle()
    await firm.receive(Message(channel="post", chat="a", key="no", choice="voice_no"))
    await firm.settle()
    assert (await firm.known()).narrative == ()


async def test_a_voice_message_that_nobody_understands_is_kept_and_told(
    database: Database, ring: KeyRing, script: Script
) -> None:
    firm = a_firm(database, ring, script, in_memory(), transcriber=Ear(""))
    await firm.send(("voix.ogg", OPUS), kind="voice")
    await firm.settle()
    assert script.wording["fr"]["files.unheard"] in await firm.said()
    assert [file.status for file in await firm.files()] == ["kept"]


async def test_without_a_transcriber_two_lines_are_asked_for(firm: Firm, script: Script) -> None:
    await firm.send(("voix.ogg", OPUS), kind="voice")
    await firm.settle()
    assert script.wording["fr"]["voice.kept"] in await firm.said()
    assert [file.status for file in await firm.files()] == ["kept"]


async def _chunks(*parts: bytes) -> AsyncIterator[bytes]:
    for part in parts:
        yield part
