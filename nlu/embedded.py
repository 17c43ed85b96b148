"""The run-time half of the classifier: numpy arrays and JSON from a model folder, no scikit-learn, no pickle."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nlu import encoder as sentence_encoder
from nlu.backend import Ask, NLUError
from nlu.clauses import Span, denied, split
from nlu.entities import read as read_entities
from nlu.features import (
    ACT_ENCODER,
    PROBLEM_ENCODER,
    Vocabulary,
    context,
    context_vector,
    count_words,
    levelled,
    needs_encoder,
    tells_story,
)
from nlu.language import detect
from stories.script import Platforms
from stories.types import Label, Language, Understanding

Scores = NDArray[np.float32]

READ = 8000
"""Characters of one message that are classified; values are read from all of it."""
LONG_STORY = 40
"""Words from which a message is a story, whatever it says."""
CLAUSE_SHARE, CLAUSE_ALONE = 0.35, 0.5
"""Weight of the best clause against the whole, and by how much the clause must score more to count alone. More clause
finds the second problem of a message, and too many where there is one: chosen on held-out stories and joined pairs."""
LEAST = 0.03
"""Labels less likely than this are not told."""
NEVER = np.float32(-1e9)
REMEDY = "train again with `portevoix nlu train`"


@dataclass(frozen=True, slots=True, kw_only=True)
class Passages:
    """A text and its clauses, which are none where it is one clause itself."""

    text: str
    clauses: tuple[Span, ...]

    @classmethod
    def of(cls, text: str) -> Passages:
        clauses = split(text[:READ])
        return cls(text=text[:READ], clauses=tuple(clauses) if len(clauses) > 1 else ())

    @property
    def words(self) -> int:
        """How many words; an emoji is none."""
        return count_words(self.text)

    @property
    def texts(self) -> list[str]:
        """The whole first; what a platform is called makes no difference."""
        return [levelled(text) for text in (self.text, *(self.text[start:end] for start, end in self.clauses))]


def combine(scores: Scores, passages: Passages, labels: Mapping[str, int]) -> tuple[Scores, Scores, NDArray[np.intp]]:
    """The score of the whole and of the best clause, and which clause that is, for every label.

    `scores` has a row for each of `passages.texts`. What a clause denies counts neither there nor in the whole.
    """
    whole = scores[0].copy()
    parts = scores[1:].copy() if passages.clauses else scores[:1].copy()
    for row, text in enumerate(passages.texts[1:] or passages.texts):
        for label in denied(text) & labels.keys():
            parts[row, labels[label]] = NEVER
            whole[labels[label]] = NEVER
    best = parts.max(axis=0)
    return np.where(whole == NEVER, best, whole), best, parts.argmax(axis=0)


class EmbeddedNLU:
    """Classifies with a model that `nlu.training` wrote, and reads the values with `nlu.entities`."""

    def __init__(self, folder: Path, platforms: Platforms) -> None:
        """Raises NLUError where the folder holds no whole model, or one whose encoder is not installed."""
        manifest = read_manifest(folder)
        _check(folder, manifest)
        self.name = f"embedded/{manifest['version']}"
        self.manifest = manifest
        self._platforms = platforms
        grams = (folder / "vocabulary.txt").read_text(encoding="utf-8").split("\n")
        self._vocabulary = Vocabulary(grams, np.load(folder / "idf.npy", allow_pickle=False))
        self._weights = np.load(folder / "weights.npy", mmap_mode="r", allow_pickle=False)
        self._intercepts = np.array(manifest["intercepts"], np.float32)
        self._problems = {label: at for at, label in enumerate(manifest["problems"])}
        self._acts: list[str] = manifest["acts"]
        self._context = {name: len(grams) + at for at, name in enumerate(manifest["context"])}
        self._calibration = {name: np.array(value, np.float32) for name, value in manifest["calibration"].items()}
        self._encoder = _encoder(folder, manifest)
        dense = sentence_encoder.DIMENSIONS if self._encoder else 0
        self._check_shapes(folder, len(grams), dense)
        scale = np.array([PROBLEM_ENCODER] * len(self._problems) + [ACT_ENCODER] * len(self._acts), np.float32)
        self._encoder_weights = np.asarray(self._weights[len(self._weights) - dense :], np.float32) * scale

    def _check_shapes(self, folder: Path, grams: int, dense: int) -> None:
        """Raises NLUError where the arrays are of another recipe than this code's."""
        labels = len(self._problems) + len(self._acts)
        wanted = {
            "idf": (grams,),
            "weights": (grams + len(self._context) + dense, labels),
            "intercepts": (labels,),
            "calibration of problems": (2, 2),
            "calibration of acts": (),
        }
        found = {
            "idf": self._vocabulary.weights.shape,
            "weights": self._weights.shape,
            "intercepts": self._intercepts.shape,
            **{f"calibration of {name}": numbers.shape for name, numbers in self._calibration.items()},
        }
        if wrong := [name for name in wanted if found.get(name) != wanted[name]]:
            raise NLUError(f"{folder} was written by another version ({', '.join(wrong)}): {REMEDY}")

    def understand_many(self, asks: Sequence[Ask]) -> list[Understanding]:
        """One Understanding a text; all clauses of all texts go through the encoder together."""
        languages = [detect(ask.text, ask.language) for ask in asks]
        passages = [Passages.of(ask.text) for ask in asks]
        encoded = self._encode(asks, passages)
        return [
            self._understand(ask, language, passage, self._scores(passage, language or "fr") + added)
            for ask, language, passage, added in zip(asks, languages, passages, encoded, strict=True)
        ]

    def _encode(self, asks: Sequence[Ask], passages: Sequence[Passages]) -> list[Scores]:
        """What the sentence vectors add to the scores: for each ask, a row a passage, or one row of zeros."""
        told = [
            p.texts if self._encoder is not None and needs_encoder(p.text, ask.expecting) else []
            for ask, p in zip(asks, passages, strict=True)
        ]
        texts = [text for part in told for text in part]
        if self._encoder is None or not texts:
            return [np.zeros((1, len(self._intercepts)), np.float32) for _ in asks]
        added = self._encoder.encode(texts) @ self._encoder_weights
        ends = np.cumsum([len(part) for part in told])
        parts = np.split(added, ends[:-1])
        return [part if len(part) else np.zeros((1, added.shape[1]), np.float32) for part in parts]

    def _scores(self, passages: Passages, language: Language) -> Scores:
        """Scores of every label by words and letters, a row a passage."""
        scores = np.tile(self._intercepts, (len(passages.texts), 1))
        for row, text in enumerate(passages.texts):
            rows, values = self._vocabulary.vector(text, language)
            scores[row] += values @ self._weights[rows].astype(np.float32)
        return scores

    def _understand(self, ask: Ask, language: Language | None, passages: Passages, scores: Scores) -> Understanding:
        count = len(self._problems)
        return Understanding(
            language=language,
            acts=self._read_acts(ask, passages, scores[0, count:]) if passages.words else (),
            problems=self._read_problems(passages, scores[:, :count]) if tells_story(ask.text, ask.expecting) else (),
            entities=read_entities(
                ask.text, at=ask.at, language=language or "fr", platforms=self._platforms, expecting=ask.expecting
            ),
            by=self.name,
        )

    def _read_problems(self, passages: Passages, scores: Scores) -> tuple[Label, ...]:
        whole, best, where = combine(scores, passages, self._problems)
        probabilities = calibrate(whole, best, self._calibration["problems"])
        spans = passages.clauses or ((0, len(passages.text)),)
        return _likeliest(
            Label(id=label, probability=float(probabilities[at]), start=spans[where[at]][0], end=spans[where[at]][1])
            for label, at in self._problems.items()
        )

    def _read_acts(self, ask: Ask, passages: Passages, scores: Scores) -> tuple[Label, ...]:
        names = context(passages.text, ask.expecting)
        rows, values = context_vector(names, self._context)
        together = scores + values @ self._weights[rows, len(self._problems) :].astype(np.float32)
        probabilities = softmax(together * self._calibration["acts"])
        if "inform" in self._acts and passages.words >= LONG_STORY:
            probabilities = probabilities * np.float32(LEAST)
            probabilities[self._acts.index("inform")] += np.float32(1 - LEAST)
        return _likeliest(
            Label(id=act, probability=float(probability), start=0, end=len(passages.text))
            for act, probability in zip(self._acts, probabilities, strict=True)
        )


