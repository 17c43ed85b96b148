"""Files that firms send: fetched, looked at, and kept with their conversation."""

from __future__ import annotations

from bot.app import App
from bot.channels.channel import Channel
from storage.outbox import Fetch


async def fetch(app: App, channel: Channel, chat: str, wanted: Fetch) -> None:
    """Fetch a file and keep it; what cannot be kept is told, as a message of its own. Raises Retry."""
    raise NotImplementedError((app, channel, chat, wanted))
