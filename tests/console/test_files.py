"""Officials open what a firm sent, as long as it can do no harm; nobody else does."""

from __future__ import annotations

from typing import Any

import pytest

from storage import references
from storage.attachments import Status
from storage.filestore import digest_of
from tests.bot.samples import PDF, picture
from tests.console import firm
from tests.console.conftest import Desk

REFERENCE = references.new(2026, b"fiction")
OTHER = references.new(2026, b"another")


async def sent(desk: Desk, lane: str, data: bytes, **more: Any) -> int:
    return await firm.send_file(desk.database, desk.ring, desk.files, lane, data, **more)


async def filed(desk: Desk, reference: str = REFERENCE) -> str:
    return await firm.file(desk.database, desk.ring, firm.case(reference), firm.WITH_FILES)


async def test_a_case_lists_its_files_and_opens_them(desk: Desk) -> None:
    lane, image = await filed(desk), picture()
    file = await sent(desk, lane, image)
    await desk.log_in("agent")
    page = await desk.open(f"/cases/{REFERENCE}")
    link = f"/console/cases/{REFERENCE}/files/{file}"
    assert page.text.count(f'href="{link}"') == 3  # In the list, beside its message, and in the timeline.
    assert "image JPEG" in page.text
    assert "message vocal" in page.text
    opened = await desk.open(f"/cases/{REFERENCE}/files/{file}")
    assert opened.content == image
    assert opened.headers["content-type"] == "image/jpeg"
    assert opened.headers["content-disposition"] == "inline; filename*=UTF-8''photo.jpg"
    assert opened.headers["content-security-policy"].startswith("sandbox;")
    assert opened.headers["x-content-type-options"] == "nosniff"
    assert opened.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    ("media_type", "disposition"),
    [
        ("image/png", "inline"),
        ("application/pdf", "inline"),
        ("audio/ogg", "inline"),
        ("text/csv", "attachment"),
        ("message/rfc822", "attachment"),
        ("video/mp4", "attachment"),
    ],
)
async def test_only_what_a_browser_shows_safely_is_shown_in_it(media_type: str, disposition: str, desk: Desk) -> None:
    file = await sent(desk, await filed(desk), PDF, media_type=media_type)
    await desk.log_in("agent")
    opened = await desk.open(f"/cases/{REFERENCE}/files/{file}")
    assert opened.headers["content-disposition"].startswith(disposition)
    policy = opened.headers["content-security-policy"].split("; ")
    assert {"sandbox", "default-src 'none'", "base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'"} <= {
        *policy
    }
    assert opened.headers["x-content-type-options"] == "nosniff"
    assert opened.headers["cross-origin-resource-policy"] == "same-origin"


async def test_a_name_cannot_play_tricks(desk: Desk) -> None:
    file = await sent(desk, await filed(desk), PDF, name='../"\r\nX: y\u202efdp.exe', media_type="application/pdf")
    await desk.log_in("agent")
    assert "\u202e" not in (await desk.open(f"/cases/{REFERENCE}")).text
    opened = await desk.open(f"/cases/{REFERENCE}/files/{file}")
    assert opened.headers["content-disposition"] == "inline; filename*=UTF-8''_X_%20yfdp.exe.pdf"


@pytest.mark.parametrize("status", ["infected", "quarantined", "refused", "too_large", "gone", "waiting"])
async def test_what_is_not_kept_is_listed_and_never_opens(status: Status, desk: Desk) -> None:
    file = await sent(desk, await filed(desk), b"MZ", status=status)
    await desk.log_in("supervisor")
    page = await desk.open(f"/cases/{REFERENCE}")
    assert "photo.jpg" in page.text
    assert f"files/{file}" not in page.text
    assert (await desk.open(f"/cases/{REFERENCE}/files/{file}")).status_code == 404


async def test_a_picture_without_a_copy_is_listed_and_does_not_open(desk: Desk) -> None:
    file = await sent(desk, await filed(desk), picture("PNG")[:60], shows=False)
    await desk.log_in("agent")
    assert "ne s’ouvre pas ici" in (await desk.open(f"/cases/{REFERENCE}")).text
    assert (await desk.open(f"/cases/{REFERENCE}/files/{file}")).status_code == 404


async def test_a_file_opens_for_officials_and_under_its_own_case_only(desk: Desk) -> None:
    file = await sent(desk, await filed(desk), PDF)
    await filed(desk, OTHER)
    refused = await desk.open(f"/cases/{REFERENCE}/files/{file}")
    assert refused.url.path == "/console/login"
    await desk.log_in("analyst")
    assert (await desk.open(f"/cases/{REFERENCE}/files/{file}")).status_code == 403


@pytest.mark.parametrize(
    "path", [f"{OTHER}/files/{{file}}", f"{REFERENCE}/files/1", f"{REFERENCE}/files/x", "no/files/1"]
)
async def test_what_is_not_there_is_not_found(path: str, desk: Desk) -> None:
    file = await sent(desk, await filed(desk), PDF)
    await filed(desk, OTHER)
    await desk.log_in("agent")
    assert (await desk.open("/cases/" + path.format(file=file))).status_code == 404


async def test_bytes_that_the_store_lost_are_not_found(desk: Desk) -> None:
    lane = await filed(desk)
    file = await sent(desk, lane, PDF)
    await desk.files.forget(lane, [digest_of(PDF)])
    await desk.log_in("agent")
    assert (await desk.open(f"/cases/{REFERENCE}/files/{file}")).status_code == 404
