"""The bytes of files: sealed, under their conversation and their SHA-256, on disk or in an S3-compatible store."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import os
from collections.abc import Collection
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from storage.crypto import KeyRing

PATIENCE = timedelta(seconds=15)
"""How long a store that is away is asked again before whoever waits is told."""

if TYPE_CHECKING:
    from obstore.store import ObjectStore


class FileStore:
    """Keeps a conversation's files apart from all others, so that they can be erased without touching any."""

    def __init__(self, store: ObjectStore, folder: Path | None = None) -> None:
        """`folder`: where the store is a folder of this machine."""
        self._store, self._folder = store, folder

    async def keep(self, ring: KeyRing, lane: str, digest: str, data: bytes) -> None:
        """Keep bytes durably, once however often they come; their row must name them before, or they are discarded."""
        sealed = await asyncio.to_thread(ring.seal, "files", lane, digest, data)
        await self._store.put_async(_path(lane, digest), sealed)
        if self._folder is not None:
            await asyncio.to_thread(_settle_on_disk, self._folder / lane / digest)

    async def read(self, ring: KeyRing, lane: str, digest: str) -> bytes:
        """The bytes as they came. Raises FileNotFoundError, and SealError where they were altered."""
        found = await self._store.get_async(_path(lane, digest))
        sealed = bytes(await found.bytes_async())
        return await asyncio.to_thread(ring.open, "files", lane, digest, sealed)

    async def digests(self, lane: str) -> set[str]:
        """Those of all that is kept for a conversation."""
        return {meta["path"].rpartition("/")[2] async for part in self._store.list_async(prefix=lane) for meta in part}

    async def forget(self, lane: str, digests: Collection[str]) -> None:
        """Delete these bytes; those that are not here are fine."""
        for digest in digests:
            with contextlib.suppress(FileNotFoundError):
                await self._store.delete_async(_path(lane, digest))


def digest_of(data: bytes) -> str:
    """SHA-256, in hex."""
    return hashlib.sha256(data).hexdigest()


def in_memory() -> FileStore:
    """A store that ends with the process."""
    from obstore.store import MemoryStore

    return FileStore(MemoryStore())


def open_store(url: str) -> FileStore:
    """`file:///folder` or `s3://bucket/prefix`; S3 is reached as AWS_… in the environment say.

    Raises OSError or ValueError where that cannot be.
    """
    from obstore.exceptions import BaseError
    from obstore.store import LocalStore, S3Store

    try:
        if url.startswith("s3://"):
            return FileStore(S3Store.from_url(url, retry_config={"max_retries": 3, "retry_timeout": PATIENCE}))
        local = LocalStore.from_url(url, mkdir=True)
    except BaseError as error:
        raise ValueError("cannot be used: see docs/files.md") from error
    return FileStore(local, local.prefix)


def _path(lane: str, digest: str) -> str:
    return f"{lane}/{digest}"


def _settle_on_disk(path: Path) -> None:
    """Have the disk itself hold a file and its name: the store only writes it."""
    for part in (path, path.parent):
        descriptor = os.open(part, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
