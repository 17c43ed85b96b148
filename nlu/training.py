"""Trains a model from the examples and writes it where a server loads it: `python -m nlu.training DATA MODELS`."""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from nlu import LATEST, digest_recipe, encoder, evaluation, fitting
from nlu.calibrating import calibrate
from nlu.embedded import ARRAYS, digest_file
from nlu.examples import digest, read
from nlu.fitting import Fitted
from nlu.sheet import Sheet, lay_out

Progress = Callable[[str, float], None]
"""Told what is being done, and how much of the whole is behind us, 0 to 1."""

_SHARES = {"reading": 0.0, "encoding": 0.02, "fitting": 0.3, "calibrating": 0.93, "writing": 0.98, "done": 1.0}


def train(data: Path, models: Path, *, progress: Progress, at: datetime) -> Path:
    """Write `models/<version>` and make it the latest. Raises ExampleError; what is there stays untouched then.

    Loads scikit-learn, takes a gigabyte for 10,000 examples and some tens of seconds: run it in a process of its own.
    """
    tell = _Telling(progress)
    tell("reading")
    examples, of = read(data), digest(data)
    tell("encoding")
    name = encoder.available()
    if name is not None:
        encoder.prepare(models / name)
    sheet = lay_out(examples, encoder.shipped())
    fitted = fitting.fit(sheet, lambda share: tell("fitting", share))
    tell("calibrating")
    calibration = calibrate(sheet, fitted.held, np.ones(len(sheet.examples), np.bool_))
    tell("writing")
    version = f"{at:%Y%m%d-%H%M%S}-{of[:8]}"
    about = {
        "version": version,
        "created": at.isoformat(timespec="seconds"),
        "data_digest": of,
        "recipe_digest": digest_recipe(),
        "encoder": name,
        "examples": len(examples),
        "metrics": evaluation.report(sheet, fitted.held, [calibration]).metrics(),
        "problems": sheet.problems,
        "acts": sheet.acts,
        "context": sheet.context,
        "calibration": {name: value.tolist() for name, value in asdict(calibration).items()},
    }
    folder = _write(models / version, sheet, fitted, about)
    tell("done")
    return folder


def main(arguments: list[str] | None = None) -> int:
    """Train, and print a line a step: percentage, tab, what is being done; last the folder written."""
    parser = argparse.ArgumentParser(prog="python -m nlu.training", description=__doc__)
    parser.add_argument("data", type=Path, help="folder of the examples: <language>/<problems|acts>/*.yml")
    parser.add_argument("models", type=Path, help="folder in which the model gets its own folder")
    parser.add_argument("--at", type=datetime.fromisoformat, required=True, help="the time it is, in ISO form")
    given = parser.parse_args(arguments)

    def say(step: str, share: float) -> None:
        sys.stdout.write(f"{share:.0%}\t{step}\n")
        sys.stdout.flush()

    folder = train(given.data, given.models, progress=say, at=given.at.astimezone(UTC))
    sys.stdout.write(f"{folder}\n")
    return 0


@dataclass(frozen=True, slots=True)
class _Telling:
    """Turns the share of a step into the share of the whole."""

    progress: Progress

    def __call__(self, step: str, share: float = 0.0) -> None:
        following = next((value for value in _SHARES.values() if value > _SHARES[step]), 1.0)
        self.progress(step, _SHARES[step] + share * (following - _SHARES[step]))


def _write(folder: Path, sheet: Sheet, fitted: Fitted, about: Mapping[str, Any]) -> Path:
    """All files, then the folder's name, then the pointer to it: a reader sees a whole model or none."""
    part = folder.with_name(f".{folder.name}.{os.getpid()}")
    part.mkdir(parents=True)
    (part / "vocabulary.txt").write_text("\n".join(sheet.grams), encoding="utf-8")
    learnt = sheet.learnt()
    arrays = {"idf": sheet.idf, "directions": sheet.directions, "duals": fitted.duals, **learnt.arrays()}
    for name in ARRAYS:
        np.save(part / f"{name}.npy", arrays[name])
    files = {path.name: digest_file(path) for path in sorted(part.iterdir())}
    manifest = json.dumps({**about, "files": files}, ensure_ascii=False, indent=1)
    (part / "manifest.json").write_text(manifest, encoding="utf-8")
    if folder.exists():
        shutil.rmtree(folder)
    part.rename(folder)
    pointer = folder.with_name(f".{LATEST}.{os.getpid()}")
    pointer.write_text(folder.name, encoding="utf-8")
    pointer.replace(folder.with_name(LATEST))
    return folder


if __name__ == "__main__":
    raise SystemExit(main())
