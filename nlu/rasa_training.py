"""Trains our examples on a connected Rasa server, asks the model that comes of it, and gives the server back."""

from __future__ import annotations

import json
import ssl
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import httpx
import yaml
from pydantic import BaseModel, TypeAdapter, ValidationError

from nlu.backend import Ask, NLUError
from nlu.comparison import Item
from nlu.examples import NOTHING, TASKS, Task, paths, read
from nlu.exchange import PREFIXES, RASA, to_rasa
from nlu.rasa import RasaNLU
from nlu.rasa_server import REMEDIES
from stories.script import Platforms
from stories.types import Understanding

Progress = Callable[[str, float], None]
"""What is done now, and how much is behind us, 0 to 1. What it raises ends the training."""
CONFIG = RASA / "config.yml"
FOLDER = "models"
"""Where a Rasa server keeps its models."""
LONGEST = 6 * 3600.0
"""Seconds that a training may take."""
EVERY = 1.0
"""Seconds between two tellings of the progress."""
ANSWER = 60.0
"""Seconds that the server has to answer or to load a model."""
AT_ONCE = 32
"""Items that are asked together."""
HALF = 600.0
"""Seconds after which half of a training is taken to be over: how far it is the server does not say."""
TRAINED = 0.8
"""How much of the work is done once the model is trained."""
Answered: TypeAlias = tuple[Mapping[str, str], bytes]
"""The headers and the body of an answer."""
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_DUMPER = getattr(yaml, "CSafeDumper", yaml.SafeDumper)


