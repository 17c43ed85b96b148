"""What is wrong with training examples, or may be: every finding with its place and what to do about it."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from nlu.alike import Pair, normal, pairs
from nlu.examples import LANGUAGES, NOTHING, TASKS, Example, ExampleError, Task, paths, scan_file
from stories.types import Language

LEAST: Mapping[tuple[Task, Language], int] = {
    ("problems", "fr"): 80,
    ("problems", "en"): 50,
    ("acts", "fr"): 30,
    ("acts", "en"): 30,
}
"""Examples of a label from which on it can be learnt well."""
DEFINITIONS = "definitions"
"""The file that says what each label means; what people say may be the same."""
SHORT = 3
"""A text of at most so many words is said by everybody: that a test has it too is no leak."""


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Finding:
    """Something to mend, or, where it is no error, to look at."""

    file: str
    line: int
    problem: str
    error: bool = True

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {'error' if self.error else 'suggestion'}: {self.problem}"


def validate(folder: Path, known: Mapping[Task, frozenset[str]]) -> tuple[list[Example], list[Finding]]:
    """The examples that can be read, and everything that is wrong with them or may be, by place.

    `known` are the labels there may be, `nothing` included.
    """
    read = [one for path in paths(folder) for one in scan_file(path, folder)]
    examples = [one for one in read if isinstance(one, Example)]
    findings = [_of(one) for one in read if isinstance(one, ExampleError)]
    findings += _misplaced(folder)
    findings += _unknown(examples, known)
    findings += _too_few(examples, known)
    findings += _repeated(examples)
    for task in TASKS:
        for language in LANGUAGES:
            findings += _alike([e for e in examples if (e.task, e.language) == (task, language)])
    return examples, sorted(findings)


def leaks(examples: Sequence[Example], texts: Sequence[tuple[str, int, str]]) -> list[Finding]:
    """Texts of a test that the examples hold too, exactly or nearly: each is `(file, line, text)`."""
    found: dict[int, Finding] = {}
    theirs = [text for _, _, text in texts]
    for pair in pairs(theirs, [example.text for example in examples]):
        file, line, text = texts[pair.one]
        example = examples[pair.other]
        short = len(normal(text).split()) <= SHORT
        how = "the same as" if pair.same else "nearly the same as"
        remedy = "so short that it proves little" if short else "take one of them away, or the test measures memory"
        problem = f"{how} the example at {example.file}:{example.line}: {remedy}"
        if pair.one not in found or pair.same:
            found[pair.one] = Finding(file=file, line=line, problem=problem, error=not short)
    return sorted(found.values())


def _of(error: ExampleError) -> Finding:
    return Finding(file=error.file, line=error.line, problem=error.problem)


def _misplaced(folder: Path) -> Iterator[Finding]:
    """Files that nobody would read."""
    read = set(paths(folder))
    for path in sorted(folder.rglob("*.y*ml")):
        if path not in read:
            name = path.relative_to(folder).as_posix()
            yield Finding(file=name, line=1, problem="not read: put it in <fr|en>/<problems|acts>/ and name it *.yml")


def _unknown(examples: Iterable[Example], known: Mapping[Task, frozenset[str]]) -> Iterator[Finding]:
    for example in examples:
        for label in example.labels:
            if label not in known[example.task]:
                problem = f"unknown label {label!r}: the {example.task} are {', '.join(sorted(known[example.task]))}"
                yield Finding(file=example.file, line=example.line, problem=problem)
        if NOTHING in example.labels and len(example.labels) > 1:
            problem = f"{NOTHING!r} stands beside other labels: a text tells a problem or none"
            yield Finding(file=example.file, line=example.line, problem=problem)


def _too_few(examples: Iterable[Example], known: Mapping[Task, frozenset[str]]) -> Iterator[Finding]:
    told = [e for e in examples if Path(e.file).stem != DEFINITIONS]
    counted = Counter((e.task, e.language, e.labels[0]) for e in told)
    first = {(e.task, e.language, e.labels[0]): e for e in reversed(told)}
    for (task, language), least in LEAST.items():
        for label in sorted(known[task]):
            count = counted[task, language, label]
            if count < least:
                example = first.get((task, language, label))
                file, line = (example.file, example.line) if example else (f"{language}/{task}/{label}.yml", 1)
                problem = f"{count} examples of {label}, and {least} are needed: write {least - count} more"
                yield Finding(file=file, line=line, problem=problem)


def _repeated(examples: Iterable[Example]) -> Iterator[Finding]:
    """The same text again: after the same question it must mean the same, and needs to be said once."""
    told = sorted((e for e in examples if Path(e.file).stem != DEFINITIONS), key=_key)
    for _, same in groupby(told, key=_key):
        first, *others = same
        for other in others:
            place = f"{first.file}:{first.line}"
            if other.labels[0] != first.labels[0]:
                problem = (
                    f"{other.labels[0]} here and {first.labels[0]} at {place}, for the same text: keep one of them"
                )
            elif {*other.labels} != {*first.labels}:
                problem = f"other labels beside {first.labels[0]} than at {place}, for the same text: keep one of them"
            else:
                problem = f"the same text stands at {place}: one is enough"
            contradicts = {*other.labels} != {*first.labels}
            yield Finding(file=other.file, line=other.line, problem=problem, error=contradicts)
    yield from _told_and_done(told)


def _key(example: Example) -> tuple[str, str, str, str]:
    asked = example.expecting.asking if example.expecting else ""
    return example.task, example.language, asked, normal(example.text)


def _told_and_done(examples: Iterable[Example]) -> Iterator[Finding]:
    """A text that is a problem in one place, and in another, nothing asked, an act that tells none."""
    told: dict[tuple[str, str], Example] = {}
    for example in examples:
        if example.task == "problems" and example.labels[0] != NOTHING:
            told[example.language, normal(example.text)] = example
    for example in examples:
        if example.task != "acts" or example.expecting is not None or example.labels[0] == "inform":
            continue
        if other := told.get((example.language, normal(example.text))):
            problem = (
                f"the act {example.labels[0]} here and the problem {other.labels[0]} at {other.file}:{other.line}, "
                "for the same text: keep one, or say what was asked"
            )
            yield Finding(file=example.file, line=example.line, problem=problem, error=False)


def _alike(examples: Sequence[Example]) -> Iterator[Finding]:
    """Texts of one task and language that hardly differ and are labelled otherwise, after the same question."""
    asked: defaultdict[str, list[Example]] = defaultdict(list)
    for example in examples:
        asked[example.expecting.asking if example.expecting else ""].append(example)
    for group in asked.values():
        for pair in pairs([example.text for example in group]):
            if not pair.same:
                yield from _differing(group, pair)


def _differing(group: Sequence[Example], pair: Pair) -> Iterator[Finding]:
    one, other = group[pair.other], group[pair.one]
    if one.labels[0] == other.labels[0]:
        return
    problem = (
        f"{one.labels[0]} here and {other.labels[0]} at {other.file}:{other.line}, for nearly the same text "
        f"({pair.likeness:.2f}): if the difference does not change the meaning, keep one"
    )
    yield Finding(file=one.file, line=one.line, problem=problem, error=False)
