"""The sets of texts on which readers of intents are compared: what each learns from, and what it is asked."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random

from nlu import alike, default_data, examples
from nlu.examples import NOTHING, Task
from nlu.validation import DEFINITIONS
from stories.types import Language

SEED = 20261123
SHOTS = 10
LEAST_ASKED = 5
"""An intent of which fewer texts remain to be asked is left out."""
ASKED = 20
"""Texts of a label and language that are asked in the small set of our own data."""
LONGEST = 300
"""Characters of a text in that set: DIET learns long ones slowly."""


class DataError(Exception):
    """The sets cannot be read: what to set, or which files are missing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """What somebody said, and what was meant."""

    text: str
    intent: str
    language: Language
    group: str = ""
    """Texts of an intent and a group hardly differ: they stay on one side."""


@dataclass(frozen=True, slots=True, kw_only=True)
class IntentSet:
    """Texts to learn from, others to be asked, and some that mean nothing that was learnt."""

    name: str
    train: tuple[Text, ...]
    test: tuple[Text, ...]
    outside: tuple[Text, ...] = ()
    task: Task
    """What Portevoix learns them as."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Where a set comes from: the files it needs below the data folder, and what is made of them."""

    files: tuple[str, ...]
    make: Callable[[Sequence[Sequence[Text]]], tuple[Sequence[Text], ...]]
    language: Language = "fr"
    task: Task = "acts"


def read_sets(names: Iterable[str], folder: str | None) -> list[IntentSet]:
    """The sets of SOURCES with these names, from a folder. Raises DataError before anything is read."""
    chosen = {name: SOURCES[name] for name in names}
    files = {file for source in chosen.values() for file in source.files}
    if files and not folder:
        raise DataError(f"set BENCH_DATA to a folder that holds {', '.join(sorted(files))}: see benchmarks/README.md")
    root = Path(folder or ".")
    missing = sorted(file for file in files if not (root / file).is_file())
    if missing:
        raise DataError(f"BENCH_DATA={folder} lacks {', '.join(missing)}: see benchmarks/README.md")
    made = []
    for name, source in chosen.items():
        train, test, *outside = source.make([_read(root / file, source.language) for file in source.files])
        left_over = tuple(text for part in outside for text in part)
        made.append(IntentSet(name=name, train=tuple(train), test=tuple(test), outside=left_over, task=source.task))
    return made


def draw_shots(texts: Sequence[Text], seed: int = SEED) -> tuple[list[Text], list[Text]]:
    """SHOTS texts of every intent to learn from, and all of its other groups to be asked.

    The rest of a group that was drawn from is left out, and so is an intent that has too few texts.
    """
    train, test = [], []
    for intent, groups in sorted(_groups(texts).items()):
        order = sorted(groups)
        Random(f"{seed} {intent}").shuffle(order)
        drawn: list[Text] = []
        while order and len(drawn) < SHOTS:
            drawn += groups[order.pop()]
        others = [text for group in order for text in groups[group]]
        if len(drawn) >= SHOTS and len(others) >= LEAST_ASKED:
            train += drawn[:SHOTS]
            test += others
    return train, test


def draw_own(texts: Sequence[Text], seed: int = SEED) -> tuple[list[Text], list[Text]]:
    """Of every intent and language, SHOTS texts to learn from and ASKED others; one of each group."""
    firsts: dict[str, Text] = {}
    for text in texts:
        if len(text.text) <= LONGEST:
            firsts.setdefault(text.group, text)
    of: defaultdict[tuple[str, str], list[Text]] = defaultdict(list)
    for text in firsts.values():
        of[text.intent, text.language].append(text)
    train, test = [], []
    for key, several in sorted(of.items()):
        Random(f"{seed} {key}").shuffle(several)
        train += several[:SHOTS]
        test += several[SHOTS : SHOTS + ASKED]
    return train, test


def hold_out(texts: Sequence[Text], seed: int = SEED) -> tuple[list[Text], list[Text]]:
    """Four fifths of the groups of every intent, and the last fifth; a group that has several intents goes by one."""
    side: dict[str, bool] = {}
    for intent, groups in sorted(_groups(texts).items()):
        order = sorted(groups)
        Random(f"{seed} {intent}").shuffle(order)
        for at, group in enumerate(order):
            side.setdefault(group, at % 5 == 0)
    return [text for text in texts if not side[text.group]], [text for text in texts if side[text.group]]


def own_texts() -> list[Text]:
    """Our own examples of one problem each; near-duplicates share a group."""
    told = [
        e
        for e in examples.read(default_data())
        if e.task == "problems" and len(e.labels) == 1 and e.labels[0] != NOTHING and Path(e.file).stem != DEFINITIONS
    ]
    leader = list(range(len(told)))
    for pair in alike.pairs([e.text for e in told]):
        one, other = leader[pair.one], leader[pair.other]
        leader = [one if at == other else at for at in leader]
    return [
        Text(text=_plain(e.text), intent=e.labels[0], language=e.language, group=str(at))
        for e, at in zip(told, leader, strict=True)
    ]


def _groups(texts: Iterable[Text]) -> Mapping[str, Mapping[str, list[Text]]]:
    """By intent, then by group."""
    found: defaultdict[str, defaultdict[str, list[Text]]] = defaultdict(lambda: defaultdict(list))
    for text in texts:
        found[text.intent][text.group].append(text)
    return found


def _read(path: Path, language: Language) -> list[Text]:
    """The rows below the heading: text, intent, and a group where there is one. Raises DataError."""
    texts = []
    for number, line in enumerate(path.read_text(encoding="utf-8").split("\n")[1:], 2):
        if not line:
            continue
        text, intent, group, *_ = [*line.split("\t"), "", ""]
        if not text.strip() or not intent:
            raise DataError(f"{path}:{number}: a text, a tab and an intent are needed")
        texts.append(Text(text=_plain(text), intent=_name(intent), language=language, group=group))
    return texts


def _plain(text: str) -> str:
    """One line without the signs that mark entities, so that every reader learns the very same text."""
    return " ".join(text.translate(str.maketrans("[]{}", "()()")).split())


def _name(intent: str) -> str:
    """Rasa reads more into a slash and a plus."""
    return intent.replace("/", "_").replace("+", "_")


def _as_split(parts: Sequence[Sequence[Text]]) -> tuple[Sequence[Text], ...]:
    return tuple(parts)


SOURCES: Mapping[str, Source] = {
    "nlpjs_corpus_fr": Source(files=("nlpjs_corpus_fr/train.tsv", "nlpjs_corpus_fr/test.tsv"), make=_as_split),
    "ha_fr, 10-shot": Source(files=("ha_fr/all.tsv",), make=lambda parts: draw_shots(parts[0])),
    "own, 10-shot": Source(files=(), make=lambda _: draw_own(own_texts()), task="problems"),
    "own": Source(files=(), make=lambda _: hold_out(own_texts()), task="problems"),
    "banking77, 10-shot": Source(
        files=("banking77/train_10shot.tsv", "banking77/test.tsv"), make=_as_split, language="en"
    ),
    "banking77": Source(files=("banking77/train.tsv", "banking77/test.tsv"), make=_as_split, language="en"),
    "clinc150": Source(
        files=("clinc150/train.tsv", "clinc150/test.tsv", "clinc150/oos_test.tsv"), make=_as_split, language="en"
    ),
}
DEFAULT = ("nlpjs_corpus_fr", "ha_fr, 10-shot", "own, 10-shot")
LONG = ("own", "banking77, 10-shot")
"""DIET learns these for hours."""
ALONE = ("banking77", "clinc150")
"""Portevoix alone: beside what is published of DIET."""
