"""`portevoix nlu` and `portevoix script`: the classifier and the script, without a conversation."""

from __future__ import annotations

import json
import sys
from argparse import Namespace
from collections.abc import Iterator
from dataclasses import asdict

import nlu
from bot import model
from bot.assembly import now, read_script
from bot.settings import CommandError, Settings
from nlu.backend import Ask
from nlu.examples import ExampleError


def train(settings: Settings, _asked: Namespace) -> None:
    print(f"In use from the next start: {model.train(settings, model.tell)}")


def evaluate(_settings: Settings, _asked: Namespace) -> None:
    """Print the figures of a cross-validation over the examples."""
    from nlu.evaluation import cross_validate

    try:
        report = cross_validate(nlu.default_data(), lambda share: model.tell(f"cross-validation {share:.0%}"))
    except ExampleError as error:
        raise CommandError(str(error)) from error
    print(report.text())


def parse(settings: Settings, asked: Namespace) -> None:
    """Print what is understood of a text, or of each line of the input, as JSON."""
    reader = model.load(settings, read_script(settings.script_folder).platforms, model.tell)
    for text in [asked.text] if asked.text is not None else _lines():
        understood = reader.understand_many([Ask(text=text, at=now())])[0]
        print(json.dumps({"text": text, **asdict(understood)}, ensure_ascii=False, default=str), flush=True)


def check(settings: Settings, asked: Namespace) -> None:
    script = read_script(asked.folder or settings.script_folder)
    print(f"{len(script.categories)} problems, {len(script.platforms.platforms)} platforms: nothing is wrong.")


def _lines() -> Iterator[str]:
    return (raw.decode("utf-8", "replace").rstrip("\r\n") for raw in sys.stdin.buffer)
