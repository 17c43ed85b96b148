"""How well and how fast Portevoix and a real Rasa read the same intents, one after the other: `make bench-nlu`."""

from __future__ import annotations

import argparse
import os
import platform
import shlex
import signal
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from sklearn.metrics import f1_score, roc_auc_score

from benchmarks import intent_sets
from benchmarks.intent_readers import Answer, Reader, ReaderError, Served, Trained, portevoix, rasa
from benchmarks.intent_sets import SEED, DataError, IntentSet, Text
from benchmarks.turns import resident
from nlu import encoder
from nlu.noise import noised

BINS = 10
COLUMNS = (
    "set", "reader", "accuracy", "macro F1", "noised accuracy", "ECE", "training s (fit / whole)", "cold start s",
    "ms a message p50 / p95", "inside p50 / p95", "RSS MB",
)  # fmt: skip
PUBLISHED = (
    ("banking77", "DIET, 5 epochs", "0.864", "0.863", "836", "–", "–"),
    ("banking77", "TF-IDF and logistic regression", "0.918", "0.918", "66", "–", "–"),
    ("clinc150", "DIET, 8 epochs", "0.872", "0.870", "656", "0.922", "0.639 / 0.782"),
    ("clinc150", "TF-IDF and logistic regression", "0.929", "0.928", "142", "0.953", "0.787 / 0.878"),
)
"""Measured once on such a machine, 23 November 2026; DIET was stopped early, 100 epochs take hours."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outside:
    """How well low odds tell what means nothing that was learnt."""

    auroc: float
    recalls: tuple[float, float]
    """Share found where 95 % and 90 % of the others are kept."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """One reader on one set: shares between 0 and 1, seconds; delays of one message, p50 and p95."""

    name: str
    reader: str
    accuracy: float
    macro_f1: float
    noised: float
    calibration_error: float
    trained: Trained
    cold: float
    delays: tuple[float, float]
    inside: tuple[float, float] | None
    memory: float
    """Resident megabytes after the test."""
    outside: Outside | None


def measure(of: IntentSet, reader: Reader, folder: Path) -> Figures:
    """Let it learn and be asked. Raises ReaderError."""
    _say(f"{of.name}: {reader.name} learns {len(of.train)} texts")
    trained = reader.train(of, folder)
    with reader.serve(of, folder) as served:
        _say(f"{of.name}: {reader.name} reads {len(of.test)} texts, twice")
        answers, delays = _ask(served, of.test)
        spoilt, _ = _ask(served, [replace(one, text=noised(one.text, one.language, SEED)) for one in of.test])
        others, _ = _ask(served, of.outside)
        memory = resident(served.pid)
    meant, told = [one.intent for one in of.test], [one.intent for one in answers]
    intents = sorted({*meant, *told} - {""})
    right, odds = np.equal(meant, told), np.array([one.odds for one in answers])
    inside = [one.inside for one in answers if one.inside is not None]
    return Figures(
        name=of.name,
        reader=reader.name,
        accuracy=float(right.mean()),
        macro_f1=float(f1_score(meant, told, labels=intents, average="macro", zero_division=0)),
        noised=float(np.equal(meant, [one.intent for one in spoilt]).mean()),
        calibration_error=calibration_error(odds.tolist(), right.tolist()),
        trained=trained,
        cold=served.cold,
        delays=_percentiles(delays),
        inside=_percentiles(inside) if inside else None,
        memory=memory,
        outside=tell_outside(odds.tolist(), [one.odds for one in others]) if others else None,
    )


def _ask(served: Served, texts: Sequence[Text]) -> tuple[list[Answer], list[float]]:
    """The answers, one message at a time, and the seconds each took there and back."""
    answers, delays = [], []
    for text in texts:
        began = time.perf_counter()
        answers.append(served.ask(text))
        delays.append(time.perf_counter() - began)
    return answers, delays


def _percentiles(seconds: Sequence[float]) -> tuple[float, float]:
    half, most = np.percentile(seconds, [50, 95])
    return float(half), float(most)


def calibration_error(odds: Sequence[float], right: Sequence[bool]) -> float:
    """Expected distance between the probability of the likeliest intent and its accuracy, in BINS bins."""
    gaps = [0.0] * BINS
    for probability, true in zip(odds, right, strict=True):
        gaps[min(int(probability * BINS), BINS - 1)] += true - probability
    return sum(map(abs, gaps)) / max(len(odds), 1)


def tell_outside(odds: Sequence[float], others: Sequence[float]) -> Outside:
    """From the odds of texts that mean something learnt, and of texts that do not."""
    truth = [0] * len(odds) + [1] * len(others)
    strict, loose = (float((np.array(others) < np.quantile(odds, lost)).mean()) for lost in (0.05, 0.10))
    return Outside(auroc=float(roc_auc_score(truth, [-x for x in (*odds, *others)])), recalls=(strict, loose))


def report(figures: Sequence[Figures]) -> str:
    """All tables, in Markdown."""
    parts = [_table(COLUMNS, [_row(one) for one in figures])]
    pairs = [
        (one, other)
        for one in figures
        for other in figures
        if one.name == other.name and one.reader == "Portevoix" and other.reader != "Portevoix"
    ]
    if pairs:
        heads = ["set", *(f"{what} ({sign} {aim})" for what, sign, aim in AIMS)]
        parts.append(_table(heads, [[ours.name, *_ratios(ours, theirs)] for ours, theirs in pairs]))
    alone = [one for one in figures if one.name in intent_sets.ALONE]
    if alone:
        rows = [*([*row] for row in PUBLISHED if row[0] in {one.name for one in alone}), *map(_beside, alone)]
        heads = [
            "set",
            "reader",
            "accuracy",
            "macro F1",
            "training s",
            "out-of-scope AUROC",
            "recall at 95 / 90 % kept",
        ]
        parts.append(_table(heads, sorted(rows, key=lambda row: row[0])))
    return "\n\n".join(parts)


AIMS = (
    ("error ÷ DIET's", "≤", 0.75),
    ("fit × faster", "≥", 50),
    ("whole training × faster", "≥", 10),
    ("message × faster", "≥", 3),
    ("RSS ÷ Rasa's", "≤", 0.25),
    ("cold start ÷ Rasa's", "≤", 0.1),
)


def _ratios(ours: Figures, theirs: Figures) -> Iterator[str]:
    """What AIMS asks, in its order; what is missed says so."""
    fits = ours.trained.fit, theirs.trained.fit
    ratios = (
        (1 - ours.accuracy) / max(1 - theirs.accuracy, 1e-9),
        fits[1] / fits[0] if fits[0] and fits[1] else None,
        theirs.trained.whole / ours.trained.whole,
        theirs.delays[0] / ours.delays[0],
        ours.memory / theirs.memory,
        ours.cold / theirs.cold,
    )
    for ratio, (_, sign, aim) in zip(ratios, AIMS, strict=True):
        if ratio is None:
            yield "not told"
        else:
            kept = ratio <= aim if sign == "≤" else ratio >= aim
            yield f"{ratio:.3g}{'' if kept else ' (missed)'}"


def _row(x: Figures) -> list[str]:
    fit = "not told" if x.trained.fit is None else f"{x.trained.fit:.1f}"
    return [
        x.name,
        x.reader,
        f"{x.accuracy:.3f}",
        f"{x.macro_f1:.3f}",
        f"{x.noised:.3f}",
        f"{x.calibration_error:.3f}",
        f"{fit} / {x.trained.whole:.1f}",
        f"{x.cold:.1f}",
        _milliseconds(x.delays),
        _milliseconds(x.inside) if x.inside else "–",
        f"{x.memory:.0f}",
    ]


def _beside(x: Figures) -> list[str]:
    told = (
        [f"{x.outside.auroc:.3f}", " / ".join(f"{one:.3f}" for one in x.outside.recalls)] if x.outside else ["–", "–"]
    )
    return [x.name, x.reader, f"{x.accuracy:.3f}", f"{x.macro_f1:.3f}", f"{x.trained.whole:.0f}", *told]


def _milliseconds(delays: tuple[float, float]) -> str:
    return " / ".join(f"{1000 * seconds:.1f}" for seconds in delays)


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def compare(asked: argparse.Namespace) -> str:
    """The report. Raises DataError and ReaderError."""
    data = os.environ.get("BENCH_DATA")
    beside = intent_sets.read_sets(
        asked.sets or [*intent_sets.DEFAULT, *(intent_sets.LONG if asked.long else ())], data
    )
    alone = intent_sets.read_sets(intent_sets.ALONE if asked.long else (), data)
    diet = rasa(asked.epochs)
    load = os.getloadavg()[0]
    with tempfile.TemporaryDirectory() as name:
        models = Path(name) / "models"
        began = time.perf_counter()
        if kind := encoder.available():
            encoder.prepare(models / kind)
        copied = time.perf_counter() - began
        readers = [portevoix(models), diet]
        figures = []
        for of, those in [*((of, readers) for of in beside), *((of, readers[:1]) for of in alone)]:
            for reader in those:
                folder = Path(name) / f"{of.name} {reader.name}".replace(" ", "_")
                folder.mkdir()
                figures.append(measure(of, reader, folder))
    heading = (
        f"{time.strftime('%d %B %Y').lstrip('0')}, {os.cpu_count()} cores, Python {platform.python_version()}, "
        f"load average {load:.1f} before: `python -m benchmarks.intents {shlex.join(sys.argv[1:])}`, DIET with "
        f"{asked.epochs} epochs. Portevoix's encoder, laid out once an installation in {copied:.1f} s, is not counted."
    )
    return f"{heading}\n\n{report(figures)}\n"


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.intents", description=__doc__)
    parser.add_argument("--long", action="store_true", help="add sets that DIET learns for hours, and Portevoix alone")
    parser.add_argument("--sets", nargs="+", choices=tuple(intent_sets.SOURCES), help="these sets, with both readers")
    parser.add_argument("--epochs", type=int, default=100, help="of DIET")
    parser.add_argument("--output", type=Path, help="file for the tables, beside the screen")
    asked = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # So that servers end with it.
    try:
        told = compare(asked)
    except (DataError, ReaderError, FileNotFoundError) as error:
        _say(str(error))
        return 1
    print(told)
    if asked.output:
        asked.output.write_text(told, encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
