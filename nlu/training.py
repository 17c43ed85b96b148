"""Trains a model from the examples and writes it where a server loads it: `python -m nlu.training DATA MODELS`.

Samples, real messages that officials labelled, are learnt beside the examples where a file of them is given.
"""

from __future__ import annotations

import argparse
import hashlib
import shutil
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np

from nlu import calibrating, digest_recipe, encoder, evaluation, fitting, kernel, sheet, static_encoder
from nlu.backend import NLUError
from nlu.calibrating import calibrate
from nlu.calibration import Calibration
from nlu.embedded import digest_files
from nlu.encoder import Encoder, ShippedEncoder
from nlu.evaluation import Report
from nlu.examples import Example, ExampleError, digest, read
from nlu.fitting import Fitted
from nlu.held import hold
from nlu.samples import digest_samples, read_samples
from nlu.sheet import Sheet, lay_out
from nlu.static_encoder import StaticEncoder
from nlu.writing import unfinished, write

Progress = Callable[[str, float], None]
"""Told what is being done, and how much of the whole is behind us, 0 to 1."""

_CONFIGURATION = {
    fitting: ("FOLDS", "SEED", "RIDGE", "ALIKE", "NO_PROBLEM"),
    sheet: ("LEAST_TEXTS", "LEAST_PERSONS", "COMMON", "DIRECTIONS", "INFORM_EVERY", "ACT_EVERY"),
    calibrating: ("FREEDOM", "FREE", "NOTHING_COUNTS"),
}
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


def train(
    data: Path,
    models: Path,
    *,
    progress: Progress,
    at: datetime,
    candidate: str | None = None,
    samples: Path | None = None,
    becomes_latest: bool = True,
) -> Path:
    """Write `models/<version>` and make it the latest, unless that is not wanted.

    `candidate` is a model2vec model, by its folder or its name at a hub: the classifier is trained with the shipped
    encoder and with it, and the better of the two is written. `samples` is a file as `read_samples` takes it.

    Raises ExampleError, NLUError where the candidate cannot be loaded, and OSError; what is there stays untouched then.
    Loads scikit-learn, takes a gigabyte for 20,000 examples and about a minute, with a candidate twice as long: run it
    in a process of its own.
    """
    tell = _Telling(progress=progress, trials=1 if candidate is None else 2)
    tell("reading")
    examples, of = read(data), _Lineage(examples=digest(data), samples=None)
    if samples is not None:
        of = replace(of, samples=digest_samples(samples))
        examples += read_samples(samples, examples)
    models.mkdir(parents=True, exist_ok=True)
    chosen, comparison = _choose(examples, candidate, models, tell)
    tell("writing")
    version = f"{at:%Y%m%d-%H%M%S}-{of.digest[:8]}"
    learnt = sorted({example.sample for example in examples if example.sample is not None})
    about = {
        "version": version,
        "created": at.isoformat(timespec="seconds"),
        "data_digest": of.digest,
        "recipe_digest": digest_recipe(),
        "lineage": of.about(),
        "encoder": chosen.encoder,
        "encoder_files": chosen.files,
        "comparison": comparison,
        "examples": len(examples),
        "samples": {"count": len(learnt), "ids": learnt},
        "metrics": chosen.report.metrics(),
        "problems": chosen.sheet.problems,
        "acts": chosen.sheet.acts,
        "context": chosen.sheet.context,
        "calibration": {name: value.tolist() for name, value in asdict(chosen.calibration).items()},
    }
    told = evaluation.tell(chosen.sheet, chosen.fitted.held, chosen.calibration)
    held = hold(chosen.sheet.examples, told)
    written = write(models / version, chosen.sheet, chosen.fitted, held, about, becomes_latest=becomes_latest)
    tell("done")
    return written


