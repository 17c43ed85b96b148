"""Portevoix and a real Rasa as readers of intents: each learns in a process of its own and answers from another."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from os import environ
from pathlib import Path
from typing import Any

import yaml

from benchmarks.intent_reading import AT
from benchmarks.intent_sets import SEED, IntentSet, Text
from nlu import latest
from stories.types import Language
from tests.nlu.real_rasa import QUIET, command
from tests.postgres import free_port

ROOT = Path(__file__).parents[1]
START = 300
"""Seconds within which a server answers."""
BREAK = 0.05
"""Seconds between two attempts to reach a server that starts."""
FALLBACK = "nlu_fallback"
FIRST = Text(text="bonjour", intent="", language="fr")
QUIETER = {**QUIET, "PYTHONUNBUFFERED": "1", "PYTHONWARNINGS": "ignore"}
"""Lines come when they are written: they tell when a step began."""


class ReaderError(Exception):
    """A reader could not be trained or does not answer, with what it said last."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trained:
    """How long it took to learn, in seconds."""

    whole: float
    """From the start of the process to its end."""
    fit: float | None
    """Of that, the fit; None where the process did not tell."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """The likeliest intent, empty where none is told, and its probability."""

    intent: str
    odds: float
    inside: float | None = None
    """Seconds inside the reader, where it tells."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """A process that reads one message after the other."""

    pid: int
    cold: float
    """Seconds from its start to its first answer."""
    ask: Callable[[Text], Answer]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """What is compared: it learns a set in a folder, and answers from there."""

    name: str
    train: Callable[[IntentSet, Path], Trained]
    serve: Callable[[IntentSet, Path], AbstractContextManager[Served]]


def portevoix(models: Path) -> Reader:
    """Ours; its encoder lies in `models`."""

    def train(of: IntentSet, folder: Path) -> Trained:
        for language, items in training_items(of.train).items():
            _write(folder / language / of.task / "texts.yml", {"version": "3.1", "nlu": items})
        arguments = [sys.executable, "-m", "nlu.training", str(folder), str(models), "--at", AT.isoformat()]
        return _run(arguments, ROOT, ("\tfitting", "\twriting"))

    return Reader(name="Portevoix", train=train, serve=lambda of, _: _over_pipes(latest(models), of))


def rasa(epochs: int) -> Reader:
    """A real Rasa, with so many epochs of its classifier. Raises FileNotFoundError where its environment is not."""
    program = command("rasa")

    def train(of: IntentSet, folder: Path) -> Trained:
        for language, items in training_items(of.train).items():
            _write(folder / "data" / f"{language}.yml", {"version": "3.1", "nlu": items})
        _write(folder / "config.yml", pipeline(of.train[0].language, epochs))
        steps = ("Starting to train component 'DIETClassifier'", "Finished training component 'DIETClassifier'")
        return _run([program, "train", "nlu", "--fixed-model-name", "intents"], folder, steps)

    return Reader(name="Rasa DIET", train=train, serve=lambda _, folder: _over_http(program, folder))


def pipeline(language: Language, epochs: int) -> dict[str, Any]:
    """What Rasa's documentation recommends where no word vectors are at hand."""
    return {
        "recipe": "default.v1",
        "assistant_id": "benchmark",
        "language": language,
        "pipeline": [
            {"name": "WhitespaceTokenizer"},
            {"name": "LexicalSyntacticFeaturizer"},
            {"name": "CountVectorsFeaturizer"},
            {"name": "CountVectorsFeaturizer", "analyzer": "char_wb", "min_ngram": 1, "max_ngram": 4},
            {"name": "DIETClassifier", "epochs": epochs, "constrain_similarities": True, "random_seed": SEED},
            {"name": "FallbackClassifier", "threshold": 0.3, "ambiguity_threshold": 0.1},
        ],
        "policies": [],
    }


def training_items(texts: Sequence[Text]) -> Mapping[Language, list[dict[str, str]]]:
    """The entries of a file of examples, which both readers take, by language."""
    found: defaultdict[Language, defaultdict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for text in texts:
        found[text.language][text.intent].append(text.text)
    return {
        language: [
            {"intent": intent, "examples": "".join(f"- {one}\n" for one in several)}
            for intent, several in sorted(intents.items())
        ]
        for language, intents in found.items()
    }


@contextmanager
def _over_pipes(model: Path | None, of: IntentSet) -> Iterator[Served]:
    began = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.intent_reading", str(model), of.task],
        cwd=ROOT, text=True, bufsize=1, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    )  # fmt: skip

    def ask(text: Text) -> Answer:
        assert process.stdin
        assert process.stdout
        process.stdin.write(json.dumps({"text": text.text, "language": text.language}) + "\n")
        line = process.stdout.readline()
        if not line:
            raise ReaderError("the reader ended: what it said last is above")
        told = json.loads(line)
        return Answer(intent=told["intent"], odds=told["odds"], inside=told["seconds"])

    with _ending(process):
        ask(FIRST)
        yield Served(pid=process.pid, cold=time.perf_counter() - began, ask=ask)


@contextmanager
def _over_http(program: str, folder: Path) -> Iterator[Served]:
    port = free_port()
    arguments = ["run", "--enable-api", "--interface", "127.0.0.1", "--port", str(port)]
    log = folder / "server.log"
    connection = HTTPConnection("127.0.0.1", port, timeout=START)
    began = time.perf_counter()
    with log.open("wb") as written:
        process = subprocess.Popen(
            [program, *arguments], cwd=folder, env={**environ, **QUIETER}, stdout=written, stderr=written
        )

    def ask(text: Text) -> Answer:
        connection.request("POST", "/model/parse", json.dumps({"text": text.text}).encode())
        told = json.loads(connection.getresponse().read())
        best = next(guess for guess in told["intent_ranking"] if guess["name"] != FALLBACK)
        return Answer(intent=best["name"], odds=best["confidence"])

    with _ending(process):
        while True:
            try:
                ask(FIRST)
                break
            except (OSError, HTTPException, KeyError) as error:
                connection.close()
                if process.poll() is not None or time.perf_counter() - began > START:
                    raise ReaderError(f"no Rasa server came up: {log.read_text(errors='replace')[-2000:]}") from error
                time.sleep(BREAK)
        yield Served(pid=process.pid, cold=time.perf_counter() - began, ask=ask)


@contextmanager
def _ending(process: subprocess.Popen[Any]) -> Iterator[None]:
    """Whatever happens, the process ends with the block."""
    try:
        yield
    finally:
        process.kill()
        process.communicate()


def _run(arguments: list[str], folder: Path, steps: tuple[str, str]) -> Trained:
    """Run to the end; the fit is from the first line that holds one of the steps to the first that holds the other."""
    began = time.perf_counter()
    process = subprocess.Popen(
        arguments, cwd=folder, env={**environ, **QUIETER}, text=True, errors="replace",
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip
    with _ending(process):
        assert process.stdout
        told = [(time.perf_counter(), line) for line in process.stdout]
        code = process.wait()
    whole = time.perf_counter() - began
    if code:
        raise ReaderError(f"{arguments[0]} failed: {''.join(line for _, line in told)[-2000:]}")
    at = [next((moment for moment, line in told if step in line), None) for step in steps]
    return Trained(whole=whole, fit=at[1] - at[0] if at[0] is not None and at[1] is not None else None)


def _write(path: Path, content: object) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(yaml.safe_dump(content, allow_unicode=True, sort_keys=False, width=1_000_000), encoding="utf-8")
