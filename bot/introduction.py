"""How the Telegram bot presents itself: the commands of its menu and its page, in the words of the script."""

from __future__ import annotations

from collections.abc import Mapping

from bot.channels.telegram_client import Client, Introduction
from stories.script import LANGUAGES, Script
from stories.types import Language
from stories.wording import word

COMMANDS: Mapping[Language, Mapping[str, str]] = {
    "fr": {
        "start": "start", "aide": "help", "statut": "status", "langue": "language", "effacer": "erase",
        "humain": "human",
    },
    "en": {
        "start": "start", "help": "help", "status": "status", "language": "language", "erase": "erase",
        "human": "human",
    },
}  # fmt: skip
"""What is typed, in each language, and what it asks for."""


async def introduce(client: Client, script: Script) -> None:
    """Tell Telegram, in French for all who speak neither. Raises Retry or Refused."""
    await client.introduce(introduction(script, "fr", of=None))
    for language in LANGUAGES:
        await client.introduce(introduction(script, language, of=language))


def introduction(script: Script, language: Language, *, of: Language | None) -> Introduction:
    """In the words of one language, for those who speak `of`."""
    commands = {name: word(script, language, f"command.{asks}") for name, asks in COMMANDS[language].items()}
    return Introduction(
        language=of, commands=commands, description=word(script, language, "bot.description"),
        about=word(script, language, "bot.about"),
    )  # fmt: skip
