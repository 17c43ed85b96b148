"""Bytes are kept sealed under their conversation, on disk and in an S3-compatible store alike."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from obstore.exceptions import PermissionDeniedError

from storage.crypto import KeyRing, SealError
from storage.filestore import FileStore, digest_of, in_memory, open_store
from tests.fakes import s3

WORDS = b"%PDF-1.7 Jeanne Secret"
DIGEST = digest_of(WORDS)


@pytest.fixture(params=["memory", "disk", "s3"])
async def store(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[FileStore]:
    if request.param == "memory":
        yield in_memory()
    elif request.param == "disk":
        yield open_store((tmp_path / "a folder").as_uri())
    else:
        async with s3.running() as bucket:
            for name, value in bucket.environment.items():
                monkeypatch.setenv(name, value)
            yield open_store(f"s3://{s3.BUCKET}/prefix")


async def test_what_is_kept_is_read_again(store: FileStore, ring: KeyRing) -> None:
    await store.keep(ring, "lane", DIGEST, WORDS)
    await store.keep(ring, "lane", DIGEST, WORDS)
    assert await store.read(ring, "lane", DIGEST) == WORDS
    assert await store.digests("lane") == {DIGEST}


async def test_deleting_touches_one_conversation_only(store: FileStore, ring: KeyRing) -> None:
    for lane in ("lane", "lane-two"):
        await store.keep(ring, lane, DIGEST, WORDS)
    await store.forget("lane", [DIGEST, digest_of(b"never kept")])
    assert await store.digests("lane") == set()
    assert await store.digests("lane-two") == {DIGEST}
    with pytest.raises(FileNotFoundError):
        await store.read(ring, "lane", DIGEST)


async def test_nothing_is_kept_in_a_conversation_without_files(store: FileStore) -> None:
    assert await store.digests("lane") == set()


async def test_bytes_on_disk_are_sealed_and_open_in_their_place_only(tmp_path: Path, ring: KeyRing) -> None:
    store = open_store(tmp_path.as_uri())
    await store.keep(ring, "lane", DIGEST, WORDS)
    path = tmp_path / "lane" / DIGEST
    assert b"Secret" not in path.read_bytes()
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / DIGEST).write_bytes(path.read_bytes())
    with pytest.raises(SealError):
        await store.read(ring, "other", DIGEST)
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(SealError):
        await store.read(ring, "lane", DIGEST)


async def test_what_s3_holds_is_sealed_under_the_prefix(ring: KeyRing, monkeypatch: pytest.MonkeyPatch) -> None:
    async with s3.running() as bucket:
        for name, value in bucket.environment.items():
            monkeypatch.setenv(name, value)
        store = open_store(f"s3://{s3.BUCKET}/prefix")
        await store.keep(ring, "lane", DIGEST, WORDS)
        assert list(bucket.objects) == [f"prefix/lane/{DIGEST}"]
        assert b"Secret" not in bucket.objects[f"prefix/lane/{DIGEST}"]
        bucket.away = True
        with pytest.raises(PermissionDeniedError):
            await store.read(ring, "lane", DIGEST)


@pytest.mark.parametrize("url", ["file:///proc/nowhere", "file:///dev/null/x"])
def test_a_folder_that_cannot_be_made_is_said(url: str) -> None:
    with pytest.raises((OSError, ValueError)):
        open_store(url)
