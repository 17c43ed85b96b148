"""A file that every attempt failed to fetch stayed "being fetched" for good, and its sender was told nothing."""

from __future__ import annotations

from datetime import timedelta

from bot import links
from bot.channels.channel import Refused, Retry
from storage.crypto import KeyRing
from storage.database import Database
from storage.filestore import in_memory
from tests.bot.samples import PDF
from tests.bot.test_files import Firm, a_firm
from tests.stories.talk import script


async def _given_up(firm: Firm, *faults: Exception) -> str:
    """What is said once every attempt was made; the link to bring the file is given."""
    firm.channel.faults["facture.pdf"] = list(faults)
    await firm.send(("facture.pdf", PDF))
    for _ in range(4):
        firm.pass_(600)
        await firm.settle()
    return await firm.said()


async def test_after_the_last_attempt_the_firm_is_told_once_what_to_do(database: Database, ring: KeyRing) -> None:
    firm = a_firm(database, ring, script(), in_memory(), deliveries=3)
    said = await _given_up(firm, *[Retry(timedelta(seconds=1)), OSError("broken")] * 3)
    assert said.count("Je n'ai pas pu récupérer ce fichier : facture.pdf.") == 1
    (file,) = await firm.files()
    assert file.status == "gone"
    link = next(word for word in said.split() if word.startswith(firm.app.upload_url))
    assert links.file_of(ring, link.rpartition("/")[2], firm.app.clock()) == file.id


async def test_what_the_network_refuses_for_good_is_told_as_well(database: Database, ring: KeyRing) -> None:
    firm = a_firm(database, ring, script(), in_memory())
    assert "facture.pdf" in await _given_up(firm, Refused("no"))
    assert await firm.news() == 1


async def test_what_was_fetched_and_could_not_be_looked_at_leaves_no_bytes(database: Database, ring: KeyRing) -> None:
    firm = a_firm(database, ring, script(), in_memory(), clamd="/nowhere/clamd.sock", deliveries=2)
    assert "facture.pdf" in await _given_up(firm)
    (file,) = await firm.files()
    assert (file.status, file.digest) == ("gone", None)
    assert await firm.app.files.digests(firm.lane) == set()
