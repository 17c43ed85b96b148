"""A wrong setting stops the start and says which one."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from bot.settings import read
from bot.values import SettingError


def test_nothing_needs_to_be_set() -> None:
    settings = read({})
    assert (settings.host, settings.port) == ("127.0.0.1", 8000)
    assert settings.database_url == "sqlite:///var/portevoix.db"
    assert settings.public_url == "http://localhost:8000"
    assert settings.burst == timedelta(seconds=1.5)
    assert settings.sirene_url is None
    assert not settings.secure_cookies


def test_an_empty_variable_counts_as_unset() -> None:
    assert read({"SIRENE_URL": "", "PORT": " "}) == read({})


def test_the_database_stands_in_the_data_folder(tmp_path: Path) -> None:
    settings = read({"PORTEVOIX_HOME": str(tmp_path)})
    assert settings.database_url == f"sqlite:///{tmp_path}/portevoix.db"
    assert settings.models == tmp_path / "models"


@pytest.mark.parametrize(
    "url", ["postgresql://u:p@db:5432/pv", "sqlite:///data/a.db", "sqlite+aiosqlite:////data/a.db"]
)
def test_a_database_is_sqlite_or_postgresql(url: str) -> None:
    assert read({"DATABASE_URL": url}).database_url == url


def test_cookies_are_secure_where_the_public_address_is() -> None:
    settings = read({"PUBLIC_URL": "https://portevoix.example/"})
    assert settings.secure_cookies
    assert settings.public_url == "https://portevoix.example"
    assert not read({"PUBLIC_URL": "https://portevoix.example", "SECURE_COOKIES": "no"}).secure_cookies


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "http"),
        ("PORT", "70000"),
        ("DATABASE_URL", "mysql://root:hunter2@db/pv"),
        ("DATABASE_URL", "sqlite://"),
        ("BURST_SECONDS", "-1"),
        ("BURST_SECONDS", "nan"),
        ("LEASE_SECONDS", "soon"),
        ("ATTEMPTS", "0"),
        ("SIRENE_URL", "recherche-entreprises"),
        ("PUBLIC_URL", "ftp://portevoix.example"),
        ("SCRIPT_FOLDER", "/nowhere/at/all"),
        ("NLU_BACKEND", "oracle"),
        ("PORTEVOIX_ENCODER", "potion"),
        ("PORTEVOIX_ENCODER", "model2vec: "),
        ("PORTEVOIX_ENCODER", "laser:some/model"),
        ("RASA_URL", "localhost:5005"),
        ("SECURE_COOKIES", "maybe"),
        ("NLU_SECONDS", "60"),
        ("NLU_SECONDS", "0"),
        ("LLM_URL", "localhost:11434"),
        ("LLM_KEY", "hunter2 hunter2"),
        ("FILES_URL", "ftp://hunter2@store"),
        ("FILES_MEGABYTES", "0"),
        ("CLAMD_ADDRESS", "clamd"),
        ("CLAMD_ADDRESS", "clamd:port"),
    ],
)
def test_a_wrong_setting_is_named_and_its_value_kept_quiet(name: str, value: str) -> None:
    with pytest.raises(SettingError, match=f"^{name} must") as caught:
        read({name: value})
    assert "hunter2" not in str(caught.value)


LLM = {"NLU_BACKEND": "llm", "LLM_URL": "http://localhost:11434/v1/", "LLM_MODEL": "mistral", "LLM_KEY": "hunter2"}


def test_a_language_model_is_asked_only_where_one_is_named() -> None:
    settings = read(LLM)
    assert (settings.llm_url, settings.llm_model, settings.llm_key) == (
        "http://localhost:11434/v1",
        "mistral",
        "hunter2",
    )
    assert "hunter2" not in repr(settings)
    assert read({}).nlu_backend == "embedded"


@pytest.mark.parametrize("wrong", [{"LLM_URL": ""}, {"LLM_MODEL": ""}, {"LLM_SECONDS": "20"}, {"LLM_SECONDS": "0"}])
def test_a_language_model_needs_an_address_a_name_and_a_limit(wrong: dict[str, str]) -> None:
    with pytest.raises(SettingError, match=next(iter(wrong))):
        read({**LLM, **wrong})


def test_rasa_is_asked_for_less_time_than_a_message_may_take() -> None:
    named = {"NLU_BACKEND": "rasa", "RASA_URL": "http://localhost:5005/"}
    assert read(named).rasa_url == "http://localhost:5005"
    assert read({"NLU_SECONDS": "3"}).nlu_backend == "embedded"
    for wrong in ({**named, "NLU_SECONDS": "3"}, {**named, "RASA_SECONDS": "0"}):
        with pytest.raises(SettingError, match="RASA_SECONDS"):
            read(wrong)


@pytest.mark.parametrize(
    ("text", "model"),
    [
        ("shipped", None),
        ("model2vec:minishlab/potion-multilingual-128M", "minishlab/potion-multilingual-128M"),
        ("model2vec:C:/models/ours", "C:/models/ours"),
    ],
)
def test_the_encoder_is_the_shipped_one_or_a_model_to_try(text: str, model: str | None) -> None:
    assert read({"PORTEVOIX_ENCODER": text}).encoder == model
    assert read({}).encoder is None


def test_rasa_needs_an_address() -> None:
    with pytest.raises(SettingError, match="RASA_URL"):
        read({"NLU_BACKEND": "rasa"})


def test_files_lie_in_the_data_folder_unless_they_are_kept_elsewhere(tmp_path: Path) -> None:
    assert read({"PORTEVOIX_HOME": str(tmp_path)}).files.store == (tmp_path / "files").as_uri()
    files = read({"FILES_URL": "s3://firms/files/", "FILES_MEGABYTES": "10", "CLAMD_ADDRESS": "/run/clamd.sock"}).files
    assert (files.store, files.most, files.clamd, files.voice_model) == (
        "s3://firms/files", 10_000_000, "/run/clamd.sock", None,
    )  # fmt: skip


OIDC = {"OIDC_ISSUER": "https://qui.example/api/", "OIDC_CLIENT_ID": "pv", "OIDC_CLIENT_SECRET": "geheim"}


def test_who_gets_into_the_console_is_the_operators_to_decide() -> None:
    by_default = read({}).console
    assert (by_default.totp, by_default.identity_reason, by_default.oidc) == ("optional", False, None)
    console = read({"CONSOLE_TOTP": "required", "IDENTITY_REASON": "yes", **OIDC}).console
    assert (console.totp, console.identity_reason) == ("required", True)
    assert console.oidc is not None
    assert console.oidc.issuer == "https://qui.example/api"
    assert "geheim" not in repr(console)


@pytest.mark.parametrize("missing", OIDC)
def test_a_provider_is_set_whole_or_not_at_all(missing: str) -> None:
    with pytest.raises(SettingError, match=missing):
        read({name: value for name, value in OIDC.items() if name != missing})
