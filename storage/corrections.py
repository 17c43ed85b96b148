"""What officials said that messages mean: what a training learns from, and what it is tested on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from stories.types import Language

Part = Literal["learning", "test"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Labelled:
    """A masked message with what officials said that it means."""

    id: int
    """Of its row in `samples`."""
    person: str
    """Blind, hex: whose messages belong together."""
    part: Part
    text: str
    language: Language
    labels: tuple[str, ...]
    """Problems, the main one first; `nothing` alone: none. Empty where an act says all."""
    act: str | None
    asked: Mapping[str, Any] | None
    """What had been asked, as `nlu.backend.Expecting`."""
    chance: float
    """Its probability of having been drawn."""
    said_at: datetime
