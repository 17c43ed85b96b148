"""What officials said that messages mean, as a training reads it: a file for its eyes alone, gone when it ends."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from storage.corrections import Labelled


@contextmanager
def written(folder: Path, labelled: Sequence[Labelled]) -> Iterator[Path | None]:
    """A file of these messages, for as long as it is read; None where there are none."""
    if not labelled:
        yield None
        return
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with TemporaryDirectory(dir=folder) as place:
        yield write(Path(place) / "samples.jsonl", labelled)


def write(path: Path, labelled: Sequence[Labelled]) -> Path:
    """Write what is to be learnt, a line each; the sealed messages are left out. Raises OSError."""
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        for one in learnt(labelled):
            file.writelines(json.dumps(line, ensure_ascii=False) + "\n" for line in _lines(one))
    return path


def learnt(labelled: Sequence[Labelled]) -> list[Labelled]:
    """Those of the messages that are not kept for the test."""
    return [one for one in labelled if one.part == "learning"]


def meant(one: Labelled) -> Mapping[str, tuple[str, ...]]:
    """What a message means, by task."""
    acts = (one.act,) if one.act is not None else ()
    return {task: labels for task, labels in (("problems", one.labels), ("acts", acts)) if labels}


def _lines(one: Labelled) -> Iterator[dict[str, Any]]:
    for task, labels in meant(one).items():
        asked = dict(one.asked) if one.asked is not None else None
        yield {
            "id": one.id,
            "text": one.text,
            "language": one.language,
            "task": task,
            "labels": list(labels),
            "asked": asked,
            "person": one.person,
        }
