"""A company is looked up by its number, and a register that is down costs nobody an answer."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta

import httpx
import pytest

from bot.channels.channel import Retry
from bot.registry import Sirene

MOULIN = {
    "siren": "123456782",
    "nom_complet": "EDITIONS DU MOULIN FICTIF",
    "nature_juridique": "5499",
    "activite_principale": "58.11Z",
    "categorie_entreprise": "PME",
    "tranche_effectif_salarie": "02",
    "siege": {"siret": "12345678200002", "code_postal": "67000", "departement": "67", "region": "44"},
    "matching_etablissements": [{"siret": "12345678200010", "code_postal": "67100", "region": "44"}],
}

Answer = Callable[[httpx.Request], httpx.Response]


@asynccontextmanager
async def register(answer: Answer) -> AsyncIterator[Sirene]:
    """Give a register that answers so."""
    sirene = Sirene("https://register.example/api", httpx.MockTransport(answer))
    yield sirene
    await sirene.close()


def found(request: httpx.Request) -> httpx.Response:
    assert request.url.path == "/api/search"
    return httpx.Response(200, json={"results": [MOULIN], "total_results": 1})


async def test_a_siren_gives_the_company_and_its_seat() -> None:
    async with register(found) as sirene:
        assert await sirene.look_up("123456782") == {
            "legal_name": "EDITIONS DU MOULIN FICTIF",
            "siren": "123456782",
            "siret": "12345678200002",
            "naf": "58.11Z",
            "legal_form": "5499",
            "postal_code": "67000",
            "department": "67",
            "region": "44",
            "headcount_band": "3-9",
            "size_class": "micro",
        }


async def test_a_siret_gives_its_own_site() -> None:
    async with register(found) as sirene:
        company = await sirene.look_up("12345678200010")
    assert company is not None
    assert (company["siret"], company["postal_code"]) == ("12345678200010", "67100")


async def test_another_company_that_merely_resembles_is_not_taken() -> None:
    async with register(found) as sirene:
        assert await sirene.look_up("732829320") is None


@pytest.mark.parametrize(
    ("category", "band", "size"), [("PME", "12", "pme"), ("GE", "53", "ge"), ("ETI", None, "eti"), (None, "NN", "solo")]
)
async def test_the_size_follows_category_and_headcount(category: str | None, band: str | None, size: str) -> None:
    company = {**MOULIN, "categorie_entreprise": category, "tranche_effectif_salarie": band}
    async with register(lambda _: httpx.Response(200, json={"results": [company]})) as sirene:
        fields = await sirene.look_up("123456782")
    assert fields is not None
    assert fields["size_class"] == size


async def test_a_name_that_may_not_be_published_is_left_out() -> None:
    company = {**MOULIN, "nom_complet": "[NON-DIFFUSIBLE]"}
    async with register(lambda _: httpx.Response(200, json={"results": [company]})) as sirene:
        assert "legal_name" not in (await sirene.look_up("123456782") or {})


def no_answer(request: httpx.Request) -> httpx.Response:
    raise httpx.ReadTimeout("too slow", request=request)


@pytest.mark.parametrize(
    "answer",
    [
        no_answer,
        lambda _: httpx.Response(503),
        lambda _: httpx.Response(200, content=b"<html>"),
        lambda _: httpx.Response(200, content=json.dumps({"results": [{}]})),
    ],
)
async def test_a_register_that_is_down_is_asked_again_later(answer: Answer) -> None:
    async with register(answer) as sirene:
        with pytest.raises(Retry) as caught:
            await sirene.look_up("123456782")
    assert caught.value.after == timedelta(minutes=1)


async def test_a_busy_register_says_when_to_ask_again() -> None:
    async with register(lambda _: httpx.Response(429, headers={"Retry-After": "7"})) as sirene:
        with pytest.raises(Retry) as caught:
            await sirene.look_up("123456782")
    assert caught.value.after == timedelta(seconds=7)


async def test_a_number_it_refuses_is_a_company_it_does_not_know() -> None:
    async with register(lambda _: httpx.Response(400)) as sirene:
        assert await sirene.look_up("000000000") is None
