"""The run-time half of the classifier: numpy arrays and JSON from a model folder, no scikit-learn, no pickle."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from weakref import WeakValueDictionary

import numpy as np
from numpy.typing import NDArray

from nlu.backend import Ask, NLUError
from nlu.calibration import Calibration
from nlu.clauses import Span, denied, split
from nlu.encoder import Encoder, ShippedEncoder, available
from nlu.entities import read as read_entities
from nlu.examples import Task
from nlu.features import Vocabulary, context, count_words, levelled, needs_encoder, tells_story
from nlu.kernel import STORIES, TURNS, Learnt, stack
from nlu.language import detect
from nlu.static_encoder import StaticEncoder
from stories.script import Platforms
from stories.types import Label, Language, Understanding

Scores = NDArray[np.float32]

READ = 8000
"""Characters of one message that are classified; values are read from all of it."""
LONG_STORY = 40
"""Words from which a message is a story, whatever it says."""
LEAST = 0.03
"""Labels less likely than this are not told."""
TOGETHER = 64
"""Messages that are compared with the examples at a time."""
REMEDY = "train again with `portevoix nlu train`"
ARRAYS = ("idf", "starts", "texts", "values", "vectors", "directions", "duals")
"""The arrays of a model, each `<name>.npy`."""
EXAMPLES = "examples.json"
"""The file with the names of the examples, in the order of the rows."""
_HELD: WeakValueDictionary[Path, ShippedEncoder] = WeakValueDictionary()


@dataclass(frozen=True, slots=True, kw_only=True)
class Passages:
    """A text, its clauses, and which problems some of them deny."""

    text: str
    clauses: tuple[Span, ...]
    denials: Mapping[str, frozenset[Span]]
    """By problem, the clauses that say the firm does not have it."""

    @classmethod
    def of(cls, text: str) -> Passages:
        text = text[:READ]
        clauses = tuple(split(text)) or ((0, len(text)),)
        said = {span: denied(text[slice(*span)]) for span in clauses}
        labels = {label for found in said.values() for label in found}
        denials = {label: frozenset(span for span in clauses if label in said[span]) for label in sorted(labels)}
        return cls(text=text, clauses=clauses, denials=denials)

    @property
    def rest(self) -> str:
        """The text without the clauses that deny anything; empty where they are all of it."""
        spans = frozenset(span for found in self.denials.values() for span in found)
        return " ".join(self.text[slice(*span)] for span in self.clauses if span not in spans)

    @property
    def texts(self) -> list[str]:
        """What is scored: the whole, and the rest where something is denied. What a platform is called is no matter."""
        return [levelled(self.text), levelled(self.rest)] if self.denials else [levelled(self.text)]

    def combine(self, scores: Scores, labels: Mapping[str, int]) -> Scores:
        """The scores of the message, from those of `texts`: what is denied scores what the rest does, at most."""
        whole = scores[0].copy()
        for label in self.denials.keys() & labels.keys():
            whole[labels[label]] = min(whole[labels[label]], scores[1, labels[label]]) if self.rest else 0
        return np.asarray(whole, np.float32)


class EmbeddedNLU:
    """Classifies with a model that `nlu.training` wrote, and reads the values with `nlu.entities`."""

    def __init__(self, folder: Path, platforms: Platforms) -> None:
        """Raises NLUError where the folder holds no whole model, or one whose encoder cannot be used."""
        manifest = read_manifest(folder)
        _check(folder, manifest["files"])
        self.version: str = manifest["version"]
        self.encoder: str | None = manifest["encoder"]
        """Its sentence encoder; None: it reads words and letters alone."""
        self.name = f"embedded/{self.version}"
        self.manifest = manifest
        self._folder = folder
        self._platforms = platforms
        grams = (folder / "vocabulary.txt").read_text(encoding="utf-8").split("\n")
        arrays = {name: np.load(folder / f"{name}.npy", mmap_mode="r", allow_pickle=False) for name in ARRAYS}
        self._problems = {label: at for at, label in enumerate(manifest["problems"])}
        self._acts: list[str] = manifest["acts"]
        self._border = 2 * len(self._problems) + 1
        self._asked = {name: len(grams) + at for at, name in enumerate(manifest["context"])}
        self._encoder = _encoder(folder, manifest)
        self._check_shapes(folder, len(grams), arrays)
        self.vocabulary = Vocabulary(grams, np.array(arrays["idf"]))
        self.learnt = Learnt(**{name: np.array(arrays[name]) for name in ("starts", "texts", "values", "vectors")})
        self._directions, self._duals = np.array(arrays["directions"]), np.array(arrays["duals"])
        self._calibration = Calibration(
            **{name: np.array(x, np.float32) for name, x in manifest["calibration"].items()}
        )

    def _check_shapes(self, folder: Path, grams: int, arrays: Mapping[str, NDArray[Any]]) -> None:
        """Raises NLUError where the arrays are of another recipe than this code's."""
        problems, acts, examples = len(self._problems), len(self._acts), len(arrays["vectors"])
        wanted = {
            "idf": (grams,),
            "starts": (grams + len(self._asked) + 1,),
            "values": arrays["texts"].shape,
            "directions": (self._encoder.dimensions if self._encoder else 0, arrays["vectors"].shape[-1]),
            "duals": (examples, 2 * problems + 1 + acts),
        }
        wrong = [name for name, shape in wanted.items() if arrays[name].shape != shape]
        sizes = Calibration.sizes(problems)
        found = {name: np.shape(self.manifest["calibration"].get(name)) for name in sizes}
        wrong += [f"calibration of {name}" for name, shape in sizes.items() if found[name] != shape]
        if wrong:
            raise NLUError(f"{folder} was written by another version ({', '.join(wrong)}): {REMEDY}")

    def understand_many(self, asks: Sequence[Ask]) -> list[Understanding]:
        """One Understanding a text; all texts go through the encoder together."""
        return [
            understanding
            for start in range(0, len(asks), TOGETHER)
            for understanding in self._understand_some(asks[start : start + TOGETHER])
        ]

    def unknown(self, text: str, language: Language) -> float:
        """The share of words that the model never saw, 0 to 1; the name of a platform is as good as any other."""
        return self.vocabulary.unknown(levelled(text[:READ]), language)

    def _understand_some(self, asks: Sequence[Ask]) -> list[Understanding]:
        languages = [detect(ask.text, ask.language) for ask in asks]
        passages = [Passages.of(ask.text) for ask in asks]
        texts = [(text, language or "fr") for p, language in zip(passages, languages, strict=True) for text in p.texts]
        words = stack([self.learnt.shares(*self.vocabulary.vector(*text)) for text in texts], self.learnt.count)
        near = self.nearness(asks, passages)
        stories = STORIES(words, near) @ self._duals[:, : self._border]
        starts = np.cumsum([0, *(len(p.texts) for p in passages)])
        return [
            Understanding(
                language=language,
                acts=self._read_acts(ask, words[start], near[start]) if count_words(passage.text) else (),
                problems=self._read_problems(passage, language or "fr", stories[start:end])
                if tells_story(ask.text, ask.expecting)
                else (),
                entities=read_entities(
                    ask.text,
                    at=ask.at,
                    language=language or "fr",
                    platforms=ask.platforms or self._platforms,
                    expecting=ask.expecting,
                ),
                by=self.name,
            )
            for ask, language, passage, start, end in zip(
                asks, languages, passages, starts[:-1], starts[1:], strict=True
            )
        ]

    def nearness(self, asks: Sequence[Ask], passages: Sequence[Passages]) -> Scores:
        """By sentence vectors, a row a passage; zeros where the vector tells nothing."""
        told = [
            (text, needs_encoder(p.text, ask.expecting))
            for ask, p in zip(asks, passages, strict=True)
            for text in p.texts
        ]
        vectors = np.zeros((len(told), self._directions.shape[1]), np.float32)
        rows = [row for row, (_, needed) in enumerate(told) if needed]
        if self._encoder is not None and rows:
            vectors[rows] = self._encoder.encode([told[row][0] for row in rows]) @ self._directions
        return self.learnt.nearness(vectors)

    def asked(self, ask: Ask) -> Scores:
        """How alike what had been asked is, an entry an example."""
        names = [self._asked[name] for name in context(ask.text[:READ], ask.expecting) if name in self._asked]
        rows = np.array(names, np.intp)
        return self.learnt.shares(rows, np.full(len(rows), alone(len(rows)), np.float32))

    def duals(self, task: Task, label: str) -> Scores:
        """The weight of each example for this problem as the main one, or for this act."""
        at = self._problems[label] if task == "problems" else self._border + self._acts.index(label)
        return np.asarray(self._duals[:, at], np.float32)

    def learns(self, task: Task) -> NDArray[np.bool_]:
        """Which examples problems, or acts, are learnt from."""
        part = slice(0, self._border) if task == "problems" else slice(self._border, None)
        return np.asarray(self._duals[:, part].any(axis=1), np.bool_)

    def names(self) -> list[str]:
        """What the examples are called, in their order."""
        return list(json.loads((self._folder / EXAMPLES).read_text(encoding="utf-8")))

    def _read_problems(self, passage: Passages, language: Language, scores: Scores) -> tuple[Label, ...]:
        count = len(self._problems) + 1
        main = passage.combine(scores[:, :count], self._problems)
        also = passage.combine(scores[:, count:], self._problems)
        odds = self._calibration.problems(main[None], also[None], [language])[0]
        told = {label: at for label, at in self._problems.items() if odds[at] >= LEAST}
        spans = self._spans(passage, language, told)
        return _likeliest(
            Label(id=label, probability=float(odds[at]), start=spans[label][0], end=spans[label][1])
            for label, at in told.items()
        )

    def _spans(self, passage: Passages, language: Language, labels: Mapping[str, int]) -> dict[str, Span]:
        """The clause that says each label best, by its words."""
        if len(passage.clauses) == 1 or not labels:
            return dict.fromkeys(labels, passage.clauses[0])
        texts = [levelled(passage.text[slice(*span)]) for span in passage.clauses]
        words = [self.learnt.shares(*self.vocabulary.vector(text, language)) for text in texts]
        columns = [len(self._problems) + 1 + at for at in labels.values()]
        scores = STORIES(stack(words, self.learnt.count), np.zeros(1, np.float32)) @ self._duals[:, columns]
        for column, label in enumerate(labels):
            for row, span in enumerate(passage.clauses):
                if span in passage.denials.get(label, ()):
                    scores[row, column] = -1
        return {label: passage.clauses[int(scores[:, at].argmax())] for at, label in enumerate(labels)}

    def _read_acts(self, ask: Ask, words: Scores, near: Scores) -> tuple[Label, ...]:
        scores = TURNS(words, near, self.asked(ask)) @ self._duals[:, self._border :]
        odds = self._calibration.turns(scores)
        if "inform" in self._acts and count_words(ask.text[:READ]) >= LONG_STORY:
            odds = odds * np.float32(LEAST)
            odds[self._acts.index("inform")] += np.float32(1 - LEAST)
        return _likeliest(
            Label(id=act, probability=float(probability), start=0, end=min(len(ask.text), READ))
            for act, probability in zip(self._acts, odds, strict=True)
            if probability >= LEAST
        )


