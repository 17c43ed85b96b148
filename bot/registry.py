"""The register of companies, in the wire form of recherche-entreprises.api.gouv.fr."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

import httpx
from pydantic import BaseModel, ValidationError

from bot.channels.channel import Retry

TIMEOUT = httpx.Timeout(4, connect=2)
AGAIN = timedelta(minutes=1)
SIREN_DIGITS = 9
HEADCOUNTS = {
    "NN": "0", "00": "0", "01": "1-2", "02": "3-9", "03": "3-9", "11": "10-49", "12": "10-49",
    "21": "50-249", "22": "50-249", "31": "50-249", "32": "250+", "41": "250+", "42": "250+",
    "51": "250+", "52": "250+", "53": "250+",
}  # fmt: skip
"""INSEE's `tranche_effectif_salarie`, in the bands of a case."""
SIZES = {"0": "solo", "1-2": "micro", "3-9": "micro"}
"""INSEE's PME holds the micro-enterprises too: the headcount tells them apart."""


class _Site(BaseModel):
    siret: str | None = None
    code_postal: str | None = None
    departement: str | None = None
    region: str | None = None


class _Company(BaseModel):
    siren: str
    nom_complet: str | None = None
    nature_juridique: str | None = None
    activite_principale: str | None = None
    categorie_entreprise: str | None = None
    tranche_effectif_salarie: str | None = None
    siege: _Site = _Site()
    matching_etablissements: tuple[_Site, ...] = ()


class _Found(BaseModel):
    results: tuple[_Company, ...]


class Sirene:
    """A register reached over HTTP."""

    def __init__(self, url: str, transport: httpx.AsyncBaseTransport | None = None) -> None:
        self._client = httpx.AsyncClient(base_url=url, timeout=TIMEOUT, transport=transport)

    async def look_up(self, number: str) -> Mapping[str, str] | None:
        """What it publishes of a SIREN or SIRET, by field of a case; None where it knows none. Raises Retry."""
        try:
            response = await self._client.get("/search", params={"q": number, "per_page": 1})
            if response.is_server_error or response.status_code == httpx.codes.TOO_MANY_REQUESTS:
                raise Retry(_wanted(response))
            if response.is_client_error:
                return None
            found = _Found.model_validate_json(response.content)
        except (httpx.TransportError, ValidationError) as error:
            raise Retry(AGAIN) from error
        siren = number[:SIREN_DIGITS]
        return next((_fields(company, number) for company in found.results if company.siren == siren), None)

    async def close(self) -> None:
        await self._client.aclose()


def _wanted(response: httpx.Response) -> timedelta:
    seconds = response.headers.get("retry-after", "")
    return timedelta(seconds=int(seconds)) if seconds.isascii() and seconds.isdigit() else AGAIN


def _fields(company: _Company, number: str) -> Mapping[str, str]:
    sites = {site.siret: site for site in (*company.matching_etablissements, company.siege)}
    site = sites.get(number) or (company.siege if len(number) == SIREN_DIGITS else _Site(siret=number))
    band = HEADCOUNTS.get(company.tranche_effectif_salarie or "")
    category = (company.categorie_entreprise or "").lower()
    fields = {
        "legal_name": company.nom_complet,
        "siren": company.siren,
        "siret": site.siret,
        "naf": company.activite_principale,
        "legal_form": company.nature_juridique,
        "postal_code": site.code_postal,
        "department": site.departement,
        "region": site.region,
        "headcount_band": band,
        "size_class": SIZES.get(band or "", category) if category in {"", "pme"} else category,
    }
    return {name: value for name, value in fields.items() if value and not value.startswith("[N")}
