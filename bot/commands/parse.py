"""`portevoix nlu parse`: what is understood of a text, or of each line of the input, as JSON."""

from __future__ import annotations

import json
import sys
from argparse import Namespace
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from bot import model
from bot.batches import LONGEST, Numbered, batches
from bot.given import now, read_script
from bot.settings import Settings
from nlu import parsing, telling
from nlu.backend import NLU, Expecting
from nlu.parsing import LineError, Request
from stories.script import Script

AT_ONCE = 32
"""Messages that are understood in one pass."""


def parse(settings: Settings, asked: Namespace) -> int:
    """Print what is understood of a text, or of each line of the input, as JSON."""
    script = read_script(settings.script_folder)
    reader = model.load(settings, script, model.tell)
    names, failed = parsing.askable(script), False
    given = [[_typed(asked.text)]] if asked.text is not None else batches(sys.stdin.fileno(), AT_ONCE)
    for batch in given:
        answers = list(_answers(reader, script, names, batch))
        failed = failed or any("error" in one for one in answers)
        for one in answers:
            _put(one)
        sys.stdout.buffer.flush()
    return int(failed)


def _typed(text: str) -> Numbered:
    """The line that asks for one text."""
    return Numbered(number=1, raw=json.dumps({"text": text}).encode())


def _answers(
    reader: NLU, script: Script, names: Mapping[str, Expecting], batch: Sequence[Numbered]
) -> Iterator[Mapping[str, Any]]:
    """An answer a line, in order: what was understood, or what is wrong with the line."""
    read = [_read(line, names) for line in batch]
    requests = [one for one in read if isinstance(one, Request)]
    understood = iter(reader.understand_many([one.ask for one in requests]) if requests else ())
    for one in read:
        if isinstance(one, Request):
            yield telling.document(script, one, next(understood))
        else:
            yield {"id": one.name, "error": str(one)}


def _read(line: Numbered, names: Mapping[str, Expecting]) -> Request | LineError:
    if line.raw is None:
        return LineError(line.number, f"longer than {LONGEST // 1_000_000} MB: give a shorter message")
    try:
        return parsing.read_request(line.raw, line.number, names, now())
    except LineError as error:
        return error


def _put(value: Mapping[str, Any]) -> None:
    """Write JSON on a line; half a surrogate pair, which UTF-8 cannot hold, is escaped with the rest of its line."""
    text = json.dumps(value, ensure_ascii=False)
    try:
        line = text.encode()
    except UnicodeEncodeError:
        line = json.dumps(value).encode()
    sys.stdout.buffer.write(line + b"\n")
