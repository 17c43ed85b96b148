"""Versions of the classifier as the console reads with them: loaded once, and only what was recorded."""

from __future__ import annotations

import asyncio
import hashlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import nlu
from nlu.backend import NLUError

if TYPE_CHECKING:
    from nlu.embedded import EmbeddedNLU
    from stories.script import Script

MOST = 2
"""Versions that are held in memory."""


@dataclass(slots=True, kw_only=True)
class Readers:
    """The models that were asked for last."""

    _held: dict[tuple[str, str], EmbeddedNLU] = field(default_factory=dict)
    _loading: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def take(self, folder: Path, digest: str, script: Script) -> EmbeddedNLU:
        """The version in this folder, ready to read. Raises NLUError where its files are others, or gone."""
        key = (folder.name, script.digest)
        async with self._loading:
            model = self._held.pop(key, None)
            if model is None:
                model = await asyncio.to_thread(_load, folder, digest, script)
            self._held[key] = model
            while len(self._held) > MOST:
                del self._held[next(iter(self._held))]
        return model


def _load(folder: Path, digest: str, script: Script) -> EmbeddedNLU:
    check(folder, digest)
    return nlu.load(folder, script.platforms)


def check(folder: Path, digest: str) -> None:
    """Raises NLUError where the manifest is not the one that was recorded; it vouches for the other files."""
    try:
        found = hashlib.sha256((folder / "manifest.json").read_bytes()).hexdigest()
    except OSError as error:
        raise NLUError(f"{folder.name} is not there") from error
    if found != digest:
        raise NLUError(f"{folder.name} is not the model that was recorded")
