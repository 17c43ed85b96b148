"""An OpenID Connect provider over the wire: discovery, PKCE, the code for a token, and the token's proof."""

from __future__ import annotations

import asyncio
import json
import secrets
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode, urlsplit

import httpx
from authlib.oauth2.rfc6749.parameters import prepare_grant_uri
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from bot.access import OidcSettings
from console.provider import Asked, Known, ProviderError

SECONDS = 8.0
LEEWAY = 60
"""Seconds by which the provider's clock may differ."""
SIGNATURES = ["RS256", "ES256", "PS256"]
"""With a key of the provider's own: never `none`, never the client's secret."""


class OpenID:
    """The provider, as the console asks it; its addresses and keys are fetched when they are first needed."""

    def __init__(self, settings: OidcSettings, *, home: str) -> None:
        self._settings = settings
        self.home = home
        self._lock = asyncio.Lock()
        self._found: Mapping[str, Any] | None = None
        self.name = urlsplit(settings.issuer).netloc

    async def door(self, asked: Asked) -> str:
        found = await self._discover()
        wanted = {"redirect_uri": asked.back, "scope": "openid", "state": asked.state, "nonce": asked.nonce}
        if "S256" in found.get("code_challenge_methods_supported", []):
            wanted["code_challenge"] = create_s256_code_challenge(asked.verifier)
            wanted["code_challenge_method"] = "S256"
        if self._settings.acr:
            wanted |= _asking_for(self._settings.acr, by_claims=bool(found.get("claims_parameter_supported")))
        address = prepare_grant_uri(found["authorization_endpoint"], self._settings.client_id, "code", **wanted)
        return str(address)

    async def who(self, asked: Asked, code: str) -> Known:
        found = await self._discover()
        given = await self._exchange(found, asked, code)
        id_token = str(given.get("id_token", ""))
        claims = await self._proven(found, asked, id_token, given.get("access_token"))
        return Known(subject=f"{claims['iss']} {claims['sub']}", id_token=id_token)

    async def way_out(self, id_token: str, back: str) -> str | None:
        end = (await self._discover()).get("end_session_endpoint")
        if not end:
            return None
        told = {"id_token_hint": id_token, "post_logout_redirect_uri": back, "state": secrets.token_urlsafe(32)}
        return f"{end}{'&' if '?' in end else '?'}{urlencode(told)}"

    async def _discover(self) -> Mapping[str, Any]:
        """The provider's addresses. Raises ProviderError."""
        async with self._lock:
            if self._found is None:
                found = await self._read(f"{self._settings.issuer}/.well-known/openid-configuration")
                if str(found.get("issuer", "")).rstrip("/") != self._settings.issuer:
                    raise ProviderError("the provider calls itself otherwise: check OIDC_ISSUER")
                if not {"authorization_endpoint", "token_endpoint", "jwks_uri"} <= found.keys():
                    raise ProviderError("the provider does not say where to log in")
                self._found = found
            return self._found

    async def _exchange(self, found: Mapping[str, Any], asked: Asked, code: str) -> Mapping[str, Any]:
        own = (self._settings.client_id, self._settings.client_secret)
        form = {
            "grant_type": "authorization_code", "code": code, "redirect_uri": asked.back,
            "code_verifier": asked.verifier,
        }  # fmt: skip
        basic = "client_secret_post" not in found.get("token_endpoint_auth_methods_supported", [])
        if not basic:
            form |= {"client_id": own[0], "client_secret": own[1]}
        return await self._read(found["token_endpoint"], form=form, own=own if basic else None)

    async def _proven(
        self, found: Mapping[str, Any], asked: Asked, id_token: str, access_token: object
    ) -> Mapping[str, Any]:  # fmt: skip
        """The claims of a token that the provider signed, for us, for this log-in. Raises ProviderError."""
        issuer, client = found["issuer"], self._settings.client_id
        options = {"iss": {"essential": True, "value": issuer}, "aud": {"essential": True, "value": client}}
        if self._settings.acr:
            options["acr"] = {"essential": True, "values": self._settings.acr.split()}
        keys = await self._read(found["jwks_uri"])
        try:
            token = jwt.decode(id_token, KeySet.import_key_set(keys), algorithms=SIGNATURES)  # type: ignore[arg-type]
            params = {"nonce": asked.nonce, "client_id": client, "access_token": access_token}
            claims = CodeIDToken(token.claims, token.header, options, params)
            claims.validate(leeway=LEEWAY)
        except (JoseError, ValueError, KeyError, TypeError) as error:
            raise ProviderError(f"the token of the provider does not hold: {type(error).__name__}") from error
        return dict(claims)

    async def _read(
        self, address: str, *, form: Mapping[str, str] | None = None, own: tuple[str, str] | None = None
    ) -> Mapping[str, Any]:
        """A JSON object of the provider. Raises ProviderError."""
        try:
            async with httpx.AsyncClient(timeout=SECONDS) as client:
                request = client.build_request("POST" if form else "GET", address, data=form)
                request.headers["Accept"] = "application/json"
                answer = await client.send(request, auth=httpx.BasicAuth(*own) if own else None)
            told = answer.raise_for_status().json()
        except (httpx.HTTPError, ValueError) as error:
            raise ProviderError(f"the provider does not answer: {type(error).__name__}") from error
        if not isinstance(told, dict):
            raise ProviderError("the provider answers nonsense")
        return told


def _asking_for(acr: str, *, by_claims: bool) -> dict[str, str]:
    """How sure the provider must be of the person, said so that it is held to it where it knows how."""
    if not by_claims:
        return {"acr_values": acr}
    return {"claims": json.dumps({"id_token": {"acr": {"essential": True, "values": acr.split()}}})}
