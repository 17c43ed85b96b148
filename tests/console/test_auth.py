"""Only officials read the console, each with a password of their own, and nobody acts in their name."""

from __future__ import annotations

import logging
import re

import httpx
import pytest
from sqlalchemy import delete
from starlette.applications import Starlette
from starlette.routing import Mount

from console.app import HEADERS, create
from console.forms import SESSION_COOKIE
from storage import access, officials, references
from storage.access import Role
from storage.desk_tables import OfficialSessionRow
from storage.officials import IDLE, LONGEST
from tests.console import firm
from tests.console.conftest import Desk, script

CHOSEN = "quatre bateaux verts dorment"
REFERENCE = references.new(2026, b"fiction")


async def first_account(desk: Desk) -> str:
    return await officials.create(
        desk.database, login="c.fictive", name="Claire Fictive", role="supervisor", now=desk.now
    )


async def test_the_one_time_password_must_be_changed_before_anything_is_read(desk: Desk) -> None:
    given = await first_account(desk)
    await desk.open("/login")
    page = await desk.post("/login", login="c.fictive", password=given, next="/")
    assert page.url.path == "/console/password"
    assert "ne sert qu’une fois" in page.text
    assert (await desk.open("/")).url.path == "/console/password"
    await desk.post("/password", current=given, new=CHOSEN, again=CHOSEN)
    assert desk.page.url.path == "/console/"
    assert "Dossiers" in desk.page.text


@pytest.mark.parametrize(
    ("new", "again", "said"),
    [
        ("court", "court", "Il faut au moins 12 caractères."),
        (CHOSEN, "autre chose encore", "Les deux saisies ne sont pas identiques."),
        ("c.fictive est mon nom", "c.fictive est mon nom", "Il ne doit pas contenir votre identifiant."),
        ("azertyuiopqs", "azertyuiopqs", "Il est trop facile à deviner"),
    ],
)
async def test_why_a_password_is_refused_is_said(desk: Desk, new: str, again: str, said: str) -> None:
    await desk.log_in()
    await desk.open("/password")
    page = await desk.post("/password", current="peu importe ici", new=new, again=again)
    assert page.status_code == 422
    assert said in page.text
    assert new not in page.text


async def test_a_wrong_login_and_a_wrong_password_are_answered_alike(desk: Desk) -> None:
    await first_account(desk)
    answers = []
    for login in ("c.fictive", "n.existe.pas"):
        await desk.open("/login")
        page = await desk.post("/login", login=login, password="pas celui-là")
        assert page.status_code == 401
        answers.append(re.sub(r'value="[^"]*"', "", page.text))
    assert answers[0] == answers[1]


async def test_log_in_leads_back_to_the_page_that_was_asked_for(desk: Desk) -> None:
    password = await desk.log_in()
    await firm.file(desk.database, desk.ring, firm.case(REFERENCE), ())
    desk.wait(seconds=IDLE.total_seconds())
    wanted = f"/cases/{REFERENCE}?from=mail"
    page = await desk.open(wanted)
    assert page.url.path == "/console/login"
    assert "Rien n’est perdu" in page.text
    back = re.findall(r'name="next" value="([^"]*)"', page.text)[-1]
    page = await desk.post("/login", login="c.fictive", password=password, next=back)
    assert page.status_code == 200
    assert str(page.url).endswith(f"/console{wanted}")


@pytest.mark.parametrize(
    "wanted", ["https://ailleurs.example/", "//ailleurs.example", "/\\ailleurs.example", "javascript:x"]
)
async def test_log_in_never_leads_to_another_site(desk: Desk, wanted: str) -> None:
    given = await first_account(desk)
    await desk.open("/login")
    token = re.search(r'name="token" value="([^"]*)"', desk.page.text)
    assert token is not None
    sent = {"token": token[1], "login": "c.fictive", "password": given, "next": wanted}
    page = await desk.browser.post("/console/login", data=sent)
    assert page.status_code == 303
    assert page.headers["location"] == "/console/"


async def test_the_session_is_renewed_at_log_in(desk: Desk) -> None:
    given = await first_account(desk)
    desk.carry("laid-by-somebody-else")
    await desk.open("/login")
    page = await desk.post("/login", login="c.fictive", password=given)
    assert page.url.path == "/console/password"
    first = desk.browser.cookies[SESSION_COOKIE]
    await desk.post("/password", current=given, new=CHOSEN, again=CHOSEN)
    assert desk.browser.cookies[SESSION_COOKIE] != first


async def test_who_logs_out_reads_nothing_more_even_with_the_old_cookie(desk: Desk) -> None:
    await desk.log_in()
    kept = desk.browser.cookies[SESSION_COOKIE]
    await desk.open("/")
    page = await desk.post("/logout")
    assert "Vous êtes déconnecté." in page.text
    assert SESSION_COOKIE not in desk.browser.cookies
    desk.carry(kept)
    assert (await desk.open("/")).url.path == "/console/login"


