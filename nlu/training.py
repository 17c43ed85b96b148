"""Trains a model from the examples and writes it where a server loads it: `python -m nlu.training DATA MODELS`."""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from nlu import LATEST, digest_recipe, encoder, evaluation, fitting, static_encoder
from nlu.backend import NLUError
from nlu.calibrating import calibrate
from nlu.calibration import Calibration
from nlu.embedded import ARRAYS, digest_files
from nlu.encoder import Encoder, ShippedEncoder
from nlu.evaluation import Report
from nlu.examples import Example, digest, read
from nlu.fitting import Fitted
from nlu.sheet import Sheet, lay_out
from nlu.static_encoder import StaticEncoder

Progress = Callable[[str, float], None]
"""Told what is being done, and how much of the whole is behind us, 0 to 1."""

_SHARES = {"reading": 0.0, "encoding": 0.02, "fitting": 0.3, "calibrating": 0.93, "writing": 0.98, "done": 1.0}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Trial:
    """The classifier as it becomes with one encoder."""

    encoder: str | None
    """None: it reads words and letters alone."""
    files: Mapping[str, str]
    """The files of an encoder that did not come with Portevoix, by their digests."""
    sheet: Sheet
    fitted: Fitted
    calibration: Calibration
    report: Report

    def figures(self) -> dict[str, Any]:
        return {"encoder": self.encoder, "mean": self.report.mean(), "metrics": self.report.metrics()}


def train(data: Path, models: Path, *, progress: Progress, at: datetime, candidate: str | None = None) -> Path:
    """Write `models/<version>` and make it the latest.

    `candidate` is a model2vec model, by its folder or its name at a hub: the classifier is trained with the shipped
    encoder and with it, and the better of the two is written.

    Raises ExampleError, and NLUError where the candidate cannot be loaded; what is there stays untouched then.
    Loads scikit-learn, takes a gigabyte for 10,000 examples and some tens of seconds, with a candidate twice as many:
    run it in a process of its own.
    """
    tell = _Telling(progress=progress, trials=1 if candidate is None else 2)
    tell("reading")
    examples, of = read(data), digest(data)
    models.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=models, prefix=".encoder.") as folder:
        part = Path(folder) / "encoder"
        chosen, comparison = _choose(examples, candidate, models, part, tell)
        tell("writing")
        _lay_encoder(models, chosen, part)
    version = f"{at:%Y%m%d-%H%M%S}-{of[:8]}"
    about = {
        "version": version,
        "created": at.isoformat(timespec="seconds"),
        "data_digest": of,
        "recipe_digest": digest_recipe(),
        "encoder": chosen.encoder,
        "encoder_files": chosen.files,
        "comparison": comparison,
        "examples": len(examples),
        "metrics": chosen.report.metrics(),
        "problems": chosen.sheet.problems,
        "acts": chosen.sheet.acts,
        "context": chosen.sheet.context,
        "calibration": {name: value.tolist() for name, value in asdict(chosen.calibration).items()},
    }
    written = _write(models / version, chosen.sheet, chosen.fitted, about)
    tell("done")
    return written


def _choose(
    examples: Sequence[Example], candidate: str | None, models: Path, part: Path, tell: _Telling
) -> tuple[_Trial, dict[str, Any] | None]:
    """The better trial, and the figures of both: None where the shipped encoder has no rival. Raises NLUError.

    The candidate, which is laid in `part`, is better where its mean is higher, as printed: with three decimals.
    """
    if candidate is not None:
        static_encoder.bring(candidate, part)
    shipped = _try(examples, encoder.available(), {}, _shipped(models), tell)
    if candidate is None:
        return shipped, None
    files = digest_files(part)
    name = static_encoder.name(candidate, files)
    other = _try(examples, name, files, StaticEncoder(part), replace(tell, trial=1))
    tried = [shipped.figures(), other.figures()]
    comparison = {"candidate": candidate, "shipped": shipped.encoder, "tried": tried}
    return other if other.report.mean() > shipped.report.mean() else shipped, comparison


