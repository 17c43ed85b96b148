"""`portevoix nlu train | evaluate` and `portevoix script check`: what is learnt, and how well."""

from __future__ import annotations

import asyncio
import json
import sys
from argparse import Namespace
from collections.abc import Sequence
from pathlib import Path
from time import perf_counter

from bot import in_service, model
from bot.assembly import opened
from bot.commands.parse import AT_ONCE
from bot.given import now, read_script
from bot.settings import Settings
from bot.values import CommandError
from nlu import measuring, parsing, telling
from nlu.backend import NLU
from nlu.examples import ExampleError
from nlu.expected import Wanted, read_wanted
from nlu.measuring import Sample
from storage import audit, models
from storage.audit import Entry
from stories.script import Script


def train(settings: Settings, _asked: Namespace) -> None:
    """Learn from the examples and from what officials labelled, and put the result in use."""
    print(f"In use from now on: {asyncio.run(_train(settings))}")


async def _train(settings: Settings) -> Path:
    async with opened(settings) as (database, ring):
        folder = await in_service.train(settings, database, ring, model.tell)
        async with database.begin() as session:
            trained = in_service.trained(folder)
            await models.register(session, trained, now())
            await models.put_in_use(session, trained.version, None, now())
            entry = Entry(official_id=None, act="command.nlu.train", subject=f"model:{trained.version}", at=now())
            await audit.record(session, ring, entry)
        return folder


def evaluate(settings: Settings, asked: Namespace) -> None:
    """Print the figures of a file of messages, or of a cross-validation over the examples."""
    if asked.file is not None:
        _evaluate_file(settings, asked)
        return
    if asked.errors or asked.words:
        raise CommandError("--errors and --words need a FILE of messages")
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
    for one in wrong:
        print(f"{asked.file}:{one.number}: {one.problem}", file=sys.stderr)
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
                told=telling.document(script, one.request, meant),
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


def check(settings: Settings, asked: Namespace) -> None:
    script = read_script(asked.folder or settings.script_folder)
    print(f"{len(script.categories)} problems, {len(script.platforms.platforms)} platforms: nothing is wrong.")
