"""Every setting, read from the environment and checked at start."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Literal, TypeVar, get_args
from urllib.parse import urlsplit

T = TypeVar("T")
Backend = Literal["embedded", "rasa", "llm"]
BACKENDS: tuple[Backend, ...] = get_args(Backend)

SHIPPED = "shipped"
"""The encoder that comes with Portevoix."""
YES = frozenset({"1", "true", "yes", "on"})
NO = frozenset({"0", "false", "no", "off"})
HIGHEST_PORT = 65535
DATABASES = frozenset({"sqlite", "sqlite+aiosqlite", "postgres", "postgresql", "postgresql+asyncpg"})


class CommandError(Exception):
    """What was asked for cannot be done: one line that says why, and the remedy."""


class SettingError(CommandError):
    """A setting cannot be used: its name, and what it must be."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What the operator decides."""

    home: Path
    """PORTEVOIX_HOME: the data folder."""
    models: Path
    """Where the classifier's models are kept."""
    data: Path
    """Where the examples are that an administrator brought in; without any, those that come with Portevoix count."""
    keys: Path
    """The file of the key ring: outside the database, so that neither is readable with one of them alone."""
    database_url: str
    host: str = "127.0.0.1"
    port: int = 8000
    public_url: str
    """PUBLIC_URL: where firms and officials reach this service, without a slash at the end."""
    secure_cookies: bool = False
    burst: timedelta = timedelta(seconds=1.5)
    """BURST_SECONDS: how long a story is left to go on before it is answered."""
    lease: timedelta = timedelta(seconds=60)
    """LEASE_SECONDS: after this long a turn that was begun is another worker's to take."""
    nlu_timeout: timedelta = timedelta(seconds=20)
    """NLU_SECONDS: shorter than the lease."""
    attempts: int = 5
    """ATTEMPTS: how often a message is tried before it is shown as failed."""
    sirene_url: str | None = None
    """SIRENE_URL: the company register; without one no company is looked up."""
    script_folder: Path | None = None
    """SCRIPT_FOLDER: another script than the one that comes with Portevoix."""
    nlu_backend: Backend = "embedded"
    """NLU_BACKEND: who reads the messages."""
    encoder: str | None = None
    """PORTEVOIX_ENCODER: the model2vec model, by folder or name, that training tries beside the shipped encoder."""
    rasa_url: str = ""
    """RASA_URL: the Rasa server, trained on what `portevoix nlu export --rasa` wrote."""
    rasa_token: str | None = None
    """RASA_TOKEN: what the Rasa server was given as --auth-token."""
    rasa_timeout: timedelta = timedelta(seconds=5)
    """RASA_SECONDS: how long a batch of messages waits for Rasa before the embedded model reads it."""
    llm_url: str = ""
    """LLM_URL: an OpenAI-compatible endpoint, as far as `/chat/completions` follows: `http://localhost:11434/v1`."""
    llm_model: str = ""
    """LLM_MODEL: the model's name there."""
    llm_key: str | None = field(default=None, repr=False)
    """LLM_KEY: what the endpoint lets us in with."""
    llm_timeout: timedelta = timedelta(seconds=8)
    """LLM_SECONDS: how long a batch of messages waits for the language model before the embedded one reads it."""


def read(environment: Mapping[str, str]) -> Settings:
    """Check every setting. Raises SettingError, with the name of the first that is wrong."""
    values = {name: text.strip() for name, text in environment.items() if text.strip()}
    home = Path(values.get("PORTEVOIX_HOME", "var")).expanduser()
    host = values.get("HOST", "127.0.0.1")
    port = _read(values, "PORT", _port, 8000)
    public_url = _read(values, "PUBLIC_URL", _web_address, f"http://{'localhost' if _is_local(host) else host}:{port}")
    settings = Settings(
        home=home,
        models=home / "models",
        data=home / "data",
        keys=home / "keys.json",
        database_url=_read(values, "DATABASE_URL", database, f"sqlite:///{home / 'portevoix.db'}"),
        host=host,
        port=port,
        public_url=public_url,
        secure_cookies=_read(values, "SECURE_COOKIES", _switch, public_url.startswith("https://")),
        burst=_read(values, "BURST_SECONDS", _seconds, timedelta(seconds=1.5)),
        lease=_read(values, "LEASE_SECONDS", _seconds, timedelta(seconds=60)),
        nlu_timeout=_read(values, "NLU_SECONDS", _seconds, timedelta(seconds=20)),
        attempts=_read(values, "ATTEMPTS", _count, 5),
        sirene_url=_read(values, "SIRENE_URL", _web_address, None),
        script_folder=_read(values, "SCRIPT_FOLDER", _folder, None),
        nlu_backend=_read(values, "NLU_BACKEND", _backend, "embedded"),
        encoder=_read(values, "PORTEVOIX_ENCODER", _encoder, None),
        rasa_url=_read(values, "RASA_URL", _web_address, ""),
        rasa_token=values.get("RASA_TOKEN"),
        rasa_timeout=_read(values, "RASA_SECONDS", _seconds, timedelta(seconds=5)),
        llm_url=_read(values, "LLM_URL", _web_address, ""),
        llm_model=values.get("LLM_MODEL", ""),
        llm_key=_read(values, "LLM_KEY", _secret, None),
        llm_timeout=_read(values, "LLM_SECONDS", _seconds, timedelta(seconds=8)),
    )
    if not timedelta() < settings.nlu_timeout < settings.lease:
        raise SettingError("NLU_SECONDS must be more than 0 and less than LEASE_SECONDS")
    if settings.nlu_backend == "rasa":
        _check_rasa(settings)
    if settings.nlu_backend == "llm":
        _check_llm(settings)
    return settings


