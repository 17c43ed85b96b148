"""What nobody could read, shown to administrators and to nobody else."""

from __future__ import annotations

import pytest

from storage import unreadable
from storage.access import Role
from tests.console.conftest import Desk

BROKEN = b'{"update_id": 7, "message": "ils ont ferm\xc3\xa9 ma boutique"}'
BINARY = b"\xff\xfe not json"


async def kept(desk: Desk, payload: bytes, problem: str = "message: must be an object") -> int:
    async with desk.database.begin() as session:
        await unreadable.keep(session, desk.ring, channel="telegram", problem=problem, payload=payload, now=desk.now)
        return (await unreadable.latest(session, desk.ring, limit=1))[0].id


async def test_an_administrator_sees_what_could_not_be_read_and_why(desk: Desk) -> None:
    await desk.log_in("administrator")
    await desk.open("/accounts")
    assert "Messages illisibles (0)" in desk.page.text
    assert "Aucun message illisible" in (await desk.open("/unreadable")).text
    await kept(desk, BROKEN)
    desk.wait(minutes=1)
    await kept(desk, BINARY, "no JSON")
    await desk.open("/unreadable")
    said = desk.page.text
    assert "Messages illisibles (2)" in said
    assert 'aria-current="page">Messages illisibles' in said
    assert said.index("no JSON") < said.index("message: must be an object")
    assert "Telegram" in said
    assert "1 ko" in said
    assert "boutique" not in said


async def test_a_payload_is_downloaded_exactly_as_it_came(desk: Desk) -> None:
    await desk.log_in("administrator")
    row = await kept(desk, BROKEN)
    await desk.open("/unreadable")
    assert f'href="/console/unreadable/{row}"' in desk.page.text
    await desk.open(f"/unreadable/{row}")
    assert desk.page.content == BROKEN
    assert desk.page.headers["content-type"] == "application/json"
    assert desk.page.headers["content-disposition"] == f'attachment; filename="portevoix-{row}.json"'
    await desk.open(f"/unreadable/{await kept(desk, BINARY)}")
    assert desk.page.content == BINARY
    assert desk.page.headers["content-type"] == "application/octet-stream"
    assert desk.page.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    "path",
    ["/unreadable/7", "/unreadable/-1", "/unreadable/x", f"/unreadable/{10**30}", "/unreadable/9999999999999999999"],
)
async def test_a_payload_that_is_not_there_is_a_page_that_is_not_there(desk: Desk, path: str) -> None:
    await desk.log_in("administrator")
    assert (await desk.open(path)).status_code == 404


@pytest.mark.parametrize("role", ["agent", "supervisor", "mediator", "analyst", "dpo_admin"])
async def test_nobody_else_sees_them(desk: Desk, role: Role) -> None:
    row = await kept(desk, BROKEN)
    for path in ("/unreadable", f"/unreadable/{row}"):
        await desk.open(path)
        assert desk.page.url.path == "/console/login"
    await desk.log_in(role)
    for path in ("/unreadable", f"/unreadable/{row}"):
        await desk.open(path)
        assert desk.page.status_code == 403
        assert "Messages illisibles" not in desk.page.text
        assert "boutique" not in desk.page.text