async def test_a_session_ends_by_itself(desk: Desk) -> None:
    await desk.log_in()
    for _ in range(int(LONGEST / IDLE) + 1):
        assert (await desk.open("/")).url.path == "/console/"
        desk.wait(seconds=IDLE.total_seconds() - 300)
    desk.wait(minutes=5)
    assert (await desk.open("/")).url.path == "/console/login"


@pytest.mark.parametrize("path", ["/login", "/logout", "/password", "/language"])
async def test_a_form_that_another_site_posts_does_nothing(desk: Desk, path: str) -> None:
    await desk.log_in()
    fields = {"login": "c.fictive", "password": "x", "new": CHOSEN, "again": CHOSEN, "language": "en"}
    for token in ({}, {"token": ""}, {"token": "inventé"}):
        page = await desk.browser.post(f"/console{path}", data=fields | token)
        assert page.status_code == 403
    assert (await desk.open("/")).url.path == "/console/"
    assert '<html lang="fr">' in desk.page.text


async def test_the_token_of_another_session_opens_no_form(desk: Desk) -> None:
    await desk.log_in()
    await desk.open("/")
    stale = desk.page
    async with desk.database.begin() as session:
        await session.execute(delete(OfficialSessionRow))
    given = await officials.reset(desk.database, "c.fictive")
    desk.browser.cookies.clear()
    await desk.open("/login")
    await desk.post("/login", login="c.fictive", password=given)
    desk.page = stale
    assert (await desk.post("/logout")).status_code == 403


@pytest.mark.parametrize("role", access.ROLES)
async def test_a_role_that_reads_no_cases_is_told_so(desk: Desk, role: Role) -> None:
    await desk.log_in(role)
    await firm.file(desk.database, desk.ring, firm.case(REFERENCE), ())
    expected = 200 if access.may(role, "read_cases") else 403
    for path in ("/cases", f"/cases/{REFERENCE}"):
        page = await desk.open(path)
        assert page.status_code == expected
        assert ("Moulin" in page.text) <= (expected == 200)


async def test_every_page_forbids_what_browsers_may_be_made_to_do(desk: Desk) -> None:
    await desk.log_in()
    await firm.file(desk.database, desk.ring, firm.case(REFERENCE))
    for path in ("/", f"/cases/{REFERENCE}", "/password", "/nulle-part", "/static/console.css", "/login"):
        page = await desk.open(path)
        for name, value in HEADERS.items():
            assert page.headers[name] == value or (name == "Cache-Control" and path.startswith("/static")), (path, name)
        if "html" in page.headers["content-type"]:
            assert not re.search(r"\sstyle=|<style|\son[a-z]+=|<script(?! src)", page.text), path


async def test_cookies_stay_on_the_console_and_away_from_scripts(desk: Desk) -> None:
    await first_account(desk)
    await desk.open("/login")
    cookie = desk.page.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=strict" in cookie
    assert "Path=/console" in cookie
    assert "Secure" not in cookie
    secure = create(
        database=desk.database,
        ring=desk.ring,
        script=script(),
        clock=lambda: desk.now,
        secure_cookies=True,
        files=desk.files,
    )
    transport = httpx.ASGITransport(app=Starlette(routes=[Mount("/console", secure)]))
    async with httpx.AsyncClient(transport=transport, base_url="https://portevoix.example") as browser:
        page = await browser.get("/console/login")
    assert "Secure" in page.headers["set-cookie"]
    assert page.headers["strict-transport-security"]


async def test_the_language_is_the_officials_choice_then_the_browsers_then_french(desk: Desk) -> None:
    assert '<html lang="fr">' in (await desk.open("/login")).text
    english = await desk.browser.get("/console/login", headers={"Accept-Language": "de, en-GB;q=0.8, fr;q=0.5"})
    assert '<html lang="en">' in english.text
    assert '<html lang="en">' in (await desk.post("/language", language="en", next="/login")).text
    assert '<html lang="en">' in (await desk.post("/language", language="tlh", next="/login")).text


async def test_a_form_too_large_or_with_too_many_fields_is_refused(desk: Desk) -> None:
    await desk.open("/login")
    assert (await desk.post("/login", login="x" * 100_000)).status_code == 413
    await desk.open("/login")
    assert (await desk.post("/login", **{f"f{n}": "" for n in range(3000)})).status_code == 400


async def test_a_failing_page_says_so_and_the_log_holds_nobodys_words(
    desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    await desk.log_in()
    await firm.file(desk.database, desk.ring, firm.case(REFERENCE))
    async with desk.database.begin() as session:
        await session.execute(firm.broken(REFERENCE))
    with caplog.at_level(logging.DEBUG):
        page = await desk.open(f"/cases/{REFERENCE}")
    assert page.status_code == 500
    assert "Une erreur est survenue" in page.text
    assert page.headers["content-security-policy"] == HEADERS["Content-Security-Policy"]
    assert "a page failed with SealError" in caplog.text
    assert "viré" not in caplog.text + page.text
