"""`portevoix nlu validate`: what is wrong with the examples, or may be, each with its place and its remedy."""

from __future__ import annotations

import sys
from argparse import Namespace
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from bot import model
from bot.given import now, read_script
from bot.settings import Settings
from bot.values import CommandError
from nlu import parsing, validation
from nlu.acts import ACTS
from nlu.examples import NOTHING, Example
from nlu.expected import Wanted, scan
from nlu.parsing import LineError
from nlu.validation import Finding
from stories.script import Script


def validate(settings: Settings, asked: Namespace) -> int:
    """Print what is wrong with the examples, or may be; 1 where something is."""
    folder = asked.folder or model.data_folder(settings)
    if not folder.is_dir():
        raise CommandError(f"{folder} is no folder: name one that holds fr/problems/*.yml, fr/acts/*.yml, …")
    script = read_script(settings.script_folder)
    examples, findings = validation.validate(
        folder, {"problems": frozenset((*script.categories, NOTHING)), "acts": ACTS}
    )
    if asked.suggest and any(one.error for one in findings):
        print("portevoix: --suggest waits until the errors are mended", file=sys.stderr)
    elif asked.suggest:
        from nlu.doubts import doubts

        findings += doubts(examples, lambda share: model.tell(f"cross-validation {share:.0%}"))
    findings = [replace(one, file=str(folder / one.file)) for one in findings]
    findings += _leaks(script, asked.against, examples) if asked.against is not None else []
    for one in findings:
        print(one)
    wrong = sum(one.error for one in findings)
    print(f"{len(examples)} examples: {wrong} errors, {len(findings) - wrong} suggestions.")
    return int(wrong > 0)


def _leaks(script: Script, path: Path, examples: Sequence[Example]) -> list[Finding]:
    """What a file of test messages holds of the examples; its bad lines too."""
    try:
        read = list(scan(path, parsing.askable(script), now()))
    except OSError as error:
        raise CommandError(f"{path} cannot be read: {error.strerror}") from error
    bad = [Finding(file=str(path), line=one.number, problem=one.problem) for one in read if isinstance(one, LineError)]
    asks = [one.request for one in read if isinstance(one, Wanted)]
    return bad + validation.leaks(examples, [(str(path), one.number, one.ask.text) for one in asks])
