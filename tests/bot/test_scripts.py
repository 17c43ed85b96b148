"""The published script is the one that firms talk to: exchanged while we run, taken back, found again at the start."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from html import unescape
from pathlib import Path

import httpx
import pytest
from sqlalchemy import insert, select, update

from bot.app import App
from bot.assembly import opened
from bot.commands import script as command
from bot.scripts import latest, published
from bot.settings import read
from bot.values import CommandError
from console.forms import SESSION_COOKIE
from storage import officials, scripts
from storage.database import Database
from storage.desk_tables import OfficialRow
from storage.tables import ScriptRow
from storage.training_tables import PublicationRow
from stories.script import Script
from tests.bot.site import Site, words_of

NOW = datetime(2026, 11, 30, 9, tzinfo=UTC)
SAID = "l'agitateur a fermé mon compte le 8 octobre, j'ai perdu 15 000 €"
FOUND = "Plateforme : Fnac"


async def refresh(app: App) -> bool:
    """What a process does once a second; whether another script is in use now."""
    script = await latest(app)
    app.script = script or app.script
    return script is not None


async def administrator(site: Site) -> httpx.AsyncClient:
    """A browser in which an administrator is logged in."""
    app, browser = site.app, site.browser()
    given = await officials.create(
        app.database, login="c.fictive", name="Claire Fictive", role="administrator", now=app.clock()
    )
    async with app.database.begin() as session:
        await session.execute(update(OfficialRow).values(must_change=False))
    token = await officials.log_in(app.database, login="c.fictive", password=given, now=app.clock())
    browser.cookies.set(SESSION_COOKIE, token or "", domain="site.example", path="/console")
    return browser


async def send(browser: httpx.AsyncClient, page: str, path: str, **fields: str) -> str:
    """Fill in the form of a page and send it, its hidden fields as they are."""
    shown = (await browser.get(f"/console{page}")).text
    form = next(one for one in shown.split("<form")[1:] if f'action="/console{path}"' in one.partition(">")[0])
    form = form.partition("</form>")[0]
    hidden = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', form))
    areas = {name: unescape(text) for name, text in re.findall(r'<textarea[^>]* name="([^"]+)"[^>]*>([^<]*)<', form)}
    name = dict(re.findall(r'<input id="(name)" [^>]*value="([^"]*)"', form))
    return (await browser.post(f"/console{path}", data={**hidden, **areas, **name, **fields})).text


async def tell(site: Site) -> str:
    """A new firm tells its story; what it is answered."""
    async with site.browser() as browser:
        return words_of((await browser.post("/messages", data={"text": SAID, "key": "one"})).text)


async def test_an_alias_is_understood_once_published_and_no_more_once_taken_back(site: Site) -> None:
    async with await administrator(site) as browser:
        assert FOUND not in await tell(site)
        page, aliases = "/script/platform?id=fnac", "\n".join(site.app.script.by_platform["fnac"].aliases)
        await send(browser, page, "/script/platform", scope="b2c_goods", aliases=f"{aliases}\nl'agitateur")
        assert not await refresh(site.app)
        assert FOUND not in await tell(site)
        assert "C’est en service" in await send(browser, "/script/changes", "/script/publish", note="Un nom de plus")
        assert await refresh(site.app)
        assert not await refresh(site.app)
        assert FOUND in await tell(site)
        assert "de nouveau en service" in await send(browser, "/script/history", "/script/back")
        assert await refresh(site.app)
        assert site.app.script is site.app.packaged
        assert FOUND not in await tell(site)


async def test_an_open_conversation_goes_on_with_the_script_of_the_moment(site: Site) -> None:
    async with await administrator(site) as desk, site.browser() as firm:
        await firm.post("/messages", data={"text": "Cdiscount a fermé mon compte", "key": "one"})
        at = "questions.yml#share_platform/ask"
        await send(
            desk, f"/script/edit?at={at.replace('#', '%23')}", "/script/edit",
            **{f"fr {at}": "Que peut-on dire à {platform} ?", f"en {at}": "What may we say to {platform}?"},
        )  # fmt: skip
        await send(desk, "/script/changes", "/script/publish")
        await refresh(site.app)
        page = await firm.post("/messages", data={"text": "bonjour ?", "key": "two"})
        assert "Que peut-on dire à Cdiscount ?" in words_of(page.text)


async def test_a_published_script_is_in_use_from_the_start_and_an_unreadable_one_says_what_to_do(
    site: Site, script: Script
) -> None:
    database = site.app.database
    assert await published(database, script) is script
    await officials.create(database, login="a.fictif", name="A", role="administrator", now=site.app.clock())
    noted = {**script.sources, "law.yml": script.sources["law.yml"] + "# noted\n"}
    await put(database, "good", noted)
    assert (await published(database, script)).sources == noted
    await put(database, "bad", {**script.sources, "law.yml": "- id: of another version\n"})
    with pytest.raises(CommandError, match=r"law\.yml:1: .*portevoix script back --by LOGIN"):
        await published(database, script)


async def put(database: Database, name: str, sources: dict[str, str]) -> None:
    async with database.begin() as session:
        by = (await session.scalars(select(OfficialRow.id))).one()
        await session.execute(insert(ScriptRow).values(hash=name, sources=sources, archived_at=NOW))
        row = (await session.scalar(select(PublicationRow.id).order_by(PublicationRow.id.desc()))) or 0
        session.add(PublicationRow(id=row + 1, at=NOW, hash=name, by=by))


async def test_the_command_goes_back_to_the_packaged_script_in_an_administrators_name(
    tmp_path: Path, script: Script
) -> None:
    settings = read({"PORTEVOIX_HOME": str(tmp_path)})
    async with opened(settings) as (database, _):
        await officials.create(database, login="a.fictif", name="A", role="administrator", now=NOW)
        await put(database, "bad", {"law.yml": ""})
        with pytest.raises(CommandError, match="no administrator is called nobody"):
            await command.put_back(settings, "nobody")
        await command.put_back(settings, "a.fictif")
        async with database.read() as session:
            assert await scripts.current(session) is None
            assert [one.by for one in await scripts.history(session)] == ["A", "A"]
        assert await published(database, script) is script
