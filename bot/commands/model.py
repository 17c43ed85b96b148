"""`portevoix nlu` and `portevoix script`: the classifier and the script, without a conversation."""

from __future__ import annotations

import json
import sys
from argparse import Namespace
from collections.abc import Iterator, Mapping, Sequence
from time import perf_counter
from typing import Any

from bot import model
from bot.batches import LONGEST, Numbered, batches
from bot.given import now, read_script
from bot.settings import CommandError, Settings
from nlu import measuring, parsing
from nlu.backend import NLU, Ask, Expecting
from nlu.examples import ExampleError
from nlu.expected import Wanted, read_wanted
from nlu.measuring import Sample
from nlu.parsing import LineError, Request
from stories.script import Script

AT_ONCE = 32
"""Messages that are understood in one pass."""


def train(settings: Settings, _asked: Namespace) -> None:
    print(f"In use from the next start: {model.train(settings, model.tell)}")


def evaluate(settings: Settings, asked: Namespace) -> None:
    """Print the figures of a file of messages, or of a cross-validation over the examples."""
    if asked.file is not None:
        _evaluate_file(settings, asked)
        return
    from nlu.evaluation import cross_validate

    try:
        report = cross_validate(model.data_folder(settings), lambda share: model.tell(f"cross-validation {share:.0%}"))
    except ExampleError as error:
        raise CommandError(str(error)) from error
    print(report.text())


def _evaluate_file(settings: Settings, asked: Namespace) -> None:
    script = read_script(settings.script_folder)
    try:
        wanted, wrong = read_wanted(asked.file, script, parsing.askable(script), now())
    except OSError as error:
        raise CommandError(f"{asked.file} cannot be read: {error.strerror}") from error
    for problem in wrong:
        print(f"portevoix: {problem}", file=sys.stderr)
    if wrong or not wanted:
        raise CommandError(f"{asked.file}: {f'mend {len(wrong)} lines first' if wrong else 'it holds no message'}")
    reader = model.load(settings, script, model.tell)
    reader.understand_many([wanted[0].request.ask])
    samples, seconds = _samples(reader, script, wanted)
    print("\n\n".join(figures.text() for figures in measuring.measure(samples)))
    print(f"\n{1000 * seconds / len(wanted):.2f} ms a message, {AT_ONCE} at once, by {reader.name}")
    if asked.errors:
        for sample in samples:
            _show_differences(sample, words=asked.words)


def _samples(reader: NLU, script: Script, wanted: Sequence[Wanted]) -> tuple[list[Sample], float]:
    """Every message understood, and the seconds that took."""
    seconds, samples = 0.0, []
    for batch in (wanted[at : at + AT_ONCE] for at in range(0, len(wanted), AT_ONCE)):
        begun = perf_counter()
        understood = reader.understand_many([one.request.ask for one in batch])
        seconds += perf_counter() - begun
        samples += [
            Sample(
                id=one.request.id,
                language=one.language or meant.language or "?",
                text=one.request.ask.text,
                expected=one.expected,
                told=parsing.document(script, one.request, meant),
            )
            for one, meant in zip(batch, understood, strict=True)
        ]
    return samples, seconds


def _show_differences(sample: Sample, *, words: bool) -> None:
    """Print what was understood otherwise than expected, a line each; `words` shows the message too."""
    found = measuring.differences(sample)
    if found and words:
        print(f"{sample.id}\t{' '.join(sample.text.split())}")
    for one in found:
        expected, told = (json.dumps(value, ensure_ascii=False, default=str) for value in (one.expected, one.told))
        print(f"{sample.id}\t{one.what}\t{expected} → {told}")


def parse(settings: Settings, asked: Namespace) -> int:
    """Print what is understood of a text, or of each line of the input, as JSON."""
    script = read_script(settings.script_folder)
    reader = model.load(settings, script, model.tell)
    if asked.text is not None:
        request = Request(number=1, id=None, ask=Ask(text=asked.text, at=now()), line={})
        _put(parsing.document(script, request, reader.understand_many([request.ask])[0]))
        return 0
    names, failed = parsing.askable(script), False
    for batch in batches(sys.stdin.fileno(), AT_ONCE):
        answers = list(_answers(reader, script, names, batch))
        failed = failed or any("error" in one for one in answers)
        for one in answers:
            _put(one)
        sys.stdout.buffer.flush()
    return int(failed)


def check(settings: Settings, asked: Namespace) -> None:
    script = read_script(asked.folder or settings.script_folder)
    print(f"{len(script.categories)} problems, {len(script.platforms.platforms)} platforms: nothing is wrong.")


def _answers(
    reader: NLU, script: Script, names: Mapping[str, Expecting], batch: Sequence[Numbered]
) -> Iterator[Mapping[str, Any]]:
    """An answer a line, in order: what was understood, or what is wrong with the line."""
    read = [_read(line, names) for line in batch]
    requests = [one for one in read if isinstance(one, Request)]
    understood = iter(reader.understand_many([one.ask for one in requests]) if requests else ())
    for one in read:
        if isinstance(one, Request):
            yield parsing.document(script, one, next(understood))
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
