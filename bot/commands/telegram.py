"""`portevoix telegram`: have Telegram call us or ask it, and see whether that works."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from bot.assembly import assembled, opened
from bot.channels.channel import Retry, Unreachable
from bot.channels.settings import TelegramSettings
from bot.channels.telegram import KINDS
from bot.channels.telegram_channel import Telegram
from bot.channels.telegram_client import Client, Profile, Refused, Webhook
from bot.commands.serving import run, work_together
from bot.given import read_script
from bot.introduction import introduce
from bot.model import tell
from bot.polling import NO_BOT, Poller, telegram_of, unknown
from bot.settings import Settings
from bot.values import CommandError
from bot.worker import Worker


def set_webhook(settings: Settings, _asked: Namespace) -> None:
    run(_set_webhook(settings))


def check(settings: Settings, _asked: Namespace) -> None:
    run(_check(settings))


def poll(settings: Settings, asked: Namespace) -> None:
    run(_poll(settings, remove_webhook=asked.remove_webhook))


async def _set_webhook(settings: Settings) -> None:
    """Have Telegram call this service, and tell it the commands."""
    if not settings.public_url.startswith("https://"):
        raise CommandError("PUBLIC_URL must be an https:// address that Telegram can reach; without one, poll")
    async with _speaking(settings) as (channel, client):
        await client.set_webhook(_address(settings), channel.secret, KINDS)
        await introduce(client, read_script(settings.script_folder))
        print(f"Telegram calls {_address(settings)}. `portevoix telegram check` shows whether it gets through.")


async def _check(settings: Settings) -> None:
    """Say who the bot is, how its messages come, and what to do."""
    async with _speaking(settings) as (_, client):
        me, hook = await client.get_me(), await client.get_webhook()
    print(f"Bot      @{me.username} ({me.name}), https://t.me/{me.username}")
    print(f"Webhook  {hook.url or 'none: the bot is asked for its messages'}")
    print(f"Waiting  {hook.pending} messages")
    if hook.error:
        print(f"Failed   {hook.failed_at:%Y-%m-%d %H:%M} UTC: {hook.error}")
    for line in _to_do(settings, me, hook):
        print(f"To do    {line}")


async def _poll(settings: Settings, *, remove_webhook: bool) -> None:
    """Ask Telegram for messages and answer them, without a web page."""
    _bot(settings)
    async with assembled(settings, tell=tell, connected=True) as app:
        channel = telegram_of(app)
        if remove_webhook:
            async with _said(channel) as client:
                await client.delete_webhook()
        print("Asking Telegram for messages.", flush=True)
        await work_together([Worker(app), Poller(app, channel)])


def _to_do(settings: Settings, me: Profile, hook: Webhook) -> list[str]:
    """What stands in the way of messages, and what removes it."""
    telegram = _bot(settings)
    found = []
    if telegram.updates == "webhook" and hook.url != _address(settings):
        found.append(f"run `portevoix telegram set-webhook`, so that {_address(settings)} is called")
    if telegram.updates == "poll" and hook.url:
        found.append("a webhook is set, so polling fails: `portevoix telegram poll --remove-webhook` takes it away")
    if telegram.updates == "poll" and not hook.url and hook.pending:
        found.append("messages wait: start `portevoix serve`, `worker` or `telegram poll`")
    if hook.error and "403" in hook.error:
        found.append("the secret differs: run `portevoix telegram set-webhook` with the keys.json of the web process")
    elif hook.error:
        found.append(f"see that {hook.url} can be reached from outside with a valid certificate")
    if me.reads_groups:
        found.append("privacy mode is off: in @BotFather, /setprivacy, Enable; the bot needs no group's messages")
    return found


@asynccontextmanager
async def _speaking(settings: Settings) -> AsyncIterator[tuple[Telegram, Client]]:
    """A channel, with its client. Raises CommandError where Telegram does not answer."""
    telegram = _bot(settings)
    async with opened(settings) as (_, ring):
        channel = Telegram(telegram, ring)
        try:
            async with _said(channel) as client:
                yield channel, client
        finally:
            await channel.close()


@asynccontextmanager
async def _said(channel: Telegram) -> AsyncIterator[Client]:
    try:
        yield await channel.client()
    except Retry as error:
        seconds = error.after.total_seconds()
        raise CommandError(f"Telegram does not answer; try again in {seconds:.0f} seconds") from None
    except Unreachable:
        raise CommandError("Telegram has closed this bot: see @BotFather") from None
    except Refused as refused:
        known = refused.status not in {401, 404}
        raise CommandError(f"Telegram refuses: {refused.reason}" if known else unknown(refused)) from None


def _bot(settings: Settings) -> TelegramSettings:
    if settings.telegram is None:
        raise CommandError(NO_BOT)
    return settings.telegram


def _address(settings: Settings) -> str:
    return f"{settings.public_url}/hooks/{Telegram.name}"
