"""Turns the scores of labels into probabilities."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nlu.examples import LANGUAGES
from stories.types import Language

Scores = NDArray[np.float32]


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """Turns scores into probabilities. Logistic lines with a bias for each language, and each label in it."""

    any: Scores
    """Shape (1,): the slope of the score of a label that may hold beside others."""
    any_bias: Scores
    """Shape (languages, labels)."""
    first: Scores
    """Shape (4,): slopes of what `leads` tells."""
    first_bias: Scores
    """Shape (languages, labels)."""
    acts: Scores
    """Shape (): the factor on the scores of acts."""

    @staticmethod
    def sizes(problems: int) -> dict[str, tuple[int, ...]]:
        biases = (len(LANGUAGES), problems)
        return {"any": (1,), "any_bias": biases, "first": (4,), "first_bias": biases, "acts": ()}

    def problems(self, main: Scores, also: Scores, languages: Sequence[Language]) -> Scores:
        """How likely each problem holds, shape (texts, labels), from the scores beside others, of that shape.

        `main` has the scores as main problem, and last that of no problem. The highest makes a problem the likeliest.
        """
        if not also.size:
            return also
        speaks = [LANGUAGES.index(language) for language in languages]
        odds = sigmoid(also * self.any + self.any_bias[speaks])
        rows, top = np.arange(len(main)), main[:, :-1].argmax(axis=1)
        first = sigmoid(leads(main, also) @ self.first + self.first_bias[speaks, top])
        odds = np.minimum(odds, np.nextafter(first, np.float32(0))[:, None])
        odds[rows, top] = first
        return odds

    def turns(self, scores: Scores) -> Scores:
        """How likely each act is, along the last axis; together 1."""
        return softmax(scores * self.acts)


def leads(main: Scores, also: Scores) -> Scores:
    """What tells how sure the main label of each text is: shape (texts, 4).

    Its score as main label, its lead over the next one and over there being none, and its score beside others.
    """
    rows, problems = np.arange(len(main)), main[:, :-1]
    top = problems.argmax(axis=1)
    score = problems[rows, top]
    second = np.partition(problems, -2, axis=1)[:, -2] if problems.shape[1] > 1 else np.zeros_like(score)
    return np.stack([score, score - second, score - main[:, -1], also[rows, top]], axis=1)


def sigmoid(logits: Scores) -> Scores:
    return np.asarray(1 / (1 + np.exp(-np.clip(logits, -30, 30))), np.float32)


def softmax(scores: Scores) -> Scores:
    """Probabilities of labels of which one holds, along the last axis."""
    powers = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=-1, keepdims=True), np.float32)