@dataclass(frozen=True, slots=True, kw_only=True)
class _Lineage:
    """What a model is learnt from, by digests."""

    examples: str
    samples: str | None

    @property
    def digest(self) -> str:
        """Of both; of the examples alone where there are no samples."""
        if self.samples is None:
            return self.examples
        return hashlib.sha256(f"{self.examples}{self.samples}".encode()).hexdigest()

    def about(self) -> dict[str, Any]:
        return {
            "examples_digest": self.examples,
            "samples_digest": self.samples,
            "code_version": metadata.version("portevoix"),
            "configuration": {
                f"{module.__name__.removeprefix('nlu.')}.{name.lower()}": getattr(module, name)
                for module, names in _CONFIGURATION.items()
                for name in names
            }
            | {"kernel.stories": asdict(kernel.STORIES), "kernel.turns": asdict(kernel.TURNS)},
        }


def _choose(
    examples: Sequence[Example], candidate: str | None, models: Path, tell: _Telling
) -> tuple[_Trial, dict[str, Any] | None]:
    """The better trial, and the figures of both: None where the shipped encoder has no rival. Raises NLUError.

    The candidate is better where its mean is higher, as printed: with three decimals. It is laid beside the models
    then.
    """
    if candidate is None:
        return _try(examples, encoder.available(), {}, _shipped(models), tell), None
    with unfinished(models) as folder:
        part = folder / "encoder"
        static_encoder.bring(candidate, part)
        shipped = _try(examples, encoder.available(), {}, _shipped(models), tell)
        files = digest_files(part)
        name = static_encoder.name(candidate, files)
        other = _try(examples, name, files, StaticEncoder(part), replace(tell, trial=1))
        chosen = other if other.report.mean() > shipped.report.mean() else shipped
        tell("writing")
        _lay_encoder(models, chosen, part)
    tried = [shipped.figures(), other.figures()]
    return chosen, {"candidate": candidate, "shipped": shipped.encoder, "tried": tried}


def _try(
    examples: Sequence[Example], name: str | None, files: Mapping[str, str], vectors: Encoder | None, tell: _Telling
) -> _Trial:
    """Learn with these sentence vectors, and measure on what is held out."""
    tell("encoding")
    laid = lay_out(examples, vectors)
    tell("fitting")
    fitted = fitting.fit(laid, lambda share: tell("fitting", share))
    tell("calibrating")
    calibration = calibrate(laid, fitted.held, np.ones(len(laid.examples), np.bool_))
    report = evaluation.report(laid, fitted.held, [calibration])
    return _Trial(encoder=name, files=files, sheet=laid, fitted=fitted, calibration=calibration, report=report)


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

    Where nothing could be written the last line is the reason, and what is given back 1.
    """
    parser = argparse.ArgumentParser(prog="python -m nlu.training", description=__doc__)
    parser.add_argument("data", type=Path, help="folder of the examples: <language>/<problems|acts>/*.yml")
    parser.add_argument("models", type=Path, help="folder in which the model gets its own folder")
    parser.add_argument("--at", type=datetime.fromisoformat, required=True, help="the time it is, in ISO form")
    parser.add_argument("--encoder", metavar="MODEL", help="a model2vec model to try beside the shipped encoder")
    parser.add_argument("--samples", type=Path, metavar="FILE", help="labelled messages to learn too, as JSON lines")
    parser.add_argument("--candidate", action="store_true", help="leave the latest model the latest")
    given = parser.parse_args(arguments)

    def say(step: str, share: float) -> None:
        sys.stdout.write(f"{share:.0%}\t{step}\n")
        sys.stdout.flush()

    at = given.at.astimezone(UTC)
    try:
        last = train(
            given.data,
            given.models,
            progress=say,
            at=at,
            candidate=given.encoder,
            samples=given.samples,
            becomes_latest=not given.candidate,
        )
    except (ExampleError, NLUError) as error:
        sys.stdout.write(f"{error}\n")
        return 1
    except OSError as error:
        sys.stdout.write(f"no model can be written in {given.models}: {error.strerror or error}\n")
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


if __name__ == "__main__":
    raise SystemExit(main())
