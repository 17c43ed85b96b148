"""What was meant: text in, Understanding out."""

from __future__ import annotations

import hashlib
import json
import os
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from nlu.embedded import EmbeddedNLU
    from stories.script import Platforms

LATEST = "latest"
"""The file in the models' folder that names the version in use."""

_RECIPE = (
    "calibrating.py",
    "calibration.py",
    "clauses.py",
    "embedded.py",
    "encoder.py",
    "features.py",
    "fitting.py",
    "folding.py",
    "held.py",
    "kernel.py",
    "samples.py",
    "sheet.py",
    "static_encoder.py",
    "training.py",
    "writing.py",
)


def load(model: Path, platforms: Platforms, digest: str | None = None) -> EmbeddedNLU:
    """The classifier in this folder of a model. Raises NLUError where it cannot be used.

    `digest`: what its manifest must have, as `digest_manifest` gives it; the manifest holds those of the other files.
    From then on numpy computes on one core in this process: on more, a message waits until all have time for it.
    """
    from threadpoolctl import threadpool_limits

    from nlu.backend import NLUError
    from nlu.embedded import REMEDY, EmbeddedNLU

    threadpool_limits(1)
    try:
        if digest is not None and digest_manifest(model) != digest:
            raise NLUError(f"{model} is not the model that was registered: {REMEDY}")
        return EmbeddedNLU(model, platforms)
    except (KeyError, OSError, TypeError, ValueError) as error:
        raise NLUError(f"{model} is not whole, or was written by another version: {REMEDY}") from error


def latest(models: Path) -> Path | None:
    """The folder of the model in use; None where none was trained."""
    try:
        folder = models / (models / LATEST).read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        return None
    return folder if (folder / "manifest.json").is_file() else None


def point(models: Path, version: str) -> None:
    """Say which version is in use, for whoever has no database to ask. Raises OSError."""
    pointer = models / f".{LATEST}.{os.getpid()}"
    pointer.write_text(version, encoding="utf-8")
    pointer.replace(models / LATEST)


def digest_manifest(model: Path) -> str:
    """SHA-256, hex, of what a model says of itself. Raises OSError."""
    return hashlib.sha256((model / "manifest.json").read_bytes()).hexdigest()


def needs_training(models: Path, data: Path, candidate: str | None = None) -> bool:
    """Whether there is no model in use, or one that is out of date."""
    folder = latest(models)
    return folder is None or is_outdated(folder, data, candidate)


def is_outdated(folder: Path, data: Path, candidate: str | None = None) -> bool:
    """Whether a model was learnt from other data, by other code or with another encoder than today's.

    Samples that it learnt besides are no reason.
    `candidate` is the model2vec model that today is tried beside the shipped encoder.
    """
    from nlu import encoder, examples

    try:
        manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return True
    shipped = encoder.available()
    learnt = manifest.get("lineage", {}).get("examples_digest")
    if (learnt, manifest.get("recipe_digest")) != (examples.digest(data), digest_recipe()):
        return True
    if candidate is None:
        return bool(manifest.get("encoder") != shipped)
    compared = manifest.get("comparison") or {}
    return (compared.get("candidate"), compared.get("shipped")) != (candidate, shipped)


def default_data() -> Path:
    """The examples that come with Portevoix."""
    return Path(str(resources.files("nlu"))) / "data"


def digest_recipe() -> str:
    """SHA-256, hex, of the code that makes a model: another recipe needs another training."""
    folder = Path(__file__).parent
    return hashlib.sha256(b"".join((folder / name).read_bytes() for name in _RECIPE)).hexdigest()
