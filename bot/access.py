"""What the operator decides of who gets into the console."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, cast

from bot import values
from bot.values import SettingError


@dataclass(frozen=True, slots=True, kw_only=True)
class OidcSettings:
    """An identity provider at which officials log in."""

    issuer: str
    """OIDC_ISSUER: its address, below which `.well-known/openid-configuration` lies."""
    client_id: str
    """OIDC_CLIENT_ID: what the provider calls us."""
    client_secret: str = field(repr=False)
    """OIDC_CLIENT_SECRET: what it gave us to prove it."""
    acr: str | None = None
    """OIDC_ACR: how sure it must be of who the person is, in its own words, with spaces between several."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsoleSettings:
    """Who gets into the console, and how far."""

    totp: Literal["optional", "required"] = "optional"
    """CONSOLE_TOTP: whether every official must have a second factor."""
    identity_reason: bool = False
    """IDENTITY_REASON: whether an official gives a reason before they see whose case it is."""
    oidc: OidcSettings | None = None


def read(given: Mapping[str, str]) -> ConsoleSettings:
    """Check what is set. Raises SettingError."""
    totp = values.read(given, "CONSOLE_TOTP", values.one_of("optional", "required"), "optional")
    return ConsoleSettings(
        totp=cast("Literal['optional', 'required']", totp),
        identity_reason=values.read(given, "IDENTITY_REASON", values.switch, default=False),
        oidc=_oidc(given),
    )


def _oidc(given: Mapping[str, str]) -> OidcSettings | None:
    names = ("OIDC_ISSUER", "OIDC_CLIENT_ID", "OIDC_CLIENT_SECRET")
    if not any(name in given for name in names):
        return None
    missing = [name for name in names if name not in given]
    if missing:
        raise SettingError(f"{missing[0]} is missing: the three OIDC_… settings belong together")
    return OidcSettings(
        issuer=values.read(given, names[0], values.web_address, ""),
        client_id=given[names[1]],
        client_secret=values.read(given, names[2], values.secret, ""),
        acr=given.get("OIDC_ACR"),
    )
