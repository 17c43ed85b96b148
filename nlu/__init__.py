"""What was meant: text in, Understanding out."""

from __future__ import annotations

import hashlib
import json
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


def load(model: Path, platforms: Platforms) -> EmbeddedNLU:
    """The classifier in this folder of a model. Raises NLUError where it cannot be used."""
    from nlu.backend import NLUError
    from nlu.embedded import REMEDY, EmbeddedNLU

    try:
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


def needs_training(models: Path, data: Path, candidate: str | None = None) -> bool:
    """Whether the model in use was learnt from other data, by other code or with another encoder than today's.

    Samples that it learnt besides are no reason.
    `candidate` is the model2vec model that today is tried beside the shipped encoder.
    """
    from nlu import encoder, examples

    folder = latest(models)
    if folder is None:
        return True
    try:
        manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    except ValueError:
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
