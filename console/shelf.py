"""Puts a file where it shall lie: whole or not at all, and never over another."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path


def shelve(path: Path, text: str) -> None:
    """Write a new file. Raises FileExistsError where there is one, and OSError where none can be."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=".", suffix=".new")
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        Path(name).chmod(0o644)
        os.link(name, path)
    finally:
        Path(name).unlink(missing_ok=True)
