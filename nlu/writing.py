"""Writes a model's folder: whole, or not at all."""

from __future__ import annotations

import json
import shutil
import signal
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from types import FrameType
from typing import Any

import numpy as np

from nlu import LATEST
from nlu.embedded import ARRAYS, EXAMPLES, digest_files
from nlu.fitting import Fitted
from nlu.held import Holdings, write_held
from nlu.sheet import Sheet


@contextmanager
def unfinished(models: Path) -> Iterator[Path]:
    """A hidden folder for what is not whole yet; it is gone afterwards, also where the process is told to end."""
    before = signal.signal(signal.SIGTERM, _leave)
    try:
        with TemporaryDirectory(dir=models, prefix=".unfinished.") as folder:
            yield Path(folder)
    finally:
        signal.signal(signal.SIGTERM, before)


def write(
    folder: Path, sheet: Sheet, fitted: Fitted, held: Holdings, about: Mapping[str, Any], *, becomes_latest: bool
) -> Path:
    """All files, then the folder's name, then the pointer to it: a reader sees a whole model or none.

    Raises OSError.
    """
    with unfinished(folder.parent) as hidden:
        part, pointer = hidden / folder.name, hidden / LATEST
        part.mkdir()
        pointer.write_text(folder.name, encoding="utf-8")
        (part / "vocabulary.txt").write_text("\n".join(sheet.grams), encoding="utf-8")
        (part / EXAMPLES).write_text(json.dumps([example.name for example in sheet.examples]), encoding="utf-8")
        write_held(part, held)
        arrays = {"idf": sheet.idf, "directions": sheet.directions, "duals": fitted.duals, **sheet.learnt().arrays()}
        for name in ARRAYS:
            # A full disk has no reason where numpy writes the file itself.
            file = BytesIO()
            np.save(file, arrays[name])
            (part / f"{name}.npy").write_bytes(file.getbuffer())
        manifest = json.dumps({**about, "files": digest_files(part)}, ensure_ascii=False, indent=1)
        (part / "manifest.json").write_text(manifest, encoding="utf-8")
        if folder.exists():
            shutil.rmtree(folder)
        part.rename(folder)
        if becomes_latest:
            pointer.replace(folder.with_name(LATEST))
    return folder


def _leave(number: int, _frame: FrameType | None) -> None:
    sys.exit(128 + number)
