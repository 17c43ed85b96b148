"""`portevoix telegram`: a bot is connected, and what stands in its way is said with its remedy."""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.fakes.telegram import TOKEN, FakeTelegram, serving


@pytest.fixture
async def fake() -> AsyncIterator[FakeTelegram]:
    async with serving() as fake:
        yield fake


async def run(fake: FakeTelegram, home: Path, *arguments: str, **settings: str) -> tuple[int, str, str]:
    """Run the command; gives its status, and what it printed."""
    given = {
        "PORTEVOIX_HOME": str(home), "TELEGRAM_TOKEN": TOKEN, "TELEGRAM_API": fake.url, "TELEGRAM_CLIENT": "ptb",
        "PUBLIC_URL": "https://site.example", **settings,
    }  # fmt: skip
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot", *arguments, env={**os.environ, **given}, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )  # fmt: skip
    try:
        said, complained = await process.communicate()
    finally:
        if process.returncode is None:
            process.terminate()
            await process.wait()
    return process.returncode or 0, said.decode(), complained.decode()


async def test_a_webhook_is_set_with_its_secret_and_the_commands_and_checked(
    fake: FakeTelegram, tmp_path: Path
) -> None:
    before = await run(fake, tmp_path, "telegram", "check")
    assert "@portevoix_bot" in before[1]
    assert "To do    run `portevoix telegram set-webhook`" in before[1]
    status, said, complained = await run(fake, tmp_path, "telegram", "set-webhook")
    assert (status, complained) == (0, "")
    assert "Telegram calls https://site.example/hooks/telegram" in said
    assert fake.hook.url == "https://site.example/hooks/telegram"
    assert len(fake.hook.secret) == 64
    assert ("commands", "en") in fake.introduced
    after = await run(fake, tmp_path, "telegram", "check")
    assert "To do" not in after[1]
    fake.hook.error, fake.hook.failed_at = "Wrong response from the webhook: 403 Forbidden", 1_795_000_000
    _, said, _ = await run(fake, tmp_path, "telegram", "check")
    assert "the secret differs" in said


async def test_a_bot_that_cannot_be_asked_says_why_and_what_to_do(fake: FakeTelegram, tmp_path: Path) -> None:
    fake.hook.url = "https://elsewhere.example/"
    status, _, complained = await run(fake, tmp_path, "telegram", "check", TELEGRAM_TOKEN="12:another")
    assert status == 2
    assert "TELEGRAM_TOKEN" in complained
    assert "another" not in complained
    status, _, complained = await run(fake, tmp_path, "telegram", "set-webhook", PUBLIC_URL="http://site.example")
    assert status == 2
    assert "https://" in complained


async def test_without_a_token_the_way_to_one_is_said(fake: FakeTelegram, tmp_path: Path) -> None:
    status, _, complained = await run(fake, tmp_path, "telegram", "check", TELEGRAM_TOKEN="")
    assert status == 2
    assert "BotFather" in complained


@pytest.fixture
def home(trained: Path, tmp_path: Path) -> Path:
    """A data folder with a trained classifier."""
    (tmp_path / "models").symlink_to(trained / "models")
    return tmp_path


async def test_serve_asks_for_messages_answers_them_and_gives_way_to_a_webhook(fake: FakeTelegram, home: Path) -> None:
    ana = fake.person()
    await ana.writes("/start")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = str(free.getsockname()[1])
    first = asyncio.create_task(run(fake, home, "serve", PUBLIC_URL="", PORT=port, BURST_SECONDS="0"))
    async with asyncio.timeout(120):
        while not fake.said():  # noqa: ASYNC110  # The fake sets no event.
            await asyncio.sleep(0.05)
    assert fake.said()[0].text.startswith("Bonjour. Je suis Portevoix")
    fake.hook.url = "https://elsewhere.example/"
    status, _, complained = await run(fake, home, "serve", PUBLIC_URL="", PORT="0")
    assert status == 2
    assert "https://elsewhere.example/" in complained
    assert "--remove-webhook" in complained
    first.cancel()
    await asyncio.wait([first])


def test_no_channel_library_is_loaded_before_a_channel_is_used() -> None:
    program = (
        "import sys; import bot.cli, bot.assembly, bot.web, bot.worker, bot.polling, bot.commands.telegram; "
        "bot.cli._parser(); print({'aiogram', 'telegram', 'pywa'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"
