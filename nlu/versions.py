"""Several versions of the classifier at once: in use, kept by conversations that began with them, or tried."""

from __future__ import annotations

import logging
from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

import nlu
from nlu.backend import Ask, NLUError
from stories.script import Platforms
from stories.types import Language, Understanding

if TYPE_CHECKING:
    from nlu.embedded import EmbeddedNLU

LOG = logging.getLogger(__name__)
PINNED = 3
"""So many versions that are no longer in use are held at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which versions are to be held."""

    in_use: str
    shadow: str | None = None
    digests: Mapping[str, str] = field(default_factory=dict)
    """Of the manifests of those that may read, by version, SHA-256 in hex."""


class Versions:
    """Reads each message with the version that its conversation began with, or else with the one in use.

    What is in use never changes here: `exchanged` gives other Versions, so that a turn is read by one and the same.
    """

    def __init__(
        self, models: Path, wanted: Wanted, in_use: EmbeddedNLU, *, platforms: Platforms,
        pinned: Iterable[EmbeddedNLU] = (), problem: str = "",
    ) -> None:  # fmt: skip
        """`models` holds a folder for each version. `problem`: why the version wanted is not the one in use."""
        self.models, self.wanted, self.problem = models, wanted, problem
        self.version, self.name, self.encoder, self.manifest = (
            in_use.version,
            in_use.name,
            in_use.encoder,
            in_use.manifest,
        )
        self.in_use = in_use
        self.platforms = platforms
        self._pinned: OrderedDict[str, EmbeddedNLU | None] = OrderedDict((one.version, one) for one in pinned)
        """The latest used last. None: it cannot be loaded."""
        self._loading = Lock()
        self.shadow = self._pin(wanted.shadow) if wanted.shadow is not None and wanted.shadow != self.version else None
        """The version that is tried: it is asked beside, and not heard."""

    @classmethod
    def opened(cls, models: Path, wanted: Wanted, platforms: Platforms) -> Versions:
        """Load what is wanted; the shadow only where it can be. Raises NLUError where the one to use cannot be."""
        return cls(models, wanted, _load(models, wanted, wanted.in_use, platforms), platforms=platforms)

    def exchanged(self, wanted: Wanted, platforms: Platforms) -> Versions:
        """What is wanted now. Where the version to use cannot be loaded, the one in use stays, and `problem` says why.

        Blocking, for as long as reading a model takes.
        """
        kept = {one.version: one for one in self._held()} if platforms is self.platforms else {}
        problem = ""
        try:
            in_use = kept.get(wanted.in_use) or _load(self.models, wanted, wanted.in_use, platforms)
        except NLUError as error:
            in_use, problem = self.in_use, str(error)
        pinned = [one for version, one in kept.items() if version in wanted.digests and one is not in_use]
        return Versions(self.models, wanted, in_use, platforms=platforms, pinned=pinned, problem=problem)

    def understand_many(self, asks: Sequence[Ask]) -> list[Understanding]:
        """One Understanding a text, in order; `Understanding.by` says which version read it."""
        readers = [self._reader(ask.model) for ask in asks]
        told: dict[int, Understanding] = {}
        for reader in {id(one): one for one in readers}.values():
            places = [place for place, one in enumerate(readers) if one is reader]
            told |= zip(places, reader.understand_many([asks[place] for place in places]), strict=True)
        return [told[place] for place in range(len(asks))]

    def unknown(self, text: str, language: Language) -> float:
        """The share of words that the model in use never saw, 0 to 1."""
        return self.in_use.unknown(text, language)

    def _reader(self, version: str | None) -> EmbeddedNLU:
        if version is None or version == self.version or version not in self.wanted.digests:
            return self.in_use
        return self._pin(version) or self.in_use

    def _pin(self, version: str) -> EmbeddedNLU | None:
        """A version that is not in use, and is held from now on; None where it cannot be loaded."""
        with self._loading:
            if version not in self._pinned:
                try:
                    self._pinned[version] = _load(self.models, self.wanted, version, self.platforms)
                except NLUError as error:
                    LOG.warning("%s reads instead: %s", self.name, error)
                    self._pinned[version] = None
            self._pinned.move_to_end(version)
            while len(self._pinned) > PINNED:
                self._pinned.popitem(last=False)
            return self._pinned[version]

    def _held(self) -> list[EmbeddedNLU]:
        """The one in use last, as the latest used."""
        with self._loading:
            pinned = [one for one in self._pinned.values() if one is not None]
        return [*([self.shadow] if self.shadow is not None else []), *pinned, self.in_use]


def _load(models: Path, wanted: Wanted, version: str, platforms: Platforms) -> EmbeddedNLU:
    """Raises NLUError where its files are not those that were recorded."""
    digest = wanted.digests.get(version)
    if digest is None:
        raise NLUError(f"{version} is no registered model: see `portevoix nlu models`")
    return nlu.load(models / version, platforms, digest)