def _check_rasa(settings: Settings) -> None:
    if not settings.rasa_url:
        raise SettingError("RASA_URL must be the address of the Rasa server, since NLU_BACKEND is rasa")
    if not timedelta() < settings.rasa_timeout < settings.nlu_timeout:
        raise SettingError("RASA_SECONDS must be more than 0 and less than NLU_SECONDS")


def _check_llm(settings: Settings) -> None:
    if not settings.llm_url or not settings.llm_model:
        raise SettingError("LLM_URL and LLM_MODEL must name an endpoint and its model, since NLU_BACKEND is llm")
    if not timedelta() < settings.llm_timeout < settings.nlu_timeout:
        raise SettingError("LLM_SECONDS must be more than 0 and less than NLU_SECONDS")


def database(text: str) -> str:
    """Check the address of a database. Raises ValueError, without the address: it may hold a password."""
    scheme, separator, rest = text.partition("://")
    if not separator or scheme not in DATABASES:
        raise ValueError("must begin with sqlite:/// or postgresql://")
    if scheme.startswith("sqlite") and not (rest.startswith("/") and len(rest) > 1):
        raise ValueError("must name a file: sqlite:///folder/portevoix.db")
    return text


def _is_local(host: str) -> bool:
    return host in {"127.0.0.1", "0.0.0.0", "::1", "::"}  # noqa: S104  # Compared, not bound.


def _read(values: Mapping[str, str], name: str, reader: Callable[[str], T], default: T) -> T:
    if name not in values:
        return default
    try:
        return reader(values[name])
    except ValueError as error:
        raise SettingError(f"{name} {error}") from error


def _port(text: str) -> int:
    if not text.isascii() or not text.isdigit() or int(text) > HIGHEST_PORT:
        raise ValueError(f"must be a whole number from 0 to {HIGHEST_PORT}")
    return int(text)


def _count(text: str) -> int:
    if not text.isascii() or not text.isdigit() or int(text) < 1:
        raise ValueError("must be a whole number from 1 up")
    return int(text)


def _seconds(text: str) -> timedelta:
    problem = "must be a number of seconds, 0 or more, at most a day"
    try:
        seconds = float(text)
    except ValueError as error:
        raise ValueError(problem) from error
    if not math.isfinite(seconds) or not 0 <= seconds <= timedelta(days=1).total_seconds():
        raise ValueError(problem)
    return timedelta(seconds=seconds)


def _switch(text: str) -> bool:
    if text.lower() in YES:
        return True
    if text.lower() in NO:
        return False
    raise ValueError("must be yes or no")


def _web_address(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError("must be a web address that begins with http:// or https://")
    return text.rstrip("/")


def _secret(text: str) -> str:
    if not text.isascii() or not text.isprintable() or " " in text:
        raise ValueError("must be printable ASCII without spaces")
    return text


def _backend(text: str) -> Backend:
    for backend in BACKENDS:
        if text == backend:
            return backend
    raise ValueError(f"must be one of {', '.join(BACKENDS)}, and it is {text!r}")


def _encoder(text: str) -> str | None:
    """What follows `model2vec:`; None for the shipped encoder alone."""
    if text == SHIPPED:
        return None
    kind, _, model = text.partition(":")
    if kind != "model2vec" or not model.strip() or not model.isprintable():
        raise ValueError(
            f"must be {SHIPPED}, or model2vec: and the folder or name of a model, "
            "as in model2vec:minishlab/potion-multilingual-128M"
        )
    return model.strip()


def _folder(text: str) -> Path:
    folder = Path(text).expanduser()
    if not folder.is_dir():
        raise ValueError("must name a folder that exists")
    return folder
