"""Trains a model from the examples and writes it where a server loads it: `python -m nlu.training DATA MODELS`."""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nlu import LATEST, digest_recipe, encoder, evaluation, fitting
from nlu.embedded import digest_file
from nlu.examples import digest, read
from nlu.fitting import HeldOut, Sheet, Weights

Progress = Callable[[str, float], None]
"""Told what is being done, and how much of the whole is behind us, 0 to 1."""

_SHARES = {"reading": 0.0, "encoding": 0.02, "cross-validation": 0.2, "fitting": 0.85, "writing": 0.97, "done": 1.0}


def train(data: Path, models: Path, *, progress: Progress, at: datetime) -> Path:
    """Write `models/<version>` and make it the latest. Raises ExampleError; what is there stays untouched then.

    Loads scikit-learn and keeps a processor busy for some tens of seconds: run it in a process of its own.
    """
    tell = _Telling(progress)
    tell("reading")
    examples, of = read(data), digest(data)
    tell("encoding")
    name = encoder.available()
    if name is not None:
        encoder.prepare(models / name)
    sheet = fitting.lay_out(examples, encoder.Encoder(models / name).encode if name is not None else None)
    held = fitting.hold_out(sheet, lambda share: tell("cross-validation", share))
    tell("fitting")
    weights = fitting.fit(sheet, np.ones(len(sheet.examples), np.bool_))
    tell("writing")
    version = f"{at:%Y%m%d-%H%M%S}-{of[:8]}"
    about = {
        "version": version,
        "created": at.isoformat(timespec="seconds"),
        "data_digest": of,
        "recipe_digest": digest_recipe(),
        "encoder": name,
        "examples": len(examples),
        "metrics": evaluation.report(sheet, held).metrics(),
    }
    folder = _write(models / version, sheet, weights, about | _learnt(sheet, held, weights))
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


def _learnt(sheet: Sheet, held: HeldOut, weights: Weights) -> dict[str, Any]:
    has, acts = fitting.truth(sheet)
    biases = np.concatenate([weights.problem_biases, weights.act_biases])
    return {
        "problems": sheet.problems,
        "acts": sheet.acts,
        "context": sheet.context,
        "intercepts": [float(bias) for bias in biases],
        "calibration": {
            "problems": fitting.platt(held, has, sheet.stories).tolist(),
            "acts": float(fitting.temperature(held, acts, sheet.turns)),
        },
    }


def _write(folder: Path, sheet: Sheet, weights: Weights, about: Mapping[str, Any]) -> Path:
    """All files, then the folder's name, then the pointer to it: a reader sees a whole model or none."""
    part = folder.with_name(f".{folder.name}.{os.getpid()}")
    part.mkdir(parents=True)
    (part / "vocabulary.txt").write_text("\n".join(sheet.grams[at] for at in weights.kept), encoding="utf-8")
    np.save(part / "idf.npy", weights.idf)
    np.save(part / "weights.npy", _together(weights, len(sheet.context)))
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


def _together(weights: Weights, names: int) -> NDArray[np.float16]:
    """One table, a row a feature in the order of `Weights`, a column a label: the problems, then the acts."""
    grams = len(weights.idf)
    context = np.zeros((names, weights.problems.shape[1]), np.float32)
    problems = np.vstack([weights.problems[:grams], context, weights.problems[grams:]])
    return np.hstack([problems, weights.acts]).astype(np.float16)


if __name__ == "__main__":
    raise SystemExit(main())
