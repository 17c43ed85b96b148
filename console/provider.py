"""What the console asks of an identity provider; the shell speaks to it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


class ProviderError(Exception):
    """The provider cannot be reached, or what it says does not hold: try again, or log in with the password."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What goes to the provider and must come back: made for one log-in."""

    state: str
    nonce: str
    verifier: str
    """Of PKCE: proves that who began the log-in ends it."""
    back: str
    """The address of ours to which the provider sends the browser."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """Whom the provider knows."""

    subject: str
    """The issuer and its name for the person."""
    id_token: str
    """What the provider wants to see again when the person logs out."""


class Provider(Protocol):
    """An OpenID Connect provider. What it raises is ProviderError."""

    name: str
    """As officials read it."""
    home: str
    """The console's address, as the provider knows it."""

    async def door(self, asked: Asked) -> str:
        """The address at which the official proves who they are."""

    async def who(self, asked: Asked, code: str) -> Known:
        """Whom the code stands for."""

    async def way_out(self, id_token: str, back: str) -> str | None:
        """The address at which the official logs out there too; None where the provider has none."""
