"""What the operator decides of trainings: what they may take, and who puts their models into service."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from bot import values
from bot.values import SettingError

LEAST = 512
"""Megabytes; with less not even the examples can be read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingSettings:
    """How models are trained and exchanged here."""

    folder: Path
    """Where a training has what it works with, sealed off from the models; gone when it ends."""
    command: tuple[str, ...] = (sys.executable, "-m", "bot.trainer")
    """What takes the stages of a training, whose id follows."""
    megabytes: int = 4096
    """TRAINING_MEGABYTES: the most memory that a training may address."""
    longest: timedelta = timedelta(minutes=30)
    """TRAINING_MINUTES: after this long it is ended."""
    two_persons: bool = False
    """TWO_PERSONS: whether a model that one official proposes must be put into service by another."""


def read(given: Mapping[str, str], home: Path) -> TrainingSettings:
    """Check what is set. Raises SettingError."""
    settings = TrainingSettings(
        folder=home / "trainings",
        megabytes=values.read(given, "TRAINING_MEGABYTES", values.count, 4096),
        longest=timedelta(minutes=values.read(given, "TRAINING_MINUTES", values.count, 30)),
        two_persons=values.read(given, "TWO_PERSONS", values.switch, default=False),
    )
    if settings.megabytes < LEAST:
        raise SettingError(f"TRAINING_MEGABYTES must be {LEAST} or more")
    return settings
