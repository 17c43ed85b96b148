"""The keys of the console: their page, and the switch."""

from __future__ import annotations

from tests.console.conftest import Desk


async def test_the_keys_are_told_on_a_page_of_their_own(desk: Desk) -> None:
    await desk.log_in()
    page = (await desk.open("/keys")).text
    assert all(f"<kbd>{key}</kbd>" in page for key in ("j", "k", "o", "/", "?"))


async def test_the_keys_can_be_turned_off_and_on_again(desk: Desk) -> None:
    await desk.log_in()
    assert "keys.js" in (await desk.open("/cases")).text
    await desk.open("/keys")
    await desk.post("/keys", keys="off")
    assert "keys.js" not in (await desk.open("/cases")).text
    await desk.open("/keys")
    await desk.post("/keys", keys="on")
    assert "keys.js" in (await desk.open("/cases")).text
