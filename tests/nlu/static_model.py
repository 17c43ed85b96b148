"""Small model2vec models, made here: one that knows the examples of the tests, and one that knows nothing."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from model2vec import StaticModel
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from tokenizers.normalizers import Lowercase
from tokenizers.pre_tokenizers import Whitespace

from tests.nlu.conftest import ACTS, PROBLEMS

UNKNOWN = "[UNK]"


def knowing(folder: Path) -> Path:
    """A model that was told under which labels each word of the examples stands: no other can be better."""
    labels = [*PROBLEMS, *ACTS]
    counted: dict[str, Counter[str]] = defaultdict(Counter)
    for label, languages in {**PROBLEMS, **ACTS}.items():
        for word in re.findall(r"\w+|[^\w\s]+", " ".join(languages.values()).lower()):
            counted[word][label] += 1
    return write(folder, {word: [found[label] for label in labels] for word, found in sorted(counted.items())})


def ignorant(folder: Path) -> Path:
    """A model to which all texts are the same."""
    return write(folder, {word: [1, 1] for word in ("mon", "compte", "argent", "oui", "my", "account", "yes")})


def write(folder: Path, vectors: Mapping[str, Sequence[float]]) -> Path:
    """A model of these words, each with its vector."""
    rows = np.array([np.zeros(len(next(iter(vectors.values())))), *vectors.values()], np.float32)
    tokenizer = Tokenizer(WordLevel({word: at for at, word in enumerate((UNKNOWN, *vectors))}, unk_token=UNKNOWN))
    tokenizer.normalizer, tokenizer.pre_tokenizer = Lowercase(), Whitespace()
    StaticModel(rows, tokenizer).save_pretrained(folder)
    return folder
