"""Files of WhatsApp are asked for by id and fetched with our token, no further than the limit; the library is lazy."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from bot.assembly import networks
from bot.channels.channel import Gone, Retry, TooLarge
from bot.channels.whatsapp_pywa import Whatsapp
from bot.settings import read
from storage.crypto import KeyRing
from stories.types import Attachment
from tests.bot.channels.wired_whatsapp import whatsapp_settings
from tests.fakes.whatsapp import FakeWhatsapp, serving


@pytest.fixture
async def fake() -> AsyncIterator[FakeWhatsapp]:
    async with serving() as network:
        yield network


@pytest.fixture
async def channel(fake: FakeWhatsapp) -> AsyncIterator[Whatsapp]:
    channel = Whatsapp(whatsapp_settings(fake.url))
    yield channel
    await channel.close()


async def test_a_file_is_fetched_with_our_token(channel: Whatsapp, fake: FakeWhatsapp) -> None:
    media = fake.upload(b"%PDF-1.7 abc", "application/pdf")
    assert await channel.fetch(Attachment(id=media, kind="document"), most=100) == b"%PDF-1.7 abc"


@pytest.mark.parametrize("claimed", [101, 5])
async def test_a_file_over_the_limit_is_not_read_whatever_its_size_is_said_to_be(
    channel: Whatsapp, fake: FakeWhatsapp, claimed: int
) -> None:
    media = fake.upload(b"x" * 101, "application/pdf")
    fake.claims[media] = claimed
    with pytest.raises(TooLarge):
        await channel.fetch(Attachment(id=media, kind="document"), most=100)


async def test_a_file_that_is_no_longer_there_is_gone(channel: Whatsapp, fake: FakeWhatsapp) -> None:
    with pytest.raises(Gone):
        await channel.fetch(Attachment(id="1", kind="photo"), most=100)
    fake.faults.broken = 1
    with pytest.raises(Retry):
        await channel.fetch(Attachment(id="1", kind="photo"), most=100)


async def test_the_number_is_there_only_where_it_is_set(ring: KeyRing) -> None:
    settings = read({})
    assert networks(settings, ring) == []
    (channel,) = networks(replace(settings, whatsapp=whatsapp_settings("http://localhost:1")), ring)
    assert channel.name == "whatsapp"
    await channel.close()


def test_the_library_is_not_loaded_before() -> None:
    code = "import sys, bot.assembly, bot.hooks; sys.exit(any(name.startswith('pywa') for name in sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