def calibrate(whole: Scores, best: Scores, numbers: Scores) -> Scores:
    """Probabilities of labels that may hold together, along the last axis.

    `numbers` has a slope and a bias for the likeliest label, then those for any label: being the likeliest says more
    than the score alone.
    """
    scores = blend(whole, best)
    lines = [slope * scores + bias for slope, bias in numbers]
    first = scores == scores.max(axis=-1, keepdims=True)
    logits = np.where(first, np.maximum(*lines), lines[1])
    return np.asarray(1 / (1 + np.exp(-np.clip(logits, -30, 30))), np.float32)


def blend(whole: Scores, best: Scores) -> Scores:
    """The score of a message from those of its whole and of its best clause."""
    together = (1 - CLAUSE_SHARE) * whole + CLAUSE_SHARE * best
    return np.asarray(np.maximum(together, best - CLAUSE_ALONE), np.float32)


def softmax(scores: Scores) -> Scores:
    """Probabilities of labels of which one holds, along the last axis."""
    powers = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=-1, keepdims=True), np.float32)


def read_manifest(folder: Path) -> dict[str, Any]:
    """What the model says of itself. Raises NLUError."""
    try:
        manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise NLUError(f"{folder} holds no model: train one with `portevoix nlu train`") from error
    return dict(manifest)


def digest_file(path: Path) -> str:
    """SHA-256, hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _check(folder: Path, manifest: Mapping[str, Any]) -> None:
    for name, digest in manifest["files"].items():
        if not (folder / name).is_file() or digest_file(folder / name) != digest:
            raise NLUError(f"{folder / name} is not the file that was trained: {REMEDY}")


def _encoder(folder: Path, manifest: Mapping[str, Any]) -> sentence_encoder.Encoder | None:
    name = manifest["encoder"]
    if name is None:
        return None
    if name != sentence_encoder.available():
        raise NLUError(f"the model needs {name}, which is not installed: {REMEDY}")
    return sentence_encoder.Encoder(folder.parent / name)


def _likeliest(labels: Iterable[Label]) -> tuple[Label, ...]:
    return tuple(sorted((x for x in labels if x.probability >= LEAST), key=lambda x: (-x.probability, x.id)))
