"""A Rasa server on a real socket: it knows a few words, and misbehaves when told to."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
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
    hangs_up: bool = False
    """Closes the connection instead."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One request as it came."""

    path: str
    query: Mapping[str, list[str]]
    text: str = ""


Behaviour = Callable[[Asked], Answer]


def answer(asked: Asked) -> Answer:
    """What a Rasa server of version 3.6 answers."""
    if asked.path == "/status":
        return told({"model_file": f"{MODEL}.tar.gz", "model_id": "5f3e", "num_active_training_jobs": 0})
    return parsed(asked.text, ranking(asked.text))


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
        self._answer("")

    def do_POST(self) -> None:
        self._answer(json.loads(self.rfile.read(int(self.headers["Content-Length"])))["text"])

    def _answer(self, text: str) -> None:
        address = urlsplit(self.path)
        asked = Asked(path=address.path, query=parse_qs(address.query), text=text)
        self.server.asked.append(asked)
        given = self.server.behaviour(asked)
        time.sleep(given.late)
        if given.hangs_up:
            self.close_connection = True
            return
        try:
            self.send_response(given.status)
            self.send_header("Content-Length", str(len(given.body)))
            self.end_headers()
            for at in range(0, len(given.body), 1 if given.drip else len(given.body)):
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
