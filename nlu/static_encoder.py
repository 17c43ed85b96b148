"""Sentence vectors of a model2vec model: the mean of the vectors of a text's tokens.

Such a model is a table and a tokenizer, from a folder or a hub. `bring` lays copies of them in a folder of ours, from
which `StaticEncoder` reads: whoever serves reaches no hub and needs the packages numpy and tokenizers alone.
"""

from __future__ import annotations

import hashlib
import json
import re
import subprocess
import sys
from collections.abc import Mapping, Sequence
from importlib import util
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from nlu.backend import NLUError
from nlu.encoder import written

if TYPE_CHECKING:
    from model2vec import StaticModel

INSTALL = "pip install 'portevoix[model2vec]'"


class StaticEncoder:
    """Encodes texts with files that `bring` wrote."""

    def __init__(self, folder: Path) -> None:
        """Raises NLUError where the package that finds a text's tokens is not installed."""
        if util.find_spec("tokenizers") is None:
            raise NLUError(f"the encoder {folder.name} needs the package tokenizers: {INSTALL}")
        from tokenizers import Tokenizer

        about = json.loads((folder / "encoder.json").read_text(encoding="utf-8"))
        self._unknown: int | None = about["unknown"]
        self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._tokenizer.no_padding()
        self._table = np.load(folder / "embeddings.npy", mmap_mode="r", allow_pickle=False)
        self.dimensions: int = self._table.shape[1]

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        vectors = np.zeros((len(texts), self.dimensions), np.float32)
        for row, text in enumerate(texts):
            found = self._tokenizer.encode(written(text), add_special_tokens=False).ids
            if known := [token for token in found if token != self._unknown]:
                vectors[row] = self._table[known].mean(axis=0, dtype=np.float32)
        lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
        return np.asarray(vectors / np.where(lengths > 0, lengths, 1), np.float32)


def bring(asked: str, folder: Path) -> None:
    """Lay the model in a new folder; `asked` is its own folder or, otherwise, its name at a hub. Raises NLUError.

    The packages that know its formats raise what they like and hold on to half a gigabyte, so they work in a process
    of their own.
    """
    if util.find_spec("model2vec") is None:
        raise NLUError(f"the encoder model2vec:{asked} needs the package model2vec: {INSTALL}")
    command = [sys.executable, "-m", "nlu.static_encoder", asked, str(folder)]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)  # noqa: S603  # Our own module.
    if done.returncode:
        reason = done.stdout.strip() or f"its process ended with {done.returncode}"
        raise NLUError(
            f"the encoder model2vec:{asked} cannot be loaded: give a model's folder, or its name at a hub that can be "
            f"reached, or unset PORTEVOIX_ENCODER ({reason})"
        )


def name(asked: str, files: Mapping[str, str]) -> str:
    """What the model with these files, by their digests, is called: fit for a folder, and never that of another."""
    plain = re.sub(r"[^\w.-]+", "-", Path(asked).name, flags=re.ASCII).strip("-.") or "model"
    return f"model2vec-{plain}-{hashlib.sha256(json.dumps(files, sort_keys=True).encode()).hexdigest()[:8]}"


def main(asked: str, folder: Path) -> None:
    """Do what `bring` asks; where it cannot be done, the reason is one line on the output."""
    sys.excepthook = _say
    from model2vec import StaticModel

    own = Path(asked).expanduser()
    model = StaticModel.from_pretrained(own if own.is_dir() else asked)
    table = _table(model)
    if len(table) <= max(model.tokenizer.get_vocab().values()) or not np.isfinite(table).all():
        raise ValueError("not every token has its vector of numbers")
    folder.mkdir()
    np.save(folder / "embeddings.npy", table)
    model.tokenizer.save(str(folder / "tokenizer.json"), pretty=False)
    (folder / "encoder.json").write_text(json.dumps({"unknown": model.unk_token_id}), encoding="utf-8")


def _table(model: StaticModel) -> NDArray[np.floating]:
    """The vector of each token, shape (tokens, dimensions): of compressed models, as the mean takes them."""
    table = model.embedding if model.token_mapping is None else model.embedding[model.token_mapping]
    return np.asarray(table if model.weights is None else table * model.weights[:, None])


def _say(_kind: type[BaseException], error: BaseException, _trace: TracebackType | None) -> None:
    sys.stdout.write(f"{type(error).__name__}: {' '.join(str(error).split())}\n")


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
