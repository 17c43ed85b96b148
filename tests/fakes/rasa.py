"""A Rasa server on a real socket: it knows a few words, and misbehaves when told to."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

from nlu.folding import fold

MODEL = "20261123-101500-calm-otter"
CUES: Mapping[str, tuple[str, ...]] = {
    "problem_account_suspension": ("compte", "ferme", "suspendu", "account", "shop"),
    "problem_funds_withheld": ("argent", "paye", "virement", "money", "pay"),
    "problem_invoicing_documents": ("facture", "invoice"),
    "act_affirm": ("oui", "yes"),
    "act_deny": ("non", "nope"),
    "act_human": ("parler", "humain", "human"),
    "act_inform": ("20", "octobre"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What goes back over the wire."""

    body: bytes
    status: int = 200
    late: float = 0.0
    """Seconds before the first byte."""
    drip: float = 0.0
    """Seconds between two bytes of the body."""
    headers: Mapping[str, str] = field(default_factory=dict)
    hangs_up: bool = False
    """Closes the connection instead."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One request as it came."""

    path: str
    query: Mapping[str, list[str]]
    text: str = ""
    body: bytes = b""


Behaviour = Callable[[Asked], Answer]


def answer(asked: Asked) -> Answer:
    """What a Rasa server of version 3.6 answers."""
    if asked.path == "/status":
        return told({"model_file": f"{MODEL}.tar.gz", "model_id": "5f3e", "num_active_training_jobs": 0})
    return parsed(asked.text, ranking(asked.text))


@dataclass(slots=True, kw_only=True)
class Trainable:
    """A server that can be trained, and that has the model which it was told to load."""

    loaded: str | None = f"{MODEL}.tar.gz"
    trained: str = "20261124-090000-bold-heron.tar.gz"
    training: Answer | None = None
    """What it answers to a training instead."""
    yaml: bytes = b""
    """What it was trained on."""

    def __call__(self, asked: Asked) -> Answer:
        match asked.path:
            case "/status" if self.loaded is None:
                return told({"reason": "Conflict"}, status=409)
            case "/status":
                return told({"model_file": self.loaded, "model_id": "5f3e", "num_active_training_jobs": 0})
            case "/model/train":
                self.yaml = asked.body
                return self.training or Answer(body=b"x" * 100_000, headers={"filename": self.trained})
            case "/model":
                self.loaded = json.loads(asked.body)["model_file"].removeprefix("models/")
                return Answer(body=b"", status=204)
            case _:
                return answer(asked)


def ranking(text: str) -> dict[str, float]:
    """The words that are known share what is certain; the rest is even."""
    folded = fold(text).text
    found = {intent: sum(cue in folded for cue in cues) for intent, cues in CUES.items()}
    total = sum(found.values())
    return {intent: (0.9 * count / total if total else 0.1) + 0.01 for intent, count in found.items()}


def parsed(text: str, odds: Mapping[str, Any]) -> Answer:
    """The form of `/model/parse`."""
    ranked = [{"name": name, "confidence": odds[name]} for name in sorted(odds, key=lambda name: -odds[name])]
    return told({"text": text, "intent": ranked[0], "entities": [], "text_tokens": [], "intent_ranking": ranked})


def told(body: object, *, status: int = 200) -> Answer:
    return Answer(body=json.dumps(body).encode(), status=status)


class Server(ThreadingHTTPServer):
    """Listens on a free port of this machine."""

    daemon_threads = True

    def __init__(self, behaviour: Behaviour) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.behaviour = behaviour
        self.asked: list[Asked] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    @property
    def texts(self) -> list[str]:
        """What was to be parsed, in the order it came."""
        return [asked.text for asked in self.asked if asked.path == "/model/parse"]


class _Handler(BaseHTTPRequestHandler):
    server: Server
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:  # The name that the standard library calls.
        self._answer(b"")

    def do_POST(self) -> None:
        self._answer(self.rfile.read(int(self.headers["Content-Length"])))

    def do_PUT(self) -> None:
        self.do_POST()

    def _answer(self, body: bytes) -> None:
        address = urlsplit(self.path)
        text = json.loads(body)["text"] if address.path == "/model/parse" else ""
        asked = Asked(path=address.path, query=parse_qs(address.query), text=text, body=body)
        self.server.asked.append(asked)
        given = self.server.behaviour(asked)
        time.sleep(given.late)
        if given.hangs_up:
            self.close_connection = True
            return
        try:
            self.send_response(given.status)
            for name, value in given.headers.items():
                self.send_header(name, value)
            if given.status != 204:  # No content.
                self.send_header("Content-Length", str(len(given.body)))
            self.end_headers()
            for at in range(0, len(given.body), 1 if given.drip else len(given.body) or 1):
                self.wfile.write(given.body[at : at + 1] if given.drip else given.body)
                self.wfile.flush()
                time.sleep(given.drip)
        except OSError:
            self.close_connection = True  # The other side went away.

    def log_message(self, *_args: object) -> None:
        """Say nothing."""


@contextmanager
def serving(behaviour: Behaviour = answer) -> Iterator[Server]:
    """A server that behaves so until the end of the block."""
    with Server(behaviour) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()
