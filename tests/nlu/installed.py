"""The packages that are installed, but for some."""

from pathlib import Path

import numpy as np


def without(folder: Path, *names: str) -> Path:
    """A new folder of links to all packages whose name begins otherwise; it is for PYTHONPATH, and `python -S`."""
    folder.mkdir()
    for package in Path(np.__file__).parents[1].iterdir():
        if not package.name.startswith(names):
            (folder / package.name).symlink_to(package)
    return folder
