"""A child process that reads messages with a trained model, `MODEL TASK`: lines of JSON in, lines of JSON out."""

from __future__ import annotations

import json
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

from nlu import load
from nlu.backend import Ask
from stories import script

AT = datetime(2026, 11, 23, 21, 47, tzinfo=UTC)


def main(model: str, task: str) -> None:
    nlu = load(Path(model), script.load(script.default_folder()).platforms)
    for line in sys.stdin:
        asked = json.loads(line)
        began = time.perf_counter()
        (told,) = nlu.understand_many([Ask(text=asked["text"], at=AT, language=asked["language"])])
        seconds = time.perf_counter() - began
        labels = told.problems if task == "problems" else [act for act in told.acts if act.id != "inform"]
        best = next(iter(labels), None)
        answer = {"intent": best.id if best else "", "odds": best.probability if best else 0.0, "seconds": seconds}
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
