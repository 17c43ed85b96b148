"""Officials log in through an identity provider once they have linked it, and nobody gets an account by it."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import httpx
import pytest
from joserfc.jwk import ECKey

from bot.access import OidcSettings
from bot.oidc import OpenID
from console.forms import SESSION_COOKIE
from storage import officials
from tests.console.conftest import Desk
from tests.console.test_factor import set_factor
from tests.fakes import oidc

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
ONWARD = re.compile(r'content="0; url=/console([^"]+)"')


@pytest.fixture
def provider(desk: Desk) -> Iterator[oidc.Provider]:
    with oidc.provider() as known:
        settings = OidcSettings(issuer=known.issuer, client_id=oidc.CLIENT, client_secret=oidc.SECRET)
        desk.console.state.desk = replace(
            desk.console.state.desk, provider=OpenID(settings, home="http://portevoix.example/console")
        )
        yield known


async def through(desk: Desk, path: str) -> httpx.Response:
    """Go to the provider, prove there who one is, and come back."""
    away = await desk.browser.get(f"/console{path}")
    if not away.headers.get("location", "").startswith("http://127.0.0.1"):
        desk.page = away
        return away
    async with httpx.AsyncClient() as world:
        back = (await world.get(away.headers["location"])).headers["location"]
    arrived = await desk.browser.get(back)
    onward = ONWARD.search(arrived.text)
    assert onward is not None
    return await desk.open(onward[1].replace("&amp;", "&"))


async def linked(desk: Desk) -> str:
    password = await desk.log_in()
    assert "Votre compte est relié." in (await through(desk, "/account/oidc")).text
    await desk.post("/logout")
    return password


async def test_an_official_who_linked_the_account_logs_in_without_a_password(
    desk: Desk, provider: oidc.Provider
) -> None:
    await linked(desk)
    assert f"Se connecter par {provider.issuer.removeprefix('http://')}" in (await desk.open("/login")).text
    page = await through(desk, "/login/oidc?next=/account")
    assert page.url.path == "/console/account"
    assert "Claire Fictive" in page.text
    assert SESSION_COOKIE in desk.browser.cookies


async def test_whom_nobody_linked_gets_in_by_the_password_alone(desk: Desk, provider: oidc.Provider) -> None:
    await linked(desk)
    provider.subject = "agent-43"
    page = await through(desk, "/login/oidc")
    assert page.status_code == 403
    assert "aucun compte n’est relié" in page.text
    async with desk.database.read() as session:
        with pytest.raises(officials.OfficialError):
            await officials.named(session, "agent-43")


async def test_the_link_can_be_taken_away(desk: Desk, provider: oidc.Provider) -> None:
    password = await linked(desk)
    desk.carry(await officials.log_in(desk.database, login="c.fictive", password=password, now=desk.now) or "")
    await desk.open("/account")
    assert "n’est plus relié" in (await desk.post("/account/unlink", nonce="einmal")).text
    await desk.post("/logout")
    assert (await through(desk, "/login/oidc")).status_code == 403
    assert provider.issuer


async def test_the_second_factor_is_asked_for_all_the_same(desk: Desk, provider: oidc.Provider) -> None:
    await desk.log_in()
    await through(desk, "/account/oidc")
    await set_factor(desk)
    await desk.post("/logout")
    assert (await through(desk, "/login/oidc")).url.path == "/console/login/code"
    assert (await desk.open("/cases")).url.path == "/console/login/code"
    assert provider.issuer


@pytest.mark.parametrize(
    "lie",
    [
        {"nonce": "ein anderer"},
        {"aud": "somebody-else"},
        {"iss": "https://ailleurs.example"},
        {"exp": int(time.time()) - 3600},
        {"sub": None},
    ],
    ids=str,
)
async def test_a_token_that_does_not_hold_lets_nobody_in(
    desk: Desk, provider: oidc.Provider, lie: dict[str, Any]
) -> None:
    await linked(desk)
    provider.claims = lie
    page = await through(desk, "/login/oidc")
    assert page.status_code == 403
    assert "n’a pas abouti" in page.text


async def test_a_token_that_another_signed_lets_nobody_in(desk: Desk, provider: oidc.Provider) -> None:
    await linked(desk)
    provider.signs_with = ECKey.generate_key("P-256", {"kid": "eins"})
    assert (await through(desk, "/login/oidc")).status_code == 403


async def test_a_code_that_this_browser_did_not_ask_for_is_refused(desk: Desk, provider: oidc.Provider) -> None:
    await linked(desk)
    assert (await desk.open("/login/oidc/done?code=volé&state=inventé")).status_code == 403
    await desk.browser.get("/console/login/oidc")
    assert (await desk.open("/login/oidc/done?code=volé&state=inventé")).status_code == 403
    assert provider.issuer


async def test_a_provider_that_does_not_answer_leaves_the_password(desk: Desk, provider: oidc.Provider) -> None:
    provider.fails = True
    page = await through(desk, "/login/oidc")
    assert page.status_code == 403
    assert 'name="password"' in page.text


async def test_who_logs_out_may_log_out_at_the_provider_too(desk: Desk, provider: oidc.Provider) -> None:
    await linked(desk)
    await through(desk, "/login/oidc")
    page = await desk.post("/logout")
    assert "/logout/oidc" in page.text
    gone = await desk.browser.get("/console/logout/oidc")
    assert gone.headers["location"].startswith(f"{provider.issuer}/end?id_token_hint=")
    assert "/logout/oidc" not in (await desk.open("/login?out=1")).text
