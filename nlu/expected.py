"""Files of messages with what should be understood of them: lines of JSON, or Rasa YAML as the examples have it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from nlu.acts import ACTS
from nlu.backend import Ask, Expecting
from nlu.examples import LANGUAGES, NOTHING, TASKS, Example, ExampleError, scan_file
from nlu.measuring import EXPECTED
from nlu.parsing import LineError, Request, read_request
from stories.script import Script


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A message to understand, and what is expected of it."""

    request: Request
    language: str | None
    """As the file says it."""
    expected: Mapping[str, Any]


def read_wanted(
    path: Path, script: Script, asked: Mapping[str, Expecting], now: datetime
) -> tuple[list[Wanted], list[LineError]]:
    """The messages of a file, and the lines that cannot be used; `asked` is what `parsing.askable` gives.

    Raises OSError.
    """
    wanted: list[Wanted] = []
    wrong: list[LineError] = []
    for one in scan(path, asked, now):
        if isinstance(one, LineError):
            wrong.append(one)
        elif problem := _problem(one, script):
            wrong.append(LineError(one.request.number, problem, one.request.id))
        else:
            wanted.append(one)
    return wanted, wrong


def scan(path: Path, asked: Mapping[str, Expecting], now: datetime) -> Iterator[Wanted | LineError]:
    """Every message of a file whatever is expected of it, and every line that cannot be read. Raises OSError."""
    return _yaml(path, now) if path.suffix in {".yml", ".yaml"} else _json(path, asked, now)


def _json(path: Path, asked: Mapping[str, Expecting], now: datetime) -> Iterator[Wanted | LineError]:
    with path.open("rb") as file:
        for number, raw in enumerate(file, 1):
            try:
                request = read_request(raw, number, asked, now)
            except LineError as error:
                yield error
                continue
            expected = {name: request.line[name] for name in EXPECTED if name in request.line}
            yield Wanted(request=request, language=request.ask.language, expected=expected)


def _yaml(path: Path, now: datetime) -> Iterator[Wanted | LineError]:
    whole = path.resolve()
    if whole.parent.name not in TASKS or whole.parent.parent.name not in LANGUAGES:
        yield LineError(1, "the folder must say language and task: fr/problems/NAME.yml, en/acts/NAME.yml")
        return
    for one in scan_file(whole, whole.parents[2]):
        yield LineError(one.line, one.problem) if isinstance(one, ExampleError) else _wanted(one, path, now)


def _wanted(example: Example, path: Path, now: datetime) -> Wanted:
    nothing = example.labels[0] == NOTHING
    problems = {"primary": None if nothing else example.labels[0], "labels": [] if nothing else [*example.labels]}
    ask = Ask(text=example.text, at=now, expecting=example.expecting, language=example.language)
    return Wanted(
        request=Request(number=example.line, id=f"{path.name}:{example.line}", ask=ask, line={}),
        language=example.language,
        expected=problems if example.task == "problems" else {"act": example.labels[0]},
    )


def _problem(wanted: Wanted, script: Script) -> str | None:
    """What is wrong with what is expected; None where nothing is."""
    expected = wanted.expected
    if not expected:
        return f"nothing is expected of this message: give one of {', '.join(EXPECTED)}"
    labels, main = expected.get("labels", []), expected.get("primary")
    if not isinstance(labels, list):
        return '"labels" must be a list of problems'
    for label in (*labels, *([main] if main is not None else [])):
        if not isinstance(label, str) or label not in script.categories:
            return f"{label!r} is no problem of the script: {', '.join(script.categories)}"
    if (act := expected.get("act")) is not None and not (isinstance(act, str) and act in ACTS):
        return f"{act!r} is no dialogue act: {', '.join(sorted(ACTS))}"
    platforms = [*script.by_platform, "other"]
    if (platform := expected.get("platform_id")) is not None and platform not in platforms:
        return f"{platform!r} is no platform of the script"
    if any(not isinstance(expected.get(name, {}), Mapping) for name in ("facets", "entities")):
        return '"facets" and "entities" must be objects'
    unknown = [name for name in expected.get("entities", {}) if name.split(".")[0] not in script.fields]
    return f"{unknown[0]!r} is no field of a case" if unknown else None
