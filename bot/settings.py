"""Every setting, read from the environment and checked at start."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from importlib.util import find_spec
from pathlib import Path
from typing import Literal, cast, get_args

from bot import access, limits, values
from bot.access import ConsoleSettings
from bot.channels import settings as channels
from bot.channels.settings import FileSettings, TelegramSettings, WhatsappSettings
from bot.limits import TrainingSettings
from bot.values import SettingError

Backend = Literal["embedded", "rasa", "llm"]
Theme = Literal["neutral", "dsfr"]
BACKENDS: tuple[Backend, ...] = get_args(Backend)

SHIPPED = "shipped"
"""The encoder that comes with Portevoix."""


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
    widget_origins: tuple[str, ...] = ()
    """WIDGET_ORIGINS: the sites whose pages may show the chat; without any, none may."""
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
    stories_folder: Path | None = None
    """STORIES_FOLDER: where officials may write the conversation tests that they made; else they download them."""
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
    audit_months: int = 12
    """AUDIT_MONTHS: how long what officials read and did is kept."""
    audit_head: Path
    """How far the audit log has come, kept outside the database: what is taken off its end is found by it."""
    telegram: TelegramSettings | None = None
    whatsapp: WhatsappSettings | None = None
    files: FileSettings
    console: ConsoleSettings
    training: TrainingSettings
    theme: Theme = "neutral"
    """THEME: how the console looks; `dsfr`, the State's design system, is for the State's services alone."""


def read(environment: Mapping[str, str]) -> Settings:
    """Check every setting. Raises SettingError, with the name of the first that is wrong."""
    given = {name: text.strip() for name, text in environment.items() if text.strip()}
    home = Path(given.get("PORTEVOIX_HOME", "var")).expanduser()
    host = given.get("HOST", "127.0.0.1")
    port = values.read(given, "PORT", values.port, 8000)
    public_url = values.read(
        given, "PUBLIC_URL", values.web_address, f"http://{'localhost' if _is_local(host) else host}:{port}"
    )
    settings = Settings(
        home=home,
        models=home / "models",
        data=home / "data",
        keys=home / "keys.json",
        database_url=values.read(given, "DATABASE_URL", values.database, f"sqlite:///{home / 'portevoix.db'}"),
        host=host,
        port=port,
        public_url=public_url,
        secure_cookies=values.read(given, "SECURE_COOKIES", values.switch, public_url.startswith("https://")),
        widget_origins=values.read(given, "WIDGET_ORIGINS", values.origins, ()),
        burst=values.read(given, "BURST_SECONDS", values.seconds, timedelta(seconds=1.5)),
        lease=values.read(given, "LEASE_SECONDS", values.seconds, timedelta(seconds=60)),
        nlu_timeout=values.read(given, "NLU_SECONDS", values.seconds, timedelta(seconds=20)),
        attempts=values.read(given, "ATTEMPTS", values.count, 5),
        sirene_url=values.read(given, "SIRENE_URL", values.web_address, None),
        script_folder=values.read(given, "SCRIPT_FOLDER", values.folder, None),
        stories_folder=values.read(given, "STORIES_FOLDER", values.folder, None),
        nlu_backend=cast("Backend", values.read(given, "NLU_BACKEND", values.one_of(*BACKENDS), "embedded")),
        encoder=values.read(given, "PORTEVOIX_ENCODER", _encoder, None),
        rasa_url=values.read(given, "RASA_URL", values.web_address, ""),
        rasa_token=given.get("RASA_TOKEN"),
        rasa_timeout=values.read(given, "RASA_SECONDS", values.seconds, timedelta(seconds=5)),
        llm_url=values.read(given, "LLM_URL", values.web_address, ""),
        llm_model=given.get("LLM_MODEL", ""),
        llm_key=values.read(given, "LLM_KEY", values.secret, None),
        llm_timeout=values.read(given, "LLM_SECONDS", values.seconds, timedelta(seconds=8)),
        audit_months=values.read(given, "AUDIT_MONTHS", values.months, 12),
        audit_head=home / "audit.head",
        telegram=channels.telegram(given, public_url),
        whatsapp=channels.whatsapp(given),
        files=channels.files(given, home),
        console=access.read(given),
        training=limits.read(given, home),
        theme=cast("Theme", values.read(given, "THEME", values.one_of(*get_args(Theme)), "neutral")),
    )
    if not timedelta() < settings.nlu_timeout < settings.lease:
        raise SettingError("NLU_SECONDS must be more than 0 and less than LEASE_SECONDS")
    if settings.theme == "dsfr" and find_spec("dsfr") is None:
        raise SettingError("THEME=dsfr needs the package django-dsfr: install portevoix[dsfr]")
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


def _is_local(host: str) -> bool:
    return host in {"127.0.0.1", "0.0.0.0", "::1", "::"}  # noqa: S104  # Compared, not bound.


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
