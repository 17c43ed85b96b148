"""A real Rasa server of version 3.6: a project is trained in its environment and served on this machine."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from socket import socket

import httpx
import yaml

ENVIRONMENT = Path(os.environ.get("RASA_ENV", ".venv-rasa")).absolute()
TRAINING, START = 600, 180
"""Seconds."""
QUIET = {"SQLALCHEMY_SILENCE_UBER_WARNING": "1", "TF_CPP_MIN_LOG_LEVEL": "3", "RASA_TELEMETRY_ENABLED": "false"}


@dataclass(frozen=True, slots=True)
class Running:
    """A server that answers, until it is killed."""

    url: str
    process: subprocess.Popen[bytes]


def command(name: str) -> str:
    """Where a command of Rasa's environment is."""
    path = ENVIRONMENT / "bin" / name
    if not path.is_file():
        raise FileNotFoundError(f"{path}: build Rasa's environment with `make test-rasa`, or name one with RASA_ENV")
    return str(path)


def train(project: Path, *, epochs: int) -> None:
    config = yaml.safe_load((project / "config.yml").read_text(encoding="utf-8"))
    for component in config["pipeline"]:
        if component["name"] == "DIETClassifier":
            component["epochs"] = epochs
    (project / "config.yml").write_text(yaml.safe_dump(config, sort_keys=False), encoding="utf-8")
    _run([command("rasa"), "train", "nlu"], project, TRAINING)


def read_examples(project: Path) -> set[tuple[str, str]]:
    """What Rasa itself reads from the project: texts with their intents."""
    shown = (
        "import json, sys; from rasa.shared.nlu.training_data.loading import load_data; "
        "found = [(e.get('text'), e.get('intent')) for e in load_data('data').intent_examples]; "
        "open('read.json', 'w').write(json.dumps(found))"
    )
    _run([command("python"), "-W", "ignore", "-c", shown], project, START)
    return {(text, intent) for text, intent in json.loads((project / "read.json").read_text())}


@contextmanager
def serving(project: Path) -> Iterator[Running]:
    """The project's model on a free port, until the end of the block."""
    with socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    arguments = ["run", "--enable-api", "--interface", "127.0.0.1", "--port", str(port)]
    with (project / "server.log").open("wb") as log:
        process = subprocess.Popen(
            [command("rasa"), *arguments], cwd=project, env={**os.environ, **QUIET}, stdout=log, stderr=log
        )
    try:
        url = f"http://127.0.0.1:{port}"
        _wait(process, url, project / "server.log")
        yield Running(url, process)
    finally:
        process.kill()
        process.wait()


def _wait(process: subprocess.Popen[bytes], url: str, log: Path) -> None:
    until = time.monotonic() + START
    while process.poll() is None and time.monotonic() < until:
        try:
            if httpx.get(f"{url}/status").is_success:
                return
        except httpx.TransportError:
            time.sleep(0.5)
    raise RuntimeError(f"no Rasa server came up: {log.read_text(errors='replace')[-2000:]}")


def _run(arguments: list[str], project: Path, limit: int) -> None:
    nice = [shutil.which("nice") or "nice"]
    done = subprocess.run(
        [*nice, *arguments], cwd=project, env={**os.environ, **QUIET}, capture_output=True, timeout=limit, check=False
    )
    if done.returncode:
        raise RuntimeError(done.stderr.decode(errors="replace")[-2000:])
