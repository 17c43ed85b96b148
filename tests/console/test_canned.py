"""Ready answers: seeded once, checked when they are saved, filled in for each case, and never overwritten unseen."""

from __future__ import annotations

import re
from html import unescape

import pytest

from storage import canned, references
from storage.canned import Canned
from storage.handling import RefusedError
from tests.console import firm
from tests.console.conftest import Desk

REFERENCE = references.new(2026, b"canned")


async def kept(desk: Desk) -> list[Canned]:
    async with desk.database.read() as session:
        return await canned.every(session)


async def seeded(desk: Desk) -> list[Canned]:
    for _ in range(2):
        async with desk.database.begin() as session:
            await canned.ensure(session, desk.now)
    return await kept(desk)


async def test_a_new_desk_has_some_in_both_languages_once(desk: Desk) -> None:
    found = await seeded(desk)
    assert len(found) == 2 * len(canned.FIRST)
    assert {one.language for one in found} == {"fr", "en"}


@pytest.mark.parametrize("text", ["{nom}", "{reference!r}", "{", "{}", "{status:>10}", "{reference.real}"])
def test_an_unknown_variable_is_refused(text: str) -> None:
    with pytest.raises(RefusedError):
        canned.variables(text)


async def test_an_unknown_variable_is_named_and_what_was_typed_stays(desk: Desk) -> None:
    await desk.log_in()
    await desk.open("/canned")
    await desk.post("/canned", nonce="n1", name="Salut", language="fr", text="Bonjour {prenom}")
    assert "La variable prenom n’existe pas." in desk.page.text
    assert "Bonjour {prenom}" in desk.page.text
    await desk.post("/canned", nonce="n1", name="Salut", language="fr", text="Bonjour {reference}")
    assert [one.text for one in await kept(desk)] == ["Bonjour {reference}"]


async def test_an_older_version_overwrites_nothing(desk: Desk) -> None:
    await desk.log_in()
    one = (await seeded(desk))[0]
    await desk.open("/canned")
    await desk.post("/canned", nonce="n1", id=str(one.id), version="0", text="Premier")
    await desk.post("/canned", nonce="n2", id=str(one.id), version="0", text="Second")
    assert desk.page.status_code == 409
    assert "Second" in desk.page.text
    assert [each.text for each in await kept(desk) if each.id == one.id] == ["Premier"]
    await desk.post("/canned", nonce="n3", id=str(one.id), version="1", remove="1", text="")
    assert one.id not in {each.id for each in await kept(desk)}


async def test_it_is_inserted_by_a_link_in_the_language_of_the_firm(desk: Desk) -> None:
    await desk.log_in()
    await seeded(desk)
    await firm.file(desk.database, desk.ring, firm.case(REFERENCE))
    await desk.open(f"/cases/{REFERENCE}/answer")
    links = re.findall(rf'href="/console(/cases/{REFERENCE}/answer\?canned=\d+)#answer"', desk.page.text)
    assert len(links) == len(canned.FIRST)
    texts = []
    for link in links:
        await desk.open(link)
        texts.append(unescape(desk.page.text.partition('dir="auto" required>')[2].partition("</textarea>")[0]))
    assert all(text.startswith("Bonjour,") and "{" not in text for text in texts)
    assert any(REFERENCE in text and "reçu" in text for text in texts)
    assert any("le 30 novembre 2026" in text and "Amazon" in text for text in texts)


async def test_only_supervisors_keep_them(desk: Desk) -> None:
    await desk.log_in("agent")
    await desk.open("/canned")
    assert desk.page.status_code == 403
