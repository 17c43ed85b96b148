"""What the operator decides of the channels, and of the files that come in on them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, cast

from bot import values
from bot.values import SettingError

MEGABYTE = 1_000_000
TELEGRAM_API = "https://api.telegram.org"
WHATSAPP_API = "https://graph.facebook.com"


@dataclass(frozen=True, slots=True, kw_only=True)
class TelegramSettings:
    """A bot of Telegram."""

    token: str = field(repr=False)
    """TELEGRAM_TOKEN: what BotFather gave."""
    client: Literal["aiogram", "ptb"] = "aiogram"
    """TELEGRAM_CLIENT: the library that speaks to Telegram."""
    updates: Literal["webhook", "poll"] = "poll"
    """TELEGRAM_UPDATES: Telegram calls us, or we ask it; where PUBLIC_URL is https, it calls."""
    api: str = TELEGRAM_API
    """TELEGRAM_API: another Bot API server than Telegram's own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WhatsappSettings:
    """A number of WhatsApp, on Meta's Cloud API."""

    token: str = field(repr=False)
    """WHATSAPP_TOKEN: of a system user, with whatsapp_business_messaging."""
    phone_id: str
    """WHATSAPP_PHONE_ID: the number's id, not the number."""
    app_secret: str = field(repr=False)
    """WHATSAPP_APP_SECRET: with which Meta signs what it sends."""
    verify_token: str = field(repr=False)
    """WHATSAPP_VERIFY_TOKEN: what Meta repeats when it first calls."""
    template: str | None = None
    """WHATSAPP_TEMPLATE: the approved template that says an answer waits, without a word of it."""
    api: str = WHATSAPP_API
    """WHATSAPP_API: another server than Meta's own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FileSettings:
    """Where files are kept, how large they may be, and who looks at them first."""

    store: str
    """FILES_URL: file:///folder, or s3://bucket/prefix."""
    most: int = 25 * MEGABYTE
    """FILES_MEGABYTES: the largest file that is kept, in bytes."""
    clamd: str | None = None
    """CLAMD_ADDRESS: host:port or the path of a socket; without one no file is looked at for viruses."""
    voice_model: str | None = None
    """VOICE_MODEL: a model of faster-whisper, by name or folder; without one voice messages are kept and not read."""


def telegram(given: Mapping[str, str], public_url: str) -> TelegramSettings | None:
    """The bot; None without a token. Raises SettingError."""
    if "TELEGRAM_TOKEN" not in given:
        return None
    called = "webhook" if public_url.startswith("https://") else "poll"
    settings = TelegramSettings(
        token=values.read(given, "TELEGRAM_TOKEN", _bot_token, ""),
        client=cast(
            'Literal["aiogram", "ptb"]',
            values.read(given, "TELEGRAM_CLIENT", values.one_of("aiogram", "ptb"), "aiogram"),
        ),
        updates=cast(
            'Literal["webhook", "poll"]',
            values.read(given, "TELEGRAM_UPDATES", values.one_of("webhook", "poll"), called),
        ),
        api=values.read(given, "TELEGRAM_API", values.web_address, TELEGRAM_API),
    )
    if settings.updates == "webhook" and called == "poll":
        raise SettingError("TELEGRAM_UPDATES is webhook: PUBLIC_URL must then be an https:// address")
    return settings


def whatsapp(given: Mapping[str, str]) -> WhatsappSettings | None:
    """The number; None without a token. Raises SettingError."""
    if "WHATSAPP_TOKEN" not in given:
        return None
    for name in ("WHATSAPP_PHONE_ID", "WHATSAPP_APP_SECRET", "WHATSAPP_VERIFY_TOKEN"):
        if name not in given:
            raise SettingError(f"{name} must be set too, since WHATSAPP_TOKEN is: see docs/whatsapp.md")
    return WhatsappSettings(
        token=values.read(given, "WHATSAPP_TOKEN", values.secret, ""),
        phone_id=values.read(given, "WHATSAPP_PHONE_ID", _digits, ""),
        app_secret=values.read(given, "WHATSAPP_APP_SECRET", values.secret, ""),
        verify_token=values.read(given, "WHATSAPP_VERIFY_TOKEN", values.secret, ""),
        template=given.get("WHATSAPP_TEMPLATE"),
        api=values.read(given, "WHATSAPP_API", values.web_address, WHATSAPP_API),
    )


def files(given: Mapping[str, str], home: Path) -> FileSettings:
    """How files are kept; in the data folder by default. Raises SettingError."""
    return FileSettings(
        store=values.read(given, "FILES_URL", _store, (home.absolute() / "files").as_uri()),
        most=values.read(given, "FILES_MEGABYTES", values.count, 25) * MEGABYTE,
        clamd=values.read(given, "CLAMD_ADDRESS", _clamd, None),
        voice_model=given.get("VOICE_MODEL"),
    )


def _bot_token(text: str) -> str:
    number, colon, rest = text.partition(":")
    if not (number.isdigit() and colon and rest) or not text.isascii() or " " in text:
        raise ValueError("must be what BotFather gave: digits, a colon, letters")
    return text


def _digits(text: str) -> str:
    if not text.isascii() or not text.isdigit():
        raise ValueError("must be the number's id, digits only")
    return text


def _clamd(text: str) -> str:
    host, _, port = text.rpartition(":")
    if not text.startswith("/") and not (host and port.isascii() and port.isdigit()):
        raise ValueError("must be host:port, or the path of clamd's socket")
    return text


def _store(text: str) -> str:
    if not text.startswith(("file:///", "s3://")):
        raise ValueError("must begin with file:/// or s3://")
    return text.rstrip("/")
