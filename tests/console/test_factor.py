"""Where an account has a second factor, the password alone opens nothing."""

from __future__ import annotations

import re
from dataclasses import replace

import pyotp
from sqlalchemy import select

from storage.desk_tables import OfficialRow
from storage.officials import FREE_ATTEMPTS
from tests.console.conftest import Desk

SECRET = re.compile(r'<code class="secret">([^<]+)</code>')
CODE = re.compile(r"<li><code>([^<]+)</code></li>")


async def set_factor(desk: Desk) -> tuple[str, list[str]]:
    """Set it; its secret and the recovery codes. The next code is another one."""
    found = SECRET.search((await desk.open("/account/factor")).text)
    assert found is not None
    secret = found[1].replace(" ", "")
    page = await desk.post("/account/factor", code=pyotp.TOTP(secret).at(desk.now))
    desk.wait(seconds=30)
    return secret, CODE.findall(page.text)


async def give_password(desk: Desk, password: str) -> None:
    await desk.open("/login")
    await desk.post("/login", login="c.fictive", password=password, next="/account")


async def test_the_code_of_the_app_is_asked_for_after_the_password(desk: Desk) -> None:
    password = await desk.log_in()
    secret, codes = await set_factor(desk)
    assert len(codes) == len(set(codes)) == 8
    await desk.post("/logout")
    await give_password(desk, password)
    assert desk.page.url.path == "/console/login/code"
    for path in ("/", "/cases", "/account", "/account/factor", "/account/totp.svg", "/password"):
        assert (await desk.open(path)).url.path == "/console/login/code"
    page = await desk.post("/login/code", code=pyotp.TOTP(secret).at(desk.now), next="/account")
    assert page.url.path == "/console/account"
    assert "activé" in page.text


async def test_a_code_holds_once(desk: Desk) -> None:
    password = await desk.log_in()
    secret, codes = await set_factor(desk)
    for code in (pyotp.TOTP(secret).at(desk.now), codes[0].upper().replace("-", " ")):
        for path in ("/console/account", "/console/login/code"):
            await desk.post("/logout")
            await give_password(desk, password)
            assert (await desk.post("/login/code", code=code, next="/account")).url.path == path


async def test_wrong_codes_lock_the_account_whoever_knows_the_password(desk: Desk) -> None:
    password = await desk.log_in()
    secret, _ = await set_factor(desk)
    for _ in range(FREE_ATTEMPTS + 1):
        await desk.post("/logout")
        await give_password(desk, password)
        assert desk.page.url.path == "/console/login/code"
        assert (await desk.post("/login/code", code="000000")).status_code == 401
    assert (await desk.post("/login/code", code=pyotp.TOTP(secret).at(desk.now))).status_code == 401
    await desk.post("/logout")
    await give_password(desk, password)
    assert desk.page.status_code == 401


async def test_neither_secret_nor_recovery_code_is_in_the_database(desk: Desk) -> None:
    await desk.log_in()
    secret, codes = await set_factor(desk)
    async with desk.database.read() as session:
        row = (await session.scalars(select(OfficialRow))).one()
    assert row.totp is not None
    assert secret.encode() not in row.totp
    assert not set(codes) & set(row.recovery or ())


async def test_it_is_removed_and_its_codes_are_renewed_with_a_good_code_only(desk: Desk) -> None:
    await desk.log_in()
    secret, codes = await set_factor(desk)
    await desk.open("/account")
    for path in ("/account/factor/codes", "/account/factor/remove"):
        assert (await desk.post(path, code="000000")).status_code == 422
    fresh = CODE.findall((await desk.post("/account/factor/codes", code=codes[0])).text)
    assert len(fresh) == 8
    assert not set(fresh) & set(codes)
    assert (await desk.post("/account/factor/remove", code=codes[1])).status_code == 422
    page = await desk.post("/account/factor/remove", code=pyotp.TOTP(secret).at(desk.now))
    assert "désactivé" in page.text


async def test_where_it_is_required_nothing_is_read_before_it_is_set(desk: Desk) -> None:
    await desk.log_in()
    desk.console.state.desk = replace(desk.console.state.desk, totp="required")
    assert (await desk.open("/cases")).url.path == "/console/account/factor"
    drawn = await desk.open("/account/totp.svg")
    assert drawn.headers["content-type"] == "image/svg+xml"
    await set_factor(desk)
    assert (await desk.open("/cases")).url.path == "/console/cases"


async def test_an_official_sees_where_they_are_logged_in_and_ends_what_they_do_not_know(desk: Desk) -> None:
    password = await desk.log_in()
    here = dict(desk.browser.cookies)
    desk.browser.cookies.clear()
    desk.browser.headers["user-agent"] = "Mozilla/5.0 (Windows NT 10.0) Gecko/20100101 Firefox/140.0"
    await give_password(desk, password)
    there = dict(desk.browser.cookies)
    page = await desk.open("/account")
    assert "Firefox, Windows" in page.text
    assert "navigateur inconnu" in page.text
    await desk.post("/account/sessions", nonce="alle")
    assert "navigateur inconnu" not in desk.page.text
    for cookies, path in ((here, "/console/login"), (there, "/console/account")):
        desk.browser.cookies.clear()
        desk.browser.cookies.update(cookies)
        assert (await desk.browser.get("/console/account", follow_redirects=True)).url.path == path