def _try(
    examples: Sequence[Example], name: str | None, files: Mapping[str, str], vectors: Encoder | None, tell: _Telling
) -> _Trial:
    """Learn with these sentence vectors, and measure on what is held out."""
    tell("encoding")
    sheet = lay_out(examples, vectors)
    tell("fitting")
    fitted = fitting.fit(sheet, lambda share: tell("fitting", share))
    tell("calibrating")
    calibration = calibrate(sheet, fitted.held, np.ones(len(sheet.examples), np.bool_))
    report = evaluation.report(sheet, fitted.held, [calibration])
    return _Trial(encoder=name, files=files, sheet=sheet, fitted=fitted, calibration=calibration, report=report)


def _shipped(models: Path) -> Encoder | None:
    """The encoder that came with Portevoix, as servers have it: laid beside the models. None where it is missing."""
    name = encoder.available()
    if name is None:
        return None
    encoder.prepare(models / name)
    return ShippedEncoder(models / name)


def _lay_encoder(models: Path, chosen: _Trial, part: Path) -> None:
    """Have an encoder that did not come with Portevoix in its own folder beside the models."""
    if chosen.encoder is None or not chosen.files:
        return
    folder = models / chosen.encoder
    if folder.exists():
        shutil.rmtree(folder)
    part.rename(folder)


def main(arguments: list[str] | None = None) -> int:
    """Train, and print a line a step: percentage, tab, what is being done; last the folder written.

    Where the candidate cannot be loaded the last line is the reason, and what is given back 1.
    """
    parser = argparse.ArgumentParser(prog="python -m nlu.training", description=__doc__)
    parser.add_argument("data", type=Path, help="folder of the examples: <language>/<problems|acts>/*.yml")
    parser.add_argument("models", type=Path, help="folder in which the model gets its own folder")
    parser.add_argument("--at", type=datetime.fromisoformat, required=True, help="the time it is, in ISO form")
    parser.add_argument("--encoder", metavar="MODEL", help="a model2vec model to try beside the shipped encoder")
    given = parser.parse_args(arguments)

    def say(step: str, share: float) -> None:
        sys.stdout.write(f"{share:.0%}\t{step}\n")
        sys.stdout.flush()

    at = given.at.astimezone(UTC)
    try:
        last = str(train(given.data, given.models, progress=say, at=at, candidate=given.encoder))
    except NLUError as error:
        sys.stdout.write(f"{error}\n")
        return 1
    sys.stdout.write(f"{last}\n")
    return 0


@dataclass(frozen=True, slots=True, kw_only=True)
class _Telling:
    """Turns the share of a step into the share of the whole, in which each trial has the same part."""

    progress: Progress
    trials: int
    trial: int = 0

    def __call__(self, step: str, share: float = 0.0) -> None:
        following = next((value for value in _SHARES.values() if value > _SHARES[step]), 1.0)
        behind = _SHARES[step] + share * (following - _SHARES[step])
        begin, end = _SHARES["encoding"], _SHARES["writing"]
        if begin <= behind < end:
            behind = begin + (behind - begin + self.trial * (end - begin)) / self.trials
        self.progress(step, behind)


def _write(folder: Path, sheet: Sheet, fitted: Fitted, about: Mapping[str, Any]) -> Path:
    """All files, then the folder's name, then the pointer to it: a reader sees a whole model or none."""
    part = folder.with_name(f".{folder.name}.{os.getpid()}")
    part.mkdir(parents=True)
    (part / "vocabulary.txt").write_text("\n".join(sheet.grams), encoding="utf-8")
    learnt = sheet.learnt()
    arrays = {"idf": sheet.idf, "directions": sheet.directions, "duals": fitted.duals, **learnt.arrays()}
    for name in ARRAYS:
        np.save(part / f"{name}.npy", arrays[name])
    manifest = json.dumps({**about, "files": digest_files(part)}, ensure_ascii=False, indent=1)
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