def alone(names: int) -> float:
    """The value of each of so many names, for a vector of length 1."""
    return float(1 / max(names, 1) ** 0.5)


def read_manifest(folder: Path) -> dict[str, Any]:
    """What the model says of itself. Raises NLUError."""
    try:
        manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise NLUError(f"{folder} holds no model: train one with `portevoix nlu train`") from error
    return dict(manifest)


def digest_files(folder: Path) -> dict[str, str]:
    """SHA-256, hex, of each file by its name."""
    return {path.name: _digest(path) for path in sorted(folder.iterdir())}


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _check(folder: Path, files: Mapping[str, str]) -> None:
    """Raises NLUError where a file is not the one that had this digest."""
    for name, digest in files.items():
        if not (folder / name).is_file() or _digest(folder / name) != digest:
            raise NLUError(f"{folder / name} is not the file that was trained: {REMEDY}")


def _encoder(folder: Path, manifest: Mapping[str, Any]) -> Encoder | None:
    """The encoder that the model was trained with, from its folder beside the model's. Raises NLUError."""
    name, files = manifest["encoder"], manifest["encoder_files"]
    if name is None:
        return None
    if files:
        _check(folder.parent / name, files)
        return StaticEncoder(folder.parent / name)
    if name != available():
        raise NLUError(f"the model needs {name}, which is not installed: {REMEDY}")
    return _shipped(folder.parent / name)


def _shipped(folder: Path) -> ShippedEncoder:
    """One for all models that are held at once."""
    held = _HELD.get(folder)
    if held is None:
        held = _HELD[folder] = ShippedEncoder(folder)
    return held


def _likeliest(labels: Iterable[Label]) -> tuple[Label, ...]:
    return tuple(sorted((x for x in labels if x.probability >= LEAST), key=lambda x: (-x.probability, x.id)))
