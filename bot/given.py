"""What every command is given: the script it speaks by, and the time it is."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from bot.values import CommandError
from stories.script import Script, ScriptError, default_folder, load


def now() -> datetime:
    return datetime.now(UTC)


def read_script(folder: Path | None) -> Script:
    """Read the script in use. Raises CommandError."""
    try:
        return load(folder or default_folder())
    except ScriptError as error:
        raise CommandError(f"the script cannot be used: {error}") from error