class Sample(BaseModel):
    """A line of the samples' file: a masked message with its labels."""

    text: str
    task: Task
    labels: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a model of the server makes of the items."""

    model: str
    """Its name there."""
    predictions: tuple[Understanding, ...]
    """One an item, in order."""


SAMPLE = TypeAdapter(Sample)


def train_and_ask(  # noqa: PLR0917  # A server and its key, what to learn, what to ask.
    url: str, token: str | None, data_folder: Path, samples_file: Path | None, items: Sequence[Item],
    progress: Progress, *, platforms: Platforms, config: Path = CONFIG,
) -> Asked:  # fmt: skip
    """Train the server on our examples, and have it read items that are not among them; then its own model is back.

    While it lasts the server answers with the new model, or slowly: it should not be the one that reads for firms.
    Raises NLUError, and ExampleError where the examples cannot be read.
    """
    body, problems, acts = project(data_folder, samples_file, config)
    with _client(url, token) as client:
        before = _model(client)
        progress("training", 0.0)
        model = _train(client, body, progress)
        try:
            _load(client, model)
            reader = RasaNLU(url, platforms=platforms, problems=problems, acts=acts, token=token, patience=ANSWER)
            return Asked(model=model.removesuffix(".tar.gz"), predictions=tuple(_ask(reader, items, progress)))
        finally:
            if before is not None:
                _load(client, before)


def project(data_folder: Path, samples_file: Path | None, config: Path = CONFIG) -> tuple[bytes, list[str], list[str]]:
    """One file that Rasa is trained on, and the problems and acts in it. Raises ExampleError and NLUError."""
    entries: list[Any] = []
    known: dict[Task, set[str]] = {task: set() for task in TASKS}
    for example in read(data_folder):
        known[example.task].update(example.labels)
    for path in paths(data_folder):
        name = path.relative_to(data_folder).as_posix()
        task = next(task for task in TASKS if task == name.split("/")[1])
        text = to_rasa(path.read_text(encoding="utf-8"), task, name)
        entries += yaml.load(text.removeprefix("\ufeff"), Loader=_LOADER)["nlu"]  # noqa: S506  # A SafeLoader.
    for sample in _samples(samples_file) if samples_file is not None else ():
        known[sample.task].add(sample.labels[0])
        entry = {"intent": PREFIXES[sample.task] + sample.labels[0], "examples": [{"text": _unmarked(sample.text)}]}
        entries.append(entry)
    pipeline = yaml.safe_load(config.read_text(encoding="utf-8"))
    intents = sorted(f"{PREFIXES[task]}{label}" for task in TASKS for label in known[task])
    whole = {"version": "3.1", **pipeline, "intents": intents, "nlu": entries}
    body = yaml.dump(whole, Dumper=_DUMPER, allow_unicode=True, sort_keys=False).encode()
    return body, sorted(known["problems"] - {NOTHING}), sorted(known["acts"])


def _samples(path: Path) -> Iterator[Sample]:
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        try:
            yield SAMPLE.validate_json(line)
        except ValidationError as error:
            raise NLUError(f"{path.name}:{number}: this line is no sample") from error


def _unmarked(text: str) -> str:
    """A text in which Rasa takes no brackets for an entity."""
    for after in "({[":
        text = text.replace(f"]{after}", f"] {after}")
    return " ".join(text.split())


@contextmanager
def _client(url: str, token: str | None) -> Iterator[httpx.Client]:
    params = {"token": token} if token else None
    timeout = httpx.Timeout(ANSWER, read=LONGEST)
    with httpx.Client(base_url=url, params=params, verify=ssl.create_default_context(), timeout=timeout) as client:
        yield client


def _model(client: httpx.Client) -> str | None:
    """The file of the model that the server has now; None: it has none."""
    answer = _send(client, client.build_request("GET", "status", timeout=ANSWER), none=httpx.codes.CONFLICT)
    if answer is None:
        return None
    try:
        return str(json.loads(answer[1])["model_file"]) or None
    except (ValueError, KeyError, TypeError) as error:
        raise NLUError("the Rasa server's answer to /status cannot be used") from error


def _train(client: httpx.Client, body: bytes, progress: Progress) -> str:
    """The file of the new model."""
    request = client.build_request(
        "POST", "model/train", content=body, headers={"Content-Type": "application/yaml"},
        params={**client.params, "force_training": "true", "save_to_default_model_directory": "true"},
    )  # fmt: skip
    with ThreadPoolExecutor(1) as thread:
        training = thread.submit(_send, client, request, names=True)
        try:
            answered = _wait(training, progress)
        finally:
            if not training.done():
                client.close()  # The server is told by it that nobody waits any more.
    name = answered[0].get("filename", "") if answered is not None else ""
    if not name or "/" in name or "\\" in name:
        raise NLUError("the Rasa server did not name the model that it trained")
    return name


def _wait(training: Future[Answered | None], progress: Progress) -> Answered | None:
    """Tell that it goes on until it is over."""
    seconds = 0.0
    while True:
        try:
            return training.result(EVERY)
        except TimeoutError:
            seconds += EVERY
            progress("training", TRAINED * seconds / (seconds + HALF))


def _load(client: httpx.Client, model: str) -> None:
    request = client.build_request("PUT", "model", json={"model_file": f"{FOLDER}/{model}"}, timeout=ANSWER)
    _send(client, request)


def _ask(reader: RasaNLU, items: Sequence[Item], progress: Progress) -> Iterator[Understanding]:
    for start in range(0, len(items), AT_ONCE):
        progress("asking", TRAINED + (1 - TRAINED) * start / len(items))
        part = items[start : start + AT_ONCE]
        asks = [Ask(text=one.text, at=one.at, expecting=one.expecting, language=one.language) for one in part]
        yield from reader.understand_many(asks)
    progress("asking", 1.0)


def _send(
    client: httpx.Client, request: httpx.Request, *, none: int | None = None, names: bool = False
) -> Answered | None:
    """Headers and body of a good answer; None for the status `none`. `names`: the headers say all, the body is long."""
    try:
        response = client.send(request, stream=True)
        try:
            if response.status_code == none:
                return None
            if not response.is_success:
                remedy = REMEDIES.get(response.status_code)
                why = f": {remedy}" if remedy else ""
                raise NLUError(f"the Rasa server failed at {request.url.path}, status {response.status_code}{why}")
            return response.headers, b"" if names else response.read()
        finally:
            response.close()
    except (httpx.HTTPError, RuntimeError) as error:
        raise NLUError(f"the Rasa server failed at {request.url.path}, {type(error).__name__}") from error
